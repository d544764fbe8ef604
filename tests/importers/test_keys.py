"""What identifies a row from import to import."""

import random
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from importers.keys import column_keys, content_keys, normalised_key
from importers.problems import Evidence, FileRefused
from importers.profiles import PROFILES, Profile
from importers.survey import surveyed
from importers.table import Column, Table, typed

GENERIC, STANDARD, GSI = PROFILES["generic"], PROFILES["standard"], PROFILES["gsi_emergency"]


def table(rows: list[dict[str, Any]], shapes: list[Any] | None = None) -> Table:
    names = list(rows[0])
    geometries = np.empty(len(rows), dtype=object)
    geometries[:] = shapes or [Point(140.3 + i / 100, 38.76) for i in range(len(rows))]
    columns = tuple(Column(name, typed([row[name] for row in rows]), name) for name in names)
    numbers = list(range(2, len(rows) + 2))
    return Table.of_rows(
        "csv", "t", columns, rows, numbers, geometries, Evidence("utf-8", "e"), None, []
    )


def keys(
    given_table: Table, profile: Profile = GENERIC, column: str | None = None
) -> tuple[list[str], str, list[tuple[str, int | None]]]:
    found, evidence, problems = column_keys(given_table, profile, column)
    if found is None:
        survey = surveyed(given_table, places=True, geographic=True)
        found, repeated = content_keys(given_table, survey.places, np.zeros(len(given_table), bool))
        problems += repeated
    return found.to_pylist(), evidence.evidence, [(p.code, p.row) for p in problems]


@pytest.mark.parametrize(
    ("value", "key"),
    [(" Ａ１ ", "A1"), (5.0, "5"), (5, "5"), ("06201", "06201"), (None, ""), ("a\u3000 b", "a b")],
)
def test_the_same_code_written_differently_is_the_same_key(value: Any, key: str) -> None:
    assert normalised_key(value) == key


def test_a_chosen_column_makes_the_keys() -> None:
    rows = [{"番号": 1, "名": "a"}, {"番号": 2, "名": "b"}]
    assert keys(table(rows), column="番号") == (["1", "2"], "key_chosen", [])
    assert keys(table(rows), column="　番号 ") == (["1", "2"], "key_chosen", [])
    with pytest.raises(FileRefused) as refusal:
        keys(table(rows), column="ID")
    assert (refusal.value.code, refusal.value.params["columns"]) == ("key_unknown", ["番号", "名"])


def test_a_blank_or_repeated_key_is_an_error_of_each_row() -> None:
    rows = [{"番号": v} for v in ("1", "2", "１", None, "x" * 300)]
    found, _, problems = keys(table(rows), column="番号")
    assert found == ["", "2", "", "", ""]
    assert problems == [
        ("key_twice", 2), ("key_twice", 4), ("key_blank", 5), ("key_too_long", 6),
    ]  # fmt: skip


def test_a_profiles_column_is_passed_over_where_it_fails_unless_it_is_binding() -> None:
    rows = [{"ID": "1", "NO": "7"}, {"ID": "1", "NO": "8"}]
    assert keys(table(rows), STANDARD) == (["7", "8"], "key_profile", [])
    assert keys(table([{"ID": "1"}, {"ID": "2"}]), STANDARD)[:2] == (["1", "2"], "key_profile")
    found, evidence, problems = keys(table([{"ID": None}, {"ID": None}]), STANDARD)
    assert (evidence, problems, len(set(found))) == ("key_content", [], 2)
    assert keys(table([{"ID": "1"}, {"ID": None}]), STANDARD)[2] == [("key_passed_over", None)]
    assert keys(table([{"共通ID": "E1"}, {"共通ID": "E1"}]), GSI) == (
        ["", ""], "key_profile", [("key_twice", 2), ("key_twice", 3)],
    )  # fmt: skip


ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2)).map(lambda t: {"place": t[0], "n": t[1]}),
    min_size=1,
    max_size=12,
)


@given(ROWS, st.randoms())
def test_content_keys_are_unique_and_do_not_depend_on_the_order(
    rows: list[dict[str, int]], shuffling: random.Random
) -> None:
    def content(some: list[dict[str, int]]) -> list[tuple[str, str]]:
        shapes = [Point(140 + row["place"] / 10, 38.7) for row in some]
        found, _, _ = keys(table(some, shapes))
        return sorted((key, str(row)) for key, row in zip(found, some, strict=True))

    first = content(rows)
    assert len({key for key, _ in first}) == len(rows)
    shuffled = rows[:]
    shuffling.shuffle(shuffled)
    assert content(shuffled) == first


def test_a_changed_value_keeps_the_key_and_a_moved_place_changes_it() -> None:
    one = keys(table([{"n": 1}], [Point(140.3, 38.7)]))[0]
    assert keys(table([{"n": 2}], [Point(140.3, 38.7)]))[0] == one
    assert keys(table([{"n": 1}], [Point(140.3001, 38.7)]))[0] != one


def test_a_ring_that_starts_elsewhere_is_the_same_place() -> None:
    ring = [(140.0, 38.0), (140.1, 38.0), (140.1, 38.1), (140.0, 38.1)]
    turned = Polygon(ring[2:] + ring[:2])
    assert keys(table([{"n": 1}], [Polygon(ring)]))[0] == keys(table([{"n": 1}], [turned]))[0]
    other = shapely.affinity.translate(Polygon(ring), 1e-6)
    assert keys(table([{"n": 1}], [Polygon(ring)]))[0] != keys(table([{"n": 1}], [other]))[0]


def test_rows_alike_in_everything_are_counted_and_told() -> None:
    rows = [{"n": 1}, {"n": 1}]
    found, _, problems = keys(table(rows, [Point(140, 38)] * 2))
    assert found[1] == f"{found[0]}-2"
    assert problems == [("row_repeated", 3)]


def test_rows_left_out_do_not_count_as_repeated() -> None:
    rows = [{"n": 1}, {"n": 1}]
    alike = table(rows, [Point(140, 38)] * 2)
    survey = surveyed(alike, places=True, geographic=True)
    found, problems = content_keys(alike, survey.places, np.array([True, False]))
    assert problems == []
    assert found[1].as_py().count("-") == 1
