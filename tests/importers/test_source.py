"""What a person named: folders, files and zips, with and without a layer in them."""

import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from importers import archive
from importers.problems import FileRefused
from importers.source import KS_META, Source, opened
from tests.factories.gml import KSJ_POINT, P20, ks_meta, ksj
from tests.factories.shapefile import write_shapefile, zip_of, zipped
from tests.factories.spreadsheet import write_xlsx
from tests.shared_data import shared_data

CSV = "名称,緯度,経度\n図書館,38.76,140.30\n".encode()
GEOJSON = b'{"type":"FeatureCollection","features":[]}'


def source(path: Path, layer_name: str | None = None) -> Source:
    with opened(path, layer_name) as found:
        assert found.main.is_file()
        return found


def refused(path: Path, layer_name: str | None = None) -> FileRefused:
    with pytest.raises(FileRefused) as refusal:
        source(path, layer_name)
    return refusal.value


@pytest.mark.parametrize("part", [".", "layer.shp", "layer.dbf", "layer.prj"])
def test_a_shapefile_is_found_by_its_folder_or_any_of_its_parts(tmp_path: Path, part: str) -> None:
    found = source(write_shapefile(tmp_path, labels="original_name,display_name\n") / part)
    assert (found.format, found.display_name) == ("shapefile", "layer")
    assert set(found.members) == {".shp", ".shx", ".dbf", ".prj", "attributes.csv"}


def test_endings_in_capitals_belong_together(tmp_path: Path) -> None:
    write_shapefile(tmp_path, name="HYOJ")
    for file in list(tmp_path.iterdir()):
        file.rename(file.with_suffix(file.suffix.upper()))
    assert set(source(tmp_path / "HYOJ.SHP").members) == {".shp", ".shx", ".dbf", ".prj"}
    assert source(tmp_path).display_name == "HYOJ"


@pytest.mark.parametrize(("missing", "code"), [("with_shp", "no_shp"), ("with_dbf", "no_dbf")])
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_shapefile_without_shapes_or_attributes_is_refused(
    tmp_path: Path, missing: str, code: str, kind: str
) -> None:
    folder = write_shapefile(tmp_path / "set", **{missing: False}, labels="original_name\n")  # type: ignore[arg-type]
    path = folder if kind == "folder" else zipped(folder, tmp_path / "set.zip")
    assert refused(path).code == code
    whole = write_shapefile(tmp_path / "whole")
    assert source(whole).format == "shapefile"


def test_naming_a_part_of_a_shapefile_without_shp_says_what_is_missing(tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path, with_shp=False)
    assert refused(folder / "layer.dbf").code == "no_shp"


def test_the_labels_beside_a_shapefile_are_never_a_layer(tmp_path: Path) -> None:
    (tmp_path / "attributes.csv").write_bytes(CSV)
    assert refused(tmp_path).code == "empty_folder"
    (tmp_path / "places.csv").write_bytes(CSV)
    assert source(tmp_path).display_name == "places"


@pytest.mark.parametrize("name_encoding", ["cp932", "utf-8", "utf-8-unflagged"])
def test_a_zip_from_windows_or_macos_gives_its_japanese_names(
    tmp_path: Path, name_encoding: str
) -> None:
    """表 and ソ end in a backslash byte in CP932."""
    folder = write_shapefile(tmp_path / "set", name="表示ソ_浸水履歴")
    found = source(zipped(folder, tmp_path / "a.zip", name_encoding=name_encoding, inside="日本/"))
    assert (found.kind, found.display_name) == ("zip", "表示ソ_浸水履歴")
    assert set(found.members) == {".shp", ".shx", ".dbf", ".prj"}


def test_the_zip_of_the_test_above_really_has_names_that_zipfile_reads_wrongly(
    tmp_path: Path,
) -> None:
    folder = write_shapefile(tmp_path / "set", name="表示")
    with zipfile.ZipFile(zipped(folder, tmp_path / "a.zip", name_encoding="cp932")) as opened_zip:
        assert not any("表示" in name for name in opened_zip.namelist())


def test_nothing_of_a_zip_is_left_behind_nor_written_beside_it(tmp_path: Path) -> None:
    path = zipped(write_shapefile(tmp_path / "set"), tmp_path / "a.zip")
    before = sorted(tmp_path.rglob("*"))
    with opened(path) as found:
        main = found.main
    assert not main.exists()
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_inside_a_zip_is_read_but_not_a_third_one(tmp_path: Path) -> None:
    inner = zipped(write_shapefile(tmp_path / "set"), tmp_path / "inner.zip").read_bytes()
    twice = zip_of({"P05-22_06.zip": inner}, tmp_path / "twice.zip")
    assert source(twice).display_name == "layer"
    thrice = zip_of({"outer.zip": twice.read_bytes()}, tmp_path / "thrice.zip")
    assert refused(thrice).code == "empty_archive"


@pytest.mark.parametrize(
    "name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "C:\\evil.csv", "..\\evil.csv"]
)
def test_a_zip_that_points_outside_itself_is_refused_whole(tmp_path: Path, name: str) -> None:
    path = zip_of({"good.csv": CSV, name: CSV}, tmp_path / "a.zip")
    assert refused(path).code == "zip_unsafe"
    assert [file.name for file in tmp_path.rglob("*")] == ["a.zip"]
    assert source(zip_of({"good.csv": CSV}, tmp_path / "b.zip")).format == "csv"


def test_a_symbolic_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    assert refused(zip_of({"a.csv": b"/etc/passwd"}, tmp_path / "a.zip", mode=0o120777)).code == (
        "zip_unsafe"
    )


def test_a_zip_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zip_of({"a.csv": CSV + b" " * 3_000_000}, tmp_path / "a.zip")
    assert source(path).format == "csv"
    monkeypatch.setattr(archive, "RATIO_FREE", 1_000_000)
    assert refused(path).code == "zip_too_big"
    monkeypatch.undo()
    monkeypatch.setattr(archive, "MAX_UNPACKED", 2_000_000)
    assert refused(path).code == "zip_too_big"


def test_a_zip_that_lies_about_its_sizes_is_still_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zip_of({"a.csv": CSV + b" " * 3_000_000}, tmp_path / "a.zip")
    data = path.read_bytes()
    real = (len(CSV) + 3_000_000).to_bytes(4, "little")
    path.write_bytes(data.replace(real, (10).to_bytes(4, "little")))
    monkeypatch.setattr(archive, "MAX_UNPACKED", 2_000_000)
    assert refused(path).code in ("zip_too_big", "zip_broken")


def test_a_zip_of_too_many_entries_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zip_of({f"{i}.txt": b"" for i in range(9)} | {"a.csv": CSV}, tmp_path / "a.zip")
    assert source(path).format == "csv"
    monkeypatch.setattr(archive, "MAX_ENTRIES", 9)
    assert refused(path).code == "zip_too_many"


def test_a_list_of_entries_that_would_fill_the_memory_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zip of 2 GB may list 27 million entries, and zipfile reads the list whole."""
    path = zip_of({f"{'長' * 80}{i}.csv": b"" for i in range(9_000)}, tmp_path / "a.zip")

    def listed(*_: Any) -> None:
        raise AssertionError("the list was read")

    monkeypatch.setattr(zipfile.ZipFile, "infolist", listed)
    assert refused(path).code == "zip_too_many"


def test_a_long_list_is_found_in_a_zip64_too(tmp_path: Path) -> None:
    data = zip_of({"a.csv": CSV}, tmp_path / "a.zip").read_bytes()
    end = data.rindex(b"PK\5\6")
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 2**40, end - 60)
    place = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
    tail = bytearray(data[end:])
    tail[12:20] = b"\xff" * 8
    (tmp_path / "b.zip").write_bytes(data[:end] + record + place + bytes(tail))
    assert refused(tmp_path / "b.zip").code == "zip_too_many"


def test_damaged_and_locked_zips_are_refused(tmp_path: Path) -> None:
    path = zip_of({"a.csv": CSV * 50}, tmp_path / "a.zip")
    data = bytearray(path.read_bytes())
    (tmp_path / "cut.zip").write_bytes(data[: len(data) // 2])
    assert refused(tmp_path / "cut.zip").code == "zip_broken"
    locked = bytes(data).replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
    )
    assert locked != data
    (tmp_path / "locked.zip").write_bytes(locked)
    assert refused(tmp_path / "locked.zip").code == "zip_encrypted"


def test_an_empty_zip_and_one_without_data_are_refused(tmp_path: Path) -> None:
    assert refused(zip_of({}, tmp_path / "a.zip")).code == "empty_archive"
    assert refused(zip_of({"readme.txt": b"hello"}, tmp_path / "b.zip")).code == "empty_archive"
    assert refused(shared_data("shapefiles-broken", "pyshp", "empty_zipfile.zip")).code == (
        "empty_archive"
    )


def test_one_of_several_layers_is_chosen_by_name(tmp_path: Path) -> None:
    for name in ("道路", "区域"):
        write_shapefile(tmp_path / "set", name=name)
    for path in (tmp_path / "set", zipped(tmp_path / "set", tmp_path / "a.zip")):
        refusal = refused(path)
        assert (refusal.code, refusal.params["layers"]) == ("several_layers", ["区域", "道路"])
        assert source(path, "区域").display_name == "区域"
        assert refused(path, "水路").code == "layer_unknown"


def test_a_real_zip_of_two_layers_lists_them() -> None:
    refusal = refused(shared_data("shapefiles-broken", "pyshp", "blockgroups_multishapefile.zip"))
    assert refusal.params["layers"] == ["blockgroups", "blockgroups2"]


def test_one_layer_in_two_encodings_is_read_in_utf8(tmp_path: Path) -> None:
    for folder in ("Shift-JIS", "UTF-8"):
        write_shapefile(tmp_path / "P29-21" / folder, name="P29-21_06")
    found = source(tmp_path / "P29-21")
    assert found.main.parent.name == "UTF-8"
    assert [problem.code for problem in found.problems] == ["layer_twice"]


def test_a_shapefile_goes_before_the_geojson_of_the_same_delivery(tmp_path: Path) -> None:
    write_shapefile(tmp_path, name="P29-21_06")
    (tmp_path / "P29-21_06.geojson").write_bytes(GEOJSON)
    assert source(tmp_path).format == "shapefile"
    (tmp_path / "P29-21_06.shp").unlink()
    assert source(tmp_path).format == "geojson"


def test_the_metadata_of_a_set_go_with_its_shapefile(tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path / "set" / "UTF-8", name="P29-21_06", prj=None)
    for name in ("P29-21_06", "P29-21_05"):
        (tmp_path / "set" / f"KS-META-{name}.xml").write_text(ks_meta(), encoding="utf-8")
    (folder / "P29-21_06.xml").write_text(ksj(KSJ_POINT, P20), encoding="utf-8")
    for path in (tmp_path / "set", zipped(tmp_path / "set", tmp_path / "P29-21_06_GML.zip")):
        found = source(path)
        assert found.format == "shapefile"
        assert set(found.members) == {".shp", ".shx", ".dbf", KS_META}
        assert found.problems == ()
    with opened(tmp_path / "set") as found:
        assert found.members[KS_META].name == "KS-META-P29-21_06.xml"
    alone = write_shapefile(tmp_path / "alone")
    (alone / "KS-META-layer.xml").write_text(ks_meta(), encoding="utf-8")
    assert KS_META in source(alone / "layer.shp").members


def test_metadata_of_two_other_sets_belong_to_neither(tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path, name="layer")
    for name in ("P29-21_06", "P29-21_05"):
        (folder / f"KS-META-{name}.xml").write_text(ks_meta(), encoding="utf-8")
    assert KS_META not in source(folder).members


def test_data_in_another_format_is_told_and_can_be_chosen(tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path / "set", name="道路")
    (folder / "施設.csv").write_bytes(CSV)
    (folder / "readme.txt").write_text("a, b\nc, d\n", encoding="utf-8")
    (folder / "package.json").write_text("{}", encoding="utf-8")
    for path in (folder, zipped(folder, tmp_path / "a.zip")):
        (told,) = source(path).problems
        assert (told.code, told.params["names"]) == ("files_passed_over", ["施設.csv"])
        assert (source(path, "施設").format, source(path, "道路").problems) == ("csv", ())


def test_a_workbook_and_a_csv_of_it_are_one_table_and_others_are_two(tmp_path: Path) -> None:
    (tmp_path / "施設.csv").write_bytes(CSV)
    write_xlsx(tmp_path / "施設.xlsx", ["名称"], ["図書館"])
    assert source(tmp_path).main.name == "施設.csv"
    write_xlsx(tmp_path / "項目定義.xlsx", ["名称"], ["図書館"])
    assert refused(tmp_path).params["layers"] == ["施設", "項目定義"]
    assert source(tmp_path, "項目定義").format == "xlsx"


def test_a_lock_file_of_excel_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "施設.csv").write_bytes(CSV)
    (tmp_path / "~$施設.xlsx").write_bytes(b"\x05name" + b"\0" * 100)
    assert source(tmp_path).problems == ()


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_bytes(CSV)
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.csv").symlink_to(tmp_path / "outside.csv")
    assert refused(folder).code == "empty_folder"
    (folder / "b.csv").write_bytes(CSV)
    (folder / "c").mkdir()
    (folder / "c" / "b.csv").symlink_to(folder / "b.csv")
    assert refused(folder).params["layers"] == ["b", "c/b"]


def test_the_digest_knows_the_same_content_again(tmp_path: Path) -> None:
    one = source(write_shapefile(tmp_path / "a")).digest.result()
    assert source(write_shapefile(tmp_path / "b")).digest.result() == one
    assert source(write_shapefile(tmp_path / "c", deleted=[0])).digest.result() != one


def test_a_shp_that_is_none_is_refused(tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path)
    (folder / "layer.shp").write_bytes(CSV)
    assert refused(folder).code == "shp_broken"
