"""Reading CQL2: the limits that keep one request from ending the process, and what they hold."""

import subprocess
import sys
import textwrap

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from layers.ogc.cql import DEEPEST, JSON, MOST_BRACKETS, MOST_NOTS, TEXT, tree_of
from layers.ogc.crs import offered
from layers.ogc.expressions import Predicate
from layers.ogc.filters import MOST_MEMBERS, MOST_PARTS, Filter
from layers.ogc.problems import BadRequest
from layers.ogc.queryables import OWN
from tests.ogc.conftest import refusal

SYSTEMS = offered(settings.CITY.plane_epsg)


def predicate(text: str, language: str = TEXT) -> Predicate:
    """Return a filter as SQL's parts; the database is not asked."""
    reading = Filter({one.name: one for one in OWN}, next(iter(SYSTEMS.values())))
    return reading.predicate(tree_of(text, language))


def test_brackets_in_brackets_have_an_end() -> None:
    assert predicate("(" * DEEPEST + "id = 1" + ")" * DEEPEST)
    with pytest.raises(BadRequest, match="brackets in brackets"):
        tree_of("(" * (DEEPEST + 1) + "id = 1" + ")" * (DEEPEST + 1))


def test_without_the_limit_one_request_would_end_the_process() -> None:
    """The negative control: the library alone, on a stack of 1 MiB, dies of 400 brackets."""
    program = """
        import threading, cql2
        threading.stack_size(1 << 20)
        text = "(" * 400 + "a=1" + ")" * 400
        thread = threading.Thread(target=cql2.parse_text, args=(text,))
        thread.start()
        thread.join()
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False)
    assert done.returncode < 0  # ended by a signal


@pytest.mark.parametrize(
    "text",
    [
        "NOT " * (MOST_NOTS + 1) + "id = 1",
        "id = " + "-" * 50 + "1",
        "id = 1" + "+1" * 50,
        "id = 1" + " - 1" * 50,
        "id = 2" + "^2" * 50,
        "f(" * 50 + "id" + ")" * 50 + " = 1",
        "name = '" + "(" * (MOST_BRACKETS + 1) + "'",
        "name = 'x" + "(" * 300,
        "id = 1 AND " * 500 + "id = 1",
        "x" * 5000,
    ],
)
def test_every_way_to_go_deep_is_refused_before_the_library_sees_it(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_text: str) -> None:
        raise AssertionError("the library was asked")

    monkeypatch.setattr("cql2.parse_text", never)
    with pytest.raises(BadRequest):
        tree_of(text)


@pytest.mark.parametrize(
    ("stack", "text"),
    [
        ("(", "(" * DEEPEST + "NOT " * MOST_NOTS + "id = 1" + ")" * DEEPEST),
        ("and", " AND ".join(["id = 1"] * 300)),
        ("in", f"id IN ({','.join(['1'] * 900)})"),
        ("names", "name = '" + "(" * MOST_BRACKETS + "'"),
    ],
)
def test_what_is_let_through_fits_on_a_small_stack(stack: str, text: str) -> None:
    program = f"""
        import os, threading
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        import django
        django.setup()
        from layers.ogc.cql import tree_of
        threading.stack_size(1 << 20)
        thread = threading.Thread(target=tree_of, args=({text!r},))
        thread.start()
        thread.join()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], check=False, cwd=settings.BASE_DIR
    )
    assert done.returncode == 0


def test_brackets_and_signs_in_texts_count_for_nothing() -> None:
    assert predicate("name = '((((((((((((((((((((((((( + - * /' OR name = 'not not'")
    assert predicate("name = 'it''s (' AND name = 'it\\'s ('")


def test_numbers_keep_their_signs_and_exponents() -> None:
    for number in ("-1", "1e+5", "1E-5", "-0.5", "12"):
        assert tree_of(f"id={number}")["args"][1] == float(number)
    assert tree_of("S_INTERSECTS(geometry,POINT(-1.5 -0.002))")["args"][1]["coordinates"] == [
        -1.5,
        -0.002,
    ]


def test_a_long_chain_is_one_condition_deep_and_has_an_end() -> None:
    assert predicate(" OR ".join([f"id = {n}" for n in range(MOST_PARTS - 1)]))
    with pytest.raises(BadRequest, match="conditions"):
        predicate(" OR ".join([f"id = {n}" for n in range(MOST_PARTS + 1)]))


def test_json_that_goes_deep_is_refused() -> None:
    def nested(depth: int) -> str:
        one = '{"op":"=","args":[{"property":"id"},1]}'
        return '{"op":"not","args":[' * depth + one + "]}" * depth

    assert predicate(nested(20), JSON)
    for depth in (21, 60, 180):
        with pytest.raises(BadRequest):
            predicate(nested(depth), JSON)


def test_a_list_has_an_end() -> None:
    assert predicate(f"id IN ({','.join(['1'] * MOST_MEMBERS)})")
    with pytest.raises(BadRequest, match="members"):
        predicate(f"id IN ({','.join(['1'] * (MOST_MEMBERS + 1))})")


def test_a_geometry_has_an_end() -> None:
    corners = ",".join(f"{n / 1000} {n % 2}" for n in range(1001))
    written = '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"LineString",'
    positions = ",".join(f"[{n},{n % 2}]" for n in range(180)).replace(" ", "")
    assert predicate(f'{written}"coordinates":[{positions}]}}]}}', JSON)
    with pytest.raises(BadRequest):
        predicate(f"S_INTERSECTS(geometry, LINESTRING({corners}))")


def test_the_sentence_says_where_the_text_ends_to_be_cql2() -> None:
    with pytest.raises(BadRequest) as refused:
        tree_of("name = 'x' AND AND id = 1")
    assert "1:20" in refused.value.detail


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for language in (TEXT, JSON):
        assert refusal(predicate, text, language) != ""


PIECES = st.sampled_from(
    [
        *"()'\"\\,.-+*/=<>%_1;f\0\n",
        *("''", "\\'", '""', "<>", "-1", "1e9", "true", "NULL", "NOT", "AND", "OR", "LIKE", "IN"),
        *("IS", "BETWEEN", "name", "id", "updated_at", "geometry", "POINT", "BBOX", "POLYGON"),
        *("S_INTERSECTS", "DATE", "TIMESTAMP", "'2020-01-01'", "種別"),
    ]
)


@given(st.lists(PIECES, max_size=40))
def test_any_row_of_cql2_s_own_words_is_read_or_refused(words: list[str]) -> None:
    for joint in ("", " "):
        assert refusal(predicate, joint.join(words)) != ""
