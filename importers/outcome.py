"""What an import found and did, as one JSON object in the reader's language (docs/import.md)."""

from typing import Any

from importers.messages import message
from importers.models import Import, ImportProblem
from importers.problems import Evidence, FileRefused, Problem, Severity

_DECISIONS = ("encoding", "crs", "key")


def outcome(act: Import) -> dict[str, Any]:
    """Return what was found out, the counts, every problem with its sentence, and the change set.

    Of an import that was refused, or waits for an answer, file and refusal.
    """
    if refusal := refusal_of(act):
        problem = {
            "row": None, "field": None, "code": refusal.code, "message": message(refusal)
        }  # fmt: skip
        return {"file": act.file_name, "problems": [problem]}
    return {
        **with_reasons(act.found),
        "counts": act.counts,
        "problems": [
            {"row": p.row, "field": p.field, "code": p.code, "message": message(p)}
            for p in map(problem_of, act.problems.order_by("pk"))
        ],
        "change_set": act.change_set_id,
    }


def with_reasons(found: dict[str, Any]) -> dict[str, Any]:
    """Return what was found out with a sentence ("evidence") for each decision."""
    told = {
        name: {**found[name], "evidence": message(_evidence(found[name]))} for name in _DECISIONS
    }
    return {**found, **told}


def _evidence(decision: dict[str, Any]) -> Evidence:
    return Evidence(decision["name"], decision["code"], decision["params"])


def refusal_of(act: Import) -> FileRefused | None:
    """Return why an import was refused or what it asks, or None."""
    return FileRefused(act.refusal["code"], act.refusal["params"]) if act.refusal else None


def problem_of(row: ImportProblem) -> Problem:
    """Return a stored problem as the importers' own."""
    return Problem(row.row, row.field or None, row.code, Severity(row.severity), row.params)
