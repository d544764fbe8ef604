"""CQL2: what each spatial predicate finds, and what is no geometry."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse

from layers.models import Layer
from tests.ogc.conftest import AREA, Get
from tests.ogc.requirements import requirement

pytestmark = pytest.mark.django_db

Items = Callable[..., HttpResponse]
Keys = Callable[..., list[str]]
EVERY = ["a", "b", "c", "d", "e"]


@requirement(
    "cql2/basic-spatial-functions/spatial-predicate",
    "cql2/basic-spatial-functions/spatial-functions",
    "cql2/basic-spatial-functions/spatial-data-types",
)
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("S_INTERSECTS(geometry, POINT(140.31 38.76))", ["b"]),
        ("S_INTERSECTS(geometry, BBOX(140.305,38,140.325,39))", ["b", "c"]),
        ("S_INTERSECTS(BBOX(140.305,38,140.325,39), geometry)", ["b", "c"]),
        ("NOT S_INTERSECTS(geometry, BBOX(140.305,38,140.325,39))", ["a", "d", "e"]),
        ("S_INTERSECTS(geometry, BBOX(0,0,1,1))", []),
    ],
)
def test_s_intersects_takes_points_and_boxes(
    keys: Keys, library: Layer, text: str, found: list[str]
) -> None:
    assert keys(filter=text) == found


@requirement(
    "cql2/basic-spatial-functions-plus/spatial-data-types",
    "cql2/spatial-functions/spatial-data-types",
)
@pytest.mark.parametrize(
    ("geometry", "found"),
    [
        ("LINESTRING(140.295 38.76, 140.315 38.76)", ["a", "b"]),
        (
            "POLYGON((140.295 38.7, 140.315 38.7, 140.315 38.8, 140.295 38.8, 140.295 38.7))",
            ["a", "b"],
        ),
        ("MULTIPOINT((140.30 38.76), (140.34 38.76))", ["a", "e"]),
        ("MULTIPOINT(140.30 38.76, 140.34 38.76)", ["a", "e"]),
        (
            "MULTILINESTRING((140.295 38.76, 140.305 38.76),(140.335 38.76, 140.345 38.76))",
            ["a", "e"],
        ),
        ("MULTIPOLYGON(((140.295 38.7, 140.305 38.7, 140.305 38.8, 140.295 38.7)))", []),
        (
            "GEOMETRYCOLLECTION(POINT(140.30 38.76), LINESTRING(140.335 38.76, 140.345 38.76))",
            ["a", "e"],
        ),
        ("POINT Z(140.30 38.76 12)", ["a"]),
    ],
)
def test_every_kind_of_geometry_may_be_asked_with(
    keys: Keys, library: Layer, geometry: str, found: list[str]
) -> None:
    assert keys(filter=f"S_INTERSECTS(geometry, {geometry})") == found


AREAS = [
    ("s_intersects", "POINT(140.31 38.76)", True),
    ("s_intersects", "POINT(140.33 38.76)", False),
    ("s_disjoint", "POINT(140.33 38.76)", True),
    ("s_disjoint", "POINT(140.31 38.76)", False),
    ("s_disjoint", "GEOMETRYCOLLECTION(POINT(140.33 38.76), POINT(140.34 38.76))", True),
    ("s_contains", "POINT(140.31 38.76)", True),
    ("s_contains", "POINT(140.30 38.75)", False),
    ("s_within", "BBOX(140.2,38.7,140.4,38.8)", True),
    ("s_within", "BBOX(140.31,38.7,140.4,38.8)", False),
    ("s_equals", AREA.replace("140.32 38.75", "140.31 38.75,140.32 38.75"), True),
    ("s_equals", "BBOX(140.30,38.75,140.32,38.78)", False),
    ("s_overlaps", "BBOX(140.31,38.7,140.4,38.8)", True),
    ("s_overlaps", "BBOX(140.2,38.7,140.4,38.8)", False),
    ("s_touches", "BBOX(140.32,38.7,140.4,38.8)", True),
    ("s_touches", "BBOX(140.31,38.7,140.4,38.8)", False),
    ("s_crosses", "LINESTRING(140.29 38.76, 140.33 38.76)", True),
    ("s_crosses", "LINESTRING(140.33 38.76, 140.34 38.76)", False),
]  # fmt: skip


@requirement("cql2/spatial-functions/spatial-functions")
@pytest.mark.parametrize(("function", "geometry", "true"), AREAS)
def test_every_spatial_relation_is_that_of_simple_features(
    get: Get, hazard: Layer, function: str, geometry: str, true: bool
) -> None:
    asked = f"{function.upper()}(geometry, {geometry})"
    told = get("collections/flood/items", filter=asked).json()
    assert told["numberMatched"] == int(true)


def test_the_order_of_the_two_geometries_counts(get: Get, hazard: Layer) -> None:
    inside = "POINT(140.31 38.76)"
    for asked, true in (
        (f"S_CONTAINS(geometry, {inside})", 1),
        (f"S_CONTAINS({inside}, geometry)", 0),
        (f"S_WITHIN({inside}, geometry)", 1),
        (f"S_WITHIN(geometry, {inside})", 0),
    ):
        assert get("collections/flood/items", filter=asked).json()["numberMatched"] == true


@pytest.mark.parametrize(
    "geometry",
    [
        "POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))",
        "POLYGON((0 0, 1 1))",
        "LINESTRING(0 0)",
        "LINESTRING(0 0, 0 0)",
        "POINT(200 0)",
        "POINT(0 91)",
        "BBOX(1,2,3)",
        "BBOX(5,5,1,1)",
        "name",
        "'x'",
        "geometry",
        "ENVELOPE(1,2,3,4)",
        "CIRCLE(1,2)",
    ],
)
def test_what_is_no_geometry_is_400(items: Items, library: Layer, geometry: str) -> None:
    answer = items({"filter": f"S_INTERSECTS(geometry, {geometry})"})
    assert answer.status_code == 400, answer.content.decode()
    assert not answer.json()["detail"].startswith("The database")


def test_a_relation_that_no_collection_has_is_400(items: Items, library: Layer) -> None:
    collection = "GEOMETRYCOLLECTION(POINT(1 2), POINT(3 4))"
    answer = items({"filter": f"S_TOUCHES(geometry, {collection})"})
    assert answer.status_code == 400
    assert "GEOMETRYCOLLECTION" in answer.json()["detail"]
