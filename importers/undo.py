"""What undoing a change set would do, before it is done; the same pages as for an import.

The doing is ``layers.changes.undo``.
"""

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from importers import drawing
from importers.preview import relation_names
from importers.sides import Page, Picked, RowChange, place_in, row_changes, titles
from importers.statements import statement
from layers.models import ChangeSet, Feature

SHOWN_CONFLICTS = 100

_OPERATIONS = {"new": "delete", "changed": "update", "missing": "insert"}
"""What undoing each kind of change makes of it: what was removed comes back as new."""

# An act by hand may touch a feature more than once: what it comes to counts (sql/net_changes.sql).
_COUNTS = """
    SELECT net, count(*) FROM ({net_changes}) c WHERE net IS NOT NULL GROUP BY net
"""
_REASONS = """
    WITH reasons AS MATERIALIZED (SELECT * FROM layers_undo_reasons(%s))
    SELECT (SELECT count(DISTINCT feature_id) FROM reasons), r.* FROM reasons r
    ORDER BY key, reason, detail LIMIT %s
"""


def undo_summary(change_set: ChangeSet) -> dict[str, Any]:
    """Return what undoing a change set would do now, as plain JSON in the reader's language.

    "counts" {new: come back, changed: change back, missing: go}, "undone_by" (the id of the change
    set that undid it before, or None), "conflicts" {count: features with something in the way,
    listed: the first SHOWN_CONFLICTS as {feature_id, key, name, reason, detail, message}} and
    "possible".
    """
    undone_by = ChangeSet.objects.filter(undoes=change_set).values_list("pk", flat=True).first()
    # What was undone is as it was before: that "it changed since" would be no news.
    count, listed = (0, []) if undone_by else _conflicts(change_set)
    return {
        "counts": _counts(change_set),
        "undone_by": undone_by,
        "conflicts": {"count": count, "listed": listed},
        "possible": not undone_by and not count,
    }


def _counts(change_set: ChangeSet) -> dict[str, int]:
    operations = change_set.counts
    if change_set.act == ChangeSet.Act.EDIT:
        with connection.cursor() as cursor:
            query = _COUNTS.format(net_changes=statement("net_changes"))
            cursor.execute(query, {"change_set": change_set.pk})
            operations = dict(cursor.fetchall())
    return {verdict: int(operations.get(of, 0)) for verdict, of in _OPERATIONS.items()}


def _conflicts(change_set: ChangeSet) -> tuple[int, list[dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, [change_set.pk, SHOWN_CONFLICTS])
        rows = cursor.fetchall()
    ids = [row[1] for row in rows]
    names = dict(Feature.objects.filter(pk__in=ids).values_list("pk", "name"))
    listed = [
        {
            "feature_id": feature_id, "key": key, "name": names.get(feature_id, ""),
            "reason": reason, "detail": detail, "message": conflict_message(reason, detail),
        }
        for _count, feature_id, key, reason, detail in rows
    ]  # fmt: skip
    return (rows[0][0] if rows else 0), listed


def conflict_message(reason: str, detail: str) -> str:
    """Return why a feature can't be brought back (``layers.changes.Conflict``), and what to do."""
    if reason == "hanging":
        relation = relation_names([detail])[0]
        return _(
            "%(relation)s refer to it, so it can't be removed. Remove those first, or keep it."
        ) % {"relation": relation}
    if reason == "taken":
        return _(
            "Its key is used by another place by now (number %(feature)s). Remove or re-key that "
            "one first."
        ) % {"feature": detail}
    if reason == "removed":
        return _("It was removed since, by change set %(change_set)s. Undo that one first.") % {
            "change_set": detail
        }
    return _("It was changed since, by change set %(change_set)s. Undo that one first.") % {
        "change_set": detail
    }


def undo_changes(
    change_set: ChangeSet, verdict: str, page: int = 1, per_page: int = 50, order: str = "row"
) -> Page[RowChange]:
    """Return a page of what an undo would do, of one verdict (``undo_summary``'s counts).

    The "before" of a cell is what is now, the "after" what it was before the act. ``order`` is
    "row" (in which the act wrote them) or "key".
    """
    number, part = place_in(_counts(change_set)[verdict], page, per_page)
    sql = statement(
        "undo_rows",
        net_changes=statement("net_changes"),
        order="c.key, c.id" if order == "key" else "c.id",
        part="LIMIT %(limit)s OFFSET %(offset)s",
    )
    parameters = {"change_set": change_set.pk, "operation": _OPERATIONS[verdict], **part}
    rows = row_changes(Picked(sql, parameters), titles(change_set.source, change_set.layer))
    return Page(rows, number, per_page, _counts(change_set)[verdict])


def undo_geometry(
    change_set: ChangeSet, limit: int = 2000, bbox: drawing.Box | None = None
) -> dict[str, Any]:
    """Return what an undo would move, bring back and take away (``preview.geometry_changes``)."""
    return drawing.recorded(change_set.pk, _counts(change_set), limit, bbox, undone=True)
