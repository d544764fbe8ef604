"""What every reader returns: rows as they stand in the file, and where they are."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from importers.problems import Evidence, Problem

ColumnType = Literal["text", "integer", "number", "boolean", "date"]
Row = dict[str, Any]
Geometries = npt.NDArray[np.object_]
"""An array of shapely geometries, None where a row has no readable geometry."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the source: its name as it stands there, its type, and a label for people."""

    name: str
    type: ColumnType
    title: str
    label: bool = False
    """The publisher marked this column as the one to label the map with."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows before any rule was applied.

    ``rows`` map column names to JSON values. ``row_numbers`` count as the person sees the file:
    the row of the spreadsheet for CSV (the header is row 1), the record for a shapefile, the
    feature for GeoJSON (both from 1). ``geometries`` are in the source's own CRS, x (east, or
    longitude) first; None stands for a file whose rows carry no geometry at all.
    """

    format: str
    display_name: str
    columns: tuple[Column, ...]
    rows: list[Row]
    row_numbers: list[int]
    geometries: Geometries | None
    encoding: Evidence
    crs: Evidence | None
    problems: list[Problem] = field(default_factory=list)


def one_line(value: Any) -> str:
    """Return a cell as one line of text without blanks around it; "" for what is no text."""
    if value is None or isinstance(value, bool | list):
        return ""
    return re.sub(r"[\r\n\t]+", " ", str(value)).strip(" \u3000")


def typed(values: list[Any]) -> ColumnType:
    """Return the narrowest type that fits every value present (None is absent)."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "integer"
    if kinds and kinds <= {int, float}:
        return "number"
    return "text"
