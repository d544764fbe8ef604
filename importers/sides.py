"""Rows with both their sides: what a feature is and what it would become, cell by cell and drawn.

Previews of imports, their history and previews of undoing them show the same things; they differ
only in the query that picks the rows (``Picked``).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from importers.statements import statement
from layers.models import Feature, Layer

Row = TypeVar("Row")

FACTS = {
    "key": gettext_lazy("key"),
    "name": gettext_lazy("name"),
    "name_kana": gettext_lazy("name in kana"),
    "name_en": gettext_lazy("name in English"),
    "address": gettext_lazy("address"),
    "provenance": gettext_lazy("how the position is known"),
    "geometry": gettext_lazy("position and shape"),
}
"""What a feature is besides its columns, by the names ``layers_facts`` gives them."""


class Cell(NamedTuple):
    """One difference. ``column`` is the source's name, or "@" and the fact (``FACTS``)."""

    column: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """One feature that changes. ``row`` is None where the change does not come from a file.

    ``cells`` of a new or removed feature are all it has, one side blank. ``moved_m`` is how far its
    middle moved in metres, None where its geometry stays.
    """

    row: int | None
    key: str
    name: str
    feature_id: int | None
    cells: list[Cell]
    moved_m: float | None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some of many rows; ``number`` counts from 1."""

    rows: list[Row]
    number: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(-(-self.total // self.per_page), 1)


class Picked(NamedTuple):
    """A query for rows with both sides (sql/pages.sql says its columns) and its parameters."""

    sql: str
    parameters: dict[str, Any]


def place_in(total: int, page: int, per_page: int) -> tuple[int, dict[str, int]]:
    """Return a page's number, moved to one that there is, and its limit and offset."""
    pages = max(-(-total // per_page), 1)
    number = min(max(page, 1), pages)
    return number, {"limit": per_page, "offset": (number - 1) * per_page}


def titles(found: Mapping[str, Any], layer: Layer | None) -> dict[str, str]:
    """Return what columns are called for people, in the order of the file and then the layer."""
    names: dict[str, str] = {}
    for column in [*found.get("columns", []), *(layer.schema if layer else [])]:
        names.setdefault(column["name"], column.get("title") or column["name"])
    return names


def row_changes(picked: Picked, names: Mapping[str, str]) -> list[RowChange]:
    """Return the picked rows; ``names`` are the columns' titles (``titles``)."""
    with connection.cursor() as cursor:
        cursor.execute(statement("pages", picked=picked.sql), picked.parameters)
        return [_row_change(row, names) for row in cursor.fetchall()]


def streamed(picked: Picked, names: Mapping[str, str]) -> Iterator[RowChange]:
    """Yield the picked rows, few at a time in memory, however many there are."""
    for row in fetched(statement("pages", picked=picked.sql), picked.parameters):
        yield _row_change(row, names)


def fetched(sql: str, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield a query's rows from a cursor of the database's, 2,000 at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(2000):
            yield from rows


def _row_change(row: tuple[Any, ...], names: Mapping[str, str]) -> RowChange:
    number, key, name, feature_id, columns, facts, before, after, moved = row
    cells = _cells(_loaded(columns), _loaded(facts), names)
    if before or after:
        cells.append(_geometry_cell(before, after, moved))
    return RowChange(number, key, name, feature_id, cells, moved)


def _loaded(cells: Any) -> list[list[str | None]]:
    return (json.loads(cells) if isinstance(cells, str) else cells) or []


def _cells(
    columns: list[list[str | None]], facts: list[list[str | None]], names: Mapping[str, str]
) -> list[Cell]:
    """Return cells in the columns' order, facts first.

    A fact that just repeats a column (the name, mostly) is told by that column alone. Of a row that
    has one side only, what it has.
    """
    if any(name == "key" and None in (before, after) for name, before, after in facts):
        columns = [cell for cell in columns if cell[1] or cell[2]]
        facts = [cell for cell in facts if cell[0] != "key"]
    order = {name: place for place, name in enumerate(names)}
    told = {(before or "", after or "") for name, before, after in columns if name in names}
    cells = [
        Cell(f"@{fact}", str(FACTS[fact]), _fact(fact, before), _fact(fact, after))
        for fact in FACTS
        for name, before, after in facts
        if name == fact and (before or "", after or "") not in told and (before or after)
    ]
    ordered = sorted(columns, key=lambda cell: order.get(str(cell[0]), len(order)))
    return cells + [
        Cell(str(name), names.get(str(name), str(name)), before or "", after or "")
        for name, before, after in ordered
    ]


def _fact(fact: str, value: str | None) -> str:
    if fact == "provenance" and value:
        return str(dict(Feature.Provenance.choices).get(value, value))
    return value or ""


def _geometry_cell(
    before: list[float] | None, after: list[float] | None, moved: float | None
) -> Cell:
    """Return where a geometry was and is: points by coordinates, lines by length, areas by area."""
    place = place_text(after)
    if moved is not None:
        place = _("%(place)s (moved by %(metres)s m)") % {
            "place": place, "metres": metres(moved)
        }  # fmt: skip
    return Cell("@geometry", str(FACTS["geometry"]), place_text(before), place)


def place_text(place: list[float] | None) -> str:
    """Return a place (``importers_place`` in sql/functions.sql) in words; "" for None."""
    if place is None:
        return ""
    dimension, *figures = place
    if dimension == 0:
        return f"{figures[0]:.6f}, {figures[1]:.6f}"
    if dimension == 1:
        return _("%(metres)s m long") % {"metres": metres(figures[0])}
    return _("%(area)s m²") % {"area": metres(figures[0])}


def metres(value: float) -> str:
    """Return metres (or square metres) to a tenth, above a hundred to the whole metre."""
    return f"{value:,.1f}" if abs(value) < 100 else f"{value:,.0f}"
