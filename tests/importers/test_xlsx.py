"""Excel workbooks of cities: sheets, headers, cells, and files made to do harm."""

import csv
import io
import time as clock
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from importers import cell_formats, workbook
from tests.factories.spreadsheet import (
    Error,
    Formula,
    Rich,
    Sheet,
    Styled,
    write_book,
    write_xlsx,
)
from tests.importers.reading import codes, read, refused

HEADER = ["名称", "住所", "緯度", "経度"]
ROW = ["図書館", "本町1", 38.76, 140.30]
OTHER = ["体育館", "大町2", 38.77, 140.31]
MOMENT = datetime.fromisoformat("2024-04-01T09:30")
NOTES = Sheet([["このファイルについて"], ["令和6年4月1日現在"]])


def rows(path: Path, **options: Any) -> list[dict[str, Any]]:
    return read(path, **options).rows


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("placed", [False, True])
@pytest.mark.parametrize("prefix", ["", "x"])
def test_rows_become_points_however_the_workbook_was_written(
    tmp_path: Path, inline: bool, placed: bool, prefix: str
) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx", HEADER, ROW, OTHER, inline=inline, placed=placed, prefix=prefix
    )
    found = read(path)
    assert [(c.row, c.name, c.geometry.wkt) for c in found.candidates] == [
        (2, "図書館", "POINT (140.3 38.76)"), (3, "体育館", "POINT (140.31 38.77)"),
    ]  # fmt: skip
    assert codes(found) == []
    assert (found.table.format, found.table.display_name) == ("xlsx", "a")


@pytest.mark.parametrize("name", ["a.csv", "a.zip", "a.dat", "a.XLSX"])
def test_a_workbook_is_known_by_what_is_in_it(tmp_path: Path, name: str) -> None:
    assert read(write_xlsx(tmp_path / name, HEADER, ROW)).table.format == "xlsx"


# -- cells ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("062057", "062057"), (Styled(62057, "000000"), "062057"),
        (Styled(9960025, "000-0000"), "996-0025"), (Styled(60025, '000\\-0000'), "006-0025"),
        (Styled(9960025, "[<=999]000;[<=9999]000\\-00;000\\-0000"), "996-0025"),
        (Styled(233222111, '0000"-"00"-"0000'), "0233-22-2111"), (Styled(1.5, "000"), "1.5"),
        (Styled(1234567, "000"), "1234567"), (Styled(12, "0"), "12"), (Styled(12.0, "0.00"), "12"),
        (5.0, "5"), (12.5, "12.5"),
        (0.1 + 0.2, "0.3"), (1e15, "1000000000000000"), (1e-7, "0.0000001"), (-3, "-3"),
        (140.30000000000001, "140.3"), (-0.0, "0"),
        (date(1904, 8, 29), "1904-08-29"), (date(1900, 2, 28), "1900-02-28"),
        (date(1900, 3, 1), "1900-03-01"),
        (MOMENT, "2024-04-01T09:30"), (MOMENT.replace(hour=0, minute=0), "2024-04-01"),
        (time(9, 0), "09:00"), (time(17, 30, 15), "17:30:15"),
        (timedelta(hours=26, minutes=30), "26:30"), (timedelta(hours=24), "24:00"),
        (Styled(22196, 57), "1960-10-07"), (Styled(22196, 31), "1960-10-07"),
        (Styled(22196, '[$-411]ggge"年"m"月"d"日";@'), "1960-10-07"),
        (Styled(22196, "yyyy/m/d;@"), "1960-10-07"),
        (Styled(22196, "[$-ja-JP]e.m.d"), "1960-10-07"),
        (Styled(0.375, "h:mm;@"), "09:00"), (Styled(0.375, 32), "09:00"),
        (Styled(45383.375, "yyyy/m/d h:mm"), "2024-04-01T09:00"),
        (Styled(1234, '#,##0"円"'), "1234"), (Styled(0.5, "0%"), "0.5"),
        (Styled(12, "General"), "12"), (Styled(12, 'G/標準"件"'), "12"),
        (Styled(12, "0.00E+00"), "12"),
        (Styled(12, '0"日"'), "12"), (Styled(0, 14), "0"), (Styled(-1, 14), "-1"),
        (Styled("text", 14), "text"), (Styled(3, "@"), "3"),
        (Formula("A1&B1", "結果"), "結果"), (Formula("1+1", 2), "2"),
        (Formula("1=1", True), "TRUE"),
        (Rich("図書", "館", "トショカン"), "図書館"),
        (" 図書館\u3000", "図書館"), ("図\n書", "図\n書"), ("1_x000D_\n2", "1\n2"),
        ("_x005F_x", "_x"),
        ("〜−", "～－"), ("<&>\"'", "<&>\"'"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_excel_shows_it(tmp_path: Path, cell: Any, value: str) -> None:
    mixed = write_xlsx(tmp_path / "a.xlsx", [*HEADER, "値"], [*ROW, cell], [*OTHER, "文字"])
    assert rows(mixed)[0]["値"] == value


def test_columns_become_json_values_of_one_type(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx",
        [*HEADER, "定員", "面積", "団体コード", "洪水", "指定日", "開館", "公開"],
        [*ROW, 120.0, 12, 62057, 1, date(2024, 4, 1), time(9), True],
        [*OTHER, None, 3.5, 62057, None, date(2024, 4, 2), time(10), False],
    )
    found = read(path)
    assert found.rows[0] == {
        "名称": "図書館", "住所": "本町1", "緯度": 38.76, "経度": 140.3, "定員": 120, "面積": 12.0,
        "団体コード": "62057", "洪水": "1", "指定日": "2024-04-01", "開館": "09:00", "公開": True,
    }  # fmt: skip
    assert found.rows[1]["定員"] is None
    assert [column.type for column in found.table.columns] == [
        "text", "text", "number", "number", "integer", "number", "text", "text", "date", "text",
        "boolean",
    ]  # fmt: skip


def test_dates_counted_from_1904_are_read_as_such(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx", [*HEADER, "日"], [*ROW, date(2024, 4, 1)], from_1904=True
    )
    assert rows(path)[0]["日"] == "2024-04-01"


def test_a_cell_with_an_error_is_blank_and_told(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx", [*HEADER, "人数"], [*ROW, Error("#REF!")], [*OTHER, Formula("X", None)]
    )
    found = read(path)
    assert [row["人数"] for row in found.rows] == [None, None]
    assert codes(found) == [("formulas_uncomputed", None), ("cell_error", 2)]
    told = next(p for p in found.problems if p.code == "cell_error")
    assert (told.field, told.params["text"]) == ("人数", "#REF!")


def test_a_formula_without_its_result_is_counted_whichever_way_it_is_left_out(
    tmp_path: Path,
) -> None:
    """Libraries write no value, or an empty one; an empty text is a result."""
    left_out = (
        '<c r="E1"><f>A</f></c><c r="F1"><f>A</f><v></v></c><c r="G1" t="str"><f>A</f><v></v></c>'
    )
    inner = "".join(
        f'<c r="{place}1" t="inlineStr"><is><t>{text}</t></is></c>'
        for place, text in zip("ABCD", HEADER, strict=True)
    )
    row = '<row r="2"><c r="C2"><v>38.76</v></c><c r="D2"><v>140.3</v></c></row>'
    parts = sheet_xml(f'<row r="1">{inner}{left_out}</row>{row}')
    (told,) = read(write_xlsx(tmp_path / "a.xlsx", HEADER, parts=parts)).problems
    assert (told.code, told.params["count"]) == ("formulas_uncomputed", 2)


def test_a_sheet_and_the_csv_of_it_give_the_same_rows(tmp_path: Path) -> None:
    """What a sheet and a CSV have in common is read by the same code: nothing changes for it."""
    lines = [
        ["施設一覧", None, None, None, None, None],
        [*HEADER, "NO", "NO", "収容"],
        ["図書館", "本町1", 38.76, 140.3, "001", "x", 120],
        ["体育館", "大町2", 38.77, 140.31, "002", None, 1500],
        ["※出典：台帳", None, None, None, None, None],
        ["合計", None, None, None, None, None, 1620],
    ]
    sheet = read(write_xlsx(tmp_path / "a.xlsx", *lines))
    stream = io.StringIO()
    csv.writer(stream).writerows(
        [
            ["" if cell is None else cell for cell in [*line, *[None] * (7 - len(line))]]
            for line in lines
        ]
    )
    (tmp_path / "b.csv").write_text(stream.getvalue(), encoding="utf-8")
    text = read(tmp_path / "b.csv")
    assert text.table.format == "csv"
    assert sheet.rows == text.rows
    assert sheet.table.columns == text.table.columns
    assert sheet.table.row_numbers.tolist() == text.table.row_numbers.tolist() == [3, 4]
    assert codes(sheet) == codes(text)
    assert [c.key for c in sheet.candidates] == [c.key for c in text.candidates]


# -- header, notes, totals --------------------------------------------------------------------


def test_a_title_over_merged_cells_is_passed_over_and_rows_count_as_seen(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx",
        ["公共施設一覧"], [], ["令和6年4月1日現在", None, "担当：財政課"], HEADER, ROW, [], OTHER,
        merges=["A1:D1", "A3:B3"],
    )  # fmt: skip
    found = read(path)
    assert [c.row for c in found.candidates] == [5, 7]
    assert [column.name for column in found.table.columns] == HEADER
    assert codes(found) == []


def test_a_table_may_begin_anywhere_on_the_sheet(tmp_path: Path) -> None:
    blank = [None, None]
    path = write_xlsx(tmp_path / "a.xlsx", [*blank, *HEADER], [*blank, *ROW], first_row=9)
    found = read(path)
    assert [(c.row, c.name) for c in found.candidates] == [(10, "図書館")]
    assert [column.name for column in found.table.columns] == HEADER


def test_two_header_rows_are_joined_where_cells_are_merged(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx",
        ["避難所一覧"],
        ["名称", "住所", "位置", None, "災害種別", None, None, "担当", None],
        [None, None, "緯度", "経度", "洪水", "地震", "大規模な火事", "課名", "電話"],
        [*ROW, 1, None, 1, "防災課", "0233-22-2111"],
        merges=["A1:I1", "A2:A3", "B2:B3", "C2:D2", "E2:G2", "H2:I2"],
    )
    found = read(path)
    assert [column.name for column in found.table.columns] == [
        "名称", "住所", "緯度", "経度", "災害種別_洪水", "災害種別_地震", "災害種別_大規模な火事",
        "担当_課名", "担当_電話",
    ]  # fmt: skip
    assert found.rows[0]["災害種別_洪水"] == "1"
    assert [c.row for c in found.candidates] == [4]
    assert codes(found) == []


def test_the_coordinates_may_stand_in_the_upper_of_two_header_rows(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx",
        [*HEADER, "災害種別", None, "備考"],
        [None, None, None, None, "洪水", "地震", None],
        [*ROW, 1, 1, "あり"],
        merges=["A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:F1", "G1:G2"],
    )
    assert list(rows(path)[0]) == [*HEADER, "災害種別_洪水", "災害種別_地震", "備考"]


def test_two_header_rows_are_joined_in_a_csv_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "名称,住所,緯度,経度,災害種別,,備考\n,,,,洪水,地震,\n図書館,本町1,38.76,140.30,1,1,あり\n",
        encoding="utf-8",
    )
    found = read(tmp_path / "a.csv")
    assert list(found.rows[0]) == [*HEADER, "災害種別_洪水", "災害種別_地震", "備考"]
    assert found.table.row_numbers.tolist() == [3]


def test_a_date_beside_a_merged_title_makes_no_second_header(tmp_path: Path) -> None:
    header = [*HEADER, "電話", "備考"]
    path = write_xlsx(
        tmp_path / "a.xlsx",
        ["避難所一覧", None, None, None, "令和6年4月1日現在", None],
        header, [*ROW, "0233-22-2111", "あり"],
        merges=["A1:D1", "E1:F1"],
    )  # fmt: skip
    assert list(rows(path)[0]) == header


def test_line_breaks_in_a_header_are_no_part_of_its_name(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", ["施設\n名称", "緯度\n", "経度", "Opening\nhours"],
                      ["図書館", 38.76, 140.30, "9-17"])  # fmt: skip
    assert list(rows(path)[0]) == ["施設名称", "緯度", "経度", "Opening hours"]
    assert read(path).candidates[0].name == "図書館"


def test_totals_notes_headings_and_repeated_headers_are_no_places_and_told(tmp_path: Path) -> None:
    header = [*HEADER, "定員"]
    path = write_xlsx(
        tmp_path / "a.xlsx",
        header, ["市街地"], [*ROW, 120], ["小　計", None, None, None, 120], header, [*OTHER, 80],
        ["※ 定員は目安です"], ["合計", None, None, None, 200],
        merges=["A2:E2"],
    )  # fmt: skip
    found = read(path)
    assert [c.name for c in found.candidates] == ["図書館", "体育館"]
    assert codes(found) == [
        ("note_row", 2), ("total_row", 4), ("header_again", 5), ("note_row", 7), ("total_row", 8),
    ]  # fmt: skip
    assert {c["name"]: c["type"] for c in found.checked.columns}["定員"] == "integer"


def test_a_place_called_like_a_total_is_kept_when_it_lies_somewhere(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx", HEADER, ["計", "本町1", None, None], ["合計", None, *ROW[2:]]
    )
    assert [c.name for c in read(path).candidates] == ["計", "合計"]


def test_merged_cells_count_for_each_of_their_rows_and_are_told(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx",
        ["地区", *HEADER], ["北部", *ROW], [None, *OTHER], ["南部", "分館", "本町3", 38.75, 140.29],
        merges=["A2:A3"],
    )  # fmt: skip
    found = read(path)
    assert [row["地区"] for row in found.rows] == ["北部", "北部", "南部"]
    assert [(p.code, p.params["count"]) for p in found.problems] == [("cells_merged", 1)]


def test_blank_rows_and_columns_at_the_end_are_dropped(tmp_path: Path) -> None:
    blank = [Styled("", 14)] * 7
    path = write_xlsx(
        tmp_path / "a.xlsx", [*HEADER, "\u3000", None], [*ROW, None, " "], blank, blank
    )
    found = read(path)
    assert (list(found.rows[0]), len(found.rows)) == (HEADER, 1)
    assert codes(found) == []


def test_a_value_beside_the_table_is_kept_and_told(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", HEADER, [*ROW, None, "要確認"])
    found = read(path)
    assert found.rows[0]["column_6"] == "要確認"
    assert codes(found) == [("header_blank", None)]


def test_x_and_y_are_read_as_in_a_csv(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", ["名称", "X座標", "Y座標"], ["図書館", -130000, -45000])
    assert refused(path).params["example"] == 6678
    found = read(path, crs=6678)
    assert found.candidates[0].geometry.x == pytest.approx(140.315065, abs=1e-5)


def test_a_row_without_coordinates_and_address_says_so_as_in_a_csv(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", HEADER, ROW, ["分館", None, None, None])
    assert codes(read(path)) == [("no_position", 3)]


def test_a_sheet_without_coordinates_names_the_columns_below_its_title(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx", ["一覧"], [], ["名称", "住所", "電話"], ["図書館", "本町1", "0"]
    )
    refusal = refused(path)
    assert (refusal.code, refusal.params["columns"]) == ("no_coordinates", ["名称", "住所", "電話"])


# -- sheets -----------------------------------------------------------------------------------


def test_of_several_tables_one_is_chosen_by_its_sheet(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "a.xlsx", {"施設": Sheet([HEADER, ROW]), "公園": Sheet([HEADER, OTHER])}
    )
    refusal = refused(path)
    assert (refusal.code, refusal.params["layers"]) == ("several_layers", ["施設", "公園"])
    found = read(path, layer_name="公園")
    assert ([c.name for c in found.candidates], found.table.display_name) == (
        ["体育館"],
        "公園",
    )
    assert refused(path, layer_name="道路").code == "layer_unknown"


def test_hidden_and_empty_sheets_are_passed_over_and_notes_are_told(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "a.xlsx",
        {
            "説明": NOTES,
            "一覧": Sheet([HEADER, ROW]),
            "旧": Sheet([HEADER, OTHER], state="hidden"),
            "隠": Sheet([HEADER, OTHER], state="veryHidden"),
            "Sheet3": Sheet([]),
        },
    )
    found = read(path)
    assert [c.name for c in found.candidates] == ["図書館"]
    (told,) = found.problems
    assert (told.code, told.params["names"]) == ("sheets_passed_over", ["説明"])
    assert [c.name for c in read(path, layer_name="旧").candidates] == ["体育館"]


def test_a_second_table_without_coordinates_still_has_to_be_chosen_from(tmp_path: Path) -> None:
    """Nobody but a person knows that the list of codes is not the list of places."""
    lists = Sheet([["コード", "意味"], ["1", "指定"], ["2", "なし"]])
    path = write_book(tmp_path / "a.xlsx", {"一覧": Sheet([HEADER, ROW]), "コード": lists})
    assert refused(path).params["layers"] == ["一覧", "コード"]
    assert len(rows(path, layer_name="一覧")) == 1


def test_a_workbook_without_any_cell_is_refused(tmp_path: Path) -> None:
    assert (
        refused(write_book(tmp_path / "a.xlsx", {"a": Sheet([]), "b": Sheet([])})).code == "no_rows"
    )


def test_a_workbook_in_a_zip_is_read_and_its_sheet_chosen(tmp_path: Path) -> None:
    book = write_book(
        tmp_path / "施設.xlsx", {"一": Sheet([HEADER, ROW]), "二": Sheet([HEADER, OTHER])}
    )
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(book, "data/施設.xlsx")
        archive.writestr("readme.txt", "a, b\nc, d\n")
    path = tmp_path / "a.zip"
    assert refused(path).params["layers"] == ["一", "二"]
    assert [c.name for c in read(path, layer_name="二").candidates] == ["体育館"]
    assert read(path, layer_name="施設/一").candidates[0].name == "図書館"


# -- harm -------------------------------------------------------------------------------------


def sheet_xml(inner: str) -> dict[str, bytes]:
    return {
        "xl/worksheets/sheet1.xml": (
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f"<sheetData>{inner}</sheetData></worksheet>"
        ).encode()
    }


FAR = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>名称</t></is></c></row>'
    '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
)


def test_two_cells_far_apart_do_not_fill_the_memory(tmp_path: Path) -> None:
    """As one block, as calamine lays a sheet out, they would be 17,179,869,184 cells."""
    path = write_xlsx(tmp_path / "a.xlsx", HEADER, ROW, parts=sheet_xml(FAR))
    assert path.stat().st_size < 3_000
    assert refused(path).code == "no_coordinates"


def test_rows_that_end_far_to_the_right_are_counted_and_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 40))
    path = write_xlsx(tmp_path / "a.xlsx", HEADER, ROW, parts=sheet_xml(many))
    assert refused(path).code != "workbook_too_big"
    monkeypatch.setattr(workbook, "MAX_CELLS", 500_000)
    assert refused(path).code == "workbook_too_big"


def test_one_long_text_named_by_many_cells_is_counted_and_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [*HEADER, "注"], *[[*ROW, "長" * 30_000]] * 200)
    assert len(rows(path)) == 200
    monkeypatch.setattr(workbook, "MAX_CELL_TEXT", 1_000_000)
    assert refused(path).code == "workbook_too_big"


def test_a_workbook_that_unpacks_to_too_much_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", HEADER, ROW, parts=sheet_xml(" " * 2_000_000))
    assert refused(path).code == "no_rows"
    monkeypatch.setattr(workbook, "MAX_XML", 1_000_000)
    assert refused(path).code == "zip_too_big"


@pytest.mark.parametrize(
    "part",
    [*(f"xl/{name}.xml" for name in ("workbook", "sharedStrings", "styles", "worksheets/sheet1"))],
)
def test_entities_in_any_part_are_refused(tmp_path: Path, part: str) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    path = write_xlsx(tmp_path / "a.xlsx", HEADER, ROW, parts={part: bomb})
    assert refused(path).code == "xml_doctype"


@pytest.mark.parametrize(
    ("part", "data", "code"),
    [
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData>", "workbook_broken"),
        ("xl/workbook.xml", b"", "workbook_broken"),
        ("xl/workbook.xml", b"<workbook/>", "no_rows"),
        ("xl/_rels/workbook.xml.rels", b"<Relationships/>", "no_rows"),
    ],
)
def test_a_damaged_part_is_refused(tmp_path: Path, part: str, data: bytes, code: str) -> None:
    assert refused(write_xlsx(tmp_path / "a.xlsx", HEADER, ROW, parts={part: data})).code == code


def test_a_part_outside_the_workbook_is_never_opened(tmp_path: Path) -> None:
    outside = (
        '<Relationships><Relationship Id="rId1" TargetMode="External" Target="file:///etc/passwd" '
        'Type="http://x/worksheet"/><Relationship Id="rId2" Target="../../../etc/passwd" '
        'Type="http://x/worksheet"/></Relationships>'
    )
    path = write_xlsx(
        tmp_path / "a.xlsx", HEADER, ROW, parts={"xl/_rels/workbook.xml.rels": outside.encode()}
    )
    assert refused(path).code == "no_rows"


@pytest.mark.parametrize("text", ["", "9999999", "-1", "x", "1.5"])
def test_a_shared_text_that_is_not_there_is_blank(tmp_path: Path, text: str) -> None:
    inner = f'<row r="1"><c r="A1" t="s"><v>{text}</v></c></row>'
    assert refused(write_xlsx(tmp_path / "a.xlsx", HEADER, parts=sheet_xml(inner))).code in (
        "no_rows", "no_coordinates",
    )  # fmt: skip


@pytest.mark.parametrize("place", ["", "A0", "ZZZZ1", "A", "あ1", "A99999999", "a1", "1A"])
def test_a_cell_at_no_place_breaks_nothing(tmp_path: Path, place: str) -> None:
    inner = f'<row r="1"><c r="{place}"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
    assert refused(write_xlsx(tmp_path / "a.xlsx", HEADER, parts=sheet_xml(inner))).code in (
        "no_rows", "no_coordinates",
    )  # fmt: skip


def test_a_number_with_more_digits_than_a_number_has_is_no_crash() -> None:
    assert cell_formats.number("1e400") == ""
    assert cell_formats.number("nan") == ""
    assert cell_formats.text("1e400", "date") == ""
    assert cell_formats.text("99999999999", "date") == "99999999999"


# -- files that are small and would grow by their square ---------------------------------------


def test_many_columns_and_many_rows_each_used_once_are_refused(tmp_path: Path) -> None:
    """Some 100 kB; as rows with a value in every column it would be 18 million of them."""
    names = [*HEADER, *(f"c{n}" for n in range(6_000))]
    (tmp_path / "a.csv").write_text(
        ",".join(names) + "\n" + "a,b,38.7,140.3\n" * 3_000, encoding="utf-8"
    )
    for path in (tmp_path / "a.csv", write_xlsx(tmp_path / "a.xlsx", names, *[ROW] * 3_000)):
        assert refused(path).code == "table_too_sparse"


def test_more_columns_than_a_sheet_has_are_no_table(tmp_path: Path) -> None:
    text = ",".join(HEADER) + "," * 20_000 + "\n1,2,3,4\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert refused(tmp_path / "a.csv").code == "too_many_columns"


def test_merged_cells_that_would_fill_a_whole_sheet_are_refused(tmp_path: Path) -> None:
    lines = [["x"], *[["1"]] * 3_000]
    merges = [f"{name}2:{name}1048576" for name in ("XFD", "XFC", "XFB")]
    first = ["", *["v"] * 16_383]
    path = write_xlsx(tmp_path / "a.xlsx", HEADER, first, *lines, merges=merges)
    assert refused(path).code == "workbook_too_big"


def test_merges_over_each_other_are_taken_once(tmp_path: Path) -> None:
    merges = ["A2:A1048576"] * 3_000 + ["A1:XFD1"] * 3_000
    path = write_xlsx(tmp_path / "a.xlsx", HEADER, ROW, *[[None, *OTHER[1:]]] * 300, merges=merges)
    found = read(path)
    assert {row["名称"] for row in found.rows} == {"図書館"}
    assert [p.params for p in found.problems if p.code == "cells_merged"] == [{"count": 300}]


@pytest.mark.parametrize("text", ["施\n設" + " " * 300_000 + "名", "\n" * 300_000 + "名称"])
def test_a_header_made_to_keep_a_pattern_busy_is_read_at_once(tmp_path: Path, text: str) -> None:
    begun = clock.monotonic()
    path = write_xlsx(tmp_path / "a.xlsx", [text, "緯度", "経度"], ["x", 38.76, 140.3])
    assert len(rows(path)) == 1
    assert clock.monotonic() - begun < 10


def test_a_format_made_to_keep_a_pattern_busy_is_read_at_once() -> None:
    begun = clock.monotonic()
    assert cell_formats.kind(200, "[" * 5_000_000) is None
    assert clock.monotonic() - begun < 5


@pytest.mark.parametrize("number", ["9" * 5_000, "-1", "x", "٣"])
def test_a_place_that_is_no_number_is_none(tmp_path: Path, number: str) -> None:
    inner = f'<row r="{number}"><c r="A1" s="{number}"><v>1</v></c></row>'
    assert refused(write_xlsx(tmp_path / "a.xlsx", HEADER, parts=sheet_xml(inner))).code in (
        "no_rows", "no_coordinates",
    )  # fmt: skip
