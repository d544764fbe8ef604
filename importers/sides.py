"""Rows with both their sides: what a feature is and what it would become, cell by cell."""

from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from django.utils.translation import gettext_lazy

Row = TypeVar("Row")

FACTS = {
    "name": gettext_lazy("name"),
    "name_kana": gettext_lazy("name in kana"),
    "name_en": gettext_lazy("name in English"),
    "address": gettext_lazy("address"),
    "provenance": gettext_lazy("position"),
}


class Cell(NamedTuple):
    """One difference. ``column`` is the source's name, or "@" and the fact (``FACTS``)."""

    column: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """One feature that changes; ``moved_m`` is None where its geometry stays."""

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


def place_in(total: int, page: int, per_page: int) -> tuple[int, dict[str, int]]:
    """Return a page's number, moved to one that there is, and its limit and offset."""
    pages = max(-(-total // per_page), 1)
    number = min(max(page, 1), pages)
    return number, {"limit": per_page, "offset": (number - 1) * per_page}


def cells(
    titles: dict[str, str], old: dict[str, Any], new: dict[str, Any], mark: str = ""
) -> list[Cell]:
    """Return what differs between two sets of values."""
    names = [*new, *(name for name in old if name not in new)]
    return [
        Cell(f"{mark}{name}", titles.get(name, name), _text(old.get(name)), _text(new.get(name)))
        for name in names
        if (old.get(name) or None) != (new.get(name) or None)
    ]


def _text(value: Any) -> str:
    return "" if value is None else str(value)
