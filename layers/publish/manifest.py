"""The manifest: the one small file that says which files are current."""

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from gis_portal.city import boundary_geojson
from layers.models import Layer, Publication
from layers.publish import tree
from layers.publish.published import address, newest_of
from layers.texts import languages

Part = Publication.Part

_LOCK = 62057002
"""Held while the manifest is written: two bakes that end together must not lose one another."""
_INTERNAL = frozenset({"count", "bbox", "recipe", "whole"})


def entry(layer: Layer, publications: dict[str, Publication]) -> dict[str, Any]:
    """Return what the manifest says of a layer, from its newest publications by part."""
    of_map = publications[Part.MAP].facts
    return {
        "slug": layer.slug,
        "title": layer.title,
        "description": layer.description,
        "kind": layer.kind,
        "geometry_type": layer.geometry_type,
        "sample": layer.sample,
        "shown_at_start": layer.shown_at_start,
        "attribution": layer.attribution,
        "licence": layer.licence,
        "source_date": layer.source_date and layer.source_date.isoformat(),
        "updated_at": layer.updated_at.isoformat(),
        "count": of_map["count"],
        "bbox": of_map["bbox"],
        "parts": {
            part: {
                "href": address(layer, publication),
                **{name: fact for name, fact in publication.facts.items() if name not in _INTERNAL},
            }
            for part, publication in sorted(publications.items())
        },
    }


def current() -> dict[str, Any]:
    """Return the manifest of now: the public layers that were baked, in the order of the map."""
    layers = list(Layer.objects.filter(visibility=Layer.Visibility.PUBLIC))
    newest = newest_of(layers)
    return {
        "city": settings.CITY.slug,
        "languages": languages(),
        "boundary": boundary_address(),
        "layers": [
            entry(layer, newest[layer.pk])
            for layer in layers
            if Part.MAP in newest.get(layer.pk, {})
        ],
    }


def boundary_address() -> str:
    """Return the address of the city's boundary, which is put in the tree where it is missing."""
    return tree.shared("boundary.geojson", boundary())


@cache
def boundary() -> bytes:
    """Return the city's boundary as GeoJSON; it is read with the city, once a process."""
    return json.dumps(boundary_geojson(settings.CITY), ensure_ascii=False).encode()


def switched() -> bool:
    """Write the manifest if it says anything new; return whether it did."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        said, path = current(), tree.public_root() / "baked" / "manifest.json"
        try:
            before = json.loads(path.read_bytes())
        except (OSError, ValueError):
            before = {}
        before.pop("generated_at", None)
        if before == json.loads(json.dumps(said)):
            return False
        said = {"generated_at": timezone.localtime().isoformat(timespec="seconds"), **said}
        tree.write(path, json.dumps(said, ensure_ascii=False, indent=1).encode())
        return True
