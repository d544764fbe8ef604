"""Changes as GeoJSON for a map: what is (old, removed) and what would be (new, added)."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from importers.sides import Picked
from importers.staging import Staging
from importers.statements import statement

Box = Sequence[float]
"""West, south, east, north in degrees."""

_KINDS = {"old": "changed", "added": "new", "removed": "missing"}
_STAGED_BOX = "AND d.box && box(point(%(west)s, %(south)s), point(%(east)s, %(north)s))"
_BOX = "ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"
_SAMPLED = "ORDER BY hashint8(c.feature_id), c.feature_id LIMIT %({kind})s"
# What became of each change, and (undone) what would: see sql/recorded_drawn.sql.
_DONE = {
    "both": "JOIN layers_changestate s ON s.id = c.id",
    "old": "s.before_geom", "old_name": "s.before ->> 'name'",
    "new": "s.after_geom", "new_name": "s.after ->> 'name'",
    "added": "insert", "gone": "delete", "first": "",
}  # fmt: skip
_UNDONE = {
    "both": "LEFT JOIN layers_feature f ON f.id = c.feature_id",
    "old": "f.geom", "old_name": "f.name",
    "new": "c.before_geom", "new_name": "c.before ->> 'name'",
    "added": "delete", "gone": "insert",
    "first": "AND NOT EXISTS (SELECT 1 FROM layers_change e WHERE e.feature_id = c.feature_id "
    "AND e.id < c.id AND e.change_set_id = c.change_set_id)",
}  # fmt: skip


def staged(
    staging: Staging, sizes: Mapping[str, int], limit: int, bbox: Box | None
) -> dict[str, Any]:
    """Return what a staged import would do to geometries (``collection``)."""
    sql = statement("staged_drawn", staging, box=_STAGED_BOX if bbox else "")
    return collection(Picked(sql, {}), sizes, limit, bbox)


def recorded(
    change_set: int | None,
    sizes: Mapping[str, int],
    limit: int,
    bbox: Box | None,
    *,
    undone: bool = False,
) -> dict[str, Any]:
    """Return what a change set did to geometries, or what undoing it would (``collection``)."""
    side = _UNDONE if undone else _DONE
    sql = statement(
        "recorded_drawn",
        None,
        **side,
        box=f"AND ({side['old']} && {_BOX} OR {side['new']} && {_BOX})" if bbox else "",
        sampled_new="" if bbox else _SAMPLED.format(kind="new"),
        sampled_gone="" if bbox else _SAMPLED.format(kind="missing"),
    )
    return collection(Picked(sql, {"change_set": change_set}), sizes, limit, bbox)


def collection(
    picked: Picked, sizes: Mapping[str, int], limit: int, bbox: Box | None
) -> dict[str, Any]:
    """Return the picked geometries (sql/drawn.sql) as a FeatureCollection of at most ``limit``.

    ``sizes`` say how many are changed, new and missing in all; each kind gets a share of the limit.
    Coordinates are longitude and latitude with 6 decimals, outlines thinned for a screen that shows
    ``bbox``, else all of them. The member "complete" says whether all there is was drawn.
    """
    given = shares(limit, {**sizes, "changed": 2 * sizes["changed"]})
    given["changed"] //= 2
    box = dict(zip(("west", "south", "east", "north"), bbox or (), strict=False))
    width = max(bbox[2] - bbox[0], bbox[3] - bbox[1]) if bbox else None
    with connection.cursor() as cursor:
        cursor.execute(
            statement("drawn", picked=picked.sql),
            {**picked.parameters, **given, **box, "width": width},
        )
        features = [_feature(row) for row in cursor.fetchall()]
    drawn = Counter(_KINDS.get(f["properties"]["state"]) for f in features)
    complete = all(drawn[kind] < given[kind] or given[kind] == sizes[kind] for kind in sizes)
    return {"type": "FeatureCollection", "features": features, "complete": complete}


def shares(limit: int, sizes: Mapping[str, int]) -> dict[str, int]:
    """Return how many of each kind to draw: an equal share, and what small kinds leave over."""
    given: dict[str, int] = {}
    left, kinds = limit, len(sizes)
    for kind, size in sorted(sizes.items(), key=lambda item: (item[1], item[0])):
        given[kind] = min(size, left // kinds)
        left, kinds = left - given[kind], kinds - 1
    return given


def _feature(row: tuple[Any, ...]) -> dict[str, Any]:
    number, key, name, feature_id, state, moved, hanging, geometry = row
    properties = {
        "state": state, "row": number, "key": key, "name": name, "feature": feature_id,
        "moved_m": None if moved is None else round(moved, 1), "hanging": bool(hanging),
    }  # fmt: skip
    return {"type": "Feature", "geometry": json.loads(geometry), "properties": properties}
