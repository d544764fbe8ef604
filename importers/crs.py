"""The coordinate systems Japanese files come in, and how a file says which one it is in.

Systems are compared by EPSG code, never by name (EPSG v12 renames JGD2011 to JGD2024). A ``.prj``
is matched on datum and projection parameters rather than by ``CRS.to_epsg()``: that one answers
2452 for an unnamed datum on GRS80, which is JGD2000 or JGD2011, 2.2 m apart in Yamagata.
Figures and codes: specs/import.md, "Japanese CRS facts".
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pyproj import CRS
from pyproj.exceptions import CRSError

from importers.markup import Node, root, xml_text
from importers.problems import Evidence, FileRefused

Datum = Literal["JGD2011", "JGD2000", "Tokyo", "WGS84"]
Kind = Literal["geographic", "plane", "utm", "mercator"]

GEOGRAPHIC: dict[Datum, int] = {"JGD2011": 6668, "JGD2000": 4612, "Tokyo": 4301, "WGS84": 4326}
PLANE_ZONE_I: dict[Datum, int] = {"JGD2011": 6669, "JGD2000": 2443, "Tokyo": 30161}
UTM_51N: dict[Datum, int] = {"JGD2011": 6688, "JGD2000": 3097, "Tokyo": 3092, "WGS84": 32651}
WEB_MERCATOR = 3857
UTM_ZONES = range(51, 56)

# Origins (latitude, longitude in degrees) of zones I–XIX: 平成14年国土交通省告示第9号.
PLANE_ORIGINS: tuple[tuple[float, float], ...] = (
    (33, 129.5),
    (33, 131),
    (36, 132 + 1 / 6),
    (33, 133.5),
    (36, 134 + 1 / 3),
    (36, 136),
    (36, 137 + 1 / 6),
    (36, 138.5),
    (36, 139 + 5 / 6),
    (40, 140 + 5 / 6),
    (44, 140.25),
    (44, 142.25),
    (44, 144.25),
    (26, 142),
    (26, 127.5),
    (26, 124),
    (26, 131),
    (20, 136),
    (26, 154),
)
ROMAN = [
    "I",
    "II",
    "III",
    "IV",
    "V",
    "VI",
    "VII",
    "VIII",
    "IX",
    "X",
    "XI",
    "XII",
    "XIII",
    "XIV",
    "XV",
    "XVI",
    "XVII",
    "XVIII",
    "XIX",
]

# West, south, east, north of Japan's islands: 与那国島, 沖ノ鳥島, 南鳥島, 択捉島, with a margin.
JAPAN = (122.0, 20.0, 154.5, 46.0)


@dataclass(frozen=True, slots=True)
class System:
    """A coordinate system the importers read; coordinates are always x (east, longitude) first."""

    epsg: int
    datum: Datum
    kind: Kind
    zone: int = 0

    @property
    def geographic(self) -> int:
        """The EPSG code of the same datum in degrees."""
        return GEOGRAPHIC[self.datum]

    @property
    def label(self) -> str:
        """What to show a person: code, datum and zone."""
        zone = ""
        if self.kind == "plane":
            zone = f" / {ROMAN[self.zone - 1]}"
        elif self.kind == "utm":
            zone = f" / UTM {self.zone}N"
        return f"EPSG:{self.epsg} ({self.datum}{zone})"


def _systems() -> dict[int, System]:
    systems = [System(code, datum, "geographic") for datum, code in GEOGRAPHIC.items()]
    for datum, first in PLANE_ZONE_I.items():
        systems += [System(first + zone - 1, datum, "plane", zone) for zone in range(1, 20)]
    for datum, first in UTM_51N.items():
        systems += [System(first + zone - 51, datum, "utm", zone) for zone in UTM_ZONES]
    systems.append(System(WEB_MERCATOR, "WGS84", "mercator"))
    return {system.epsg: system for system in systems}


SYSTEMS = _systems()


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
    return system(int(match.group(1))).epsg


def evidence(epsg: int, reason: str, **params: Any) -> Evidence:
    """Return the evidence record for a decision about the coordinate system."""
    return Evidence(f"EPSG:{epsg}", reason, {"crs": system(epsg).label, **params})


def epsg_of(found: Evidence) -> int:
    """Return the code that an evidence record decided for."""
    return int(found.name.removeprefix("EPSG:"))


# -- .prj -------------------------------------------------------------------------------------


def from_prj(text: str) -> Evidence:
    """Return the system a ``.prj`` names.

    Raises FileRefused: ``prj_unreadable``, ``crs_unsupported`` (another country's system), or
    ``crs_ambiguous`` with the candidates, where the datum is not named.
    """
    try:
        crs = CRS.from_wkt(text)
    except CRSError as error:
        raise FileRefused("prj_unreadable") from error
    while crs.is_compound or crs.is_bound:
        inner = crs.source_crs if crs.is_bound else crs.sub_crs_list[0]
        if inner is None:
            break
        crs = inner
    codes = _matching(crs)
    if len(codes) == 1:
        return evidence(codes[0], "crs_prj")
    if codes:
        raise FileRefused(
            "crs_ambiguous",
            {"candidates": [system(code).label for code in codes], "example": codes[0]},
        )
    raise FileRefused("crs_unsupported", {"crs": crs.name})


def _matching(crs: CRS) -> list[int]:
    """Return the supported codes that fit a system's datum and projection."""
    if crs.prime_meridian is None or abs(crs.prime_meridian.longitude) > 1e-9:
        return []
    datums = _datums(crs)
    if crs.is_geographic:
        return [GEOGRAPHIC[datum] for datum in datums]
    operation = crs.coordinate_operation
    if operation is None or any(abs(a.unit_conversion_factor - 1) > 1e-9 for a in crs.axis_info):
        return []
    values = {p.name.casefold(): float(p.value) * _degrees(p) for p in operation.params}
    if "mercator" in operation.method_name.casefold() and "transverse" not in (
        operation.method_name.casefold()
    ):
        pseudo = "pseudo" in operation.method_name.casefold() or "auxiliary" in crs.name.casefold()
        return [WEB_MERCATOR] if datums == ["WGS84"] and pseudo else []
    return [
        code
        for datum in datums
        for code, origin in _projections(datum).items()
        if _same(values, origin)
    ]


def _degrees(parameter: Any) -> float:
    """Return the factor that brings an angle parameter to degrees; 1 for the others."""
    if "latitude" in parameter.name.casefold() or "longitude" in parameter.name.casefold():
        return float(parameter.unit_conversion_factor) / 0.017453292519943295
    return 1.0


@cache
def _projections(datum: Datum) -> dict[int, tuple[float, float, float, float]]:
    """Return code → (latitude, longitude of origin, scale, false easting) for a datum."""
    found: dict[int, tuple[float, float, float, float]] = {}
    if datum in PLANE_ZONE_I:
        for zone, (latitude, longitude) in enumerate(PLANE_ORIGINS):
            found[PLANE_ZONE_I[datum] + zone] = (latitude, longitude, 0.9999, 0.0)
    for zone in UTM_ZONES:
        found[UTM_51N[datum] + zone - 51] = (0.0, zone * 6 - 183.0, 0.9996, 500_000.0)
    return found


def _same(values: dict[str, float], origin: tuple[float, float, float, float]) -> bool:
    latitude, longitude, scale, easting = origin
    # 140.8333 instead of 140°50′ is 3 m on the ground, still far from any other zone.
    return (
        abs(values.get("latitude of natural origin", 0.0) - latitude) < 1e-4
        and abs(values.get("longitude of natural origin", 0.0) - longitude) < 1e-3
        and abs(values.get("scale factor at natural origin", 1.0) - scale) < 1e-7
        and abs(values.get("false easting", 0.0) - easting) < 1e-3
        and abs(values.get("false northing", 0.0)) < 1e-3
    )


def _datums(crs: CRS) -> list[Datum]:
    """Return the datums a system's datum may be: one if it is named, more if it is not."""
    name = re.sub(r"[^a-z0-9]", "", crs.datum.name.casefold()) if crs.datum else ""
    name = re.sub(r"(using)?towgs84.*", "", name)
    named: dict[str, Datum] = {
        # JGD2024 is EPSG's new name for the same codes.
        r"jgd2011|japanesegeodeticdatum2011|jgd2024|japanesegeodeticdatum2024": "JGD2011",
        r"jgd2000|japanesegeodeticdatum2000": "JGD2000",
        r"tokyo": "Tokyo",
        r"wgs84|wgs1984|worldgeodeticsystem1984": "WGS84",
    }
    ellipsoid = crs.ellipsoid
    axis = ellipsoid.semi_major_metre if ellipsoid else 0.0
    for pattern, datum in named.items():
        if re.search(pattern, name):
            return [datum] if abs(axis - (6377397.155 if datum == "Tokyo" else 6378137)) < 1 else []
    # A named datum of another country (GDA94, NAD83 …) is not to be taken for ours.
    unnamed = re.search(r"unknown|unnamed|undefined|notspecified|^d?(bessel1841)?$|grs", name)
    if ellipsoid is None or not unnamed:
        return []
    if abs(axis - 6377397.155) < 0.01:
        return ["Tokyo"]
    if abs(ellipsoid.inverse_flattening - 298.257222101) < 1e-7:
        return ["JGD2011", "JGD2000"]
    return ["WGS84"] if abs(ellipsoid.inverse_flattening - 298.257223563) < 1e-7 else []


# -- GeoJSON ----------------------------------------------------------------------------------


def from_geojson(member: Any) -> Evidence:
    """Return the system of a GeoJSON's ``crs`` member (2008 form); without one, WGS84 (RFC 7946).

    Raises FileRefused for a member that names nothing readable.
    """
    if member is None:
        return evidence(4326, "crs_geojson_default")
    properties = member.get("properties") if isinstance(member, dict) else None
    properties = properties if isinstance(properties, dict) else {}
    name = str(properties.get("name") or properties.get("code") or "")
    if re.search(r"CRS:?84$", name, re.IGNORECASE):
        return evidence(4326, "crs_geojson")
    match = re.search(r"(?:^|[:/])(\d{4,6})$", name)
    if match is None:
        raise FileRefused("crs_unsupported", {"crs": name or str(member)[:80]})
    return evidence(int(match.group(1)), "crs_geojson")


# -- GML and JPGIS ----------------------------------------------------------------------------

# 3D systems of the same datum: heights are dropped, so the plain one says all.
_FLAT = {6697: 6668, 6667: 6668, 4947: 4612, 4979: 4326}
_AUTHORITY = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs[,:](?:crs:)?EPSG:[\d.]*:|opengis\.net/def/crs/EPSG/[\d.]+/)(\d{4,6})",
    re.IGNORECASE,
)
_SHORT = re.compile(r"(?:^EPSG:+|/epsg\.xml#)(\d{4,6})$", re.IGNORECASE)
# JPGIS 附属書: "JGD2011 / (B, L)" in degrees, "JGD2011 / 10(X, Y)" a plane zone; 基盤地図情報 has
# its own. TD is 日本測地系.
_JPGIS = re.compile(
    r"(JGD2000|JGD2011|JGD2024|TD|WGS\s?84)\s*/\s*(?:\(\s*B\s*,\s*L|(\d{1,2})\s*\(\s*X\s*,\s*Y\s*\))"
)
_FGD = re.compile(r"^fguuid:(jgd20\d\d|td)\.bl$", re.IGNORECASE)
_JPGIS_DATUMS: dict[str, Datum] = {
    "JGD2000": "JGD2000",
    "JGD2001": "JGD2000",  # 基盤地図情報 calls it by the year it was made
    "JGD2011": "JGD2011",
    "JGD2024": "JGD2011",
    "TD": "Tokyo",
    "WGS84": "WGS84",
}


@dataclass(frozen=True, slots=True)
class SrsName:
    """What a ``srsName`` names: a code (None: not one of ours), and whose order of axes it has.

    ``authority``: the order is the definition's, in Japan's systems north before east, except for
    UTM and Web Mercator; else east before north, whatever the definition says.
    """

    text: str
    epsg: int | None
    authority: bool
    size: int | None = None
    """Values of a position, where the system says it: 3 with a height."""

    def north_first(self, epsg: int) -> bool:
        """Say whether coordinates are north, east when read in a system."""
        return self.authority and system(epsg).kind in ("geographic", "plane")

    def evidence(self) -> Evidence:
        """Return the system. Raises FileRefused for one that is not read here."""
        if self.epsg is None:
            raise FileRefused("crs_unsupported", {"crs": self.text[:80]})
        return evidence(self.epsg, "crs_gml")


def from_srs_name(text: str) -> SrsName:
    """Return what a ``srsName`` means, with its order of axes.

    ``urn:ogc:def:crs:EPSG::6668``, ``http://www.opengis.net/def/crs/EPSG/0/6668`` and the names
    of JPGIS have the order of the definition; ``EPSG:6668`` and ``…/srs/epsg.xml#6668`` are x, y
    by the custom of WFS servers and GDAL; CRS84 is longitude, latitude by its own definition.
    """
    text = text.strip()
    code: int | None = None
    authority = False
    if match := _AUTHORITY.search(text):
        code, authority = int(match.group(1)), True
    elif match := _SHORT.search(text):
        code = int(match.group(1))
    elif re.search(r"CRS:?84$", text, re.IGNORECASE):
        code = GEOGRAPHIC["WGS84"]
    elif named := _jpgis(text):
        code, authority = named, True
    elif match := _FGD.match(text):
        datum = _JPGIS_DATUMS.get(match.group(1).upper())
        code, authority = GEOGRAPHIC[datum] if datum else None, True
    size = 3 if code in _FLAT else None
    code = _FLAT.get(code, code) if code is not None else None
    return SrsName(text, code if code in SYSTEMS else None, authority, size)


def _jpgis(text: str) -> int | None:
    """Return the code of the first JPGIS name of a system in a text, or None."""
    match = _JPGIS.search(text)
    if match is None:
        return None
    datum = _JPGIS_DATUMS[match.group(1).replace(" ", "")]
    if match.group(2) is None:
        return GEOGRAPHIC[datum]
    zone = int(match.group(2))
    return PLANE_ZONE_I[datum] + zone - 1 if datum in PLANE_ZONE_I and 1 <= zone <= 19 else None


def from_ks_meta(document: str | bytes) -> Evidence | None:
    """Return the system that a 国土数値情報 set's ``KS-META-….xml`` names, or None.

    The element in question is ``referenceSystemInfo`` (JMP 2.0); a text elsewhere counts only if
    it is such a name in full. A metadata file that can't be read says nothing: it is a help.
    """
    try:
        top = root(document if isinstance(document, str) else xml_text(document)[0])
    except FileRefused:
        return None
    about = [node for node in top.walk() if node.name == "referenceSystemInfo"]
    codes = {code for node in about if (code := _meta_code(node))}
    if not codes:
        codes = {code for node in top.walk() if (code := _jpgis(node.text))}
    return evidence(codes.pop(), "crs_ks_meta") if len(codes) == 1 else None


def _meta_code(node: Node) -> int | None:
    text = node.whole_text()
    if code := _jpgis(text):
        return code
    datums = {_JPGIS_DATUMS[name] for name in re.findall(r"JGD20(?:00|11|24)", text)}
    return GEOGRAPHIC[datums.pop()] if len(datums) == 1 else None
