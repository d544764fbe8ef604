"""The parameters of the API as its definition (OpenAPI 3.0) writes them."""

from collections.abc import Sequence
from typing import Any

from layers.ogc import cql
from layers.ogc.crs import CRS84
from layers.ogc.items import systems
from layers.ogc.params import DEFAULT_LIMIT, LONGEST_VALUE, MOST_ITEMS
from layers.ogc.queryables import Queryable
from layers.ogc.tilesets import SET

Json = dict[str, Any]


def _query(name: str, description: str, schema: Json) -> Json:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": False,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


def _path(name: str, description: str, schema: Json) -> Json:
    return {
        "name": name,
        "in": "path",
        "description": description,
        "required": True,
        "schema": schema,
    }


FEATURE = _path("featureId", "The permanent number of a place", {"type": "integer", "minimum": 1})
TILE_MATRIX_SET = _path("tileMatrixSetId", "The tile matrix set", {"type": "string", "enum": [SET]})
TILE = tuple(
    _path(name, description, {"type": "integer", "minimum": 0})
    for name, description in (
        ("tileMatrix", "The zoom"),
        ("tileRow", "The row, from the north"),
        ("tileCol", "The column, from the west"),
    )
)
TILE_FORMAT = _query("f", "The format", {"type": "string", "enum": ["mvt"], "default": "mvt"})


def collection(slugs: Sequence[str]) -> Json:
    """Return the collection's parameter; with the names that there are, where they are known."""
    schema: Json = {"type": "string"}
    if slugs:
        schema["enum"] = list(slugs)
    return _path("collectionId", "The collection", schema)


def common(languages: Sequence[str]) -> list[Json]:
    """Return what every resource takes: the format, then the language."""
    return [
        _query(
            "f",
            "The format; without it the header Accept decides",
            {"type": "string", "enum": ["json", "html"]},
        ),
        _query(
            "lang",
            "The language of titles; without it the header Accept-Language decides",
            {"type": "string", "enum": list(languages)},
        ),
    ]


def crs(name: str) -> Json:
    """Return one of the parameters that name a coordinate reference system."""
    what = {
        "crs": "The system of the answer's coordinates",
        "bbox-crs": "The system of bbox",
        "filter-crs": "The system of the filter's geometries",
    }
    schema = {"type": "string", "format": "uri", "enum": list(systems()), "default": CRS84}
    return _query(name, what[name], schema)


def items() -> list[Json]:
    """Return what the items of every collection take beside what every resource does."""
    return [
        _query(
            "limit",
            f"How many places a page has at most; above {MOST_ITEMS} it is {MOST_ITEMS}",
            {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_ITEMS,
                "default": DEFAULT_LIMIT,
            },
        ),
        _query(
            "bbox",
            "Only places that intersect this box: lower corner, upper corner; heights are ignored",
            {
                "type": "array",
                "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
                "minItems": 4,
                "maxItems": 6,
                "items": {"type": "number"},
            },
        ),
        crs("bbox-crs"),
        crs("crs"),
        _query(
            "datetime",
            "An instant or an interval. The places have no time of their own, so all of them match;"
            " updated_at is when the portal last changed one",
            {"type": "string"},
        ),
        _query("filter", "CQL2", {"type": "string", "maxLength": LONGEST_VALUE}),
        _query(
            "filter-lang",
            "How the filter is written",
            {"type": "string", "enum": list(cql.LANGUAGES), "default": cql.TEXT},
        ),
        crs("filter-crs"),
        _query("cursor", "From the link “next” of the page before", {"type": "string"}),
    ]


def queryable(one: Queryable) -> Json:
    """Return a collection's queryable as a parameter: only places where it is this value."""
    schema = {key: value for key, value in one.schema.items() if not key.startswith("x-")}
    return _query(one.name, one.title, schema)
