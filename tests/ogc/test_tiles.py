"""OGC API – Tiles Part 1: the baked tiles at the standard's addresses, row before column."""

import gzip
from typing import Any

import pyproj
import pytest
from django.test import Client

from layers.models import Layer
from layers.ogc.conformance import CLASSES
from layers.ogc.links import TILE as MVT
from layers.ogc.links import TILESETS, TILING
from layers.ogc.tilesets import tile_matrix_set
from layers.publish import tree
from tests.factories import places
from tests.ogc.conftest import TILE, Get, baked
from tests.ogc.documents import link
from tests.ogc.requirements import requirement

pytestmark = pytest.mark.django_db

SET = "collections/flood/tiles/WebMercatorQuad"
THERE = f"{SET}/12/1568/3644"


@requirement("tiles-1/core/tc-op", "tiles-1/core/tc-success", "tiles-1/mvt/content")
def test_a_tile_is_the_bytes_that_were_baked(get: Get, hazard: Layer) -> None:
    answer = get(THERE)
    assert (answer.status_code, answer["Content-Type"]) == (200, MVT)
    assert answer.content == TILE
    assert get(THERE, f="mvt").content == TILE


@requirement("tiles-1/core/tc-tilematrix-definition")
def test_the_zoom_is_the_first_part_of_a_tile_s_address(get: Get, hazard: Layer) -> None:
    assert _path_parameter(get, "tileMatrix")["required"]
    assert get(f"{SET}/11/1568/3644").status_code == 404


@requirement("tiles-1/core/tc-tilerow-definition")
def test_the_row_comes_before_the_column(get: Get, hazard: Layer) -> None:
    assert _path_parameter(get, "tileRow")["required"]
    assert get(f"{SET}/12/3644/1568").status_code == 404


@requirement("tiles-1/core/tc-tilecol-definition")
def test_the_column_comes_last(get: Get, hazard: Layer) -> None:
    assert _path_parameter(get, "tileCol")["required"]
    assert get(f"{SET}/12/1568/3643").status_code == 404


def _path_parameter(get: Get, name: str) -> dict[str, Any]:
    paths = get("api").json()["paths"]
    path = next(path for path in paths if path.endswith("/{tileMatrix}/{tileRow}/{tileCol}"))
    found: dict[str, Any] = next(
        one for one in paths[path]["get"]["parameters"] if one["name"] == name
    )
    return found


@requirement("tiles-1/core/tc-error")
@pytest.mark.parametrize(
    ("tile", "status"),
    [
        ("13/3137/7288", 204),  # within the limits, and nothing there
        ("12/1567/3644", 404),  # north of the limits
        ("7/48/113", 404),  # a zoom that is not baked
        ("16/25067/58308", 404),
        ("25/0/0", 404),  # no such zoom in the set
        ("12/4096/0", 404),
        ("12/0/4096", 404),
        ("12/999999999/0", 404),
        ("12/-1/0", 400),
        ("12/01/0", 400),
        ("a/0/0", 400),
        ("12/1568/3644.mvt", 400),
        ("12/1e3/0", 400),
        ("12/٣/0", 400),
        ("12/1568/36440000000000000000", 400),
    ],
)
def test_no_tile_is_204_within_the_limits_and_404_outside(
    get: Get, hazard: Layer, tile: str, status: int
) -> None:
    answer = get(f"{SET}/{tile}")
    assert answer.status_code == status, answer.content
    if status == 204:
        assert answer.content == b""


@requirement("tiles-1/core/conformance-success", "tiles-1/tileset/conformance-success")
@requirement("tiles-1/tilesets-list/conformance-success")
@requirement("tiles-1/geodata-tilesets/conformance-success")
def test_the_classes_of_tiles_are_declared(get: Get) -> None:
    root = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
    for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30"):
        assert root + name in get("conformance").json()["conformsTo"]
    assert root + "dataset-tilesets" not in CLASSES


@requirement("tiles-1/tileset/description")
def test_a_tileset_is_described_as_the_standard_of_tile_matrix_sets_has_it(
    get: Get, client: Client, hazard: Layer
) -> None:
    told = get(SET).json()
    assert told["tileMatrixSetURI"] == (
        "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
    )
    assert (told["dataType"], told["crs"]) == (
        "vector",
        "http://www.opengis.net/def/crs/EPSG/0/3857",
    )
    assert told["title"] == hazard.title["ja"]
    assert [one["id"] for one in told["layers"]] == ["flood"]
    assert told["layers"][0]["geometryDimension"] == 2
    scheme = client.get(link(told["links"], TILING)["href"]).json()
    assert scheme["id"] == "WebMercatorQuad"
    template = link(told["links"], "item")
    assert (template["templated"], template["type"]) == (True, MVT)
    address = template["href"].format(tileMatrix=12, tileRow=1568, tileCol=3644)
    assert client.get(address).content == TILE


def test_the_limits_hold_every_tile_that_the_place_touches(get: Get, hazard: Layer) -> None:
    limits = {one["tileMatrix"]: one for one in get(SET).json()["tileMatrixSetLimits"]}
    assert list(limits) == [str(zoom) for zoom in range(8, 16)]
    # The corners' columns and rows by PROJ and the figures of the tile matrix set itself.
    step = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    for lon in (140.30, 140.32):
        for lat in (38.75, 38.77):
            x, y = step.transform(lon, lat)
            for matrix in tile_matrix_set()["tileMatrices"][8:16]:
                side = matrix["cellSize"] * matrix["tileWidth"]
                left, top = matrix["pointOfOrigin"]
                limit = limits[matrix["id"]]
                assert limit["minTileCol"] <= (x - left) // side <= limit["maxTileCol"]
                assert limit["minTileRow"] <= (top - y) // side <= limit["maxTileRow"]
    at_15 = limits["15"]
    assert at_15["maxTileCol"] - at_15["minTileCol"] <= 3  # and hardly any other


@requirement("tiles-1/tilesets-list/tileset-path", "tiles-1/geodata-tilesets/operation")
def test_the_list_of_tilesets_answers_get(get: Get, hazard: Layer) -> None:
    assert get("collections/flood/tiles").status_code == 200


@requirement("tiles-1/tilesets-list/tileset-links")
def test_the_list_of_tilesets_links_to_each(get: Get, client: Client, hazard: Layer) -> None:
    (one,) = get("collections/flood/tiles").json()["tilesets"]
    assert (one["dataType"], one["crs"].rsplit("/", 1)[1]) == ("vector", "3857")
    assert one["tileMatrixSetURI"].endswith("/WebMercatorQuad")
    assert client.get(link(one["links"], "self")["href"]).json()["dataType"] == "vector"
    assert client.get(link(one["links"], TILING)["href"]).status_code == 200


@requirement("tiles-1/geodata-tilesets/desc-links")
def test_a_collection_with_tiles_links_to_them_and_one_without_does_not(
    get: Get, client: Client, hazard: Layer, library: Layer
) -> None:
    address = link(get("collections/flood").json()["links"], TILESETS)["href"]
    assert client.get(address).status_code == 200
    without = get("collections/places").json()["links"]
    assert TILESETS not in {one["rel"] for one in without}


def test_points_and_what_is_not_baked_have_no_tiles(
    get: Get, hazard: Layer, library: Layer
) -> None:
    places.layer("unbaked", geometry_type="line")
    for slug in ("places", "unbaked", "none"):
        for path in ("", "/WebMercatorQuad", "/WebMercatorQuad/12/1568/3644"):
            assert get(f"collections/{slug}/tiles{path}").status_code == 404
    assert get("collections/flood/tiles/WorldCRS84Quad").status_code == 404


@requirement("tiles-1/oas30/completeness")
def test_the_definition_has_every_resource_of_tiles(get: Get) -> None:
    paths = get("api").json()["paths"]
    root = "/collections/{collectionId}/tiles"
    assert {
        "/tileMatrixSets",
        "/tileMatrixSets/{tileMatrixSetId}",
        root,
        f"{root}/{{tileMatrixSetId}}",
        f"{root}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}",
    } <= paths.keys()


@requirement("tiles-1/oas30/operation-id")
def test_the_definition_names_the_operations_as_the_standard_does(get: Get) -> None:
    ids = {one["get"]["operationId"] for one in get("api").json()["paths"].values()}
    for suffix in (
        ".collection.vector.getTileSetsList",
        ".collection.vector.getTileSet",
        ".collection.vector.getTile",
        "getTileMatrixSetsList",
        "getTileMatrixSet",
    ):
        assert any(one.endswith(suffix) for one in ids), suffix


def test_the_tile_matrix_set_is_that_of_the_register() -> None:
    """Figures of OGC 17-083r4, annex D.1."""
    matrices = tile_matrix_set()["tileMatrices"]
    assert matrices[0]["scaleDenominator"] == pytest.approx(559082264.0287178, rel=1e-12)
    assert matrices[0]["cellSize"] == pytest.approx(156543.0339280410, rel=1e-12)
    assert matrices[0]["pointOfOrigin"] == pytest.approx([-20037508.342789, 20037508.342789])
    assert matrices[24]["scaleDenominator"] == pytest.approx(33.3238997477951, rel=1e-9)
    assert matrices[24]["matrixWidth"] == 16777216


def test_a_tile_is_sent_as_it_was_compressed_to_who_takes_that(get: Get, hazard: Layer) -> None:
    packed = get(THERE, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == TILE
    for refused in ("", "identity", "gzip;q=0", "br", "gzip; q=0.0, br"):
        plain = get(THERE, headers={"Accept-Encoding": refused})
        assert "Content-Encoding" not in plain.headers
        assert plain.content == TILE
        assert plain["ETag"] != packed["ETag"]
    assert "Accept-Encoding" in packed["Vary"]


def test_a_tile_s_tag_is_good_until_the_layer_is_baked_anew(get: Get, hazard: Layer) -> None:
    tag = get(THERE)["ETag"]
    assert not tag.startswith("W/")
    again = get(THERE, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    baked(hazard, digest="fedcba9876543210", content=b"other")
    changed = get(THERE, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.content) == (200, b"other")


def test_a_tile_may_be_kept_as_long_as_the_manifest(get: Get, hazard: Layer) -> None:
    assert get(THERE)["Cache-Control"] == "public, max-age=15, stale-while-revalidate=60"


def test_a_staff_layer_s_tiles_are_for_staff(
    get: Get, client: Client, hazard: Layer, staff: Any
) -> None:
    hazard.visibility = Layer.Visibility.STAFF
    hazard.save()
    baked(hazard, digest="aaaaaaaaaaaaaaaa")
    answer = get(THERE)
    assert (answer.status_code, answer.content) == (200, TILE)
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Access-Control-Allow-Origin" not in answer.headers
    client.logout()
    assert get(THERE).status_code == 404


def test_a_layer_that_became_staff_s_shows_no_public_tile(
    get: Get, hazard: Layer, staff: Any
) -> None:
    """The tile that was baked for the public is not current for it any more."""
    hazard.visibility = Layer.Visibility.STAFF
    hazard.save()
    assert tree.part_folder("flood", "map", "0123456789abcdef", public=True).is_dir()
    assert get(THERE).status_code == 404
