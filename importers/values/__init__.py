"""Value rules: what the cells of a column say, in one form, and what could not be read.

The one rule for what is stored: **a property holds the cell as it stands, unless its column has a
rule and the rule reads the whole cell.** Then it holds the reading in the rule's one form. Where
the two differ in more than spelling (``cell.spelled_alike``), the cell is kept beside it, in the
property ``SOURCES``; so nothing that a publisher wrote is ever lost. A cell that a rule can't read
whole stays as it is, and is told. A flag always stays as it is (○, 1.0 and 有 mean something to
people); ``flags`` reads it where it is shown.

A rule applied to its own output changes nothing. Rules look at one column and never at rows.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, get_args

from importers.flags import flag, stated
from importers.problems import Problem, warning
from importers.values import codes, contacts, dates, lists, numbers, times
from importers.values.cell import CellReader, Read, is_blank, shown, spelled_alike

Rule = Literal[
    "designation",
    "flag",
    "weekdays",
    "time",
    "date",
    "number",
    "local_government",
    "corporate_number",
    "phones",
    "postal",
    "url",
    "list",
]
"""How a column's values are to be read.

``designation`` and ``flag`` differ in what blank means: not designated, and not known.
"""
RULES: tuple[Rule, ...] = get_args(Rule)

SOURCES = "原文"
"""The property that keeps, by column, the cells whose reading says it in another way.

It is no column of the source: left out of the layer's schema, and of the comparison of rows.
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """A column that was read.

    ``sources`` are the cells, by index, that differ from their reading in more than spelling.
    ``unit`` is that of the column's numbers, "" for none.
    """

    values: list[Any]
    problems: list[Problem] = field(default_factory=list)
    sources: dict[int, Any] = field(default_factory=dict)
    unit: str = ""


def read_column(
    rule: Rule,
    name: str,
    values: Sequence[Any],
    rows: Sequence[int],
    *,
    missing: Collection[str] = (),
    home: str = "",
    unit: str = "",
) -> Reading:
    """Return a column's values as a rule reads them.

    ``rows`` are the row numbers of the values, ``missing`` the texts that the publisher writes
    for "no value" (they become None), ``home`` the local government code of the city, ``unit``
    what the layer says the column's numbers count (without it: what most cells say). A cell that
    can't be read is told with its row, what was read otherwise than it stands once for the column.
    """
    present = [None if _is_missing(value, missing) else value for value in values]
    if rule == "number":
        unit = unit or numbers.column_unit(present)
    reader = _reader(rule, _distinct(present), home, unit)
    known: dict[tuple[type, str], _Cell] = {}
    read: list[Any] = []
    problems: list[Problem] = []
    sources: dict[int, Any] = {}
    changed: list[int] = []
    for index, (source, value, row) in enumerate(zip(values, present, rows, strict=True)):
        name_of_cell = (type(source), str(source))
        cell = known.get(name_of_cell)
        if cell is None:
            cell = known[name_of_cell] = _cell(source, *reader(value))
        read.append(cell.reading)
        if cell.problem is not None:
            problems.append(replace(cell.problem, row=row, field=name))
        if cell.changed:
            changed.append(index)
        if cell.kept:
            sources[index] = source
    if changed:
        first = min(sources, default=changed[0])
        problems.append(
            warning(
                "values_read",
                None,
                name,
                count=len(changed),
                text=shown(values[first]),
                value="–" if read[first] is None else shown(read[first]),
            )
        )
    return Reading(read, problems, sources, unit if rule == "number" else "")


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell that was read; ``changed``: people see another text, ``kept``: it stays beside it."""

    reading: Any
    problem: Problem | None
    changed: bool
    kept: bool


def _cell(source: Any, reading: Any, problem: Problem | None) -> _Cell:
    if type(reading) is type(source) and reading == source:
        return _Cell(reading, problem, changed=False, kept=False)
    changed = reading is None or str(reading) != str(source)
    return _Cell(reading, problem, changed, kept=not spelled_alike(source, reading))


def _distinct(values: Sequence[Any]) -> list[Any]:
    """Return the values each once; what a column says does not depend on how often."""
    return list({(type(value), str(value)): value for value in values}.values())


def _reader(rule: Rule, values: Sequence[Any], home: str, unit: str) -> CellReader:
    """Return the function that reads a cell, with what the rest of the column says about it."""
    if rule == "number":
        return partial(_in_unit, unit=unit)
    if rule == "list":
        return partial(lists.listed, marks=lists.separators(values))
    if rule == "local_government":
        return partial(codes.local_government, lost=codes.lost_in(values), home=home)
    return _READERS[rule]


def _in_unit(value: Any, unit: str) -> Read:
    if problem := numbers.other_unit(value, unit):
        return value, problem
    return numbers.read(value)


def _flag(value: Any, reads: Callable[[object], bool | None] = flag) -> Read:
    """Return the cell as it is, with a problem where it says neither yes nor no."""
    if is_blank(value) or reads(value) is not None:
        return value, None
    return value, warning("flag_unclear", None, None, value=shown(value))


_READERS: dict[Rule, CellReader] = {
    "designation": _flag,
    "flag": partial(_flag, reads=stated),
    "weekdays": times.weekdays,
    "time": times.read,
    "date": dates.read,
    "corporate_number": codes.corporate_number,
    "phones": lists.phones,
    "postal": contacts.postal,
    "url": contacts.url,
}


def _is_missing(value: Any, missing: Collection[str]) -> bool:
    if not missing or value is None or isinstance(value, bool | list):
        return False
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    return str(whole).strip() in missing
