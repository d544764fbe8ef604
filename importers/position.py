"""Where rows lie: in Japan, in the city, exchanged, or only known by their address."""

import threading
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from importers import crs
from importers.area import City
from importers.datum import Plan
from importers.geometry import touching, within
from importers.guess import candidates, city_box, described
from importers.headers import Role, normalised
from importers.problems import FileRefused, Problem, error, warning
from importers.table import Geometries, Table

Boxes = npt.NDArray[np.float64]
"""Shape (n, 4): west, south, east, north; NaN where there is none."""
Numbers = npt.NDArray[np.int64]
"""Rows' numbers as people count them."""

_LISTED = 20
_SHIFT = 0.01
"""Degrees that no change of datum moves a place by."""
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


def not_numbers(boxes: Boxes, dimensions: npt.NDArray[np.int8], numbers: Numbers) -> list[Problem]:
    """Return an error for each geometry with a coordinate that is no finite number.

    An empty geometry has no coordinates: its box is NaN in full.
    """
    finite = np.isfinite(boxes)
    bad = (dimensions >= 0) & ~finite.all(axis=1) & ~np.isnan(boxes).all(axis=1)
    return [error("coordinates_not_numbers", int(number)) for number in numbers[bad]]


def misplaced(boxes: Boxes, plan: Plan, numbers: Numbers, city: City) -> list[Problem]:
    """Return an error for each row that lies outside Japan, by how it came there.

    ``boxes`` are the rows' boxes in the system that ``plan`` starts from. Raises FileRefused when
    all of them do, when only exchanged coordinates would lie in the city, or when degrees are said
    to be metres.
    """
    present = np.isfinite(boxes).all(axis=1)
    if not present.any():
        return []
    geographic = crs.system(plan.epsg).kind == "geographic"
    if not geographic and within(boxes, crs.JAPAN)[present].all():
        raise FileRefused("crs_contradicts", {"crs": crs.system(plan.epsg).label, "example": 6668})
    if _all_well(boxes[present], plan, city):
        return []
    flat = _flat(boxes, plan)
    inside = within(flat, crs.JAPAN)
    outside = present & ~inside
    if not outside.any() and touching(flat, city_box(city)).any():
        return []
    home = crs.JAPAN if geographic else city_box(city)
    turned_home = within(_flat(boxes[:, [1, 0, 3, 2]], plan), home)
    lost = outside if geographic else present & ~within(flat, home)
    if lost[present].all() and turned_home[present].all():
        raise FileRefused("axes_swapped", {"crs": crs.system(plan.epsg).label})
    if outside[present].all():
        raise FileRefused("outside_japan", _hint(boxes[present], plan.epsg, city))
    return [
        _misplaced_row(flat[index], bool(geographic and turned_home[index]), int(numbers[index]))
        for index in np.flatnonzero(outside)
    ]


def _all_well(boxes: Boxes, plan: Plan, city: City) -> bool:
    """Say at little cost that all of a file lies in Japan, and some of it in the city.

    False says nothing: then each row has to be looked at.
    """
    west, south, east, north = crs.JAPAN
    inner = (west + _SHIFT, south + _SHIFT, east - _SHIFT, north - _SHIFT)
    if not within(np.array([plan.box]), inner).all():
        return False
    some = boxes[:: max(len(boxes) // 1000, 1)]
    return bool(touching(_flat(some, plan), city_box(city)).any())


def _flat(boxes: Boxes, plan: Plan) -> Boxes:
    """Return boxes in degrees, by two of their corners: near enough to say where a row lies."""
    result: Boxes = np.hstack([plan.apply(boxes[:, :2]), plan.apply(boxes[:, 2:])])
    return result


def _misplaced_row(flat: npt.NDArray[np.float64], swapped: bool, number: int) -> Problem:
    west, south = flat[:2]
    if swapped:
        return error("coordinates_swapped", number, None, lon=_degree(west), lat=_degree(south))
    return error("outside_japan", number, None, lon=_degree(west), lat=_degree(south))


def _degree(value: float) -> str:
    return f"{value:.6f}" if np.isfinite(value) else "–"


def _hint(boxes: Boxes, epsg: int, city: City) -> dict[str, object]:
    points = np.concatenate([boxes[:, :2], boxes[:, 2:]])
    fitting = [c for c in candidates(points, city) if not c.swapped and c.system.epsg != epsg]
    in_city = [c for c in fitting if c.share > 0]
    params: dict[str, object] = {"crs": crs.system(epsg).label, "hint": ""}
    if in_city:
        params["hint"] = {"code": "hint_crs", "params": described(in_city)}
    return params


def away_from_city(geometries: Geometries, city: City) -> npt.NDArray[np.bool_]:
    """Return which geometries (degrees) have no point in common with the city's area."""
    away: npt.NDArray[np.bool_] = ~shapely.intersects(_prepared_boundary(city), geometries)
    return away


_PREPARED = threading.local()


def _prepared_boundary(city: City) -> BaseGeometry:
    """Return the city's area, prepared for this thread alone.

    GEOS builds a prepared geometry's indexes when they are first asked for; two threads that ask
    the same one at once crash the process.
    """
    kept = getattr(_PREPARED, "boundary", None)
    if kept is None or kept[0] is not city.boundary:
        own: BaseGeometry = shapely.from_wkb(shapely.to_wkb(city.boundary))
        shapely.prepare(own)
        kept = _PREPARED.boundary = (city.boundary, own)
    return kept[1]


def outside_city(rows: list[int], total: int) -> list[Problem]:
    """Return one warning with the count and the first rows that do not touch the city's area."""
    if not rows:
        return []
    return [warning("outside_city", None, None, count=len(rows), total=total, rows=rows[:_LISTED])]


# -- addresses --------------------------------------------------------------------------------


def addresses(table: Table, roles: Mapping[Role, str]) -> pa.Array:
    """Return each row's address: the joined column, else its parts (自治体標準 has four)."""
    whole = table.values[roles["address"]].as_text() if "address" in roles else None
    forms = {normalised(name): name for name in reversed(table.names)}
    parts = [forms[part] for part in map(normalised, _SPLIT_ADDRESS) if part in forms]
    if not parts:
        return whole if whole is not None else pa.array([""] * len(table), pa.string())
    split = pc.binary_join_element_wise(*(table.values[part].as_text() for part in parts), "")
    return split if whole is None else pc.if_else(pc.equal(whole, ""), split, whole)


def placed_by_address(
    address: str, municipality: str, city: City, number: int, field: str | None
) -> tuple[Point | None, Problem]:
    """Return the point of the town an address lies in, and the problem that tells of it.

    The point is never called surveyed. An address of another municipality is not looked up: every
    city has a 栄町.
    """
    if not address:
        return None, error("no_position", number)
    elsewhere = municipality and not any(
        name in municipality or municipality in name for name in city.name.values()
    )
    place = None if elsewhere or city.gazetteer is None else city.gazetteer.place(address)
    if place is None:
        return None, error("address_unknown", number, field, address=address[:80])
    told = warning("placed_by_address", number, field, address=address[:80], town=place.town)
    return Point(place.lon, place.lat), told
