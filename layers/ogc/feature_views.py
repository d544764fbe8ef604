"""The items of a collection, and one of them."""

import json
import re
from typing import Any

from django.http import HttpResponse

from layers.models import Feature, Layer
from layers.ogc import answers, links
from layers.ogc.crs import Crs, crs_of
from layers.ogc.items import (
    Page,
    feature_json,
    features_json,
    features_listed,
    page_of,
    systems,
)
from layers.ogc.links import Link, link
from layers.ogc.params import shown
from layers.ogc.problems import NotFound
from layers.ogc.queryables import columns_of
from layers.ogc.resource import Asked, resource

_ID = re.compile(r"[1-9]\d{0,17}", re.ASCII)
"""Permanent numbers that the database can hold."""


@resource(any_parameter=True)
def items(asked: Asked, collection_id: str) -> HttpResponse:
    """Return a page of places of a collection that were asked for."""
    layer = asked.layer(collection_id)
    page = page_of(layer, asked.query)
    private = not layer.is_public
    if asked.format == "html":
        features, after = features_listed(page)
        linked = _items_links(asked, layer, after)
        context = {
            "layer": layer,
            "features": features,
            "count": page.count(),
            "next": after and asked.here(cursor=after),
            "first": page.after and asked.here(cursor=None),
        }
        return answers.page(asked, "items", context, linked, private=private)
    etag = answers.tag(asked, [answers.layer_state(layer)])
    if known := answers.unchanged(asked, etag, private=private):
        return _in_system(known, page.crs)
    told, after = features_json(page)
    linked = _items_links(asked, layer, after)
    count = page.count()
    body = _collection_json(told, count, linked, page)
    # What leaves out the count today may have it tomorrow: it gets no tag.
    response = answers.json_answer(
        asked,
        body,
        linked,
        media_type=links.GEOJSON,
        etag=etag if count is not None else None,
        private=private,
    )
    return _in_system(response, page.crs)


@resource("crs")
def item(asked: Asked, collection_id: str, feature_id: str) -> HttpResponse:
    """Return one place of a collection."""
    layer = asked.layer(collection_id)
    crs = crs_of("crs", asked.query.get("crs"), systems())
    private = not layer.is_public
    linked = [
        *answers.self_and_alternate(asked, links.GEOJSON),
        link(asked.url("collection", layer.slug), "collection", links.JSON),
    ]
    etag = answers.tag(asked, [answers.layer_state(layer)])
    if asked.format == "json" and (known := answers.unchanged(asked, etag, private=private)):
        return _in_system(known, crs)
    told = feature_json(layer, int(feature_id), crs) if _ID.fullmatch(feature_id) else None
    if told is None:
        raise NotFound(f"There is no place {shown(feature_id)} in {shown(layer.slug)}.")
    if asked.format == "html":
        return answers.page(asked, "item", _item_context(layer, told), linked, private=private)
    response = answers.json_answer(
        asked,
        {**told, "links": linked},
        linked,
        media_type=links.GEOJSON,
        etag=etag,
        private=private,
    )
    return _in_system(response, crs)


def _items_links(asked: Asked, layer: Layer, after: str | None) -> list[Link]:
    linked = answers.self_and_alternate(asked, links.GEOJSON)
    if after:
        types = {"json": links.GEOJSON, "html": links.HTML}
        following = asked.here(cursor=after, f=asked.query.get("f"))
        linked.append(link(following, "next", types[asked.format]))
    linked.append(link(asked.url("collection", layer.slug), "collection", links.JSON))
    linked.append(link(asked.url("queryables", layer.slug), links.QUERYABLES, links.SCHEMA))
    return linked


def _collection_json(features: list[str], count: int | None, linked: list[Link], page: Page) -> str:
    """Return the page as text: the places are texts already and are not read again."""
    told: dict[str, Any] = {"numberReturned": len(features)}
    if count is not None:
        told = {"numberMatched": count, **told}
    if page.layer.attribution:
        told["attribution"] = page.layer.attribution
    told["links"] = linked
    rest = json.dumps(told, ensure_ascii=False)[1:]
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}],{rest}'


def _item_context(layer: Layer, told: dict[str, Any]) -> dict[str, Any]:
    properties = told["properties"]
    feature = Feature(pk=told["id"], layer=layer, key=properties["key"])
    feature.name = properties["name"] or ""
    feature.name_en = properties["name_en"] or ""
    titles = {column.name: column.title for column in columns_of(layer)}
    facts = [
        (titles.get(name, name), value)
        for name, value in properties.items()
        if value not in (None, "")
    ]
    return {"layer": layer, "feature": feature, "facts": facts}


def _in_system(response: HttpResponse, crs: Crs) -> HttpResponse:
    """Return the answer with the header that says which system its coordinates are in."""
    response["Content-Crs"] = f"<{crs.uri}>"
    return response
