"""Real clients on a real server: OWSLib, and GDAL's drivers for Features and for Tiles."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pyogrio.raw
import pyproj
import pytest
import requests
import shapely
from django.conf import settings
from django.db import connection
from owslib.ogcapi.features import Features
from pytest_django.live_server_helper import LiveServer

from layers.models import Layer
from tests.ogc.conftest import baked

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

_MVT = """
    SELECT ST_AsMVT(tile, %s, 4096, 'geom', 'id') FROM (
        SELECT id, name, ST_AsMVTGeom(
            ST_Transform(geom, 3857), ST_TileEnvelope(12, 3644, 1568), 4096, 64) AS geom
        FROM layers_feature WHERE layer_id = %s) tile
"""


def gdal(program: str, url: str) -> Any:
    """Run a few lines with pyogrio beside the server; return what they print as JSON.

    In a process of its own: GDAL waits for an answer with Python's lock in its hand.
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), url],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=settings.BASE_DIR,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_owslib_finds_its_way(live_server: LiveServer, library: Layer) -> None:
    api = Features(f"{live_server.url}/ogc/")
    assert (
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
        in (api.conformance()["conformsTo"])
    )
    assert api.api()["openapi"].startswith("3.0")
    assert api.feature_collections() == ["places"]
    assert api.collection("places")["storageCrs"].endswith("CRS84")
    assert "種別" in api.collection_queryables("places")["properties"]
    page = api.collection_items("places", limit=2)
    assert (page["numberMatched"], page["numberReturned"]) == (5, 2)
    boxed = api.collection_items("places", bbox=[140.305, 38.7, 140.325, 38.8])
    assert [one["properties"]["key"] for one in boxed["features"]] == ["b", "c"]
    filtered = api.collection_items("places", filter="種別 = '図書館' AND 定員 > 10")
    assert [one["properties"]["key"] for one in filtered["features"]] == ["a"]
    first = page["features"][0]
    alone = api.collection_item("places", str(first["id"]))
    assert alone["properties"] == first["properties"]
    with pytest.raises(RuntimeError, match="unheard"):
        api.collection_items("places", unheard="1")


def test_gdal_reads_every_page_of_a_collection(live_server: LiveServer, library: Layer) -> None:
    program = """
        import json, sys
        import pyogrio.raw
        source = f"OAPIF:{sys.argv[1]}"
        meta, fids, geometry, values = pyogrio.raw.read(source, layer="places", PAGE_SIZE="2")
        box = pyogrio.raw.read(source, layer="places", bbox=(140.305, 38.7, 140.325, 38.8))
        where = pyogrio.raw.read(source, layer="places", where="key = 'd'")
        print(json.dumps({
            "layers": pyogrio.list_layers(source)[:, 0].tolist(),
            "fields": list(meta["fields"]),
            "crs": meta["crs"],
            "count": len(geometry),
            "box": len(box[2]),
            "where": len(where[2]),
        }))
    """
    told = gdal(program, f"{live_server.url}/ogc")
    assert told["layers"] == ["places"]
    assert {"key", "name", "種別", "定員"} <= set(told["fields"])
    assert 'AUTHORITY["OGC","CRS84"]' in told["crs"]
    assert (told["count"], told["box"], told["where"]) == (5, 2, 1)


def test_a_tile_lies_where_its_row_and_column_say(
    live_server: LiveServer, hazard: Layer, tmp_path: Path
) -> None:
    """Found through the tileset's template, read by GDAL's driver of vector tiles."""
    with connection.cursor() as cursor:
        cursor.execute(_MVT, [hazard.slug, hazard.pk])
        content = bytes(cursor.fetchone()[0])
    baked(hazard, digest="fedcba9876543210", content=content)
    tileset = requests.get(
        f"{live_server.url}/ogc/collections/flood/tiles/WebMercatorQuad", timeout=30
    ).json()
    template = next(one["href"] for one in tileset["links"] if one["rel"] == "item")
    address = template.format(tileMatrix=12, tileRow=1568, tileCol=3644)
    answer = requests.get(address, timeout=30)
    assert answer.headers["Content-Encoding"] == "gzip"
    # GDAL learns from the path which tile it is: zoom, column, row.
    path = tmp_path / "12" / "3644" / "1568.mvt"
    path.parent.mkdir(parents=True)
    path.write_bytes(answer.content)
    meta, _, geometry, _ = pyogrio.raw.read(path, METADATA_FILE="")
    assert "name" in meta["fields"]
    found = shapely.from_wkb(geometry)[0].bounds
    step = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    wanted = [*step.transform(140.30, 38.75), *step.transform(140.32, 38.77)]
    # As far as a tile of this zoom can say it (2.4 m), the south being of the next tile.
    assert [found[0], found[2], found[3]] == pytest.approx([wanted[0], wanted[2], wanted[3]], abs=5)
