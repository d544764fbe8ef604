"""A layer's features as the tiler takes them: in batches, straight from the database."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from django.db import connection, transaction

from layers.geojson import SUBTITLE_FIELDS
from layers.models import Layer
from layers.tiling.grid import Box
from layers.tiling.tileset import Batch

BATCH = 10_000

_SELECT = """
    SELECT f.id, ST_AsBinary(f.geom), nullif(f.name, ''), nullif(f.name_en, ''),
           CASE WHEN f.name = '' AND %(numbered)s THEN f.key END,
           coalesce({subtitle}), {fields}
    FROM layers_feature f
    WHERE f.layer_id = %(layer)s {touching}
    ORDER BY f.id
"""
# By the spatial index: a few boxes, each with few features in it.
_TOUCHING = """
    AND f.id IN (
        SELECT t.id FROM unnest(%(wests)s::float8[], %(souths)s::float8[], %(easts)s::float8[],
                                %(norths)s::float8[]) AS b (west, south, east, north)
        JOIN layers_feature t
            ON t.geom && ST_MakeEnvelope(b.west, b.south, b.east, b.north, 4326)
        WHERE t.layer_id = %(layer)s)
"""
_ALIKE = """
    SELECT count(*), count(DISTINCT name), count(DISTINCT name_en), count(DISTINCT key)
    FROM (SELECT name, name_en, key FROM layers_feature WHERE layer_id = %s
          ORDER BY key LIMIT 1000) f
"""
_COUNT = "SELECT count(*) FROM layers_feature WHERE layer_id = %s"
_EXTENT = """
    SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
    FROM (SELECT ST_Extent(geom) AS box FROM layers_feature WHERE layer_id = %s) e
    WHERE box IS NOT NULL
"""
# What was where before, and where the same features are now.
TOUCHED = """
    WITH touched AS (
        SELECT c.feature_id, c.before_geom
        FROM layers_changeset s JOIN layers_change c ON c.change_set_id = s.id
        WHERE s.layer_id = %(layer)s AND s.layer_version > %(since)s
        LIMIT %(most)s
    ), boxes AS (
        SELECT before_geom AS geom FROM touched WHERE before_geom IS NOT NULL
        UNION ALL
        SELECT f.geom FROM layers_feature f WHERE f.id IN (SELECT feature_id FROM touched)
    )
    SELECT count(*), array_agg(DISTINCT feature_id), (SELECT array_agg(
        ARRAY[ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)]) FROM boxes)
    FROM touched
"""


def style_fields(layer: Layer) -> list[str]:
    """Return the columns of the source that the layer's style draws by."""
    field = layer.style.get("field")
    return [field] if isinstance(field, str) else []


def query(layer: Layer, boxes: Sequence[Box] | None = None) -> tuple[str, dict[str, Any]]:
    """Return the query of a layer's features, or of those that touch a box, with its parameters."""
    fields = {f"field_{number}": name for number, name in enumerate(style_fields(layer))}
    subtitles = {f"subtitle_{number}": name for number, name in enumerate(SUBTITLE_FIELDS)}
    select = _SELECT.format(
        subtitle=", ".join(f"nullif(f.properties ->> %({name})s, '')" for name in subtitles),
        fields=", ".join(f"f.properties -> %({name})s" for name in fields) or "NULL",
        touching="" if boxes is None else _TOUCHING,
    )
    west, south, east, north = zip(*boxes, strict=True) if boxes else ((), (), (), ())
    return select, {
        "layer": layer.pk, "numbered": bool(layer.key_column), **fields, **subtitles,
        "wests": list(west), "souths": list(south), "easts": list(east), "norths": list(north),
    }  # fmt: skip


def batches(layer: Layer, boxes: Sequence[Box] | None = None) -> Iterator[Batch]:
    """Go through a layer's features by their ids; with boxes, only through those that touch one."""
    fields = style_fields(layer)
    connection.ensure_connection()
    with transaction.atomic(), connection.connection.cursor("bake", binary=True) as cursor:
        cursor.itersize = BATCH
        cursor.execute(*query(layer, boxes))
        while rows := cursor.fetchmany(BATCH):
            ids, geometries, names, english, keys, subtitle, *values = zip(*rows, strict=True)
            yield Batch(
                np.array(ids, np.int64),
                np.asarray(shapely.from_wkb(geometries)),
                {
                    "name": names, "name_en": english, "key": keys, "sub": subtitle,
                    **{field: [_plain(one) for one in column]
                       for field, column in zip(fields, values, strict=False)},
                },
            )  # fmt: skip


def _plain(value: Any) -> Any:
    """Return a cell as a tile can hold it; several values in one text."""
    if isinstance(value, list):
        return ";".join(map(str, value))
    return value if value != "" else None


def shared_names(layer: Layer) -> list[str]:
    """Return which of ``name``, ``name_en`` and ``key`` many features have alike.

    By the first thousand features: a flood zone's areas have few names, parcels have one each.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, [layer.pk])
        many, *distinct = cursor.fetchone()
    names = ("name", "name_en", "key")
    return [name for name, some in zip(names, distinct, strict=True) if 2 * some <= many]


def counted(layer: Layer) -> int:
    """Return how many features the layer has."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [layer.pk])
        return int(cursor.fetchone()[0])


def extent(layer: Layer) -> Box | None:
    """Return the box of a layer's features in degrees, None where it has none."""
    with connection.cursor() as cursor:
        cursor.execute(_EXTENT, [layer.pk])
        return cursor.fetchone()


def touched(layer: Layer, since: int, most: int) -> tuple[list[int], list[Box]] | None:
    """Return the ids of the features that changed after a version, and the boxes they touched.

    Boxes of before and of now, degrees. None where there are more than ``most`` changes.
    """
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED, {"layer": layer.pk, "since": since, "most": most + 1})
        changes, ids, boxes = cursor.fetchone()
    return None if changes > most else (ids or [], [tuple(box) for box in boxes or ()])
