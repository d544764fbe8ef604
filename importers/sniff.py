"""What a file is, from its bytes; a name's ending proves nothing."""

import codecs
import csv
import re
import zipfile
from pathlib import Path
from typing import Literal

from importers.encoding import decoded
from importers.problems import FileRefused
from importers.zips import DAMAGED, refuse_long_directory

Format = Literal["shapefile", "geojson", "csv", "xlsx", "kml", "gml", "geopackage"]

SHAPEFILE_MAGIC = b"\x00\x00\x27\x0a"
_SQLITE_MAGIC = b"SQLite format 3\0"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_HEAD = 65_536
DELIMITERS = (",", "\t", ";", "|")

# Files people try that are not read, by their first bytes, and what helps.
_NAMED: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "PDF", "advice_document"),
    (b"{\\rtf", "RTF", "advice_document"),
    (b"Rar!", "RAR", "advice_unpack"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip", "advice_unpack"),
    (b"\x1f\x8b", "gzip", "advice_unpack"),
    (b"fgb\x03", "FlatGeobuf", "advice_gis"),
    (b"PAR1", "GeoParquet", "advice_gis"),
    (b"AC10", "DWG", "advice_cad"),
    (b"\x89PNG", "PNG", "advice_document"),
    (b"\xff\xd8\xff", "JPEG", "advice_document"),
    (b"II*\0", "TIFF", "advice_document"),
    (b"MM\0*", "TIFF", "advice_document"),
)
# XML by the name of its root, and what helps; None: read, if its addresses say that it is GML.
_ROOTS: dict[str, tuple[str, str]] = {
    "html": ("HTML", "advice_document"),
    "citymodel": ("CityGML", "advice_gis"),
    "gpx": ("GPX", "advice_gis"),
    "ogrvrtdatasource": ("VRT", "advice_gis"),
    "vrtdataset": ("VRT", "advice_gis"),
    "landxml": ("LandXML", "advice_cad"),
    "qgis": ("QGIS", "advice_gis"),
    "workbook": ("Excel XML", "advice_spreadsheet"),
}
_NO_DATA = frozenset(
    ["md_metadata", "schema", "styledlayerdescriptor", "wfs_capabilities", "capabilities"]
)
_EXCEPTIONS = frozenset(["exceptionreport", "serviceexceptionreport"])
_KML = frozenset(["kml", "document", "folder", "placemark"])
_GML = re.compile(
    rb"opengis\.net/(gml|wfs)|fgd\.gsi\.go\.jp|nlftp\.mlit\.go\.jp|ogr\.maptools\.org"
)
_PROLOG = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>", re.DOTALL | re.I)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)")
# Text that a table is not, although it may be cut into columns.
_DRAWING = re.compile(rb"\s*0\s*\n\s*SECTION\b")
_MAPINFO = re.compile(rb"\s*Version\s+\d+\s*\n(.*\n){0,6}?\s*(Charset|Columns)\b", re.IGNORECASE)


def sniffed(path: Path) -> Format | Literal["zip"]:
    """Return what a file is. Raises FileRefused, naming the format where it is a known one.

    A workbook and a KMZ are zips; they are told by what is in them.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head.strip(b"\0 \t\r\n"):
        raise FileRefused("file_empty", {"name": path.name})
    if head.startswith(SHAPEFILE_MAGIC):
        return "shapefile"
    if head.startswith(_ZIP_MAGIC):
        return _zipped(path)
    if head.startswith(_SQLITE_MAGIC):
        return "geopackage"
    if head.startswith(_OLE_MAGIC):
        raise _ole(path)
    for magic, name, advice in _NAMED:
        if head.startswith(magic):
            raise not_read(path.name, name, advice)
    if head[2:7] in (b"-lh0-", b"-lh5-", b"-lh7-"):
        raise not_read(path.name, "LZH", "advice_unpack")
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = head.decode("utf-16", errors="replace").lstrip().encode()
    elif b"\0" in head:
        raise FileRefused("unknown_format", {"name": path.name})
    if start[:1] in (b"{", b"["):
        return "geojson"
    if start[:1] == b"<":
        return _markup(path, start)
    if _DRAWING.match(start):
        raise not_read(path.name, "DXF", "advice_cad")
    if _MAPINFO.match(start):
        raise not_read(path.name, "MapInfo MIF", "advice_gis")
    if _is_table(path):
        return "csv"
    raise FileRefused("unknown_format", {"name": path.name})


def not_read(file: str, format_name: str, advice: str) -> FileRefused:
    """Return the refusal of a known format; ``advice`` is the code of what to do instead."""
    return FileRefused(
        "format_not_read",
        {"name": file, "format": format_name, "advice": {"code": advice, "params": {}}},
    )


# -- zips -------------------------------------------------------------------------------------

_DATA = (".shp", ".geojson", ".json", ".csv", ".tsv", ".gpkg", ".gml", ".xlsx", ".zip")


def _zipped(path: Path) -> Literal["zip", "xlsx", "kml"]:
    """Return what a zip is by the names in it: a workbook, a KMZ, or a zip of files."""
    try:
        refuse_long_directory(path)
        with zipfile.ZipFile(path) as archive:
            names = [name.replace("\\", "/").casefold() for name in archive.namelist()]
            kind = zip_kind(names)
            if kind == "opendocument":
                said = archive.open("mimetype").read(200) if "mimetype" in names else b""
                kind = "ods" if b"spreadsheet" in said else "odt"
    except DAMAGED:
        return "zip"  # Unpacking says what is wrong with it.
    if kind in ("zip", "xlsx", "kml"):
        return kind  # type: ignore[return-value]
    raise not_read(path.name, *_ZIPPED[kind])


_ZIPPED = {
    "xlsb": ("Excel (.xlsb)", "advice_spreadsheet"),
    "ods": ("OpenDocument (.ods)", "advice_spreadsheet"),
    "odt": ("OpenDocument", "advice_document"),
    "numbers": ("Numbers", "advice_spreadsheet"),
    "word": ("Word", "advice_document"),
    "powerpoint": ("PowerPoint", "advice_document"),
    "gdb": ("File Geodatabase", "advice_gis"),
}


def zip_kind(names: list[str]) -> str:
    """Return ``zip``, ``xlsx``, ``kml`` or a key of the formats not read, from folded names."""
    there = set(names)
    if "xl/workbook.xml" in there:
        return "xlsx"
    if "xl/workbook.bin" in there:
        return "xlsb"
    if "word/document.xml" in there:
        return "word"
    if "ppt/presentation.xml" in there:
        return "powerpoint"
    if "content.xml" in there and ("mimetype" in there or "meta-inf/manifest.xml" in there):
        return "opendocument"
    if "index/document.iwa" in there or "index.zip" in there:
        return "numbers"
    data = any(name.endswith(_DATA) for name in names)
    if not data and any(name.endswith(".kml") for name in names):
        return "kml"
    if not data and any(re.search(r"\.gdb/.*\.gdbtable$", name) for name in names):
        return "gdb"
    return "zip"


def _ole(path: Path) -> FileRefused:
    """Return the refusal of an old Office file, or of a new one locked by a password.

    Both are containers whose directory names its streams in UTF-16 (MS-CFB 2.6.1).
    """

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    with path.open("rb") as opened:
        data = opened.read(64 * 1_048_576)
    if holds("EncryptedPackage"):
        return FileRefused("workbook_locked", {"name": path.name})
    if holds("WordDocument"):
        return not_read(path.name, "Word (.doc)", "advice_document")
    if holds("PowerPoint Document"):
        return not_read(path.name, "PowerPoint (.ppt)", "advice_document")
    return not_read(path.name, "Excel (.xls)", "advice_spreadsheet")


# -- text -------------------------------------------------------------------------------------


def _markup(path: Path, start: bytes) -> Format:
    place = 0
    while match := _PROLOG.match(start, place):
        place = match.end()
    found = _ROOT.match(start, place)
    root = found.group(1).decode().casefold() if found else ""
    if root in _ROOTS:
        raise not_read(path.name, *_ROOTS[root])
    if root in _EXCEPTIONS:
        text = re.sub(rb"<[^<>]*>", b" ", start[place:]).decode("utf-8", errors="replace")
        raise FileRefused(
            "service_error", {"name": path.name, "text": " ".join(text.split())[:200]}
        )
    if root in _KML:
        return "kml"
    if root not in _NO_DATA and _GML.search(start[place : place + 8192]):
        return "gml"
    raise not_read(path.name, "XML", "advice_source")


def _is_table(path: Path) -> bool:
    """Say whether a file is text whose first full row has two columns or more."""
    # A whole file in an unknown encoding is still a table: the reader names its first bad line.
    with path.open("rb") as stream:
        data = stream.read(_HEAD)
    try:
        text, _ = decoded(data if len(data) < _HEAD else data[: data.rfind(b"\n") + 1])
    except FileRefused:
        text = data.decode("latin-1")
    printable = sum(1 for c in text if c.isprintable() or c in "\r\n\t")
    if printable < 0.97 * len(text):
        return False
    return delimiter(text) is not None


def delimiter(text: str) -> str | None:
    """Return the delimiter that cuts the first rows into the most columns, or None below two."""
    lines = text.lstrip("\ufeff").splitlines()[:30]
    counts: dict[str, int] = {}
    for mark in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=mark) if row]
        except csv.Error:
            continue
        # The middle width: ; and 、 inside cells come and go, and single rows are ragged.
        counts[mark] = sorted(widths)[len(widths) // 2] if widths else 1
    best = max(counts, key=lambda mark: counts[mark], default=None)
    return best if best is not None and counts[best] > 1 else None
