"""A layout of a city's own: suggested, edited, remembered, and applied as it was said."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.keys import column_keys
from importers.mapping import ROLES, ColumnMapping, applied, fingerprint, from_json, suggested
from importers.problems import FileRefused
from importers.profiles import PROFILES, profile_for
from importers.values import RULES
from tests.importers.official_headers import NEW, OLD
from tests.importers.test_profiles import REAL, headers_of, table
from tests.shared_data import shared_data

COLUMNS = ["名称", "所在地", "緯度", "経度", "電話番号", "番号", "備考"]


def test_a_suggestion_is_what_the_profile_makes_of_the_table() -> None:
    given = table(*NEW["emergency"])
    profile = profile_for(given)
    mapping = suggested(given, profile)
    assert (mapping.profile, mapping.kind) == ("standard_emergency", "emergency_site")
    assert mapping.roles == profile.roles(given)
    assert mapping.rules == profile.rules(NEW["emergency"])
    assert mapping.key == "ID"


def test_a_column_of_an_unknown_layout_that_goes_by_an_official_name_is_suggested_its_rule() -> (
    None
):
    given = table(*COLUMNS)
    generic = profile_for(given)
    assert generic.name == "generic"
    assert generic.rules(COLUMNS) == {}  # only a person makes it so
    mapping = suggested(given, generic)
    assert mapping.rules == {"電話番号": "phones"}
    assert mapping.key is None


@pytest.mark.parametrize("name", REAL)
def test_a_suggestion_applied_unchanged_reads_a_file_as_before(name: str) -> None:
    headers = [header for header in headers_of(shared_data(*name.split("/"))) if header]
    given = table(*headers)
    profile = profile_for(given)
    mapping = suggested(given, profile)
    settled = applied(mapping, profile)
    assert settled.roles(given) == profile.roles(given)
    assert settled.rules(headers) == mapping.rules
    assert profile.rules(headers).items() <= settled.rules(headers).items()
    assert settled.key_columns(headers) == profile.key_columns(headers)[:1]
    assert [c.title for c in settled.columns(given)] == [c.title for c in profile.columns(given)]


def test_a_person_decides_and_nothing_else_is_looked_for() -> None:
    given = table(*COLUMNS, rows=[dict(zip(COLUMNS, "甲乙丙丁戊己庚", strict=True))])
    mapping = ColumnMapping(
        roles={"name": "備考", "lat": "緯度", "lon": "経度"},
        rules={"番号": "number"},
        key="番号",
        titles={"備考": "施設の名前"},
        kind="medical",
    )
    settled = applied(mapping, PROFILES["recommended"])
    assert settled.roles(given) == {"name": "備考", "lat": "緯度", "lon": "経度"}
    assert settled.rules(COLUMNS) == {"番号": "number"}  # 電話番号 has none any more
    assert settled.kind == "medical"
    titles = {column.name: column.title for column in settled.columns(given)}
    assert (titles["備考"], titles["名称"]) == ("施設の名前", "名称")
    keys, evidence, problems = column_keys(given, settled, None)
    assert (keys.to_pylist(), evidence.evidence, problems) == (["己"], "key_profile", [])


def test_the_key_a_person_chose_is_binding() -> None:
    given = table("番号", rows=[{"番号": "1"}, {"番号": "1"}])
    settled = applied(ColumnMapping(key="番号"), PROFILES["generic"])
    _, _, problems = column_keys(given, settled, None)
    assert [problem.code for problem in problems] == ["key_twice", "key_twice"]
    without = applied(ColumnMapping(), PROFILES["recommended"])
    assert without.key_columns(["NO", "番号"]) == []


def test_columns_are_taken_to_the_letter_once_a_person_said_which() -> None:
    mapping = ColumnMapping(rules={"料金": "number"})
    settled = applied(mapping, PROFILES["generic"])
    assert settled.rules(["料金", "料金 ", "料金（必須）"]) == {"料金": "number"}


def test_what_lies_beneath_stays() -> None:
    zoning = PROFILES["ksj_a29"]
    settled = applied(ColumnMapping(profile="ksj_a29", roles={"name": "A29_005"}), zoning)
    assert (settled.codes, settled.notices, settled.attribution) == (
        zoning.codes,
        zoning.notices,
        zoning.attribution,
    )


# -- remembered -------------------------------------------------------------------------------


def test_the_same_form_in_another_hand_is_the_same_layout() -> None:
    mark = fingerprint(COLUMNS, "csv")
    assert len(mark) == 16
    assert fingerprint(COLUMNS[::-1], "csv") == mark
    assert fingerprint([f"{header}（必須）\u3000" for header in COLUMNS], "csv") == mark
    assert fingerprint([*COLUMNS, "", "\u3000"], "csv") == mark
    assert fingerprint([*COLUMNS, "区分"], "csv") != mark
    assert fingerprint(COLUMNS[1:], "csv") != mark
    assert fingerprint(COLUMNS, "shapefile") != mark


def test_the_layouts_of_the_two_standards_are_all_different() -> None:
    marks = [fingerprint(headers, "csv") for headers in (*OLD.values(), *NEW.values())]
    assert len(set(marks)) == len(marks)


names = st.text(min_size=1, max_size=8)
mappings = st.builds(
    ColumnMapping,
    profile=st.sampled_from(sorted(PROFILES)),
    roles=st.dictionaries(st.sampled_from(ROLES), names, max_size=4),
    rules=st.dictionaries(names, st.sampled_from(RULES), max_size=4),
    key=st.none() | names,
    titles=st.dictionaries(names, names, max_size=3),
    kind=st.sampled_from([None, "medical", "hazard"]),
)


@given(mappings)
def test_a_mapping_comes_back_from_json_as_it_was(mapping: ColumnMapping) -> None:
    text = json.dumps(mapping.as_json(), ensure_ascii=False)
    assert from_json(json.loads(text)) == (mapping, [])
    assert from_json(json.loads(text), sorted(mapping.columns())) == (mapping, [])


@given(mappings)
def test_columns_that_the_file_does_not_have_are_told_once_and_left_out(
    mapping: ColumnMapping,
) -> None:
    found, problems = from_json(mapping.as_json(), [])
    assert found.columns() == set()
    assert {problem.field for problem in problems} == mapping.columns()
    assert len(problems) == len(mapping.columns())
    assert {problem.code for problem in problems} <= {"mapping_column_unknown"}


def test_words_that_are_not_known_are_told_and_left_out() -> None:
    stored = ColumnMapping(roles={"name": "名称"}, rules={"電話番号": "phones"}).as_json()
    stored["roles"]["owner"] = "備考"
    stored["rules"]["番号"] = "magic"
    stored["kind"] = "spaceship"
    found, problems = from_json(stored, COLUMNS)
    assert (found.roles, found.rules, found.kind) == (
        {"name": "名称"},
        {"電話番号": "phones"},
        None,
    )
    assert [(p.code, p.params["value"]) for p in problems] == [
        ("mapping_word_unknown", "magic"),
        ("mapping_word_unknown", "spaceship"),
        ("mapping_word_unknown", "owner"),
    ]


@pytest.mark.parametrize(
    "stored",
    [
        *(None, [], "text", {}, {"version": "1"}, {"version": 1, "roles": []}),
        *(
            {"version": 1, "rules": {"a": 1}},
            {"version": 1, "key": 5},
            {"version": 1, "profile": 1},
        ),
    ],
)
def test_what_is_no_mapping_is_refused(stored: Any) -> None:
    with pytest.raises(FileRefused) as refusal:
        from_json(stored)
    assert refusal.value.code == "mapping_unreadable"


def test_a_mapping_without_members_is_the_plain_one() -> None:
    assert from_json({"version": 1}) == (ColumnMapping(), [])
