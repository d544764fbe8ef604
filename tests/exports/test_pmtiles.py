"""PMTiles: every baked tile, as other programs read it, each content once."""

import gzip
import hashlib
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyogrio
import pytest
from django.db import connection
from pmtiles.reader import Reader, all_tiles

from layers.exports import pmtiles as pmtiles_download
from layers.models import Layer
from tests.exports.written import downloads
from tests.factories import places

pytestmark = pytest.mark.django_db

_TILE = """
    SELECT ST_AsMVT(t, 'areas', 4096, 'geom', 'id') FROM (
        SELECT id, name, ST_AsMVTGeom(ST_Transform(geom, 3857), box, 4096, 64) AS geom
        FROM layers_feature, ST_TileEnvelope(%s, %s, %s) box
        WHERE layer_id = %s AND geom && ST_Transform(box, 4326)) t
    WHERE geom IS NOT NULL
"""
ZOOMS = (8, 11)
TILEJSON = {
    "tilejson": "3.0.0",
    "bounds": [140.2, 38.7, 140.4, 38.9],
    "attribution": "新庄市",
    "vector_layers": [{"id": "areas", "fields": {"name": "String"}}],
}


def areas() -> Layer:
    layer = places.layer("areas", geometry_type="polygon", licence="CC BY 4.0")
    places.feature(layer, "1", "POLYGON((140.25 38.72, 140.35 38.72, 140.35 38.85, 140.25 38.72))")
    places.feature(layer, "2", "POLYGON((140.30 38.75, 140.31 38.75, 140.31 38.76, 140.30 38.75))")
    return layer


def baked(layer: Layer, folder: Path, *, twins: bool = True) -> Path:
    """Bake a layer's tiles, all that are not empty."""
    with connection.cursor() as cursor:
        for z in range(ZOOMS[0], ZOOMS[1] + 1):
            n = 2**z
            for x in range(int(n * 320.2 / 360), int(n * 320.4 / 360) + 1):
                for y in range(int(n * 0.38), int(n * 0.39) + 2):
                    cursor.execute(_TILE, [z, x, y, layer.pk])
                    if data := bytes(cursor.fetchone()[0] or b""):
                        put(folder, z, x, y, data, twin=twins)
    return folder


def put(folder: Path, z: int, x: int, y: int, data: bytes, *, twin: bool = True) -> None:
    path = folder / str(z) / str(x) / f"{y}.mvt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if twin:
        path.with_name(f"{y}.mvt.gz").write_bytes(gzip.compress(data, mtime=0))


def tiles_of(path: Path) -> dict[tuple[int, int, int], bytes]:
    data = path.read_bytes()

    def taken(offset: int, length: int) -> bytes:
        return data[offset : offset + length]

    return {at: gzip.decompress(tile) for at, tile in all_tiles(taken)}


def on_disk(folder: Path) -> dict[tuple[int, int, int], bytes]:
    return {
        (int(p.parts[-3]), int(p.parts[-2]), int(p.stem)): p.read_bytes()
        for p in folder.glob("*/*/*.mvt")
    }


def header(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    data = path.read_bytes()
    reader = Reader(lambda offset, length: data[offset : offset + length])
    return dict(reader.header()), dict(reader.metadata())


@pytest.mark.parametrize("twins", [True, False])
def test_every_baked_tile_is_in_the_archive_to_the_byte(tmp_path: Path, twins: bool) -> None:
    layer = areas()
    tiles = baked(layer, tmp_path / "tiles", twins=twins)
    path = downloads(layer, tmp_path / "out", tiles=tiles, tilejson=TILEJSON)["pmtiles"]
    expected = on_disk(tiles)
    assert len(expected) > 4
    assert tiles_of(path) == expected


def test_the_archive_says_what_it_is_whose_and_where(tmp_path: Path) -> None:
    layer = areas()
    tiles = baked(layer, tmp_path / "tiles")
    path = downloads(layer, tmp_path / "out", tiles=tiles, tilejson=TILEJSON)["pmtiles"]
    head, said = header(path)
    assert (head["min_zoom"], head["max_zoom"], head["clustered"]) == (*ZOOMS, True)
    assert (head["min_lon_e7"], head["max_lat_e7"]) == (1_402_000_000, 389_000_000)
    assert said["attribution"] == "新庄市"
    assert said["licence"] == "CC BY 4.0"
    assert said["vector_layers"] == TILEJSON["vector_layers"]
    assert said["name"] == "areasの地図"


def test_gdal_reads_the_archive(tmp_path: Path) -> None:
    layer = areas()
    tiles = baked(layer, tmp_path / "tiles")
    path = downloads(layer, tmp_path / "out", tiles=tiles, tilejson=TILEJSON)["pmtiles"]
    info = pyogrio.read_info(path, force_feature_count=True)
    assert (info["driver"], info["features"] > 0) == ("PMTiles", True)
    names = pyogrio.read_arrow(path)[1].column("name").to_pylist()
    assert set(names) == {"場所1", "場所2"}


def test_tiles_of_the_same_content_are_kept_once(tmp_path: Path) -> None:
    layer = areas()
    for x in range(4):
        put(tmp_path / "tiles", 2, x, 1, b"water" * 50)
    put(tmp_path / "tiles", 2, 0, 2, b"land" * 50)
    path = downloads(layer, tmp_path / "out", tiles=tmp_path / "tiles")["pmtiles"]
    head, _ = header(path)
    assert (head["addressed_tiles_count"], head["tile_contents_count"]) == (5, 2)
    assert tiles_of(path) == on_disk(tmp_path / "tiles")


def test_tiles_of_one_digest_and_two_contents_are_not_taken_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class SameForAll:
        def __init__(self, data: bytes) -> None:
            self.data = data

        def digest(self) -> bytes:
            return b"same"

    monkeypatch.setattr(pmtiles_download, "hashlib", SimpleNamespace(sha256=SameForAll))
    assert pmtiles_download.hashlib.sha256(b"a").digest() != hashlib.sha256(b"a").digest()
    for x in range(3):
        put(tmp_path / "tiles", 2, x, 1, f"tile {x}".encode() * 20)
    path = downloads(areas(), tmp_path / "out", tiles=tmp_path / "tiles")["pmtiles"]
    assert tiles_of(path) == on_disk(tmp_path / "tiles")


def test_an_archive_of_many_tiles_has_directories_that_readers_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pmtiles_download, "_MOST_ROOT", 200)
    made = random.Random(1)
    for x in range(20):
        for y in range(20):
            put(tmp_path / "tiles", 9, x, y, made.randbytes(made.randrange(1, 999)))
    path = downloads(areas(), tmp_path / "out", tiles=tmp_path / "tiles")["pmtiles"]
    head, _ = header(path)
    assert head["leaf_directory_length"] > 0
    assert head["root_length"] < 200
    assert tiles_of(path) == on_disk(tmp_path / "tiles")


def test_a_layer_without_tiles_has_no_archive(tmp_path: Path) -> None:
    assert "pmtiles" not in downloads(areas(), tmp_path / "a")
    (tmp_path / "none").mkdir()
    assert "pmtiles" not in downloads(
        places.layer("others", geometry_type="polygon"), tmp_path / "b", tiles=tmp_path / "none"
    )
