"""Features as GeoJSON (RFC 7946), built in the database."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Coalesce, Collate, NullIf

from layers.models import Feature, Layer

DECIMALS = 6
"""Decimals of a degree: 0.1 m, finer than any source the portal shows."""

SUBTITLE_FIELDS = ("種別", "種類", "文化財分類", "施設の種類")
"""Columns of 自治体標準オープンデータセット that say what kind of place it is."""


def listing_order(features: QuerySet[Feature]) -> QuerySet[Feature]:
    """Return features in the order of every list and of the map: by reading, else name, then id."""
    reading = Coalesce(NullIf("name_kana", Value("")), "name", output_field=TextField())
    return features.order_by(Collate(reading, "ja-x-icu"), "pk")


def subtitle(properties: Mapping[str, Any]) -> str:
    """Return what kind of place the source says it is, or nothing."""
    return next((str(properties[f]) for f in SUBTITLE_FIELDS if properties.get(f)), "")


def summary(feature: Feature, language: str) -> dict[str, Any]:
    """Return what a list, a marker and a popup need to know of a feature (its layer is loaded)."""
    return {
        "name": feature.name_in(language),
        "kana": feature.name_kana,
        "address": feature.address,
        "url": feature.get_absolute_url(),
        "provenance": feature.provenance,
        "sample": feature.layer.sample,
        "kind": feature.layer.kind,
        "layer": feature.layer.slug,
        "subtitle": subtitle(feature.properties),
    }


def collection(layer: Layer, language: str) -> dict[str, Any]:
    """Return a layer's features as a FeatureCollection in listing order."""
    features = listing_order(Feature.objects.filter(layer=layer)).annotate(
        json=AsGeoJSON("geom", precision=DECIMALS)
    )
    return {"type": "FeatureCollection", "features": _features(features, layer, language)}


def _features(features: QuerySet[Feature], layer: Layer, language: str) -> Sequence[dict[str, Any]]:
    listed = []
    for feature in features:
        feature.layer = layer  # one layer for all: no query a row
        listed.append(
            {
                "type": "Feature",
                "id": feature.pk,
                "geometry": json.loads(feature.json),  # type: ignore[attr-defined]
                "properties": summary(feature, language),
            }
        )
    return listed
