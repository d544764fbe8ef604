"""What is the same for all answers: tags, caches, other sites, staff, languages."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from layers.changes import recording
from layers.models import Feature, Layer
from tests.factories import places
from tests.ogc.conftest import Get

pytestmark = pytest.mark.django_db

TAGGED = [
    "collections",
    "collections/places",
    "collections/places/queryables",
    "collections/places/items",
    "collections/places/items?limit=2",
    "collections/places/items?filter=%E5%AE%9A%E5%93%A1%3E10",
]


@pytest.mark.parametrize("path", TAGGED)
def test_an_unchanged_answer_is_304_and_a_changed_one_is_not(
    client: Client, library: Layer, path: str
) -> None:
    first = client.get(f"/ogc/{path}")
    tag = first["ETag"]
    assert tag.startswith('"')  # strong: the same bytes
    assert client.get(f"/ogc/{path}").content == first.content
    again = client.get(f"/ogc/{path}", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert again["Cache-Control"] == first["Cache-Control"]
    assert client.get(f"/ogc/{path}", headers={"If-None-Match": '"x"'}).status_code == 200
    with recording(library, "edit"):
        Feature.objects.filter(layer=library, key="a").update(name="renamed")
    assert client.get(f"/ogc/{path}", headers={"If-None-Match": tag}).status_code == 200


def test_each_question_format_and_language_has_a_tag_of_its_own(get: Get, library: Layer) -> None:
    path = "collections/places/items"
    asked: list[dict[str, Any]] = [
        {},
        {"limit": "2"},
        {"limit": "3"},
        {"bbox": "140,38,141,39"},
        {"crs": "http://www.opengis.net/def/crs/EPSG/0/4326"},
        {"lang": "en"},
        {"f": "json"},
    ]
    tags = [get(path, **query)["ETag"] for query in asked]
    assert len(set(tags)) == len(tags)
    assert get(path, headers={"Accept-Language": "en"})["ETag"] not in tags


def test_a_304_costs_no_look_at_the_places(
    get: Get, library: Layer, django_assert_num_queries: Any
) -> None:
    tag = get("collections/places/items")["ETag"]
    with django_assert_num_queries(1):
        get("collections/places/items", headers={"If-None-Match": tag})


def test_a_page_of_items_takes_a_fixed_number_of_statements(
    get: Get, library: Layer, django_assert_max_num_queries: Any
) -> None:
    get("collections/places/items")  # counted once a version
    with django_assert_max_num_queries(8):  # of them six set and reset the deadline
        get("collections/places/items")
    with django_assert_max_num_queries(8):
        get("collections/places/items", f="html")


def test_the_whole_layer_is_counted_once_a_version(
    get: Get, library: Layer, django_assert_num_queries: Any
) -> None:
    def counts() -> int:
        with CaptureQueriesContext(connection) as captured:
            get("collections/places/items")
        return sum("COUNT(" in one["sql"] for one in captured)

    assert [counts(), counts()] == [1, 0]
    places.feature(library, "z")
    assert [counts(), counts()] == [1, 0]


def test_answers_may_be_read_from_other_sites(get: Get, client: Client, library: Layer) -> None:
    for path in ("", "collections", "collections/places/items", "collections/none"):
        answer = get(path, headers={"Origin": "https://elsewhere.example"})
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Content-Crs" in get("")["Access-Control-Expose-Headers"]
    asked = client.options("/ogc/collections/places/items")
    assert (asked.status_code, asked.content) == (204, b"")
    assert asked["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_a_staff_layer_is_nowhere_for_the_public(
    get: Get, client: Client, hidden: tuple[Layer, Feature]
) -> None:
    _layer, feature = hidden
    for path in ("collections", "api"):
        assert "hidden" not in get(path).content.decode()
        assert "hidden" not in get(path, f="html").content.decode()
    own = ["", "/queryables", "/items", f"/items/{feature.pk}", "/tiles"]
    for rest in own:
        assert get(f"collections/hidden{rest}").status_code == 404
    places.layer("open")
    assert get(f"collections/open/items/{feature.pk}").status_code == 404

    client.force_login(User.objects.create_superuser("staff"))
    for path in ("collections", "api", *(f"collections/hidden{rest}" for rest in own[:4])):
        for query in ({}, {"f": "html"}):
            answer = get(path, **query)
            assert answer.status_code == 200
            assert "hidden" in answer.content.decode()
            assert answer["Cache-Control"] == "private, no-cache"
            assert "Access-Control-Allow-Origin" not in answer.headers


def test_staff_s_304_is_private_too(get: Get, hidden: Any, staff: User) -> None:
    tag = get("collections/hidden/items")["ETag"]
    again = get("collections/hidden/items", headers={"If-None-Match": tag})
    assert (again.status_code, again["Cache-Control"]) == (304, "private, no-cache")


def test_the_public_s_tag_is_not_staff_s(get: Get, client: Client, hidden: Any) -> None:
    tag = get("collections")["ETag"]
    client.force_login(User.objects.create_superuser("staff"))
    assert get("collections", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("query", "header", "title", "language"),
    [
        ({}, "", "placesの地図", "ja"),
        ({}, "en-GB,en;q=0.9", "Map of places", "en"),
        ({}, "fr, ja;q=0.5", "placesの地図", "ja"),
        ({}, "fr", "placesの地図", "ja"),
        ({"lang": "en"}, "ja", "Map of places", "en"),
        ({"lang": "ja-easy"}, "en", "placesの地図", "ja"),
    ],
)
def test_titles_come_in_the_language_asked_for(
    get: Get, library: Layer, query: dict[str, str], header: str, title: str, language: str
) -> None:
    answer = get("collections/places", headers={"Accept-Language": header}, **query)
    assert answer.json()["title"] == title
    assert answer["Content-Language"] == language
    assert {"Accept", "Accept-Language"} <= set(answer["Vary"].split(", "))


def test_links_keep_the_language_that_was_asked_for(get: Get, library: Layer) -> None:
    told = get("collections/places", lang="en").json()
    assert all("lang=en" in one["href"] for one in told["links"])
    assert all("lang=" not in one["href"] for one in get("collections/places").json()["links"])
    page = get("collections/places", lang="en", f="html").content.decode()
    assert 'href="/ogc/collections/places/items?lang=en"' in page


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("text/html", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json;q=0.1,text/html", "text/html"),
        ("text/html;q=0.1,application/json", "application/json"),
        ("image/png", "application/json"),
        ("nonsense", "application/json"),
        (";;;,,,q=", "application/json"),
    ],
)
def test_accept_chooses_the_format(get: Get, accept: str, media_type: str) -> None:
    assert get("", headers={"Accept": accept})["Content-Type"].split(";")[0] == media_type


def test_an_error_comes_as_a_page_to_who_reads_pages(get: Get) -> None:
    answer = get("collections/none", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "There is no collection “none”." in answer.content.decode()
    hostile = get("collections/<script>alert(1)<%2Fscript>", f="html").content.decode()
    assert "<script>alert" not in hostile


def test_a_sample_says_so_in_every_place(get: Get) -> None:
    layer = places.layer("invented", sample=True)
    place = places.feature(layer)
    told = get("collections/invented/items").json()["features"][0]
    assert told["properties"]["sample"] is True
    assert get("collections/invented").json()["sample"] is True
    badge = "見本"
    for path in ("", "/items", f"/items/{place.pk}"):
        assert badge in get(f"collections/invented{path}", f="html").content.decode()


def test_a_page_of_places_carries_its_source(get: Get, library: Layer) -> None:
    assert get("collections/places/items").json()["attribution"] == "市の一覧"
    page = get("collections/places/items", f="html").content.decode()
    assert "市の一覧" in page
    assert "2025-10-27" in page


def test_a_very_long_question_does_not_fill_the_headers(get: Get, library: Layer) -> None:
    long = " OR ".join(["種別 = '図書館'"] * 100)
    answer = get("collections/places/items", filter=long, limit="1")
    assert answer.status_code == 200
    assert len(answer["Link"]) < 2000
    assert any(one["rel"] == "next" for one in answer.json()["links"])
