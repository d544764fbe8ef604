"""The one rule of values: read whole and in one form, or left as it is; nothing is lost."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.encoding import clean_text, decoded
from importers.flags import flag, stated
from importers.profiles import RULES as OFFICIAL_RULES
from importers.profiles import recognised
from importers.values import RULES, Rule, contacts, lists, numbers, read_column
from importers.values.cell import spelled_alike
from importers.values.kinds import as_known, known_types, rule_type
from tests.importers.test_profiles import REAL
from tests.shared_data import shared_data

CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.lists(st.text(max_size=5), max_size=3),
    st.text(
        st.sampled_from("0123456789-/.:年月日時分昭平令和元午前後（）()～、;・ 　人円,+ー—月火水"),
        max_size=14,
    ),
    st.sampled_from(
        [
            *("昭32. 7. 1", "22196", "2025年9月6日（土）", "9:00", "午後5時", "0.375", "月～金"),
            *("1,200人", "３０名", "30台", "054-626-1139；054-626-1140", "(054)625-0128"),
            *("〒996-0000", "内科;外科・小児科", "本町・大町", "37201", "92011", "12106", "-"),
            *("http://a.jp", "○", "△", "9999", "2019.1", "令和4年1月1日現在"),
        ]
    ),
)
COLUMNS = st.lists(CELLS, max_size=6)


def again(rule: Rule, cells: list[Any], **more: Any) -> tuple[Any, Any]:
    rows = list(range(2, len(cells) + 2))
    first = read_column(rule, "列", cells, rows, **more)
    return first, read_column(rule, "列", first.values, rows, **{**more, "unit": first.unit})


@pytest.mark.parametrize("rule", RULES)
@given(cells=COLUMNS)
def test_a_rule_applied_to_its_own_output_changes_nothing(rule: Rule, cells: list[Any]) -> None:
    first, second = again(rule, cells, missing=("9999",))
    assert second.values == first.values
    assert [type(value) for value in second.values] == [type(value) for value in first.values]
    assert second.sources == {}
    assert "values_read" not in {problem.code for problem in second.problems}


@pytest.mark.parametrize("rule", RULES)
@given(cells=COLUMNS)
def test_no_cell_is_lost(rule: Rule, cells: list[Any]) -> None:
    """What a property holds says the same in other spelling, or the cell is kept beside it."""
    first, _ = again(rule, cells, missing=("9999",))
    assert len(first.values) == len(cells)
    for index, (cell, value) in enumerate(zip(cells, first.values, strict=True)):
        same = type(cell) is type(value) and cell == value
        assert same or spelled_alike(cell, value) or first.sources[index] == cell
    assert all(not spelled_alike(cells[i], first.values[i]) for i in first.sources)
    changed = [problem for problem in first.problems if problem.code == "values_read"]
    differ = [i for i, cell in enumerate(cells) if str(cell) != str(first.values[i])]
    assert [problem.params["count"] for problem in changed] == ([len(differ)] if differ else [])
    json.dumps([first.values, list(first.sources.values())])


@pytest.mark.parametrize("rule", RULES)
@given(cells=COLUMNS)
def test_problems_name_the_row_and_the_column(rule: Rule, cells: list[Any]) -> None:
    first, _ = again(rule, cells)
    for problem in first.problems:
        assert problem.field == "列"
        assert (problem.row is None) == (problem.code == "values_read")
        assert problem.row is None or 2 <= problem.row < len(cells) + 2


def test_a_reading_that_is_only_spelled_otherwise_keeps_no_source() -> None:
    read = read_column("phones", "電話番号", ["(054)626-1139", "054-626-1139"], [2, 3])
    assert read.values == ["054-626-1139"] * 2
    assert read.sources == {}
    (problem,) = read.problems
    assert (problem.code, problem.row, problem.params["count"]) == ("values_read", None, 1)


def test_a_reading_that_says_it_in_another_way_keeps_the_cell() -> None:
    read = read_column("date", "文化財指定日", ["昭32. 7. 1", "1957-07-01", "江戸"], [2, 3, 4])
    assert read.values == ["1957-07-01", "1957-07-01", "江戸"]
    assert read.sources == {0: "昭32. 7. 1"}
    assert [(p.row, p.code) for p in read.problems] == [
        (4, "date_unreadable"),
        (None, "values_read"),
    ]


@pytest.mark.parametrize(
    ("source", "reading", "alike"),
    [
        *(("9:00", "09:00", True), ("９時３０分", "09:30", True), ("1957/7/1", "1957-07-01", True)),
        *(("9960000", "996-0000", True), ("1,200", 1200, True), ("1200.0", 1200, True)),
        *(("内科;外科", ["内科", "外科"], True), ("昭32.7.1", "1957-07-01", False)),
        *(("37201", "372013", False), ("1200人", 1200, False), ("9999", None, False)),
        *(("22196", "1960-10-07", False), ("月～金", "月火水木金", False), (None, None, True)),
    ],
)
def test_spelling_is_width_marks_and_leading_zeros(source: Any, reading: Any, alike: bool) -> None:
    assert spelled_alike(source, reading) is alike


# -- flags ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        *("1", 1, 1.0, "1.0", "○", "◯", "有", " １ ", True, "TRUE", "はい", "可", "あり", "有り"),
        *("Yes", "該当", "レ", "ＴＲＵＥ"),
    ],
)
def test_yes_is_known_in_every_way_it_is_written(value: object) -> None:
    assert flag(value) is True
    assert stated(value) is True


@pytest.mark.parametrize(
    "value", ["0", "×", "無", "－", 0, False, "FALSE", "いいえ", "不可", "なし", "対象外", "―"]
)
def test_no_likewise(value: object) -> None:
    assert flag(value) is False
    assert stated(value) is False


@pytest.mark.parametrize("value", ["", None, " ", "\u3000"])
def test_blank_is_no_designation_and_no_statement(value: object) -> None:
    assert flag(value) is False
    assert stated(value) is None


@pytest.mark.parametrize("value", ["△", "一部", "?", 2, "1階", "○※", "要確認", "任意", "必須", "*"])
def test_what_is_neither_is_unknown_and_never_yes(value: object) -> None:
    assert flag(value) is None
    assert stated(value) is None


@pytest.mark.parametrize("rule", ["designation", "flag"])
def test_a_flag_stays_as_it_is_written_and_a_doubtful_one_is_told(rule: Rule) -> None:
    cells = ["○", "1.0", "△", None, "無", ""]
    read = read_column(rule, "洪水", cells, list(range(2, 8)))
    assert read.values == cells
    assert [(p.row, p.code, p.params["value"]) for p in read.problems] == [(4, "flag_unclear", "△")]


# -- numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "reading", "unit"),
    [
        *(
            ("1,200人", 1200, "人"),
            ("１，２００", 1200, ""),
            ("12.5㎡", 12.5, "m2"),
            ("-3", -3, ""),
        ),
        *(
            ("¥1,000", 1000, "円"),
            ("￥１００－", 100, "円"),
            ("1000円", 1000, "円"),
            ("30名", 30, "人"),
        ),
        *(("5か所", 5, "箇所"), ("10％", 10, "%"), ("1200.0", 1200, ""), ("007", 7, "")),
    ],
)
def test_a_number_is_read_with_its_unit_when_there_is_nothing_else(
    cell: str, reading: float, unit: str
) -> None:
    assert numbers.read(cell) == (reading, None)
    assert type(numbers.read(cell)[0]) is type(reading)
    assert numbers.unit_of(cell) == unit


@pytest.mark.parametrize(
    "cell",
    [
        *("屋内191人／屋外0人", "約50", "10～20", "3万円", "1,20", "無料", "12,34人", "1.2.3"),
        *("123456789012345678", "5人以上", "-", "1e5", True, "人"),
    ],
)
def test_a_number_beside_anything_else_stays_text(cell: Any) -> None:
    assert numbers.read(cell)[0] == cell


def test_a_column_has_one_unit_and_what_is_in_another_is_told() -> None:
    cells = ["30人", "50名", "30台", "20", None]
    read = read_column("number", "定員", cells, [2, 3, 4, 5, 6])
    assert (read.values, read.unit) == ([30, 50, "30台", 20, None], "人")
    assert [(p.row, p.code) for p in read.problems] == [
        (4, "number_other_unit"),
        (None, "values_read"),
    ]
    known = read_column("number", "定員", ["30台"], [2], unit="人")
    assert known.values == ["30台"]


# -- telephone, post, web ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        *(("(0233)22-2111", "0233-22-2111"), ("０２３３（２２）２１１１", "0233-22-2111")),
        *(("0233ー22ー2111", "0233-22-2111"), ("TEL:0233-22-2111", "0233-22-2111")),
        *(("0233 22 2111", "0233-22-2111"), ("0233222111", "0233222111"), ("119", "119")),
        *(("054−626−1139", "054-626-1139"), ("℡054-626-1139", "054-626-1139")),
        *(("+81-54-626-1139", "+81-54-626-1139"), ("0120-11-2222", "0120-11-2222")),
        *(("#7119", "#7119"), ("03(1234)5678", "03-1234-5678")),
    ],
)
def test_a_telephone_number_gets_one_form(cell: str, reading: str) -> None:
    assert contacts.phone(cell) == (reading, None)


@given(st.from_regex(r"\(?0\d{1,4}[-)(ー ]\d{1,4}[-) ー]\d{4}", fullmatch=True))
def test_no_digit_of_a_telephone_number_is_invented_or_lost(cell: str) -> None:
    reading, _ = contacts.phone(cell)
    before, after = ([int(s) for s in text if s.isdecimal()] for text in (cell, reading))
    assert after == before


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *(("22-2111", "phone_incomplete"), (233222111, "phone_incomplete")),
        *(("0233-22-2111（代表）", "phone_unreadable"), ("代表のみ", "phone_unreadable")),
        *(("054-626-1139（内線12）", "phone_unreadable"), (True, "phone_unreadable")),
    ],
)
def test_what_is_no_whole_telephone_number_stays_and_is_told(cell: Any, code: str) -> None:
    reading, problem = contacts.phone(cell)
    assert reading == cell
    assert problem is not None
    assert problem.code == code


def test_several_telephone_numbers_are_a_list_and_one_is_none() -> None:
    pair = ["054-626-1139", "054-626-1140"]
    for mark in (";", "；", "/", "、", "\n", ","):
        assert lists.phones(f"(054)626-1139{mark}054-626-1140") == (pair, None)
    assert lists.phones("(054)626-1139") == ("054-626-1139", None)
    cell = "054-626-1139、内線12"
    assert lists.phones(cell)[0] == cell


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        *(("9960000", "996-0000"), ("〒996-0000", "996-0000"), ("９９６－００００", "996-0000")),
        *((9960000, "996-0000"), (600000, "060-0000"), ("〒 996 0000", "996-0000")),
        *(("600000", None), ("996", None), ("9960-000", None), (99600001, None)),
    ],
)
def test_a_postal_code_has_seven_digits(cell: Any, reading: str | None) -> None:
    found, problem = contacts.postal(cell)
    assert found == (reading if reading is not None else cell)
    assert (problem is None) == (reading is not None)


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        *((" https://a.jp/x ", "https://a.jp/x"), ("ｈｔｔｐｓ：／／ａ．ｊｐ", "https://a.jp")),
        *(
            ("https://a.jp/日本?b=1#c", "https://a.jp/日本?b=1#c"),
            ("http://a.jp:8080/", "http://a.jp:8080/"),
        ),
        *(("www.a.jp", None), ("javascript:alert(1)", None), ("http://localhost", None)),
        *(("ftp://a.jp", None), ("https://a.jp https://b.jp", None), ("http://[", None)),
        *(('https://a.jp/"onclick=', None), ("data:text/html,x", None), (5, None)),
    ],
)
def test_only_http_is_a_web_address_and_nothing_is_added(cell: Any, reading: str | None) -> None:
    found, problem = contacts.url(cell)
    assert found == (reading if reading is not None else cell)
    assert (problem is None) == (reading is not None)


# -- lists ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["内科;外科", "糖尿病・内分泌内科"], [["内科", "外科"], ["糖尿病・内分泌内科"]]),
        (["内科；外科、小児科"], [["内科", "外科、小児科"]]),
        (
            ["内科、外科", "小児科/歯科", "眼科,皮膚科"],
            [["内科", "外科"], ["小児科", "歯科"], ["眼科", "皮膚科"]],
        ),
        (["内科\n外科", None, "-"], [["内科", "外科"], None, "-"]),
        (["本町・大町", "栄町"], [["本町", "大町"], ["栄町"]]),
        (["御祓地区（25町会、3班）", "中央"], [["御祓地区（25町会、3班）"], ["中央"]]),
        (["内科;;外科; "], [["内科", "外科"]]),
        ([";"], [";"]),
    ],
)
def test_a_cell_comes_apart_at_the_strongest_mark_of_its_column(
    cells: list[Any], expected: list[Any]
) -> None:
    assert read_column("list", "診療科目", cells, list(range(len(cells)))).values == expected


# -- types ------------------------------------------------------------------------------------


def test_a_column_keeps_the_type_the_layer_knows_it_by() -> None:
    schema = [
        {"name": "定員", "type": "integer", "title": "定員"},
        {"name": "備考", "type": "text", "title": "備考"},
        {"name": "x", "type": "nonsense"},
        {"title": "no name"},
    ]
    known = known_types(schema)
    assert known == {"定員": "integer", "備考": "text"}
    kept, problems = as_known(
        known["定員"], "定員", ["30", "30名", None, "2.5", 7], [2, 3, 4, 5, 6]
    )
    assert kept == [30, "30名", None, 2.5, 7]
    assert [(p.row, p.code) for p in problems] == [(3, "number_kept_as_text")]
    kept, problems = as_known(
        known["備考"], "備考", [12, "12", 5.0, 1.5, None, True], list(range(6))
    )
    assert kept == ["12", "12", "5", "1.5", None, True]
    assert problems == []


def test_one_odd_cell_in_a_new_edition_leaves_the_other_rows_as_they_were() -> None:
    """The point of known types: 49 of 50 rows compare equal to the last edition's."""
    last = as_known("integer", "定員", [str(n) for n in range(50)], list(range(50)))[0]
    cells = [str(n) for n in range(50)]
    cells[7] = "7名"
    new, problems = as_known("integer", "定員", cells, list(range(50)))
    assert sum(a != b or type(a) is not type(b) for a, b in zip(last, new, strict=True)) == 1
    assert len(problems) == 1


def test_a_rule_decides_the_type_of_its_column() -> None:
    assert rule_type("number", [1, 2, None]) == "integer"
    assert rule_type("number", [1, 2.5]) == rule_type("number", [1, "約50"]) == "number"
    assert rule_type("date", ["1991"]) == "date"
    assert rule_type("phones", [["a"]]) == "text"
    assert rule_type(None, [1]) is None


# -- real tables ------------------------------------------------------------------------------


def real_columns(name: str) -> dict[str, list[str | None]]:
    text, _ = decoded(shared_data(*name.split("/")).read_bytes())
    header, *body = list(csv.reader(io.StringIO(text, newline="")))
    body = [row for row in body if any(row)]
    return {
        column: [clean_text(row[i]).strip() or None if i < len(row) else None for row in body]
        for i, column in enumerate(header)
    }


@pytest.mark.parametrize("name", [name for name in REAL if "blank-forms" not in name])
def test_the_official_rules_read_the_real_tables_without_losing_a_cell(name: str) -> None:
    columns = real_columns(name)
    rules = recognised(list(columns)).rules(list(columns))
    rules |= {c: OFFICIAL_RULES[c] for c in columns if c in OFFICIAL_RULES}
    for column, rule in rules.items():
        cells = columns[column]
        rows = list(range(2, len(cells) + 2))
        read = read_column(rule, column, cells, rows)
        for index, (cell, value) in enumerate(zip(cells, read.values, strict=True)):
            assert cell == value or spelled_alike(cell, value) or read.sources[index] == cell
        assert again(rule, list(cells))[1].values == read.values
        doubtful = [p for p in read.problems if p.code == "flag_unclear"]
        assert not doubtful, (column, doubtful[:3])


def test_real_tables_arrive_in_the_forms_of_the_standard() -> None:
    aed = real_columns("csv-old-standard/222127_aed.csv")
    phones = read_column("phones", "電話番号", aed["電話番号"], list(range(82)))
    assert phones.values[0] == "054-626-1139"
    assert {p.code for p in phones.problems} <= {"values_read"}
    cooling = real_columns("csv-own-layout/machinakasuzumidokoro.csv")
    opening = read_column("time", "月曜", cooling["月曜開放開始時刻"], list(range(108)))
    assert set(opening.values[:2]) == {"08:30"}
    assert "-" in read_column("time", "日曜", cooling["日曜開放開始時刻"], list(range(108))).values
    preschool = real_columns("csv-old-standard/222127_preschool.csv")
    days = read_column("weekdays", "利用可能曜日", preschool["利用可能曜日"], list(range(60)))
    assert set(days.values) <= {"月火水木金", "月火水木金土", "月火水木金土日", None}
    clinics = real_columns("csv-own-layout/takamatsu_hospital.csv")
    opened = read_column("date", "openingDate", clinics["openingDate"], list(range(628)))
    assert opened.values[0] == "1947-04-01"
    subjects = read_column("list", "medicalSubjects", clinics["medicalSubjects"], list(range(628)))
    assert subjects.values[0][:2] == ["内科", "脳神経内科"]
