"""A map as SVG, drawn by the server: the city's boundary and the places, for when no script runs.

Pure: no Django, no database. Geometries are shapely's, longitude and latitude in degrees; the
drawing is Web Mercator, so that base map tiles can lie under it. There is no style attribute in it
(the security policy refuses them): classes only.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

TILE = 256
NEAREST_ZOOM = 17.0
SYMBOL = 22
CHOSEN_RADIUS = 18
NUMBER_RADIUS = 10
MERGE = 6
"""Symbols of one kind nearer than this many pixels are drawn once."""

Box = tuple[float, float, float, float]


def _mercator(longitude: float, latitude: float, zoom: float) -> tuple[float, float]:
    """Return a position in pixels of the whole world at a zoom level."""
    world = TILE * 2**zoom
    sine = math.sin(math.radians(latitude))
    x = (longitude + 180) / 360 * world
    y = (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * world
    return x, y


@dataclass(frozen=True)
class Frame:
    """A window on the world: zoom, the left and top edge in world pixels, and its size."""

    zoom: float
    left: float
    top: float
    width: int
    height: int

    @classmethod
    def centred(
        cls, latitude: float, longitude: float, zoom: float, width: int, height: int
    ) -> "Frame":
        """Return the frame around a position."""
        x, y = _mercator(longitude, latitude, zoom)
        return cls(zoom, x - width / 2, y - height / 2, width, height)

    @classmethod
    def around(
        cls, box: Box, width: int, height: int, margin: int = 24, *, whole_zoom: bool = False
    ) -> "Frame":
        """Return the frame that shows a box (west, south, east, north) with a margin in pixels.

        ``whole_zoom``: only at a zoom level for which there are tiles.
        """
        west, south, east, north = box
        left, bottom = _mercator(west, south, 0)
        right, top = _mercator(east, north, 0)
        fits = [
            math.log2((size - 2 * margin) / length)
            for size, length in ((width, right - left), (height, bottom - top))
            if length > 0
        ]
        zoom = min([NEAREST_ZOOM, *fits])
        if whole_zoom:
            zoom = float(math.floor(zoom))
        scale = 2**zoom
        x, y = (left + right) / 2 * scale, (top + bottom) / 2 * scale
        return cls(zoom, x - width / 2, y - height / 2, width, height)

    def point(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Return where a position is in the drawing, in pixels from the top left."""
        x, y = _mercator(longitude, latitude, self.zoom)
        return x - self.left, y - self.top

    def points(self, positions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where positions (n, 2: longitude, latitude) are in the drawing."""
        world = TILE * 2**self.zoom
        sine = np.sin(np.radians(positions[:, 1]))
        x = (positions[:, 0] + 180) / 360 * world
        y = (0.5 - np.arctanh(sine) / (2 * np.pi)) * world
        return np.stack((x - self.left, y - self.top), axis=1)

    def contains(self, x: float, y: float, margin: float = 0) -> bool:
        """Say whether a point of the drawing is inside it, with a margin around."""
        return -margin <= x <= self.width + margin and -margin <= y <= self.height + margin

    def tiles(self) -> Iterator[tuple[int, int, int, float, float]]:
        """Return the tiles that cover the frame: zoom, column, row, and where they lie in it."""
        zoom = int(self.zoom)
        for row in range(int(self.top // TILE), int((self.top + self.height) // TILE) + 1):
            for column in range(int(self.left // TILE), int((self.left + self.width) // TILE) + 1):
                yield zoom, column, row, column * TILE - self.left, row * TILE - self.top


@dataclass(frozen=True)
class Mark:
    """One thing to draw: a geometry of a kind; with a number; or the one in question."""

    kind: str
    geometry: BaseGeometry
    number: int | None = None
    chosen: bool = False


def sketch(
    frame: Frame,
    boundary: BaseGeometry,
    marks: Sequence[Mark],
    *,
    label: str,
    symbols: str,
    tiles: str | None = None,
) -> str:
    """Return the drawing as one <svg>.

    ``symbols`` is the sprite's address, ``tiles`` a template of tile addresses ({z}, {x}, {y}); the
    frame's zoom is then a whole number.
    """
    size = f"0 0 {frame.width} {frame.height}"
    parts = [
        f'<svg class="sketch" viewBox="{size}" role="img" aria-label="{escape(label)}">',
        f'<path class="sketch-city" d="{_path(frame, boundary)}"/>',
    ]
    if tiles:
        # An <img> with no words and no size shows nothing when its tile can't be had; an SVG
        # <image> would show a broken picture.
        parts += [
            f'<foreignObject x="{left:.1f}" y="{top:.1f}" width="{TILE}" height="{TILE}">'
            f'<img src="{escape(tiles.format(z=z, x=x, y=y))}" alt=""></foreignObject>'
            for z, x, y, left, top in frame.tiles()
        ]
        parts.append(f'<path class="sketch-edge" d="{_path(frame, boundary)}"/>')
    points = [mark for mark in marks if _is_point(mark)]
    chosen = [mark for mark in points if mark.chosen]
    parts += [_shape(frame, mark) for mark in marks if not _is_point(mark)]
    unnumbered = [mark for mark in points if mark.number is None and not mark.chosen]
    parts += _symbols(frame, unnumbered, symbols)
    parts += _chosen(frame, chosen, symbols)
    parts += _numbers(frame, [mark for mark in points if mark.number is not None], chosen)
    return "".join([*parts, "</svg>"])


def _is_point(mark: Mark) -> bool:
    return mark.geometry.geom_type in {"Point", "MultiPoint"}


def _symbols(frame: Frame, marks: Iterable[Mark], symbols: str) -> Iterator[str]:
    drawn = set()
    for mark in marks:
        x, y = _middle(frame, mark)
        place = (mark.kind, round(x / MERGE), round(y / MERGE))
        if frame.contains(x, y, SYMBOL) and place not in drawn:
            drawn.add(place)
            yield _use(mark.kind, x, y, symbols)


def _chosen(frame: Frame, marks: Iterable[Mark], symbols: str) -> Iterator[str]:
    for mark in marks:
        x, y = _middle(frame, mark)
        yield f'<circle class="sketch-chosen" cx="{x:.0f}" cy="{y:.0f}" r="{CHOSEN_RADIUS}"/>'
        yield _use(mark.kind, x, y, symbols)


def _numbers(frame: Frame, marks: Iterable[Mark], chosen: Iterable[Mark]) -> Iterator[str]:
    """Draw the numbers; those at one spot together, none where the chosen one is."""
    spots: list[tuple[float, float, list[int]]] = []
    taken = [_middle(frame, mark) for mark in chosen]
    for mark in marks:
        x, y = _middle(frame, mark)
        if not frame.contains(x, y) or any(math.dist((x, y), at) < MERGE for at in taken):
            continue
        near = (s for s in spots if math.dist((x, y), s[:2]) < NUMBER_RADIUS * 1.5)
        spot = next(near, None)
        if spot is None:
            spots.append((x, y, [mark.number or 0]))
        else:
            spot[2].append(mark.number or 0)
    for x, y, numbers in spots:
        text = _together(numbers)
        width = max(NUMBER_RADIUS * 2, 10 * len(text) + 6)
        yield (
            f'<rect class="sketch-number" x="{x - width / 2:.0f}" y="{y - NUMBER_RADIUS:.0f}"'
            f' width="{width}" height="{NUMBER_RADIUS * 2}" rx="{NUMBER_RADIUS}"/>'
            f'<text x="{x:.0f}" y="{y + 5:.0f}">{text}</text>'
        )


def _together(numbers: Sequence[int]) -> str:
    """Return «4», «4–5» or «1, 3»."""
    first, last = numbers[0], numbers[-1]
    if len(numbers) > 1 and last - first == len(numbers) - 1:
        return f"{first}–{last}"
    return ", ".join(map(str, numbers))


def _middle(frame: Frame, mark: Mark) -> tuple[float, float]:
    return frame.point(*mark.geometry.centroid.coords[0])


def _use(kind: str, x: float, y: float, symbols: str) -> str:
    left, top = x - SYMBOL / 2, y - SYMBOL / 2
    return (
        f'<use class="kind-{kind}" href="{escape(symbols)}#{kind}" x="{left:.0f}" y="{top:.0f}"'
        f' width="{SYMBOL}" height="{SYMBOL}"/>'
    )


def _shape(frame: Frame, mark: Mark) -> str:
    line = mark.geometry.geom_type in {"LineString", "MultiLineString"}
    form = "line" if line else "area"
    chosen = " sketch-chosen-shape" if mark.chosen else ""
    hatch = ' fill="url(#hatch)"' if mark.kind == "hazard" and not line else ""
    kind = f"sketch-{form}{'-hatched' if hatch else ''} kind-{mark.kind}{chosen}"
    return f'<path class="{kind}"{hatch} d="{_path(frame, mark.geometry)}"/>'


def _path(frame: Frame, geometry: BaseGeometry) -> str:
    """Return a geometry as path data, as fine as a pixel and no finer; empty where outside."""
    drawn = shapely.transform(geometry, frame.points)
    window = shapely.box(-TILE, -TILE, frame.width + TILE, frame.height + TILE)
    drawn = shapely.simplify(drawn, 0.7)
    if not drawn.is_valid:  # simplifying can fold a ring
        drawn = shapely.make_valid(drawn)
    drawn = shapely.intersection(drawn, window)
    return "".join(_line(line) for line in _lines(drawn))


def _lines(geometry: BaseGeometry) -> Iterator[BaseGeometry]:
    for part in shapely.get_parts(geometry):
        if part.is_empty:
            continue
        if part.geom_type == "Polygon":
            yield part.exterior
            yield from part.interiors
        elif part.geom_type in {"LineString", "LinearRing"}:
            yield part
        elif part.geom_type not in {"Point", "MultiPoint"}:
            yield from _lines(part)


def _line(line: BaseGeometry) -> str:
    points = [f"{x:.0f} {y:.0f}" for x, y in line.coords]
    closed = line.geom_type == "LinearRing"
    return "M" + "L".join(points[:-1] if closed else points) + ("Z" if closed else "")
