"""GML geometries (2, 3.1, 3.2) as shapes, in the order of axes that they are written in.

Curves and surfaces may be made of others, inline or by reference (``xlink:href="#c1"``), as
国土数値情報 delivers them. Source: OGC 07-036 (GML 3.2.1), clauses 10–11; JPGIS 2.1.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from importers.geometry import collected
from importers.limits import MAX_POINTS
from importers.markup import Node
from importers.problems import FileRefused

GEOMETRIES = frozenset(
    [
        *("Point", "LineString", "LinearRing", "Polygon", "Curve", "Surface", "PolyhedralSurface"),
        *("CompositeCurve", "OrientableCurve", "CompositeSurface", "OrientableSurface", "Ring"),
        *("MultiPoint", "MultiLineString", "MultiPolygon", "MultiCurve", "MultiSurface"),
        *("MultiGeometry", "GeometricComplex", "TriangulatedSurface", "Tin"),
    ]
)
_LINES = frozenset(["LineString", "LinearRing", "LineStringSegment", "LinearString"])
_STRAIGHT = frozenset(["LineStringSegment", "GeodesicString", "Geodesic"])
_PATCHES = frozenset(["PolygonPatch", "Triangle", "Rectangle"])
_NESTED = 40
Positions = npt.NDArray[np.float64]


class Curved(ValueError):
    """A curve that is not made of straight segments."""


class Shapes:
    """Makes shapes of elements, and finds those they refer to."""

    def __init__(self) -> None:
        self.shared: dict[str, Node] = {}
        self._points = 0

    def shape(self, node: Node, size: int | None = None) -> BaseGeometry | None:
        """Return an element's shape, None for an empty one.

        ``size`` is how many values a position has where nothing in the element says it. Raises
        ValueError or ShapelyError for one that can't be read (an arc, a reference to nothing),
        FileRefused where references multiply the file beyond measure.
        """
        return self._shape(node, _dimension(node) or size, 0)

    def _shape(self, node: Node, size: int | None, depth: int) -> BaseGeometry | None:
        if depth > _NESTED:
            raise ValueError("nested too deeply")
        size = _own_dimension(node) or size
        name = node.name
        if name == "Point":
            positions = self._positions(node, size, depth)
            return shapely.Point(positions[0]) if len(positions) else None
        if name in (
            "LineString",
            "LinearRing",
            "Curve",
            "CompositeCurve",
            "OrientableCurve",
            "Ring",
        ):
            line = self._line(node, size, depth)
            return shapely.LineString(line) if len(line) else None
        if name in ("Polygon", *_PATCHES):
            return self._polygon(node, size, depth)
        parts = [
            part
            for each in self._members(node)
            if (part := self._shape(each, size, depth + 1)) is not None
        ]
        flat = [single for part in parts for single in shapely.get_parts(part)]
        return collected(flat)

    def _members(self, node: Node) -> Iterator[Node]:
        """Yield the geometries an element is made of, by whatever property they are in it."""
        if node.name in GEOMETRIES or node.name in _PATCHES:
            for holder in node.children:
                href = holder.attributes.get("href")
                if href is not None and not holder.children:
                    yield self.named(href)
                for each in holder.children:
                    if each.name in GEOMETRIES or each.name in _PATCHES:
                        yield each

    def named(self, href: str) -> Node:
        """Return the element a reference names. Raises ValueError for one outside the file."""
        found = self.shared.get(href[1:]) if href.startswith("#") else None
        if found is None:
            raise ValueError(f"nothing is called {href[:80]}")
        return found

    def _polygon(self, node: Node, size: int | None, depth: int) -> BaseGeometry | None:
        outer: list[Positions] = []
        holes: list[Positions] = []
        for boundary in node.children:
            rings = outer if boundary.name in ("exterior", "outerBoundaryIs") else holes
            if boundary.name in ("exterior", "outerBoundaryIs", "interior", "innerBoundaryIs"):
                for ring in boundary.children:
                    positions = self._line(ring, _own_dimension(ring) or size, depth + 1)
                    if len(positions):
                        rings.append(positions)
        return shapely.Polygon(outer[0], holes) if outer else None

    def _line(self, node: Node, size: int | None, depth: int) -> Positions:
        """Return the positions along a curve, its parts joined end to end."""
        if depth > _NESTED:
            raise ValueError("nested too deeply")
        size = _own_dimension(node) or size
        if node.name in _LINES:
            return self._positions(node, size, depth)
        if node.name == "Curve":
            segments = node.child("segments")
            parts = segments.children if segments else []
            if any(part.name not in _STRAIGHT for part in parts):
                raise Curved("only straight segments are read")
            return _joined([self._positions(part, size, depth) for part in parts])
        if node.name == "OrientableCurve":
            base = node.child("baseCurve")
            if base is None:
                raise ValueError("a curve of nothing")
            href = base.attributes.get("href")
            inner = self.named(href) if href and not base.children else base.children[0]
            line = self._line(inner, size, depth + 1)
            return line[::-1] if node.attributes.get("orientation") == "-" else line
        return _joined([self._line(each, size, depth + 1) for each in self._members(node)])

    def _positions(self, node: Node, size: int | None, depth: int) -> Positions:
        """Return the positions written in an element, in any of GML's five ways."""
        found: list[Positions] = []
        for child in node.children:
            if child.name in ("posList", "pos"):
                own = _own_dimension(child) or size
                found.append(_numbers(child, own if child.name == "posList" else None))
            elif child.name == "coordinates":
                found.append(_tuples(child))
            elif child.name == "coord":
                values = [float(each.text) for each in child.children]
                found.append(np.array([values], dtype=float))
            elif child.name in ("pointProperty", "pointRep"):
                href = child.attributes.get("href")
                inner = self.named(href) if href and not child.children else child.children[0]
                found.append(self._positions(inner, size, depth + 1))
        if not found:
            return np.empty((0, 2))
        width = min(part.shape[1] for part in found)
        positions = np.concatenate([part[:, :width] for part in found])
        self._points += len(positions)
        if self._points > MAX_POINTS:
            raise FileRefused("too_many_points", {"limit": MAX_POINTS})
        if width == 3 and not positions[:, 2].any():
            return positions[:, :2]  # A height of 0 everywhere stands for none.
        return positions


def _own_dimension(node: Node) -> int | None:
    said = node.attributes.get("srsDimension") or node.attributes.get("dimension")
    return int(said) if said in ("2", "3") else None


def _dimension(node: Node) -> int | None:
    """Return the number of coordinates a position has where it is said anywhere in an element."""
    return next((size for each in node.walk() if (size := _own_dimension(each))), None)


def _numbers(node: Node, size: int | None) -> Positions:
    values = np.array(node.text.split(), dtype=float)
    if not len(values):
        return np.empty((0, 2))
    if node.name == "pos":
        size = len(values)
    elif size is None:
        size = 2 if len(values) % 2 == 0 else 3
    if size not in (2, 3) or len(values) % size:
        raise ValueError("positions of neither two nor three values")
    return values.reshape(-1, size)


def _tuples(node: Node) -> Positions:
    """Return the positions of GML 2's ``coordinates``: 140.3,38.7 140.4,38.8 by default."""
    between = node.attributes.get("cs") or ","
    after = node.attributes.get("ts") or " "
    text = node.text
    if point := node.attributes.get("decimal"):
        text = text.replace(point, ".") if point != "." else text
    places = text.split() if after.isspace() else text.strip().split(after)
    values = [[float(value) for value in place.split(between)] for place in places if place.strip()]
    positions = np.array(values, dtype=float) if values else np.empty((0, 2))
    if positions.ndim != 2 or positions.shape[1] not in (2, 3):
        raise ValueError("positions of neither two nor three values")
    return positions


def _joined(parts: list[Positions]) -> Positions:
    """Return lines as one, each turned so that it begins where the one before ended."""
    line = np.empty((0, 2))
    for part in parts:
        if not len(part):
            continue
        if not len(line):
            line = part
            continue
        width = min(line.shape[1], part.shape[1])
        line, part = line[:, :width], part[:, :width]
        if not np.array_equal(line[-1], part[0]):
            if np.array_equal(line[-1], part[-1]):
                part = part[::-1]
            elif np.array_equal(line[0], part[0]) or np.array_equal(line[0], part[-1]):
                line = line[::-1]
                part = part if np.array_equal(line[-1], part[0]) else part[::-1]
        line = np.concatenate([line, part[1:] if np.array_equal(line[-1], part[0]) else part])
    return line
