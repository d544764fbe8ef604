"""Layers and features made for a test, written the only way the database takes them."""

from typing import Any

from django.contrib.gis.geos import GEOSGeometry, Point
from django.db import connection

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


def grid(of: Layer, x: float, y: float, *, columns: int, rows: int, side: float) -> None:
    """Fill a layer with squares side by side, from (x, y) degrees on to the north-east."""
    with recording(of, "edit", note="test"), connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO layers_feature
              (layer_id, key, name, name_kana, name_en, address, geom, properties, provenance,
               updated_at)
            SELECT %(layer)s, i || '-' || j, '', '', '', '',
                   ST_MakeEnvelope(
                     %(x)s + i * %(side)s, %(y)s + j * %(side)s,
                     %(x)s + (i + 0.9) * %(side)s, %(y)s + (j + 0.9) * %(side)s, 4326),
                   '{}', 'surveyed', now()
            FROM generate_series(0, %(columns)s - 1) AS i, generate_series(0, %(rows)s - 1) AS j
            """,
            {"layer": of.pk, "x": x, "y": y, "side": side, "columns": columns, "rows": rows},
        )
