"""Layers published for a test: files in the tree, the row that says so, and the manifest.

Tiles are made here in the plainest way, so that the map's tests hang on the contract
(docs/publishing.md) and not on the baker.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import override

from layers.geojson import collection
from layers.models import Layer, Publication
from layers.publish import published, tree

TILES = """
WITH box AS (SELECT ST_SetSRID(ST_Extent(geom)::geometry, 4326) AS geom
             FROM layers_feature WHERE layer_id = %(layer)s)
SELECT x, y, tile FROM box,
  generate_series(floor((ST_XMin(geom) + 180) / 360 * (1 << %(z)s))::int,
                  floor((ST_XMax(geom) + 180) / 360 * (1 << %(z)s))::int) AS x,
  generate_series(floor({north})::int,
                  floor({south})::int) AS y,
  LATERAL (
    SELECT ST_AsMVT(feature, %(slug)s, 4096, 'geom', 'id') AS tile FROM (
      SELECT f.id, nullif(f.name, '') AS name, nullif(f.name_en, '') AS name_en,
             CASE WHEN f.name = '' AND %(keyed)s THEN f.key END AS key,
             f.properties ->> '種別' AS sub, f.properties ->> 'rank' AS rank,
             ST_AsMVTGeom(ST_Transform(f.geom, 3857), ST_TileEnvelope(%(z)s, x, y),
                          4096, 64, true) AS geom
      FROM layers_feature f
      WHERE f.layer_id = %(layer)s AND f.geom && ST_Transform(
        ST_TileEnvelope(%(z)s, x, y, margin => 64.0 / 4096), 4326)
      ORDER BY f.id
    ) AS feature WHERE geom IS NOT NULL
  ) AS baked
WHERE length(tile) > 0 ORDER BY y, x
"""
ROW = "((1 - asinh(tan(radians({latitude}))) / pi()) / 2 * (1 << %(z)s))"


def publish(layer: Layer, *, minzoom: int = 8, maxzoom: int = 12) -> Publication:
    """Publish a layer's map part as it is now: GeoJSON of points, else tiles."""
    layer.refresh_from_db()
    with tree.making(layer.slug, "map", public=layer.is_public) as folder:
        facts: dict[str, Any]
        if layer.geometry_type == "point":
            languages = [code for code, _ in settings.LANGUAGES]
            for language in languages:
                with override(language):
                    text = json.dumps(collection(layer, language), ensure_ascii=False)
                tree.write(folder / f"features.{language}.geojson", text.encode())
            facts = {"languages": languages}
        else:
            zooms = {}
            for z in range(minzoom, maxzoom + 1):
                there = []
                for x, y, tile in _tiles(layer, z):
                    tree.write_pieces(folder / "tiles" / str(z) / str(x) / f"{y}.mvt", [tile])
                    there.append((x, y))
                zooms[str(z)] = _rows(there)
            tree.write(folder / "tiles.json", b"{}")
            facts = {
                "tiles": "tiles.json",
                "minzoom": minzoom,
                "maxzoom": maxzoom,
                "zooms": zooms,
            }
        digest = tree.settle(folder, layer.slug, "map", public=layer.is_public)
    made = Publication.objects.create(
        layer=layer,
        part="map",
        public=layer.is_public,
        digest=digest,
        layer_version=layer.version,
        facts=facts,
    )
    write_manifest()
    return made


def write_manifest() -> None:
    """Write what is current of the public layers."""
    layers = [layer for layer in Layer.objects.all() if layer.is_public]
    current = published.newest_of(layers)
    entries = [
        {
            "slug": layer.slug,
            "parts": {
                part: {"href": published.address(layer, publication), **publication.facts}
                for part, publication in current[layer.pk].items()
            },
        }
        for layer in layers
    ]
    content = json.dumps({"layers": entries}).encode()
    tree.write(tree.public_root() / "baked" / "manifest.json", content)


def _tiles(layer: Layer, z: int) -> Iterable[tuple[int, int, bytes]]:
    query = TILES.format(
        north=ROW.format(latitude="ST_YMax(geom)"), south=ROW.format(latitude="ST_YMin(geom)")
    )
    facts = {"layer": layer.pk, "slug": layer.slug, "z": z, "keyed": bool(layer.key_column)}
    with connection.cursor() as cursor:
        cursor.execute(query, facts)
        return [(x, y, bytes(tile)) for x, y, tile in cursor.fetchall()]


def _rows(there: list[tuple[int, int]]) -> list[list[int]]:
    """Return boxes of columns and rows that hold exactly these tiles: the runs of each row."""
    boxes: list[list[int]] = []
    for x, y in there:  # by row, then by column
        if boxes and boxes[-1][1] == y and boxes[-1][2] == x - 1:
            boxes[-1][2] = x
        else:
            boxes.append([x, y, x, y])
    return boxes
