"""Points cut to tiles: each in the one tile that holds it, however small the zoom."""

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.tiling.cutting import Cut, are_wanted
from layers.tiling.encoding import Paths
from layers.tiling.grid import EXTENT, world
from layers.tiling.outlines import Shapes
from layers.tiling.runs import Ints


class Dots:
    """Points as parts of the world's square: taken apart once, for all zooms."""

    def __init__(self, degrees: Shapes) -> None:
        """Take points or sets of points in degrees (EPSG:4326, longitude first)."""
        points, self.of = shapely.get_coordinates(degrees, return_index=True)
        self.points = world(points)


def cut_dots(dots: Dots, z: int, wanted: set[tuple[int, int]] | None = None) -> Cut:
    """Return points in the tiles of a zoom, or in those that are wanted.

    None is left out, and none stands in the buffer of a neighbour, where it would be counted twice.
    """
    placed = dots.points * 2.0**z
    tiles = np.clip(np.floor(placed), 0, 2**z - 1).astype(np.int64)
    of, units = dots.of, _units(placed - tiles)
    if wanted is not None:
        kept = are_wanted(tiles, wanted)
        tiles, of, units = tiles[kept], of[kept], units[kept]
    order = np.lexsort((of, tiles[:, 1], tiles[:, 0]))
    tiles, of, units = tiles[order], of[order], units[order]
    new_tile = _changes(tiles[:, 0]) | _changes(tiles[:, 1])
    new_shape = new_tile | _changes(of)
    starts = np.flatnonzero(new_shape)
    lengths = np.diff(np.append(starts, len(of)))
    number = np.cumsum(new_shape)[new_tile] - 1
    counts = np.diff(np.append(number, len(starts)))
    return Cut(tiles[new_tile], counts, of[starts], Paths(units, lengths, np.arange(len(starts))))


def _units(parts: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return whole units in a tile: what is nearly in the next is still in this one."""
    return np.clip(np.floor(parts * EXTENT), 0, EXTENT - 1).astype(np.int32)


def _changes(numbers: Ints) -> NDArray[np.bool_]:
    """Return where a number is another than the one before; the first always is."""
    changed = np.ones(len(numbers), bool)
    changed[1:] = numbers[1:] != numbers[:-1]
    return changed
