"""CSV files of cities: their headers, cells and coordinates."""

from pathlib import Path
from typing import Any

import pytest

from importers.coordinates import number
from tests.importers.reading import codes, read, refused

ROW = "図書館,本町1,38.76,140.30"
HEADER = "名称,住所,緯度,経度"


def write(folder: Path, *lines: str, encoding: str = "utf-8", end: str = "\r\n") -> Path:
    path = folder / "places.csv"
    path.write_bytes((end.join(lines) + end).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_rows_become_points_in_every_encoding(tmp_path: Path, encoding: str, end: str) -> None:
    found = read(write(tmp_path, HEADER, ROW, encoding=encoding, end=end))
    (candidate,) = found.candidates
    assert (candidate.row, candidate.name, candidate.address) == (2, "図書館", "本町1")
    assert candidate.geometry.wkt == "POINT (140.3 38.76)"
    assert codes(found) == []


@pytest.mark.parametrize("mark", ["\t", ";", "|"])
def test_other_delimiters_are_found_although_commas_stand_in_the_cells(
    tmp_path: Path, mark: str
) -> None:
    lines = [mark.join(line.split(",")) for line in (HEADER, ROW.replace("本町1", "本町1、2"))]
    assert read(write(tmp_path, *lines)).candidates[0].name == "図書館"


def test_longitude_may_stand_first_and_headers_may_be_misspelt(tmp_path: Path) -> None:
    found = read(write(tmp_path, "軽度,緝度,名称（必須）\u3000,", "140.30,38.76,図書館,"))
    assert found.candidates[0].geometry.wkt == "POINT (140.3 38.76)"
    assert found.candidates[0].name == "図書館"
    assert codes(found) == []


def test_title_rows_above_the_header_are_passed_over_and_rows_counted_as_seen(
    tmp_path: Path,
) -> None:
    found = read(write(tmp_path, "公共施設一覧,,,", ",,,", HEADER, ROW, ",,,", ROW + "2"))
    assert [c.row for c in found.candidates] == [4, 6]


def test_a_line_break_in_a_quoted_cell_counts_as_one_row(tmp_path: Path) -> None:
    found = read(write(tmp_path, HEADER, '"図書館\r\n分館",本町1,38.76,140.30', ROW))
    assert [(c.row, c.name) for c in found.candidates] == [
        (2, "図書館 分館"), (3, "図書館"),
    ]  # fmt: skip
    assert found.rows[0]["名称"] == "図書館\n分館"


def test_ragged_rows_are_told_and_shifted_ones_rejected(tmp_path: Path) -> None:
    header = HEADER + ",備考"
    found = read(write(tmp_path, header, ROW, ROW + ",a,b", ROW + ",a,,", ROW + ",b"))
    assert codes(found) == [("row_too_short", 2), ("row_too_long", 3)]
    assert [c.row for c in found.candidates] == [2, 4, 5]


def test_a_quotation_mark_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    assert refused(write(tmp_path, HEADER, '"図書館,本町1,38.76,140.30', ROW)).code == (
        "csv_open_quote"
    )
    loose = read(write(tmp_path, HEADER, '"図書"館,本町1,38.76,140.30'))
    assert loose.candidates[0].name == "図書館"


def test_columns_without_or_with_the_same_header_keep_their_values(tmp_path: Path) -> None:
    found = read(write(tmp_path, HEADER + ",備考,備考,,", ROW + ",a,b,c,"))
    assert found.rows[0] == {
        "名称": "図書館", "住所": "本町1", "緯度": 38.76, "経度": 140.30,
        "備考": "a", "備考_2": "b", "column_7": "c",
    }  # fmt: skip
    assert {code for code, _ in codes(found)} == {"header_twice", "header_blank"}


def test_codes_keep_their_zeros_flags_stay_text_and_quantities_are_numbers(tmp_path: Path) -> None:
    found = read(
        write(
            tmp_path,
            HEADER + ",団体コード,定員,面積,洪水,指定日,郵便,収容",
            ROW + ",062057,120,12.50,1,2024-04-01,0996,007",
            ROW + "1,062057,,3,,2024-04-02,0997,12",
        )
    )
    assert found.rows[0] | {"名称": "", "住所": ""} == {
        "名称": "", "住所": "", "緯度": 38.76, "経度": 140.30, "団体コード": "062057",
        "定員": 120, "面積": 12.5, "洪水": "1", "指定日": "2024-04-01", "郵便": "0996",
        "収容": "007",
    }  # fmt: skip
    assert found.rows[1]["定員"] is None
    types = {column["name"]: column["type"] for column in found.checked.columns}
    assert (types["定員"], types["面積"], types["洪水"], types["指定日"], types["収容"]) == (
        "integer", "number", "text", "date", "text",
    )  # fmt: skip


# -- coordinates ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("38.76", 38.76), ("３８．７６", 38.76), (" 38.76\u3000", 38.76), ("北緯38.76度", 38.76),
        ("N38.76", 38.76), ("38°45′36″", 38.76), ("38度45分36.0秒", 38.76),
        ("-130000.5", -130000.5),
        ("", None), ("－", None), (None, None), (38.76, 38.76), ("3.876e1", 38.76),
    ],
)  # fmt: skip
def test_a_coordinate_may_be_written_in_many_ways(text: Any, value: float | None) -> None:
    assert number(text) == (pytest.approx(value) if value is not None else None)


@pytest.mark.parametrize("text", ["38.76.1", "38,76", "緯度経度を確認", "38°76′00″", "1/2", "nan"])
def test_what_is_no_coordinate_is_never_made_one(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        number(text)


def test_blank_and_zero_coordinates_are_placed_by_the_address_and_say_so(tmp_path: Path) -> None:
    found = read(
        write(
            tmp_path, HEADER, ROW, "分館,新庄市本町2,,", "別館,大町3,0,0", "北館,未定,0.0,0.0",
            "南館,,,", "西館,本町5,38.77,140.31",
        )
    )  # fmt: skip
    assert codes(found) == [
        ("placed_by_address", 3), ("placed_by_address", 4), ("address_unknown", 5),
        ("no_position", 6),
    ]  # fmt: skip
    placed = found.candidates[1]
    assert (placed.provenance, placed.geometry.wkt) == (
        "address_town",
        "POINT (140.30109 38.76613)",
    )
    assert [c.provenance for c in found.candidates if c.row in (2, 7)] == ["surveyed"] * 2
    assert found.checked.rejected == 2


def test_an_address_in_another_municipality_is_not_placed_here(tmp_path: Path) -> None:
    header = HEADER + ",市区町村名"
    away = write(tmp_path, header, ROW + ",新庄市", "分館,本町2,,,焼津市")
    assert codes(read(away)) == [("address_unknown", 3)]
    here = write(tmp_path, header, ROW + ",新庄市", "分館,本町2,,,新庄市")
    assert codes(read(here)) == [("placed_by_address", 3)]


def test_an_address_in_four_columns_is_joined(tmp_path: Path) -> None:
    header = (
        "名称,所在地_連結表記,所在地_都道府県,所在地_市区町村,所在地_町字,所在地_番地以下,緯度,経度"
    )
    found = read(write(tmp_path, header, "図書館,,山形県,新庄市,本町,1-2,38.76,140.30"))
    assert found.candidates[0].address == "山形県新庄市本町1-2"


def test_exchanged_coordinates_are_refused_as_a_whole_and_rejected_one_by_one(
    tmp_path: Path,
) -> None:
    turned = "分館,本町2,140.31,38.77"
    assert refused(write(tmp_path, HEADER, turned, turned + "1")).code == "axes_swapped"
    assert codes(read(write(tmp_path, HEADER, ROW, turned))) == [("coordinates_swapped", 3)]


def test_places_outside_japan_are_rejected_and_all_of_them_refused(tmp_path: Path) -> None:
    away = "London,,51.5,-0.12"
    assert refused(write(tmp_path, HEADER, away)).code == "outside_japan"
    assert codes(read(write(tmp_path, HEADER, ROW, away))) == [("outside_japan", 3)]


def test_places_outside_the_city_are_taken_with_a_warning_that_counts_them(tmp_path: Path) -> None:
    found = read(write(tmp_path, HEADER, ROW, "焼津市役所,,34.8669,138.3231"))
    (problem,) = found.problems
    assert (problem.code, problem.params) == ("outside_city", {"count": 1, "total": 2, "rows": [3]})
    assert found.checked.rejected == 0


def test_a_typing_error_rejects_its_row_with_the_cell(tmp_path: Path) -> None:
    found = read(write(tmp_path, HEADER, ROW, "分館,本町2,38.7.7,140.31"))
    (problem,) = found.problems
    assert (problem.code, problem.row, problem.field) == ("coordinate_unreadable", 3, "緯度")
    assert found.checked.rejected == 1


def test_a_file_without_coordinates_is_refused_with_its_columns(tmp_path: Path) -> None:
    refusal = refused(write(tmp_path, "名称,住所", "図書館,本町1"))
    assert (refusal.code, refusal.params["columns"]) == ("no_coordinates", ["名称", "住所"])


def test_a_form_that_was_not_filled_in_is_refused(tmp_path: Path) -> None:
    assert refused(write(tmp_path, HEADER, ",,,")).code == "no_rows"


def test_the_datum_may_stand_in_the_header(tmp_path: Path) -> None:
    old = read(write(tmp_path, "名称,緯度（日本測地系）,経度（日本測地系）", "図書館,38.76,140.30"))
    assert old.checked.crs.name == "EPSG:4301"
    assert old.candidates[0].geometry.x < 140.2975
    both = "名称,日本測地系緯度,日本測地系経度,世界測地系緯度,世界測地系経度"
    new = read(write(tmp_path, both, "図書館,38.75,140.29,38.76,140.30"))
    assert (new.checked.crs.name, new.candidates[0].geometry.wkt) == (
        "EPSG:6668", "POINT (140.3 38.76)",
    )  # fmt: skip


NORTH, EAST = "-130000", "-45000"


def test_x_is_north_in_a_plane_system(tmp_path: Path) -> None:
    path = write(tmp_path, "名称,X,Y", f"図書館,{NORTH},{EAST}")
    refusal = refused(path)
    assert (refusal.code, refusal.params["example"]) == ("crs_missing", 6678)
    found = read(path, crs=6678)
    assert found.candidates[0].geometry.x == pytest.approx(140.315065, abs=1e-5)
    assert codes(found) == []


def test_x_is_taken_as_east_only_where_the_city_says_so_and_that_is_told(tmp_path: Path) -> None:
    found = read(write(tmp_path, "名称,X,Y", f"図書館,{EAST},{NORTH}"), crs=6678)
    assert found.candidates[0].geometry.x == pytest.approx(140.315065, abs=1e-5)
    assert codes(found) == [("x_is_east", None)]


def test_x_is_the_longitude_in_degrees(tmp_path: Path) -> None:
    found = read(write(tmp_path, "名称,X,Y", "図書館,140.30,38.76"))
    assert found.candidates[0].geometry.wkt == "POINT (140.3 38.76)"
    assert found.checked.crs.evidence == "crs_xy_degrees"
