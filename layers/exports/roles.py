"""Which columns of a source hold what the feature itself says: its name, its place, its key.

A feature's name, address and place can be edited; the source's columns are kept as they came. A
download must not say both, so the column that is the name's takes the feature's name. Which column
that is shows in the data: it says the same in most rows. What the importers took a header for is
not known here, one floor below them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from layers.exports.cells import one_line

TEXTS = ("name", "name_kana", "name_en", "address")
"""A feature's texts, in the order in which they choose their column."""
HEADERS: Mapping[str, tuple[str, ...]] = {
    "key": ("ID",),
    "name": ("名称",),
    "name_kana": ("名称_カナ",),
    "name_en": ("名称_英字", "名称_英語"),
    "address": ("所在地_連結表記", "住所"),
    "lat": ("緯度", "北緯", "latitude", "lat"),
    "lon": ("経度", "東経", "longitude", "lon", "lng"),
}
"""What the columns are called in 自治体標準オープンデータセット, the usual name first."""
_LIMITS = {"name": 300, "name_kana": 300, "name_en": 300, "address": 500}
_NEAR = 1e-7
"""Degrees (1 cm): a cell that is so near is where the feature lies."""
ADDRESS_ONLY = "address_town"
"""The provenance of a point that stands for a whole town: its row has no coordinates."""


@dataclass(slots=True)
class Facts:
    """One feature as it is stored; ``x``, ``y`` in degrees, of points only (else None)."""

    id: int
    key: str
    name: str
    name_kana: str
    name_en: str
    address: str
    provenance: str
    properties: dict[str, Any]
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True)
class Roles:
    """The column of each role. ``sure`` are those that the data show to be it."""

    columns: Mapping[str, str]
    sure: frozenset[str]

    @property
    def is_sheet(self) -> bool:
        """Whether the source is a sheet of places: both coordinates, and a name or an address.

        The standard's sheet of fire hydrants has no names.
        """
        return {"lat", "lon"} <= self.columns.keys() and (
            "name" in self.columns or "address" in self.columns
        )

    def settle(self, feature: Facts) -> None:
        """Make a feature's columns say what the feature says; a cell that does so stays."""
        cells = feature.properties
        for role in TEXTS:
            if (column := self.columns.get(role)) is None:
                continue
            said = getattr(feature, role)
            if one_line(cells.get(column))[: _LIMITS[role]].rstrip() == said.rstrip():
                continue
            if said or (role in self.sure and isinstance(cells.get(column), str)):
                cells[column] = said or None
        if (column := self.columns.get("key")) and cells.get(column) in (None, ""):
            cells[column] = feature.key
        if feature.provenance != ADDRESS_ONLY:
            for role, place in (("lat", feature.y), ("lon", feature.x)):
                if place is not None and (column := self.columns.get(role)) is not None:
                    number = _number(cells.get(column))
                    if number is None or abs(number - place) > _NEAR:
                        cells[column] = degrees(place)


def found(features: Sequence[Facts], names: Sequence[str], key_column: str) -> Roles:
    """Return the roles of a source's columns, as some of its features show them.

    Where they do not show it, a column of the standard's own name has the role.
    """
    columns: dict[str, str] = {}
    sure = set()
    if key_column in names:
        columns["key"] = key_column
    for role in (*TEXTS, "lat", "lon"):
        free = [name for name in names if name not in columns.values()]
        if (best := _most_alike(features, free, role)) is not None:
            columns[role] = best
            sure.add(role)
    places = any(feature.y is not None for feature in features)
    by_form = {name.casefold(): name for name in reversed(names)}
    for role, headers in HEADERS.items():
        if role in columns or role == "key" or (role in ("lat", "lon") and not places):
            continue
        named = (by_form.get(header) for header in headers)
        column = next((n for n in named if n is not None and n not in columns.values()), None)
        if column is not None:
            columns[role] = column
    return Roles(columns, frozenset(sure))


def degrees(value: float) -> float:
    """Return a coordinate as far as it is stored: 1e-9 degrees are 0.1 mm."""
    return round(value, 9) + 0.0


def _most_alike(features: Sequence[Facts], names: Sequence[str], role: str) -> str | None:
    """Return the column that says most often what the features say in a role; None below half."""
    if role in TEXTS:
        told = [feature for feature in features if getattr(feature, role)]
    else:
        told = [
            f
            for f in features
            if (f.y if role == "lat" else f.x) is not None and f.provenance != ADDRESS_ONLY
        ]
    best, most = None, len(told) / 2
    for name in names:
        alike = sum(_alike(feature, name, role) for feature in told)
        if alike > most:
            best, most = name, alike
    return best


def _alike(feature: Facts, column: str, role: str) -> bool:
    cell = feature.properties.get(column)
    if cell is None:
        return False
    if role in TEXTS:
        return bool(one_line(cell)[: _LIMITS[role]] == getattr(feature, role))
    place = feature.y if role == "lat" else feature.x
    number = _number(cell)
    return number is not None and place is not None and abs(number - place) <= _NEAR


def _number(cell: Any) -> float | None:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    try:
        return float(cell)
    except ValueError:
        return None
