"""The public API of layers and features, under /api/v1/."""

import json
from datetime import date
from typing import Any, Literal

from django.conf import settings
from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import override
from ninja import Query, Router, Schema

from layers.geojson import DECIMALS, collection, summary
from layers.models import Feature, Layer

router = Router(tags=["layers"])

LanguageCode = Literal[tuple(code for code, _ in settings.LANGUAGES)]  # type: ignore[valid-type]
"""One of the city's languages."""


class InLanguage(Schema):
    """The language of names and titles."""

    lang: LanguageCode = settings.LANGUAGE_CODE  # type: ignore[valid-type]


class LayerOut(Schema):
    """A layer as the map's list shows it. ``bbox`` is west, south, east, north in degrees."""

    slug: str
    title: str
    description: str
    kind: str
    geometry_type: str
    count: int
    shown_at_start: bool
    sample: bool
    attribution: str
    licence: str
    source_date: date | None
    bbox: tuple[float, float, float, float] | None
    fields: list[dict[str, Any]]
    version: int


class FeatureOut(Schema):
    """One feature, a GeoJSON Feature object with every property of its source."""

    type: Literal["Feature"] = "Feature"
    id: int
    geometry: dict[str, Any]
    properties: dict[str, Any]


def layer_facts(layer: Layer, language: str) -> dict[str, Any]:
    """Return a layer (annotated with feature_count and extent) as LayerOut's fields."""
    return {
        "slug": layer.slug,
        "title": layer.title_in(language),
        "description": layer.description_in(language),
        "kind": layer.kind,
        "geometry_type": layer.geometry_type,
        "count": layer.feature_count,  # type: ignore[attr-defined]
        "shown_at_start": layer.shown_at_start,
        "sample": layer.sample,
        "attribution": layer.attribution,
        "licence": layer.licence,
        "source_date": layer.source_date,
        "bbox": layer.extent,  # type: ignore[attr-defined]
        "fields": layer.schema,
        "version": layer.version,
    }


@router.get("/layers", response=list[LayerOut])
def layers(request: HttpRequest, query: Query[InLanguage]) -> list[dict[str, Any]]:
    """List the layers, in the order of the map."""
    found = Layer.objects.visible_to(request.user).with_counts()
    found = found.annotate(extent=Extent("features__geom"))
    return [layer_facts(layer, query.lang) for layer in found]


@router.get("/layers/{slug}/features")
def features(request: HttpRequest, slug: str, query: Query[InLanguage]) -> HttpResponse:
    """Return a layer's features as a GeoJSON FeatureCollection (EPSG:4326, longitude first)."""
    layer = get_object_or_404(Layer.objects.visible_to(request.user), slug=slug)
    # The version counts every change set, so the tag needs no look at the features.
    etag = f'"{layer.slug}-{layer.pk}-{layer.version}-{layer.updated_at:%s%f}-{query.lang}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        with override(query.lang):
            body = json.dumps(collection(layer, query.lang), ensure_ascii=False)
        response = HttpResponse(body, content_type="application/geo+json")
        response["ETag"] = etag
    public = layer.visibility == Layer.Visibility.PUBLIC
    patch_cache_control(
        response, no_cache=True, **({"public": True} if public else {"private": True})
    )
    return response


@router.get("/features/{feature_id}", response=FeatureOut)
def feature(request: HttpRequest, feature_id: int, query: Query[InLanguage]) -> dict[str, Any]:
    """Return one feature with every property of its source."""
    visible = Layer.objects.visible_to(request.user)
    found = get_object_or_404(
        Feature.objects.filter(layer__in=visible)
        .select_related("layer")
        .annotate(json=AsGeoJSON("geom", precision=DECIMALS)),
        pk=feature_id,
    )
    with override(query.lang):
        facts = summary(found, query.lang)
    return {
        "id": found.pk,
        "geometry": json.loads(found.json),  # type: ignore[attr-defined]
        "properties": {
            **facts,
            "key": found.key,
            "updated_at": found.updated_at.isoformat(),
            "attribution": found.layer.attribution,
            "licence": found.layer.licence,
            "source": found.properties,
        },
    }
