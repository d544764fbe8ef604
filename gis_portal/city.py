"""The city the portal serves, read from one documented file (cities/<slug>/city.toml).

Pure: no Django, no database. Everything that differs between two cities is here, so that the code
names none of them.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from gis_portal.gazetteer import Gazetteer, TownSource, towns

Text = Mapping[str, str]
"""A text for people by language code; the city's first language is always present."""

PLANE_RECTANGULAR_JGD2011_ZONE_I = 6669  # EPSG: 6669 is zone I, 6687 zone XIX


class CityError(Exception):
    """The city's configuration can't be used; the text says which entry and why."""


def check_digit(code5: str) -> str:
    """Return the check digit of a five-digit local government code (JIS X 0402, 総務省)."""
    total = sum(int(digit) * weight for digit, weight in zip(code5, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from, as it must be shown; ``date`` is None where the source has none."""

    attribution: Text
    licence: str
    date: date | None


@dataclass(frozen=True, slots=True)
class BaseMap:
    """Background tiles (Web Mercator XYZ)."""

    id: str
    title: Text
    url: str
    attribution: Text
    attribution_url: str
    min_zoom: int
    max_zoom: int


@dataclass(frozen=True)
class City:
    """One city: names, extent, plane rectangular zone, languages, base maps, start view."""

    folder: Path
    slug: str
    code: str
    zone: int
    languages: tuple[str, ...]
    name: Text
    prefecture: Text
    portal_name: Text
    contact_name: Text
    telephone: str
    contact_url: str
    boundary_file: Path
    boundary_source: Source
    gazetteer_file: Path | None
    gazetteer_positions: Path | None
    gazetteer_source: Source | None
    demo_file: Path | None
    start_latitude: float
    start_longitude: float
    start_zoom: int
    base_maps: tuple[BaseMap, ...]

    @cached_property
    def boundary(self) -> BaseGeometry:
        """The city's area, longitude/latitude (JGD2011)."""
        shapes = shapely.from_geojson(self.boundary_file.read_text(encoding="utf-8"))
        return shapely.union_all(shapely.get_parts(shapes))

    @cached_property
    def bbox(self) -> tuple[float, float, float, float]:
        """The box around the boundary: west, south, east, north in degrees."""
        west, south, east, north = self.boundary.bounds
        return west, south, east, north

    @cached_property
    def gazetteer(self) -> Gazetteer | None:
        """The towns of the city, or None where none are configured. Raises CityError."""
        if self.gazetteer_file is None:
            return None
        name = self.name[self.languages[0]]
        source = TownSource(self.gazetteer_file, self.gazetteer_positions, self.code, name)
        try:
            return Gazetteer.of(towns(source), [self.prefecture[self.languages[0]], name])
        except (KeyError, OSError, ValueError) as error:
            raise CityError(f"{self.gazetteer_file}: {error}") from error

    @property
    def plane_epsg(self) -> int:
        """The EPSG code of the city's plane rectangular system in JGD2011."""
        return PLANE_RECTANGULAR_JGD2011_ZONE_I + self.zone - 1

    def text(self, texts: Text, language: str) -> str:
        """Return a text in the language asked for, else in the city's first language."""
        return texts.get(language) or texts[self.languages[0]]


def city_file(named: str | None, cities: Path) -> Path:
    """Return the city.toml that is named, else the only one there is. Raises CityError."""
    if named:
        return Path(named)
    found = sorted(cities.glob("*/city.toml"))
    if len(found) != 1:
        names = ", ".join(str(path) for path in found) or "none"
        raise CityError(f"CITY must name one of the cities' files; found: {names}")
    return found[0]


def load_city(path: Path) -> City:
    """Read a city.toml. Raises CityError naming the entry that is missing or wrong."""
    if not path.is_file():
        raise CityError(f"{path}: there is no such file; CITY must name a city.toml")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return _city(path.parent, data)
    except tomllib.TOMLDecodeError as error:
        raise CityError(f"{path}: not valid TOML: {error}") from error
    except KeyError as error:
        raise CityError(f"{path}: the entry {error} is missing") from error
    except (TypeError, ValueError) as error:
        raise CityError(f"{path}: {error}") from error


def _city(folder: Path, data: dict[str, Any]) -> City:
    languages = tuple(data["languages"])
    code, zone, contact = data["code"], data["plane_rectangular_zone"], data["contact"]
    if not (code.isdigit() and len(code) == 6 and check_digit(code[:5]) == code[5]):
        raise ValueError(f"code {code!r} is not a six-digit local government code")
    if zone not in range(1, 20):
        raise ValueError(f"plane_rectangular_zone {zone!r} is not between 1 and 19")

    def text(table: dict[str, Any]) -> Text:
        if not table.get(languages[0]):
            raise ValueError(f"a text has no {languages[0]!r}: {table!r}")
        return table

    def source(table: dict[str, Any]) -> Source:
        return Source(text(table["attribution"]), table["licence"], table.get("source_date"))

    gazetteer, demo, view = data.get("gazetteer"), data.get("demo"), data["start_view"]
    positions = gazetteer.get("positions") if gazetteer else None
    return City(
        folder=folder,
        slug=data["slug"],
        code=code,
        zone=zone,
        languages=languages,
        name=text(data["name"]),
        prefecture=text(data["prefecture"]),
        portal_name=text(data["portal_name"]),
        contact_name=text(contact["name"]),
        telephone=contact.get("telephone", ""),
        contact_url=contact.get("url", ""),
        boundary_file=folder / data["boundary"]["file"],
        boundary_source=source(data["boundary"]),
        gazetteer_file=folder / gazetteer["file"] if gazetteer else None,
        gazetteer_positions=folder / positions if positions else None,
        gazetteer_source=source(gazetteer) if gazetteer else None,
        demo_file=folder / demo["file"] if demo else None,
        start_latitude=float(view["latitude"]),
        start_longitude=float(view["longitude"]),
        start_zoom=int(view["zoom"]),
        base_maps=tuple(
            BaseMap(
                id=base["id"],
                title=text(base["title"]),
                url=base["url"],
                attribution=text(base["attribution"]),
                attribution_url=base.get("attribution_url", ""),
                min_zoom=base["min_zoom"],
                max_zoom=base["max_zoom"],
            )
            for base in data["base_maps"]
        ),
    )


def boundary_geojson(city: City) -> dict[str, Any]:
    """Return the boundary file's GeoJSON as it is, for the map."""
    loaded: dict[str, Any] = json.loads(city.boundary_file.read_text(encoding="utf-8"))
    return loaded
