"""A table whose columns were read by the rules of its profile."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from importers.columns import Values
from importers.problems import Problem
from importers.profiles import Profile
from importers.table import Column, ColumnType, Table
from importers.values import SOURCES, read_column
from importers.values.kinds import as_known, rule_type


@dataclass(frozen=True, slots=True)
class Ruled:
    """A table after its rules. ``units`` are those of its numbers, by column."""

    table: Table
    problems: list[Problem] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    sources: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By row (from 0): the cells that say it in another way than what was read of them."""

    def source_members(self, start: int, stop: int) -> pa.Array | None:
        """Return the member 原文 of some rows' JSON objects, "" for none; None without any."""
        if not self.sources:
            return None
        texts = [
            f",{json.dumps(SOURCES, ensure_ascii=False)}:"
            + json.dumps(self.sources[row], ensure_ascii=False)
            if row in self.sources
            else ""
            for row in range(start, stop)
        ]
        return pa.array(texts, pa.string())


def ruled(
    table: Table,
    profile: Profile,
    home: str = "",
    types: Mapping[str, ColumnType] | None = None,
    units: Mapping[str, str] | None = None,
) -> Ruled:
    """Return a table as the rules of a profile read it (``values``), with what is to be told.

    ``home`` is the city's local government code, ``types`` and ``units`` what the layer says of its
    columns: a column without a rule keeps its type, whatever this file's cells look like.
    """
    rules, missing = profile.rules(table.names), profile.missing_values(table.names)
    found = Ruled(table, profile.told())
    values, columns = dict(table.values), list(table.columns)
    numbers = table.row_numbers.tolist()
    for index, column in enumerate(columns):
        rule = rules.get(column.name)
        if rule is None:
            known = (types or {}).get(column.name, column.type)
            if known == column.type:
                continue
            kept, told = as_known(known, column.name, table.values[column.name].pylist(), numbers)
            found.problems.extend(told)
            values[column.name] = Values.of(kept)
            columns[index] = replace(column, type=known)
            continue
        cells = table.values[column.name].pylist()
        reading = read_column(
            rule,
            column.name,
            cells,
            numbers,
            missing=missing.get(column.name, ()),
            home=home,
            unit=(units or {}).get(column.name, ""),
        )
        found.problems.extend(reading.problems)
        if reading.unit:
            found.units[column.name] = reading.unit
        for row, cell in reading.sources.items():
            found.sources.setdefault(row, {})[column.name] = cell
        if reading.values != cells:
            values[column.name] = Values.of(reading.values)
        kind = rule_type(rule, reading.values) or column.type
        columns[index] = Column(column.name, kind, column.title, column.label)
    return replace(found, table=replace(table, values=values, columns=tuple(columns)))
