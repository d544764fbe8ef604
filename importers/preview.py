"""What an import would change (or, once written, did), row by row and drawn.

Every function answers for an import that is ready to confirm from its staging tables, and for one
that was written from the record of its change set and what the import kept (``remembered``).
"""

from dataclasses import asdict, dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

from importers import drawing
from importers.duplicates import NearPair, near_page, searched
from importers.models import Import
from importers.sides import Page, Picked, RowChange, place_in, row_changes, titles
from importers.staging import Staging
from importers.statements import statement
from importers.summary import summary

__all__ = [
    "Missing",
    "changes",
    "geometry_changes",
    "missing",
    "near_duplicates",
    "summary",
]

VERDICTS = ("new", "changed", "unchanged", "missing")
REMEMBERED = 1000
"""How many features that a file does not mention an import keeps the names of, once written:
those with something hanging on them first."""

_OPERATIONS = {"new": "insert", "changed": "update", "missing": "delete"}
_ORDERS = {
    "row": 'd."row", d.key',
    "key": 'd.key, d."row"',
    "moved": 'd.moved_m DESC NULLS LAST, d."row", d.key',
}
_DIFFERING = "SELECT * FROM {diff} WHERE verdict = %(verdict)s"
# What is the same stands in no line of the table of verdicts.
_UNCHANGED = """
    SELECT r."row", r.key, f.id AS feature_id, NULL::float8 AS moved_m
    FROM {rows} r JOIN layers_feature f ON f.layer_id = %(layer)s AND f.key = r.key
    WHERE NOT EXISTS (SELECT 1 FROM {diff} c WHERE c."row" = r."row")
"""
_PAGE = "LIMIT %(limit)s OFFSET %(offset)s"


# -- row by row -------------------------------------------------------------------------------


def changes(
    act: Import, verdict: str, page: int = 1, per_page: int = 50, order: str = "row"
) -> Page[RowChange]:
    """Return a page of the rows of one verdict (``VERDICTS``) with what each would change.

    ``order`` is "row", "key", or "moved" (farthest first; of an import that was written, as "row").
    Of an import that was written there are no unchanged rows, and the missing are those removed.
    """
    total = number_of(act, verdict)
    number, part = place_in(total, page, per_page)
    picked = picked_rows(act, verdict, order, _PAGE)
    picked.parameters.update(part)
    return Page(row_changes(picked, titles(act.found, act.layer)), number, per_page, total)


def number_of(act: Import, verdict: str) -> int:
    """Return how many rows ``changes`` has of a verdict."""
    if not written(act):
        return int(act.counts.get(verdict, 0))
    counts = act.change_set.counts if act.change_set else {}
    return int(counts.get(_OPERATIONS.get(verdict, ""), 0))


def written(act: Import) -> bool:
    """Say whether an import was written, so that only the record tells of it."""
    return act.state == Import.State.APPLIED


def picked_rows(act: Import, verdict: str, order: str = "row", part: str = "") -> Picked:
    """Return the query for the rows of a verdict; ``part`` is SQL that limits it."""
    if written(act):
        by = "c.key, c.id" if order == "key" else "c.id"
        return Picked(
            statement("recorded_rows", order=by, part=part),
            {"change_set": act.change_set_id, "operation": _OPERATIONS.get(verdict, "")},
        )
    staging = Staging(act.pk)
    rows = _UNCHANGED if verdict == "unchanged" else _DIFFERING
    of = rows.format(rows=staging.rows, diff=staging.diff)
    sql = statement("staged_rows", staging, of=of, order=_ORDERS[order], part=part)
    return Picked(sql, {"verdict": verdict, "layer": act.layer_id})


# -- on the map -------------------------------------------------------------------------------


def geometry_changes(
    act: Import, limit: int = 2000, bbox: drawing.Box | None = None
) -> dict[str, Any]:
    """Return what moves, comes and goes as a GeoJSON FeatureCollection of at most ``limit``.

    Properties: state (old and new of what moves, added, removed: what the file does not mention),
    row, key, name, feature, moved_m, hanging. Where there is more, the farthest moves are drawn,
    and of the rest a sample, always the same. ``bbox``: only what touches it, before or after.
    """
    moves = act.found.get("difference", {}).get("moves", {}).get("number", 0)
    sizes = {"changed": moves, "new": number_of(act, "new"), "missing": number_of(act, "missing")}
    if written(act):
        return drawing.recorded(act.change_set_id, sizes, limit, bbox)
    return drawing.staged(Staging(act.pk), sizes, limit, bbox)


# -- what the file does not mention -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Missing:
    """A feature that the file does not mention; ``hanging`` names what hangs on it, in words.

    ``removed`` says that the import took it away; never where something hangs on it.
    """

    feature_id: int
    key: str
    name: str
    hanging: list[str]
    removed: bool = False


def missing(act: Import, page: int = 1, per_page: int = 50) -> Page[Missing]:
    """Return a page of the features that the file does not mention, those in use first.

    Of an import that was written: what it kept, as far as it remembers (``REMEMBERED``), then what
    it removed.
    """
    if not written(act):
        total = number_of(act, "missing")
        number, part = place_in(total, page, per_page)
        return Page([_kept(f) for f in unmentioned(act, **part)], number, per_page, total)
    kept = [_kept(f) for f in act.found.get("missing", [])]
    total = len(kept) + number_of(act, "missing")
    number, part = place_in(total, page, per_page)
    first, last = part["offset"], part["offset"] + per_page
    rows = kept[first:last]
    if len(rows) < per_page and act.change_set:
        removed = act.change_set.changes.filter(operation="delete").order_by("key", "pk")
        removed = removed.defer("before_geom")
        first, last = max(first - len(kept), 0), max(last - len(kept), 0)
        rows += [
            Missing(change.feature_id, change.key, (change.before or {})["name"], [], True)
            for change in removed[first:last]
        ]
    return Page(rows, number, per_page, total)


def unmentioned(
    act: Import, limit: int | None = REMEMBERED, offset: int = 0
) -> list[dict[str, Any]]:
    """Return the features that a staged file does not mention, those in use first, as plain JSON.

    {feature_id, key, name, hanging: tables}. What was removed meanwhile is left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement("missing", Staging(act.pk)), {"limit": limit, "offset": offset})
        names = ("feature_id", "key", "name", "hanging")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def remembered(act: Import) -> dict[str, Any]:
    """Return what a report of later needs and no change set tells, as an import is written."""
    near = act.found["difference"].get("near")
    pairs = near_page(Staging(act.pk), act.layer, near["pairs"], 1, REMEMBERED).rows if near else []
    return {
        "missing": unmentioned(act) if act.counts["missing"] else [],
        "near": [asdict(pair) for pair in pairs],
    }


def _kept(facts: dict[str, Any]) -> Missing:
    return Missing(**{**facts, "hanging": relation_names(facts["hanging"])})


def relation_names(relations: list[str]) -> list[str]:
    """Return what tables hold, in words where Django knows them (a model's plural name)."""
    known: dict[str, type[models.Model]] = {m._meta.db_table: m for m in apps.get_models()}
    names = []
    for relation in relations:
        table = relation.rpartition(".")[2].strip('"')
        names.append(str(known[table]._meta.verbose_name_plural) if table in known else relation)
    return names


# -- what lies near ---------------------------------------------------------------------------


def near_duplicates(act: Import, page: int = 1, per_page: int = 50) -> Page[NearPair]:
    """Return a page of the new rows that something alike lies near (``near.near_pairs``).

    Looks for them where nobody has: some seconds for a million rows, once. An import that was
    written remembers some (``REMEMBERED``).
    """
    if written(act):
        pairs = [NearPair(**pair) for pair in act.found.get("near", [])]
        number, part = place_in(len(pairs), page, per_page)
        shown = pairs[part["offset"] : part["offset"] + per_page]
        return Page(shown, number, per_page, len(pairs))
    details = act.found["difference"]
    if "near" not in details:
        with connection.cursor() as cursor:
            details["near"] = searched(cursor, Staging(act.pk))
        act.save(update_fields=["found", "updated_at"])
    return near_page(Staging(act.pk), act.layer, details["near"]["pairs"], page, per_page)
