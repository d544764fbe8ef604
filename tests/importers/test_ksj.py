"""国土数値情報: the same code means different things by edition, and no edition is guessed."""

import pytest

from importers.problems import Evidence
from importers.profiles import PROFILES, recognised
from importers.profiles.data_sets import Variant
from importers.profiles.ksj_codes import P14_MAJOR_21, P29_KIND_21, label
from importers.profiles.layouts import column, named_year
from importers.table import Column, Table
from importers.values import read_column


def headers(code: str, *numbers: int | range) -> list[str]:
    found = [n for part in numbers for n in (part if isinstance(part, range) else [part])]
    return [f"{code}_{number:03d}" for number in found]


def table(names: list[str], name: str) -> Table:
    columns = tuple(Column(each, "text", each) for each in names)
    row = dict.fromkeys(names)
    return Table.of_rows(
        "shapefile", name, columns, [row], [1], None, Evidence("cp932", "e"), None, []
    )


@pytest.mark.parametrize(
    ("file", "columns", "expected"),
    [
        ("P20-12_06", headers("P20", range(1, 13)), "ksj_p20_12"),
        ("P04-14_06-g_MedicalInstitution", headers("P04", range(1, 8)), "ksj_p04_14"),
        ("P04-20_06", headers("P04", range(1, 11)), "ksj_p04_20"),
        ("P14-11_06", headers("P14", range(1, 12)), "ksj_p14_15"),
        ("P14-15_06", headers("P14", range(1, 12)), "ksj_p14_15"),
        ("P14-21_06", headers("P14", range(1, 11)), "ksj_p14_21"),
        ("P29-13_06", headers("P29", range(1, 8)), "ksj_p29_13"),
        ("P29-21_06", headers("P29", range(1, 8)), "ksj_p29_21"),
        ("P27-13_06", headers("P27", range(1, 10)), "ksj_p27_13"),
        ("P02-06_06", headers("P02", range(1, 8)), "ksj_p02_06"),
        ("P02-06_06", headers("P02", range(1, 12)), "ksj_p02_06_register"),
        ("P05-22_06", headers("P05", range(1, 5)), "ksj_p05_22"),
        ("P34-14_06", headers("P34", range(1, 5)), "ksj_p34_14"),
        ("P32-14_06", headers("P32", range(1, 10)), "ksj_p32_14"),
        ("N03-21_06_210101", headers("N03", range(1, 5), 7), "ksj_n03_to_23"),
        ("N03-20210101_06", headers("N03", range(1, 5), 7), "ksj_n03_to_23"),
        ("N03-20240101_06", headers("N03", range(1, 6), 7), "ksj_n03_24"),
        ("N02-22_RailroadSection", headers("N02", range(1, 5)), "ksj_n02"),
        ("N02-22_Station", [*headers("N02", range(1, 6)), "N02_005c", "N02_005g"], "ksj_n02"),
        ("A31-22_10_5740", headers("A31", range(101, 105)), "ksj_a31_planned"),
        ("A31-22_20_5740", headers("A31", range(201, 205)), "ksj_a31_largest"),
        ("A31-20_30", headers("A31", range(301, 305)), "ksj_a31_duration"),
        ("A31-22_40", headers("A31", range(401, 405)), "ksj_a31_collapse"),
        ("A31a-25_06_20", headers("A31a", range(201, 206)), "ksj_a31a_largest"),
        ("A33-21_06Polygon", headers("A33", range(1, 9)), "ksj_a33"),
        ("A29-11_06", headers("A29", range(1, 9)), "ksj_a29"),
        ("A29-19_06205", headers("A29", range(1, 9)), "ksj_a29"),
        ("A27-10_06-g_SchoolDistrict", headers("A27", range(5, 9)), "ksj_a27_10"),
        ("A27-10_06-g_PublicElementarySchool", headers("A27", range(1, 5)), "ksj_a27_10_schools"),
        ("A27-21_06", headers("A27", range(1, 6)), "ksj_a27_21"),
        ("A32-13_06", headers("A32", range(6, 11)), "ksj_a32_13"),
        ("P11-22_06", ["P11_001", "P11_002", "P11_003_01", "P11_004_01", "P11_005"], "ksj_p11_22"),
        ("N07-11_06", headers("N07", range(1, 8)), "ksj_n07_11"),
        ("A16-20_06", headers("A16", range(1, 15)), "ksj_a16_20"),
        ("A40-16_06", headers("A40", range(1, 4)), "ksj_a40"),
        ("A38-20_2", headers("A38b", range(1, 12)), "ksj_a38b"),
    ],
)
def test_the_edition_in_the_files_name_chooses_the_layout(
    file: str, columns: list[str], expected: str
) -> None:
    assert recognised(columns, file).name == expected
    assert recognised([*columns[::-1], "備考"], f"{file}_GML {file}").name == expected
    assert recognised([each.lower() for each in columns], file.lower()).name == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        # Seven columns in both editions: nobody can tell.
        (headers("P29", range(1, 8)), "ksj_p29"),
        (headers("P14", range(1, 12)), "ksj_p14_15"),
        (headers("P14", range(1, 11)), "ksj_p14_21"),
        (headers("P04", range(1, 11)), "ksj_p04_20"),
        (headers("N03", range(1, 5), 7), "ksj_n03_to_23"),
        (headers("N03", 1, 3, 4, 5, 7), "ksj_n03_24"),
        (headers("P14", range(1, 10)), "ksj_p14"),
        (headers("P20", range(1, 13)), "ksj_p20_12"),
    ],
)
def test_without_an_edition_the_columns_decide_only_where_one_edition_has_them(
    columns: list[str], expected: str
) -> None:
    assert recognised(columns, "学校").name == expected


@pytest.mark.parametrize(
    ("file", "columns", "expected"),
    [
        ("P29-25_06", headers("P29", range(1, 8)), "ksj_p29"),  # later than any that is known
        ("P29-06_06", headers("P29", range(1, 8)), "ksj_p29"),
        ("P29-21_06", headers("P29", range(1, 10)), "ksj_p29"),  # more columns than it had
        ("A27-16_06", headers("A27", range(1, 5)), "ksj_a27"),
        ("A31-12_06", headers("A31", 1, 2), "ksj_a31"),
        ("L03-b-21", ["L03b_001", "L03b_002"], "ksj"),  # a set that is not written down
        ("G04", headers("G04", 1, 2), "ksj"),
    ],
)
def test_an_edition_that_is_not_known_keeps_its_codes_and_is_told(
    file: str, columns: list[str], expected: str
) -> None:
    profile = recognised(columns, file)
    assert profile.name == expected
    assert (profile.field_titles, profile.codes, profile.value_rules) == ({}, {}, {})
    codes = [problem.code for problem in profile.told()]
    assert "licence_unknown" in codes or "licence_conditions" in codes
    if expected != "ksj":
        assert codes[0] == "edition_unknown"
        named = profile.told()[0].params["profiles"]
        assert named
        assert all(name in PROFILES and name != expected for name in named)


def test_the_wrong_editions_name_gives_no_layout_of_another() -> None:
    """The negative control: with the other edition's name the same columns read differently."""
    columns = headers("P29", range(1, 8))
    old, new = recognised(columns, "P29-13_06"), recognised(columns, "P29-21_06")
    assert old.roles(table(columns, "P29-13"))["name"] == "P29_005"
    assert new.roles(table(columns, "P29-21"))["name"] == "P29_004"
    assert old.field_titles["P29_004"] == "学校分類"
    assert new.field_titles["P29_004"] == "名称"


def test_coded_columns_of_two_sets_or_none_are_no_data_set() -> None:
    assert recognised(["P29_001", "P14_001"]).name == "generic"
    assert recognised(["名称", "住所"], "P29-21").name == "generic"
    assert column("P29_004") == ("P29", 4)
    assert column("P11_003_12") == ("P11", 3)
    assert column("P29_04") is None
    assert column("SAFIELD000") is None


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("P29-13_06_GML", 2013),
        ("N03-20240101_06", 2024),
        ("N03-200101", 2001),
        ("N03-95_06", 1995),
        ("N03-2014", 2014),
        ("xP29-13", None),
        ("P29", None),
        ("P04-20_06 P29-21_06", 2021),
    ],
)
def test_an_edition_is_read_from_the_name(name: str, year: int | None) -> None:
    assert named_year(name, "P29" if "P29" in name else "N03") == year


def test_titles_of_every_set_stand_for_their_own_columns() -> None:
    for profile in PROFILES.values():
        if profile.layout is not None and profile.layout.which is not None:
            numbers = profile.layout.editions[profile.layout.which].numbers
            for header in (*profile.field_titles, *profile.codes, *profile.missing, *profile.keys):
                found = column(header)
                assert found is not None
                assert found[0] == profile.layout.code
                assert found[1] in numbers


def test_a_variant_may_skip_numbers_and_have_columns_nobody_knows() -> None:
    assert Variant((2000, 2001), "甲 - ? 乙", first=201).numbered() == {
        201: "甲",
        203: "?",
        204: "乙",
    }


def test_labels_are_found_however_a_code_lost_its_zeros() -> None:
    for value in ("16001", 16001, 16001.0, " 16001 "):
        assert label(P29_KIND_21, value) == "小学校"
    assert label(P14_MAJOR_21, 2) == label(P14_MAJOR_21, "02") == "老人福祉施設"
    for value in (None, "", "99999", True):
        assert label(P29_KIND_21, value) is None


def test_a_licence_is_claimed_only_where_one_is_known() -> None:
    def codes(name: str) -> list[str]:
        return [problem.code for problem in PROFILES[name].told()]

    for name in ("ksj_n03_24", "ksj_n02", "ksj_p04_20", "ksj_p29_21", "ksj_p05_22", "ksj_a38a"):
        assert (codes(name), bool(PROFILES[name].licence)) == ([], True)
    assert PROFILES["ksj_a31a_largest"].licence == PROFILES["ksj_n07_22"].licence == "CC BY 4.0"
    for name in ("ksj_p34_14", "ksj_p11_10", "ksj_n07_11", "ksj_a16_to_94"):
        assert codes(name) == ["licence_non_commercial"]
    for name in ("ksj_a33", "ksj_a49", "ksj_a40", "ksj_a29", "ksj_a27_21", "ksj_p14_21"):
        assert codes(name) == ["licence_conditions"]
    assert codes("ksj_p20_12") == ["not_a_designation", "licence_unknown"]
    for profile in PROFILES.values():
        if profile.name.startswith("ksj"):
            assert profile.licence or profile.told(), profile.name
            assert "国土交通省" in profile.attribution
    assert PROFILES["ksj_p20_12"].kind not in ("shelter", "emergency_site")


def test_what_a_set_writes_for_no_value_is_none_and_its_codes_stay() -> None:
    zoning = PROFILES["ksj_a29"]
    columns = headers("A29", range(1, 9))
    missing, rules = zoning.missing_values(columns), zoning.rules(columns)
    assert rules["A29_007"] == "number"
    read = read_column(
        "number", "A29_007", [200, 9999, 9999.0, "80"], [1, 2, 3, 4], missing=missing["A29_007"]
    )
    assert read.values == [200, None, None, 80]
    assert read.sources == {1: 9999, 2: 9999.0}
    assert "A29_004" not in missing  # 99 is a kind of zone there: 不明
    assert zoning.code_lists(columns)["A29_004"]["99"] == "不明"
