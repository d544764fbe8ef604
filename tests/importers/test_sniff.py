"""What a file is, by its bytes: what is read, what is refused by its name, and what only claims."""

import io
import socket
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from importers import limits
from importers.inspect import ImportOptions, inspect
from importers.messages import REFUSED, message
from importers.problems import FileRefused
from tests.factories.shapefile import write_shapefile, zipped
from tests.importers.cities import SHINJO
from tests.importers.test_source import CSV, GEOJSON, refused, source


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.csv", CSV, "csv"),
        ("a.txt", "名称\t緯度\t経度\nあ\t1\t2\n".encode("cp932"), "csv"),
        ("a.csv", "名称,緯度,経度\n".encode("utf-16"), "csv"),
        ("a.txt", GEOJSON, "geojson"),
        ("a.csv", b"\xef\xbb\xbf  " + GEOJSON, "geojson"),
    ],
)
def test_the_bytes_say_the_format_whatever_the_name(
    tmp_path: Path, name: str, data: bytes, expected: str
) -> None:
    (tmp_path / name).write_bytes(data)
    assert source(tmp_path / name).format == expected


def zipped_bytes(entries: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive_:
        for name, data in entries.items():
            archive_.writestr(name, data)
    return stream.getvalue()


def ole(*streams: str) -> bytes:
    names = b"".join(name.encode("utf-16-le") + b"\0\0" for name in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + names


XML = b"<?xml version='1.0' encoding='UTF-8'?>\n<!-- a note -->\n"
DATA = {
    "xlsx": zipped_bytes({"[Content_Types].xml": b"", "xl/workbook.xml": b""}),
    "geopackage": b"SQLite format 3\0" + b"\0" * 90,
    "kml": XML + b"<kml xmlns='http://www.opengis.net/kml/2.2'/>",
    "kml in a zip": zipped_bytes({"doc.kml": b"", "files/a.png": b""}),
    "gml": XML + b"<gml:x xmlns:gml='http://www.opengis.net/gml'/>",
    "gml of a server": XML + b"<wfs:FeatureCollection xmlns:wfs='http://www.opengis.net/wfs/2.0'/>",
    "gml in UTF-16": "<?xml version='1.0' encoding='UTF-16'?><a xmlns='http://www.opengis.net/gml'/>"
    .encode("utf-16"),
    "gml of KSJ": XML + b"<ksj:Dataset xmlns:ksj='http://nlftp.mlit.go.jp/ksj/schemas/ksj-app'/>",
    "gml of FGD": XML + b"<Dataset xmlns='http://fgd.gsi.go.jp/spec/2008/FGD_GMLSchema'/>",
    "geojson": GEOJSON,
    "csv": CSV,
}  # fmt: skip


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("ending", ["csv", "geojson", "zip", "xlsx", "dat"])
def test_every_format_is_known_by_its_bytes_whatever_its_ending(
    tmp_path: Path, name: str, ending: str
) -> None:
    (tmp_path / f"file.{ending}").write_bytes(DATA[name])
    assert source(tmp_path / f"file.{ending}").format == name.split()[0]


@pytest.mark.parametrize(
    ("data", "format_", "advice"),
    [
        (b"%PDF-1.7\n", "PDF", "document"), (b"<!DOCTYPE html><html>", "HTML", "document"),
        (b"\xef\xbb\xbf<!-- x --><HTML>", "HTML", "document"), (b"\x89PNG\r\n", "PNG", "document"),
        (ole("Workbook"), "Excel (.xls)", "spreadsheet"),
        (ole("Book"), "Excel (.xls)", "spreadsheet"),
        (ole("WordDocument"), "Word (.doc)", "document"),
        (ole("PowerPoint Document"), "PowerPoint (.ppt)", "document"),
        (zipped_bytes({"xl/workbook.bin": b""}), "Excel (.xlsb)", "spreadsheet"),
        (zipped_bytes({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                       "content.xml": b""}), "OpenDocument (.ods)", "spreadsheet"),
        (zipped_bytes({"mimetype": b"application/vnd.oasis.opendocument.text",
                       "content.xml": b""}), "OpenDocument", "document"),
        (zipped_bytes({"word/document.xml": b""}), "Word", "document"),
        (zipped_bytes({"ppt/presentation.xml": b""}), "PowerPoint", "document"),
        (zipped_bytes({"Index/Document.iwa": b""}), "Numbers", "spreadsheet"),
        (zipped_bytes({"city.gdb/a00000001.gdbtable": b""}), "File Geodatabase", "gis"),
        (XML + b"<core:CityModel xmlns:gml='http://www.opengis.net/gml'>", "CityGML", "gis"),
        (XML + b"<gpx version='1.1'>", "GPX", "gis"), (XML + b"<a/>", "XML", "source"),
        (XML + b"<MD_Metadata xmlns:gml='http://www.opengis.net/gml'/>", "XML", "source"),
        (XML + b"<?mso-application progid='Excel.Sheet'?><Workbook>", "Excel XML", "spreadsheet"),
        (b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n", "DXF", "cad"), (b"AC1032\0\0", "DWG", "cad"),
        (b'Version 300\nCharset "WindowsJapanese"\nCOLUMNS 2\n', "MapInfo MIF", "gis"),
        (b"fgb\x03fgb\x00", "FlatGeobuf", "gis"), (b"PAR1\0\0", "GeoParquet", "gis"),
        (b"Rar!\x1a\x07", "RAR", "unpack"), (b"\x1f\x8b\x08\0", "gzip", "unpack"),
        (b"$\x00-lh5-\0\0", "LZH", "unpack"),
    ],
)  # fmt: skip
def test_a_known_format_that_is_not_read_is_refused_by_its_name_with_what_to_do(
    tmp_path: Path, data: bytes, format_: str, advice: str
) -> None:
    (tmp_path / "file.csv").write_bytes(data)
    refusal = refused(tmp_path / "file.csv")
    assert (refusal.code, refusal.params["format"]) == ("format_not_read", format_)
    assert refusal.params["advice"]["code"] == f"advice_{advice}"
    with override("en"):
        assert message(refusal).startswith(f"“file.csv” is a {format_} file, which is not read")
        assert str(REFUSED[f"advice_{advice}"]) in message(refusal)


def test_a_workbook_locked_by_a_password_is_refused_with_how_to_unlock_it(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(ole("EncryptionInfo", "EncryptedPackage"))
    assert refused(tmp_path / "a.xlsx").code == "workbook_locked"


def test_the_only_file_in_a_zip_or_folder_is_refused_by_its_name_too(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "一覧.xls").write_bytes(ole("Workbook"))
    for path in (tmp_path / "set", zipped(tmp_path / "set", tmp_path / "a.zip")):
        refusal = refused(path)
        assert (refusal.code, refusal.params["name"]) == ("format_not_read", "一覧.xls")
    (tmp_path / "set" / "一覧.csv").write_bytes(CSV)
    assert source(tmp_path / "set").format == "csv"


def test_a_file_geodatabase_is_refused_by_its_folder(tmp_path: Path) -> None:
    table = tmp_path / "市.gdb" / "a00000001.gdbtable"
    table.parent.mkdir()
    table.write_bytes(b"\3\0\0\0")
    for path in (tmp_path, table.parent):
        refusal = refused(path)
        assert (refusal.params["format"], refusal.params["name"]) == ("File Geodatabase", "市.gdb")


@pytest.mark.parametrize("ending", ["csv", "geojson", "shp", "gpkg"])
@pytest.mark.parametrize(
    "text",
    [
        "<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>/etc/passwd</SrcDataSource>",
        "PG:host=127.0.0.1 dbname=gis_portal user=postgres",
        "PG:host=127.0.0.1, dbname=gis_portal, user=postgres\nx,y,z\n",
        "/vsicurl/http://127.0.0.1:9/a.geojson",
        "http://127.0.0.1:9/a.csv",
        '{"type": "FeatureCollection", "features": "/vsicurl/http://127.0.0.1:9/a.geojson"}',
        "<GDAL_WMS><Service name='TMS'><ServerUrl>http://127.0.0.1:9/</ServerUrl></Service>",
        "ESRI_JSON:http://127.0.0.1:9/",
    ],
)  # fmt: skip
def test_a_file_that_names_another_place_is_never_followed_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, ending: str
) -> None:
    """GDAL would take each of these for a data source and open what it names."""

    def dialled(*_: Any, **__: Any) -> None:
        raise AssertionError("a file made the importers call somebody")

    monkeypatch.setattr(socket.socket, "connect", dialled)
    path = tmp_path / f"a.{ending}"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileRefused) as refusal:
        inspect(path, ImportOptions(), SHINJO)
    assert refusal.value.code in (
        *("format_not_read", "unknown_format", "json_not_geojson", "no_coordinates", "no_rows"),
        "no_dbf",
    )  # fmt: skip
    assert "root:" not in message(refusal.value)


@pytest.mark.parametrize(
    "path", ["/vsicurl/http://127.0.0.1:9/a.csv", "PG:dbname=gis", "http://x/a"]
)
def test_a_path_that_is_an_address_is_no_file(path: str) -> None:
    assert refused(Path(path)).code == "file_missing"


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02\x03" * 40, b"just a sentence\nand another", bytes(range(128, 256)) * 9]
)
def test_anything_else_is_refused_with_what_would_be_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file.bin").write_bytes(data)
    assert refused(tmp_path / "file.bin").code == "unknown_format"


def test_an_empty_or_missing_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    assert refused(tmp_path / "empty.csv").code == "file_empty"
    assert refused(tmp_path / "none.csv").code == "file_missing"


# -- sizes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DATA)
def test_a_file_larger_than_its_format_may_be_is_refused_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(DATA[name])
    kind = source(path).format
    monkeypatch.setitem(limits.MAX_BYTES, kind, path.stat().st_size)
    assert source(path).format == kind
    monkeypatch.setitem(limits.MAX_BYTES, kind, path.stat().st_size - 1)
    refusal = refused(path)
    assert refusal.code in ("document_too_big", "file_too_big")
    assert refusal.params["name"] == "a.dat"


def test_parts_of_a_shapefile_and_zips_have_limits_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_shapefile(tmp_path / "set")
    path = zipped(folder, tmp_path / "a.zip")
    monkeypatch.setitem(limits.MAX_BYTES, "shapefile", 50)
    for each in (folder, folder / "layer.shp", path):
        refusal = refused(each)
        assert refusal.params["name"] == "layer.shp"
    monkeypatch.undo()
    monkeypatch.setitem(limits.MAX_BYTES, "zip", 50)
    assert refused(path).params["name"] == "a.zip"


def test_the_sentence_names_the_limit_in_megabytes_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert limits.MAX_BYTES["csv"] == 200 * 1024 * 1024
    assert limits.MAX_BYTES["geopackage"] == 2048 * 1024 * 1024
    big = tmp_path / "a.csv"
    big.write_bytes(CSV * 2_000)
    with big.open("r+b") as stream:
        stream.truncate(201 * 1024 * 1024)  # a hole: it takes no room
    with override("en"):
        text = message(refused(big))
    assert "201 MB" in text
    assert "200 MB" in text
    assert "GeoPackage" in text
