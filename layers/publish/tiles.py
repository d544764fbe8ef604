"""The tiles of a layer: all of them, or those that changes touched."""

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from layers.models import Layer
from layers.publish import rows, tree
from layers.publish.apart import done
from layers.tiling.grid import Box, Tile, tile_box, tile_range
from layers.tiling.tileset import LINE, POINT, POLYGON, Tileset

ZOOMS = range(8, 16)
"""Below 8 a city is a dot; above 15 a unit is less than 25 cm, and browsers enlarge."""
WIDE = 11
"""The largest zoom at which a tile (15 km in Yamagata) shows most of a city."""
_KINDS = {
    Layer.GeometryType.POINT: POINT,
    Layer.GeometryType.LINE: LINE,
    Layer.GeometryType.POLYGON: POLYGON,
}
MANY = 30_000
"""Features from which on the zooms are shared between two processes."""
MOST_TILES = 100_000
"""Tiles of a zoom above which it is left out: a layer of the whole country ends before 15."""
_HOW_MANY = """
    SELECT coalesce(sum((floor((ST_XMax(geom) - ST_XMin(geom)) / %(side)s) + 1)
               * (floor((ST_YMax(geom) - ST_YMin(geom)) / %(side)s) + 1)), 0)
    FROM layers_feature WHERE layer_id = %(layer)s
      AND greatest(ST_XMax(geom) - ST_XMin(geom), ST_YMax(geom) - ST_YMin(geom)) > %(side)s
"""


@dataclass(frozen=True)
class How:
    """What every tile of a layer hangs on, besides the features in it."""

    slug: str
    kind: int
    last_zoom: int
    keep_all: bool
    shared: list[str]
    """The properties that many features have alike."""

    @classmethod
    def of(cls, layer: Layer) -> "How":
        """Return how a layer's tiles are made now."""
        kind = _KINDS[Layer.GeometryType(layer.geometry_type)]
        shared = ["sub", *rows.style_fields(layer), *rows.shared_names(layer)]
        return cls(layer.slug, kind, _last_zoom(layer), layer.is_safety, shared)


def made(
    layer: Layer,
    folder: Path,
    how: How,
    count: int,
    previous: Path | None = None,
    boxes: Sequence[Box] | None = None,
) -> dict[str, Any]:
    """Write a layer's tiles into a folder and return what the manifest says of them.

    With ``previous`` and ``boxes`` only tiles that a box touches are made; the others are the very
    files of the previous folder.
    """
    zooms = range(ZOOMS.start, how.last_zoom + 1)
    wanted = None
    if previous is not None and boxes is not None:
        wanted = {z: {(t.x, t.y) for box in boxes for t in tile_range(box, z)} for z in zooms}
        _keep(previous, folder, wanted)
    if wanted is None or any(wanted.values()):
        bake(layer, folder, how, zooms, count, wanted)
    present = sorted(_tiles_in(folder))
    return {
        "tiles": "tiles.json", "minzoom": zooms[0], "maxzoom": zooms[-1],
        "zooms": {str(z): boxes_of(t for t in present if t.z == z) for z in zooms},
    }  # fmt: skip


def _last_zoom(layer: Layer) -> int:
    """Return the largest zoom whose tiles are not too many, by the boxes of the large features."""
    for z in reversed(ZOOMS):
        with connection.cursor() as cursor:
            cursor.execute(_HOW_MANY, {"layer": layer.pk, "side": 360 / 2**z})
            if int(cursor.fetchone()[0]) <= MOST_TILES:
                return z
    return ZOOMS.start


def _keep(previous: Path, folder: Path, wanted: Mapping[int, set[tuple[int, int]]]) -> None:
    for tile in _tiles_in(previous):
        if (tile.x, tile.y) not in wanted.get(tile.z, ()):
            tree.link(path_of(previous, tile), path_of(folder, tile))


def bake(
    layer: Layer,
    folder: Path,
    how: How,
    zooms: Sequence[int],
    count: int,
    wanted: Mapping[int, set[tuple[int, int]]] | None = None,
) -> None:
    """Write the tiles of some zooms of a layer of ``count`` features; of many in two processes."""
    largest_first = sorted(zooms, reverse=True)
    shares = [largest_first] if count < MANY else [largest_first[::2], largest_first[1::2]]
    work = [(layer.pk, folder, how, share, wanted) for share in shares if share]
    if len(work) == 1:
        bake_zooms(*work[0])
    else:
        done("layers.publish.tiles:bake_zooms", work)


def bake_zooms(
    layer_pk: int,
    folder: Path,
    how: How,
    zooms: Sequence[int],
    wanted: Mapping[int, set[tuple[int, int]]] | None,
) -> None:
    """Write the tiles of some zooms of a layer."""
    layer = Layer.objects.get(pk=layer_pk)
    groups = [(list(zooms), None if wanted is None else _boxes(wanted, zooms))]
    if wanted is not None:
        # One tile of the small zooms shows most of a city, which is read for all of them together;
        # tiles of the others need little of it, each zoom less than the one before.
        wide = [z for z in zooms if z <= WIDE]
        groups = [
            (some, _boxes(wanted, some)) for some in (wide, *([z] for z in zooms if z > WIDE))
        ]
    for some, boxes in groups:
        if boxes is not None and not boxes:
            continue
        with tempfile.TemporaryFile(dir=tree.aside()) as aside:
            tiles = Tileset(
                how.slug, how.kind, some, aside, last_zoom=how.last_zoom,
                keep_all=how.keep_all, wanted=wanted, shared=how.shared,
            )  # fmt: skip
            for batch in rows.batches(layer, boxes):
                tiles.add(batch)
            for tile, pieces in tiles.tiles():
                tree.write_pieces(path_of(folder, tile), pieces)


def _boxes(wanted: Mapping[int, set[tuple[int, int]]], zooms: Sequence[int]) -> list[Box]:
    """Return the degrees that the wanted tiles cover, side by side ones as one box."""
    return [
        (*tile_box(Tile(z, x0, y1))[:2], *tile_box(Tile(z, x1, y0))[2:])
        for z in zooms
        for x0, y0, x1, y1 in boxes_of(Tile(z, x, y) for x, y in wanted.get(z, ()))
    ]


def path_of(folder: Path, tile: Tile) -> Path:
    """Return where a tile lies in a part's folder."""
    return folder / "tiles" / str(tile.z) / str(tile.x) / f"{tile.y}.mvt"


def _tiles_in(folder: Path) -> list[Tile]:
    found = (folder / "tiles").glob("*/*/*.mvt")
    return [Tile(int(p.parts[-3]), int(p.parts[-2]), int(p.stem)) for p in found]


def boxes_of(tiles: Iterable[Tile]) -> list[list[int]]:
    """Return tiles of one zoom as few boxes of [x0, y0, x1, y1] that hold them and no others."""
    columns: dict[int, list[int]] = {}
    for tile in tiles:
        columns.setdefault(tile.x, []).append(tile.y)
    found: list[list[int]] = []
    open_: dict[tuple[int, int], list[int]] = {}
    for x in sorted(columns):
        runs = _runs(sorted(columns[x]))
        grown = {}
        for run in runs:
            box = open_.get(run)
            if box is not None and box[2] == x - 1:
                box[2] = x
            else:
                box = [x, run[0], x, run[1]]
                found.append(box)
            grown[run] = box
        open_ = grown
    return found


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for y in rows:
        if runs and runs[-1][1] == y - 1:
            runs[-1] = (runs[-1][0], y)
        else:
            runs.append((y, y))
    return runs


def tilejson(layer: Layer, facts: Mapping[str, Any], box: Box | None) -> bytes:
    """Return the layer's TileJSON 3.0. Its tiles' address is relative to its own."""
    fields = {"name": "String", "name_en": "String", "key": "String", "sub": "String"}
    fields |= dict.fromkeys(rows.style_fields(layer), "String")
    document = {
        "tilejson": "3.0.0",
        "name": layer.title_in(settings.LANGUAGE_CODE),
        "description": layer.description_in(settings.LANGUAGE_CODE),
        "attribution": layer.attribution,
        "scheme": "xyz",
        "tiles": ["tiles/{z}/{x}/{y}.mvt"],
        "minzoom": facts["minzoom"],
        "maxzoom": facts["maxzoom"],
        **({"bounds": box} if box else {}),
        "vector_layers": [{"id": layer.slug, "fields": fields,
                           "minzoom": facts["minzoom"], "maxzoom": facts["maxzoom"]}],
        "zooms": facts["zooms"],
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False).encode()
