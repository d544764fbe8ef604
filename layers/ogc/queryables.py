"""What a collection's places can be asked about, and what their properties are called.

A place has the portal's own properties (name, address, …) and the columns of its source. A column
whose name the portal or the API uses already goes by ``source_`` and its name, so every property
has one name everywhere: in the answer, in a filter and as a query parameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import F, Value
from django.db.models.functions import NullIf

from layers.models import Feature, Layer
from layers.ogc.expressions import Expression, flag_of, number_of, text_of, whole_date_of

Type = Literal["text", "integer", "number", "boolean", "date", "datetime"]

GEOMETRY = "geometry"
PARAMETERS = (
    "f",
    "lang",
    "limit",
    "cursor",
    "bbox",
    "bbox-crs",
    "crs",
    "datetime",
    "filter",
    "filter-lang",
    "filter-crs",
)
"""The query parameters of items that are none of the collection's."""
PREFIX = "source_"


@dataclass(frozen=True, slots=True)
class Queryable:
    """One property: its name here, its type, what it says, and where its value stands."""

    name: str
    type: Type
    title: str
    expression: Expression
    column: str | None = None
    """The source's own name of it; None for the portal's properties."""

    @property
    def schema(self) -> dict[str, Any]:
        """The property's JSON Schema (2020-12)."""
        return {"title": self.title, **_SCHEMAS[self.type], **_CHOICES.get(self.name, {})}


_SCHEMAS: dict[Type, dict[str, Any]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}
_CHOICES: dict[str, dict[str, Any]] = {
    "id": {"x-ogc-role": "id"},
    "provenance": {"enum": [str(value) for value in Feature.Provenance.values]},
}


def _own(name: str, title: str, kind: Type = "text", *, blank: bool = True) -> Queryable:
    expression: Expression = NullIf(F(name), Value("")) if blank else F(name)
    return Queryable(name, kind, title, expression)


OWN: tuple[Queryable, ...] = (
    Queryable("id", "integer", "Permanent number of the place", F("pk")),
    _own("key", "Key of the row in its source", blank=False),
    _own("name", "Name"),
    _own("name_kana", "Name in kana"),
    _own("name_en", "Name in English"),
    _own("address", "Address"),
    _own("provenance", "How the position is known", blank=False),
    _own("updated_at", "When the portal last changed the place", "datetime", blank=False),
)
"""The portal's own properties; what is blank is null here."""
RESERVED = frozenset({q.name for q in OWN} | {GEOMETRY, "sample", *PARAMETERS})
"""Names that no column of a source goes by."""


def columns_of(layer: Layer) -> list[Queryable]:
    """Return the columns of the layer's source, in their order."""
    taken = {column["name"] for column in layer.schema} | RESERVED
    found = []
    for column in layer.schema:
        name = shown = column["name"]
        while shown in RESERVED or (shown != name and shown in taken):
            shown = PREFIX + shown
        taken.add(shown)
        kind = column.get("type", "text")
        found.append(
            Queryable(
                shown,
                kind if kind in _SCHEMAS else "text",
                column.get("title") or name,
                _EXPRESSIONS.get(kind, text_of)(name),
                column=name,
            )
        )
    return found


_EXPRESSIONS = {
    "integer": number_of,
    "number": number_of,
    "boolean": flag_of,
    "date": whole_date_of,
}


def queryables_of(layer: Layer) -> dict[str, Queryable]:
    """Return everything but the geometry that a layer's places can be asked about, by name."""
    return {queryable.name: queryable for queryable in [*OWN, *columns_of(layer)]}


def schema_of(layer: Layer, title: str, address: str) -> dict[str, Any]:
    """Return the queryables as JSON Schema; ``address`` is its own, without parameters."""
    geometry = {
        "title": "Geometry",
        "x-ogc-role": "primary-geometry",
        "format": f"geometry-{_GEOMETRIES[layer.geometry_type]}",
    }
    queryables: Sequence[Queryable] = list(queryables_of(layer).values())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "type": "object",
        "title": title,
        "properties": {GEOMETRY: geometry, **{q.name: q.schema for q in queryables}},
        "additionalProperties": False,
    }


# Single and multi parts both fit into a layer.
_GEOMETRIES: dict[str, str] = {
    Layer.GeometryType.POINT: "point-or-multipoint",
    Layer.GeometryType.LINE: "linestring-or-multilinestring",
    Layer.GeometryType.POLYGON: "polygon-or-multipolygon",
}
