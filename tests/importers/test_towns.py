"""The city's towns, from every table that publishes them."""

import json
from pathlib import Path

import pytest
import shapely
from pyproj import Geod, Transformer

from importers.problems import FileRefused
from importers.towns import CityNamed, Town, TownTable, read
from tests.shared_data import shared_data

CITY = CityNamed("372013", "高松市")

ISJ_BLOCKS = """都道府県名,市区町村名,大字・丁目名,小字・通称名,街区符号・地番,座標系番号,Ｘ座標,Ｙ座標,緯度,経度,住居表示フラグ,代表フラグ,更新前履歴フラグ,更新後履歴フラグ
香川県,高松市,番町一丁目,,1,4,148000.0,49000.0,34.3440,134.0460,1,1,0,0
香川県,高松市,番町一丁目,,2,4,148100.0,49100.0,34.3450,134.0470,1,1,0,0
香川県,高松市,番町一丁目,,2,4,148100.0,49100.0,34.9999,134.9999,1,0,0,0
香川県,高松市,番町一丁目,,3,4,148200.0,49300.0,34.3470,134.0490,1,1,0,0
香川県,高松市,番町一丁目,,99,4,148200.0,49300.0,34.9000,134.9000,1,1,0,3
香川県,高松市,塩江町安原下,字中徳,10,4,132000.0,47000.0,34.2000,134.0100,0,1,0,0
香川県,高松市,北浜町,,5,4,149000.0,50000.0,,,1,1,0,0
香川県,高松市,西宝町,,5,4,149000.0,50000.0,約34.3,134.0,1,1,0,0
香川県,さぬき市,志度,,1,4,147000.0,61000.0,34.3240,134.1740,1,1,0,0
"""  # noqa: E501
ISJ_TOWNS = """都道府県コード,都道府県名,市区町村コード,市区町村名,大字町丁目コード,大字町丁目名,緯度,経度,原典資料コード,大字・字・丁目区分コード
37,香川県,37201,高松市,372010001001,番町一丁目,34.345,134.047,0,3
37,香川県,37201,高松市,372010002000,塩江町安原下,34.2,134.01,0,1
37,香川県,37206,さぬき市,372060001000,志度,34.324,134.174,0,1
"""  # noqa: E501
GEOLONIA = """都道府県コード,都道府県名,都道府県名カナ,都道府県名ローマ字,市区町村コード,市区町村名,市区町村名カナ,市区町村名ローマ字,大字町丁目名,大字町丁目名カナ,大字町丁目名ローマ字,小字・通称名,緯度,経度
37,香川県,カガワケン,KAGAWA KEN,37201,高松市,タカマツシ,TAKAMATSU SHI,番町一丁目,バンチョウ 1,BANCHO 1,,34.345,134.047
37,香川県,カガワケン,KAGAWA KEN,37201,高松市,タカマツシ,TAKAMATSU SHI,塩江町安原下,シオノエチョウ,SHIONOECHO,中徳,34.2,134.01
37,香川県,カガワケン,KAGAWA KEN,37201,高松市,タカマツシ,TAKAMATSU SHI,北浜町,キタハマチョウ,KITAHAMACHO,,,
37,香川県,カガワケン,KAGAWA KEN,37206,さぬき市,サヌキシ,SANUKI SHI,志度,シド,SHIDO,,34.324,134.174
"""  # noqa: E501
ABR_MASTER = """lg_code,machiaza_id,machiaza_type,pref,county,city,ward,oaza_cho,oaza_cho_kana,chome,chome_kana,koaza,koaza_kana,rsdt_addr_flg,efct_date,ablt_date,remarks
372013,0001001,2,香川県,,高松市,,番町,バンチョウ,一丁目,１チョウメ,,,1,1947-04-17,,
372013,0002101,3,香川県,,高松市,,塩江町安原下,シオノエチョウヤスハラシモ,,,中徳,ナカトク,0,1947-04-17,,
372013,0003000,1,香川県,,高松市,,廃町,,,,,,0,1947-04-17,2001-01-01,
372013,0004000,1,香川県,,高松市,,無位置町,,,,,,0,1947-04-17,,
372064,0001000,1,香川県,,さぬき市,,志度,シド,,,,,0,1947-04-17,,
"""  # noqa: E501
ABR_POSITIONS = """lg_code,machiaza_id,rsdt_addr_flg,rep_lon,rep_lat,rep_srid,rep_scale
372013,0001001,1,134.047,34.345,EPSG:6668,2500
372013,0002101,0,134.01,34.2,EPSG:6668,2500
372013,0003000,0,134.02,34.3,EPSG:6668,2500
372064,0001000,0,134.174,34.324,EPSG:6668,2500
"""


def written(folder: Path, text: str, name: str = "towns.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def names(table: TownTable) -> list[tuple[str, str]]:
    return [(town.name, town.koaza) for town in table.towns]


def by_name(table: TownTable) -> dict[str, Town]:
    return {town.name: town for town in table.towns}


@pytest.mark.parametrize("encoding", ["cp932", "utf-8-sig"])
def test_blocks_become_towns_and_deleted_ones_are_left_out(tmp_path: Path, encoding: str) -> None:
    table = read(written(tmp_path, ISJ_BLOCKS, encoding=encoding), CITY)
    assert table.profile.name == "towns_isj_block"
    assert set(names(table)) == {
        ("番町一丁目", ""),
        ("塩江町安原下", "字中徳"),
        ("北浜町", ""),
    }
    town = by_name(table)["番町一丁目"]
    # The block nearest the middle of the town's blocks, not the deleted one far away.
    assert (town.lat, town.lon) == (34.3450, 134.0470)
    assert town.source == "towns_isj_block"
    assert [(problem.code, problem.row) for problem in table.problems] == [
        ("town_without_position", 9)
    ]


def test_a_block_without_degrees_is_placed_by_x_north_and_y_east(tmp_path: Path) -> None:
    town = by_name(read(written(tmp_path, ISJ_BLOCKS), CITY))["北浜町"]
    lon, lat = Transformer.from_crs(2446, 4612, always_xy=True).transform(50000.0, 149000.0)
    assert (town.lon, town.lat) == pytest.approx((lon, lat), abs=1e-9)
    assert shapely.box(134.0, 34.3, 134.2, 34.4).contains(shapely.Point(town.lon, town.lat))


def test_isj_is_taken_from_jgd2000_to_jgd2011_with_the_grid(tmp_path: Path) -> None:
    """In Yamagata the two are 2.2 m apart (specs/import.md); in Shikoku they are the same."""
    text = ISJ_TOWNS.replace("34.345,134.047", "38.765,140.301")
    grids = shared_data("datum-grids")
    path = written(tmp_path, text)
    moved, same = by_name(read(path, grids=grids)), by_name(read(path))
    assert read(path, grids=grids).datum.source == "JGD2000"
    away = {
        name: Geod(ellps="GRS80").inv(town.lon, town.lat, same[name].lon, same[name].lat)[2]
        for name, town in moved.items()
    }
    assert 1.9 < away["番町一丁目"] < 2.6
    assert away["志度"] == pytest.approx(0, abs=1e-6)
    assert read(path).datum.missing == ("touhokutaiheiyouoki2011",)


def test_towns_of_another_city_are_left_out(tmp_path: Path) -> None:
    for text, name in ((ISJ_TOWNS, "isj.csv"), (GEOLONIA, "geolonia.csv"), (ISJ_BLOCKS, "b.csv")):
        path = written(tmp_path, text, name)
        assert "志度" not in by_name(read(path, CITY))
        assert "志度" in by_name(read(path))
    with pytest.raises(FileRefused) as refusal:
        read(written(tmp_path, ISJ_TOWNS), CityNamed("222127", "焼津市"))
    assert refusal.value.code == "towns_none"


def test_a_county_may_stand_before_a_citys_name_and_a_code_may_lack_its_digits() -> None:
    assert CityNamed("", "金山町").has_name("最上郡金山町")
    assert not CityNamed("", "高松市").has_name("東高松町")
    for code in ("372013", "37201"):
        assert CITY.has_code(code)
    assert CityNamed("092011").has_code("9201")
    assert not CITY.has_code("372064")


def test_geolonias_table_and_its_json_say_the_same(tmp_path: Path) -> None:
    table = read(written(tmp_path, GEOLONIA), CITY)
    assert names(table) == [("番町一丁目", ""), ("塩江町安原下", "中徳")]
    assert by_name(table)["番町一丁目"].reading == "バンチョウ 1"
    assert [(problem.code, problem.row) for problem in table.problems] == [
        ("town_without_position", 4)
    ]
    rows = [
        {"town": "番町一丁目", "koaza": "", "lat": 34.345, "lng": 134.047, "residential": True},
        {"town": "塩江町安原下", "koaza": "中徳", "lat": 34.2, "lng": 134.01},
    ]
    other = read(written(tmp_path, json.dumps(rows, ensure_ascii=False), "towns.json"), CITY)
    assert names(other) == names(table)
    assert [(t.lon, t.lat) for t in other.towns] == [(t.lon, t.lat) for t in table.towns]
    assert other.datum.accuracy == 0


def test_abr_joins_its_master_with_its_positions_longitude_first(tmp_path: Path) -> None:
    master = written(tmp_path, ABR_MASTER, "mt_town_pref37.csv")
    positions = written(tmp_path, ABR_POSITIONS, "mt_town_pos_pref37.csv")
    table = read(master, CITY, positions=positions)
    assert names(table) == [("番町一丁目", ""), ("塩江町安原下", "中徳")]
    town = by_name(table)["番町一丁目"]
    assert (town.lon, town.lat, town.reading) == (134.047, 34.345, "バンチョウ１チョウメ")
    assert [(problem.code, problem.row) for problem in table.problems] == [
        ("town_without_position", 5)
    ]
    for refused, code in (
        (None, "towns_without_positions"),
        (master, "towns_not_known"),
    ):
        with pytest.raises(FileRefused) as refusal:
            read(master, CITY, positions=refused)
        assert refusal.value.code == code


def test_a_newer_edition_of_abr_has_more_columns_and_is_read_alike(tmp_path: Path) -> None:
    newer = ABR_MASTER.replace(",remarks", ",alias_oaza,alias_oaza_kana,remarks").replace(
        ",,\n", ",,,,\n"
    )
    positions = written(tmp_path, ABR_POSITIONS, "pos.csv")
    old = read(written(tmp_path, ABR_MASTER, "old.csv"), CITY, positions=positions)
    new = read(written(tmp_path, newer, "new.csv"), CITY, positions=positions)
    assert new.towns == old.towns


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("名称,緯度,経度\n市役所,34.3,134.0\n", "towns_not_known"),
        ("", "towns_not_known"),
        ("[1, 2", "towns_not_known"),
        ("[]", "towns_not_known"),
        (ABR_POSITIONS, "towns_not_known"),
        ("町字,小字,緯度,経度\n番町,,134.0,34.3\n", "towns_none"),  # exchanged: not in Japan
    ],
)
def test_a_file_that_is_no_table_of_towns_is_refused(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        read(written(tmp_path, text))
    assert refusal.value.code == code


def test_the_towns_of_the_first_city_come_whole_from_geolonias_json() -> None:
    table = read(shared_data("shinjo", "geolonia_towns_shinjo.json"))
    assert len(table.towns) == 62
    assert sum(bool(town.koaza) for town in table.towns) == 18
    own = read(Path(__file__).resolve().parents[2] / "cities" / "shinjo" / "towns.csv")
    assert {(t.name, t.koaza, t.lon, t.lat) for t in own.towns} == {
        (t.name, t.koaza, t.lon, t.lat) for t in table.towns
    }
