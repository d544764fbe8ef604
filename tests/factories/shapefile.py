"""Shapefiles made byte by byte, so that they can be broken in every way real ones are.

Layouts: ESRI Shapefile Technical Description (1998) and dBASE III. Nothing of the importers is
used, so that a reader and this writer can't share a mistake.
"""

import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

PRJ_6668 = (
    'GEOGCS["GCS_JGD_2011",DATUM["D_JGD_2011",SPHEROID["GRS_1980",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
PRJ_4612 = PRJ_6668.replace("2011", "2000")


def prj_plane(
    longitude: float = 140.833333333333, latitude: float = 40.0, datum: str = "2011"
) -> str:
    """Return an ESRI ``.prj`` of a plane rectangular zone; X of JGD2011 by default."""
    geographic = PRJ_6668.replace("2011", datum)
    return (
        f'PROJCS["JGD_{datum}_Japan_Zone",{geographic},PROJECTION["Transverse_Mercator"],'
        'PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],'
        f'PARAMETER["Central_Meridian",{longitude}],PARAMETER["Scale_Factor",0.9999],'
        f'PARAMETER["Latitude_Of_Origin",{latitude}],UNIT["Meter",1.0]]'
    )


@dataclass(frozen=True)
class Field:
    """A DBF field: name (text, or raw bytes to break it), type letter, width, decimals."""

    name: str | bytes
    kind: str = "C"
    width: int = 40
    decimals: int = 0


FIELDS = (Field("名称"), Field("番号", "N", 9))
ROWS: tuple[Mapping[str, Any], ...] = ({"名称": "図書館", "番号": 1}, {"名称": "体育館", "番号": 2})
SHAPES: tuple[BaseGeometry | None, ...] = (Point(140.30, 38.76), Point(140.31, 38.77))


def write_shapefile(
    folder: Path,
    *,
    name: str = "layer",
    shapes: Sequence[BaseGeometry | None] = SHAPES,
    rows: Sequence[Mapping[str, Any]] = ROWS,
    fields: Sequence[Field] = FIELDS,
    encoding: str = "cp932",
    language_byte: int = 0,
    cpg: str | None = None,
    prj: str | None = PRJ_6668,
    deleted: Iterable[int] = (),
    swapped: bool = False,
    z: bool = False,
    m: bool = False,
    said_records: int | None = None,
    with_shp: bool = True,
    with_shx: bool = True,
    with_dbf: bool = True,
    labels: str | None = None,
) -> Path:
    """Write a shapefile and return its folder.

    ``deleted`` are indices of records to mark, ``swapped`` writes y before x, ``z`` and ``m`` add
    heights (5.0) and measures (7.0), ``said_records`` is what the DBF header claims, ``labels``
    becomes ``attributes.csv``. A row's value may be bytes, written as they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shp, shx = _shapes(shapes, swapped=swapped, z=z, m=m)
    if with_shp:
        (folder / f"{name}.shp").write_bytes(shp)
    if with_shx:
        (folder / f"{name}.shx").write_bytes(shx)
    if with_dbf:
        dbf = dbf_bytes(fields, rows, encoding, language_byte, deleted, said_records)
        (folder / f"{name}.dbf").write_bytes(dbf)
    if prj is not None:
        (folder / f"{name}.prj").write_text(prj, encoding="ascii")
    if cpg is not None:
        (folder / f"{name}.cpg").write_text(cpg, encoding="ascii")
    if labels is not None:
        (folder / "attributes.csv").write_text(labels, encoding="utf-8")
    return folder


# -- the attribute table ----------------------------------------------------------------------


def dbf_bytes(
    fields: Sequence[Field] = FIELDS,
    rows: Sequence[Mapping[str, Any]] = ROWS,
    encoding: str = "cp932",
    language_byte: int = 0,
    deleted: Iterable[int] = (),
    said_records: int | None = None,
) -> bytes:
    """Return a DBF. Text longer than its field is cut at the byte, as real writers do."""
    said = len(rows) if said_records is None else said_records
    length = 1 + sum(field.width for field in fields)
    header = struct.pack(
        "<B3BIHH17xB2x", 3, 126, 8, 29, said, 32 + 32 * len(fields) + 1, length, language_byte
    )
    for field in fields:
        raw = field.name if isinstance(field.name, bytes) else field.name.encode(encoding)
        header += struct.pack(
            "<11sc4xBB14x", raw[:10], field.kind.encode(), field.width, field.decimals
        )
    marked = set(deleted)
    body = b""
    for index, row in enumerate(rows):
        body += b"*" if index in marked else b" "
        body += b"".join(_cell(field, row, encoding) for field in fields)
    return header + b"\r" + body + b"\x1a"


def _cell(field: Field, row: Mapping[str, Any], encoding: str) -> bytes:
    value = row.get(field.name if isinstance(field.name, str) else "")
    if value is None:
        raw = b""
    elif isinstance(value, bytes):
        raw = value
    elif isinstance(value, bool):
        raw = b"T" if value else b"F"
    elif field.kind in "NF":
        exact = field.decimals and not isinstance(value, str)
        text = f"{value:.{field.decimals}f}" if exact else str(value)
        return text.rjust(field.width).encode()[: field.width]
    else:
        raw = str(value).encode(encoding)
    return raw[: field.width].ljust(field.width)


# -- the shapes -------------------------------------------------------------------------------

_TYPES = {"Point": 1, "MultiPoint": 8, "LineString": 3, "MultiLineString": 3}
_TYPES |= {"Polygon": 5, "MultiPolygon": 5}


def _shapes(
    shapes: Sequence[BaseGeometry | None], *, swapped: bool, z: bool, m: bool
) -> tuple[bytes, bytes]:
    present = [shape for shape in shapes if shape is not None]
    base = _TYPES[present[0].geom_type] if present else 1
    kind = base + (10 if z else 20 if m else 0)
    records = [_record(shape, kind, base, swapped=swapped, z=z, m=m) for shape in shapes]
    shp, shx, offset = b"", b"", 50
    for number, content in enumerate(records, start=1):
        words = len(content) // 2
        shp += struct.pack(">2i", number, words) + content
        shx += struct.pack(">2i", offset, words)
        offset += 4 + words
    west, south, east, north = shapely.total_bounds(present) if present else (0.0, 0.0, 0.0, 0.0)
    box = (south, west, north, east) if swapped else (west, south, east, north)

    def header(size: int) -> bytes:
        return struct.pack(">i20xi", 9994, (100 + size) // 2) + struct.pack(
            "<2i8d", 1000, kind, *box, 0, 0, 0, 0
        )

    return header(len(shp)) + shp, header(len(shx)) + shx


def _record(
    shape: BaseGeometry | None, kind: int, base: int, *, swapped: bool, z: bool, m: bool
) -> bytes:
    if shape is None:
        return struct.pack("<i", 0)
    parts = [[(y, x) if swapped else (x, y) for x, y in part] for part in _parts(shape)]
    points = [point for part in parts for point in part]
    flat = [value for point in points for value in point]
    extra = b""
    for present, value in ((z, 5.0), (z or m, 7.0)):
        if present and base != 1:
            extra += struct.pack(f"<{2 + len(points)}d", value, value, *[value] * len(points))
        elif present:
            extra += struct.pack("<d", value)
    if base == 1:
        return struct.pack("<i2d", kind, *flat) + extra
    xs, ys = flat[::2], flat[1::2]
    head = struct.pack("<i4d", kind, min(xs), min(ys), max(xs), max(ys))
    if base == 8:
        return head + struct.pack(f"<i{len(flat)}d", len(points), *flat) + extra
    starts = [sum(len(part) for part in parts[:i]) for i in range(len(parts))]
    counts = struct.pack(f"<2i{len(parts)}i", len(parts), len(points), *starts)
    return head + counts + struct.pack(f"<{len(flat)}d", *flat) + extra


def _parts(shape: BaseGeometry) -> list[list[tuple[float, float]]]:
    """Return a shape's parts; rings as they are, outer ones clockwise if the shape is valid."""
    if shape.geom_type.endswith("Polygon"):
        parts = []
        for polygon in shapely.get_parts(shape):
            if shapely.is_valid(polygon):
                polygon = shapely.orient_polygons(polygon, exterior_cw=True)
            parts += [list(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]
        return [[(p[0], p[1]) for p in part] for part in parts]
    if shape.geom_type == "MultiPoint":
        return [[(point.x, point.y) for point in shape.geoms]]
    return [[(p[0], p[1]) for p in part.coords] for part in shapely.get_parts(shape)]


# -- zips -------------------------------------------------------------------------------------


class _RawName(zipfile.ZipInfo):
    """An entry whose name is written in its maker's encoding, without the UTF-8 flag."""

    raw = b""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.raw, self.flag_bits & ~0x800


def zipped(folder: Path, target: Path, *, name_encoding: str = "utf-8", inside: str = "") -> Path:
    """Zip a folder's files; ``cp932`` and ``utf-8-unflagged`` as Windows and macOS in Japan do."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    entries = {
        f"{inside}{file.relative_to(folder).as_posix()}": file.read_bytes() for file in files
    }
    return zip_of(entries, target, name_encoding=name_encoding)


def zip_of(
    entries: Mapping[str, bytes], target: Path, *, name_encoding: str = "utf-8", mode: int = 0o644
) -> Path:
    """Write a zip of name → bytes; ``mode`` is the entries' Unix mode (a link: 0o120777)."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            marked = name_encoding == "utf-8"
            info = zipfile.ZipInfo(name) if marked else _RawName(f"entry {len(archive.filelist)}")
            if isinstance(info, _RawName):
                info.raw = name.encode(name_encoding.removesuffix("-unflagged"))
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return target
