"""CQL2: what each predicate finds, as text and as JSON, and what is missing is unknown."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from layers.models import Layer
from tests.factories import places
from tests.ogc.requirements import requirement

pytestmark = pytest.mark.django_db

Items = Callable[..., HttpResponse]
Keys = Callable[..., list[str]]
EVERY = ["a", "b", "c", "d", "e"]

BASIC = [
    ("種別 = '図書館'", ["a", "e"]),
    ("種別 <> '図書館'", ["b", "c", "d"]),
    ("定員 < 20", ["d"]),
    ("定員 <= 20", ["a", "d"]),
    ("定員 > 20", ["b"]),
    ("定員 >= 20", ["a", "b"]),
    ("面積 = 0.1", ["a"]),
    ("公開 = true", ["a"]),
    ("公開 <> true", ["b"]),
    ("開設日 > DATE('1991-04-01')", ["e"]),
    ("開設日 = DATE('1991-04-01')", ["a"]),
    ("updated_at > TIMESTAMP('2000-01-01T00:00:00Z')", EVERY),
    ("updated_at < TIMESTAMP('2000-01-01T00:00:00Z')", []),
    ("種別 = '図書館' AND 定員 = 20", ["a"]),
    ("種別 = '図書館' OR 定員 = 7", ["a", "d", "e"]),
    ("NOT 種別 = '図書館'", ["b", "c", "d"]),
    ("NOT (種別 = '図書館' OR 定員 = 7)", ["b"]),
    ("種別='図書館' AND (定員=20 OR NOT 開設日 < DATE('2020-01-01'))", ["a", "e"]),
    ("true", EVERY),
    ("false", []),
    ("true AND 定員 = 7", ["d"]),
    ("name = '場所3'", ["c"]),
    ("source_name = 'own'", ["d"]),
]


@requirement("cql2/basic-cql2/cql2-filter")
@pytest.mark.parametrize(("text", "found"), BASIC)
def test_comparisons_joined_by_and_or_not(
    keys: Keys, library: Layer, text: str, found: list[str]
) -> None:
    assert keys(filter=text) == found


@requirement("cql2/basic-cql2/property")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("種別 = '体育館'", ["b"]),
        ("\"種別\" = '体育館'", ["b"]),
        ('"a ""b"" c" = \'x\'', ["c"]),
        ("address = '本町1'", ["a"]),
    ],
)
def test_a_property_is_named_plainly_or_in_quotation_marks(
    keys: Keys, library: Layer, text: str, found: list[str]
) -> None:
    assert keys(filter=text) == found


@requirement("cql2/basic-cql2/binary-comparison-predicate")
def test_what_is_missing_is_neither_equal_nor_different(keys: Keys, library: Layer) -> None:
    """定員 is missing in c and no number in e: unknown, and NOT unknown is unknown."""
    assert keys(filter="定員 = 20") == ["a"]
    assert keys(filter="定員 <> 20") == ["b", "d"]
    assert keys(filter="NOT 定員 = 20") == ["b", "d"]
    assert keys(filter="NOT (定員 = 20 AND true)") == ["b", "d"]
    assert keys(filter="NOT (NOT 定員 = 20)") == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        "種別 = 1",
        "種別 = true",
        "種別 = DATE('2020-01-01')",
        "定員 = '20'",
        "定員 = true",
        "公開 = 'true'",
        "公開 = 1",
        "公開 > false",
        "開設日 = '1991-04-01'",
        "開設日 = TIMESTAMP('1991-04-01T00:00:00Z')",
        "updated_at = DATE('2020-01-01')",
        "updated_at > TIMESTAMP('2020-01-01')",
        "開設日 > DATE('2020-02-30')",
        "定員 = NULL",
        "定員 = 1e400",
        "1 = 定員",
        "定員 = 面積",
        "定員",
        "'x'",
        "5",
        "geometry = 'x'",
        "定員 + 1 = 2",
        "定員 = 1 + 1",
        "CASEI(name) = 'x'",
        "ACCENTI(name) = 'x'",
        "T_AFTER(updated_at, TIMESTAMP('2020-01-01T00:00:00Z'))",
        "A_CONTAINS(種別, ('a','b'))",
        "pg_sleep(10) = 1",
        "pg_sleep(10)",
        "定員 = 1; DROP TABLE layers_feature",
        "種別 LIKE 1",
        "定員 LIKE '2%'",
        "種別 LIKE 'x\\\\\\'",
        "定員 IN ()",
        "定員 IN ('a')",
        "定員 BETWEEN 'a' AND 'b'",
    ],
)
def test_what_is_not_understood_or_of_another_type_is_400(
    items: Items, library: Layer, text: str
) -> None:
    answer = items({"filter": text})
    assert answer.status_code == 400, answer.content.decode()
    assert not answer.json()["detail"].startswith("The database")


@requirement("cql2/basic-cql2/null-predicate")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("定員 IS NULL", ["c", "e"]),
        ("定員 IS NOT NULL", ["a", "b", "d"]),
        ("name_en IS NULL", ["b", "c", "d", "e"]),
        ("開設日 IS NULL", ["b", "c", "d"]),
        ("geometry IS NULL", []),
    ],
)
def test_what_is_missing_is_null(keys: Keys, library: Layer, text: str, found: list[str]) -> None:
    assert keys(filter=text) == found


@requirement("cql2/advanced-comparison-operators/like-predicate")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("種別 LIKE '%書%'", ["a", "e"]),
        ("種別 LIKE '_書館'", ["a", "e"]),
        ("種別 LIKE '書'", []),
        ("種別 LIKE '100%'", ["d"]),
        ("種別 LIKE '%100\\%'", ["c"]),
        ("種別 LIKE 'it''s%'", ["c"]),
        ("種別 NOT LIKE '%館'", ["c", "d"]),
        ("source_name LIKE '%'", ["d"]),
        ("name LIKE '場所_'", EVERY),
        ("name LIKE '場所\\_'", []),
    ],
)
def test_like_has_two_wildcards_and_an_escape(
    keys: Keys, library: Layer, text: str, found: list[str]
) -> None:
    assert keys(filter=text) == found


@requirement("cql2/advanced-comparison-operators/between-predicate")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("定員 BETWEEN 7 AND 20", ["a", "d"]),
        ("定員 NOT BETWEEN 7 AND 20", ["b"]),
        ("定員 BETWEEN 20 AND 7", []),
        ("面積 BETWEEN 0.05 AND 0.15", ["a"]),
    ],
)
def test_between_holds_both_its_ends(
    keys: Keys, library: Layer, text: str, found: list[str]
) -> None:
    assert keys(filter=text) == found


@requirement("cql2/advanced-comparison-operators/in-predicate")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("種別 IN ('図書館','体育館')", ["a", "b", "e"]),
        ("種別 NOT IN ('図書館','体育館')", ["c", "d"]),
        ("定員 IN (7)", ["d"]),
        ("定員 NOT IN (7)", ["a", "b"]),
    ],
)
def test_in_is_one_of_a_list(keys: Keys, library: Layer, text: str, found: list[str]) -> None:
    assert keys(filter=text) == found


@requirement("cql2/cql2-text/escaping")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("種別 = 'it''s 100%'", ["c"]),
        ("種別 = 'it\\'s 100%'", ["c"]),
        ("種別 = 'tab\\there'", ["t"]),
        ("種別 = 'two\\nlines'", ["n"]),
    ],
)
def test_quotation_marks_and_control_signs_are_escaped(
    keys: Keys, library: Layer, text: str, found: list[str]
) -> None:
    places.feature(library, "t", properties={"種別": "tab\there"})
    places.feature(library, "n", properties={"種別": "two\nlines"})
    assert keys(filter=text) == found


@requirement(
    "cql2/cql2-text/basic-cql2",
    "cql2/cql2-text/advanced-comparison-operators",
    "cql2/cql2-text/basic-spatial-functions",
    "cql2/cql2-text/basic-spatial-functions-plus",
    "cql2/cql2-text/spatial-functions",
)
@pytest.mark.parametrize(
    "text",
    [
        "種別='図書館'and定員=20",
        "(((種別 = '図書館'))) and not (定員 <> 20)",
        "種別 like '図%' AND 定員 between 1 and 20 AND name is not null",
        "s_intersects(geometry, bbox(140.295, 38, 140.305, 39))",
        "S_Within(geometry,Polygon((140.295 38,140.305 38,140.305 39,140.295 39,140.295 38)))",
    ],
)
def test_the_text_s_keywords_may_be_large_or_small(keys: Keys, library: Layer, text: str) -> None:
    assert keys(filter=text) == ["a"]


def prop(name: str) -> dict[str, str]:
    return {"property": name}


BOX = {"bbox": [140.295, 38, 140.305, 39]}
SQUARE = [[[140.295, 38], [140.305, 38], [140.305, 39], [140.295, 39], [140.295, 38]]]
POLYGON = {"type": "Polygon", "coordinates": SQUARE}
WRITTEN: list[tuple[Any, list[str]]] = [
    ({"op": "=", "args": [prop("種別"), "図書館"]}, ["a", "e"]),
    (
        {
            "op": "and",
            "args": [
                {"op": "=", "args": [prop("種別"), "図書館"]},
                {"op": ">", "args": [prop("定員"), 1]},
                True,
            ],
        },
        ["a"],
    ),
    ({"op": "not", "args": [{"op": "=", "args": [prop("定員"), 20]}]}, ["b", "d"]),
    ({"op": "isNull", "args": [prop("定員")]}, ["c", "e"]),
    ({"op": ">", "args": [prop("開設日"), {"date": "1991-04-01"}]}, ["e"]),
    ({"op": ">", "args": [prop("updated_at"), {"timestamp": "2999-01-01T00:00:00Z"}]}, []),
    ({"op": "like", "args": [prop("種別"), "%100\\%"]}, ["c"]),
    ({"op": "between", "args": [prop("定員"), 7, 20]}, ["a", "d"]),
    ({"op": "in", "args": [prop("定員"), [7, 300]]}, ["b", "d"]),
    ({"op": "s_intersects", "args": [prop("geometry"), BOX]}, ["a"]),
    ({"op": "s_within", "args": [prop("geometry"), POLYGON]}, ["a"]),
    (True, EVERY),
]  # fmt: skip


@requirement(
    "cql2/cql2-json/basic-cql2",
    "cql2/cql2-json/advanced-comparison-operators",
    "cql2/cql2-json/basic-spatial-functions",
    "cql2/cql2-json/basic-spatial-functions-plus",
    "cql2/cql2-json/spatial-functions",
)
@pytest.mark.parametrize(("written", "found"), WRITTEN)
def test_the_same_is_written_in_json(
    keys: Keys, library: Layer, written: Any, found: list[str]
) -> None:
    told = json.dumps(written, ensure_ascii=False)
    assert keys(filter=told, filter_lang="cql2-json") == found


@pytest.mark.parametrize(
    "written",
    [
        "",
        "null",
        "[]",
        "{}",
        '"x"',
        "1",
        "nope",
        '{"op":"="}',
        '{"op":"=","args":[]}',
        '{"op":"=","args":[{"property":"種別"}]}',
        '{"op":"=","args":[{"property":"種別"},"a","b"]}',
        '{"op":"=","args":[{"property":"種別"},null]}',
        '{"op":"=","args":[{"property":"種別"},{"property":"name"}]}',
        '{"op":"=","args":[{"property":"種別"},"\\u0000"]}',
        '{"op":"=","args":[{"property":1},"x"]}',
        '{"op":"and","args":[]}',
        '{"op":"and","args":[true]}',
        '{"op":"not","args":[]}',
        '{"op":"isNull","args":[]}',
        '{"op":"in","args":[{"property":"種別"},"x"]}',
        '{"op":"in","args":[{"property":"種別"},[]]}',
        '{"op":"in","args":[{"property":"種別"},[["x"]]]}',
        '{"op":"between","args":[{"property":"定員"},[1,2]]}',
        '{"op":"s_intersects","args":[{"property":"geometry"}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point"}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[1,2]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[1,2,"x",4]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[1,2,1e999,4]}]}',
        '{"op":"casei","args":[{"property":"種別"}]}',
        '{"op":"__class__","args":[{"property":"種別"}]}',
    ],
)
def test_json_that_is_no_filter_is_400(items: Items, library: Layer, written: str) -> None:
    answer = items({"filter": written, "filter-lang": "cql2-json"})
    assert answer.status_code == 400, answer.content.decode()
    assert not answer.json()["detail"].startswith("The database")
