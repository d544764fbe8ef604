"""What a geometry must be before it is stored: one dimension, 2D, rounded, valid."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from importers.problems import FileRefused
from importers.table import Geometries

GeometryType = Literal["point", "line", "polygon"]
_TYPES: tuple[GeometryType, ...] = ("point", "line", "polygon")

DECIMALS = 9
"""Decimals of a stored degree: 1e-9° is 0.1 mm, far below any survey, and far above the noise in
the last bits that another PROJ version leaves, so that the same file gives the same coordinates."""

_GEOD = Geod(ellps="GRS80")
_COLLECTION = 7


def plain(geometries: Geometries) -> tuple[Geometries, npt.NDArray[np.intp]]:
    """Return geometries with collections made plain, and the positions of mixed ones.

    A collection of one kind becomes a multi-geometry; one of several kinds None.
    """
    collections = np.flatnonzero(shapely.get_type_id(geometries) == _COLLECTION)
    if not len(collections):
        return geometries, collections
    result, mixed = geometries.copy(), []
    for index in collections:
        parts = _plain_parts(geometries[index])
        kinds = {int(kind) for kind in shapely.get_dimensions(parts)}
        result[index] = _gathered(parts) if len(kinds) == 1 else None
        if len(kinds) > 1:
            mixed.append(index)
    return result, np.array(mixed, np.intp)


def single_kind(dimensions: npt.NDArray[np.int8]) -> GeometryType:
    """Return the one kind of a file's geometries, given as 0, 1, 2 (or -1 for none).

    Raises FileRefused when rows differ in kind (points and areas in one file). Without any
    geometry the kind is point: rows of a list that are to be placed by their address.
    """
    counts = {_TYPES[d]: int((dimensions == d).sum()) for d in range(3) if (dimensions == d).any()}
    if len(counts) > 1:
        raise FileRefused("mixed_geometry", {f"{kind}s": counts.get(kind, 0) for kind in _TYPES})
    return next(iter(counts), "point")


def _plain_parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    parts: list[BaseGeometry] = []
    for part in shapely.get_parts(geometry):
        parts += _plain_parts(part) if shapely.get_type_id(part) == _COLLECTION else [part]
    return [single for part in parts for single in shapely.get_parts(part)]


def _gathered(parts: list[BaseGeometry]) -> BaseGeometry | None:
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    makers = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)
    gathered: BaseGeometry = makers[int(shapely.get_dimensions(parts[0]))](parts)
    return gathered


def collected(parts: list[BaseGeometry]) -> BaseGeometry | None:
    """Return single geometries as one: itself, a multi-geometry, or a collection of several kinds.

    None for no parts. What a collection of several kinds means is decided in ``one_dimension``.
    """
    if len({int(kind) for kind in shapely.get_dimensions(parts)}) > 1:
        mixed: BaseGeometry = shapely.GeometryCollection(parts)
        return mixed
    return _gathered(parts)


def rounded(geometries: Geometries, decimals: int = DECIMALS) -> Geometries:
    """Return 2D geometries with coordinates rounded; adding 0 turns -0.0 into 0.0."""
    with np.errstate(over="ignore", invalid="ignore"):  # of a "no data" value such as -1.8e308
        result: Geometries = shapely.transform(
            shapely.force_2d(geometries), lambda points: np.round(points, decimals) + 0.0
        )
    return result


@dataclass(frozen=True, slots=True)
class Mended:
    """A geometry fit to store, or None; areas in m² before and after a repair, else None."""

    geometry: BaseGeometry | None
    areas: tuple[float, float] | None = None


def mended(geometry: BaseGeometry, kind: GeometryType) -> Mended:
    """Return a valid geometry of the layer's kind, in rounded degrees.

    Invalid areas are rebuilt by ``make_valid`` ("structure": parts covered twice stay covered,
    holes stay holes; ``buffer(0)`` silently drops half of a bow-tie), keeping only areas. What
    collapses to nothing gives None.
    """
    if shapely.is_empty(geometry):
        return Mended(None)
    if shapely.is_valid(geometry):
        return Mended(geometry)
    fixed = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    fixed = _of_kind(fixed, kind)
    if fixed is not None and kind == "polygon":
        # The new corners are not on the grid of rounded degrees; rounding them may undo the work.
        fixed = shapely.set_precision(fixed, 10.0**-DECIMALS)
        fixed = _of_kind(shapely.make_valid(fixed), kind)
    if fixed is None or shapely.is_empty(fixed) or not shapely.is_valid(fixed):
        return Mended(None)
    return Mended(fixed, (area(geometry), area(fixed)) if kind == "polygon" else None)


def _of_kind(geometry: BaseGeometry, kind: GeometryType) -> BaseGeometry | None:
    wanted = _TYPES.index(kind)
    return _gathered(
        [part for part in _plain_parts(geometry) if shapely.get_dimensions(part) == wanted]
    )


def area(geometry: BaseGeometry) -> float:
    """Return an area in m² on the GRS80 ellipsoid, from degrees; of a bow-tie the net area."""
    total = 0.0
    for part in shapely.get_parts(geometry):
        outer = abs(_GEOD.geometry_area_perimeter(shapely.polygons(part.exterior))[0])
        holes = sum(
            abs(_GEOD.geometry_area_perimeter(shapely.polygons(r))[0]) for r in part.interiors
        )
        total += outer - holes
    return round(max(total, 0.0), 1)


def with_heights(geometries: Geometries) -> int:
    """Return how many geometries have heights or measures, which are not stored."""
    return int((shapely.has_z(geometries) | shapely.has_m(geometries)).sum())


def within(
    boxes: npt.NDArray[np.float64], box: tuple[float, float, float, float]
) -> npt.NDArray[np.bool_]:
    """Return which boxes (n, 4) lie wholly in west, south, east, north; NaN: False."""
    west, south, east, north = box
    with np.errstate(invalid="ignore"):
        inside: npt.NDArray[np.bool_] = (
            (boxes[:, 0] >= west)
            & (boxes[:, 1] >= south)
            & (boxes[:, 2] <= east)
            & (boxes[:, 3] <= north)
        )
    return inside


def touching(
    boxes: npt.NDArray[np.float64], box: tuple[float, float, float, float]
) -> npt.NDArray[np.bool_]:
    """Return which boxes (n, 4) have a point in common with west, south, east, north."""
    west, south, east, north = box
    with np.errstate(invalid="ignore"):
        common: npt.NDArray[np.bool_] = (
            (boxes[:, 0] <= east)
            & (boxes[:, 2] >= west)
            & (boxes[:, 1] <= north)
            & (boxes[:, 3] >= south)
        )
    return common


def exchanged(geometries: Geometries) -> Geometries:
    """Return geometries with x and y exchanged."""
    result: Geometries = shapely.transform(geometries, lambda points: points[:, ::-1])
    return result
