"""Shapes cut to tiles: simplified once a zoom, clipped, put on the tile's grid of whole units."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

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


@dataclass(frozen=True)
class _Rings:
    """Rings or lines as they are, not yet on a grid.

    ``points`` (n, 2), ``lengths`` (r,); ``of`` (r,) what each is of, ascending; ``outer`` (r,)
    whether it is an outer one.
    """

    points: NDArray[np.float64]
    lengths: Ints
    of: Ints
    outer: NDArray[np.bool_]


class Outlines:
    """Geometries as parts of the world's square: taken apart once, for all zooms."""

    def __init__(self, degrees: Shapes, kind: int) -> None:
        """Take geometries in degrees (EPSG:4326, longitude first) of LINE or POLYGON."""
        self._degrees = shapely.force_2d(degrees)
        self.kind = kind
        rings = _rings(self._degrees, kind)
        self.rings = replace(rings, points=world(rings.points))
        many = len(degrees)
        self.ring_counts = np.bincount(rings.of, minlength=many)
        self.point_counts = np.bincount(rings.of, rings.lengths, many).astype(np.int64)
        self.bounds = np.full((many, 4), np.nan)
        some = np.flatnonzero(self.point_counts)
        if len(some):
            starts = (np.cumsum(self.point_counts) - self.point_counts)[some]
            self.bounds[some, :2] = np.minimum.reduceat(self.rings.points, starts)
            self.bounds[some, 2:] = np.maximum.reduceat(self.rings.points, starts)

    def units(self, numbers: Ints, side: float) -> Shapes:
        """Return some of the geometries with ``side`` units to the world's square."""
        return np.asarray(
            shapely.transform(self._degrees[numbers], lambda points: world(points) * side)
        )

    def taken(self, numbers: Ints) -> _Rings:
        """Return the rings of some of the geometries, ``of`` their places in ``numbers``."""
        counts = self.ring_counts[numbers]
        first = (np.cumsum(self.ring_counts) - self.ring_counts)[numbers]
        rings = np.repeat(first, counts) + within(counts)
        lengths = self.rings.lengths
        starts = (np.cumsum(lengths) - lengths)[rings]
        points = np.repeat(starts, lengths[rings]) + within(lengths[rings])
        return _Rings(
            self.rings.points[points], lengths[rings],
            np.repeat(np.arange(len(numbers)), counts), self.rings.outer[rings],
        )  # fmt: skip


def cut(
    shapes: Outlines,
    z: int,
    *,
    last: bool,
    keep_all: bool,
    wanted: set[tuple[int, int]] | None = None,
) -> Cut:
    """Return shapes cut to the tiles of a zoom, or to those that are wanted.

    ``last``: of the largest zoom, which is shown enlarged, too: nothing is simplified.
    ``keep_all``: what is too small for the grid is drawn as a small square or stroke in the tile of
    its middle; else what is smaller than a pixel is left out.
    """
    side = EXTENT * 2.0**z
    boxes = shapes.bounds * side
    chosen = np.isfinite(boxes[:, 0])
    if not keep_all:
        chosen &= (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0) >= LEAST
    number = np.flatnonzero(chosen)
    pieces = _Pieces(shapes, number, side, simplified=not last)
    pairs = _pairs(pieces, boxes[number], z, wanted)
    owner, corner = number[pairs.shapes], pairs.tiles * EXTENT
    # Most shapes lie within one tile and are plain: they go to the grid as they are.
    low = corner - BUFFER
    box = boxes[owner]
    inside = (box[:, :2] >= low).all(axis=1) & (box[:, 2:] <= low + EXTENT + 2 * BUFFER).all(axis=1)
    whole = inside & ~pieces.rich[pairs.shapes] & (pairs.pieces < 0)
    rings = _merged(
        np.flatnonzero(whole),
        _scaled(shapes.taken(owner[whole]), side),
        np.flatnonzero(~whole),
        _rings(_clipped(pieces, pairs, ~whole), shapes.kind),
    )
    paths = _on_grid(rings, corner, shapes.kind)
    if keep_all:
        paths = _with_the_small(paths, box, corner, shapes.kind)
    return _packed(paths, owner, pairs.tiles)


class _Pieces:
    """The geometries of one zoom in its units, made only where something must be cut."""

    def __init__(self, shapes: Outlines, number: Ints, side: float, *, simplified: bool) -> None:
        self.shapes, self.number, self.side = shapes, number, side
        self.rich = (shapes.point_counts[number] > PLAIN) & simplified
        self.extra: list[object] = []
        """Parts of wide shapes, by number."""

    def geometries(self, numbers: Ints) -> Shapes:
        """Return geometries of this zoom (numbers may repeat), simplified where they are rich."""
        some, back = np.unique(numbers, return_inverse=True)
        units = self.shapes.units(self.number[some], self.side)
        rich = self.rich[some]
        units[rich] = shapely.simplify(units[rich], TOLERANCE)
        return np.asarray(units[back])


def _scaled(rings: _Rings, side: float) -> _Rings:
    return replace(rings, points=rings.points * side)


def _merged(at: Ints, rings: _Rings, other_at: Ints, others: _Rings) -> _Rings:
    """Return two sets of rings as one, each by the pair it is of."""
    of = np.concatenate((at[rings.of], other_at[others.of]))
    lengths = np.concatenate((rings.lengths, others.lengths))
    points = np.concatenate((rings.points, others.points))
    order = np.argsort(of, kind="stable")
    starts = (np.cumsum(lengths) - lengths)[order]
    taken = np.repeat(starts, lengths[order]) + within(lengths[order])
    outer = np.concatenate((rings.outer, others.outer))
    return _Rings(points[taken], lengths[order], of[order], outer[order])


@dataclass(frozen=True)
class _Pairs:
    """Each shape with each tile it may reach, by tile and then shape.

    ``shapes`` (n,) its number, ``pieces`` (n,) the part of a wide shape that holds all of it that
    is in the tile, -1 for others, ``tiles`` (n, 2).
    """

    shapes: Ints
    pieces: Ints
    tiles: Ints


def _pairs(
    pieces: _Pieces, boxes: NDArray[np.float64], z: int, wanted: set[tuple[int, int]] | None
) -> _Pairs:
    last = 2**z - 1
    first = np.clip(np.floor((boxes[:, :2] - BUFFER) / EXTENT), 0, last).astype(np.int64)
    end = np.clip(np.floor((boxes[:, 2:] + BUFFER) / EXTENT), 0, last).astype(np.int64)
    wide = (end - first + 1).prod(axis=1) > WIDE
    shapes, spread = np.flatnonzero(~wide), np.flatnonzero(wide)
    piece = np.full(len(shapes), -1)
    first_of, end_of = first[~wide], end[~wide]
    for number, geometry in zip(spread.tolist(), pieces.geometries(spread), strict=True):
        leaves = list(_leaves(geometry, (*first[number].tolist(), *end[number].tolist())))
        ranges = np.array([tiles for _, tiles in leaves], np.int64).reshape(-1, 4)
        piece = np.concatenate((piece, len(pieces.extra) + np.arange(len(leaves))))
        pieces.extra += [part for part, _ in leaves]
        shapes = np.concatenate((shapes, np.full(len(leaves), number)))
        first_of = np.concatenate((first_of, ranges[:, :2]))
        end_of = np.concatenate((end_of, ranges[:, 2:]))

    across = end_of - first_of + 1
    many = across.prod(axis=1)
    at, step = np.repeat(np.arange(len(shapes)), many), within(many)
    high = across[at, 1]
    tiles = first_of[at] + np.stack((step // high, step % high), axis=1)
    if wanted is not None:
        chosen = np.array([(x, y) in wanted for x, y in tiles.tolist()], bool)
        at, tiles = at[chosen], tiles[chosen]
    order = np.lexsort((shapes[at], tiles[:, 1], tiles[:, 0]))
    at = at[order]
    return _Pairs(shapes[at], piece[at], tiles[order])


_TileRange = tuple[int, int, int, int]
"""First column and row, last column and row."""


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


def _clipped(pieces: _Pieces, pairs: _Pairs, chosen: NDArray[np.bool_]) -> Shapes:
    """Return for some pairs the part of the shape inside its tile and buffer."""
    shapes, tiles, piece = pairs.shapes[chosen], pairs.tiles[chosen], pairs.pieces[chosen]
    clipped = np.empty(len(shapes), object)
    whole = piece < 0
    clipped[whole] = pieces.geometries(shapes[whole])
    extra = np.empty(len(pieces.extra), object)
    extra[:] = pieces.extra
    clipped[~whole] = extra[piece[~whole]]
    low = tiles * EXTENT - BUFFER
    high = low + EXTENT + 2 * BUFFER
    boxes = shapely.bounds(clipped)
    outside = (boxes[:, :2] < low).any(axis=1) | (boxes[:, 2:] > high).any(axis=1)
    beyond = np.flatnonzero(outside)
    if len(beyond):
        new_tile = (np.diff(tiles[beyond], axis=0) != 0).any(axis=1)
        for of_tile in np.split(beyond, np.flatnonzero(new_tile) + 1):
            (west, north), (east, south) = low[of_tile[0]], high[of_tile[0]]
            clipped[of_tile] = shapely.clip_by_rect(clipped[of_tile], west, north, east, south)
    return clipped


def _rings(shapes: Shapes, kind: int) -> _Rings:
    """Return the rings of areas, or the lines, of which each geometry is made."""
    parts, of_shape = shapely.get_parts(shapes, return_index=True)
    parts, of_shape = _parts_of_kind(parts, of_shape, kind)
    if kind == POLYGON:
        lines, of_part = shapely.get_rings(parts, return_index=True)
        outer = np.ones(len(lines), bool)
        outer[1:] = np.diff(of_part) != 0
    else:
        lines, of_part = parts, np.arange(len(parts))
        outer = np.ones(len(lines), bool)
    points, of_line = shapely.get_coordinates(lines, return_index=True)
    lengths = np.bincount(of_line, minlength=len(lines))
    return _Rings(points, lengths, of_shape[of_part], outer)


def _on_grid(rings: _Rings, corner: Ints, kind: int) -> Paths:
    """Return rings or lines in whole units of their tile, without what falls flat."""
    at = np.repeat(rings.of, rings.lengths)
    points = np.rint(rings.points).astype(np.int64) - corner[at]
    points, lengths = _without_repeats(points, rings.lengths, closed=kind == POLYGON)
    if kind != POLYGON:
        return _paths(points, lengths, rings.of, lengths >= 2)
    area = _twice_area(points, lengths)
    kept = (lengths >= 3) & (area != 0)
    # A hole whose outer ring fell flat has nothing to be a hole in.
    outer = np.flatnonzero(rings.outer)
    kept &= kept[np.repeat(outer, np.diff(np.append(outer, len(rings.outer))))]
    # The specification's order: outer rings have a positive area with y to the south.
    points = _turned(points, lengths, (area > 0) != rings.outer)
    return _paths(points, lengths, rings.of, kept)


def _parts_of_kind(parts: Shapes, owner: Ints, kind: int) -> tuple[Shapes, Ints]:
    types = shapely.get_type_id(parts)
    if nested := bool(np.isin(types, (_MANY_STROKES, _MANY_AREAS)).any()):
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


__all__ = ["LINE", "POLYGON", "Cut", "Outlines", "cut"]
