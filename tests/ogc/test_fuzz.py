"""Whatever is asked, the answer is an answer: never an error of the server."""

from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.models import Layer
from tests.ogc.test_cql import PIECES

pytestmark = pytest.mark.django_db

NAMES = st.sampled_from(
    [
        *("f", "lang", "limit", "cursor", "bbox", "bbox-crs", "crs", "datetime"),
        *("filter", "filter-lang", "filter-crs", "id", "key", "name", "種別", "定員", "面積"),
        *("公開", "開設日", "updated_at", "provenance", "unknown"),
    ]
)
KNOWN = st.sampled_from(
    [
        *("json", "html", "ja", "en", "1", "1000", "0", "-1", "YQ", "140,38,141,39", "true"),
        *("140.335,-90,140.305,90", "0,0,0,0", "cql2-json", "cql2-text", "2020-01-01/.."),
        "http://www.opengis.net/def/crs/EPSG/0/4326",
        "http://www.opengis.net/def/crs/EPSG/0/3857",
        "name = '場所1'",
        "S_INTERSECTS(geometry, POINT(140.3 38.76))",
        '{"op":"=","args":[{"property":"id"},1]}',
        *("9223372036854775808", "1e308", "-1e308", "1e-320", "２０", "2020-02-30", "\x00", "%"),
    ]
)
NUMBERS = st.floats().map(str) | st.integers().map(str)
BOXES = st.lists(NUMBERS, min_size=3, max_size=7).map(",".join)
FILTERS = st.lists(PIECES, max_size=15).map(" ".join)
VALUES = KNOWN | NUMBERS | BOXES | FILTERS | st.text(max_size=40)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(query=st.dictionaries(NAMES, VALUES, max_size=4))
def test_no_parameters_of_items_break_the_server(
    library: Layer, client: Client, query: dict[str, str]
) -> None:
    try:
        asked = urlencode(query)
    except UnicodeEncodeError:
        return  # half a character can't be written in an address
    answer = client.get(f"/ogc/collections/places/items?{asked}")
    assert answer.status_code in (200, 400), (query, answer.content)
    if answer.status_code == 400 and "json" in answer["Content-Type"]:
        # What the database itself refuses should have been refused before.
        assert "The database" not in answer.json()["detail"], query


PARTS = st.text(max_size=12) | st.sampled_from(
    ["..", ".", "%00", "places", "flood", "WebMercatorQuad", "12", "0", "-1", "\x00", "é", "１"]
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(parts=st.lists(PARTS, min_size=1, max_size=4), tail=st.sampled_from(["items", "tiles", ""]))
def test_no_path_breaks_the_server(
    hazard: Layer, client: Client, parts: list[str], tail: str
) -> None:
    try:
        path = "/".join(quote(part, safe="") for part in [parts[0], tail, *parts[1:]] if part)
    except UnicodeEncodeError:
        return
    answer = client.get(f"/ogc/collections/{path}")
    assert answer.status_code in (200, 204, 301, 400, 404), (path, answer.content)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    accept=st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=40),
    language=st.text(st.characters(codec="ascii", exclude_characters="\r\n"), max_size=40),
    tag=st.text(st.characters(codec="ascii", exclude_characters="\r\n"), max_size=40),
)
def test_no_header_breaks_the_server(
    library: Layer, client: Client, accept: str, language: str, tag: str
) -> None:
    headers = {"Accept": accept, "Accept-Language": language, "If-None-Match": tag}
    answer = client.get(
        "/ogc/collections/places/items", headers={**headers, "Accept-Encoding": tag}
    )
    assert answer.status_code in (200, 304)
