"""OGC API – Features Part 1 and Common, requirement by requirement: the documents."""

import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from layers.models import Layer
from layers.ogc.conformance import CLASSES
from layers.ogc.links import OPENAPI
from tests.ogc.conftest import Get
from tests.ogc.documents import link
from tests.ogc.requirements import requirement

pytestmark = pytest.mark.django_db

Items = Callable[..., HttpResponse]
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@requirement("features-1/core/http", "common-1/core/http")
def test_reading_is_by_get_and_head_and_the_rest_is_405(client: Client, library: Layer) -> None:
    address = "/ogc/collections/places/items"
    assert client.get(address).status_code == 200
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    for method in (client.post, client.put, client.patch, client.delete):
        answer = method(address)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")


@requirement("features-1/core/root-op", "common-1/landing-page/root-op")
def test_the_landing_page_answers_get(get: Get) -> None:
    assert get("").status_code == 200


@requirement("features-1/core/root-success", "common-1/landing-page/root-success")
def test_the_landing_page_links_to_everything(get: Get, client: Client) -> None:
    landing = get("").json()
    assert landing["title"]
    for rel, media_type in (
        ("service-desc", OPENAPI),
        ("service-doc", "text/html"),
        ("conformance", "application/json"),
        ("data", "application/json"),
        ("self", "application/json"),
        ("alternate", "text/html"),
    ):
        answer = client.get(link(landing["links"], rel, media_type)["href"])
        assert answer.status_code == 200
        assert answer["Content-Type"].split("; charset")[0] == media_type


@requirement("features-1/core/api-definition-op", "common-1/landing-page/api-definition-op")
def test_the_definition_answers_get(get: Get) -> None:
    assert get("api").status_code == 200


@requirement(
    "features-1/core/api-definition-success", "common-1/landing-page/api-definition-success"
)
def test_the_definition_comes_as_a_document_and_as_a_page(get: Get) -> None:
    assert get("api", headers={"Accept": OPENAPI})["Content-Type"] == OPENAPI
    assert get("api", headers=HTML)["Content-Type"].startswith("text/html")


@requirement("features-1/core/conformance-op", "common-1/landing-page/conformance-op")
def test_the_conformance_declaration_answers_get(get: Get) -> None:
    assert get("conformance").status_code == 200


@requirement("features-1/core/conformance-success", "common-1/landing-page/conformance-success")
def test_the_conformance_declaration_lists_what_is_claimed(get: Get) -> None:
    assert get("conformance").json()["conformsTo"] == list(CLASSES)


@requirement("features-1/core/fc-md-op", "common-2/collections/collections-list-op")
def test_the_list_of_collections_answers_get(get: Get) -> None:
    assert get("collections").status_code == 200


@requirement("features-1/core/fc-md-success", "common-2/collections/collections-list-success")
def test_the_list_of_collections_has_links_and_collections(get: Get, library: Layer) -> None:
    told = get("collections").json()
    assert {"links", "collections"} <= told.keys()
    assert [one["id"] for one in told["collections"]] == ["places"]


@requirement("features-1/core/fc-md-links", "common-2/collections/collections-list-links")
def test_the_list_of_collections_links_to_itself_in_both_formats(get: Get) -> None:
    links = get("collections").json()["links"]
    assert link(links, "self")["type"] == "application/json"
    assert link(links, "alternate")["type"] == "text/html"


@requirement("features-1/core/fc-md-items", "common-2/collections/collections-list-collections")
def test_every_collection_that_may_be_seen_is_listed(
    get: Get, library: Layer, hazard: Layer, hidden: Any
) -> None:
    listed = [one["id"] for one in get("collections").json()["collections"]]
    assert sorted(listed) == ["flood", "places"]


@requirement("features-1/core/fc-md-items-links", "common-2/collections/description-links")
def test_a_collection_links_to_its_items_in_both_formats(
    get: Get, client: Client, library: Layer
) -> None:
    for told in (get("collections").json()["collections"][0], get("collections/places").json()):
        for media_type in ("application/geo+json", "text/html"):
            address = link(told["links"], "items", media_type)["href"]
            answer = client.get(address)
            assert answer.status_code == 200
            assert answer["Content-Type"].startswith(media_type)


@requirement("features-1/core/fc-md-extent", "common-2/collections/description-extent")
def test_the_extent_holds_every_place(get: Get, library: Layer) -> None:
    (box,) = get("collections/places").json()["extent"]["spatial"]["bbox"]
    assert box == pytest.approx([140.30, 38.76, 140.34, 38.76])


@requirement("common-2/collections/description-extent-multi")
def test_the_first_box_is_the_whole_and_there_is_no_other(get: Get, library: Layer) -> None:
    assert len(get("collections/places").json()["extent"]["spatial"]["bbox"]) == 1


def test_a_collection_without_a_place_has_no_extent(get: Get) -> None:
    Layer.objects.create(slug="empty", title={"ja": "空"}, kind="school", geometry_type="point")
    told = get("collections/empty").json()
    assert "extent" not in told
    assert told["itemCount"] == 0
    assert get("collections/empty/items").json()["features"] == []


@requirement("features-1/core/sfc-md-op", "common-2/collections/description-op")
def test_every_listed_collection_answers_get(get: Get, library: Layer, hazard: Layer) -> None:
    for one in get("collections").json()["collections"]:
        assert get(f"collections/{one['id']}").status_code == 200
    assert get("collections/none").status_code == 404


@requirement("features-1/core/sfc-md-success", "common-2/collections/description-success")
def test_a_collection_says_the_same_alone_as_in_the_list(get: Get, library: Layer) -> None:
    listed, alone = get("collections").json()["collections"][0], get("collections/places").json()
    for told in (listed, alone):
        told.pop("links")
    assert listed == alone
    assert alone["title"] == library.title["ja"]
    assert (alone["licence"], alone["sourceDate"]) == ("CC BY 4.0", "2025-10-27")


@requirement("features-1/html/definition", "common-1/html/definition")
def test_every_resource_but_tiles_comes_as_a_page(get: Get, library: Layer, hazard: Layer) -> None:
    place = library.features.get(key="a")
    for path in pages(place.pk):
        for answer in (get(path, headers=HTML), get(path, f="html")):
            assert answer.status_code == 200, path
            assert answer["Content-Type"] == "text/html; charset=utf-8"


@requirement("features-1/html/content", "common-1/html/content")
def test_the_pages_say_what_the_documents_say(get: Get, library: Layer, hazard: Layer) -> None:
    place = library.features.get(key="a")
    for path in pages(place.pk):
        WellFormed().feed(get(path, f="html").content.decode())
    listed = get("collections/places/items", f="html").content.decode()
    assert all(f"場所{number}" in listed for number in range(1, 6))
    assert f'href="{place.get_absolute_url()}"' in listed
    alone = get(f"collections/places/items/{place.pk}", f="html").content.decode()
    assert "図書館" in alone
    assert "1991-04-01" in alone
    assert "CC BY 4.0" in get("collections/places", f="html").content.decode()


def pages(place: int) -> list[str]:
    return [
        "",
        "conformance",
        "api",
        "collections",
        "collections/places",
        "collections/places/queryables",
        "collections/places/items",
        f"collections/places/items/{place}",
        "collections/flood/tiles",
        "collections/flood/tiles/WebMercatorQuad",
        "tileMatrixSets",
        "tileMatrixSets/WebMercatorQuad",
    ]


class WellFormed(HTMLParser):
    """Fails on a page with tags that don't close each other."""

    VOID = frozenset({"meta", "link", "br", "input", "img", "use"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


@requirement("common-1/json/definition")
def test_every_document_comes_as_json(get: Get) -> None:
    for path in ("", "conformance", "collections"):
        assert get(path, headers={"Accept": "application/json"})["Content-Type"] == (
            "application/json"
        )


@requirement("common-1/json/content")
def test_every_document_is_an_object_of_utf_8_json(get: Get, library: Layer) -> None:
    for path in ("", "conformance", "collections"):
        assert isinstance(json.loads(get(path).content.decode("utf-8")), dict)


@requirement("features-1/oas30/oas-definition-1", "common-1/oas30/oas-definition-1")
def test_the_definition_is_openapi_3_0(get: Get) -> None:
    told = get("api")
    assert told["Content-Type"] == OPENAPI
    assert told.json()["openapi"].startswith("3.0.")


@requirement("features-1/oas30/oas-definition-2", "common-1/oas30/oas-definition-2")
def test_the_definition_holds_together(get: Get, library: Layer) -> None:
    """ogctests and ogcapi-registry check it against OpenAPI's own schema (test_suites)."""
    told = get("api").json()
    schemas = told["components"]["schemas"]
    for reference in _references(told):
        assert reference.removeprefix("#/components/schemas/") in schemas
    ids = [one["get"]["operationId"] for one in told["paths"].values()]
    assert len(ids) == len(set(ids))
    for path, methods in told["paths"].items():
        named = {one["name"] for one in methods["get"]["parameters"] if one["in"] == "path"}
        assert {part[1:-1] for part in path.split("/") if part.startswith("{")} == named


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for one in value for found in _references(one)]
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return [*own, *(found for one in value.values() for found in _references(one))]
    return []


@requirement("features-1/oas30/oas-impl", "common-1/oas30/oas-impl")
def test_what_the_definition_defines_is_there(get: Get, library: Layer, hazard: Layer) -> None:
    values = {
        "{collectionId}": "flood",
        "{featureId}": str(hazard.features.get().pk),
        "{tileMatrixSetId}": "WebMercatorQuad",
        "{tileMatrix}": "12",
        "{tileRow}": "1568",
        "{tileCol}": "3644",
    }
    for path in get("api").json()["paths"]:
        for name, value in values.items():
            path = path.replace(name, value)
        assert get(path.removeprefix("/")).status_code == 200, path


@requirement("features-1/oas30/completeness", "common-1/oas30/completeness")
def test_every_answer_is_in_the_definition(get: Get, library: Layer) -> None:
    for path, methods in get("api").json()["paths"].items():
        answer = methods["get"]["responses"]["200"]
        assert answer["content"], path


@requirement("features-1/oas30/exceptions-codes", "common-1/oas30/exceptions-codes")
def test_every_error_is_in_the_definition(get: Get) -> None:
    for path, methods in get("api").json()["paths"].items():
        assert {"400", "404", "500"} <= methods["get"]["responses"].keys(), path


@requirement("features-1/oas30/security", "common-1/oas30/security")
def test_the_definition_asks_for_no_key_because_none_is_needed(get: Get) -> None:
    told = get("api").json()
    assert "security" not in told
    assert "securitySchemes" not in told["components"]
    assert get("collections").status_code == 200
