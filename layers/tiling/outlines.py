"""Geometries taken apart into rings or lines, on the world's square or in units of a zoom."""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.tiling.encoding import POLYGON
from layers.tiling.grid import world
from layers.tiling.runs import Ints, places, starts_of, sums

Shapes = NDArray[np.object_]
Flags = NDArray[np.bool_]
Number = TypeVar("Number", np.int32, np.float64)

_AREA, _STROKE, _MANY_STROKES, _MANY_AREAS = 3, 1, 5, 6  # shapely's type ids


@dataclass(frozen=True)
class Rings:
    """Rings or lines, those of one thing one after another.

    ``points`` (n, 2), a ring's first not again at its end; ``lengths`` (r,); ``of`` (r,) what each
    is of, ascending; ``outer`` (r,) whether it is an outer one.
    """

    points: NDArray[np.float64]
    lengths: Ints
    of: Ints
    outer: Flags

    def __len__(self) -> int:
        """Return how many rings or lines there are."""
        return len(self.lengths)


class Outlines:
    """Geometries as parts of the world's square: taken apart once, for all zooms."""

    def __init__(self, degrees: Shapes, kind: int) -> None:
        """Take geometries in degrees (EPSG:4326, longitude first) of LINE or POLYGON."""
        self._degrees = degrees
        self.kind = kind
        rings = rings_of(degrees, kind)
        rings = replace(rings, points=world(rings.points))
        if kind == POLYGON:
            rings = _turned_right(rings)
        self.rings, self.starts = rings, starts_of(rings.lengths)
        many = len(degrees)
        self.ring_counts = np.bincount(rings.of, minlength=many)
        self.first_rings = starts_of(self.ring_counts)
        self.point_counts = np.bincount(rings.of, rings.lengths, many).astype(np.int64)
        self.bounds = np.full((many, 4), np.nan)
        some = np.flatnonzero(self.point_counts)
        if len(some):
            starts = starts_of(self.point_counts)[some]
            for axis in (0, 1):
                numbers = np.ascontiguousarray(rings.points[:, axis])
                self.bounds[some, axis] = np.minimum.reduceat(numbers, starts)
                self.bounds[some, axis + 2] = np.maximum.reduceat(numbers, starts)

    def units(self, numbers: Ints, side: float) -> Shapes:
        """Return some of the geometries with ``side`` units to the world's square."""
        return np.asarray(
            shapely.transform(self._degrees[numbers], lambda points: world(points) * side)
        )

    def rings_with(self, numbers: Ints, at: Ints, side: float, others: Rings) -> Rings:
        """Return the rings of some of the geometries in units of ``side``, and others among them.

        ``at`` (n,), ascending, is what the rings of each of ``numbers`` (n,) are called in ``of``.
        """
        counts = self.ring_counts[numbers]
        rings = places(self.first_rings[numbers], counts)
        of, lengths = np.repeat(at, counts), self.rings.lengths[rings]
        starts, outer = self.starts[rings], self.rings.outer[rings]
        points = self.rings.points * side
        if len(others):
            of = np.concatenate((of, others.of))
            order = np.argsort(of, kind="stable")
            of = of[order]
            starts = np.concatenate((starts, len(points) + starts_of(others.lengths)))[order]
            lengths = np.concatenate((lengths, others.lengths))[order]
            outer = np.concatenate((outer, others.outer))[order]
            points = np.concatenate((points, others.points))
        return Rings(points[places(starts, lengths)], lengths, of, outer)


def rings_of(shapes: Shapes, kind: int) -> Rings:
    """Return the rings of areas, or the lines, of which each geometry is made."""
    if kind == POLYGON and _are_single_rings(shapes):
        points, of_shape = shapely.get_coordinates(shapes, return_index=True)
        lengths = np.bincount(of_shape, minlength=len(shapes))
        return _opened(points, lengths, np.arange(len(shapes)), np.ones(len(shapes), bool))
    parts, of_shape = shapely.get_parts(shapes, return_index=True)
    parts, of_shape = _parts_of_kind(parts, of_shape, kind)
    if kind != POLYGON:
        points, of_line = shapely.get_coordinates(parts, return_index=True)
        lengths = np.bincount(of_line, minlength=len(parts))
        return Rings(points, lengths, of_shape, np.ones(len(parts), bool))
    lines, of_part = shapely.get_rings(parts, return_index=True)
    outer = np.ones(len(lines), bool)
    outer[1:] = of_part[1:] != of_part[:-1]
    points, of_line = shapely.get_coordinates(lines, return_index=True)
    lengths = np.bincount(of_line, minlength=len(lines))
    return _opened(points, lengths, of_shape[of_part], outer)


def _are_single_rings(shapes: Shapes) -> bool:
    """Return whether all are areas of one ring each, as most parcels and zones are."""
    types, holes = shapely.get_type_id(shapes), shapely.get_num_interior_rings(shapes)
    return bool((types == _AREA).all() and not holes.any() and not shapely.is_empty(shapes).any())


def _opened(points: NDArray[np.float64], lengths: Ints, of: Ints, outer: Flags) -> Rings:
    """Return rings without the point at their end that is the first again."""
    kept = np.ones(len(points), bool)
    kept[np.cumsum(lengths) - 1] = False
    return Rings(points[kept], lengths - 1, of, outer)


def _parts_of_kind(parts: Shapes, owner: Ints, kind: int) -> tuple[Shapes, Ints]:
    types = shapely.get_type_id(parts)
    if nested := bool(np.isin(types, (_MANY_STROKES, _MANY_AREAS)).any()):
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner, types = owner[inner], shapely.get_type_id(parts)
    wanted = types == (_AREA if kind == POLYGON else _STROKE)
    kept = wanted & ~shapely.is_empty(parts)
    return (parts, owner) if kept.all() and not nested else (parts[kept], owner[kept])


def turned(points: NDArray[Number], lengths: Ints, wrong: Flags) -> NDArray[Number]:
    """Return rings with the wrong ones turned the other way round."""
    if not wrong.any():
        return points
    starts, counts = starts_of(lengths)[wrong], lengths[wrong]
    there = places(starts, counts)
    result = points.copy()
    result[there] = points[np.repeat(2 * starts + counts - 1, counts) - there]
    return result


def twice_areas(points: NDArray[Number], lengths: Ints) -> NDArray[Any]:
    """Return twice the area of each ring, positive where it turns as a clock does (y south)."""
    ends = np.cumsum(lengths)
    some = lengths > 0
    following = np.empty_like(points)
    following[:-1] = points[1:]
    following[ends[some] - 1] = points[(ends - lengths)[some]]
    cross = points[:, 0] * following[:, 1] - following[:, 0] * points[:, 1]
    return sums(cross, lengths)


def _turned_right(rings: Rings) -> Rings:
    """Return rings turned as a tile has them: then few of them have to be turned for each zoom."""
    starts = np.repeat(starts_of(rings.lengths), rings.lengths)
    areas = twice_areas(rings.points - rings.points[starts], rings.lengths)
    return replace(rings, points=turned(rings.points, rings.lengths, (areas > 0) != rings.outer))
