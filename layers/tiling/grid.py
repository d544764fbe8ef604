"""The squares of Web Mercator (EPSG:3857): which tiles a box of degrees touches, and back.

A tile is named by zoom, column from the west and row from the north, as OGC's WebMercatorQuad.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

EXTENT = 4096
"""Units along a tile's side (the default of the Mapbox Vector Tile specification 2.1)."""
BUFFER = 64
"""Units that a tile knows beyond its edge, so that strokes meet: four pixels of 256."""
MOST_LATITUDE = 85.051128779806604
"""Degrees north and south where Web Mercator is a square (OGC 17-083r4, WebMercatorQuad)."""

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


class Tile(NamedTuple):
    """A square: zoom, column, row."""

    z: int
    x: int
    y: int


@dataclass(frozen=True)
class Range:
    """The tiles of a zoom between two columns and two rows, all inclusive."""

    z: int
    x0: int
    y0: int
    x1: int
    y1: int

    def __len__(self) -> int:
        """Return how many tiles those are."""
        return (self.x1 - self.x0 + 1) * (self.y1 - self.y0 + 1)

    def __iter__(self) -> Iterator[Tile]:
        """Go through the tiles, column by column."""
        for x in range(self.x0, self.x1 + 1):
            for y in range(self.y0, self.y1 + 1):
                yield Tile(self.z, x, y)


def world(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return longitudes and latitudes (n, 2) as parts of the world's square.

    x grows east from 0 to 1, y south from 0 to 1; what lies beyond Web Mercator's latitudes is put
    on its edge.
    """
    placed = np.empty((len(degrees), 2))
    placed[:, 0] = degrees[:, 0] / 360.0 + 0.5
    latitude = np.radians(np.clip(degrees[:, 1], -MOST_LATITUDE, MOST_LATITUDE))
    placed[:, 1] = 0.5 - np.arctanh(np.sin(latitude)) / (2.0 * np.pi)
    return placed


def tile_range(box: Box, z: int) -> Range:
    """Return the tiles of a zoom that show something of a box, their buffers counted."""
    west, south, east, north = box
    (left, bottom), (right, top) = world(np.array([(west, south), (east, north)])) * 2.0**z
    margin, last = BUFFER / EXTENT, 2**z - 1

    def held(number: float) -> int:
        return min(max(math.floor(number), 0), last)

    return Range(z, held(left - margin), held(top - margin),
                 held(right + margin), held(bottom + margin))  # fmt: skip


def tile_box(tile: Tile, *, buffered: bool = True) -> Box:
    """Return the degrees that a tile covers, with its buffer or without."""
    side = 2.0**tile.z
    margin = BUFFER / EXTENT if buffered else 0.0
    return (
        _longitude((tile.x - margin) / side),
        _latitude((tile.y + 1 + margin) / side),
        _longitude((tile.x + 1 + margin) / side),
        _latitude((tile.y - margin) / side),
    )


def _longitude(x: float) -> float:
    return (x - 0.5) * 360.0


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * y))))
