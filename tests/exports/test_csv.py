"""CSV: the standard's layout, whose data it is, and cells that no spreadsheet runs."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from layers.changes import recording
from layers.exports import csv as csv_download
from layers.models import Feature, Layer
from tests.exports.written import downloads, features, imported
from tests.factories import places

pytestmark = pytest.mark.django_db

SHEET = (
    "ID,名称,名称_カナ,名称_英字,所在地_連結表記,緯度,経度,文化財指定日,診療科目,定員\n"
    "1,天満神社,テンマンジンジャ,,本町1,38.76,140.30,昭和50年3月1日,内科、外科,30名\n"
    "2,戸澤神社,トザワジンジャ,Tozawa Shrine,本町2,38.77,140.31,1987-08-25,内科,20\n"
)


def table(path: Path) -> list[dict[str, str]]:
    text = path.read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def sheet(tmp_path: Path, text: str = SHEET) -> Layer:
    file = tmp_path / "sheet.csv"
    file.write_text(text, encoding="utf-8")
    layer = imported(file, "sheet", "--key", "ID")
    layer.attribution, layer.licence = "新庄市「文化財一覧」", "CC BY 4.0"
    layer.source_date = date(2026, 4, 1)
    layer.save()
    return layer


def edited(layer: Layer, **facts: Any) -> Feature:
    with recording(layer, "edit"):
        first = features(layer)[0]
        for name, value in facts.items():
            setattr(first, name, value)
        first.save()
    return first


def test_the_file_has_a_bom_and_windows_line_ends(tmp_path: Path) -> None:
    data = downloads(sheet(tmp_path), tmp_path / "out")["csv"].read_bytes()
    assert data.startswith(b"\xef\xbb\xbfID,")
    assert data.count(b"\r\n") == data.count(b"\n") == 3


def test_a_cell_that_was_read_in_another_way_comes_out_as_it_was_written(tmp_path: Path) -> None:
    layer = sheet(tmp_path)
    assert features(layer)[0].properties["文化財指定日"] == "1975-03-01"
    first = table(downloads(layer, tmp_path / "out")["csv"])[0]
    assert first["文化財指定日"] == "昭和50年3月1日"


def test_several_values_are_joined_by_the_mark_of_the_standard(tmp_path: Path) -> None:
    layer = places.layer(schema=[{"name": "診療科目", "type": "text"}])
    places.feature(layer, properties={"診療科目": ["内科", "外科"]})
    assert table(downloads(layer, tmp_path)["csv"])[0]["診療科目"] == "内科;外科"


def test_source_date_and_licence_stand_at_the_end_of_every_row(tmp_path: Path) -> None:
    found = table(downloads(sheet(tmp_path), tmp_path / "out")["csv"])
    assert [list(row)[-3:] for row in found] == [["出典", "出典の更新日", "ライセンス"]] * 2
    assert {tuple(row.values())[-3:] for row in found} == {
        ("新庄市「文化財一覧」", "2026-04-01", "CC BY 4.0")
    }


def test_a_row_that_names_its_own_source_keeps_it(tmp_path: Path) -> None:
    layer = places.layer(
        attribution="市", licence="CC BY 4.0", schema=[{"name": "出典", "type": "text"}]
    )
    places.feature(layer, "1", properties={"出典": "国土地理院"})
    places.feature(layer, "2", properties={"出典": None})
    found = table(downloads(layer, tmp_path)["csv"])
    assert [(row["出典"], row["ライセンス"]) for row in found] == [
        ("国土地理院", "CC BY 4.0"),
        ("市", "CC BY 4.0"),
    ]


def test_a_layer_that_states_no_licence_claims_none(tmp_path: Path) -> None:
    layer = places.layer()
    places.feature(layer)
    assert not {"出典", "ライセンス"} & set(table(downloads(layer, tmp_path)["csv"])[0])


def test_a_sample_says_so_in_every_row(tmp_path: Path) -> None:
    layer = places.layer(sample=True)
    places.feature(layer)
    (row,) = table(downloads(layer, tmp_path)["csv"])
    assert row["出典"].startswith("見本")


def test_what_was_edited_by_hand_is_what_the_columns_say(tmp_path: Path) -> None:
    """The source's columns stay in the database as they came; a download says one thing only."""
    layer = sheet(tmp_path)
    edited(
        layer, name="新しい名前", name_en="New", address="大町9", geom="SRID=4326;POINT(140.4 38.8)"
    )
    assert features(layer)[0].properties["名称"] == "天満神社"
    first = table(downloads(layer, tmp_path / "out")["csv"])[0]
    assert first["名称"] == "新しい名前"
    assert first["名称_英字"] == "New"
    assert first["所在地_連結表記"] == "大町9"
    assert (first["緯度"], first["経度"]) == ("38.8", "140.4")
    assert first["名称_カナ"] == "テンマンジンジャ"


def test_a_list_without_a_sheet_begins_with_the_columns_of_the_standard(tmp_path: Path) -> None:
    layer = places.layer(schema=[{"name": "P20_004", "type": "text", "title": "施設の種類"}])
    places.feature(
        layer,
        "g-1",
        (140.3, 38.76),
        name="図書館",
        address="本町1",
        properties={"P20_004": "集会所"},
    )
    (row,) = table(downloads(layer, tmp_path)["csv"])
    assert row == {
        "全国地方公共団体コード": "062057",
        "ID": "g-1",
        "地方公共団体名": "新庄市",
        "名称": "図書館",
        "名称_カナ": "",
        "名称_英字": "",
        "所在地_連結表記": "本町1",
        "緯度": "38.76",
        "経度": "140.3",
        "P20_004": "集会所",
    }


def test_a_place_known_by_its_town_only_has_no_coordinates(tmp_path: Path) -> None:
    layer = places.layer()
    places.feature(layer, "1", provenance="address_town", address="本町")
    places.feature(layer, "2")
    town, other = table(downloads(layer, tmp_path)["csv"])
    assert (town["緯度"], town["経度"]) == ("", "")
    assert town["位置の求め方"] == "住所から（町字の代表点）"
    assert (other["緯度"], other["経度"]) == ("38.76", "140.3")


def test_coordinates_of_an_old_datum_are_not_left_beside_the_place(tmp_path: Path) -> None:
    """緯度 without a word of its datum is read as JGD2011; in Tokyo Datum it lies 440 m off."""
    text = "ID,名称,緯度,経度\n" + "".join(
        f"{n},場所{n},{38.76 + n / 100},{140.3 + n / 100}\n" for n in range(5)
    )
    (tmp_path / "old.csv").write_text(text, encoding="utf-8")
    layer = imported(tmp_path / "old.csv", "old", "--key", "ID", "--crs", "4301")
    found = table(downloads(layer, tmp_path / "out")["csv"])
    for row, feature in zip(found, features(layer), strict=True):
        assert abs(float(row["緯度"]) - feature.geom.y) < 1e-8
        assert abs(float(row["緯度"]) - float(feature.properties["緯度"])) > 1e-3


FORMULA = '=HYPERLINK("https://a.example/","見る")'


def formulas(tmp_path: Path) -> Layer:
    layer = places.layer(attribution="@市", schema=[{"name": "=列", "type": "text"}])
    places.feature(
        layer, name=FORMULA, address="+1+1", properties={"=列": "\t=1+1", "気温": -12.5, "下": "-"}
    )
    return layer


def test_no_cell_of_data_header_or_source_is_run_by_a_spreadsheet(tmp_path: Path) -> None:
    (row,) = table(downloads(formulas(tmp_path), tmp_path / "out")["csv"])
    assert row["名称"] == f"'{FORMULA}"
    assert row["所在地_連結表記"] == "'+1+1"
    assert row["'=列"] == "'\t=1+1"
    assert row["出典"] == "'@市"
    assert (row["気温"], row["下"]) == ("-12.5", "-")


def test_without_the_guard_the_formula_would_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_download, "guarded", lambda text: text)
    (row,) = table(downloads(formulas(tmp_path), tmp_path / "out")["csv"])
    assert row["名称"] == FORMULA
