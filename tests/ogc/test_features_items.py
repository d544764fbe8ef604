"""OGC API – Features Part 1, requirement by requirement: the places."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from layers.changes import recording
from layers.models import Feature, Layer
from tests.factories import places
from tests.ogc.conftest import Get
from tests.ogc.documents import link, parameter
from tests.ogc.requirements import requirement

pytestmark = pytest.mark.django_db

Items = Callable[..., HttpResponse]
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@requirement("features-1/core/crs84")
def test_positions_are_longitude_then_latitude(items: Items, library: Layer) -> None:
    first = items().json()["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [140.3, 38.76]}


@requirement("features-1/core/fc-op")
def test_items_answer_get(items: Items, library: Layer) -> None:
    assert items().status_code == 200
    assert items(path="none").status_code == 404


@requirement("features-1/core/fc-limit-definition")
def test_limit_is_defined_as_the_standard_has_it(get: Get, library: Layer) -> None:
    for path in ("/collections/{collectionId}/items", "/collections/places/items"):
        told = parameter(get, path, "limit")
        assert (told["required"], told["style"], told["explode"]) == (False, "form", False)
        assert told["schema"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}


@requirement("features-1/core/fc-limit-response-1")
def test_no_more_than_limit_come_and_never_more_than_the_most(
    items: Items, library: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(items({"limit": "2"}).json()["features"]) == 2
    assert items({"limit": "5000"}).status_code == 200
    monkeypatch.setattr("layers.ogc.params.MOST_ITEMS", 3)
    assert len(items({"limit": "5000"}).json()["features"]) == 3


@requirement("features-1/core/fc-bbox-definition")
def test_bbox_is_defined_as_the_standard_has_it(get: Get, library: Layer) -> None:
    for path in ("/collections/{collectionId}/items", "/collections/places/items"):
        told = parameter(get, path, "bbox")
        assert (told["required"], told["style"], told["explode"]) == (False, "form", False)
        schema = told["schema"]
        assert (schema["minItems"], schema["maxItems"]) == (4, 6)
        assert (schema["type"], schema["items"]) == ("array", {"type": "number"})


@requirement("features-1/core/fc-bbox-response")
def test_only_what_intersects_the_box_comes(keys: Callable[..., list[str]], library: Layer) -> None:
    assert keys(bbox="140.305,38.7,140.325,38.8") == ["b", "c"]
    assert keys(bbox="140.30,38.76,140.31,38.76") == ["a", "b"]  # the edge belongs to it
    assert keys(bbox="140.31,38.76,140.31,38.76") == ["b"]  # a box without size is a point
    assert keys(bbox="140.305,38.7,-10,140.325,38.8,10") == ["b", "c"]  # heights choose nothing
    assert keys(bbox="140.335,-90,140.305,90") == ["a", "e"]  # around the world
    assert keys(bbox="0,0,1,1") == []


def test_a_box_takes_an_area_by_its_shape_and_not_by_its_box(get: Get) -> None:
    slanted = places.layer("slanted", geometry_type="line")
    places.feature(slanted, "1", at="LINESTRING(140 38,141 39)")
    corner, middle = "140,38.8,140.1,38.9", "140.4,38.4,140.6,38.6"
    assert get("collections/slanted/items", bbox=corner).json()["numberMatched"] == 0
    assert get("collections/slanted/items", bbox=middle).json()["numberMatched"] == 1


@requirement("features-1/core/fc-time-definition")
def test_datetime_is_defined_as_the_standard_has_it(get: Get, library: Layer) -> None:
    told = parameter(get, "/collections/places/items", "datetime")
    assert (told["required"], told["style"], told["explode"]) == (False, "form", False)
    assert told["schema"] == {"type": "string"}


@requirement("features-1/core/fc-time-response")
@pytest.mark.parametrize(
    "when",
    [
        "2015-01-01T00:00:00Z",
        "2015-01-01T00:00:00.5+09:00",
        "2015-01-01",
        "2015-01-01/2024-01-01",
        "2015-01-01T00:00:00Z/..",
        "../2015-01-01T00:00:00Z",
        "/2015-01-01",
        "2015-01-01/",
    ],
)
def test_places_have_no_time_so_every_time_finds_them_all(
    keys: Callable[..., list[str]], library: Layer, when: str
) -> None:
    assert keys(datetime=when) == list("abcde")


@requirement("features-1/core/fc-response")
def test_items_are_those_that_fit_every_parameter(
    keys: Callable[..., list[str]], library: Layer
) -> None:
    found = keys(
        bbox="140.2,38,140.35,39", 種別="図書館", filter="key > 'a'", datetime="2020-01-01"
    )
    assert found == ["e"]


@requirement("features-1/core/fc-links")
def test_items_link_to_themselves_and_to_the_next_page(
    items: Items, client: Client, library: Layer
) -> None:
    first = items({"limit": "2"}).json()
    assert link(first["links"], "self")["type"] == "application/geo+json"
    assert link(first["links"], "alternate")["type"] == "text/html"
    found, pages = [], 1
    page = first
    while True:
        found += [one["properties"]["key"] for one in page["features"]]
        following = [one["href"] for one in page["links"] if one["rel"] == "next"]
        if not following:
            break
        page, pages = client.get(following[0]).json(), pages + 1
    assert (found, pages) == (list("abcde"), 3)


def test_pages_neither_repeat_nor_skip_when_places_come_and_go(
    items: Items, client: Client, library: Layer
) -> None:
    first = items({"limit": "2"}).json()
    places.feature(library, "a1")  # before the next page
    with recording(library, "edit"):
        Feature.objects.get(layer=library, key="b").delete()  # the very one that it begins after
    following = client.get(link(first["links"], "next")["href"]).json()
    assert [one["properties"]["key"] for one in following["features"]] == ["c", "d"]


@requirement("features-1/core/fc-rel-type")
def test_every_link_has_its_relation_and_type(get: Get, library: Layer, hazard: Layer) -> None:
    def every(value: Any) -> list[dict[str, Any]]:
        if isinstance(value, list):
            return [found for one in value for found in every(one)]
        if isinstance(value, dict):
            here = value.get("links", [])
            return [*here, *(found for one in value.values() for found in every(one))]
        return []

    for path in ("", "collections", "collections/places", "collections/places/items"):
        links = every(get(path).json())
        assert links
        assert all(one["rel"] and one["type"] and one["href"] for one in links)


@requirement("features-1/core/fc-timeStamp")
def test_no_time_stamp_is_told_where_it_would_be_that_of_a_cache(
    items: Items, library: Layer
) -> None:
    """Optional; the answer carries a strong tag instead, and the collection the source's date."""
    answer = items()
    assert "timeStamp" not in answer.json()
    assert answer["ETag"]


@requirement("features-1/core/fc-numberMatched")
def test_number_matched_counts_all_pages_and_only_what_was_asked_for(
    items: Items, library: Layer
) -> None:
    assert items({"limit": "1"}).json()["numberMatched"] == 5
    assert items({"limit": "1", "種別": "図書館"}).json()["numberMatched"] == 2
    assert items({"limit": "1", "bbox": "0,0,1,1"}).json()["numberMatched"] == 0


def test_the_count_is_of_now_after_a_change(items: Items, library: Layer) -> None:
    assert items().json()["numberMatched"] == 5
    places.feature(library, "f")
    assert items().json()["numberMatched"] == 6


@requirement("features-1/core/fc-numberReturned")
def test_number_returned_counts_the_page(items: Items, library: Layer) -> None:
    for limit in ("1", "3", "100"):
        told = items({"limit": limit}).json()
        assert told["numberReturned"] == len(told["features"])


@requirement("features-1/core/f-op")
def test_one_place_answers_get_and_no_place_is_404(get: Get, library: Layer) -> None:
    place = library.features.get(key="a")
    assert get(f"collections/places/items/{place.pk}").status_code == 200
    for nobody in ("999999", "0", "-1", "a", "9" * 30, "1%00", "٣"):
        assert get(f"collections/places/items/{nobody}").status_code == 404, nobody


@requirement("features-1/core/f-success")
def test_a_place_says_the_same_alone_as_in_the_list(get: Get, items: Items, library: Layer) -> None:
    listed = items().json()["features"][0]
    alone = get(f"collections/places/items/{listed['id']}").json()
    alone.pop("links")
    assert alone == listed
    assert alone["properties"]["種別"] == "図書館"


@requirement("features-1/core/f-links")
def test_a_place_links_to_itself_and_its_collection(get: Get, library: Layer) -> None:
    links = get(f"collections/places/items/{library.features.get(key='a').pk}").json()["links"]
    assert link(links, "self")["type"] == "application/geo+json"
    assert link(links, "alternate")["type"] == "text/html"
    assert link(links, "collection")["href"].endswith("/ogc/collections/places")


@requirement("features-1/geojson/definition")
@pytest.mark.parametrize("accept", ["application/geo+json", "application/json", "*/*", ""])
def test_items_come_as_geojson(get: Get, library: Layer, accept: str) -> None:
    answer = get("collections/places/items", headers={"Accept": accept})
    assert answer["Content-Type"] == "application/geo+json"


@requirement("features-1/geojson/content")
def test_items_are_an_rfc_7946_feature_collection(items: Items, library: Layer) -> None:
    told = items().json()
    assert told["type"] == "FeatureCollection"
    for feature in told["features"]:
        assert feature.keys() == {"type", "id", "geometry", "properties"}
        assert feature["type"] == "Feature"
    assert "crs" not in told
