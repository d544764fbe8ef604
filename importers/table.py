"""What every reader returns: rows as they stand in the file, and where they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self

import numpy as np
import numpy.typing as npt

from importers.columns import Values
from importers.problems import Evidence, Problem

ColumnType = Literal["text", "integer", "number", "boolean", "date"]
Row = dict[str, Any]
Geometries = npt.NDArray[np.object_]
"""An array of shapely geometries, None where a row has no readable geometry."""

BATCH = 50_000
"""Rows whose geometries are held at once."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the source: its name as it stands there, its type, and a label for people."""

    name: str
    type: ColumnType
    title: str
    label: bool = False
    """The publisher marked this column as the one to label the map with."""


class Shapes(Protocol):
    """The geometries of a table, read in batches, as often as they are asked for."""

    def batches(self) -> list[slice]:
        """Return the rows of each batch, in order: at most BATCH in one."""
        ...

    def geometries(self, number: int) -> tuple[Geometries, list[Problem]]:
        """Return a batch's geometries, and what can't be read."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """Geometries that are in memory."""

    objects: Geometries

    def batches(self) -> list[slice]:
        """Return slices of them."""
        return slices(len(self.objects))

    def geometries(self, number: int) -> tuple[Geometries, list[Problem]]:
        """Return the geometries of one of them."""
        return self.objects[self.batches()[number]], []


def slices(count: int) -> list[slice]:
    """Return ``count`` rows in batches."""
    return [slice(start, min(start + BATCH, count)) for start in range(0, count, BATCH)]


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows before any rule was applied.

    ``values`` are the columns by name. ``row_numbers`` count as the person sees the file: the row
    of the spreadsheet for CSV (the header is row 1), the record for a shapefile, the feature for
    GeoJSON (both from 1). ``shapes`` are in the source's own CRS, x (east, or longitude) first;
    None stands for a file whose rows carry no geometry at all.
    """

    format: str
    display_name: str
    columns: tuple[Column, ...]
    values: dict[str, Values]
    row_numbers: npt.NDArray[np.int64]
    shapes: Shapes | None
    encoding: Evidence
    crs: Evidence | None
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of_rows(
        cls,
        format_name: str,
        display_name: str,
        columns: tuple[Column, ...],
        rows: Sequence[Row],
        row_numbers: Sequence[int],
        geometries: Geometries | None,
        encoding: Evidence,
        crs: Evidence | None,
        problems: list[Problem],
    ) -> Self:
        """Return a table of rows that are in memory, as name → JSON value."""
        values = {c.name: Values.of([row.get(c.name) for row in rows]) for c in columns}
        numbers = np.array(row_numbers, np.int64)
        shapes = None if geometries is None else Held(geometries)
        return cls(
            format_name, display_name, columns, values, numbers, shapes, encoding, crs, problems
        )

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.row_numbers)

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [column.name for column in self.columns]

    def row(self, index: int) -> Row:
        """Return one row (counted from 0) as name → JSON value."""
        one = slice(index, index + 1)
        return {name: values.taken(one).pylist()[0] for name, values in self.values.items()}


def one_line(value: Any) -> str:
    """Return a cell as one line of text without blanks around it; "" for what is no text."""
    if value is None or isinstance(value, bool | list):
        return ""
    return re.sub(r"[\r\n\t]+", " ", str(value)).strip(" \u3000")


def typed(values: Sequence[Any]) -> ColumnType:
    """Return the narrowest type that fits every value present (None is absent)."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "integer"
    if kinds and kinds <= {int, float}:
        return "number"
    return "text"
