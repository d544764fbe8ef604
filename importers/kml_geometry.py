"""The geometry elements of KML as shapes; longitude first, as KML has it."""

import shapely
from shapely.geometry.base import BaseGeometry

from importers.geometry import collected
from importers.markup import Node

GEOMETRIES = frozenset(
    [
        *("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"),
        *("Track", "MultiTrack", "Model"),
    ]
)
Position = tuple[float, ...]


def geometry(node: Node) -> BaseGeometry | None:
    """Return an element's geometry, None for an empty one. Raises ValueError or ShapelyError."""
    if node.name == "Point":
        positions = _positions(node.said("coordinates"))
        return shapely.Point(positions[0]) if positions else None
    if node.name in ("LineString", "LinearRing"):
        positions = _positions(node.said("coordinates"))
        return shapely.LineString(positions) if positions else None
    if node.name == "Polygon":
        return _polygon(node)
    if node.name == "Track":
        places = [each.text.split() for each in node.children if each.name == "coord"]
        positions = _flat([tuple(float(value) for value in place) for place in places])
        if len(positions) == 1:
            return shapely.Point(positions[0])
        return shapely.LineString(positions) if positions else None
    if node.name == "Model":
        location = node.child("Location")
        if location is None:
            return None
        return shapely.Point(float(location.said("longitude")), float(location.said("latitude")))
    parts = [geometry(each) for each in node.children if each.name in GEOMETRIES]
    return collected([part for part in parts if part is not None])


def _polygon(node: Node) -> BaseGeometry | None:
    rings: dict[str, list[list[Position]]] = {"outerBoundaryIs": [], "innerBoundaryIs": []}
    for boundary in node.children:
        if boundary.name in rings:
            for ring in boundary.children:  # Several holes in one innerBoundaryIs: older tools.
                if positions := _positions(ring.said("coordinates")):
                    rings[boundary.name].append(positions)
    outer = rings["outerBoundaryIs"]
    return shapely.Polygon(outer[0], rings["innerBoundaryIs"]) if outer else None


def _positions(text: str) -> list[Position]:
    """Return the positions of a ``coordinates`` text; blanks beside commas are forgiven."""
    places = text.split()
    if any(place[0] == "," or place[-1] == "," for place in places):
        places = " ".join(places).replace(" ,", ",").replace(", ", ",").split()
    return _flat([tuple(map(float, place.rstrip(",").split(","))) for place in places])


def _flat(positions: list[Position]) -> list[Position]:
    """Return positions of two values, or of three where one of them has a height.

    Tools write a height of 0 for none. Raises ValueError for what is no position.
    """
    if any(len(position) not in (2, 3) for position in positions):
        raise ValueError("a position has two or three values")
    if any(len(position) == 3 and position[2] != 0 for position in positions):
        return [position if len(position) == 3 else (*position, 0.0) for position in positions]
    return [position[:2] for position in positions]
