"""Which layout a file is in, and what its columns stand for."""

from typing import Any

import pytest

from importers.flags import flag
from importers.ksj import data_set
from importers.problems import Evidence, FileRefused
from importers.profiles import PROFILES, Profile, likely_name, profile_for, register
from importers.table import Column, Table

HAZARDS = "洪水,崖崩れ、土石流及び地滑り,高潮,地震,津波,大規模な火事,内水氾濫,火山現象"


def table(*headers: str, rows: list[dict[str, Any]] | None = None, name: str = "t") -> Table:
    columns = tuple(Column(header, "text", header) for header in headers)
    given = rows or [dict.fromkeys(headers)]
    numbers = list(range(1, len(given) + 1))
    return Table.of_rows(
        "csv", name, columns, given, numbers, None, Evidence("utf-8", "e"), None, []
    )


def hazards(prefix: str = "") -> list[str]:
    return [prefix + hazard for hazard in [*HAZARDS.split(",")]]


GSI = ["NO", "共通ID", "施設・場所名", "住所"]
NEW = ["全国地方公共団体コード", "ID", "名称", "所在地_連結表記", "緯度", "経度"]
OLD = ["都道府県コ―ド又は市区町村コ―ド", "NO", "都道府県名", "名称", "住所", "緯度", "経度"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([*GSI, *hazards(), "指定避難所との住所同一"], "gsi_emergency"),
        ([*GSI, "指定緊急避難場所との住所同一", "受入対象者"], "gsi_evacuation"),
        ([*NEW, *hazards("災害種別_")], "standard_emergency"),
        (["NO", "名称", "住所", *hazards("災害種別_")], "standard_emergency"),
        (NEW, "standard"),
        (OLD, "standard"),
        ([*NEW, "文化財分類", "文化財指定日"], "standard_heritage"),
        ([*OLD, "受入年齢", "一時預かりの有無"], "standard_childcare"),
        ([*OLD, "医療機関の種類", "診療科目"], "standard_medical"),
        (["名称", "緯度", "経度"], "generic"),
        (["item1", "item2"], "generic"),
    ],
)
def test_a_layout_is_known_by_its_headers_in_any_order(headers: list[str], expected: str) -> None:
    assert profile_for(table(*headers)).name == expected
    assert profile_for(table(*reversed(headers))).name == expected


def test_one_header_less_is_another_layout() -> None:
    full = [*GSI, *hazards()]
    for header in ("共通ID", "津波"):
        rest = [each for each in full if each != header]
        assert profile_for(table(*rest)).name != "gsi_emergency"


def test_a_profile_may_be_chosen_and_an_unknown_one_is_refused() -> None:
    assert profile_for(table("a"), "gsi_emergency").name == "gsi_emergency"
    with pytest.raises(FileRefused) as refusal:
        profile_for(table("a"), "nonsense")
    assert refusal.value.code == "profile_unknown"
    assert "generic" in refusal.value.params["known"]


def test_another_app_may_register_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    import importers.profiles

    monkeypatch.setattr(importers.profiles, "PROFILES", dict(PROFILES))
    own = Profile("parks", {"ja": "公園"}, "public_facility", markers=(("公園種別",),))
    register(own)
    assert profile_for(table("名称", "公園種別")) is own
    assert profile_for(table("名称")).name == "generic"


def test_every_profile_has_a_title_in_the_three_languages_and_a_kind_a_layer_has() -> None:
    kinds = {
        *("public_facility", "emergency_site", "shelter", "welfare", "medical", "childcare"),
        *("school", "heritage", "hazard", "planning"),
    }
    generic = PROFILES["generic"]  # knows nothing of the list: the file names the layer
    assert (generic.title, generic.kind) == ({}, None)
    for profile in [each for each in PROFILES.values() if each is not generic]:
        assert set(profile.title) == {"ja", "ja-easy", "en"}
        assert all(profile.title.values())
        assert profile.kind in kinds


@pytest.mark.parametrize("value", ["1", 1, 1.0, "1.0", "○", "◯", "有", " １ ", True])
def test_a_designation_is_known_in_every_way_it_is_written(value: object) -> None:
    assert flag(value) is True


@pytest.mark.parametrize("value", ["", None, "0", "×", "無", "－", 0, False])
def test_no_designation_likewise(value: object) -> None:
    assert flag(value) is False


@pytest.mark.parametrize("value", ["△", "一部", "?", 2, "1階"])
def test_what_is_neither_is_unknown_and_never_yes(value: object) -> None:
    assert flag(value) is None


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


@pytest.mark.parametrize(
    ("file", "name", "address"),
    [("P29-13_06", 5, 6), ("P29-21_06", 4, 5), ("P14-15_06", 7, 3), ("P14-21_06", 8, 4)],
)
def test_the_same_code_means_different_things_in_different_editions(
    file: str, name: int, address: int
) -> None:
    headers = [f"{file[:3]}_{number:03d}" for number in range(1, 8)]
    found = data_set(file, headers)
    assert found is not None
    assert (found[1].name, found[1].address) == (name, address)


def test_without_an_edition_the_layout_is_told_by_its_number_of_fields() -> None:
    fourteen = [f"P14_{number:03d}" for number in range(1, 12)]
    found = data_set("福祉施設", fourteen)
    assert found is not None
    assert found[1].name == 7
    assert data_set("福祉施設", ["名称", "住所"]) is None
    assert data_set("福祉施設", [*fourteen, "P29_001"]) is None
