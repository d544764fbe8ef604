"""Coordinate systems as GML, JPGIS and its metadata name them, and the order of axes they imply."""

import re
from dataclasses import dataclass

from importers.crs import evidence, system
from importers.markup import Node, root, xml_text
from importers.problems import Evidence, FileRefused
from importers.systems import GEOGRAPHIC, PLANE_ZONE_I, SYSTEMS, Datum

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
