"""A layer as a collection of the API."""

from typing import Any

from layers.models import Layer
from layers.ogc import links
from layers.ogc.answers import layer_state
from layers.ogc.crs import CRS84
from layers.ogc.items import facts_of, systems
from layers.ogc.links import Link, link
from layers.ogc.resource import Asked
from layers.ogc.tilesets import Tileset, tileset_of


def state(layer: Layer, tileset: Tileset | None) -> str:
    """Return what changes whenever the description of a collection does."""
    return f"{layer_state(layer)}-{tileset.digest if tileset else ''}"


def collection_links(asked: Asked, layer: Layer, tileset: Tileset | None) -> list[Link]:
    """Return the links from a collection to what belongs to it."""
    items, title = asked.url, layer.title_in(asked.language)
    found = [
        link(items("items", layer.slug, f="json"), "items", links.GEOJSON, title),
        link(items("items", layer.slug, f="html"), "items", links.HTML, title),
        link(asked.url("queryables", layer.slug), links.QUERYABLES, links.SCHEMA),
    ]
    if tileset:
        found.append(link(asked.url("tilesets", layer.slug), links.TILESETS, links.JSON))
    return found


def collection(asked: Asked, layer: Layer, tileset: Tileset | None) -> dict[str, Any]:
    """Return the description of a collection, the links to itself apart."""
    facts = facts_of(layer)
    told: dict[str, Any] = {
        "id": layer.slug,
        "title": layer.title_in(asked.language),
        "description": layer.description_in(asked.language),
        "attribution": layer.attribution,
        "licence": layer.licence,
        "sourceDate": layer.source_date.isoformat() if layer.source_date else None,
        "updated": layer.updated_at.isoformat(),
        "sample": layer.sample,
        "itemType": "feature",
        "itemCount": facts.count,
        "crs": list(systems()),
        "storageCrs": CRS84,
    }
    if facts.bbox:
        told["extent"] = {"spatial": {"bbox": [list(facts.bbox)], "crs": CRS84}}
    return {name: value for name, value in told.items() if value not in (None, "")}


def listed(asked: Asked, layer: Layer) -> tuple[dict[str, Any], str]:
    """Return a collection as the list of all shows it, and its state."""
    tileset = tileset_of(layer)
    here = [
        link(asked.url("collection", layer.slug, f="json"), "self", links.JSON),
        link(asked.url("collection", layer.slug, f="html"), "alternate", links.HTML),
    ]
    told = collection(asked, layer, tileset)
    told["links"] = [*here, *collection_links(asked, layer, tileset)]
    return told, state(layer, tileset)
