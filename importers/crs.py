"""How a file says which coordinate system it is in, and what was decided from it."""

import re
from typing import Any

from importers import prj
from importers.problems import Evidence, FileRefused
from importers.systems import (
    GEOGRAPHIC,
    JAPAN,
    PLANE_ORIGINS,
    PLANE_ZONE_I,
    ROMAN,
    SYSTEMS,
    UTM_51N,
    UTM_ZONES,
    WEB_MERCATOR,
    Datum,
    Kind,
    System,
)

__all__ = [
    "GEOGRAPHIC",
    "JAPAN",
    "PLANE_ORIGINS",
    "PLANE_ZONE_I",
    "ROMAN",
    "SYSTEMS",
    "UTM_51N",
    "UTM_ZONES",
    "WEB_MERCATOR",
    "Datum",
    "Kind",
    "System",
    "chosen",
    "epsg_of",
    "evidence",
    "from_geojson",
    "from_name",
    "from_prj",
    "system",
]


def system(epsg: int) -> System:
    """Return a supported system by its code. Raises FileRefused naming what is supported."""
    found = SYSTEMS.get(epsg)
    if found is None:
        raise FileRefused("crs_unsupported", {"crs": f"EPSG:{epsg}"})
    return found


def chosen(crs: str | int) -> int:
    """Return the code a person named (6678, ``EPSG:6678``). Raises FileRefused otherwise."""
    match = re.fullmatch(r"\s*(?:EPSG:+)?(\d{4,6})\s*", str(crs), re.IGNORECASE)
    if match is None:
        raise FileRefused("crs_unsupported", {"crs": str(crs)})
    return _known(int(match.group(1)), "crs_chosen")


def _known(code: int, reason: str) -> int:
    """Return a supported code for any code of EPSG: 6697 is 6668 with a height."""
    return code if code in SYSTEMS else epsg_of(_one(prj.codes_of_code(code), reason))


def evidence(epsg: int, reason: str, **params: Any) -> Evidence:
    """Return the evidence record for a decision about the coordinate system."""
    return Evidence(f"EPSG:{epsg}", reason, {"crs": system(epsg).label, **params})


def epsg_of(found: Evidence) -> int:
    """Return the code that an evidence record decided for."""
    return int(found.name.removeprefix("EPSG:"))


def from_prj(text: str) -> Evidence:
    """Return the system a ``.prj`` names.

    Raises FileRefused: ``prj_unreadable``, ``crs_unsupported`` (another country's system), or
    ``crs_ambiguous`` with the candidates and their ``codes``, where the datum is not named.
    """
    return _one(prj.codes_of_text(text), "crs_prj")


def _one(codes: list[int], reason: str) -> Evidence:
    if len(codes) == 1:
        return evidence(codes[0], reason)
    raise FileRefused(
        "crs_ambiguous",
        {
            "candidates": [system(code).label for code in codes],
            "example": codes[0],
            "codes": codes,
        },
    )


def from_name(name: str, reason: str) -> Evidence:
    """Return the system a name or address stands for: ``EPSG:6678``, ``urn:ogc:def:crs:…``, a URI.

    Of a system put together of two (``urn:ogc:def:crs,crs:EPSG::6668,crs:EPSG::6695``) the first
    counts, the other is the height's. Raises FileRefused for what names nothing readable.
    """
    if re.search(r"CRS:?84h?$", name, re.IGNORECASE):
        return evidence(4326, reason)
    match = re.search(r"(?:^|[:/])(\d{4,6})(?=$|[,/])", name)
    if match is None:
        raise FileRefused("crs_unsupported", {"crs": name[:80]})
    return evidence(_known(int(match.group(1)), reason), reason)


def from_geojson(member: Any) -> Evidence:
    """Return the system of a GeoJSON's ``crs`` member (2008 form); without one, WGS84 (RFC 7946).

    WGS84 is taken as JGD2011: they are the same at display accuracy. Raises FileRefused for a
    member that names nothing readable.
    """
    if member is None:
        return evidence(4326, "crs_geojson_default")
    properties = member.get("properties") if isinstance(member, dict) else None
    properties = properties if isinstance(properties, dict) else {}
    name = str(properties.get("name") or properties.get("code") or "")
    return from_name(name or str(member)[:80], "crs_geojson")
