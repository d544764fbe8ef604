"""Each hot question is answered from an index; the planner's own plan says so."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from layers.models import Feature, Layer
from layers.ogc.params import cursor_after
from tests.factories import places
from tests.ogc.many import fill

pytestmark = [pytest.mark.django_db, pytest.mark.long]

BY_KEY, BY_PLACE, BY_ID = "feature_key_once_a_layer", "feature_geom", "layers_feature_pkey"
COUNT = 8000
SMALL = "140.3,38.3,140.31,38.31"


@pytest.fixture
def full() -> Layer:
    """A layer of thousands among others."""
    for slug in ("other", "another"):
        fill(places.layer(slug), COUNT)
    layer = places.layer(schema=[{"name": "種別", "type": "text", "title": "種別"}])
    fill(layer, COUNT)
    return layer


def plans(client: Client, path: str, **query: str) -> list[dict[str, Any]]:
    """Return the plans of the statements about features that a request runs."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(f"/ogc/{path}?{urlencode(query)}")
    assert answer.status_code == 200, answer.content.decode()
    found = []
    for one in captured:
        if one["sql"].startswith("SELECT") and "layers_feature" in one["sql"]:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (FORMAT JSON) " + one["sql"].replace("%", "%%"), [])
                told = cursor.fetchone()[0]
            found.append((json.loads(told) if isinstance(told, str) else told)[0]["Plan"])
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def used(plan: dict[str, Any]) -> set[str]:
    """Return the indexes of a plan; "" where a table is read whole."""
    scans = [node for node in nodes(plan) if "Scan" in node["Node Type"]]
    return {node.get("Index Name", "") for node in scans if node["Node Type"] != "Bitmap Heap Scan"}


ITEMS = "collections/places/items"


@pytest.mark.parametrize("query", [{}, {"limit": "1000"}, {"cursor": cursor_after("004000")}])
def test_a_page_is_found_by_key_wherever_it_is(
    client: Client, full: Layer, query: dict[str, str]
) -> None:
    client.get(f"/ogc/{ITEMS}")  # counts once
    (page,) = plans(client, ITEMS, **query)
    assert used(page) == {BY_KEY}
    assert not [node for node in nodes(page) if node["Node Type"] == "Sort"]


def test_the_pages_for_people_are_found_by_key_too(client: Client, full: Layer) -> None:
    client.get(f"/ogc/{ITEMS}")
    (page,) = plans(client, ITEMS, f="html")
    assert used(page) == {BY_KEY}


def test_a_small_box_is_found_by_place_and_so_is_its_count(client: Client, full: Layer) -> None:
    page, count = plans(client, ITEMS, bbox=SMALL)
    assert BY_PLACE in used(page)
    assert BY_PLACE in used(count)
    assert "" not in used(page) | used(count)


def test_a_filter_by_place_is_found_by_place(client: Client, full: Layer) -> None:
    page, count = plans(client, ITEMS, filter=f"S_INTERSECTS(geometry, BBOX({SMALL}))")
    assert BY_PLACE in used(page) & used(count)


def test_a_box_in_another_system_is_found_by_place(client: Client, full: Layer) -> None:
    system = "http://www.opengis.net/def/crs/EPSG/0/4326"
    box = "38.3,140.3,38.31,140.31"
    page, count = plans(client, ITEMS, bbox=box, **{"bbox-crs": system})
    assert BY_PLACE in used(page) & used(count)


def test_one_key_is_found_by_key_and_one_number_by_number(client: Client, full: Layer) -> None:
    number = Feature.objects.filter(layer=full).earliest("pk").pk
    for query, index in (
        ({"key": "004000"}, BY_KEY),
        ({"filter": "key = '004000'"}, BY_KEY),
        ({"id": str(number)}, BY_ID),
        ({"filter": f"id = {number}"}, BY_ID),
        ({"filter": f"id IN ({number}, {number + 1})"}, BY_ID),
    ):
        page, count = plans(client, ITEMS, **query)
        assert used(page) == used(count) == {index}, query


def test_one_place_is_found_by_its_number(client: Client, full: Layer) -> None:
    number = Feature.objects.filter(layer=full).earliest("pk").pk
    (plan,) = plans(client, f"{ITEMS}/{number}")
    assert used(plan) == {BY_ID}


def test_without_the_index_the_plan_says_so(client: Client, full: Layer) -> None:
    """The negative control: what these tests look at does change."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX feature_geom")
    page, _count = plans(client, ITEMS, bbox=SMALL)
    assert BY_PLACE not in used(page)
