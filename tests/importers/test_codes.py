"""Codes with a check digit: repaired where there is one answer, else told."""

import csv
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.values import codes, read_column
from tests.shared_data import shared_data


def ministry() -> list[str]:
    path = shared_data("codes", "soumu_local_government_codes_20240101.csv")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return [row["団体コード"] for row in csv.DictReader(lines)]


def told(read: tuple[Any, Any]) -> str | None:
    return read[1].code if read[1] else None


def test_every_code_of_the_ministrys_table_has_the_check_digit_of_the_rule() -> None:
    found = ministry()
    assert len(found) > 1900
    for code in found:
        assert codes.check_digit(code[:5]) == code[5]
        assert codes.plausible(code[:5])
        assert codes.local_government(code) == (code, None)


def test_no_code_of_the_table_is_ever_repaired_into_another() -> None:
    """Ambiguous ones are told: 178 without their zero, 116 without their check digit."""
    ambiguous = {"zero": 0, "check digit": 0}
    for code in ministry():
        for lost, text in (("check digit", code[:5]), ("zero", code[1:])):
            if lost == "zero" and code[0] != "0":
                continue
            read = codes.local_government(text)
            if told(read) == "code_ambiguous":
                ambiguous[lost] += 1
                assert code in read[1].params["codes"]  # type: ignore[union-attr]
                assert codes.local_government(text, lost) == (code, None)  # type: ignore[arg-type]
            else:
                assert read == (code, None)
    assert ambiguous == {"zero": 178, "check digit": 116}


def test_a_code_of_the_table_with_another_last_digit_is_told_and_stays() -> None:
    for code in ministry():
        wrong = code[:5] + str((int(code[5]) + 1) % 10)
        reading, problem = codes.local_government(wrong)
        assert reading == wrong
        assert problem is not None
        assert (problem.code, problem.params["right"]) == ("code_check_wrong", code)


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        *(
            ("222127", "222127"),
            (222127, "222127"),
            (222127.0, "222127"),
            ("２２２１２７", "222127"),
        ),
        *(("37201", "372013"), ("92011", "092011"), (92011, "092011"), ("06000", "060003")),
        *(("9201", "092011"), (" 372013 ", "372013")),
    ],
)
def test_a_code_gets_back_what_a_spreadsheet_or_a_writer_took(cell: Any, reading: str) -> None:
    assert codes.local_government(cell) == (reading, None)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *(("372014", "code_check_wrong"), ("12106", "code_ambiguous")),
        *(("482013", "code_unreadable"), ("372", "code_unreadable"), ("高松市", "code_unreadable")),
        *(("99999", "code_unreadable"), ("372-013", "code_unreadable"), (True, "code_unreadable")),
        *((["372013"], "code_unreadable"), (37201.5, "code_unreadable"), ("000000", None)),
    ],
)
def test_what_is_no_code_stays_as_it_is(cell: Any, code: str | None) -> None:
    reading, problem = codes.local_government(cell)
    assert reading == cell
    assert problem is not None
    assert problem.code == (code or "code_unreadable")


def test_the_rest_of_the_column_or_the_city_settles_a_code_that_may_be_two() -> None:
    assert codes.lost_in(["12025", "12106"]) == "zero"  # 12025 can only be 函館
    column = read_column("local_government", "市区町村コード", ["12025", "12106"], [2, 3])
    assert column.values == ["012025", "012106"]
    assert column.sources == {}  # a leading zero is spelling
    at_home = read_column("local_government", "c", ["12106"], [2], home="121002")
    assert at_home.values == ["121061"]
    alone = read_column("local_government", "c", ["12106"], [2])
    assert alone.values == ["12106"]
    assert [problem.code for problem in alone.problems] == ["code_ambiguous"]
    assert codes.lost_in(["12025", "37201"]) is None  # they contradict each other


@given(st.integers(0, 10**12 - 1))
def test_a_corporate_number_holds_only_with_its_own_check_digit(number: int) -> None:
    rest = f"{number:012d}"
    right = codes.corporate_check_digit(rest)
    assert right in "123456789"
    for digit in "0123456789":
        read = codes.corporate_number(digit + rest)
        assert (told(read) is None) == (digit == right)
        assert read[0] == digit + rest


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        # 国税庁, 東京都, 横浜市.
        *(("7000012050002", "7000012050002"), ("8000020130001", "8000020130001")),
        *(("７０００－０１２０－５０００２", "7000012050002"), (3000020141003, "3000020141003")),
    ],
)
def test_real_corporate_numbers_hold(cell: Any, reading: str) -> None:
    assert codes.corporate_number(cell) == (reading, None)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("7000012050003", "corporate_number_check_wrong"),
        ("7.00001E+12", "corporate_number_unreadable"),
        ("700001205000", "corporate_number_unreadable"),
    ],
)
def test_a_corporate_number_that_a_spreadsheet_broke_is_told(cell: str, code: str) -> None:
    reading, problem = codes.corporate_number(cell)
    assert reading == cell
    assert problem is not None
    assert problem.code == code
