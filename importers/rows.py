"""Checked rows as Arrow columns: the form in which they go from a reader to the database."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from importers.binary_copy import payload

Provenance = Literal["surveyed", "address_town", "hand"]

SRID = 4326
SCHEMA = pa.schema(
    [
        ("row", pa.int32()),
        ("key", pa.string()),
        ("name", pa.string()),
        ("name_kana", pa.string()),
        ("name_en", pa.string()),
        ("address", pa.string()),
        ("provenance", pa.string()),
        ("properties", pa.string()),  # JSON
        ("geom", pa.binary()),  # EWKB: 2D, valid, longitude first, rounded to geometry.DECIMALS
    ]
)
"""The columns of a staging table, in its order."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row fit to be stored, as Python values. ``properties`` hold every source column."""

    row: int
    key: str
    name: str
    name_kana: str
    name_en: str
    address: str
    geometry: BaseGeometry
    provenance: Provenance
    properties: dict[str, Any]


def copied(batch: pa.RecordBatch) -> memoryview:
    """Return a batch of rows as binary COPY data for a staging table."""
    return payload(batch, jsonb=frozenset(["properties"]))


def candidates(batch: pa.RecordBatch) -> Iterator[Candidate]:
    """Yield a batch's rows one by one, for what looks at few of them."""
    for row in batch.to_pylist():
        geometry = shapely.from_wkb(row.pop("geom"))
        properties = json.loads(row.pop("properties"))
        yield Candidate(geometry=geometry, properties=properties, **row)


def batch_of(rows: list[Candidate]) -> pa.RecordBatch:
    """Return candidates as a batch."""
    geometries = shapely.set_srid([c.geometry for c in rows], SRID)
    columns = {
        "row": [c.row for c in rows],
        "key": [c.key for c in rows],
        "name": [c.name for c in rows],
        "name_kana": [c.name_kana for c in rows],
        "name_en": [c.name_en for c in rows],
        "address": [c.address for c in rows],
        "provenance": [c.provenance for c in rows],
        "properties": [json.dumps(c.properties, ensure_ascii=False) for c in rows],
        "geom": list(shapely.to_wkb(geometries, include_srid=True)),
    }
    return pa.RecordBatch.from_pydict(columns, schema=SCHEMA)
