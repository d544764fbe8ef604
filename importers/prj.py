"""What a ``.prj`` says: its text matched on datum and projection parameters.

``CRS.to_epsg()`` is not asked: it answers 2452 for an unnamed datum on GRS80, which is JGD2000 or
JGD2011, 2.2 m apart in Yamagata. Besides WKT (ESRI's, OGC's, 2019's) a ``.prj`` may hold the key
and value lines of ARC/INFO and ArcView 3, PROJJSON, a PROJ string or a bare code.
"""

import re
from functools import cache
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError

from importers.problems import FileRefused
from importers.systems import (
    GEOGRAPHIC,
    PLANE_ORIGINS,
    PLANE_ZONE_I,
    UTM_51N,
    UTM_ZONES,
    UTM_ZONES_WGS84,
    WEB_MERCATOR,
    WEB_MERCATOR_ALIASES,
    Datum,
)

_GRS80, _WGS84 = 298.257222101, 298.257223563
_DEGREE = 0.017453292519943295
_UNKNOWN_ON_GRS80: list[Datum] = ["JGD2011", "JGD2000"]


def codes_of_text(text: str) -> list[int]:
    """Return the supported codes that a ``.prj`` may mean: several where it names no datum.

    Raises FileRefused: ``prj_unreadable``, or ``crs_unsupported`` for a system of elsewhere.
    """
    code = re.fullmatch(
        r"\s*(?:\+init=)?(?:EPSG:|urn:ogc:def:crs:EPSG:[\d.]*:)?(\d{4,6})\s*", text, re.IGNORECASE
    )
    if code:
        return codes_of_code(int(code.group(1)))
    text = text.strip()
    try:
        if re.match(r"Projection\s", text, re.IGNORECASE):
            return _codes_of_lines(text)
        if text.startswith("{"):
            return _codes_of_crs(CRS.from_json(text))
        # Not any string that PROJ understands: it takes the names of all systems of the world.
        return _codes_of_crs(CRS.from_string(text) if "+proj=" in text else CRS.from_wkt(text))
    except (CRSError, ValueError) as error:
        raise FileRefused("prj_unreadable") from error


def codes_of_code(code: int) -> list[int]:
    """Return the supported codes that another EPSG code may be read as: 6697 is 6668 with a height.

    Raises FileRefused ``crs_unsupported``.
    """
    if code in WEB_MERCATOR_ALIASES:
        return [WEB_MERCATOR]
    try:
        crs = CRS.from_epsg(code)
    except CRSError as error:
        raise FileRefused("crs_unsupported", {"crs": f"EPSG:{code}"}) from error
    return _codes_of_crs(crs)


def _codes_of_crs(crs: CRS) -> list[int]:
    name = crs.name
    while crs.is_compound or crs.is_bound:
        inner = crs.source_crs if crs.is_bound else crs.sub_crs_list[0]
        if inner is None:
            break
        crs = inner
    codes = _matching(crs)
    if not codes:
        raise FileRefused("crs_unsupported", {"crs": name})
    return codes


def _matching(crs: CRS) -> list[int]:
    """Return the supported codes that fit a system's datum and projection."""
    if crs.prime_meridian is None or abs(crs.prime_meridian.longitude) > 1e-9:
        return []
    ellipsoid = crs.ellipsoid
    datums = _datums(
        crs.datum.name if crs.datum else "",
        ellipsoid.semi_major_metre if ellipsoid else 0.0,
        ellipsoid.inverse_flattening if ellipsoid else 0.0,
    )
    if crs.is_geographic:
        # Grads, or degrees counted in another unit, are no degrees.
        degrees = all(abs(a.unit_conversion_factor - _DEGREE) < 1e-9 for a in crs.axis_info[:2])
        return [GEOGRAPHIC[datum] for datum in datums] if degrees else []
    operation = crs.coordinate_operation
    if operation is None or any(abs(a.unit_conversion_factor - 1) > 1e-9 for a in crs.axis_info):
        return []
    values = {p.name.casefold(): float(p.value) * _degrees(p) for p in operation.params}
    method = operation.method_name.casefold()
    if "mercator" in method and "transverse" not in method:
        pseudo = "pseudo" in method or "auxiliary" in crs.name.casefold()
        return [WEB_MERCATOR] if datums == ["WGS84"] and pseudo else []
    return _projected(
        datums,
        (
            values.get("latitude of natural origin", 0.0),
            values.get("longitude of natural origin", 0.0),
            values.get("scale factor at natural origin", 1.0),
            values.get("false easting", 0.0),
            values.get("false northing", 0.0),
        ),
    )


def _degrees(parameter: Any) -> float:
    """Return the factor that brings an angle parameter to degrees; 1 for the others."""
    if "latitude" in parameter.name.casefold() or "longitude" in parameter.name.casefold():
        return float(parameter.unit_conversion_factor) / _DEGREE
    return 1.0


_Origin = tuple[float, float, float, float, float]
"""Latitude, longitude (degrees), scale, false easting, false northing (metres)."""


@cache
def _projections(datum: Datum) -> dict[int, _Origin]:
    """Return code → parameters of the transverse Mercator systems of a datum."""
    found: dict[int, _Origin] = {}
    if datum in PLANE_ZONE_I:
        for zone, (latitude, longitude) in enumerate(PLANE_ORIGINS):
            found[PLANE_ZONE_I[datum] + zone] = (latitude, longitude, 0.9999, 0.0, 0.0)
    for zone in UTM_ZONES_WGS84 if datum == "WGS84" else UTM_ZONES:
        found[UTM_51N[datum] + zone - 51] = (0.0, zone * 6 - 183.0, 0.9996, 500_000.0, 0.0)
    return found


def _projected(datums: list[Datum], origin: _Origin) -> list[int]:
    codes = [
        code
        for datum in datums
        for code, wanted in _projections(datum).items()
        if _same(origin, wanted)
    ]
    if not codes and datums == ["WGS84"]:
        # No plane rectangular system is in WGS 84: MapInfo and old converters write so for want of
        # a better name, for JGD2000 and JGD2011 alike.
        return _projected(_UNKNOWN_ON_GRS80, origin)
    return codes


def _same(one: _Origin, other: _Origin) -> bool:
    # 140.8333 instead of 140°50′ is 3 m on the ground, still far from any other zone.
    margins = (1e-4, 1e-3, 1e-7, 1e-3, 1e-3)
    return all(abs(a - b) < margin for a, b, margin in zip(one, other, margins, strict=True))


def _datums(name: str, axis: float, inverse_flattening: float) -> list[Datum]:
    """Return the datums a datum's name and ellipsoid may be: one if it is named, more if not."""
    name = re.sub(r"[^a-z0-9]", "", name.casefold())
    name = re.sub(r"(using)?towgs84.*", "", name)
    named: dict[str, Datum] = {
        # JGD2024 is EPSG's new name for the same codes.
        r"jgd2011|japanesegeodeticdatum2011|jgd2024|japanesegeodeticdatum2024": "JGD2011",
        r"jgd2000|japanesegeodeticdatum2000": "JGD2000",
        # Tokyo 1892 is another, 10 seconds of longitude away.
        r"tokyo(?!1892)": "Tokyo",
        r"wgs84|wgs1984|worldgeodeticsystem1984": "WGS84",
    }
    for pattern, datum in named.items():
        if re.search(pattern, name):
            return [datum] if abs(axis - (6377397.155 if datum == "Tokyo" else 6378137)) < 1 else []
    # A named datum of another country (GDA94, NAD83 …) is not to be taken for ours.
    unnamed = re.search(r"unknown|unnamed|undefined|notspecified|^d?(bessel1841)?$|grs", name)
    if not unnamed:
        return []
    if abs(axis - 6377397.155) < 0.01:
        return ["Tokyo"]
    if abs(inverse_flattening - _GRS80) < 1e-7:
        return _UNKNOWN_ON_GRS80
    return ["WGS84"] if abs(inverse_flattening - _WGS84) < 1e-7 else []


# -- the key and value lines of ARC/INFO --------------------------------------------------------

_SPHEROIDS = {
    "bessel": (6377397.155, 299.1528128),
    "grs1980": (6378137.0, _GRS80),
    "wgs84": (6378137.0, _WGS84),
}


def _codes_of_lines(text: str) -> list[int]:
    """Return the codes for lines such as ``Projection TRANSVERSE``, ``Spheroid BESSEL``.

    Below ``Parameters`` stand the numbers by themselves: of TRANSVERSE the scale, the central
    meridian and the latitude of origin (in degrees, minutes, seconds), false easting and northing.
    Without a spheroid the datum may be any.
    """
    plain = [line.split("/*")[0].split() for line in text.splitlines()]
    words = [line for line in plain if line]
    start = next((n for n, line in enumerate(words) if line[0].casefold() == "parameters"), None)
    keys = {line[0].casefold(): " ".join(line[1:]).casefold() for line in words[:start]}
    projection = keys.get("projection", "")
    refused = FileRefused("crs_unsupported", {"crs": f"Projection {projection.upper()}"})
    if float(keys.get("xshift") or 0) or float(keys.get("yshift") or 0):
        raise refused
    datums = _datums_of_lines(keys)
    if projection == "geographic":
        codes = [GEOGRAPHIC[d] for d in datums if keys.get("units", "dd") in ("dd", "degrees")]
    elif keys.get("units", "meters") not in ("meters", "metres", "meter"):
        codes = []
    elif projection == "utm":
        zone = int(keys.get("zone") or 0)
        codes = _projected(datums, (0.0, zone * 6 - 183.0, 0.9996, 500_000.0, 0.0))
    elif projection == "transverse" and start is not None:
        numbers = [[float(word) for word in line] for line in words[start + 1 :]]
        if len(numbers) < 5:
            raise FileRefused("prj_unreadable")
        scale, meridian, latitude, easting, northing = (_sexagesimal(n) for n in numbers[:5])
        codes = _projected(datums, (latitude, meridian, scale, easting, northing))
    else:
        codes = []
    if not codes:
        raise refused
    return codes


def _datums_of_lines(keys: dict[str, str]) -> list[Datum]:
    name = keys.get("datum", "")
    name = "" if name.split(" ")[0] in ("none", "user_defined") else name
    spheroid = re.sub(r"[^a-z0-9]", "", keys.get("spheroid", ""))
    if spheroid in _SPHEROIDS:
        return _datums(name, *_SPHEROIDS[spheroid])
    if spheroid:
        return []
    named = [d for figure in _SPHEROIDS.values() for d in _datums(name, *figure)]
    found = set(named) if name else set(named) - {"WGS84"}
    return [datum for datum in GEOGRAPHIC if datum in found]


def _sexagesimal(numbers: list[float]) -> float:
    """Return degrees from degrees, minutes and seconds, or the one number there is."""
    sign = -1.0 if numbers[0] < 0 else 1.0
    return sign * sum(abs(number) / 60**place for place, number in enumerate(numbers))
