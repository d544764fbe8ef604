"""What a feature's page says, from the source's columns."""

from typing import Any

import pytest
from django.utils.translation import override

from gis_portal.portal.facts import HAZARDS, Fact, designations, facts, source, telephones
from importers.profiles import HAZARDS as IMPORTED_HAZARDS
from layers.models import Feature, Layer


def feature(properties: dict[str, Any], **types: str) -> Feature:
    schema = [{"name": n, "type": types.get(n, "text"), "title": n} for n in properties]
    layer = Layer(schema=schema, attribution="市", licence="CC BY", kind="emergency_site")
    return Feature(layer=layer, key="1", properties=properties)


def test_blank_columns_and_those_shown_elsewhere_are_left_out() -> None:
    place = feature(
        {"名称": "会館", "電話番号": "1", "備考": " ", "メモ": None, "Shape_Area": 1, "階": "2階"}
    )
    assert facts(place, "ja") == [Fact("階", "2階")]


def test_the_kind_of_place_in_the_headline_is_not_said_twice() -> None:
    assert facts(feature({"種別": "図書館"}), "ja") == []


def test_addresses_on_the_web_can_be_followed_and_no_others() -> None:
    rows = facts(feature({"a": "https://example.jp/", "b": "javascript:alert(1)"}), "ja")
    assert [row.url for row in rows] == ["https://example.jp/", ""]


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (True, "boolean", "あり"),
        ("0", "boolean", "なし"),
        ("一部", "boolean", "一部"),
        ("2025-10-27", "date", "2025年10月27日"),
        ("1957-07", "date", "1957年7月"),
        ("1991", "date", "1991"),
        ("10月ごろ", "date", "10月ごろ"),
        (["内科", "外科"], "text", "内科、外科"),
        (1250.5, "number", "1250.5"),
        ("1250", "text", "1250"),
    ],
)
def test_values_are_said_by_their_type(value: Any, kind: str, words: str) -> None:
    with override("ja"):
        assert facts(feature({"x": value}, x=kind), "ja") == [Fact("x", words)]


def test_a_code_is_said_by_its_meaning_and_a_number_with_its_unit() -> None:
    place = feature({"分類": 1, "定員": 30})
    place.layer.schema[0]["codes"] = {"1": "病院"}
    place.layer.schema[1]["unit"] = "人"
    assert facts(place, "ja") == [Fact("分類", "病院"), Fact("定員", "30人")]


def test_a_column_that_only_flags_is_a_yes_whatever_its_type() -> None:
    with override("ja"):
        rows = facts(feature({"指定避難所との重複": "1"}), "ja")
    assert rows == [Fact("指定避難所との重複", "あり")]


def test_titles_by_language_are_shown_in_the_pages_language() -> None:
    place = feature({"x": "1"})
    place.layer.schema[0]["title"] = {"ja": "定員", "en": "Seats"}
    assert facts(place, "en")[0].title == "Seats"
    assert facts(place, "ja-easy")[0].title == "定員"


def test_a_designation_is_yes_no_or_unknown_and_unknown_is_never_yes() -> None:
    place = feature({"災害種別_洪水": "1", "災害種別_地震": "", "津波": None, "高潮": "要確認"})
    with override("ja"):
        states = {row.hazard: row.state for row in designations(place)}
    assert len(states) == 8
    assert states["洪水"] == "yes"
    assert states["地震"] == states["津波"] == "no"
    assert states["高潮"] == "unknown"  # can't be read
    assert states["火山現象"] == "unknown"  # no column


@pytest.mark.parametrize("mark", ["1", 1, 1.0, True, "○", "〇", "TRUE"])
def test_every_way_of_saying_yes_is_read(mark: Any) -> None:
    states = {row.hazard: row.state for row in designations(feature({"洪水": mark}))}
    assert "yes" in states.values()


def test_a_row_with_its_own_source_shows_that_one() -> None:
    assert source(feature({})).attribution == "市"
    own = source(feature({"出典": "県", "出典の更新日": "2024-03-01"}))
    assert (own.attribution, own.licence, str(own.date)) == ("県", "CC BY", "2024-03-01")


def test_the_telephone_number_is_found_under_its_usual_names() -> None:
    assert telephones(feature({"TEL": "0100-00-0000"})) == ["0100-00-0000"]
    assert telephones(feature({"電話番号": ["0100-00-0000", "0100-00-0001"]})) == [
        *("0100-00-0000", "0100-00-0001")
    ]
    assert telephones(feature({})) == []


def test_the_hazards_of_a_page_are_those_that_the_imports_know() -> None:
    assert tuple(HAZARDS) == IMPORTED_HAZARDS
