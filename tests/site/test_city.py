"""A city is configuration, and a mistake in it is told with its entry."""

from pathlib import Path

import pytest
import shapely
from django.utils.translation import override

from gis_portal.city import CityError, check_digit, city_file, load_city

CITIES = Path(__file__).resolve().parents[2] / "cities"

MINIMAL = """
slug = "utsunomiya"
code = "092011"
plane_rectangular_zone = 9
languages = ["ja"]
name = { ja = "宇都宮市" }
prefecture = { ja = "栃木県" }
portal_name = { ja = "宇都宮の地図" }
contact = { name = { ja = "宇都宮市役所" } }
boundary = { file = "b.geojson", attribution = { ja = "出典" }, licence = "CC0" }
start_view = { latitude = 36.55, longitude = 139.88, zoom = 12 }
[[base_maps]]
id = "pale"
title = { ja = "淡い地図" }
url = "https://tiles.example/{z}/{x}/{y}.png"
attribution = { ja = "出典" }
min_zoom = 5
max_zoom = 18
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "city.toml"
    path.write_text(text, encoding="utf-8")
    (folder / "b.geojson").write_text(
        '{"type": "Polygon", "coordinates": [[[139, 36], [140, 36], [140, 37], [139, 36]]]}'
    )
    return path


def test_a_city_without_optional_entries_loads(tmp_path: Path) -> None:
    city = load_city(written(tmp_path, MINIMAL))
    assert (city.code, city.zone, city.plane_epsg) == ("092011", 9, 6677)
    assert city.bbox == (139, 36, 140, 37)
    assert (city.gazetteer, city.demo_file, city.telephone) == (None, None, "")


def test_a_text_missing_in_a_language_falls_back_to_the_first(tmp_path: Path) -> None:
    city = load_city(written(tmp_path, MINIMAL))
    assert city.text(city.name, "en") == "宇都宮市"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('code = "092011"', 'code = "092012"', "092012"),
        ('code = "092011"', 'code = "92011"', "92011"),
        ("plane_rectangular_zone = 9", "plane_rectangular_zone = 20", "between 1 and 19"),
        ('name = { ja = "宇都宮市" }', 'name = { en = "Utsunomiya" }', "'ja'"),
        ('slug = "utsunomiya"', "", "'slug'"),
        ('slug = "utsunomiya"', "slug = ", "TOML"),
        ("zoom = 12", 'zoom = "near"', "near"),
    ],
)
def test_a_mistake_is_told_with_its_entry(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(CityError, match=said):
        load_city(written(tmp_path, MINIMAL.replace(old, new)))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CityError, match="no such file"):
        load_city(tmp_path / "nowhere.toml")


def test_the_only_city_is_taken_and_of_several_one_must_be_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first = written(tmp_path / "a", MINIMAL)
    assert city_file(None, tmp_path) == first
    second = written(tmp_path / "b", MINIMAL)
    assert city_file(str(second), tmp_path) == second
    with pytest.raises(CityError, match="must name one"):
        city_file(None, tmp_path)


@pytest.mark.parametrize(
    "code",
    # 総務省 全国地方公共団体コード (2024-01-01): three cities, a prefecture, and a total below 11.
    ["062057", "222127", "092011", "060003", "011002"],
)
def test_the_check_digit_is_that_of_the_ministrys_table(code: str) -> None:
    assert check_digit(code[:5]) == code[5]


@pytest.mark.parametrize("path", sorted(CITIES.glob("*/city.toml")), ids=lambda p: p.parent.name)
def test_every_city_that_is_shipped_is_whole(path: Path) -> None:
    city = load_city(path)
    assert city.boundary.is_valid
    assert city.boundary.covers(shapely.Point(city.start_longitude, city.start_latitude))
    for texts in (city.name, city.prefecture, city.portal_name, city.contact_name):
        assert set(city.languages) <= set(texts)
    if city.gazetteer is not None:
        assert len(city.gazetteer) > 0


GAZETTEER = """
[gazetteer]
file = "towns.csv"
licence = "CC BY 4.0"
attribution = { ja = "出典" }
"""
ISJ = """都道府県コード,都道府県名,市区町村コード,市区町村名,大字町丁目コード,大字町丁目名,緯度,経度
09,栃木県,09201,宇都宮市,092010001000,本町,36.56,139.88
09,栃木県,09202,足利市,092020001000,通,36.33,139.45
"""
MASTER = "lg_code,machiaza_id,oaza_cho,chome,koaza,ablt_date\n092011,0001000,本町,,,\n"
POSITIONS = "lg_code,machiaza_id,rep_lon,rep_lat,rep_srid\n092011,0001000,139.88,36.56,EPSG:6668\n"


def test_a_city_may_point_to_a_table_of_towns_as_it_is_published(tmp_path: Path) -> None:
    (tmp_path / "towns.csv").write_text(ISJ, encoding="cp932")
    city = load_city(written(tmp_path, MINIMAL + GAZETTEER))
    assert city.gazetteer is not None
    assert len(city.gazetteer) == 1
    placement = city.gazetteer.place("栃木県宇都宮市本町1-2")
    assert placement is not None
    assert (placement.lon, placement.lat) == pytest.approx((139.88, 36.56), abs=1e-4)


def test_abrs_positions_are_named_beside_its_towns(tmp_path: Path) -> None:
    (tmp_path / "towns.csv").write_text(MASTER, encoding="utf-8")
    (tmp_path / "pos.csv").write_text(POSITIONS, encoding="utf-8")
    city = load_city(written(tmp_path, MINIMAL + GAZETTEER + 'positions = "pos.csv"\n'))
    assert city.gazetteer is not None
    placement = city.gazetteer.place("本町")
    assert placement is not None
    assert (placement.lon, placement.lat) == (139.88, 36.56)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("名称,緯度,経度\n", "table of towns"),
        (MASTER, "position file"),
        (ISJ.replace("09201", "09203"), "宇都宮市"),
        ("町字,小字,緯度,経度\n本町,,北,東\n", "towns.csv"),
    ],
)
def test_a_table_of_towns_that_can_not_be_read_is_told_with_its_name(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "towns.csv").write_text(text, encoding="utf-8")
    city = load_city(written(tmp_path, MINIMAL + GAZETTEER))
    with override("en"), pytest.raises(CityError, match=said):
        assert city.gazetteer
