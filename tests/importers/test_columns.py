"""Columns held as Arrow say what the same values in Python say."""

import json
import math
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from importers.columns import Values, joined, objects
from importers.keys import normalised_key, normalised_keys
from importers.table import one_line

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.one_of(
    st.lists(st.none() | TEXT),
    st.lists(st.none() | st.integers(-(2**70), 2**70)),
    st.lists(st.none() | NUMBERS),
    st.lists(st.none() | st.booleans()),
    st.lists(st.none() | TEXT | st.integers() | NUMBERS | st.booleans() | st.lists(TEXT)),
)


@given(PLAIN)
def test_values_come_back_as_they_were_given(values: list[Any]) -> None:
    found = Values.of(values)
    assert found.pylist() == values
    assert [type(v) for v in found.pylist()] == [type(v) for v in values]


@given(PLAIN)
def test_values_as_json_are_the_values(values: list[Any]) -> None:
    texts = Values.of(values).as_json().to_pylist()
    assert [json.loads(text) for text in texts] == values


@given(PLAIN)
def test_values_as_text_are_one_line(values: list[Any]) -> None:
    texts = Values.of(values).as_text().to_pylist()
    for text, value in zip(texts, values, strict=True):
        if isinstance(value, float):
            assert math.isclose(float(text), value)
        else:
            assert text == one_line(value)


@given(PLAIN)
def test_keys_are_made_alike_one_by_one_and_all_at_once(values: list[Any]) -> None:
    assert normalised_keys(Values.of(values)).to_pylist() == [normalised_key(v) for v in values]


@given(PLAIN, PLAIN)
def test_two_parts_of_a_column_joined_are_its_values(one: list[Any], two: list[Any]) -> None:
    assert joined([Values.of(one), Values.of(two)]).pylist() == one + two


@given(st.lists(st.tuples(TEXT, st.integers(), st.none() | NUMBERS), min_size=1))
def test_rows_of_columns_are_json_objects(rows: list[tuple[Any, ...]]) -> None:
    columns = {
        name: Values.of([row[index] for row in rows])
        for index, name in enumerate(("名称", 'a "quoted" name', "面積"))
    }
    texts = objects(columns, len(rows)).to_pylist()
    assert [tuple(json.loads(text).values()) for text in texts] == rows
    assert list(json.loads(texts[0])) == list(columns)


def test_rows_without_columns_are_empty_objects() -> None:
    assert objects({}, 2).to_pylist() == ["{}", "{}"]


def test_rows_are_taken_by_slice_and_by_number() -> None:
    values = Values.of(["a", "b", None, "d"])
    assert values.taken(slice(1, 3)).pylist() == ["b", None]
    assert values.taken(np.array([3, 0])).pylist() == ["d", "a"]
    assert values.padded(6).pylist() == ["a", "b", None, "d", None, None]
    assert isinstance(values.padded(6).array, pa.Array)
