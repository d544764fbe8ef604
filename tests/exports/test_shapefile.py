"""Shapefiles: two encodings, ten bytes a name, 254 a text, and a README of what was lost."""

from pathlib import Path
from typing import Any

import pyogrio
import pytest

from layers.exports import dbf
from layers.exports.dbf import cut, field_names, in_windows_form
from layers.models import Layer
from tests.exports.written import downloads, member
from tests.factories import places

pytestmark = pytest.mark.django_db

BOTH = ("cp932", "utf-8")


def rows(path: Path) -> list[dict[str, Any]]:
    """Return what GDAL reads of a zip."""
    found: list[dict[str, Any]] = pyogrio.read_arrow(f"/vsizip/{path}")[1].to_pylist()
    return found


def readme(path: Path) -> str:
    return member(path, "README.txt").decode("utf-8-sig")


def layer_of(*cells: dict[str, Any], **facts: Any) -> Layer:
    names = list(dict.fromkeys(name for each in cells for name in each))
    layer = places.layer(schema=[{"name": name, "type": "text"} for name in names], **facts)
    for number, each in enumerate(cells, start=1):
        places.feature(layer, str(number), name="", properties=each)
    return layer


@pytest.mark.parametrize("encoding", BOTH)
def test_another_program_reads_texts_numbers_dates_and_blanks(
    tmp_path: Path, encoding: str
) -> None:
    schema = [
        {"name": "名前", "type": "text"},
        {"name": "数", "type": "integer"},
        {"name": "値", "type": "number"},
        {"name": "日", "type": "date"},
        {"name": "可", "type": "boolean"},
    ]
    layer = places.layer(schema=schema)
    full = {"名前": "①髙橋㈱", "数": -(2**62), "値": -0.1234567, "日": "2026-04-01", "可": True}
    places.feature(layer, "1", name="", properties=full)
    places.feature(layer, "2", name="", properties={"値": 1e-7, "数": 5, "可": False})
    first, second = rows(downloads(layer, tmp_path)[encoding])
    assert [first[n] for n in ("名前", "数", "値")] == ["①髙橋㈱", -(2**62), -0.1234567]
    assert (str(first["日"]), second["日"]) == ("2026-04-01", None)
    assert (second["名前"], second["数"], second["値"]) == (None, 5, 1e-7)
    assert (first["可"], second["可"]) in (("T", "F"), (True, False))


def test_what_cp932_lacks_is_replaced_where_one_sees_it_and_counted(tmp_path: Path) -> None:
    files = downloads(layer_of({"名": "𠮷野家"}, {"名": "𠮷田と😀"}, {"名": "吉田"}), tmp_path)
    assert [row["名"] for row in rows(files["cp932"])] == ["〓野家", "〓田と〓", "吉田"]
    assert "（3か所）：𠮷 U+20BB7 ×2、😀 U+1F600 ×1" in readme(files["cp932"])
    assert "(3 times): 𠮷 U+20BB7 ×2, 😀 U+1F600 ×1" in readme(files["cp932"])
    assert [row["名"] for row in rows(files["utf-8"])] == ["𠮷野家", "𠮷田と😀", "吉田"]
    assert "No value was cut and no character replaced." in readme(files["utf-8"])


def test_marks_that_have_two_code_points_are_not_lost(tmp_path: Path) -> None:
    file = downloads(layer_of({"名": "1〜2−3—か\u3099"}), tmp_path)["cp932"]
    assert rows(file)[0]["名"] == "1～2－3―が"
    assert "〓" not in readme(file)
    assert in_windows_form("\ufa19か\u3099") == "\ufa19が", "a name's own character stays"


@pytest.mark.parametrize(("encoding", "bytes_each"), [("cp932", 2), ("utf-8", 3)])
def test_a_long_text_ends_where_a_character_ends_and_that_is_told(
    tmp_path: Path, encoding: str, bytes_each: int
) -> None:
    file = downloads(layer_of({"説明": "a" + "字" * 200}, {"説明": "短い"}), tmp_path)[encoding]
    kept = rows(file)[0]["説明"]
    assert kept == "a" + "字" * ((254 - 1) // bytes_each)
    assert "長すぎる値を254バイトで切りました：説明（1件）" in readme(file)
    assert "Values too long were cut at 254 bytes: 説明 (1)" in readme(file)


def test_cutting_bytes_without_a_look_would_leave_half_a_character() -> None:
    data = ("a" + "字" * 200).encode("cp932")
    with pytest.raises(UnicodeDecodeError):
        data[:254].decode("cp932")
    assert cut(data, 254, "cp932").decode("cp932")


HAZARDS = ["災害種別_洪水", "災害種別_地震", "災害種別_崖崩れ、土石流及び地滑り"]


@pytest.mark.parametrize(
    ("encoding", "names", "expected"),
    [
        ("cp932", HAZARDS, ["洪水", "地震", "崖崩れ、土"]),
        ("utf-8", HAZARDS, ["洪水", "地震", "崖崩れ"]),
        ("utf-8", ["abcdefghijK", "abcdefghijL", "ABCDEFGHIJ"],
         ["abcdefghij", "abcdefgh_2", "ABCDEFGH_3"]),
        ("cp932", ["所在地_連結表記", "名称"], ["所在地_連", "名称"]),
        ("cp932", ["𠮷", "𠮷"], ["〓", "〓_2"]),
        ("utf-8", ["a\nb", ""], ["a b", "field"]),
    ],
)  # fmt: skip
def test_names_are_cut_at_ten_bytes_and_still_tell_columns_apart(
    encoding: str, names: list[str], expected: list[str]
) -> None:
    found = field_names(names, encoding)
    assert [name.decode(encoding) for name in found] == expected
    assert all(len(name) <= 10 for name in found)


def test_the_readme_says_whose_it_is_and_what_each_field_is(tmp_path: Path) -> None:
    layer = layer_of(
        dict.fromkeys(HAZARDS, "1"), attribution="新庄市", licence="CC BY 4.0", sample=True
    )
    file = downloads(layer, tmp_path)["cp932"]
    text = readme(file)
    assert "出典：新庄市\r\n" in text
    assert "Source: 新庄市\r\n" in text
    assert "ライセンス：CC BY 4.0\r\n" in text
    assert "これは見本です。" in text
    assert "  崖崩れ、土\t災害種別_崖崩れ、土石流及び地滑り\r\n" in text
    assert "文字コード：CP932" in text
    labels = member(file, "attributes.csv").decode("utf-8-sig")
    assert "洪水,災害種別_洪水," in labels


def test_an_unknown_licence_is_said_to_be_unknown(tmp_path: Path) -> None:
    text = readme(downloads(layer_of({"名": "a"}), tmp_path)["utf-8"])
    assert "ライセンス：記載がありません" in text
    assert "Licence: not stated" in text


@pytest.mark.parametrize(
    ("encoding", "page", "byte"), [("cp932", b"CP932", 19), ("utf-8", b"UTF-8", 0)]
)
def test_encoding_and_system_are_declared(
    tmp_path: Path, encoding: str, page: bytes, byte: int
) -> None:
    file = downloads(layer_of({"名": "a"}), tmp_path)[encoding]
    assert member(file, ".cpg") == page
    assert member(file, ".dbf")[29] == byte
    assert b"D_JGD_2011" in member(file, ".prj")


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbf, "MOST_BYTES", 2_000)


@pytest.mark.usefixtures("small_files")
def test_a_table_beyond_two_gigabytes_is_not_written_broken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    layer = layer_of(*({"名": "長" * 60} for _ in range(20)))
    found = downloads(layer, tmp_path)
    assert set(found) == {"geojson", "csv", "gpkg", "kml"}
    assert "no download as shapefile" in caplog.text
    assert sorted(path.suffix for path in tmp_path.iterdir() if path.is_file()) == [
        ".csv", ".geojson", ".gpkg", ".gz", ".gz", ".gz", ".kml",
    ]  # fmt: skip


def test_columns_beyond_the_255th_are_named_in_the_readme(tmp_path: Path) -> None:
    file = downloads(layer_of({f"c{n}": "1" for n in range(260)}), tmp_path)["utf-8"]
    assert len(rows(file)[0]) == 256, "255 fields and the geometry"
    assert "Columns left out for lack of room: c2" in readme(file)
