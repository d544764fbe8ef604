"""What an import would change, row by row and drawn."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from importers.messages import message
from importers.models import Import
from importers.outcome import problem_of
from importers.sides import FACTS, Page, RowChange, cells, place_in
from importers.staging import Staging

PER_PAGE = 50
_ORDERS = {"row": "r.row", "key": "r.key, r.row", "moved": "5 DESC NULLS LAST, r.row"}
_FACTS_SQL = """jsonb_build_object('name', {0}.name, 'name_kana', {0}.name_kana, 'name_en',
    {0}.name_en, 'address', {0}.address, 'provenance', {0}.provenance)"""
_MISSING = """
    SELECT f.id, f.key, f.name FROM layers_feature f
    WHERE f.layer_id = %(layer)s AND NOT EXISTS (SELECT 1 FROM {rows} r WHERE r.key = f.key)
"""


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def changes(
    act: Import, verdict: str, page: int = 1, per_page: int = PER_PAGE, order: str = "row"
) -> Page[RowChange]:
    """Return a page of the rows that have a verdict (new, changed, unchanged)."""
    staging, total = Staging(act.pk), int(act.counts.get(verdict, 0))
    number, part = place_in(total, page, per_page)
    sql = f"""
        SELECT d.row, d.key, r.name, d.feature_id,
               CASE WHEN NOT f.geom = r.geom
                    THEN ST_Distance(f.geom::geography, r.geom::geography) END,
               CASE WHEN f.id IS NOT NULL THEN {_FACTS_SQL.format("f")}::text END,
               {_FACTS_SQL.format("r")}::text, f.properties::text, r.properties::text
        FROM {staging.diff} d JOIN {staging.rows} r USING (row)
        LEFT JOIN layers_feature f ON f.id = d.feature_id
        WHERE d.verdict = %(verdict)s ORDER BY {_ORDERS[order]} LIMIT %(limit)s OFFSET %(offset)s
    """  # noqa: S608  (names of our own tables)
    titles = {c["name"]: c.get("title") or c["name"] for c in act.found.get("columns", [])}
    shown = []
    for row, key, name, feature_id, moved, *facts in _rows(sql, {"verdict": verdict, **part}):
        old, new, old_cells, new_cells = [json.loads(fact) if fact else {} for fact in facts]
        differ = cells({k: str(v) for k, v in FACTS.items()}, old, new, "@")
        differ += cells(titles, old_cells, new_cells)
        shown.append(RowChange(row, key, name, feature_id, differ, moved))
    return Page(shown, number, per_page, total)


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
        sides = [("old", before), (state, after)] if before else [(state, after)]
        features += [
            {
                "type": "Feature",
                "properties": {"state": side, **facts},
                "geometry": json.loads(geometry),
            }
            for side, geometry in sides
        ]
    return {"type": "FeatureCollection", "features": features}


def summary(act: Import) -> dict[str, Any]:
    """Return what an import comes to, as plain JSON in the reader's language.

    "counts" {read, new, changed, unchanged, missing, hanging, rejected}, "problems" [{code,
    severity, count, rows (the first), message (of the first)}], "repaired" {count},
    "outside_city" {count, total} or None, "moves" {number, median_m, max_m}, "columns" [{title,
    count}], "near" {pairs} or None while nobody has looked.
    """
    staging = Staging(act.pk)
    number, median, most = _rows(
        f"""
        SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY m), max(m) FROM (
            SELECT ST_Distance(f.geom::geography, r.geom::geography) m
            FROM {staging.diff} d JOIN {staging.rows} r USING (row)
            JOIN layers_feature f ON f.id = d.feature_id
            WHERE d.verdict = 'changed' AND NOT f.geom = r.geom) moved
        """,  # noqa: S608
        {},
    )[0]
    outside = act.problems.filter(code="outside_city").first()
    return {
        "counts": {**act.counts, "hanging": _hanging(act)},
        "problems": _problems(act),
        "repaired": {"count": act.problems.filter(code="polygon_repaired").count()},
        "outside_city": outside and {k: outside.params.get(k) for k in ("count", "total")},
        "moves": {"number": number, "median_m": median, "max_m": most},
        "columns": [],
        "near": {"pairs": 0},
    }


def _problems(act: Import) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for each in act.problems.order_by("severity", "pk"):
        facts = {"code": each.code, "severity": each.severity, "count": 0, "rows": []}
        group = groups.setdefault((each.severity, each.code), facts)
        group.setdefault("message", message(problem_of(each)))
        group["count"] += 1
    return list(groups.values())


def _hanging(act: Import) -> int:
    if not act.counts.get("missing") or act.layer_id is None:
        return 0
    sql = f"""
        WITH missing AS ({_MISSING.format(rows=Staging(act.pk).rows)})
        SELECT count(DISTINCT feature_id)
        FROM layers_hanging((SELECT array_agg(id) FROM missing))
    """  # noqa: S608
    return int(_rows(sql, {"layer": act.layer_id})[0][0])


@dataclass(frozen=True, slots=True)
class Missing:
    """A feature that the file does not mention; ``hanging`` names what hangs on it, in words."""

    feature_id: int
    key: str
    name: str
    hanging: list[str]
    removed: bool = False


def missing(act: Import, page: int = 1, per_page: int = PER_PAGE) -> Page[Missing]:
    """Return a page of the layer's features that the file does not mention."""
    total = int(act.counts.get("missing", 0))
    number, part = place_in(total, page, per_page)
    rows = Staging(act.pk).rows
    sql = f"{_MISSING.format(rows=rows)} ORDER BY f.key LIMIT %(limit)s OFFSET %(offset)s"
    found = _rows(sql, {"layer": act.layer_id, **part})
    return Page([Missing(pk, key, name, []) for pk, key, name in found], number, per_page, total)


@dataclass(frozen=True, slots=True)
class NearPair:
    """A new row and what lies near it: another row (``other_row``) or a feature."""

    row: int
    key: str
    name: str
    other_row: int | None
    other_key: str
    other_name: str
    feature_id: int | None
    metres: float
    same_name: bool


def near_duplicates(act: Import, page: int = 1, per_page: int = PER_PAGE) -> Page[NearPair]:
    """Return a page of the new rows that something alike lies near."""
    return Page([], 1, per_page, 0)
