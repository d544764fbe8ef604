"""GeoPackage: read with SQLite itself, as a file that may have been made to do harm.

Not by GDAL: pyogrio can't name a driver when it opens, and GDAL's gives a database functions that
reach files and addresses. Here the file is opened read-only and immutable (nothing beside it is
read or written), what it defines (views) may call only harmless functions, and a query that takes
too long is stopped.
Source: OGC 12-128r18 (GeoPackage 1.3), clauses 1.1.3 and 2.3; sqlite.org/security.html.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import shapely

from importers import crs
from importers.area import City
from importers.cell_types import is_date
from importers.encoding import clean_text, is_touched
from importers.gpkg_geometry import decoded
from importers.guess import settled
from importers.options import ImportOptions
from importers.points import has_coordinates, located
from importers.problems import Evidence, FileRefused, Problem, error, warning
from importers.sniff import not_read
from importers.source import Source
from importers.table import Column, ColumnType, Row, Table, typed

MAX_SECONDS = 120
"""How long one query may take: two million features take some ten seconds."""
MAX_VALUE = 256 * 1_048_576
"""Bytes of one value; SQLite's own limit is four times that."""
_BATCH = 10_000
_STEPS = 100_000
# Tables that programs keep beside the data, some of them registered as if they were data.
_OTHERS = frozenset(["layer_styles", "qgis_projects", "ogr_empty_table"])


@dataclass(frozen=True, slots=True)
class _Layer:
    """A table: its geometry column and system, if it has one."""

    name: str
    geometry: str | None
    srs_id: int | None


def read(source: Source, options: ImportOptions, city: City) -> Table:
    """Return a layer's rows in the order of their ids.

    A table without geometry is read like a CSV where it is the only one, or is asked for.
    """
    with _opened(source.main) as database:
        layer, named, problems = _chosen(source, database)
        table = _Rows(database, layer)
        table.read()
        said = _system(database, layer, options) if layer.geometry else None
        titles = _titles(database, layer.name)
    wal = source.main.with_name(f"{source.main.name}-wal")
    if wal.is_file() and wal.stat().st_size > 0:
        problems.append(warning("gpkg_unsaved"))
    types = table.types()
    rows = table.rows()
    numbers = list(range(1, len(rows) + 1))
    if layer.geometry:
        geometries, wrong = decoded(table.geometries)
        problems += [
            error("geometry_curved" if code == "geometry_curved" else "geometry_unreadable", at + 1)
            for at, code in wrong.items()
        ]
        found, telling = settled(options.crs, said, shapely.get_coordinates(geometries), city)
    elif rows and has_coordinates(list(rows[0])):
        geometries, found, telling = located(rows, numbers, options, city, "geopackage")
    else:
        if not rows:
            raise FileRefused("no_rows")
        raise FileRefused("no_coordinates", {"columns": table.names})
    return Table.of_rows(
        "geopackage",
        named or source.display_name,
        tuple(
            Column(name, kind, titles.get(name, name))
            for name, kind in zip(table.names, types, strict=True)
        ),
        rows,
        numbers,
        geometries,
        Evidence("utf-8", "encoding_format"),
        found,
        [*source.problems, *problems, *table.problems(), *telling],
    )


# -- the database -----------------------------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield the database, closed to whatever it may try. Raises FileRefused for a broken one."""
    database = connection(path)
    try:
        yield database
    except (sqlite3.Error, UnicodeError) as failed:  # The second of a message with its own damage.
        if str(failed) == "interrupted":
            raise FileRefused("gpkg_too_slow", {"seconds": MAX_SECONDS}) from failed
        reason = {"name": path.name, "reason": str(failed)[:200]}
        raise FileRefused("gpkg_unreadable", reason) from failed
    finally:
        database.close()


def connection(path: Path) -> sqlite3.Connection:
    """Return a connection to a file nobody vouches for (sqlite.org/security.html)."""
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for pragma in SAFE:
        database.execute(pragma)
    deadline = time.monotonic() + MAX_SECONDS
    database.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    return database


SAFE = (
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA mmap_size = 0",
    "PRAGMA query_only = ON",
)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# -- layers -----------------------------------------------------------------------------------


def _tables(database: sqlite3.Connection) -> set[str]:
    return {name for (name,) in database.execute("SELECT lower(name) FROM sqlite_master")}


def _layers(source: Source, database: sqlite3.Connection) -> list[_Layer]:
    """Return what is registered as a layer and is there. Raises FileRefused for another SQLite."""
    there = _tables(database)
    if "gpkg_contents" not in there:
        if {"tiles", "metadata"} <= there:
            raise not_read(source.main.name, "MBTiles", "advice_source")
        spatial = {"geometry_columns", "spatial_ref_sys"} <= there
        raise not_read(source.main.name, "SpatiaLite" if spatial else "SQLite", "advice_gis")
    drawn: dict[str, tuple[str, int]] = {}
    if "gpkg_geometry_columns" in there:
        drawn = {
            str(name).lower(): (str(column), srs)
            for name, column, srs in database.execute(
                "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns"
            )
        }
    found = []
    for registered, kind in database.execute("SELECT table_name, data_type FROM gpkg_contents"):
        name = str(registered)
        folded = name.lower()
        if folded not in there or folded in _OTHERS or folded.startswith(("gpkg_", "rtree_")):
            continue
        if kind == "features" and folded in drawn:
            found.append(_Layer(name, *drawn[folded]))
        elif kind in ("features", "attributes", "aspatial"):
            found.append(_Layer(name, None, None))
    return found


def _chosen(
    source: Source, database: sqlite3.Connection
) -> tuple[_Layer, str | None, list[Problem]]:
    layers = _layers(source, database)
    if not layers:
        raise FileRefused("gpkg_no_layers", {"name": source.main.name})
    by_name = {layer.name: layer for layer in layers}
    if (asked := source.part_among(list(by_name))) is not None:
        return by_name[asked], asked, []
    drawn = [layer for layer in layers if layer.geometry]
    if len(drawn) > 1 or (not drawn and len(layers) > 1):
        raise source.several([layer.name for layer in layers])
    layer = (drawn or layers)[0]
    others = [each.name for each in layers if each is not layer]
    return layer, None, [warning("tables_passed_over", names=others)] if others else []


def _titles(database: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return column → label from gpkg_data_columns, which QGIS fills with aliases."""
    if "gpkg_data_columns" not in _tables(database):
        return {}
    query = "SELECT column_name, name, title FROM gpkg_data_columns WHERE table_name = ?"
    return {
        clean_text(str(column)): clean_text(str(title or name))
        for column, name, title in database.execute(query, (table,))
        if title or name
    }


def _system(database: sqlite3.Connection, layer: _Layer, options: ImportOptions) -> Evidence | None:
    """Return the layer's system by its code, else by its definition; None for "undefined"."""
    query = (
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys "
        "WHERE srs_id = ?"
    )
    found = database.execute(query, (layer.srs_id,)).fetchone()
    if found is None or layer.srs_id in (0, -1):
        return None
    organization, code, definition = found
    if str(organization).upper() == "EPSG" and code in crs.SYSTEMS:
        return crs.evidence(int(code), "crs_gpkg")
    try:
        epsg = crs.epsg_of(crs.from_prj(str(definition)))
    except FileRefused as refusal:
        if options.crs is not None:
            return None
        if refusal.code != "crs_ambiguous":
            raise FileRefused("crs_unsupported", {"crs": f"{organization}:{code}"}) from refusal
        raise
    return crs.evidence(epsg, "crs_gpkg")


# -- rows -------------------------------------------------------------------------------------


class _Rows:
    """A table's columns, read batch by batch, each value as its column's type has it."""

    def __init__(self, database: sqlite3.Connection, layer: _Layer) -> None:
        self._database, self._layer = database, layer
        # https://sqlite.org/pragma.html#pragma_table_info: name, declared type, place in the key.
        facts = database.execute(f"PRAGMA table_info({_quoted(layer.name)})").fetchall()
        self._key = next((fact[1] for fact in facts if fact[5] == 1), None)
        drawn = (layer.geometry or "").lower()
        plain = [(fact[1], str(fact[2]).upper()) for fact in facts if fact[1].lower() != drawn]
        self._wanted = [(name, declared) for name, declared in plain if declared != "BLOB"]
        self._skipped = [name for name, declared in plain if declared == "BLOB"]
        self._damaged = False
        self.names = _unique([clean_text(name).strip() or "field" for name, _ in self._wanted])
        self.columns: list[list[Any]] = []
        self.geometries: list[Any] = []

    def read(self) -> None:
        """Read all rows, in the order of the key. Raises sqlite3.Error."""
        try:
            self._read()
        except sqlite3.OperationalError as failed:
            if "decode" not in str(failed):
                raise
            self._damaged = True
            self._database.text_factory = lambda value: value.decode("utf-8", errors="replace")
            self._read()

    def _read(self) -> None:
        self.columns, self.geometries = [[] for _ in self._wanted], []
        selected = [name for name, _ in self._wanted]
        if self._layer.geometry:
            selected.append(self._layer.geometry)
        listed = ", ".join(map(_quoted, selected))
        order = f" ORDER BY {_quoted(self._key)}" if self._key else ""
        query = f"SELECT {listed} FROM {_quoted(self._layer.name)}{order}"  # noqa: S608 - quoted
        cursor = self._database.execute(query)
        while batch := cursor.fetchmany(_BATCH):
            by_column = list(zip(*batch, strict=True))
            if self._layer.geometry:
                self.geometries += by_column.pop()
            for target, (_, declared), values in zip(
                self.columns, self._wanted, by_column, strict=True
            ):
                target += _converted(values, declared)

    def types(self) -> list[ColumnType]:
        """Return the columns' types, in the order of ``names``; mixed columns become text."""
        return [
            _settled(values, declared)
            for values, (_, declared) in zip(self.columns, self._wanted, strict=True)
        ]

    def rows(self) -> list[Row]:
        """Return the rows, by column name."""
        if not self.names:
            return [{} for _ in self.geometries]
        return [
            dict(zip(self.names, values, strict=True)) for values in zip(*self.columns, strict=True)
        ]

    def problems(self) -> list[Problem]:
        """Return what of the values was not read: bytes (pictures), text that is no UTF-8."""
        told = [warning("dbf_type_skipped", None, name, type="BLOB") for name in self._skipped]
        if self._damaged:
            told += [
                warning("text_unreadable", number, name, text=value[:40])
                for name, values in zip(self.names, self.columns, strict=True)
                for number, value in enumerate(values, start=1)
                if isinstance(value, str) and "\ufffd" in value
            ]
        return told


def _unique(names: list[str]) -> list[str]:
    result: list[str] = []
    for name in names:
        unique, copy = name, 2
        while unique in result:
            unique, copy = f"{name}_{copy}", copy + 1
        result.append(unique)
    return result


def _converted(values: Sequence[Any], declared: str) -> Sequence[Any]:
    """Return values as JSON has them: a BOOLEAN's 0 and 1 as no and yes, no NaN, no bytes.

    A batch of one type needs no look at each: numbers are finite if their sum is, texts are
    clean if all of them together are.
    """
    kinds = set(map(type, values)) - {type(None)}
    if declared == "BOOLEAN":
        return [bool(value) if isinstance(value, int) else _plain(value) for value in values]
    if kinds <= {int} or (kinds <= {int, float} and isfinite(sum(filter(None, values)))):
        return values
    if kinds == {str} and not is_touched("\n".join(filter(None, values))):
        return values
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bytes) or (isinstance(value, float) and value - value != 0):
        return None
    return value


def _settled(values: list[Any], declared: str) -> ColumnType:
    """Return a column's type. SQLite holds any value in any column; a mixture is made text."""
    kinds = {type(value) for value in values if value is not None}
    if str in kinds and len(kinds) > 1:
        values[:] = [None if value is None else str(value) for value in values]
    if declared == "DATE" and kinds == {str} and all(is_date(v) for v in values if v is not None):
        return "date"
    if not kinds:
        return _DECLARED.get(declared.partition("(")[0].strip(), "text")
    return typed(values)


_DECLARED: dict[str, ColumnType] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER"), "integer"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "REAL"), "number"),
    "BOOLEAN": "boolean",
    "DATE": "date",
}
