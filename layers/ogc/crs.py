"""Coordinate reference systems of the API: their names, their axes, and the way into degrees.

What is stored is longitude and latitude of JGD2011. At the accuracy shown that is WGS 84 (CRS84,
EPSG:4326) as well, so between those no step is taken; the plane systems and Web Mercator are
projections of it. Axes come in the order that the system itself says: latitude first in EPSG:4326
and EPSG:6668, northing (X) first in the plane rectangular systems. (OGC 18-058r1)
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from layers.ogc.params import shown
from layers.ogc.problems import BadRequest

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CRS84H = "http://www.opengis.net/def/crs/OGC/0/CRS84h"
JGD2011, WEB_MERCATOR, WGS84 = 6668, 3857, 4326
_SIDE_PARTS = 16
"""A straight line of a projection is a curve in degrees; each is cut into so many parts."""
_HALF_WORLD = 20_037_508.343
"""Metres: half around the equator of Web Mercator; no system's numbers are larger."""
_local = threading.local()


@dataclass(frozen=True, slots=True)
class Crs:
    """A system that coordinates may be given and asked for in."""

    uri: str
    epsg: int | None
    """None: CRS84, which is none of EPSG's."""
    north_first: bool
    geographic: bool

    @property
    def base(self) -> int:
        """The EPSG code of the degrees it is a projection of, so that no datum step is taken."""
        return WGS84 if self.epsg == WEB_MERCATOR else JGD2011


@cache
def offered(plane: int) -> dict[str, Crs]:
    """Return the systems by URI, the default first; ``plane`` is the city's (EPSG)."""
    systems = [Crs(CRS84, None, north_first=False, geographic=True)]
    for code in (WGS84, JGD2011, WEB_MERCATOR, plane):
        found = pyproj.CRS.from_epsg(code)
        first = found.axis_info[0].direction
        uri = f"http://www.opengis.net/def/crs/EPSG/0/{code}"
        systems.append(Crs(uri, code, first == "north", found.is_geographic))
    return {crs.uri: crs for crs in systems}


def crs_of(name: str, uri: str | None, systems: dict[str, Crs]) -> Crs:
    """Return the system that a parameter names, CRS84 where it names none. Raises BadRequest."""
    if uri is None:
        return systems[CRS84]
    if uri not in systems:
        raise BadRequest(f"{name} can't be {shown(uri)}. It can be: {', '.join(systems)}.")
    return systems[uri]


def box_shape(numbers: Sequence[float], crs: Crs) -> BaseGeometry:
    """Return a box in longitude and latitude. Raises BadRequest.

    ``numbers``: lower and upper corner in the system's axes, with heights only in CRS84. The places
    have no heights, so those choose nothing. West of a box of degrees may be more than its east:
    then it goes over the antimeridian.
    """
    if len(numbers) == 6:
        if crs.uri != CRS84:
            raise BadRequest("Only a bbox in CRS84 may have six numbers; this system has two axes.")
        numbers = (*numbers[:2], *numbers[3:5])
    west, south, east, north = numbers
    if crs.north_first:
        west, south, east, north = south, west, north, east
    if crs.geographic:
        _refuse_off_the_earth([west, east], [south, north])
    if south > north or (west > east and not crs.geographic):
        raise BadRequest(
            "A bbox is its lower corner, then its upper one; this one is turned round."
        )
    if west > east:
        parts = [_rectangle(west, south, 180, north), _rectangle(-180, south, east, north)]
        return shapely.GeometryCollection(parts) if south == north else shapely.union_all(parts)
    rectangle = _rectangle(west, south, east, north)
    return rectangle if crs.geographic else _unprojected(rectangle, crs)


def _rectangle(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """Return a rectangle; one without width or height is a line or a point, not a wrong area."""
    if west == east and south == north:
        return shapely.Point(west, south)
    if west == east or south == north:
        return shapely.LineString([(west, south), (east, north)])
    return shapely.box(west, south, east, north)


def shape_in_degrees(shape: BaseGeometry, crs: Crs) -> BaseGeometry:
    """Return a geometry given in a system's axes in longitude and latitude. Raises BadRequest."""
    if crs.north_first:
        shape = shapely.transform(shape, lambda xy: xy[:, ::-1])
    if not crs.geographic:
        return _unprojected(shape, crs)
    xy = shapely.get_coordinates(shape)
    _refuse_off_the_earth(xy[:, 0].tolist(), xy[:, 1].tolist())
    return shape


def _refuse_off_the_earth(longitudes: list[float], latitudes: list[float]) -> None:
    if any(not abs(x) <= 180 for x in longitudes) or any(not abs(y) <= 90 for y in latitudes):
        raise BadRequest(
            "Longitudes go from -180 to 180, latitudes from -90 to 90; mind the order of the axes."
        )


def _unprojected(shape: BaseGeometry, crs: Crs) -> BaseGeometry:
    west, south, east, north = shape.bounds
    # Farther out PROJ goes round the world again and finds a place on the other side.
    _refuse_far_away(all(abs(number) <= _HALF_WORLD for number in shape.bounds))
    if length := max(east - west, north - south) / _SIDE_PARTS:
        shape = shapely.segmentize(shape, length)
    step = _to_degrees(crs)

    def degrees(xy: npt.NDArray[Any]) -> npt.NDArray[Any]:
        lon, lat = step.transform(xy[:, 0], xy[:, 1], errcheck=False)
        _refuse_far_away(bool(np.isfinite(lon).all() and np.isfinite(lat).all()))
        _refuse_off_the_earth(lon.tolist(), lat.tolist())
        xy[:, 0], xy[:, 1] = lon, lat
        return xy

    return shapely.transform(shape, degrees)


def _refuse_far_away(sayable: bool) -> None:
    if not sayable:
        raise BadRequest("These coordinates are outside of what their system can say.")


def _to_degrees(crs: Crs) -> pyproj.Transformer:
    """Return the step from east, north to longitude, latitude; each thread has its own."""
    steps: dict[str, pyproj.Transformer] = _local.__dict__.setdefault("steps", {})
    if crs.uri not in steps:
        steps[crs.uri] = pyproj.Transformer.from_crs(crs.epsg, crs.base, always_xy=True)
    return steps[crs.uri]
