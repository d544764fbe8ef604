"""Column headers as cities write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.headers import columns_by_role, is_code, normalised, role


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("料金（基本）", "料金(基本)"),
        ("都道府県コ―ド又は市区町村コ―ド", "都道府県コード又は市区町村コード"),
        ("名称（必須）", "名称"),
        ("【必須】名称", "名称"),
        ("公共施設\u3000", "公共施設"),
        ("telephone\u3000number", "Telephone Number"),
        ("名称_ｶﾅ", "名称_カナ"),
        ("\ufeffNO", "no"),
        ("住所*", "住所"),
    ],
)
def test_the_same_header_in_two_hands_is_the_same(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


def test_different_headers_stay_different() -> None:
    forms = [
        "名称",
        "名称_カナ",
        "名称_英字",
        "所在地_都道府県",
        "料金(基本)",
        "料金(詳細)",
        "A-B",
        "AB",
    ]
    assert len({normalised(form) for form in forms}) == len(forms)


@given(st.text(max_size=20))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@given(st.text(st.sampled_from("必須任意()（）ー―-カナ *ﾊﾞＡ㈱"), max_size=12))
def test_normalising_twice_changes_nothing_more_among_the_marks_it_removes(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("緯度", "lat"), ("緝度", "lat"), ("軽度", "lon"), ("Latitude", "lat"), ("LNG", "lon"),
        ("施設・場所名", "name"), ("共通ID", "id"), ("№", "id"), ("ＮＯ", "id"),
        ("所在地_連結表記", "address"), ("所在地_連結標記", "address"),
        ("住所（位置情報）", "address"),
        ("方書", "building"), ("X", "x"), ("備考", None), ("電話番号", None), ("", None),
    ],
)  # fmt: skip
def test_a_header_plays_the_part_it_is_known_for(header: str, expected: str | None) -> None:
    assert role(header) == expected


def test_the_best_of_several_fitting_columns_is_taken_wherever_it_stands() -> None:
    headers = ["団体名", "地区名", "住所", "名称", "所在地_連結表記"]
    roles = columns_by_role(headers)
    assert (roles["name"], roles["address"]) == ("名称", "所在地_連結表記")
    assert columns_by_role(headers[::-1]) == roles


def test_a_column_that_ends_in_name_is_a_name_unless_it_names_somebody_else() -> None:
    assert columns_by_role(["番号", "古墳群名"])["name"] == "古墳群名"
    assert "name" not in columns_by_role(
        ["団体名", "市区町村名", "管理者名", "異常気象名", "法人の名称"]
    )


def test_a_publishers_label_counts_where_the_field_name_says_nothing() -> None:
    assert columns_by_role(["item1", "item2"], ["種別", "学校名"])["name"] == "item2"
    assert columns_by_role(["item1", "名称"], ["学校名", ""])["name"] == "名称"
    assert columns_by_role(["a", "b"], ["", ""], ["b"])["name"] == "b"


def test_a_name_cut_at_ten_bytes_is_still_known() -> None:
    assert columns_by_role(["所在地_連"])["address"] == "所在地_連"
    assert "address" not in columns_by_role(["所在"])


@pytest.mark.parametrize(
    "header", ["全国地方公共団体コード", "NO", "電話番号", "郵便番号", "ID", "開始時間"]
)
def test_codes_are_known_by_their_header(header: str) -> None:
    assert is_code(header)


@pytest.mark.parametrize("header", ["収容人数", "面積", "男性トイレ総数", "標高"])
def test_quantities_are_no_codes(header: str) -> None:
    assert not is_code(header)
