"""PMTiles of points: the map reads GeoJSON, who takes the archive along has all of them in it."""

import gzip
from typing import Any

import mapbox_vector_tile
import pyogrio
import pytest
from pmtiles.reader import Reader, all_tiles

from layers.models import Layer
from layers.publish import bake, tree
from layers.publish.published import folder, newest
from tests.factories import places

pytestmark = pytest.mark.django_db


def archive(layer: Layer) -> Any:
    bake.published(layer)
    bake.finished()
    part = newest(layer, "downloads")
    assert part is not None
    return folder(layer, part) / f"{layer.slug}.pmtiles"


def test_every_point_is_in_the_archive_at_every_zoom() -> None:
    layer = places.layer("halls", attribution="新都市", licence="CC BY 4.0")
    made = [
        places.feature(
            layer, str(number), f"POINT({140.2 + number / 100} 38.7)", name=f"第{number}"
        )
        for number in range(20)
    ]
    data = archive(layer).read_bytes()

    def taken(offset: int, length: int) -> bytes:
        return bytes(data[offset : offset + length])

    names: dict[int, list[tuple[int, str]]] = {}
    for (z, _, _), tile in all_tiles(taken):
        shown = mapbox_vector_tile.decode(gzip.decompress(tile))["halls"]["features"]
        names.setdefault(z, []).extend((one["id"], one["properties"]["name"]) for one in shown)
    assert sorted(names) == list(range(8, 16))
    for z, shown in names.items():
        assert sorted(shown) == sorted((one.pk, one.name) for one in made), z
    assert "新都市" in Reader(taken).metadata()["attribution"]
    assert not list(tree.aside().iterdir())


def test_gdal_reads_points_from_the_archive_where_they_stand() -> None:
    layer = places.layer("halls")
    places.feature(layer, "1", "POINT(140.3 38.75)", name="会館")
    _, _, shapes, _ = pyogrio.raw.read(archive(layer), layer="halls", return_fids=False)
    assert len(shapes) == 1
    info = pyogrio.read_info(archive(layer), layer="halls")
    assert info["geometry_type"] == "Point"


def test_an_empty_layer_of_points_has_no_archive_and_its_other_downloads() -> None:
    layer = places.layer("halls")
    assert not archive(layer).exists()
    assert archive(layer).with_suffix(".csv").exists()
