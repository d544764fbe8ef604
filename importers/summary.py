"""What an import comes to: counts, problems by kind, moves, columns that differ."""

from collections.abc import Mapping
from typing import Any

from django.db import connection

from importers.messages import message
from importers.models import Import
from importers.outcome import problem_of
from importers.sides import FACTS, titles

_FIRST_ROWS = 10
_PROBLEMS = """
    SELECT code, severity, count(*), (array_agg("row" ORDER BY "row"))[1:%s], min(id)
    FROM importers_importproblem WHERE import_of_id = %s
    GROUP BY code, severity ORDER BY severity = 'warning', count(*) DESC, code
"""
_REPAIRED = """
    SELECT count(*), coalesce(sum((params ->> 'before')::float8), 0),
           coalesce(sum((params ->> 'after')::float8), 0)
    FROM importers_importproblem WHERE import_of_id = %s AND code = 'polygon_repaired'
"""


def summary(act: Import) -> dict[str, Any]:
    """Return what an import comes to, as plain JSON in the reader's language.

    "counts" {read, new, changed, unchanged, missing, hanging, rejected; once written with leave to
    remove: removed, kept}, "problems" [{code, severity, count, rows (the first), message (of the
    first)}], "repaired" {count, before_m2, after_m2}, "outside_city" {count, total} or None,
    "moves" {number, median_m, max_m}, "columns" [{kind, name, title, count}], "near" {pairs,
    stacked, complete} or None while nobody has looked (``preview.near_duplicates`` does).
    """
    details = act.found.get("difference", {})
    names = titles(act.found, act.layer)
    outside = act.problems.filter(code="outside_city").first()
    return {
        "counts": {**act.counts, "hanging": details.get("hanging", 0)},
        "problems": _problems(act),
        "repaired": _repaired(act),
        "outside_city": outside and {name: outside.params.get(name) for name in ("count", "total")},
        "moves": details.get("moves", {"number": 0, "median_m": None, "max_m": None}),
        "columns": [{**c, "title": _title(c, names)} for c in details.get("columns", [])],
        "near": details.get("near"),
    }


def _title(column: Mapping[str, Any], names: Mapping[str, str]) -> str:
    name = column["name"]
    return str(FACTS[name]) if column["kind"] == "fact" else names.get(name, name)


def _problems(act: Import) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_PROBLEMS, [_FIRST_ROWS, act.pk])
        groups = cursor.fetchall()
    first = act.problems.in_bulk([group[4] for group in groups])
    return [
        {
            "code": code, "severity": severity, "count": count,
            "rows": [row for row in rows if row is not None],
            "message": message(problem_of(first[problem])),
        }
        for code, severity, count, rows, problem in groups
    ]  # fmt: skip


def _repaired(act: Import) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_REPAIRED, [act.pk])
        count, before, after = cursor.fetchone()
    return {"count": count, "before_m2": round(before, 1), "after_m2": round(after, 1)}
