"""The problems of an import: grouped by what is wrong, and one by one."""

from typing import Any

from django.db.models import Count, Min

from importers.models import Import, ImportProblem
from importers.outcome import problem_of
from importers.said import said
from importers.sides import Page, paged

ROWS_SHOWN = 10


def groups(act: Import) -> list[dict[str, Any]]:
    """Return what is wrong, errors first: code, severity, number, first rows, and the sentence."""
    found = (
        act.problems.order_by()
        .values("severity", "code")
        .annotate(number=Count("pk"), first=Min("pk"))
        .order_by("severity", "-number")
    )
    firsts = ImportProblem.objects.in_bulk([group["first"] for group in found])
    return [
        {
            **group,
            "first_row": firsts[group["first"]].row,
            "rows": _rows(act, group["code"]),
            "sentence": said(problem_of(firsts[group["first"]])),
        }
        for group in found
    ]


def _rows(act: Import, code: str) -> list[int | None]:
    rows = act.problems.filter(code=code, row__isnull=False).order_by("row")
    return list(rows.values_list("row", flat=True)[:ROWS_SHOWN])


def of_code(act: Import, code: str, page: int, per_page: int) -> Page[ImportProblem] | None:
    """Return a page of the problems of one code, each with its ``sentence``; None for no code."""
    if not code:
        return None
    found = act.problems.filter(code=code).order_by("row", "pk")
    shown = paged(found, page, per_page)
    for each in shown.rows:
        each.sentence = said(problem_of(each))
    return shown
