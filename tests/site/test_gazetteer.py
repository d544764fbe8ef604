"""An address without a coordinate is placed at its town, or not at all."""

from pathlib import Path

import pytest

from gis_portal.gazetteer import Gazetteer, Placement, TownSource, towns

TOWNS = """町字,小字,緯度,経度
本町,,38.1,140.1
大字泉田,,38.2,140.2
大字泉田,往還東,38.3,140.3
十日町,,38.4,140.4
五日町,,38.5,140.5
新町二丁目,,38.6,140.6
鳥ヶ沢,,38.7,140.7
"""


@pytest.fixture
def gazetteer(tmp_path: Path) -> Gazetteer:
    path = tmp_path / "towns.csv"
    path.write_text(TOWNS, encoding="utf-8-sig")
    return Gazetteer.from_csv(path, ["山形県", "見本市"])


@pytest.mark.parametrize(
    ("address", "town"),
    [
        ("山形県見本市本町4-1", "本町"),
        ("見本市本町４丁目", "本町"),
        ("本町", "本町"),
        ("山形県見本市泉田（番地未確認）", "大字泉田"),
        ("山形県見本市大字泉田字往還東460", "大字泉田往還東"),
        ("大字 泉田 往還東 460", "大字泉田往還東"),
        ("山形県見本市十日町字上トウメキ6000-1", "十日町"),
        ("山形県見本市鳥ケ沢１", "鳥ヶ沢"),
    ],
)
def test_the_longest_town_at_the_beginning_is_taken(
    gazetteer: Gazetteer, address: str, town: str
) -> None:
    placement = gazetteer.place(address)
    assert placement is not None
    assert placement.town == town


@pytest.mark.parametrize("address", ["", "山形県見本市", "山形県見本市西町1", "東京都本町1", "泉"])
def test_an_address_that_names_no_town_is_not_placed(gazetteer: Gazetteer, address: str) -> None:
    assert gazetteer.place(address) is None


def test_a_placement_is_the_towns_own_point(gazetteer: Gazetteer) -> None:
    assert gazetteer.place("五日町1-1") == Placement(lon=140.5, lat=38.5, town="五日町")


@pytest.mark.parametrize(
    "address", ["新町二丁目3-4", "新町2丁目3-4", "新町２丁目３－４", "見本市新町２-3-4"]
)
def test_a_chome_is_found_however_its_number_is_written(gazetteer: Gazetteer, address: str) -> None:
    placement = gazetteer.place(address)
    assert placement is not None
    assert placement.town == "新町二丁目"


GEOLONIA = """都道府県コード,市区町村コード,市区町村名,大字町丁目名,小字・通称名,緯度,経度
09,09201,宇都宮市,本町,,36.56,139.88
09,09201,宇都宮市,旭一丁目,,36.55,139.89
09,09202,足利市,栄町,,36.34,139.45
"""


def test_a_published_table_of_towns_is_read_by_whoever_knows_it(tmp_path: Path) -> None:
    """The site hands the importers' reader in when it starts."""
    path = tmp_path / "latest.csv"
    path.write_text(GEOLONIA, encoding="cp932")
    source = TownSource(path, None, "092011", "宇都宮市")
    gazetteer = Gazetteer.of(towns(source), ["栃木県", "宇都宮市"])
    placement = gazetteer.place("栃木県宇都宮市旭1-4-5")
    assert placement == Placement(lon=139.89, lat=36.55, town="旭一丁目")
    assert gazetteer.place("栄町1") is None  # of another city


def test_without_a_reader_only_the_projects_own_table_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gis_portal.gazetteer._readers", [])
    path = tmp_path / "towns.csv"
    path.write_text(TOWNS, encoding="utf-8")
    assert len(list(towns(TownSource(path, None, "", "")))) == 7
    path.write_text(GEOLONIA, encoding="utf-8")
    with pytest.raises(ValueError, match="町字"):
        towns(TownSource(path, None, "", ""))
