"""The report of an import as CSV and XLSX, before it is written and long after."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from importers import imports, spreadsheets
from importers.messages import parts
from importers.models import Import, ImportProblem
from importers.problems import error, warning
from importers.spreadsheets import csv_report, guarded, xlsx_report
from layers.models import Feature
from tests.importers.staged import confirmed, row, staged

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def act(db: None) -> Import:
    """An import with a new, a changed and a missing place, and two problems."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bookings (place bigint REFERENCES layers_feature)")
    confirmed(staged(row(2, "1"), row(3, "2", (140.2, 38.7)), row(4, "3", (140.21, 38.7))))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bookings SELECT id FROM layers_feature WHERE key = '3'")
    act = staged(
        row(2, "1", name="=HYPERLINK(1)", properties={"ID": "1", "名称": "=HYPERLINK(1)"}),
        row(3, "9", (140.4, 38.8), name="新館", address="-本町"),
        row(4, "10", (140.4, 38.8), name="別館"),
    )
    ImportProblem.objects.bulk_create(
        [
            ImportProblem(import_of=act, row=7, field="名称", severity="error", code="key_blank"),
            ImportProblem(
                import_of=act, row=8, severity="warning", code="polygon_repaired",
                params={"before": 10.0, "after": 9.0},
            ),
        ]
    )  # fmt: skip
    return act


def table(data: bytes, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline="")))


def of_section(rows: list[list[str]], section: str) -> list[list[str]]:
    return [row[1:] for row in rows if row[0] == section]


def sheets(data: bytes) -> dict[str, list[list[Any]]]:
    """Return a workbook's cells by sheet, by the rules of ECMA-376 and nothing of the writer."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        tree = ElementTree.fromstring(book.read("xl/workbook.xml"))
        names = [sheet.attrib["name"] for sheet in tree.iter(f"{SHEET}sheet")]
        return {
            name: [
                by_column(line)
                for line in ElementTree.fromstring(
                    book.read(f"xl/worksheets/sheet{number}.xml")
                ).iter(f"{SHEET}row")
            ]
            for number, name in enumerate(names, start=1)
        }


def by_column(line: ElementTree.Element) -> list[Any]:
    cells = {ord(cell.attrib["r"][0]) - ord("A"): cell_value(cell) for cell in line}
    return [cells.get(column, "") for column in range(max(cells) + 1)]


def cell_value(cell: ElementTree.Element) -> Any:
    assert cell.find(f"{SHEET}f") is None, "a formula"
    if cell.attrib.get("t") == "inlineStr":
        text = "".join(part.text or "" for part in cell.iter(f"{SHEET}t"))
        return re.sub("_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), text)
    return int((cell.find(f"{SHEET}v")).text)  # type: ignore[union-attr, arg-type]


def workbook(act: Import) -> dict[str, list[list[Any]]]:
    sink = io.BytesIO()
    xlsx_report(act, sink)
    return sheets(sink.getvalue())


# -- what it says -----------------------------------------------------------------------------


def test_the_csv_holds_every_section_with_a_byte_order_mark(act: Import) -> None:
    data = b"".join(csv_report(act))
    assert data.startswith(b"\xef\xbb\xbf")
    rows = table(data)
    assert {len(row) for row in rows} == {9}
    assert rows[0][:4] == ["section", "row", "key", "name"]
    summary = {row[3]: row[5] for row in of_section(rows, "Summary")}
    assert (summary["new places"], summary["changed places"], summary["of those, in use"]) == (
        "2", "1", "1",
    )  # fmt: skip
    assert of_section(rows, "New places") == [
        ["3", "9", "新館", "", "", "38.800000, 140.400000", "'-本町", ""],
        ["4", "10", "別館", "", "", "38.800000, 140.400000", "", ""],
    ]
    assert of_section(rows, "Changes") == [
        ["2", "1", "'=HYPERLINK(1)", "名称", "場所1", "'=HYPERLINK(1)", "", ""]
    ]
    assert of_section(rows, "Not in the file") == [
        ["", "3", "場所3", "", "", "", "stays: in use (bookings)", ""],
        ["", "2", "場所2", "", "", "", "stays, unless removing is asked for", ""],
    ]
    problems = of_section(rows, "Problems")
    assert [(p[0], p[5], p[3]) for p in problems] == [
        ("7", "left out", "名称"), ("8", "taken", ""), ("4", "taken", ""),
    ]  # fmt: skip
    assert problems[0][6:] == [
        "The key column “名称” is blank.", "Fill it in, or choose another with --key.",
    ]  # fmt: skip
    assert problems[2][6] == "On the very same spot lies “新館” (row 3 of the file)."


def test_the_workbook_has_a_sheet_for_each_section(act: Import) -> None:
    book = workbook(act)
    assert list(book) == ["Summary", "New places", "Changes", "Not in the file", "Problems"]
    assert book["Changes"] == [
        ["row", "key", "name", "column", "before", "after"],
        [2, "1", "=HYPERLINK(1)", "名称", "場所1", "=HYPERLINK(1)"],
    ]
    assert book["New places"][1] == [3, "9", "新館", "-本町", "38.800000, 140.400000"]
    assert book["Problems"][1] == [
        7, "名称", "The key column “名称” is blank.", "Fill it in, or choose another with --key.",
        "left out",
    ]  # fmt: skip


def test_the_report_of_a_written_import_is_there_long_after(act: Import) -> None:
    before = table(b"".join(csv_report(act)))
    act = Import.objects.get(pk=confirmed(act, remove_missing=True).pk)
    from layers.changes import recording

    with recording(act.layer, "edit"):
        Feature.objects.filter(key="1").update(name="once more")
        Feature.objects.filter(key="10").delete()
    after = table(b"".join(csv_report(act)))
    for section in ("New places", "Changes"):
        # The record knows features, not rows.
        assert [line[1:] for line in of_section(after, section)] == [
            line[1:] for line in of_section(before, section)
        ]
    assert of_section(after, "Problems") == of_section(before, "Problems")
    assert of_section(after, "Not in the file") == [
        ["", "3", "場所3", "", "", "", "stays: in use (bookings)", ""],
        ["", "2", "場所2", "", "", "", "was removed", ""],
    ]
    summary = {row[3]: row[5] for row in of_section(after, "Summary")}
    assert (summary["of those, removed"], summary["change set"]) == ("1", str(act.change_set_id))


def test_a_refused_import_has_a_report_that_says_why(db: None) -> None:
    act = staged(row(2, "1"))
    act.found, act.counts = {}, {}
    act.state, act.refusal = Import.State.REFUSED, {"code": "no_rows", "params": {}}
    act.save()
    rows = table(b"".join(csv_report(act)))
    assert {row[0] for row in rows[1:]} == {"Summary"}
    assert any("has no rows" in row[6] for row in rows)
    assert list(workbook(act)) == ["Summary"]


def test_the_language_is_that_of_the_call_however_late_it_is_read(act: Import) -> None:
    with override("en"):
        blocks = csv_report(act)
    with override("ja"):
        assert table(b"".join(blocks))[0][1] == "row"


# -- CSV --------------------------------------------------------------------------------------


def test_cp932_marks_what_it_lacks_and_keeps_what_only_looks_otherwise(db: None) -> None:
    act = staged(row(2, "1", name="𠮷野家 髙﨑① 〜−"))
    rows = table(b"".join(csv_report(act, "cp932")), "cp932")
    assert of_section(rows, "New places")[0][2] == "〓野家 髙﨑① ～－"
    assert any("〓 stands for" in row[7] for row in rows)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+81-233-22-2111", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "＋1*2",
        "－A1", "＠A1", "-", "=", "\ufeff=1", "-1 2", "+cmd|' /C calc'!A0",
    ],
)  # fmt: skip
def test_a_cell_that_a_spreadsheet_would_compute_is_disarmed(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    ["", "-12.5", "+3", "1,234", "-1.5e-7", "0233-22-2111", "06201", "図書館", "a=b", "(=1)"],
)
def test_numbers_and_plain_text_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text


@given(st.text())
def test_no_text_at_all_begins_a_formula(text: str) -> None:
    safe = guarded(text)
    assert safe.endswith(text)
    first = safe.lstrip("\ufeff \u3000\t\r\n")[:1]
    assert first not in "=@＝＠" or first == ""
    if first in "+-＋－" and first:
        assert re.fullmatch(r"[+-]\d[\d.,]*(e[+-]?\d+)?", safe, re.IGNORECASE)


# -- XLSX -------------------------------------------------------------------------------------


def test_a_section_longer_than_a_sheet_goes_on_in_another(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 11)
    act = staged(*(row(n, str(n), (140 + n / 100, 38.76)) for n in range(2, 27)))
    book = workbook(act)
    parts_of = [book[name] for name in ("New places", "New places (2)", "New places (3)")]
    assert [len(part) for part in parts_of] == [11, 11, 6]
    assert [line[0] for part in parts_of for line in part[1:]] == list(range(2, 27))
    assert all(part[0][0] == "row" for part in parts_of)
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 26)
    assert "New places (2)" not in workbook(act)


def test_a_cell_longer_than_a_sheet_takes_and_odd_characters_are_tamed(db: None) -> None:
    long, odd = "長" * 40_000, "a\x01b\x0cc\ufffed_x0041_"
    confirmed(staged(row(2, "1", properties={"a": "", "b": ""})))
    act = staged(row(2, "1", properties={"a": long, "b": odd}))
    cells = {line[3]: line[5] for line in workbook(act)["Changes"][1:]}
    assert len(cells["a"]) == 32_767
    assert cells["a"].endswith("長…")
    assert cells["b"] == "a\ufffdb\ufffdc\ufffdd_x0041_"


# -- sentences in two parts -------------------------------------------------------------------


def test_what_is_wrong_and_what_to_do_are_told_apart_in_every_language() -> None:
    problem = error("key_twice", 3, "ID", value="A. B。C", rows=[2])
    for language, told in {
        "en": (
            "The key “A. B。C” in “ID” is also in row 2.",
            "Each row needs its own: correct it, or choose another column with --key.",
        ),
        "ja": None,
    }.items():
        with override(language):
            what, advice = parts(problem)
            assert "A. B。C" in what
            assert advice
            assert told is None or (what, advice) == told
    assert parts(warning("row_repeated", 2))[1] == ""


@pytest.mark.parametrize("state", ["received", "dropped"])
def test_an_import_that_never_was_compared_has_a_summary(db: None, state: str) -> None:
    act = imports.answered(staged(row(2, "1")))
    act.state = state
    assert b"Summary" in b"".join(csv_report(act))
