"""Parameters by the standards: what is unknown or invalid is refused, with a sentence."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client

from layers.models import Layer
from tests.ogc.conftest import Get
from tests.ogc.requirements import requirement

pytestmark = pytest.mark.django_db

Items = Callable[..., HttpResponse]
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@requirement("features-1/core/query-param-unknown", "common-1/core/query-param-name-unknown")
def test_an_unknown_parameter_is_400_everywhere(get: Get, library: Layer, hazard: Layer) -> None:
    paths = (
        "",
        "conformance",
        "api",
        "collections",
        "collections/places",
        "collections/places/queryables",
        "collections/places/items",
        f"collections/places/items/{library.features.get(key='a').pk}",
        "collections/flood/tiles",
        "collections/flood/tiles/WebMercatorQuad",
        "collections/flood/tiles/WebMercatorQuad/12/1568/3644",
        "tileMatrixSets",
        "tileMatrixSets/WebMercatorQuad",
    )
    for path in paths:
        assert get(path).status_code == 200, path
        answer = get(path, unheard="1")
        assert answer.status_code == 400, path
        assert answer["Content-Type"] == "application/problem+json"
        assert "unheard" in answer.json()["detail"]


@requirement("features-1/core/query-param-invalid", "common-1/core/query-param-value-invalid")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("f", "xml"),
        ("lang", "xx"),
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("limit", "1.5"),
        ("limit", ""),
        ("limit", "١"),
        ("bbox", "1,2,3"),
        ("bbox", "1,2,3,4,5"),
        ("bbox", "a,2,3,4"),
        ("bbox", "140,39,141,38"),
        ("bbox", "140,38,141,91"),
        ("bbox", "-181,38,141,39"),
        ("bbox", "nan,38,141,39"),
        ("bbox", "inf,38,141,39"),
        ("bbox", ""),
        ("datetime", "yesterday"),
        ("datetime", "2026-13-01T00:00:00Z"),
        ("datetime", "2026-02-01/2026-01-01"),
        ("datetime", ".."),
        ("datetime", "../.."),
        ("datetime", "a/b/c"),
        ("crs", "EPSG:4326"),
        ("bbox-crs", "http://www.opengis.net/def/crs/EPSG/0/2451"),
        ("filter-crs", "x"),
        ("filter-lang", "cql"),
        ("filter", ""),
        ("filter", "name ="),
        ("cursor", "?"),
        ("cursor", ""),
        ("cursor", "AA"),
        ("id", "one"),
        ("定員", "many"),
        ("公開", "yes"),
        ("開設日", "1991"),
        ("updated_at", "2026"),
    ],
)
def test_an_invalid_value_is_400_with_a_sentence(
    items: Items, library: Layer, name: str, value: str
) -> None:
    answer = items({name: value})
    assert answer.status_code == 400, answer.content.decode()
    told = answer.json()
    assert told["status"] == 400
    assert told["detail"].endswith((".", "”"))


def test_a_parameter_given_twice_is_400(client: Client, library: Layer) -> None:
    answer = client.get("/ogc/collections/places/items?limit=1&limit=2")
    assert answer.status_code == 400
    assert "2 times" in answer.json()["detail"]


@requirement("common-1/core/query-param-capitalization")
def test_names_of_parameters_mind_their_capitals(items: Items, library: Layer) -> None:
    assert items({"limit": "1"}).status_code == 200
    assert items({"Limit": "1"}).status_code == 400


@requirement("common-1/core/query-param-list-delimiter")
def test_a_list_is_separated_by_commas(items: Items, library: Layer) -> None:
    assert items({"bbox": "140,38,141,39"}).status_code == 200
    assert items({"bbox": "140 38 141 39"}).status_code == 400


@requirement("common-1/core/query-param-list-escape")
def test_an_escaped_comma_is_read_as_the_comma_it_is(client: Client, library: Layer) -> None:
    """The only list is of numbers, which hold no comma: escaped or not, it separates."""
    assert client.get("/ogc/collections/places/items?bbox=140%2C38%2C141%2C39").status_code == 200


@requirement("common-1/core/query-param-list-empty")
def test_an_empty_entry_of_a_list_is_an_entry(items: Items, library: Layer) -> None:
    assert items({"bbox": "140,,141,39"}).status_code == 400


@requirement("common-1/core/query-param-value-boolean")
def test_true_and_false_are_written_so(keys: Callable[..., list[str]], library: Layer) -> None:
    assert keys(公開="true") == ["a"]
    assert keys(公開="false") == ["b"]


@requirement("common-1/core/query-param-value-integer")
def test_whole_numbers_are_digits(keys: Callable[..., list[str]], library: Layer) -> None:
    assert keys(定員="300") == ["b"]
    assert len(keys(limit="2")) == 2


@requirement("common-1/core/query-param-value-decimal")
def test_decimals_have_a_point(keys: Callable[..., list[str]], library: Layer) -> None:
    assert keys(面積="1200.5") == ["b"]
    assert keys(bbox="140.295,38.7,140.305,38.8") == ["a"]


@requirement("common-1/core/query-param-value-double")
def test_numbers_may_have_an_exponent(keys: Callable[..., list[str]], library: Layer) -> None:
    assert keys(面積="1.2005e3") == ["b"]
