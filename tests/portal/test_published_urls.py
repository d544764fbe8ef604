"""Where the script fetches a layer's places."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gis_portal.portal.published_urls import classes
from layers.publish import published, tree
from tests.factories import baked, places

pytestmark = pytest.mark.django_db

SQUARE = "POLYGON((140.3 38.7,140.31 38.7,140.31 38.71,140.3 38.71,140.3 38.7))"


@pytest.fixture(autouse=True)
def _own_tree(settings: Any, tmp_path: Path) -> None:
    settings.BAKE_DIR = tmp_path


def page_data(client: Client, path: str = "/") -> dict[str, Any]:
    html = client.get(path).content.decode()
    found = re.search(r'<script id="page" type="application/json">(.*?)</script>', html)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_points_come_from_the_file_of_the_pages_language(client: Client) -> None:
    layer = places.layer("halls")
    places.feature(layer)
    baked.publish(layer)
    for prefix, language in (("", "ja"), ("/ja-easy", "ja-easy"), ("/en", "en")):
        [entry] = page_data(client, f"{prefix}/")["layers"]
        assert entry["features"].endswith(f"/features.{language}.geojson")
        path = tree.public_root() / entry["features"].removeprefix("/")
        assert json.loads(path.read_text())["features"]


def test_areas_come_as_tiles_with_what_is_known_of_where_they_are(client: Client) -> None:
    layer = places.layer("flood", kind="hazard", geometry_type="polygon")
    places.feature(layer, "1", SQUARE)
    publication = baked.publish(layer, maxzoom=9)
    [entry] = page_data(client)["layers"]
    address = published.address(layer, publication)
    assert entry["tiles"] == {
        "template": address + "tiles/{z}/{x}/{y}.mvt",
        "minzoom": 8,
        "maxzoom": 9,
        "present": publication.facts["zooms"],
    }
    assert "features" not in entry
    [[x0, y0, x1, y1]] = entry["tiles"]["present"]["9"]
    there = {path.relative_to(published.folder(layer, publication) / "tiles").as_posix()
             for path in published.folder(layer, publication).rglob("9/*/*.mvt")}  # fmt: skip
    assert there == {f"9/{x}/{y}.mvt" for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)}


def test_what_was_never_published_comes_from_the_api(client: Client) -> None:
    places.layer("flood", geometry_type="polygon")
    data = page_data(client, "/en/")
    assert data["layers"][0]["features"] == "/api/v1/layers/flood/features?lang=en"
    assert data["manifest"] is None
    assert "tiles" not in data["layers"][0]


def test_a_language_that_was_not_baked_comes_from_the_api(client: Client) -> None:
    layer = places.layer("halls")
    publication = baked.publish(layer)
    publication.facts = {"languages": ["ja"]}
    publication.save()
    assert "/baked/" in page_data(client)["layers"][0]["features"]
    assert page_data(client, "/en/")["layers"][0]["features"].startswith("/api/")


def test_the_page_is_the_same_for_every_address(client: Client) -> None:
    layer = places.layer("halls")
    place = places.feature(layer)
    for query in ("?layers=", f"?feature={place.pk}", "?at=38.7,140.3,15&base=photo"):
        assert page_data(client, f"/{query}") == page_data(client, "/")


def test_more_layers_cost_no_more_queries(client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            page_data(client)
        return len(seen)

    baked.publish(places.layer("a"))
    before = queries()
    for slug in "bcd":
        baked.publish(places.layer(slug))
    assert queries() == before


def test_the_classes_of_a_layer_are_named_in_the_pages_language(client: Client) -> None:
    style = {
        "field": "rank",
        "classes": [
            {"value": "3", "title": {"ja": "深い", "en": "deep"}, "colour": "#ffb7b7"},
            {"value": "9", "title": {}, "colour": "#000000"},
        ],
    }
    layer = places.layer("flood", geometry_type="polygon", style=style)
    assert classes(layer, "en") == {
        "field": "rank",
        "classes": [
            {"value": "3", "title": "deep", "colour": "#ffb7b7"},
            {"value": "9", "title": "9", "colour": "#000000"},
        ],
    }
    assert classes(places.layer("plain"), "en") is None
    html = client.get("/").content.decode()
    assert 'fill="#ffb7b7"' in html
    assert "深い" in html


def test_a_places_map_link_names_its_layer_where_that_is_not_shown_anyway(client: Client) -> None:
    usual, other = places.layer("usual", order=1), places.layer("other", shown_at_start=False)
    for feature, named in ((places.feature(usual), False), (places.feature(other), True)):
        html = client.get(f"/features/{feature.pk}/").content.decode()
        assert ("layers=usual,other" in html) is named
