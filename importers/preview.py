"""What an import would change, row by row and cell by cell, for the page that shows it."""

import json
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection
from django.utils.translation import gettext_lazy as _

from importers.messages import message
from importers.models import Import
from importers.outcome import problem_of
from importers.staging import Staging
from layers.models import ChangeSet, ChangeState

PER_PAGE = 50
FACTS = {
    "name": _("name"),
    "name_kana": _("name in kana"),
    "name_en": _("name in English"),
    "address": _("address"),
    "provenance": _("position"),
}
_REPAIRED, _OUTSIDE = ("polygon_repaired",), ("outside_city",)
_ORDERS = {"row": "r.row", "key": "r.key", "name": "r.name, r.row"}


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row and what it changes: cells as (column, title, before, after), metres moved."""

    row: int | None
    key: str
    name: str
    feature_id: int | None
    cells: list[tuple[str, str, Any, Any]]
    moved_m: float | None


class _Rows:
    """Rows of a query as a sequence: counted beforehand, fetched a slice at a time."""

    def __init__(self, number: int, sql: str, params: dict[str, Any], made: Any) -> None:
        self.number, self.sql, self.params, self.made = number, sql, params, made

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, part: slice) -> list[Any]:
        limits = {"n": part.stop - part.start, "start": part.start}
        found = _rows(f"{self.sql} LIMIT %(n)s OFFSET %(start)s", self.params | limits)
        return [self.made(*row) for row in found]


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _page(rows: _Rows, page: int | str | None, per_page: int) -> "Page[Any]":
    return Paginator(rows, per_page).get_page(page)  # type: ignore[arg-type]


_FACTS_SQL = """jsonb_build_object('name', {0}.name, 'name_kana', {0}.name_kana, 'name_en',
    {0}.name_en, 'address', {0}.address, 'provenance', {0}.provenance)"""


def changes(
    act: Import, verdict: str, page: int | str | None, per_page: int = PER_PAGE, order: str = "row"
) -> "Page[RowChange]":
    """Return a page of the rows that have a verdict (new, changed, unchanged)."""
    staging = Staging(act.pk)
    titles = {c["name"]: c.get("title") or c["name"] for c in act.found.get("columns", [])}

    def made(*found: Any) -> RowChange:
        row, key, name, feature_id, moved, *facts = found
        old, new, old_cells, new_cells = [json.loads(f) if f else {} for f in facts]
        cells = _cells({k: str(v) for k, v in FACTS.items()}, old, new)
        cells += _cells(titles, old_cells, new_cells)
        return RowChange(row, key, name, feature_id, cells, round(moved, 1) if moved else None)

    sql = f"""
        SELECT d.row, d.key, r.name, d.feature_id,
               ST_Distance(f.geom::geography, r.geom::geography),
               CASE WHEN f.id IS NOT NULL THEN {_FACTS_SQL.format("f")}::text END,
               {_FACTS_SQL.format("r")}::text, f.properties::text, r.properties::text
        FROM {staging.diff} d JOIN {staging.rows} r USING (row)
        LEFT JOIN layers_feature f ON f.id = d.feature_id
        WHERE d.verdict = %(verdict)s ORDER BY {_ORDERS.get(order, "r.row")}
    """  # noqa: S608  (names of our own tables)
    number = act.counts.get(verdict, 0)
    return _page(_Rows(number, sql, {"verdict": verdict}, made), page, per_page)


def _cells(
    titles: dict[str, str], old: dict[str, Any], new: dict[str, Any]
) -> list[tuple[str, str, Any, Any]]:
    names = [*new, *(name for name in old if name not in new)]
    return [
        (name, titles.get(name, name), old.get(name), new.get(name))
        for name in names
        if (old.get(name) or None) != (new.get(name) or None)
    ]


def geometry_changes(act: Import, limit: int = 2000) -> dict[str, Any]:
    """Return GeoJSON; properties: state (old new removed added), key, name, moved_m."""
    staging = Staging(act.pk)
    found = _rows(
        f"""
        SELECT CASE WHEN d.verdict = 'new' THEN 'added' ELSE 'new' END, d.key, r.name,
               CASE WHEN f.id IS NOT NULL
                    THEN ST_Distance(f.geom::geography, r.geom::geography) END,
               ST_AsGeoJSON(r.geom, 6), ST_AsGeoJSON(f.geom, 6)
        FROM {staging.diff} d JOIN {staging.rows} r USING (row)
        LEFT JOIN layers_feature f ON f.id = d.feature_id
        WHERE d.verdict = 'new' OR (d.verdict = 'changed' AND NOT f.geom = r.geom)
        ORDER BY 4 DESC NULLS LAST LIMIT %(limit)s
        """,  # noqa: S608
        {"limit": limit},
    )
    features = []
    for state, key, name, moved, after, before in found:
        facts = {"key": key, "name": name, "moved_m": round(moved, 1) if moved else None}
        if before:
            features.append(_feature("old", facts, before))
        features.append(_feature(state, facts, after))
    return {"type": "FeatureCollection", "features": features}


def _feature(state: str, facts: dict[str, Any], geometry: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"state": state, **facts},
        "geometry": json.loads(geometry),
    }


def summary(act: Import) -> dict[str, Any]:
    """Return what there is to know at a glance.

    ``counts``; ``problems``: a list of {code, severity, number, rows (the first), message};
    ``repaired``, ``outside``, ``near_duplicates``, ``missing``, ``hanging``: numbers;
    ``median_m``, ``max_m``: metres moved, None where nothing moved.
    """
    problems: dict[tuple[str, str], dict[str, Any]] = {}
    for each in act.problems.order_by("pk"):
        group = problems.setdefault(
            (each.severity, each.code),
            {
                "code": each.code,
                "severity": each.severity,
                "number": 0,
                "rows": [],
                "message": message(problem_of(each)),
            },
        )
        group["number"] += 1
        if each.row is not None and len(group["rows"]) < 10:
            group["rows"].append(each.row)
    staging = Staging(act.pk)
    median, most = _rows(
        f"""
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY m), max(m) FROM (
            SELECT ST_Distance(f.geom::geography, r.geom::geography) m
            FROM {staging.diff} d JOIN {staging.rows} r USING (row)
            JOIN layers_feature f ON f.id = d.feature_id
            WHERE d.verdict = 'changed' AND NOT f.geom = r.geom) moved
        """,  # noqa: S608
        {},
    )[0]
    number = {code: group["number"] for (_, code), group in problems.items()}
    return {
        "counts": act.counts,
        "problems": sorted(problems.values(), key=lambda group: group["severity"]),
        "repaired": sum(number.get(code, 0) for code in _REPAIRED),
        "outside": sum(number.get(code, 0) for code in _OUTSIDE),
        "near_duplicates": 0,
        "missing": act.counts.get("missing", 0),
        "hanging": _hanging(act),
        "median_m": median,
        "max_m": most,
    }


_MISSING = """
    SELECT f.id, f.key, f.name FROM layers_feature f
    WHERE f.layer_id = %(layer)s AND NOT EXISTS (SELECT 1 FROM {rows} r WHERE r.key = f.key)
"""


def _hanging(act: Import) -> int:
    if not act.counts.get("missing") or act.layer_id is None:
        return 0
    sql = f"""
        WITH missing AS ({_MISSING.format(rows=Staging(act.pk).rows)})
        SELECT count(DISTINCT feature_id)
        FROM layers_hanging((SELECT array_agg(id) FROM missing))
    """  # noqa: S608
    return int(_rows(sql, {"layer": act.layer_id})[0][0])


def missing(act: Import, page: int | str | None, per_page: int = PER_PAGE) -> "Page[RowChange]":
    """Return a page of the layer's features that the file does not mention."""
    sql = _MISSING.format(rows=Staging(act.pk).rows) + " ORDER BY f.key"

    def made(feature_id: int, key: str, name: str) -> RowChange:
        return RowChange(None, key, name, feature_id, [], None)

    number = act.counts.get("missing", 0)
    return _page(_Rows(number, sql, {"layer": act.layer_id}, made), page, per_page)


def near_duplicates(
    act: Import, page: int | str | None, per_page: int = PER_PAGE
) -> "Page[RowChange]":
    """Return a page of new rows that lie close to something of the same name."""
    return _page(_Rows(0, "", {}, RowChange), page, per_page)


def undo_summary(change_set: ChangeSet) -> dict[str, Any]:
    """Return what undoing would do.

    ``removed``, ``changed_back``, ``brought_back``: numbers of features; ``conflicts``: keys of
    those that changed since; ``rows``: the first of them as RowChange.
    """
    counts = change_set.counts
    conflicts = _rows("SELECT layers_undo_conflicts(%(of)s)", {"of": change_set.pk})
    states = ChangeState.objects.filter(change_set=change_set)[:PER_PAGE]
    return {
        "removed": counts.get("insert", 0),
        "changed_back": counts.get("update", 0),
        "brought_back": counts.get("delete", 0),
        "conflicts": [key for (key,) in conflicts],
        "rows": [_undone(state) for state in states],
    }


def _undone(state: ChangeState) -> RowChange:
    before, after = state.before or {}, state.after or {}
    cells = []
    if before and after:
        cells = _cells({k: str(v) for k, v in FACTS.items()}, _plain(after), _plain(before))
        cells += _cells({}, after.get("properties", {}), before.get("properties", {}))
    name = (after or before).get("name", "")
    return RowChange(None, state.key, name, state.feature_id, cells, None)


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: facts.get(name) for name in FACTS}
