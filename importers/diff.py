"""What an import would change: staged rows against a layer's features, by key, in one query."""

from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper

from layers.models import Layer

_DIFF = """
    DROP TABLE IF EXISTS import_diff;
    CREATE TEMPORARY TABLE import_diff ON COMMIT DROP AS
    SELECT r.row, r.key, f.id AS feature_id,
           CASE WHEN f.id IS NULL THEN 'new'
                WHEN ST_AsBinary(r.geom) = ST_AsBinary(f.geom)
                 AND layers_facts(r.key, r.name, r.name_kana, r.name_en, r.address,
                                  r.properties, r.provenance)
                   = layers_facts(f.key, f.name, f.name_kana, f.name_en, f.address,
                                  f.properties, f.provenance)
                THEN 'unchanged'
                ELSE 'changed' END AS verdict
    FROM import_rows r LEFT JOIN layers_feature f ON f.layer_id = %(layer)s AND f.key = r.key
"""
_COUNTS = """
    SELECT count(*) FILTER (WHERE verdict = 'new'),
           count(*) FILTER (WHERE verdict = 'changed'),
           count(*) FILTER (WHERE verdict = 'unchanged'),
           (SELECT count(*) FROM layers_feature f WHERE f.layer_id = %(layer)s
            AND NOT EXISTS (SELECT 1 FROM import_rows r WHERE r.key = f.key))
    FROM import_diff
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """How many features an import would add, change, leave as they are, and not mention."""

    new: int
    changed: int
    unchanged: int
    missing: int


def difference(cursor: CursorWrapper, layer: Layer | None) -> Difference:
    """Fill the temporary table ``import_diff`` from ``import_rows`` and return its counts.

    A layer that does not exist yet has no features, so that everything is new.
    """
    parameters = {"layer": layer.pk if layer else None}
    cursor.execute(_DIFF, parameters)
    cursor.execute(_COUNTS, parameters)
    return Difference(*cursor.fetchone())
