"""Rings and lines on a tile's grid of whole units."""

import numpy as np
from numpy.typing import NDArray

from layers.tiling.encoding import POLYGON, Paths
from layers.tiling.grid import EXTENT
from layers.tiling.outlines import Flags, Rings, turned, twice_areas
from layers.tiling.runs import Ints, places, starts_of, sums

LEAST = EXTENT / 256
"""Units across that a shape needs to be drawn, where small ones may be left out: one pixel."""
_SIDE = 4
"""Units of the square that stands for an area too small for the grid: a quarter of a pixel."""


def on_grid(rings: Rings, corner: Ints, kind: int) -> Paths:
    """Return rings or lines in whole units of their tile, without what falls flat.

    ``corner`` (n, 2): the units of the tile of each thing that ``rings.of`` names.
    """
    corners = np.repeat(corner[rings.of].astype(np.float64), rings.lengths, axis=0)
    # Clipped to the tile and its buffer: small numbers.
    points = np.rint(rings.points - corners).astype(np.int32)
    points, lengths = _without_repeats(points, rings.lengths, closed=kind == POLYGON)
    if kind != POLYGON:
        return _paths(points, lengths, rings.of, lengths >= 2)
    area = twice_areas(points, lengths)
    kept = (lengths >= 3) & (area != 0)
    # A hole whose outer ring fell flat has nothing to be a hole in.
    outer = np.flatnonzero(rings.outer)
    kept &= kept[np.repeat(outer, np.diff(np.append(outer, len(rings))))]
    # The specification's order: outer rings have a positive area with y to the south.
    points = turned(points, lengths, (area > 0) != rings.outer)
    return _paths(points, lengths, rings.of, kept)


def _without_repeats(
    points: NDArray[np.int32], lengths: Ints, *, closed: bool
) -> tuple[NDArray[np.int32], Ints]:
    """Return paths without points that repeat the one before, rings without one like the first."""
    if not len(points):
        return points, lengths
    packed = points.astype(np.int64)
    packed = packed[:, 0] << 32 | packed[:, 1] & 0xFFFFFFFF
    same = np.zeros(len(points), bool)
    same[1:] = packed[1:] == packed[:-1]
    same[starts_of(lengths)[lengths > 0]] = False
    lengths, packed, points = _without(same, lengths, packed, points)
    if closed:
        ends = np.cumsum(lengths) - 1
        some = lengths > 1
        again = packed[ends[some]] == packed[(ends - lengths + 1)[some]]
        closing = np.zeros(len(points), bool)
        closing[ends[some][again]] = True
        lengths, packed, points = _without(closing, lengths, packed, points)
    return points, lengths


def _without(
    gone: Flags, lengths: Ints, packed: Ints, points: NDArray[np.int32]
) -> tuple[Ints, Ints, NDArray[np.int32]]:
    if not gone.any():
        return lengths, packed, points
    return lengths - sums(gone, lengths), packed[~gone], points[~gone]


def _paths(points: NDArray[np.int32], lengths: Ints, of: Ints, kept: Flags) -> Paths:
    if kept.all():
        return Paths(points, lengths, of)
    return Paths(points[np.repeat(kept, lengths)], lengths[kept], of[kept])


def with_the_small(paths: Paths, boxes: NDArray[np.float64], corner: Ints, kind: int) -> Paths:
    """Return the paths and, for each shape that has none, a square or stroke at its middle."""
    missing = np.ones(len(boxes), bool)
    missing[paths.shapes] = False
    lost = np.flatnonzero(missing)
    middle = (boxes[lost, :2] + boxes[lost, 2:]) / 2 - corner[lost]
    # In the tile of its middle only; a large shape that merely misses this tile is far from it.
    small = (boxes[lost, 2:] - boxes[lost, :2] < LEAST).all(axis=1)
    here = small & ((middle >= 0) & (middle < EXTENT)).all(axis=1)
    lost, at = lost[here], np.rint(middle[here]).astype(np.int32)
    if not len(lost):
        return paths
    half = _SIDE // 2
    corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
    steps = np.array(corners if kind == POLYGON else [(-half, 0), (half, 0)], np.int32)
    stand_ins = (at[:, None, :] + steps[None, :, :]).reshape(-1, 2)
    shapes = np.concatenate((paths.shapes, lost))
    lengths = np.concatenate((paths.lengths, np.full(len(lost), len(steps))))
    points = np.concatenate((paths.points, stand_ins))
    order = np.argsort(shapes, kind="stable")
    taken = places(starts_of(lengths)[order], lengths[order])
    return Paths(points[taken], lengths[order], shapes[order])
