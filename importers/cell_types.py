"""Cells of text become JSON values, a column at a time."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from importers.headers import is_code
from importers.points import coordinate_role
from importers.table import Column, ColumnType, Row

_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TRUTH = {"true": True, "false": False}


def column(name: str, rows: list[Row], title: str | None = None) -> Column:
    """Return a column's type, and convert its cells of text in place; blank cells become None.

    A column is a number only if every cell is one and its header names no code: 06201 keeps its
    zero. Flags (1 and blank) stay text, as the standard writes them; TRUE and FALSE, as a
    spreadsheet writes them, are yes and no. Cells that are no text any more stay as they are.
    """
    texts = [value for row in rows if (value := row[name]) not in (None, "")]
    if all(isinstance(value, str) for value in texts):
        kind = text_type(name, texts)
        convert = _CONVERT.get(kind)
        for row in rows:
            value = row[name] or None
            row[name] = convert(value) if convert and value is not None else value
    else:
        kind = "text"
        for row in rows:
            row[name] = None if row[name] == "" else row[name]
    return Column(name, kind, title or name)


_CONVERT: dict[ColumnType, Callable[[str], Any]] = {
    "integer": int,
    "number": float,
    "boolean": lambda text: _TRUTH[text.casefold()],
}


def text_type(name: str, present: list[str]) -> ColumnType:
    """Return the narrowest type that fits every text of a column, blanks left out."""
    if not present:
        return "text"
    if all(_DATE.fullmatch(value) and is_date(value) for value in present):
        return "date"
    if all(value.casefold() in _TRUTH for value in present):
        return "boolean"
    coordinate = coordinate_role(name) in ("lat", "lon", "x", "y")
    if is_code(name) or not all(_NUMBER.fullmatch(value) for value in present):
        return "text"
    if not coordinate and {float(value) for value in present} <= {0.0, 1.0}:
        return "text"
    return "integer" if all(_INTEGER.fullmatch(value) for value in present) else "number"


def is_date(value: str) -> bool:
    """Say whether a text is a day of the calendar, as ISO 8601 writes it."""
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
