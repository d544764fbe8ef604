"""The problems of an import: grouped by what is wrong, and one by one."""

from dataclasses import dataclass
from typing import Any

from importers.models import Import
from importers.outcome import problem_of
from importers.said import said
from importers.sides import Page, place_in

ROWS_SHOWN = 10


def groups(act: Import, counted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return problems by what is wrong (``summary``'s groups), each with a sentence for a page."""
    told = []
    for group in counted:
        found = act.problems.filter(code=group["code"], severity=group["severity"])
        first = found.order_by("pk").first()
        if first is not None:
            rows = found.filter(row__isnull=False).order_by("row").values_list("row", flat=True)
            words = {"sentence": said(problem_of(first)), "first_row": first.row}
            told.append({**group, **words, "rows": list(rows[:ROWS_SHOWN])})
    return told


@dataclass(frozen=True, slots=True)
class Told:
    """One problem with its sentence."""

    row: int | None
    sentence: str


def of_code(act: Import, code: str, page: int, per_page: int) -> Page[Told] | None:
    """Return a page of the problems of one code; None for no code."""
    if not code:
        return None
    found = act.problems.filter(code=code).order_by("row", "pk")
    total = found.count()
    number, part = place_in(total, page, per_page)
    shown = found[part["offset"] : part["offset"] + per_page]
    return Page([Told(each.row, said(problem_of(each))) for each in shown], number, per_page, total)
