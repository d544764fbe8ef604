"""A column's type, once it is known, decides how its cells are kept: not the next file's cells.

A reader that types a column by what its cells happen to be turns 30 into a number in one edition
and into text in the next, because one cell says 30名: every row would seem changed. So a column
that a profile has a rule for, or that the layer holds already, keeps its type.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from importers.problems import Problem, warning
from importers.table import ColumnType, typed
from importers.values import Rule
from importers.values.cell import shown

# The form in which a reader takes a cell for a number; a code's leading zero makes it text.
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?")
_TYPES: frozenset[str] = frozenset(get_args(ColumnType))
_RULE_TYPES: dict[Rule, ColumnType] = {"number": "number", "date": "date"}


def known_types(schema: Iterable[Mapping[str, Any]]) -> dict[str, ColumnType]:
    """Return the type of each column that a layer's schema knows, by name."""
    return {
        str(column["name"]): column["type"]
        for column in schema
        if column.get("type") in _TYPES and "name" in column
    }


def rule_type(rule: Rule | None, values: Sequence[Any]) -> ColumnType | None:
    """Return the type of a column that a rule has read, None for a column without one."""
    if rule is None:
        return None
    found = _RULE_TYPES.get(rule, "text")
    return "integer" if found == "number" and typed(list(values)) == "integer" else found


def as_known(
    kind: ColumnType, name: str, values: Sequence[Any], rows: Sequence[int]
) -> tuple[list[Any], list[Problem]]:
    """Return a column's cells as its known type keeps them; what does not fit stays and is told.

    A number among text becomes text, a text that is a number becomes one in a column of numbers.
    """
    kept: list[Any] = []
    problems: list[Problem] = []
    for value, row in zip(values, rows, strict=True):
        fitted = _fitted(kind, value)
        kept.append(fitted)
        if kind in ("integer", "number") and isinstance(fitted, str) and fitted:
            problems.append(warning("number_kept_as_text", row, name, text=shown(fitted)))
    return kept, problems


def _fitted(kind: ColumnType, value: Any) -> Any:
    if kind == "text" and isinstance(value, int | float) and not isinstance(value, bool):
        whole = isinstance(value, float) and value.is_integer()
        return str(int(value) if whole else value)
    if kind in ("integer", "number") and isinstance(value, str):
        text = value.strip()
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _NUMBER.fullmatch(text) else value
    return value
