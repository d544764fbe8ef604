"""CSV and its kin, with coordinates in columns of their own."""

import csv
import io
import re
from datetime import date
from typing import Any

import numpy as np
import shapely

from importers import crs
from importers.area import City
from importers.coordinates import number
from importers.datum import to_wgs
from importers.encoding import clean_text, decoded
from importers.guess import (
    Points,
    asked,
    candidates,
    city_box,
    sample,
    settled,
    share_inside,
)
from importers.headers import is_code, normalised, role
from importers.options import ImportOptions
from importers.problems import Evidence, FileRefused, Problem, error, warning
from importers.proposal import Clues
from importers.sniff import delimiter
from importers.source import Source
from importers.table import Column, ColumnType, Geometries, Row, Table

_TITLE_ROWS = 10
_FIELD_LIMIT = 10_000_000
_DATUM_MARK = re.compile(r"[(_]?(旧?日本測地系|世界測地系|tokyo|jgd\d*|wgs\d*)[)_]?")


def read(source: Source, options: ImportOptions, city: City) -> Table:
    """Return a table's rows with a point each, where the cells hold one.

    Row numbers are the spreadsheet's. Blank rows are passed over. Raises FileRefused when no
    columns of coordinates are found.
    """
    text, encoding = decoded(source.main.read_bytes(), options.encoding)
    problems: list[Problem] = list(source.problems)
    if encoding.evidence == "encoding_cp932_doubtful":
        problems.append(warning("encoding_doubtful", encoding=encoding.name))
    records = _records(text)
    start = _header(records)
    header = records[start] if records else []
    body = [(n, row) for n, row in enumerate(records, start=1) if n > start + 1 and any(row)]
    names, naming = _names(header, [row for _, row in body])
    problems += naming
    rows: list[Row] = []
    for line, cells in body:
        rows.append({name: cells[i] if i < len(cells) else None for i, name in names.items()})
        if any(cells[len(header) :]):
            problems.append(error("row_too_long", line, None, columns=len(header)))
        elif len(cells) < len(header):
            problems.append(warning("row_too_short", line, None, columns=len(header)))
    numbers = [line for line, _ in body]
    geometries, found_crs, telling = _located(rows, numbers, options, city)
    columns = tuple(_column(name, rows) for name in names.values())
    return Table.of_rows(
        "csv",
        source.display_name,
        columns,
        rows,
        numbers,
        geometries,
        encoding,
        found_crs,
        problems + telling,
    )


def _records(text: str) -> list[list[str]]:
    """Return all records, cells cleaned and trimmed. Raises FileRefused for an open quote."""
    mark = delimiter(text) or ","
    limit = csv.field_size_limit(_FIELD_LIMIT)
    try:
        try:
            found = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
        except csv.Error as strict:
            if "unexpected end of data" in str(strict) or "field larger" in str(strict):
                raise FileRefused("csv_open_quote") from strict
            found = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    finally:
        csv.field_size_limit(limit)
    return [[clean_text(cell).strip() for cell in record] for record in found]


def _header(records: list[list[str]]) -> int:
    """Return which record is the header: the first with coordinates, below title rows if any."""
    for index, record in enumerate(records[:_TITLE_ROWS]):
        roles = {_role(cell) for cell in record}
        if {"lat", "lon"} <= roles or {"x", "y"} <= roles:
            return index
    return 0


def _role(header: str) -> str | None:
    return role(header) or role(_DATUM_MARK.sub("", normalised(header)))


def _names(header: list[str], body: list[list[str]]) -> tuple[dict[int, str], list[Problem]]:
    """Return position → column name: each name once, blank columns left out."""
    names: dict[int, str] = {}
    problems: list[Problem] = []
    for index, name in enumerate(header):
        if not name:
            if not any(index < len(row) and row[index] for row in body):
                continue
            name = f"column_{index + 1}"
            problems.append(warning("header_blank", None, name, number=index + 1))
        unique, copy = name, 2
        while unique in names.values():
            unique, copy = f"{name}_{copy}", copy + 1
        if unique != name:
            problems.append(warning("header_twice", None, name, renamed=unique))
        names[index] = unique
    return names, problems


# -- coordinates ------------------------------------------------------------------------------


def _located(
    rows: list[Row], numbers: list[int], options: ImportOptions, city: City
) -> tuple[Geometries, Evidence, list[Problem]]:
    """Return a point per row (None where the cells are blank or 0,0), the system, problems."""
    names = list(rows[0]) if rows else []
    if not rows:
        raise FileRefused("no_rows")
    degrees = _pair(names, "lat", "lon")
    plane = _pair(names, "x", "y")
    if degrees is None and plane is None:
        raise FileRefused("no_coordinates", {"columns": names})
    first, second = degrees or plane or ("", "")
    problems: list[Problem] = []
    points = np.full((len(rows), 2), np.nan)
    for index, (row, line) in enumerate(zip(rows, numbers, strict=True)):
        for axis, name in ((0, second), (1, first)):
            try:
                value = number(row[name])
            except ValueError:
                problems.append(
                    error("coordinate_unreadable", line, name, text=str(row[name])[:40])
                )
            else:
                points[index, axis] = np.nan if value is None else value
    if degrees is not None:
        said: Evidence | None = _degrees_evidence(first)
        if options.crs is not None and said is not None and said.evidence == "crs_assumed":
            said = None  # An assumption is not contradicted by a choice.
        found, telling = settled(options.crs, said, points, city)
    else:
        points, found, telling = _plane(points, options, city)
    usable = np.isfinite(points).all(axis=1) & (points != 0).any(axis=1)
    geometries: Geometries = np.full(len(rows), None, dtype=object)
    geometries[usable] = shapely.points(points[usable])
    return geometries, found, problems + telling


def _pair(names: list[str], first: str, second: str) -> tuple[str, str] | None:
    """Return the columns of a pair of coordinates, those in 世界測地系 if both datums are there."""
    found = []
    for wanted in (first, second):
        fitting = [name for name in names if _role(name) == wanted]
        fitting.sort(key=lambda name: "日本測地系" in name)
        found.append(fitting[0] if fitting else None)
    return (found[0], found[1]) if found[0] and found[1] else None


def _degrees_evidence(header: str) -> Evidence:
    if "日本測地系" in header or "tokyo" in header.casefold():
        return crs.evidence(4301, "crs_header")
    return crs.evidence(6668, "crs_assumed")


def _plane(
    points: Points, options: ImportOptions, city: City
) -> tuple[Points, Evidence, list[Problem]]:
    """Return points x (east) first, from columns X and Y.

    In a plane rectangular system X is north and Y is east (測量法), unlike every GIS. Exports
    from a GIS call east X all the same, so the order that lands in the city decides; the survey's
    order if neither does. In degrees X is the longitude.
    """
    swapped = points[:, ::-1]  # _located took the second column, Y, as east.
    if options.crs is None and share_inside(sample(swapped), crs.JAPAN) == 1.0:
        return swapped, crs.evidence(6668, "crs_xy_degrees"), []
    if options.crs is None:
        placing = candidates(points, city)
        shapes = np.array(shapely.points(sample(points)), dtype=object)
        raise FileRefused(
            "crs_missing" if placing else "crs_unknown", asked(placing, Clues(shapes))
        )
    found, telling = settled(options.crs, None, points, city)
    if crs.system(crs.epsg_of(found)).kind == "geographic":
        return swapped, found, telling

    def inside(ordered: Points) -> float:
        usable = sample(ordered)
        flat, _ = to_wgs(np.array(shapely.points(usable), dtype=object), crs.epsg_of(found))
        return share_inside(shapely.get_coordinates(flat), city_box(city))

    if inside(swapped) > inside(points):
        return swapped, found, [*telling, warning("x_is_east")]
    return points, found, telling


# -- types ------------------------------------------------------------------------------------

_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _column(name: str, rows: list[Row]) -> Column:
    """Return a column's type, and convert its cells in place; blank cells become None.

    A column is a number only if every cell is one and its header names no code: 06201 keeps its
    zero. Flags (1 and blank) stay text, as the standard writes them.
    """
    values = [row[name] or None for row in rows]
    kind = _type(name, [value for value in values if value is not None])
    convert: dict[ColumnType, Any] = {"integer": int, "number": float}
    for row, value in zip(rows, values, strict=True):
        row[name] = convert[kind](value) if value is not None and kind in convert else value
    return Column(name, kind, name)


def _type(name: str, present: list[str]) -> ColumnType:
    if not present:
        return "text"
    if all(_DATE.fullmatch(value) and _is_date(value) for value in present):
        return "date"
    coordinate = _role(name) in ("lat", "lon", "x", "y")
    if is_code(name) or not all(_NUMBER.fullmatch(value) for value in present):
        return "text"
    if not coordinate and {float(value) for value in present} <= {0.0, 1.0}:
        return "text"
    return "integer" if all(_INTEGER.fullmatch(value) for value in present) else "number"


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
