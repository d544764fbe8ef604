"""Apply an import: preview it, or write it as one change set in one transaction."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction

from importers.diff import Difference, difference
from importers.inspect import Inspection
from importers.messages import message
from importers.problems import FileRefused
from importers.staging import stage
from layers.changes import recording
from layers.models import ChangeSet, Layer

_UPDATE = """
    UPDATE layers_feature f
    SET name = r.name, name_kana = r.name_kana, name_en = r.name_en, address = r.address,
        properties = r.properties, provenance = r.provenance, geom = r.geom, updated_at = now()
    FROM import_rows r JOIN import_diff d USING (key)
    WHERE d.verdict = 'changed' AND f.id = d.feature_id
"""
_INSERT = """
    INSERT INTO layers_feature (layer_id, key, name, name_kana, name_en, address, properties,
                                provenance, geom, updated_at)
    SELECT %(layer)s, r.key, r.name, r.name_kana, r.name_en, r.address, r.properties,
           r.provenance, r.geom, now()
    FROM import_rows r JOIN import_diff d USING (key)
    WHERE d.verdict = 'new'
    ORDER BY r.row
"""


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


def preview(inspection: Inspection, slug: str) -> Difference:
    """Return what the import would change; write nothing. FileRefused where it can't fit."""
    layer = Layer.objects.filter(slug=slug).first()
    if layer:
        _refuse_what_does_not_fit(inspection, layer)
    with transaction.atomic(), connection.cursor() as cursor:
        stage(cursor, inspection.checked.candidates)
        return difference(cursor, layer)


def apply(
    inspection: Inspection, slug: str, facts: LayerFacts, *, user: User | None = None
) -> tuple[Difference, ChangeSet | None]:
    """Write what was checked, all of it or nothing; the layer is made where it doesn't exist.

    Returns what changed and the change set (None where nothing changed). Features that the file
    does not mention stay. Raises FileRefused where the file can't go into this layer.
    """
    checked = inspection.checked
    with transaction.atomic():
        layer = Layer.objects.filter(slug=slug).first()
        if layer is None:
            layer = _new_layer(inspection, slug, facts)
        else:
            _refuse_what_does_not_fit(inspection, layer)
        source = inspection.record()
        with (
            recording(
                layer, ChangeSet.Act.IMPORT, source=source, note=source["file"], user=user
            ) as act,
            connection.cursor() as cursor,
        ):
            stage(cursor, checked.candidates)
            found = difference(cursor, layer)
            cursor.execute(_UPDATE)
            cursor.execute(_INSERT, {"layer": layer.pk})
        _remember(inspection, layer)
    return found, act if act.pk else None


def _new_layer(inspection: Inspection, slug: str, facts: LayerFacts) -> Layer:
    profile = inspection.profile
    points = inspection.checked.geometry_type == Layer.GeometryType.POINT
    likely_kind = Layer.Kind.PUBLIC_FACILITY if points else Layer.Kind.PLANNING
    named_by_file = {settings.LANGUAGE_CODE: inspection.table.display_name}
    return Layer.objects.create(
        slug=slug,
        title=facts.title or profile.title or named_by_file,
        description=facts.description,
        kind=facts.kind or profile.kind or likely_kind,
        geometry_type=inspection.checked.geometry_type,
        order=facts.order,
        visibility=facts.visibility,
        shown_at_start=facts.shown_at_start,
        sample=facts.sample,
        attribution=facts.attribution if facts.attribution is not None else profile.attribution,
        licence=facts.licence if facts.licence is not None else profile.licence,
        source_date=facts.source_date,
    )


def _remember(inspection: Inspection, layer: Layer) -> None:
    """Keep what the next import of this layer needs: key, profile, and the columns seen."""
    known = {column["name"] for column in layer.schema}
    added = [c for c in inspection.checked.columns if c["name"] not in known]
    profile, key_column = inspection.profile.name, inspection.checked.key_column
    if added or (layer.profile, layer.key_column) != (profile, key_column):
        layer.schema = [*layer.schema, *added]
        layer.profile, layer.key_column = profile, key_column
        layer.save()


def _refuse_what_does_not_fit(inspection: Inspection, layer: Layer) -> None:
    checked = inspection.checked
    if layer.geometry_type != checked.geometry_type:
        raise FileRefused(
            "geometry_type_differs",
            {"layer": layer.slug, "has": layer.geometry_type, "file": checked.geometry_type},
        )
    # A layer filled by hand so far takes the key of its first import.
    if layer.profile and layer.key_column != checked.key_column:
        raise FileRefused(
            "key_differs",
            {"layer": layer.slug, "has": layer.key_column, "file": checked.key_column},
        )


def layer_key(slug: str) -> str | None:
    """Return the column that identifies a layer's rows, as its first import settled it."""
    layer = Layer.objects.filter(slug=slug).exclude(profile="").only("key_column").first()
    return layer.key_column or None if layer else None


def report(
    inspection: Inspection, found: Difference | None, change_set: ChangeSet | None
) -> dict[str, Any]:
    """Return the import's result as one JSON object (see docs/import.md)."""
    checked = inspection.checked
    return {
        **inspection.record(),
        "counts": {
            "read": len(inspection.table.rows),
            "new": found.new if found else 0,
            "changed": found.changed if found else 0,
            "unchanged": found.unchanged if found else 0,
            "missing": found.missing if found else 0,
            "rejected": checked.rejected,
        },
        "problems": [
            {"row": p.row, "field": p.field, "code": p.code, "message": message(p)}
            for p in checked.problems
        ],
        "change_set": change_set.pk if change_set else None,
    }
