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
        ("geom", pa.binary()),  # WKB: 2D, valid, longitude first, rounded to geometry.DECIMALS
    ]
)
"""The columns of a staging table, in its order, which also gives the geometries their SRID."""


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
