"""The attribute table, read from its bytes."""

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers import dbf
from importers.problems import FileRefused, Problem
from tests.factories.shapefile import FIELDS, ROWS, Field, dbf_bytes


def read(folder: Path, data: bytes) -> dbf.Dbf:
    path = folder / "layer.dbf"
    path.write_bytes(data)
    return dbf.read_dbf(path)


def columns(table: dbf.Dbf, encoding: str = "cp932") -> tuple[dict[str, list[Any]], list[Problem]]:
    names, _ = dbf.field_names(table, encoding)
    numbers = np.arange(1, len(table) + 1)
    values, problems = {}, []
    for name, field in zip(names, table.fields, strict=True):
        found, told = dbf.column_values(table, field, name, encoding, numbers)
        values[name] = found.pylist()
        problems += told
    return values, problems


def rows(table: dbf.Dbf, encoding: str = "cp932") -> list[dict[str, Any]]:
    values, _ = columns(table, encoding)
    return [{name: values[name][i] for name in values} for i in range(len(table))]


ALL_TYPES = (
    Field("コード", "C", 6),
    Field("人数", "N", 9),
    Field("面積", "N", 19, 3),
    Field("指定日", "D", 8),
    Field("開設", "L", 1),
)


def test_every_type_comes_back_as_json_and_codes_keep_their_zero(tmp_path: Path) -> None:
    row = {"コード": "06201", "人数": 36894, "面積": 222.85, "指定日": "20240401", "開設": True}
    blank: dict[str, Any] = dict.fromkeys(row)
    blank["指定日"] = "00000000"
    table = read(tmp_path, dbf_bytes(ALL_TYPES, [row, blank]))
    assert rows(table) == [
        {"コード": "06201", "人数": 36894, "面積": 222.85, "指定日": "2024-04-01", "開設": True},
        dict.fromkeys(row),
    ]
    assert isinstance(rows(table)[0]["人数"], int)
    assert [dbf.column_type(field) for field in table.fields] == [
        "text", "integer", "number", "date", "boolean",
    ]  # fmt: skip


# Not in a text: the terminator, and what CP932 writes but reads back as another character.
LOST = "\x00\x80¢£¬‖−〜\uf8f0\uf8f1\uf8f2\uf8f3"


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="cp932", exclude_characters=LOST), max_size=9),
            st.none() | st.integers(-(10**8) + 1, 10**9 - 1),
            st.none() | st.dates(datetime.date(1868, 1, 1)),
            st.none() | st.booleans(),
        ),
        max_size=8,
    )
)
def test_what_is_written_is_read_again(tmp_path_factory: Any, written: list[Any]) -> None:
    from importers.encoding import clean_text

    fields = (Field("t", "C", 20), Field("n", "N", 9), Field("d", "D", 8), Field("b", "L", 1))
    given_rows = [
        {"t": t, "n": n, "d": f"{d:%Y%m%d}" if d else None, "b": b} for t, n, d, b in written
    ]
    table = read(tmp_path_factory.mktemp("dbf"), dbf_bytes(fields, given_rows))
    assert rows(table) == [
        {"t": clean_text(t.rstrip(" ")) or None, "n": n, "d": d.isoformat() if d else None, "b": b}
        for t, n, d, b in written
    ]


def test_names_cut_in_mid_character_lose_the_half_and_say_so(tmp_path: Path) -> None:
    cut = "避難所名称".encode()[:10]
    table = read(tmp_path, dbf_bytes([Field(cut)], [{}], "utf-8"))
    names, problems = dbf.field_names(table, "utf-8")
    assert names == ["避難所"]
    assert [problem.code for problem in problems] == ["field_name_cut"]
    whole = read(tmp_path, dbf_bytes([Field("避難所")], [{}], "utf-8"))
    assert dbf.field_names(whole, "utf-8") == (["避難所"], [])


def test_two_fields_of_one_name_get_two_names(tmp_path: Path) -> None:
    table = read(tmp_path, dbf_bytes([Field("名称"), Field("名称")], [{"名称": "あ"}]))
    names, problems = dbf.field_names(table, "cp932")
    assert names == ["名称", "名称_2"]
    assert [problem.code for problem in problems] == ["field_name_twice"]


@pytest.mark.parametrize(("said", "code"), [(5, "dbf_shorter"), (1, "dbf_longer"), (2, None)])
def test_a_table_of_another_length_than_its_header_says_is_a_problem_and_no_crash(
    tmp_path: Path, said: int, code: str | None
) -> None:
    table = read(tmp_path, dbf_bytes(said_records=said))
    assert len(table) == 2
    assert [problem.code for problem in table.problems] == ([code] if code else [])


def test_a_table_cut_in_the_middle_of_a_record_keeps_the_whole_ones(tmp_path: Path) -> None:
    data = dbf_bytes()
    table = read(tmp_path, data[:-20])
    assert rows(table) == [ROWS[0]]
    assert [problem.code for problem in table.problems] == ["dbf_shorter"]


@pytest.mark.parametrize("data", [b"", b"\x03" * 20, b"\x00" * 200])
def test_bytes_without_a_table_header_are_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(FileRefused) as refusal:
        read(tmp_path, data)
    assert refusal.value.code == "dbf_unreadable"


def test_numbers_and_dates_that_are_none_are_told(tmp_path: Path) -> None:
    data = dbf_bytes(ALL_TYPES, [{"人数": "n/a", "指定日": "昭32", "面積": "*********"}])
    table = read(tmp_path, data)
    values, problems = columns(table)
    assert (values["人数"], values["面積"]) == ([None], [None])
    assert {(p.code, p.row, p.field) for p in problems} == {
        ("number_unreadable", 1, "人数"),
        ("date_unreadable", 1, "指定日"),
    }


def test_a_memo_field_is_left_out_and_told(tmp_path: Path) -> None:
    table = read(tmp_path, dbf_bytes([Field("備考", "M", 10), *FIELDS], ROWS))
    assert rows(table) == list(ROWS)
    assert [(p.code, p.params["type"]) for p in table.problems] == [("dbf_type_skipped", "M")]


def test_deleted_records_are_marked(tmp_path: Path) -> None:
    table = read(tmp_path, dbf_bytes(deleted=[1]))
    assert table.deleted.tolist() == [False, True]
