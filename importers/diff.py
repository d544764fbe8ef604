"""What an import would change: staged rows against a layer's features, by key, set by set."""

from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper

from importers.staging import Staging
from layers.models import Layer

_DIFF = """
    CREATE UNLOGGED TABLE {diff} AS
    SELECT r.row, r.key, f.id AS feature_id,
           CASE WHEN f.id IS NULL THEN 'new'
                WHEN r.geom = f.geom
                 AND layers_facts(r.key, r.name, r.name_kana, r.name_en, r.address,
                                  r.properties, r.provenance)
                   = layers_facts(f.key, f.name, f.name_kana, f.name_en, f.address,
                                  f.properties, f.provenance)
                THEN 'unchanged'
                ELSE 'changed' END AS verdict
    FROM {rows} r LEFT JOIN layers_feature f ON f.layer_id = %(layer)s AND f.key = r.key
"""
_COUNTS = """
    SELECT count(*) FILTER (WHERE verdict = 'new'),
           count(*) FILTER (WHERE verdict = 'changed'),
           count(*) FILTER (WHERE verdict = 'unchanged'),
           (SELECT count(*) FROM layers_feature f WHERE f.layer_id = %(layer)s
            AND NOT EXISTS (SELECT 1 FROM {rows} r WHERE r.key = f.key))
    FROM {diff}
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """How many features an import would add, change, leave as they are, and not mention."""

    new: int
    changed: int
    unchanged: int
    missing: int


def difference(cursor: CursorWrapper, staging: Staging, layer: Layer | None) -> Difference:
    """Fill the table of verdicts from the staged rows and return its counts.

    A layer that does not exist yet has no features, so that everything is new.
    """
    cursor.execute(f"ANALYZE {staging.rows}; DROP TABLE IF EXISTS {staging.diff}")
    parameters = {"layer": layer.pk if layer else None}
    tables = {"rows": staging.rows, "diff": staging.diff}
    cursor.execute(_DIFF.format(**tables), parameters)
    cursor.execute(f"ANALYZE {staging.diff}")
    cursor.execute(_COUNTS.format(**tables), parameters)
    return Difference(*cursor.fetchone())
