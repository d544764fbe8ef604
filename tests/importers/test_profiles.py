"""Which layout a file is in, and what its columns stand for."""

import csv
import io
import json
import pickle
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.encoding import decoded
from importers.headers import canonical
from importers.problems import Evidence, FileRefused
from importers.profiles import (
    HAZARDS,
    PROFILES,
    RULES,
    Profile,
    common_id,
    likely_name,
    profile_for,
    recognised,
    refuse_what_is_no_layer,
    register,
    registry,
)
from importers.table import Column, Table
from tests.importers.official_headers import NATIONAL_FOOD, NEW, OLD
from tests.shared_data import shared_data

KINDS = {
    *("public_facility", "emergency_site", "shelter", "welfare", "medical", "childcare"),
    *("school", "heritage", "hazard", "planning"),
}
OFFICIAL = [
    *((headers, f"recommended_{sheet}") for sheet, headers in OLD.items()),
    *(
        (headers, "standard" if sheet == "common" else f"standard_{sheet}")
        for sheet, headers in NEW.items()
    ),
    (NATIONAL_FOOD, "standard_food"),
]
OFFICIAL_NAMES = [f"{name}-{len(headers)}" for headers, name in OFFICIAL]


def table(*headers: str, rows: list[dict[str, Any]] | None = None, name: str = "t") -> Table:
    columns = tuple(Column(header, "text", header) for header in headers)
    given = rows or [dict.fromkeys(headers)]
    numbers = list(range(1, len(given) + 1))
    return Table.of_rows(
        "csv", name, columns, given, numbers, None, Evidence("utf-8", "e"), None, []
    )


# -- the two standards ------------------------------------------------------------------------


@pytest.mark.parametrize(("headers", "expected"), OFFICIAL, ids=OFFICIAL_NAMES)
def test_every_official_sheet_is_known_by_its_headers_in_any_order(
    headers: list[str], expected: str
) -> None:
    assert recognised(headers).name == expected
    assert recognised(headers[::-1]).name == expected
    assert recognised(sorted(headers)).name == expected


def worse(header: str) -> list[str]:
    """Return a header as other hands write it: widths, brackets, 必須, typing errors, blanks."""
    wide = "".join(
        chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign
        for sign in unicodedata.normalize("NFKC", header)
    )
    return [
        wide,
        f"{header}（必須）",
        f"{header}\u3000",
        header.replace("(", "（").replace(")", "）"),
        header.replace("（", "_").replace("）", "").replace("(", "_").replace(")", ""),
        header.replace("ード", "―ド").replace("連結表記", "連結標記"),
        header.replace("緯度", "緝度").replace("経度", "軽度"),
        header.replace("、", "・").replace("崖崩れ", "がけ崩れ").replace("地滑り", "地すべり"),
        header.replace("日時特記", "時間特記").replace("市区町村", "市町村"),
    ]


@pytest.mark.parametrize(("headers", "expected"), OFFICIAL, ids=OFFICIAL_NAMES)
def test_an_official_sheet_is_known_in_another_hand(headers: list[str], expected: str) -> None:
    for hand in range(9):
        assert recognised([worse(header)[hand] for header in headers]).name == expected, hand


@pytest.mark.parametrize(("headers", "expected"), OFFICIAL, ids=OFFICIAL_NAMES)
def test_an_official_sheet_is_known_beside_columns_of_the_citys_own(
    headers: list[str], expected: str
) -> None:
    assert recognised([*headers, "市独自区分", "タグ1", "更新日", ""]).name == expected


@pytest.mark.parametrize(("headers", "expected"), OFFICIAL, ids=OFFICIAL_NAMES)
def test_no_two_columns_of_an_official_sheet_are_taken_for_one(
    headers: list[str], expected: str
) -> None:
    assert len({canonical(header) for header in headers}) == len(headers)


@pytest.mark.parametrize(("headers", "expected"), OFFICIAL, ids=OFFICIAL_NAMES)
def test_the_columns_of_an_official_sheet_get_the_official_rules(
    headers: list[str], expected: str
) -> None:
    found = PROFILES[expected].rules(headers)
    assert found == {header: RULES[header] for header in headers if header in RULES}
    assert len(found) >= 2


@given(st.text(max_size=20))
def test_the_loose_form_of_a_header_is_settled_after_once(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


def test_a_citys_list_without_a_sheet_takes_its_title_from_the_file() -> None:
    own = ["NO", "市区町村コード", "都道府県名", "名称", "住所", "緯度", "経度", "避難所面積"]
    assert recognised(own).name == "recommended"
    assert recognised(["名称", "所在地_連結表記", "緯度", "経度"]).name == "standard"
    assert PROFILES["recommended"].title == PROFILES["standard"].title == {}
    assert recognised(["名称", "緯度", "経度"]).name == "generic"
    assert recognised(["item1", "item2"]).name == "generic"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        # 北海道: 所在地 for 住所, columns of its own between.
        (
            (
                "都道府県コード又は市区町村コード,No,都道府県名,振興局,市町村,名称,名称_カナ,医療機関の種類,郵便番号,"
                "所在地,方書,緯度,経度,電話番号,開設者氏名,指定年月日,診療科目,病床数,療養病床,現存・休止"
            ),
            "recommended_medical",
        ),
        # 十和田市: another name for the first column, some left out.
        (
            (
                "市区町村コード,NO,都道府県名,市区町村名,名称,名称_カナ,医療機関の種類,住所,方書,緯度,経度,電話番号,"
                "法人番号,診療曜日,診療開始時間,診療終了時間,診療科目,病床数,URL,備考"
            ),
            "recommended_medical",
        ),
        # 昭島市: ages to 100, and unknown ones.
        (
            (
                "都道府県コード又は市区町村コード,地域コード,都道府県名,市区町村名,調査年月日,地域名,総人口,男性,女性,"
                "0-4歳の男性,100歳以上の女性,年齢不詳の男性,世帯数,備考"
            ),
            "recommended_population",
        ),
    ],
)
def test_published_lists_that_depart_from_the_sheet_are_known(headers: str, expected: str) -> None:
    assert recognised(headers.split(",")).name == expected


def test_a_site_list_of_a_city_without_coast_is_one_all_the_same() -> None:
    inland = [h for h in NEW["emergency"] if h not in ("災害種別_津波", "災害種別_高潮")]
    assert recognised(inland).name == "standard_emergency"
    bare = ["名称", "住所", *(f"災害種別_{hazard}" for hazard in HAZARDS)]
    assert recognised(bare).kind == "emergency_site"


def test_a_layout_with_its_rules_knows_columns_written_otherwise() -> None:
    rules = PROFILES["standard_toilet"].rules(["電話番号（必須）", "開始時間\u3000", "備考"])
    assert rules == {"電話番号（必須）": "phones", "開始時間\u3000": "time"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("standard_catalogue", "list_without_places"),
        ("recommended_population", "list_without_places"),
        ("towns_isj_block", "list_of_towns"),
    ],
)
def test_a_list_that_is_no_layer_is_refused_for_what_it_is(name: str, code: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        refuse_what_is_no_layer(PROFILES[name])
    assert refusal.value.code == code
    refuse_what_is_no_layer(PROFILES["standard_aed"])


# -- real files -------------------------------------------------------------------------------

REAL = {
    "csv-new-standard/222127_fire_hydrant.csv": "standard_fire_water",
    "csv-new-standard/222127_public_toilet.csv": "standard_toilet",
    "csv-new-standard/nanao_shelters.csv": "standard_emergency",
    "csv-old-standard/222127_aed.csv": "recommended_aed",
    "csv-old-standard/222127_community_center.csv": "recommended_facility",
    "csv-old-standard/222127_evacuation_space.csv": "recommended_emergency",
    "csv-old-standard/222127_library.csv": "recommended_facility",
    "csv-old-standard/222127_preschool.csv": "recommended_childcare",
    "csv-old-standard/222127_tourism.csv": "recommended_tourism",
    "csv-old-standard/blank-forms/xxxxxx_aed.csv": "recommended_aed",
    "csv-old-standard/blank-forms/xxxxxx_care_service.csv": "recommended_welfare",
    "csv-old-standard/blank-forms/xxxxxx_cultural_property.csv": "recommended_heritage",
    "csv-old-standard/blank-forms/xxxxxx_evacuation_space.csv": "recommended_emergency",
    "csv-old-standard/blank-forms/xxxxxx_event.csv": "recommended_event",
    "csv-old-standard/blank-forms/xxxxxx_fire_hydrant.csv": "recommended_fire_water",
    "csv-old-standard/blank-forms/xxxxxx_hospital.csv": "recommended_medical",
    "csv-old-standard/blank-forms/xxxxxx_open_data_list.csv": "recommended_catalogue",
    "csv-old-standard/blank-forms/xxxxxx_preschool.csv": "recommended_childcare",
    "csv-old-standard/blank-forms/xxxxxx_public_facility.csv": "recommended_facility",
    "csv-old-standard/blank-forms/xxxxxx_public_toilet.csv": "recommended_toilet",
    "csv-old-standard/blank-forms/xxxxxx_public_wireless_lan.csv": "recommended_wifi",
    "csv-old-standard/blank-forms/xxxxxx_tourism.csv": "recommended_tourism",
    "csv-own-layout/222127_douhoumusenkokyoku.csv": "recommended",
    "csv-own-layout/222127_hinannjo.csv": "recommended",
    "csv-own-layout/222127_hokago_dayservices.csv": "generic",
    "csv-own-layout/machinakasuzumidokoro.csv": "generic",
    "csv-own-layout/takamatsu_hospital.csv": "generic",
    "csv-own-layout/yohairyosya.csv": "generic",
    "csv-own-layout/災害ごみ受入場所.csv": "generic",
    "codes/soumu_local_government_codes_20240101.csv": "generic",
    "shinjo/estat_h27_small_areas_06205.csv": "estat_small_area",
    "shinjo/places.csv": "generic",
}


def headers_of(path: Path) -> list[str]:
    text, _ = decoded(path.read_bytes())
    return next(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("name", REAL)
def test_every_real_table_is_read_by_the_profile_of_its_layout(name: str) -> None:
    path = shared_data(*name.split("/"))
    assert recognised(headers_of(path), path.stem).name == REAL[name]


def test_no_real_table_was_forgotten() -> None:
    folder = shared_data()
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.csv")}
    assert {name for name in names if not name.endswith("attributes.csv")} == set(REAL)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shinjo/gsi_emergency_062057.geojson", "gsi_emergency"),
        ("shinjo/gsi_evacuation_062057.geojson", "gsi_evacuation"),
        ("geojson/nanao_open_shelter_2024-09.geojson", "standard_emergency"),
        ("geojson/文化財マップ.geojson", "generic"),
    ],
)
def test_a_real_geojson_likewise(name: str, expected: str) -> None:
    features = json.loads(shared_data(*name.split("/")).read_text(encoding="utf-8"))["features"]
    assert recognised(list(features[0]["properties"])).name == expected


# -- 国土地理院 ---------------------------------------------------------------------------------

GSI = ["NO", "共通ID", "施設・場所名", "住所"]


def test_the_lists_of_gsi_are_known_with_and_without_the_columns_of_the_nationwide_file() -> None:
    sites = [*GSI, *HAZARDS, "指定避難所との住所同一", "緯度", "経度", "備考"]
    shelters = [*GSI, "指定緊急避難場所との住所同一", "その他市町村長が必要と認める事項"]
    for more in ([], ["都道府県名及び市町村名"]):
        assert recognised([*more, *sites]).name == "gsi_emergency"
        assert recognised([*more, *shelters]).name == "gsi_evacuation"


def test_a_site_list_with_one_hazard_less_is_not_gsis() -> None:
    full = [*GSI, *HAZARDS]
    for header in ("共通ID", "津波"):
        assert recognised([each for each in full if each != header]).name != "gsi_emergency"


def test_a_common_id_comes_apart_into_what_it_says() -> None:
    found = common_id("E2221200034201")
    assert found is not None
    assert (found.municipality, found.facility, found.type) == ("22212", "00034", "2")
    assert (found.subtype, found.sequence, found.list) == ("0", "1", "gsi_emergency")
    welfare = common_id(" Ｅ2221200034 12a ")
    assert welfare is not None
    assert (welfare.list, welfare.subtype, welfare.sequence) == ("gsi_evacuation", "2", "a")
    assert welfare.place == found.place == "2221200034"


@pytest.mark.parametrize(
    "text",
    [
        *("", None, "E222120003420", "E22212000342011", "X2221200034201", "E2221200034301"),
        *("E2221200034211", "E2221200034101", "E2221200034131", "E4821200034201"),
        "E2221200034200",
    ],
)
def test_what_is_no_common_id_is_none(text: str | None) -> None:
    assert common_id(text) is None


def test_the_two_lists_of_a_city_share_the_numbers_of_their_facilities() -> None:
    def facilities(name: str) -> list[str]:
        path = shared_data("shinjo", name)
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        found = [common_id(feature["properties"]["共通ID"]) for feature in features]
        return [each.place for each in found if each]

    sites = facilities("gsi_emergency_062057.geojson")
    shelters = facilities("gsi_evacuation_062057.geojson")
    both = set(sites) & set(shelters)
    assert (len(sites), len(shelters), len(both)) == (34, 32, 14)  # data/README.md


def test_a_profile_may_be_chosen_and_an_unknown_one_is_refused() -> None:
    assert profile_for(table("a"), "gsi_emergency").name == "gsi_emergency"
    with pytest.raises(FileRefused) as refusal:
        profile_for(table("a"), "nonsense")
    assert refusal.value.code == "profile_unknown"
    assert "generic" in refusal.value.params["known"]


def test_another_app_may_register_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "PROFILES", dict(PROFILES))
    own = Profile("parks", {"ja": "公園"}, "public_facility", markers=(("公園種別",),))
    register(own)
    assert profile_for(table("名称", "公園種別")) is own
    assert profile_for(table("名称")).name == "generic"
    hazard_matrix = Profile("matrix", {}, "emergency_site", markers=(tuple(NEW["emergency"]),))
    register(hazard_matrix)
    assert recognised(NEW["emergency"]) is hazard_matrix


def test_every_profile_has_a_title_in_the_three_languages_and_a_kind_a_layer_has() -> None:
    # These know nothing of the list: the file names the layer.
    untitled = {"generic", "standard", "recommended", "ksj"}
    for profile in PROFILES.values():
        titles = set() if profile.name in untitled else {"ja", "ja-easy", "en"}
        assert set(profile.title) == titles, profile.name
        assert all(profile.title.values())
        assert set(profile.description) in (set(), {"ja", "ja-easy", "en"})
        if profile.target == "layer" and profile.name not in ("generic", "ksj"):
            assert profile.kind in KINDS, profile.name


def test_every_profile_comes_through_a_pickle() -> None:
    for profile in PROFILES.values():
        assert pickle.loads(pickle.dumps(profile)) == profile


def test_a_schema_says_type_title_rule_codes_and_unit_where_there_are_any() -> None:
    columns = [
        Column("A33_001", "integer", "現象の種類"),
        Column("A33_007", "date", "告示日"),
        Column("メモ", "text", "メモ"),
    ]
    kind, day, memo = PROFILES["ksj_a33"].schema(columns)
    assert kind["codes"]["2"] == "土石流"
    assert day == {"name": "A33_007", "type": "date", "title": "告示日", "rule": "date"}
    assert memo == {"name": "メモ", "type": "text", "title": "メモ"}
    (seats,) = PROFILES["standard"].schema([Column("定員", "integer", "定員")], {"定員": "人"})
    assert (seats["rule"], seats["unit"]) == ("number", "人")
    json.dumps([kind, day, memo, seats])


# -- names ------------------------------------------------------------------------------------


def rows(**columns: list[Any]) -> list[dict[str, Any]]:
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def test_a_name_is_found_by_its_look_only_where_no_header_says_it() -> None:
    given = rows(
        url=[f"https://example.jp/{i}" for i in range(9)],
        kind=["神社"] * 9,
        item4=[f"第{n}神社" for n in "一二三四五六七八九"],
        note=[
            "とても長い説明が続く文章であり、名前ではありえない長さになっている" + c
            for c in "abcdefghi"
        ],
    )
    names = ["url", "kind", "item4", "note"]
    assert likely_name(table(*names, rows=given)) == "item4"
    without = [{k: v for k, v in row.items() if k != "item4"} for row in given]
    assert likely_name(table("url", "kind", "note", rows=without)) is None
    generic = PROFILES["generic"]
    assert generic.roles(table(*names, rows=given))["name"] == "item4"
    assert "name" not in generic.known_roles(table(*names, rows=given))


def test_an_address_is_no_name() -> None:
    given = rows(所在地_番地以下=[f"本町{i}番地" for i in range(9)])
    assert likely_name(table("所在地_番地以下", rows=given)) is None


def test_the_first_of_two_columns_that_may_be_the_key_is_taken() -> None:
    assert PROFILES["standard"].key_columns(["NO", "No.", "ＩＤ"]) == ["ＩＤ", "NO"]


def test_a_food_list_finds_name_and_address_by_its_profile() -> None:
    roles = PROFILES["standard_food"].roles(table(*NATIONAL_FOOD))
    assert (roles["name"], roles["address"]) == ("営業施設名称、屋号又は商号", "営業施設所在地")
