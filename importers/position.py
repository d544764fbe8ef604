"""Where rows lie: in Japan, in the city, exchanged, or only known by their address."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Point

from importers import crs
from importers.area import City
from importers.datum import to_wgs
from importers.geometry import exchanged, within
from importers.guess import candidates, city_box, described
from importers.headers import Role, normalised
from importers.problems import FileRefused, Problem, error, warning
from importers.table import Geometries, Row, one_line

_LISTED = 20
_SPLIT_ADDRESS = ("所在地_都道府県", "所在地_市区町村", "所在地_町字", "所在地_番地以下")


def without_nowhere(geometries: Geometries) -> Geometries:
    """Return geometries with points that stand for "no position" taken away.

    That is 0,0; an empty point; and the huge value that shapefiles (below -1e38, ESRI Shapefile
    Technical Description) and QGIS (-1.8e308) write for no data.
    """
    result = geometries.copy()
    points = shapely.get_type_id(geometries) == 0
    with np.errstate(invalid="ignore"):
        # Bounds, because get_x raises for an empty point.
        x, y = np.abs(shapely.bounds(geometries)[:, :2]).T
        nowhere = shapely.is_empty(geometries) | (x > 1e38) | (y > 1e38) | ((x == 0) & (y == 0))
    result[points & nowhere] = None
    return result


def not_numbers(geometries: Geometries, numbers: list[int]) -> list[Problem]:
    """Return an error for each geometry with a coordinate that is no finite number."""
    bounds = shapely.bounds(geometries)
    present = ~shapely.is_missing(geometries) & ~shapely.is_empty(geometries)
    bad = present & ~np.isfinite(bounds).all(axis=1)
    return [error("coordinates_not_numbers", numbers[index]) for index in np.flatnonzero(bad)]


def misplaced(
    source: Geometries, flat: Geometries, epsg: int, numbers: list[int], city: City
) -> list[Problem]:
    """Return an error for each row that lies outside Japan, by how it came there.

    ``source`` are the geometries in ``epsg``, ``flat`` the same in degrees. Raises FileRefused
    when all of them do, when only exchanged coordinates would lie in the city, or when degrees are
    said to be metres.
    """
    present = np.isfinite(shapely.bounds(source)).all(axis=1)
    if not present.any():
        return []
    geographic = crs.system(epsg).kind == "geographic"
    if not geographic and within(source, crs.JAPAN)[present].all():
        raise FileRefused("crs_contradicts", {"crs": crs.system(epsg).label, "example": 6668})
    inside = within(flat, crs.JAPAN)
    outside = present & ~inside
    if outside.any() or not _any_in_city(flat, city):
        turned, _ = to_wgs(exchanged(source), epsg)
        home = crs.JAPAN if geographic else city_box(city)
        turned_home = within(turned, home)
        lost = outside if geographic else present & ~within(flat, home)
        if lost[present].all() and turned_home[present].all():
            raise FileRefused("axes_swapped", {"crs": crs.system(epsg).label})
        if outside[present].all():
            raise FileRefused("outside_japan", _hint(source, epsg, city))
        return [
            _misplaced_row(flat[index], bool(geographic and turned_home[index]), numbers[index])
            for index in np.flatnonzero(outside)
        ]
    return []


def _any_in_city(flat: Geometries, city: City) -> bool:
    west, south, east, north = city_box(city)
    bounds = shapely.bounds(flat)
    with np.errstate(invalid="ignore"):
        touching: npt.NDArray[np.bool_] = (
            (bounds[:, 0] <= east)
            & (bounds[:, 2] >= west)
            & (bounds[:, 1] <= north)
            & (bounds[:, 3] >= south)
        )
    return bool(touching.any())


def _misplaced_row(flat: object, swapped: bool, number: int) -> Problem:
    west, south, _, _ = shapely.bounds(flat)
    if swapped:
        return error("coordinates_swapped", number, None, lon=_degree(west), lat=_degree(south))
    return error("outside_japan", number, None, lon=_degree(west), lat=_degree(south))


def _degree(value: float) -> str:
    return f"{value:.6f}" if np.isfinite(value) else "–"


def _hint(source: Geometries, epsg: int, city: City) -> dict[str, object]:
    points = shapely.get_coordinates(source)
    fitting = [c for c in candidates(points, city) if not c.swapped and c.system.epsg != epsg]
    in_city = [c for c in fitting if c.share > 0]
    params: dict[str, object] = {"crs": crs.system(epsg).label, "hint": ""}
    if in_city:
        params["hint"] = {"code": "hint_crs", "params": described(in_city)}
    return params


def outside_city(geometries: list[object], numbers: list[int], city: City) -> list[Problem]:
    """Return one warning with the count and the first rows that do not touch the city's area."""
    boundary = city.boundary
    shapely.prepare(boundary)
    touching = shapely.intersects(boundary, np.array(geometries, dtype=object))
    away = [number for number, inside in zip(numbers, touching, strict=True) if not inside]
    if not away:
        return []
    return [
        warning(
            "outside_city", None, None, count=len(away), total=len(numbers), rows=away[:_LISTED]
        )
    ]


# -- addresses --------------------------------------------------------------------------------


def address_of(row: Row, roles: Mapping[Role, str]) -> str:
    """Return a row's address: the joined column, else its parts (自治体標準 splits it in four)."""
    whole = row.get(roles.get("address", ""))
    if whole:
        return one_line(whole)
    forms = {normalised(name): name for name in row}
    return one_line("".join(str(row.get(forms.get(part, "")) or "") for part in _SPLIT_ADDRESS))


def placed_by_address(
    row: Row, roles: Mapping[Role, str], city: City, number: int
) -> tuple[Point | None, Problem]:
    """Return the point of the town a row's address lies in, and the problem that tells of it.

    The point is never called surveyed. An address of another municipality is not looked up: every
    city has a 栄町.
    """
    address = address_of(row, roles)
    if not address:
        return None, error("no_position", number)
    municipality = str(row.get(roles.get("municipality", "")) or "")
    elsewhere = municipality and not any(
        name in municipality or municipality in name for name in city.name.values()
    )
    place = None if elsewhere or city.gazetteer is None else city.gazetteer.place(address)
    if place is None:
        return None, error("address_unknown", number, roles.get("address"), address=address[:80])
    told = warning(
        "placed_by_address", number, roles.get("address"), address=address[:80], town=place.town
    )
    return Point(place.lon, place.lat), told
