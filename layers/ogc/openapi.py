"""The definition of the API (OpenAPI 3.0): every path, parameter and answer.

Beside the paths with variables stand those of each collection's items, with its own queryables as
parameters: a program that reads the definition sees what this very collection can be asked.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from layers.models import Layer
from layers.ogc import links, parameters
from layers.ogc.queryables import queryables_of
from layers.ogc.resource import Asked
from layers.ogc.schemas import SCHEMAS

Json = dict[str, Any]
_ERRORS = {
    "400": "A parameter that is not known or not valid; the sentence says which and why.",
    "404": "There is no such resource.",
    "500": "Something broke here.",
}
_NO_CONTENT = {"204": {"description": "The layer has nothing in this tile."}}


def document(asked: Asked, layers: Sequence[Layer]) -> Json:
    """Return the definition for who asks: the collections that they may see."""
    city = settings.CITY
    codes = [code for code, _name in settings.LANGUAGES]
    common = parameters.common(codes)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": city.text(city.portal_name, asked.language),
            "description": _(
                "The places of the map for programs: QGIS and everything else that speaks OGC API."
            ),
            "version": "1.0.0",
            "contact": _contact(asked),
        },
        "servers": [{"url": asked.url("landing").split("?")[0].rstrip("/")}],
        "tags": [
            {"name": "Capabilities", "description": "What there is"},
            {"name": "Features", "description": "The places"},
            {"name": "Tiles", "description": "Lines and areas as vector tiles"},
        ],
        "paths": {
            **_capabilities(common),
            **_features([layer.slug for layer in layers], common),
            **_tiles(common),
            **{
                f"/collections/{layer.slug}/items": _items_of(layer, asked.language, common)
                for layer in layers
            },
        },
        "components": {"schemas": SCHEMAS},
    }


def _contact(asked: Asked) -> Json:
    city = settings.CITY
    told = {"name": city.text(city.contact_name, asked.language)}
    return {**told, "url": city.contact_url} if city.contact_url else told


def _get(
    operation: str,
    summary: str,
    tag: str,
    answer: Json,
    given: Sequence[Json] = (),
) -> Json:
    problem = {"schema": {"$ref": "#/components/schemas/problem"}}
    errors = {
        code: {"description": text, "content": {links.PROBLEM: problem, links.HTML: _HTML}}
        for code, text in _ERRORS.items()
    }
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "tags": [tag],
            "parameters": list(given),
            "responses": {**answer, **errors},
        }
    }


_HTML: Json = {"schema": {"type": "string"}}


def _answer(description: str, schema: str, media_type: str = links.JSON, **headers: str) -> Json:
    told: Json = {
        "description": description,
        "content": {
            media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}},
            links.HTML: _HTML,
        },
    }
    if headers:
        told["headers"] = {
            name.replace("_", "-"): {"description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        }
    return {"200": told}


def _capabilities(common: list[Json]) -> Json:
    def get(operation: str, summary: str, schema: str, media_type: str = links.JSON) -> Json:
        answer = _answer(summary, schema, media_type)
        return _get(operation, summary, "Capabilities", answer, common)

    return {
        "/": get("getLandingPage", "What this is, and where everything is", "landing"),
        "/conformance": get("getConformance", "What is conformed to", "conformance"),
        "/api": get("getApi", "This definition", "anything", links.OPENAPI),
        "/collections": get("getCollections", "The collections", "collections"),
        "/tileMatrixSets": get("getTileMatrixSetsList", "The tile matrix sets", "tileMatrixSets"),
        "/tileMatrixSets/{tileMatrixSetId}": _get(
            "getTileMatrixSet",
            "A tile matrix set",
            "Capabilities",
            _answer("A tile matrix set", "anything"),
            [parameters.TILE_MATRIX_SET, *common],
        ),
    }


def _features(slugs: list[str], common: list[Json]) -> Json:
    collection = parameters.collection(slugs)
    content_crs = "The system of the answer's coordinates, in angle brackets"
    return {
        "/collections/{collectionId}": _get(
            "describeCollection",
            "A collection",
            "Capabilities",
            _answer("A collection", "collection"),
            [collection, *common],
        ),
        "/collections/{collectionId}/queryables": _get(
            "getQueryables",
            "What the places can be asked about",
            "Features",
            _answer("JSON Schema of the queryables", "anything", links.SCHEMA),
            [collection, *common],
        ),
        "/collections/{collectionId}/items": _get(
            "getFeatures",
            "Places of a collection",
            "Features",
            _answer("Places", "featureCollection", links.GEOJSON, Content_Crs=content_crs),
            [collection, *parameters.items(), *common],
        ),
        "/collections/{collectionId}/items/{featureId}": _get(
            "getFeature",
            "One place",
            "Features",
            _answer("A place", "feature", links.GEOJSON, Content_Crs=content_crs),
            [collection, parameters.FEATURE, parameters.crs("crs"), *common],
        ),
    }


def _items_of(layer: Layer, language: str, common: list[Json]) -> Json:
    """Return the items of one collection, with its queryables as parameters."""
    own = [parameters.queryable(one) for one in queryables_of(layer).values()]
    return _get(
        f"getFeatures.{layer.slug}",
        layer.title_in(language),
        "Features",
        _answer(layer.title_in(language), "featureCollection", links.GEOJSON),
        [*parameters.items(), *own, *common],
    )


def _tiles(common: list[Json]) -> Json:
    collection, matrix_set = parameters.collection([]), parameters.TILE_MATRIX_SET
    tile = {
        "200": {
            "description": "The tile",
            "content": {links.TILE: {"schema": {"type": "string", "format": "binary"}}},
        }
    }
    root = "/collections/{collectionId}/tiles"
    return {
        root: _get(
            ".collection.vector.getTileSetsList",
            "The tilesets of a collection",
            "Tiles",
            _answer("The tilesets", "tileSets"),
            [collection, *common],
        ),
        f"{root}/{{tileMatrixSetId}}": _get(
            ".collection.vector.getTileSet",
            "A tileset",
            "Tiles",
            _answer("A tileset", "anything"),
            [collection, matrix_set, *common],
        ),
        f"{root}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _get(
            ".collection.vector.getTile",
            "A tile",
            "Tiles",
            {**tile, **_NO_CONTENT},
            [collection, matrix_set, *parameters.TILE, parameters.TILE_FORMAT, common[1]],
        ),
    }
