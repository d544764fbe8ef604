"""Apply an import: the staged rows into the layer, as one change set."""

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from importers.diff import hanging_marked
from importers.models import Import
from importers.problems import FileRefused
from importers.profiles import PROFILES
from importers.staging import Staging
from layers.changes import recording
from layers.models import ChangeSet, Layer

_UPDATE = """
    UPDATE layers_feature f
    SET name = r.name, name_kana = r.name_kana, name_en = r.name_en, address = r.address,
        properties = r.properties, provenance = r.provenance, geom = r.geom, updated_at = now()
    FROM {rows} r JOIN {diff} d USING (row)
    WHERE d.verdict = 'changed' AND f.id = d.feature_id
"""
_INSERT = """
    INSERT INTO layers_feature (layer_id, key, name, name_kana, name_en, address, properties,
                                provenance, geom, updated_at)
    SELECT %(layer)s, r.key, r.name, r.name_kana, r.name_en, r.address, r.properties,
           r.provenance, r.geom, now()
    FROM {rows} r
"""
# Not needed where every row is new: they are taken as they lie in the table.
_OF_THOSE_NEW = "JOIN {diff} d USING (row) WHERE d.verdict = 'new' ORDER BY r.row"
# Held until the end, so that nobody books a place between the question and its removal; without a
# table that refers to features there is nothing to hold them against.
_HOLD = """
    SELECT 1 FROM layers_feature f JOIN {diff} d ON d.feature_id = f.id
    WHERE d.verdict = 'missing' AND EXISTS (
        SELECT 1 FROM pg_constraint
        WHERE contype = 'f' AND confrelid = 'layers_feature'::regclass)
    FOR UPDATE OF f
"""
# Rows that something hangs on stay, whatever the file says (layers_hanging, layers/sql/undo.sql).
_REMOVE = """
    DELETE FROM layers_feature f USING {diff} d
    WHERE d.verdict = 'missing' AND d.hanging IS NULL AND f.id = d.feature_id
"""


_STAGED = "SELECT count(*) FROM {rows}"
# A twentieth of a table; autovacuum itself takes a tenth.
_CHANGED_MUCH = """
    SELECT relname FROM pg_class
    WHERE oid IN ('layers_feature'::regclass, 'layers_change'::regclass)
      AND %(written)s > greatest(%(many)s, 0.05 * reltuples)
"""
_MANY = 1_000
"""Rows below which nobody's plans suffer."""


@dataclass(frozen=True)
class LayerFacts:
    """What a new layer is called and shown as; what is None is left to the profile."""

    title: dict[str, str] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)
    kind: str | None = None
    order: int = 100
    visibility: str = Layer.Visibility.PUBLIC
    shown_at_start: bool = True
    sample: bool = False
    attribution: str | None = None
    licence: str | None = None
    source_date: date | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the facts as plain JSON, as an import keeps them."""
        day = self.source_date
        return {**asdict(self), "source_date": day.isoformat() if day else None}

    @classmethod
    def of_json(cls, facts: dict[str, Any]) -> "LayerFacts":
        """Return the facts that ``as_json`` wrote."""
        day = facts.get("source_date")
        return cls(**{**facts, "source_date": date.fromisoformat(day) if day else None})


def written(
    act: Import, staging: Staging, *, user: User | None = None, remove_missing: bool = False
) -> ChangeSet | None:
    """Write the staged rows inside the caller's transaction; the layer is made where it is new.

    Sets layer, change set and counts of the import and returns the change set, None where nothing
    changed. Raises FileRefused where the layer changed since it was compared ("target_moved")
    or the staged rows are gone ("staging_lost").
    """
    tables = {"rows": staging.rows, "diff": staging.diff}
    layer = Layer.objects.filter(slug=act.slug).first()
    if (layer.version if layer else None) != act.target_version:
        raise FileRefused("target_moved", {"layer": act.slug})
    _refuse_lost_rows(act, staging)
    layer = layer or _new_layer(act)
    source = {**act.found, "import": act.pk}
    with (
        recording(
            layer, ChangeSet.Act.IMPORT, source=source, note=act.file_name, user=user
        ) as change_set,
        connection.cursor() as cursor,
    ):
        # Asked again under the layer's lock.
        if change_set.layer_version != (act.target_version or 0) + 1:
            raise FileRefused("target_moved", {"layer": act.slug})
        cursor.execute("SET LOCAL work_mem = '128MB'")
        if act.counts["changed"]:
            cursor.execute(_UPDATE.format(**tables))
        if act.counts["new"]:
            some_known = act.counts["changed"] or act.counts["unchanged"]
            insert = _INSERT + (_OF_THOSE_NEW if some_known else "")
            cursor.execute(insert.format(**tables), {"layer": layer.pk})
        if remove_missing and act.counts["missing"]:
            cursor.execute(_HOLD.format(**tables))
            act.found["difference"]["hanging"] = hanging_marked(cursor, staging)
            cursor.execute(_REMOVE.format(**tables))
            act.counts["removed"] = cursor.rowcount
            act.counts["kept"] = act.counts["missing"] - act.counts["removed"]
    count_anew(act.counts["new"] + act.counts["changed"])
    _remember(act, layer)
    act.layer, act.change_set = layer, change_set if change_set.pk else None
    return act.change_set


def count_anew(written: int) -> None:
    """Let PostgreSQL count what was just written, in the same transaction, if that is much.

    Until autovacuum comes by, within a minute, it takes the tables for as small as they were:
    the preview of undoing 5,000 changes of 50,000 took 10 s then, and 0.1 s with this.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED_MUCH, {"written": written, "many": _MANY})
        for (table,) in cursor.fetchall():
            cursor.execute(f"ANALYZE {table}")


def _refuse_lost_rows(act: Import, staging: Staging) -> None:
    """Raise FileRefused where staged rows are gone: a crash of the database empties such tables."""
    with connection.cursor() as cursor:
        cursor.execute(_STAGED.format(rows=staging.rows))
        (found,) = cursor.fetchone()
    if found != sum(act.counts[verdict] for verdict in ("new", "changed", "unchanged")):
        raise FileRefused("staging_lost")


def _new_layer(act: Import) -> Layer:
    found, facts = act.found, LayerFacts.of_json(act.new_layer)
    profile = PROFILES[found["profile"]]
    points = found["geometry_type"] == Layer.GeometryType.POINT
    likely_kind = Layer.Kind.PUBLIC_FACILITY if points else Layer.Kind.PLANNING
    named_by_file = {settings.LANGUAGE_CODE: found["layer"]}
    return Layer.objects.create(
        slug=act.slug,
        title=facts.title or profile.title or named_by_file,
        description=facts.description,
        kind=facts.kind or profile.kind or likely_kind,
        geometry_type=found["geometry_type"],
        order=facts.order,
        visibility=facts.visibility,
        shown_at_start=facts.shown_at_start,
        sample=facts.sample,
        attribution=facts.attribution if facts.attribution is not None else profile.attribution,
        licence=facts.licence if facts.licence is not None else profile.licence,
        source_date=facts.source_date,
    )


def _remember(act: Import, layer: Layer) -> None:
    """Keep what the next import of this layer needs: key, profile, and the columns seen."""
    known = {column["name"] for column in layer.schema}
    added = [c for c in act.found["columns"] if c["name"] not in known]
    profile, key_column = act.found["profile"], act.found["key"]["column"]
    if added or (layer.profile, layer.key_column) != (profile, key_column):
        layer.schema = [*layer.schema, *added]
        layer.profile, layer.key_column = profile, key_column
        layer.save()


def refuse_another_geometry(found: dict[str, Any], layer: Layer) -> None:
    """Raise FileRefused where a file's geometry can't go into a layer."""
    if layer.geometry_type != found["geometry_type"]:
        raise FileRefused(
            "geometry_type_differs",
            {"layer": layer.slug, "has": layer.geometry_type, "file": found["geometry_type"]},
        )


def refuse_another_key(found: dict[str, Any], layer: Layer, matched: int, rows: int) -> None:
    """Raise FileRefused where a file's rows are told apart otherwise than the layer's.

    ``matched`` of its ``rows`` have a key of the layer. The name of the column may differ (a list
    comes from another source by now) if most keys are the layer's all the same. A layer filled by
    hand so far takes the key of its first import.
    """
    column = found["key"]["column"]
    if layer.profile and layer.key_column != column and 2 * matched < rows:
        raise FileRefused(
            "key_differs", {"layer": layer.slug, "has": layer.key_column, "file": column}
        )


def layer_key(slug: str) -> str | None:
    """Return the column that identifies a layer's rows, as its first import settled it."""
    layer = Layer.objects.filter(slug=slug).exclude(profile="").only("key_column").first()
    return layer.key_column or None if layer else None
