"""GeoPackages made statement by statement, so that they can be broken in every way real ones are.

Layout: OGC 12-128r18 (GeoPackage 1.3). Nothing of the importers is used.
"""

import sqlite3
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

_BASE = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,
  description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT,
  description TEXT DEFAULT '', last_change DATETIME, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE,
  max_y DOUBLE, srs_id INTEGER);
CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT,
  srs_id INTEGER, z TINYINT, m TINYINT);
"""
SYSTEMS: tuple[tuple[int, str, int, str], ...] = (
    (-1, "NONE", -1, "undefined"),
    (0, "NONE", 0, "undefined"),
    (4326, "EPSG", 4326, "undefined"),
    (6668, "EPSG", 6668, "undefined"),
    (6678, "epsg", 6678, "undefined"),
)
"""(srs_id, organisation, its code, definition)."""
FIELDS = {"名称": "TEXT(80)", "定員": "INTEGER"}
ROWS: tuple[Mapping[str, Any], ...] = (
    {"名称": "図書館", "定員": 120},
    {"名称": "体育館", "定員": 80},
)
SHAPES: tuple[Any, ...] = (Point(140.30, 38.76), Point(140.31, 38.77))


@dataclass(frozen=True)
class Layer:
    """A table of features, or of attributes only where ``shapes`` is None."""

    rows: Sequence[Mapping[str, Any]] = ROWS
    shapes: Sequence[BaseGeometry | bytes | None] | None = SHAPES
    fields: Mapping[str, str] | None = None
    srs_id: int = 6668
    key: str = "fid"
    data_type: str = ""
    view: str = ""
    """The statement that makes a view of this name, over which the table is registered."""


def write_geopackage(
    path: Path,
    layers: Mapping[str, Layer] | None = None,
    *,
    systems: Sequence[tuple[int, str, int, str]] = SYSTEMS,
    titles: Mapping[str, Mapping[str, str]] | None = None,
    statements: Sequence[str] = (),
) -> Path:
    """Write a GeoPackage; ``titles`` are column labels by table, ``statements`` are run last."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA application_id = 0x47504B47")
        database.executescript(_BASE)
        database.executemany(
            "INSERT INTO gpkg_spatial_ref_sys VALUES ('', ?, ?, ?, ?, NULL)", systems
        )
        for name, layer in (layers or {"避難所": Layer()}).items():
            _write(database, name, layer)
        if titles:
            database.execute(
                "CREATE TABLE gpkg_data_columns (table_name TEXT, column_name TEXT, name TEXT, "
                "title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT)"
            )
            for table, labels in titles.items():
                for column, label in labels.items():
                    database.execute(
                        "INSERT INTO gpkg_data_columns (table_name, column_name, name) "
                        "VALUES (?, ?, ?)",
                        (table, column, label),
                    )
        database.commit()
        for statement in statements:
            database.execute(statement)
        database.commit()
    return path


def _write(database: sqlite3.Connection, name: str, layer: Layer) -> None:
    fields = FIELDS if layer.fields is None else layer.fields
    kind = layer.data_type or ("attributes" if layer.shapes is None else "features")
    quoted = '"' + name.replace('"', '""') + '"'
    if layer.view:
        database.execute(layer.view)
    else:
        columns = [f'"{layer.key}" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL']
        columns += ['"geom" BLOB'] if layer.shapes is not None else []
        columns += [f'"{field}" {declared}' for field, declared in fields.items()]
        database.execute(f"CREATE TABLE {quoted} ({', '.join(columns)})")
        for index, row in enumerate(layer.rows):
            values = dict(row)
            if layer.shapes is not None:
                values["geom"] = blob(layer.shapes[index], layer.srs_id)
            names = ", ".join(f'"{column}"' for column in values)
            marks = ", ".join("?" * len(values))
            database.execute(
                f"INSERT INTO {quoted} ({names}) VALUES ({marks})", tuple(values.values())
            )
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, ?, ?, ?)",
        (name, kind, name, layer.srs_id),
    )
    if layer.shapes is not None:
        database.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'GEOMETRY', ?, 0, 0)",
            (name, layer.srs_id),
        )


def blob(
    shape: BaseGeometry | bytes | None, srs_id: int = 6668, *, envelope: int = 0, big: bool = False
) -> bytes | None:
    """Return a shape as a GeoPackage stores it; bytes are stored as they are.

    ``envelope`` 0–4 is its code (4: with z and m), ``big`` writes the header big-endian.
    """
    if shape is None or isinstance(shape, bytes):
        return shape
    empty = shape.is_empty
    flags = (not big) | envelope << 1 | empty << 4
    order = ">" if big else "<"
    box = {0: 0, 1: 4, 2: 6, 3: 6, 4: 8}[envelope]
    header = b"GP\x00" + bytes([flags]) + struct.pack(f"{order}i{box}d", srs_id, *[0.0] * box)
    return header + bytes(shapely.to_wkb(shape))
