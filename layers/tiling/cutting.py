"""Shapes cut to tiles: simplified once a zoom, clipped, put on the tile's grid of whole units."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.tiling.encoding import LINE, POLYGON, Paths
from layers.tiling.grid import BUFFER, EXTENT
from layers.tiling.outlines import Outlines, Shapes, rings_of
from layers.tiling.runs import Ints, within
from layers.tiling.snapping import LEAST, on_grid, with_the_small

TOLERANCE = EXTENT / 256 / 4
"""Units by which a simplified line may run beside the true one: a quarter of a pixel of 256."""
PLAIN = 32
"""Points up to which a shape is left to the grid, which joins points that are close together."""
WIDE = 16
"""Tiles up to which a shape is clipped from its whole for each."""


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
    clipped = rings_of(_clipped(pieces, pairs, ~whole), shapes.kind)
    clipped = replace(clipped, of=np.flatnonzero(~whole)[clipped.of])
    rings = shapes.rings_with(owner[whole], np.flatnonzero(whole), side, clipped)
    paths = on_grid(rings, corner, shapes.kind)
    if keep_all:
        paths = with_the_small(paths, box, corner, shapes.kind)
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
        chosen = are_wanted(tiles, wanted)
        at, tiles = at[chosen], tiles[chosen]
    order = np.lexsort((shapes[at], tiles[:, 1], tiles[:, 0]))
    at = at[order]
    return _Pairs(shapes[at], piece[at], tiles[order])


def are_wanted(tiles: Ints, wanted: set[tuple[int, int]]) -> NDArray[np.bool_]:
    """Return which columns and rows (n, 2) are among those that are wanted."""
    asked = np.array([*wanted], np.int64).reshape(-1, 2)
    return np.isin(tiles[:, 0] << 32 | tiles[:, 1], asked[:, 0] << 32 | asked[:, 1])


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


def _packed(paths: Paths, owner: Ints, tiles: Ints) -> Cut:
    """Return the paths with the shapes that have any, numbered anew, and where tiles begin."""
    new = np.ones(len(paths), bool)
    new[1:] = paths.shapes[1:] != paths.shapes[:-1]
    found, numbered = paths.shapes[new], np.cumsum(new) - 1
    at = tiles[found]
    changed = np.ones(len(at), bool)
    changed[1:] = (at[1:, 0] != at[:-1, 0]) | (at[1:, 1] != at[:-1, 1])
    starts = np.flatnonzero(changed)
    counts = np.diff(np.append(starts, len(found)))
    return Cut(at[starts], counts, owner[found], Paths(paths.points, paths.lengths, numbered))


__all__ = ["LINE", "POLYGON", "Cut", "Outlines", "cut"]
