"""OGC API – Features Part 3: queryables, queryables as parameters, filters."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from layers.models import Layer
from layers.ogc.links import QUERYABLES
from layers.ogc.queryables import RESERVED, columns_of
from tests.factories import places
from tests.ogc.conftest import Get
from tests.ogc.many import fill
from tests.ogc.requirements import requirement

pytestmark = pytest.mark.django_db

Items = Callable[..., HttpResponse]
Keys = Callable[..., list[str]]
PLANE = f"http://www.opengis.net/def/crs/EPSG/0/{settings.CITY.plane_epsg}"


@requirement("features-3/queryables/queryables-link", "features-3/features-filter/queryables-link")
def test_collection_and_items_link_to_the_queryables_in_the_header(
    get: Get, client: Client, library: Layer
) -> None:
    for path in ("collections/places", "collections/places/items"):
        for answer in (get(path), client.head(f"/ogc/{path}")):
            wanted = '/ogc/collections/places/queryables>; rel="' + QUERYABLES + '"'
            assert wanted in answer["Link"]


@requirement(
    "features-3/queryables/get-queryables-op", "features-3/features-filter/get-queryables-op"
)
def test_queryables_answer_get_and_head(get: Get, client: Client, library: Layer) -> None:
    assert get("collections/places/queryables").status_code == 200
    assert client.head("/ogc/collections/places/queryables").status_code == 200
    assert get("collections/none/queryables").status_code == 404


@requirement("features-3/queryables/get-queryables-response")
def test_queryables_are_a_json_schema_of_everything_that_can_be_asked(
    get: Get, library: Layer, hazard: Layer
) -> None:
    answer = get("collections/places/queryables", lang="en")
    assert answer["Content-Type"] == "application/schema+json"
    told = answer.json()
    assert told["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert told["$id"] == "http://testserver/ogc/collections/places/queryables"
    assert (told["type"], told["additionalProperties"]) == ("object", False)
    types = {name: one.get("type", one.get("format")) for name, one in told["properties"].items()}
    assert types == {
        "geometry": "geometry-point-or-multipoint",
        "id": "integer",
        **dict.fromkeys(["key", "name", "name_kana", "name_en", "address"], "string"),
        "provenance": "string",
        "updated_at": "string",
        "種別": "string",
        "定員": "integer",
        "面積": "number",
        "公開": "boolean",
        "開設日": "string",
        "source_name": "string",
        'a "b" c': "string",
    }
    assert told["properties"]["開設日"]["format"] == "date"
    assert told["properties"]["定員"]["title"] == "定員（人）"
    areas = get("collections/flood/queryables").json()["properties"]["geometry"]
    assert areas["format"] == "geometry-polygon-or-multipolygon"


def test_a_column_whose_name_is_taken_goes_by_another_everywhere(
    items: Items, keys: Keys, library: Layer
) -> None:
    fourth = items().json()["features"][3]["properties"]
    assert (fourth["name"], fourth["source_name"]) == ("場所4", "own")
    assert keys(source_name="own") == ["d"]
    assert keys(filter="source_name = 'own'") == ["d"]


def test_no_two_columns_ever_go_by_one_name() -> None:
    names = ["name", "source_name", "source_source_name", "limit", "bbox", "geometry", "id", "x"]
    layer = Layer(geometry_type="point", schema=[{"name": name} for name in names])
    shown = [column.name for column in columns_of(layer)]
    assert len(set(shown)) == len(names)
    assert not set(shown) & RESERVED
    assert [column.column for column in columns_of(layer)] == names


@requirement("features-3/queryables-query-parameters/parameters")
@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("種別", "図書館", ["a", "e"]),
        ("種別", "it's 100%", ["c"]),
        ("定員", "20", ["a"]),
        ("定員", "20.0", ["a"]),
        ("定員", "20.5", []),
        ("面積", "0.1", ["a"]),
        ("公開", "true", ["a"]),
        ("公開", "false", ["b"]),
        ("開設日", "1991-04-01", ["a"]),
        ("開設日", "2020-02-29", ["e"]),
        ("開設日", "2019-04-01", []),
        ("name", "場所2", ["b"]),
        ("name_en", "Library", ["a"]),
        ("name_en", "", []),
        ("key", "c", ["c"]),
        ("provenance", "surveyed", ["a", "b", "c", "d", "e"]),
        ('a "b" c', "x", ["c"]),
        ("種別", "%", []),
    ],
)
def test_every_queryable_is_a_parameter_of_its_type(
    items: Items, get: Get, library: Layer, name: str, value: str, found: list[str]
) -> None:
    told = items({name: value}).json()
    assert [one["properties"]["key"] for one in told["features"]] == found
    assert told["numberMatched"] == len(found)
    described = get("api").json()["paths"]["/collections/places/items"]["get"]["parameters"]
    assert name in {one["name"] for one in described}


def test_the_permanent_number_is_a_parameter_too(keys: Keys, library: Layer) -> None:
    assert keys(id=str(library.features.get(key="d").pk)) == ["d"]
    assert keys(id="9223372036854775808") == []


@requirement("features-3/filter/filter-param", "features-3/features-filter/filter-param")
def test_filter_chooses_and_is_defined(items: Items, keys: Keys, get: Get, library: Layer) -> None:
    assert keys(filter="種別 = '図書館' AND 定員 > 10") == ["a"]
    assert _described(get, "filter")["schema"]["type"] == "string"
    assert items({"filter": "種別 = "}).status_code == 400
    assert items({"filter": "種別 = '図書館"}).status_code == 400


@requirement("features-3/filter/filter-lang-param", "features-3/features-filter/filter-lang-param")
def test_filter_lang_says_how_it_is_written_and_text_is_the_default(
    items: Items, keys: Keys, get: Get, library: Layer
) -> None:
    written = '{"op":"=","args":[{"property":"種別"},"図書館"]}'
    assert keys(filter=written, filter_lang="cql2-json") == ["a", "e"]
    assert keys(filter="種別='図書館'", filter_lang="cql2-text") == ["a", "e"]
    assert items({"filter": "種別='図書館'", "filter-lang": "cql2-json"}).status_code == 400
    assert items({"filter": written}).status_code == 400
    schema = _described(get, "filter-lang")["schema"]
    assert schema["enum"] == ["cql2-text", "cql2-json"]
    assert schema["default"] == "cql2-text"


def _described(get: Get, name: str) -> dict[str, Any]:
    described = get("api").json()["paths"]["/collections/places/items"]["get"]["parameters"]
    found: dict[str, Any] = next(one for one in described if one["name"] == name)
    return found


@requirement("features-3/filter/filter-crs-wgs84")
def test_geometries_of_a_filter_are_longitude_and_latitude(
    items: Items, keys: Keys, library: Layer
) -> None:
    assert keys(filter="S_INTERSECTS(geometry, BBOX(140.305,38,140.325,39))") == ["b", "c"]
    far = "S_INTERSECTS(geometry, BBOX(1000000,1000000,2000000,2000000))"
    assert items({"filter": far}).status_code == 400


@requirement("features-3/filter/filter-crs-param", "features-3/features-filter/filter-crs-param")
def test_filter_crs_says_another_system(keys: Keys, get: Get, library: Layer) -> None:
    around = "S_INTERSECTS(geometry, BBOX(-138000,-47000,-137000,-46000))"
    assert keys(filter=around, filter_crs=PLANE) == ["a"]
    corners = "POLYGON((38 140.305, 39 140.305, 39 140.325, 38 140.325, 38 140.305))"
    latitude_first = "http://www.opengis.net/def/crs/EPSG/0/4326"
    assert keys(filter=f"S_WITHIN(geometry, {corners})", filter_crs=latitude_first) == ["b", "c"]
    assert _described(get, "filter-crs")["schema"]["type"] == "string"


@requirement("features-3/filter/expression-construction")
def test_only_queryables_may_be_asked_about(items: Items, library: Layer) -> None:
    for unknown in ("this_is_not_a_queryable", "properties", "layer_id", "geom", '"種別 "'):
        answer = items({"filter": f"{unknown} = 'x'"})
        assert answer.status_code == 400, unknown
        assert "種別" in answer.json()["detail"]


@requirement("features-3/filter/mixing-expressions")
def test_filter_and_the_other_parameters_all_hold(keys: Keys, library: Layer) -> None:
    either = "種別 = '体育館' OR 種別 = '図書館'"
    assert keys(filter=either) == ["a", "b", "e"]
    assert keys(filter=either, bbox="140.295,38,140.315,39") == ["a", "b"]
    assert keys(filter=either, bbox="140.295,38,140.315,39", 公開="true") == ["a"]


@requirement("features-3/filter/response", "features-3/features-filter/response")
def test_what_the_filter_is_true_of_comes_and_nothing_else(
    items: Items, client: Client, library: Layer
) -> None:
    first = items({"filter": "種別 = '図書館'", "limit": "1"}).json()
    assert first["numberMatched"] == 2
    following = next(one["href"] for one in first["links"] if one["rel"] == "next")
    second = client.get(following).json()
    told = [one["properties"]["key"] for one in [*first["features"], *second["features"]]]
    assert told == ["a", "e"]


def test_a_filter_that_takes_too_long_is_400_with_a_way_out(
    items: Items, monkeypatch: pytest.MonkeyPatch
) -> None:
    _many(3000)
    monkeypatch.setattr("layers.ogc.items.PAGE_SECONDS", 0.001)
    answer = items({"filter": DEAR, "limit": "1000"})
    assert answer.status_code == 400
    assert "takes longer" in answer.json()["detail"]


def test_a_count_that_takes_too_long_is_left_out(
    items: Items, monkeypatch: pytest.MonkeyPatch
) -> None:
    _many(3000)
    monkeypatch.setattr("layers.ogc.items.COUNT_SECONDS", 0.001)
    answer = items({"filter": DEAR, "limit": "1"})
    assert answer.status_code == 200
    assert "numberMatched" not in answer.json()
    assert "ETag" not in answer.headers  # with the count it would be another answer


DEAR = " OR ".join([f"name LIKE '%a%c%e%{number}%x'" for number in range(100)])
"""A hundred comparisons a place: some 30 ms for 3,000 of them, on a machine with nothing to do."""


def _many(count: int) -> None:
    fill(places.layer(), count)
