"""What an import would change: staged rows against a layer's features, by key, set by set."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.backends.utils import CursorWrapper

from importers.staging import Staging
from layers.models import Layer

_TEXTS = ("name", "name_kana", "name_en", "address")

# One pass that the database can share among its workers, and that keeps and computes nothing of a
# row that is the same. {differing} and {facts} are made by _differing and _facts. "box" holds the
# place before and after, to find rows on a part of the map.
_DIFF = """
    CREATE UNLOGGED TABLE {diff} WITH (autovacuum_enabled = false) AS
    SELECT r."row", r.key, f.id AS feature_id,
           CASE WHEN f.id IS NULL THEN 'new' ELSE 'changed' END AS verdict,
           CASE WHEN NOT f.geom = r.geom
                THEN ST_DistanceSpheroid(ST_Centroid(f.geom), ST_Centroid(r.geom)) END AS moved_m,
           CASE WHEN NOT f.properties = r.properties THEN {differing} END AS columns,
           CASE WHEN f.id IS NOT NULL THEN {facts} END AS facts,
           NULL::text[] AS hanging,
           bound_box(coalesce(f.geom, r.geom)::box, r.geom::box) AS box
    FROM {rows} r LEFT JOIN layers_feature f ON f.layer_id = %(layer)s AND f.key = r.key
    WHERE f.id IS NULL OR NOT ({same})
"""
# Keys are there once on both sides, so that counting says whether any is missing.
_MISSING = """
    INSERT INTO {diff}
    SELECT NULL, f.key, f.id, 'missing', NULL, NULL, NULL, NULL, f.geom::box
    FROM layers_feature f
    WHERE f.layer_id = %(layer)s AND NOT EXISTS (SELECT 1 FROM {rows} r WHERE r.key = f.key)
      AND (SELECT count(*) FROM {rows}) - (SELECT count(*) FROM {diff} WHERE verdict = 'new')
          < (SELECT count(*) FROM layers_feature WHERE layer_id = %(layer)s)
"""
_SAME = "f.geom = r.geom AND f.properties = r.properties AND f.provenance = r.provenance" + "".join(
    f" AND f.{text} = r.{text}" for text in _TEXTS
)
_INDEX = """
    CREATE UNIQUE INDEX IF NOT EXISTS rows_{pk}_row ON {rows} ("row");
    ANALYZE {diff} ("row", feature_id, verdict, moved_m)
"""
_COUNTS = """
    SELECT count(*) FILTER (WHERE verdict = 'new'),
           count(*) FILTER (WHERE verdict = 'changed'),
           (SELECT count(*) FROM {rows}) - count(*) FILTER (WHERE verdict <> 'missing'),
           count(*) FILTER (WHERE verdict = 'missing'),
           count(hanging), count(moved_m),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY moved_m), max(moved_m)
    FROM {diff}
"""
_COLUMNS = """
    SELECT kind, name, count(*) FROM (
        SELECT 'column' AS kind, unnest(columns) AS name FROM {diff} WHERE verdict = 'changed'
        UNION ALL
        SELECT 'fact', unnest(facts) FROM {diff} WHERE verdict = 'changed'
    ) c
    GROUP BY kind, name ORDER BY count(*) DESC, kind, name
"""
_NOTHING_HANGS = "UPDATE {diff} SET hanging = NULL WHERE hanging IS NOT NULL"
_HANGING = """
    UPDATE {diff} d SET hanging = h.relations
    FROM (
        SELECT feature_id, array_agg(relation ORDER BY relation) AS relations
        FROM layers_hanging((SELECT array_agg(feature_id) FROM {diff} WHERE verdict = 'missing'))
        GROUP BY feature_id
    ) h
    WHERE d.verdict = 'missing' AND d.feature_id = h.feature_id
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """How many features an import would add, change, leave as they are, and not mention.

    ``hanging`` of the missing ones have something hanging on them; ``moves`` are how many
    geometries differ, with the median and the longest way of their middles in metres; ``columns``
    how often each column ("column") or fact of a feature ("fact") differs.
    """

    new: int
    changed: int
    unchanged: int
    missing: int
    hanging: int
    moves: dict[str, Any]
    columns: list[dict[str, Any]]

    def counts(self) -> dict[str, int]:
        """Return the counts by verdict."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "missing": self.missing,
        }

    def details(self) -> dict[str, Any]:
        """Return the rest, as plain JSON."""
        return {"hanging": self.hanging, "moves": self.moves, "columns": self.columns}


def difference(
    cursor: CursorWrapper, staging: Staging, layer: Layer | None, columns: Iterable[str] = ()
) -> Difference:
    """Fill the table of verdicts from the staged rows and return what it comes to.

    ``columns`` are those of the source; others are found too, only slower. A layer that does not
    exist yet has no features, so that everything is new.
    """
    names = list(dict.fromkeys([*columns, *(c["name"] for c in layer.schema)])) if layer else []
    tables = {"rows": staging.rows, "diff": staging.diff}
    query = _DIFF.format(
        **tables, same=_SAME, differing=_differing(len(names)), facts=_facts(len(names))
    )
    parameters = {"layer": layer.pk if layer else None, "names": names}
    parameters |= {f"c{number}": name for number, name in enumerate(names)}
    with transaction.atomic():
        # A million rows are joined in memory then, not in pieces on the disk.
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(f"ANALYZE {staging.rows} (key); DROP TABLE IF EXISTS {staging.diff}")
        cursor.execute(query, parameters)
        if layer:
            cursor.execute(_MISSING.format(**tables), parameters)
        cursor.execute(_INDEX.format(**tables, pk=staging.pk))
        if layer:
            hanging_marked(cursor, staging)
        cursor.execute(_COUNTS.format(**tables))
        new, changed, unchanged, missing, hanging, moved, median, longest = cursor.fetchone()
        differing = []
        if changed:
            cursor.execute(_COLUMNS.format(**tables))
            differing = [{"kind": k, "name": n, "count": c} for k, n, c in cursor.fetchall()]
    moves = {"number": moved, "median_m": _tenth(median), "max_m": _tenth(longest)}
    return Difference(new, changed, unchanged, missing, hanging, moves, differing)


def hanging_marked(cursor: CursorWrapper, staging: Staging) -> int:
    """Note in the table of verdicts what hangs on the missing features; return on how many."""
    # Asked a second time before missing ones are removed: things may have come and gone.
    cursor.execute(_NOTHING_HANGS.format(diff=staging.diff))
    cursor.execute(_HANGING.format(diff=staging.diff))
    return int(cursor.rowcount)


def _differing(names: int) -> str:
    """Return SQL for the names of the columns that differ: %(c0)s … are known, %(names)s all."""
    known = ", ".join(
        f"CASE WHEN f.properties -> %(c{n})s IS DISTINCT FROM r.properties -> %(c{n})s "
        f"THEN %(c{n})s END"
        for n in range(names)
    )
    others = "f.properties - %(names)s::text[], r.properties - %(names)s::text[]"
    left, right = others.split(", ")
    return (
        f"array_remove(ARRAY[{known}]::text[], NULL) "
        f"|| CASE WHEN NOT {left} = {right} THEN importers_differing({others}) END"
    )


def _facts(names: int) -> str:
    """Return SQL for the facts of a feature that differ, by their names.

    A fact that just repeats a column of the source (the name, mostly) is told by that column alone.
    """
    cases = ["CASE WHEN NOT f.geom = r.geom THEN 'geometry' END"]
    for text in _TEXTS:
        told = "".join(
            f" OR (coalesce(f.properties ->> %(c{n})s, '') = f.{text}"
            f" AND coalesce(r.properties ->> %(c{n})s, '') = r.{text})"
            for n in range(names)
        )
        cases.append(f"CASE WHEN f.{text} <> r.{text} AND NOT (false{told}) THEN '{text}' END")
    cases.append("CASE WHEN f.provenance <> r.provenance THEN 'provenance' END")
    return f"array_remove(ARRAY[{', '.join(cases)}], NULL)"


def _tenth(metres: float | None) -> float | None:
    return None if metres is None else round(metres, 1)
