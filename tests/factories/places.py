"""Layers and features made for a test, written the only way the database takes them."""

from typing import Any

from django.contrib.gis.geos import GEOSGeometry, Point

from layers.changes import recording
from layers.models import Feature, Layer


def layer(slug: str = "places", **facts: Any) -> Layer:
    """Return a new layer of points; any fact may be given."""
    defaults: dict[str, Any] = {
        "title": {"ja": f"{slug}の地図", "en": f"Map of {slug}"},
        "kind": "public_facility",
        "geometry_type": "point",
        "shown_at_start": True,
    }
    return Layer.objects.create(slug=slug, **{**defaults, **facts})


def feature(
    of: Layer, key: str = "1", at: tuple[float, float] | str = (140.3, 38.76), **facts: Any
) -> Feature:
    """Return a new feature at (longitude, latitude), or of a WKT geometry, and record it."""
    geom = GEOSGeometry(at, srid=4326) if isinstance(at, str) else Point(*at, srid=4326)
    made = Feature(layer=of, key=key, geom=geom, **{"name": f"場所{key}", **facts})
    with recording(of, "edit", note="test"):
        made.save()
    return made
