"""What a file is, from its bytes; a name's ending proves nothing."""

import codecs
import csv
import re
from pathlib import Path
from typing import Literal

from importers.encoding import decoded
from importers.problems import FileRefused

Format = Literal["shapefile", "geojson", "csv"]

SHAPEFILE_MAGIC = b"\x00\x00\x27\x0a"
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_HEAD = 65_536
DELIMITERS = (",", "\t", ";", "|")

# Files people try that are not read (yet), by their first bytes.
_NAMED: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3\0", "GeoPackage"),
    (b"%PDF", "PDF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel (.xls)"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\x1f\x8b", "gzip"),
    (b"fgb\x03", "FlatGeobuf"),
    (b"PAR1", "GeoParquet"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)


def sniffed(path: Path) -> Format | Literal["zip"]:
    """Return what a file is. Raises FileRefused, naming the format where it is a known one."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head.strip(b"\0 \t\r\n"):
        raise FileRefused("file_empty", {"name": path.name})
    if head.startswith(SHAPEFILE_MAGIC):
        return "shapefile"
    if head.startswith(_ZIP_MAGIC):
        return "zip"
    for magic, name in _NAMED:
        if head.startswith(magic):
            raise FileRefused("format_not_read", {"name": path.name, "format": name})
    if head[2:7] in (b"-lh0-", b"-lh5-", b"-lh7-"):
        raise FileRefused("format_not_read", {"name": path.name, "format": "LZH"})
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = head.decode("utf-16", errors="replace").lstrip().encode()
    elif b"\0" in head:
        raise FileRefused("unknown_format", {"name": path.name})
    if start[:1] in (b"{", b"["):
        return "geojson"
    if start[:1] == b"<":
        raise FileRefused("format_not_read", {"name": path.name, "format": _markup(start)})
    if _is_table(path):
        return "csv"
    raise FileRefused("unknown_format", {"name": path.name})


def zip_kind(names: list[str]) -> str | None:
    """Return the name of a format that is a zip inside and is not read yet, or None."""
    folded = [name.casefold() for name in names]
    if any(name.startswith("xl/") for name in folded):
        return "Excel (.xlsx)"
    if any(name.startswith("word/") for name in folded):
        return "Word"
    if "mimetype" in folded and "content.xml" in folded:
        return "OpenDocument"
    if any(name.endswith(".kml") for name in folded) and not any(
        name.endswith((".shp", ".geojson", ".csv")) for name in folded
    ):
        return "KMZ"
    if any(re.search(r"\.gdb/.*\.gdbtable$", name) for name in folded):
        return "File Geodatabase"
    return None


def _markup(start: bytes) -> str:
    text = start[:4096].lower()
    if b"<kml" in text:
        return "KML"
    if b"<!doctype html" in text or b"<html" in text:
        return "HTML"
    if b"opengis.net/gml" in text or b"fgd.gsi.go.jp" in text or b"nlftp.mlit.go.jp" in text:
        return "GML"
    return "XML"


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
