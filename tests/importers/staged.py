"""Imports as they stand when their rows are staged, made without a file to read."""

import json
from typing import Any

import pyarrow as pa
import shapely
from django.db import connection
from shapely.geometry.base import BaseGeometry

from importers import imports
from importers.models import Import
from importers.rows import SCHEMA, Candidate, copied
from importers.staging import Staging

FOUND: dict[str, Any] = {
    "digest": "0" * 64,
    "format": "csv",
    "profile": "generic",
    "layer": "places",
    "encoding": {"name": "utf-8", "code": "encoding_utf8_valid", "params": {}},
    "crs": {"epsg": 6668, "name": "EPSG:6668", "code": "crs_assumed", "params": {"crs": "JGD2011"}},
    "key": {"column": "ID", "name": "ID", "code": "key_chosen", "params": {"column": "ID"}},
}


def row(
    number: int,
    key: str,
    at: tuple[float, float] | str | BaseGeometry = (140.3, 38.76),
    *,
    name: str | None = None,
    address: str = "",
    provenance: str = "surveyed",
    properties: dict[str, Any] | None = None,
    **facts: str,
) -> Candidate:
    """Return a checked row; ``at`` is (longitude, latitude), WKT or a shape."""
    if isinstance(at, tuple):
        at = shapely.Point(at)
    elif isinstance(at, str):
        at = shapely.from_wkt(at)
    name = f"場所{key}" if name is None else name
    return Candidate(
        number, key, name, facts.get("name_kana", ""), facts.get("name_en", ""), address, at,
        provenance, {"ID": key, "名称": name} if properties is None else properties,  # type: ignore[arg-type]
    )  # fmt: skip


def batch_of(rows: list[Candidate]) -> pa.RecordBatch:
    """Return rows as the readers' child sends them."""
    columns: dict[str, Any] = {
        name: [getattr(c, name) for c in rows]
        for name in SCHEMA.names
        if name not in ("properties", "geom")
    }
    columns["properties"] = [json.dumps(c.properties, ensure_ascii=False) for c in rows]
    columns["geom"] = list(shapely.to_wkb([c.geometry for c in rows]))
    return pa.RecordBatch.from_pydict(columns, schema=SCHEMA)


def staged(*rows: Candidate, slug: str = "places", kind: str = "point", **found: Any) -> Import:
    """Return an import that is ready to confirm, with these rows."""
    names = dict.fromkeys(name for candidate in rows for name in candidate.properties)
    act = Import.objects.create(
        file_name="places.csv", size=1, digest=FOUND["digest"], stored="/nowhere", slug=slug,
        state=Import.State.READING,
        found={
            **FOUND, "geometry_type": kind,
            "columns": [{"name": n, "type": "text", "title": n} for n in names],
            "counts": {"read": len(rows), "rejected": 0}, **found,
        },
    )  # fmt: skip
    staging = Staging(act.pk)
    with connection.cursor() as cursor:
        staging.create(cursor)
        if rows:
            staging.add(cursor, copied(batch_of(list(rows))))
    imports.compared(act)
    act.state = Import.State.READY
    act.save()
    return act


def confirmed(act: Import, **options: Any) -> Import:
    """Return an import that was confirmed and written."""
    return imports.applied(act, imports.token(act), **options)
