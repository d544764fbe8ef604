"""The landing page, what is conformed to, the API's definition, and the collections."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from layers.ogc import answers, links
from layers.ogc.collection import collection as described
from layers.ogc.collection import collection_links, listed, state
from layers.ogc.conformance import CLASSES
from layers.ogc.items import facts_of, systems
from layers.ogc.links import link
from layers.ogc.openapi import document
from layers.ogc.queryables import GEOMETRY, queryables_of, schema_of
from layers.ogc.resource import Asked, resource
from layers.ogc.tilesets import tileset_of


@resource()
def landing(asked: Asked) -> HttpResponse:
    """Say what this is and link to everything."""
    city = settings.CITY
    linked = [
        *answers.self_and_alternate(asked),
        link(asked.url("api", f="json"), "service-desc", links.OPENAPI),
        link(asked.url("api", f="html"), "service-doc", links.HTML),
        link(asked.url("conformance"), "conformance", links.JSON),
        link(asked.url("collections"), "data", links.JSON),
        link(asked.url("tile_matrix_sets"), links.TILING_SCHEMES, links.JSON),
    ]
    title = city.text(city.portal_name, asked.language)
    about = _("The places of the map for programs: QGIS and everything else that speaks OGC API.")
    if asked.format == "html":
        return answers.page(
            asked,
            "landing",
            {"title": title, "about": about, "address": asked.absolute(asked.request.path, {})},
            linked,
        )
    told = {"title": title, "description": about, "links": linked}
    return answers.json_answer(asked, told, linked)


@resource()
def conformance(asked: Asked) -> HttpResponse:
    """Say which conformance classes are claimed."""
    linked = answers.self_and_alternate(asked)
    if asked.format == "html":
        return answers.page(asked, "conformance", {"classes": CLASSES}, linked)
    return answers.json_answer(asked, {"conformsTo": CLASSES, "links": linked}, linked)


@resource()
def api(asked: Asked) -> HttpResponse:
    """Return the API's definition (OpenAPI 3.0)."""
    layers = list(asked.layers.order_by("order", "slug"))
    private = any(not layer.is_public for layer in layers)
    linked = answers.self_and_alternate(asked, links.OPENAPI)
    told = document(asked, layers)
    if asked.format == "html":
        return answers.page(asked, "api", {"document": told}, linked, private=private)
    return answers.json_answer(asked, told, linked, media_type=links.OPENAPI, private=private)


@resource()
def collections(asked: Asked) -> HttpResponse:
    """List the collections that the one who asks may see, in the order of the map."""
    layers = list(asked.layers.order_by("order", "slug"))
    private = any(not layer.is_public for layer in layers)
    linked = answers.self_and_alternate(asked)
    if asked.format == "html":
        shown = [{"layer": layer, "count": facts_of(layer).count} for layer in layers]
        return answers.page(asked, "collections", {"collections": shown}, linked, private=private)
    told = [listed(asked, layer) for layer in layers]
    etag = answers.tag(asked, [made_of for _told, made_of in told])
    if known := answers.unchanged(asked, etag, private=private):
        return known
    whole = {"links": linked, "crs": list(systems()), "collections": [one for one, _state in told]}
    return answers.json_answer(asked, whole, linked, etag=etag, private=private)


@resource()
def collection(asked: Asked, collection_id: str) -> HttpResponse:
    """Describe one collection."""
    layer = asked.layer(collection_id)
    tileset = tileset_of(layer)
    private = not layer.is_public
    linked = [
        *answers.self_and_alternate(asked),
        link(asked.url("collections"), "up", links.JSON),
        *collection_links(asked, layer, tileset),
    ]
    if asked.format == "html":
        context = {
            "layer": layer,
            "count": facts_of(layer).count,
            "tileset": tileset,
            "systems": systems(),
        }
        return answers.page(asked, "collection", context, linked, private=private)
    etag = answers.tag(asked, [state(layer, tileset)])
    if known := answers.unchanged(asked, etag, private=private):
        return known
    told: dict[str, Any] = {**described(asked, layer, tileset), "links": linked}
    return answers.json_answer(asked, told, linked, etag=etag, private=private)


@resource()
def queryables(asked: Asked, collection_id: str) -> HttpResponse:
    """Say what the places of a collection can be asked about, as JSON Schema."""
    layer = asked.layer(collection_id)
    private = not layer.is_public
    linked = [
        *answers.self_and_alternate(asked, links.SCHEMA),
        link(asked.url("collection", layer.slug), "up", links.JSON),
    ]
    if asked.format == "html":
        context = {
            "layer": layer,
            "geometry": GEOMETRY,
            "queryables": list(queryables_of(layer).values()),
        }
        return answers.page(asked, "queryables", context, linked, private=private)
    etag = answers.tag(asked, [answers.layer_state(layer)])
    if known := answers.unchanged(asked, etag, private=private):
        return known
    address = asked.absolute(asked.request.path, {})
    told = schema_of(layer, layer.title_in(asked.language), address)
    return answers.json_answer(
        asked, told, linked, media_type=links.SCHEMA, etag=etag, private=private
    )
