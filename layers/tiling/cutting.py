"""Shapes cut to tiles: simplified once a zoom, clipped, put on the tile's grid of whole units."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.tiling.encoding import LINE, POLYGON, Ints, Paths, sums, within
from layers.tiling.grid import BUFFER, EXTENT, world

Shapes = NDArray[np.object_]

TOLERANCE = EXTENT / 256 / 4
"""Units by which a simplified line may run beside the true one: a quarter of a pixel of 256."""
PLAIN = 32
"""Points up to which a shape is left to the grid, which joins points that are close together."""
LEAST = EXTENT / 256
"""Units across that a shape needs to be drawn, where small ones may be left out: one pixel."""
WIDE = 16
"""Tiles up to which a shape is clipped from its whole for each."""
_SIDE = 4
"""Units of the square that stands for an area too small for the grid: a quarter of a pixel."""
_AREA, _STROKE, _MANY_STROKES, _MANY_AREAS = 3, 1, 5, 6  # shapely's type ids


@dataclass(frozen=True)
class Cut:
    """Shapes of one zoom in their tiles, tile after tile, by the order of the shapes in each.

    ``tiles`` (t, 2) columns and rows; ``counts`` (t,) shapes in each; ``shapes`` (n,) which shape
    each is; ``paths`` their geometry, numbered as ``shapes``.
    """

    tiles: Ints
    counts: Ints
    shapes: Ints
    paths: Paths


def placed(degrees: Shapes) -> Shapes:
    """Return geometries in degrees (EPSG:4326, longitude first) as parts of the world's square."""
    return np.asarray(shapely.transform(shapely.force_2d(degrees), world))


def cut(
    shapes: Shapes,
    z: int,
    *,
    kind: int,
    last: bool,
    keep_all: bool,
    wanted: set[tuple[int, int]] | None = None,
) -> Cut:
    """Return shapes (from ``placed``) cut to the tiles of a zoom, or to those that are wanted.

    ``last``: of the largest zoom, which is shown enlarged, too: nothing is simplified.
    ``keep_all``: what is too small for the grid is drawn as a small square or stroke in the tile of
    its middle; else what is smaller than a pixel is left out.
    """
    side = EXTENT * 2.0**z
    boxes = shapely.bounds(shapes) * side
    number = np.flatnonzero(np.isfinite(boxes[:, 0]))
    if not keep_all:
        across = (boxes[number, 2:] - boxes[number, :2]).max(axis=1, initial=0)
        number = number[across >= LEAST]
    units = shapely.transform(shapes[number], lambda points: points * side)
    if not last:
        rich = np.flatnonzero(shapely.get_num_coordinates(units) > PLAIN)
        units[rich] = shapely.simplify(units[rich], TOLERANCE)
    pairs = _pairs(units, boxes[number], z, wanted)
    clipped = _clipped(pairs)
    owner = number[pairs.shapes]
    corner = pairs.tiles * EXTENT
    paths = _on_grid(clipped, corner, kind)
    if keep_all:
        paths = _with_the_small(paths, boxes[owner], corner, kind)
    return _packed(paths, owner, pairs.tiles)


@dataclass(frozen=True)
class _Pairs:
    """Each shape with each tile it may reach, by tile and then shape.

    ``shapes`` (n,) its number, ``pieces`` (n,) its geometry or a part that holds all of it that is
    in the tile, ``tiles`` (n, 2).
    """

    shapes: Ints
    pieces: Shapes
    tiles: Ints


def _pairs(
    units: Shapes, boxes: NDArray[np.float64], z: int, wanted: set[tuple[int, int]] | None
) -> _Pairs:
    last = 2**z - 1
    first = np.clip(np.floor((boxes[:, :2] - BUFFER) / EXTENT), 0, last).astype(np.int64)
    end = np.clip(np.floor((boxes[:, 2:] + BUFFER) / EXTENT), 0, last).astype(np.int64)
    wide = (end - first + 1).prod(axis=1) > WIDE
    shapes, pieces = np.flatnonzero(~wide), units[~wide]
    first, end, spread = first[~wide], end[~wide], np.flatnonzero(wide)
    if len(spread):
        split = [
            (number, *leaf)
            for number in spread.tolist()
            for leaf in _leaves(units[number], _range(boxes[number], last))
        ]
        shapes = np.concatenate((shapes, np.array([one[0] for one in split], np.int64)))
        pieces = np.concatenate((pieces, np.array([one[1] for one in split], object)))
        ranges = np.array([one[2] for one in split], np.int64).reshape(-1, 4)
        first, end = np.concatenate((first, ranges[:, :2])), np.concatenate((end, ranges[:, 2:]))

    across = end - first + 1
    many = across.prod(axis=1)
    of_piece, step = np.repeat(np.arange(len(pieces)), many), within(many)
    high = across[of_piece, 1]
    tiles = first[of_piece] + np.stack((step // high, step % high), axis=1)
    if wanted is not None:
        chosen = np.array([(x, y) in wanted for x, y in tiles.tolist()], bool)
        of_piece, tiles = of_piece[chosen], tiles[chosen]
    order = np.lexsort((shapes[of_piece], tiles[:, 1], tiles[:, 0]))
    of_piece = of_piece[order]
    return _Pairs(shapes[of_piece], pieces[of_piece], tiles[order])


_TileRange = tuple[int, int, int, int]
"""First column and row, last column and row."""


def _range(box: NDArray[np.float64], last: int) -> _TileRange:
    low, high = np.floor((box[:2] - BUFFER) / EXTENT), np.floor((box[2:] + BUFFER) / EXTENT)
    x0, y0, x1, y1 = np.clip(np.concatenate((low, high)), 0, last).astype(int).tolist()
    return x0, y0, x1, y1


def _leaves(shape: object, tiles: _TileRange) -> Iterator[tuple[object, _TileRange]]:
    """Go through the parts of a wide shape, halved until each reaches few tiles.

    So a coastline is not clipped from its whole length for each of its tiles, and two islands far
    apart do not reach every tile between them.
    """
    x0, y0, x1, y1 = tiles
    part = shapely.clip_by_rect(
        shape, x0 * EXTENT - BUFFER, y0 * EXTENT - BUFFER,
        (x1 + 1) * EXTENT + BUFFER, (y1 + 1) * EXTENT + BUFFER,
    )  # fmt: skip
    if shapely.is_empty(part):
        return
    if (x1 - x0 + 1) * (y1 - y0 + 1) <= WIDE:
        yield part, tiles
    elif x1 - x0 > y1 - y0:
        middle = (x0 + x1) // 2
        yield from _leaves(part, (x0, y0, middle, y1))
        yield from _leaves(part, (middle + 1, y0, x1, y1))
    else:
        middle = (y0 + y1) // 2
        yield from _leaves(part, (x0, y0, x1, middle))
        yield from _leaves(part, (x0, middle + 1, x1, y1))


def _clipped(pairs: _Pairs) -> Shapes:
    """Return the part of each pair's shape inside its tile and buffer."""
    clipped = pairs.pieces.copy()
    low = pairs.tiles * EXTENT - BUFFER
    high = low + EXTENT + 2 * BUFFER
    boxes = shapely.bounds(clipped)
    outside = (boxes[:, :2] < low).any(axis=1) | (boxes[:, 2:] > high).any(axis=1)
    beyond = np.flatnonzero(outside)
    if len(beyond):
        new_tile = (np.diff(pairs.tiles[beyond], axis=0) != 0).any(axis=1)
        for of_tile in np.split(beyond, np.flatnonzero(new_tile) + 1):
            (west, north), (east, south) = low[of_tile[0]], high[of_tile[0]]
            clipped[of_tile] = shapely.clip_by_rect(clipped[of_tile], west, north, east, south)
    return clipped


def _on_grid(shapes: Shapes, corner: Ints, kind: int) -> Paths:
    """Return the rings or lines of shapes in whole units of their tile, without what falls flat."""
    parts, of_shape = shapely.get_parts(shapes, return_index=True)
    parts, of_shape = _parts_of_kind(parts, of_shape, kind)
    if kind == POLYGON:
        lines, of_part = shapely.get_rings(parts, return_index=True)
        outer = np.concatenate(([True], np.diff(of_part) != 0)) if len(lines) else of_part == 0
    else:
        lines, of_part = parts, np.arange(len(parts))
        outer = np.ones(len(lines), bool)
    coordinates, of_line = shapely.get_coordinates(lines, return_index=True)
    points = np.rint(coordinates).astype(np.int64) - corner[of_shape[of_part[of_line]]]
    points, lengths = _without_repeats(points, np.bincount(of_line, minlength=len(lines)),
                                       closed=kind == POLYGON)  # fmt: skip
    if kind == POLYGON:
        area = _twice_area(points, lengths)
        kept = (lengths >= 3) & (area != 0)
        # A hole whose outer ring fell flat has nothing to be a hole in.
        its_outer = np.repeat(np.flatnonzero(outer), np.diff(np.append(np.flatnonzero(outer),
                                                                       len(outer))))  # fmt: skip
        kept &= kept[its_outer]
        # The specification's order: outer rings have a positive area with y to the south.
        points = _turned(points, lengths, (area > 0) != outer)
    else:
        kept = lengths >= 2
    return _paths(points, lengths, of_shape[of_part], kept)


def _parts_of_kind(parts: Shapes, owner: Ints, kind: int) -> tuple[Shapes, Ints]:
    types = shapely.get_type_id(parts)
    if nested := np.isin(types, (_MANY_STROKES, _MANY_AREAS)).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner, types = owner[inner], shapely.get_type_id(parts)
    wanted = types == (_AREA if kind == POLYGON else _STROKE)
    kept = wanted & ~shapely.is_empty(parts)
    return (parts, owner) if kept.all() and not nested else (parts[kept], owner[kept])


def _without_repeats(points: Ints, lengths: Ints, *, closed: bool) -> tuple[Ints, Ints]:
    """Return paths without points that repeat the one before, rings without their closing one."""
    if not len(points):
        return points, lengths
    line = np.repeat(np.arange(len(lengths)), lengths)
    same = np.zeros(len(points), bool)
    same[1:] = (np.diff(points, axis=0) == 0).all(axis=1) & (np.diff(line) == 0)
    points, line = points[~same], line[~same]
    lengths = np.bincount(line, minlength=len(lengths))
    if closed:
        ends = np.cumsum(lengths) - 1
        some = lengths > 1
        starts = ends - lengths + 1
        closing = ends[some][(points[ends[some]] == points[starts[some]]).all(axis=1)]
        points, line = np.delete(points, closing, axis=0), np.delete(line, closing)
        lengths = np.bincount(line, minlength=len(lengths))
    return points, lengths


def _twice_area(points: Ints, lengths: Ints) -> Ints:
    """Return twice the area of each ring, positive where it turns as a clock does (y south)."""
    following = _next(points, lengths)
    cross = points[:, 0] * following[:, 1] - following[:, 0] * points[:, 1]
    return sums(cross, lengths)


def _next(points: Ints, lengths: Ints) -> Ints:
    """Return the point after each, the first one after a ring's last."""
    number = within(lengths)
    ends = np.cumsum(lengths)
    after = np.arange(len(points)) + 1
    is_last = number == np.repeat(lengths, lengths) - 1
    after[is_last] = (ends - lengths)[lengths > 0]
    return np.asarray(points[after])


def _turned(points: Ints, lengths: Ints, wrong: NDArray[np.bool_]) -> Ints:
    """Return rings with the wrong ones turned the other way round."""
    number = within(lengths)
    long = np.repeat(lengths, lengths)
    start = np.arange(len(points)) - number
    turned = np.where(np.repeat(wrong, lengths), start + long - 1 - number, start + number)
    return np.asarray(points[turned])


def _paths(points: Ints, lengths: Ints, shapes: Ints, kept: NDArray[np.bool_]) -> Paths:
    return Paths(points[np.repeat(kept, lengths)], lengths[kept], shapes[kept])


def _with_the_small(paths: Paths, boxes: NDArray[np.float64], corner: Ints, kind: int) -> Paths:
    """Return the paths and, for each shape that has none, a square or stroke at its middle."""
    missing = np.ones(len(boxes), bool)
    missing[paths.shapes] = False
    lost = np.flatnonzero(missing)
    middle = (boxes[lost, :2] + boxes[lost, 2:]) / 2 - corner[lost]
    # In the tile of its middle only; a large shape that merely misses this tile is far from it.
    small = (boxes[lost, 2:] - boxes[lost, :2] < LEAST).all(axis=1)
    here = small & ((middle >= 0) & (middle < EXTENT)).all(axis=1)
    lost, at = lost[here], np.rint(middle[here]).astype(np.int64)
    if not len(lost):
        return paths
    half = _SIDE // 2
    corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
    steps = np.array(corners if kind == POLYGON else [(-half, 0), (half, 0)])
    stand_ins = (at[:, None, :] + steps[None, :, :]).reshape(-1, 2)
    shapes = np.concatenate((paths.shapes, lost))
    lengths = np.concatenate((paths.lengths, np.full(len(lost), len(steps))))
    points = np.concatenate((paths.points, stand_ins))
    order = np.argsort(shapes, kind="stable")
    starts = (np.cumsum(lengths) - lengths)[order]
    taken = np.repeat(starts, lengths[order]) + within(lengths[order])
    return Paths(points[taken], lengths[order], shapes[order])


def _packed(paths: Paths, owner: Ints, tiles: Ints) -> Cut:
    """Return the paths with the shapes that have any, numbered anew, and where tiles begin."""
    found, numbered = np.unique(paths.shapes, return_inverse=True)
    at = tiles[found]
    changed = (np.diff(at, axis=0) != 0).any(axis=1)
    starts = np.concatenate(([0], np.flatnonzero(changed) + 1)) if len(at) else np.zeros(0, int)
    counts = np.diff(np.append(starts, len(found)))
    return Cut(at[starts], counts, owner[found], Paths(paths.points, paths.lengths, numbered))


__all__ = ["LINE", "POLYGON", "Cut", "cut", "placed"]
