"""GeoPackages: layers, columns, systems, and databases made to do harm."""

import sqlite3
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from shapely.geometry import LineString, MultiPoint, Point, Polygon

from importers.readers import geopackage
from importers.table import Held
from tests.factories.geopackage import ROWS, SYSTEMS, Layer, blob, write_geopackage
from tests.factories.shapefile import PRJ_6668, prj_plane, zip_of
from tests.importers.reading import codes, read, refused


def row(path: Path, **options: Any) -> dict[str, Any]:
    return read(path, **options).rows[0]


@pytest.mark.parametrize("name", ["a.gpkg", "a.csv", "避難所 100%#?.gpkg"])
def test_a_layer_becomes_rows_with_their_ids(tmp_path: Path, name: str) -> None:
    found = read(write_geopackage(tmp_path / name))
    assert found.rows == [
        {"fid": 1, "名称": "図書館", "定員": 120}, {"fid": 2, "名称": "体育館", "定員": 80},
    ]  # fmt: skip
    assert [(c.row, c.name, c.geometry.wkt) for c in found.candidates] == [
        (1, "図書館", "POINT (140.3 38.76)"), (2, "体育館", "POINT (140.31 38.77)"),
    ]  # fmt: skip
    assert (found.checked.crs.name, found.checked.crs.evidence) == ("EPSG:6668", "crs_gpkg")
    assert codes(found) == []


def test_what_gdal_writes_is_read_as_gdal_reads_it(tmp_path: Path) -> None:
    """The format's best-known writer and reader, which have no line in common with this one."""
    shapes = np.array([Polygon([(140.3, 38.7), (140.4, 38.7), (140.4, 38.8)]), None], dtype=object)
    fields = [np.array(["北部", "南部"], dtype=object), np.array([1.5, np.nan])]
    path = tmp_path / "a.gpkg"
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), fields, ["名称", "面積"],
        driver="GPKG", geometry_type="Polygon", crs="EPSG:6668", layer="区域",
    )  # fmt: skip
    found = read(path)
    _, fids, wkb, (names, areas) = pyogrio.raw.read(path, return_fids=True)
    assert [row["fid"] for row in found.rows] == list(fids)
    assert [row["名称"] for row in found.rows] == list(names)
    assert [row["面積"] for row in found.rows] == [areas[0], None]
    assert isinstance(found.table.shapes, Held)
    assert list(found.table.shapes.objects) == list(shapely.from_wkb(wkb))
    assert found.checked.crs.name == "EPSG:6668"


def test_columns_have_the_types_that_are_declared(tmp_path: Path) -> None:
    fields = {
        "番号": "TEXT", "公開": "BOOLEAN", "面積": "DOUBLE", "日": "DATE", "時": "DATETIME",
        "写真": "BLOB", "空": "INTEGER", "混": "INTEGER", "無": "REAL",
    }  # fmt: skip
    rows = [
        {"番号": "06205", "公開": 1, "面積": 12.0, "日": "2024-04-01", "混": 1,
         "時": "2024-04-01T09:00:00.000Z", "写真": b"\x89PNG", "無": float("inf")},
        {"番号": "06206", "公開": 0, "面積": 3, "日": "2024-04-02", "混": "不明", "時": None},
    ]  # fmt: skip
    found = read(write_geopackage(tmp_path / "a.gpkg", {"層": Layer(rows, fields=fields)}))
    assert found.rows[0] == {
        "fid": 1, "番号": "06205", "公開": True, "面積": 12.0, "日": "2024-04-01",
        "時": "2024-04-01T09:00:00.000Z", "空": None, "混": "1", "無": None,
    }  # fmt: skip
    assert {c.name: c.type for c in found.table.columns} == {
        "fid": "integer", "番号": "text", "公開": "boolean", "面積": "number", "日": "date",
        "時": "text", "空": "integer", "混": "text", "無": "number",
    }  # fmt: skip
    assert codes(found) == [("dbf_type_skipped", None)]


def test_aliases_become_titles(tmp_path: Path) -> None:
    path = write_geopackage(tmp_path / "a.gpkg", titles={"避難所": {"定員": "収容人数"}})
    assert {c.name: c.title for c in read(path).table.columns}["定員"] == "収容人数"


@pytest.mark.parametrize("key", ["fid", "ogc_fid", "番号"])
def test_the_id_keeps_its_name_and_orders_the_rows(tmp_path: Path, key: str) -> None:
    rows = [{key: 7, "名称": "b"}, {key: 3, "名称": "a"}]
    path = write_geopackage(tmp_path / "a.gpkg", {"層": Layer(rows, key=key)})
    assert [(row[key], row["名称"]) for row in read(path).rows] == [(3, "a"), (7, "b")]


# -- geometry ---------------------------------------------------------------------------------


@pytest.mark.parametrize("envelope", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("big", [False, True])
def test_every_header_of_a_geometry_is_read(tmp_path: Path, envelope: int, big: bool) -> None:
    shapes = [blob(Point(140.3, 38.76), envelope=envelope, big=big)]
    found = read(write_geopackage(tmp_path / "a.gpkg", {"層": Layer(ROWS[:1], shapes)}))
    assert found.candidates[0].geometry.wkt == "POINT (140.3 38.76)"


def test_missing_empty_and_unreadable_geometries_reject_their_rows_only(tmp_path: Path) -> None:
    good = blob(LineString([(140.3, 38.7), (140.4, 38.8)])) or b""
    shapes = [good, None, blob(LineString()), b"GP\x00\x01", b"\x00\x01\x02", good[:30], b"",
              b"GP\x00\x21" + good[4:], b"GP\x00\x0d" + good[4:]]  # fmt: skip
    found = read(write_geopackage(tmp_path / "a.gpkg", {"層": Layer([{}] * 9, shapes)}))
    assert [c.row for c in found.candidates] == [1]
    told = codes(found)
    assert [n for code, n in told if code == "geometry_unreadable"] == [4, 5, 6, 7, 8, 9]
    assert {n for code, n in told if code == "null_geometry"} >= {2, 3}


def test_a_curved_geometry_is_told_not_cut_short(tmp_path: Path) -> None:
    arc = struct.pack("<BII6d", 1, 8, 3, 140.3, 38.7, 140.35, 38.8, 140.4, 38.7)  # CIRCULARSTRING
    shapes = [(blob(Point(0, 0)) or b"")[:8] + arc, Point(140.3, 38.76)]
    found = read(write_geopackage(tmp_path / "a.gpkg", {"層": Layer(ROWS, shapes)}))
    assert ("geometry_curved", 1) in codes(found)
    assert [c.row for c in found.candidates] == [2]


def test_heights_are_dropped_and_told(tmp_path: Path) -> None:
    layer = Layer(ROWS[:1], [MultiPoint([(140.3, 38.76, 97.0), (140.31, 38.77, 98.0)])])
    assert codes(read(write_geopackage(tmp_path / "a.gpkg", {"層": layer}))) == [
        ("heights_dropped", None)
    ]


# -- coordinate systems -----------------------------------------------------------------------


def test_the_system_is_found_by_its_code(tmp_path: Path) -> None:
    layer = Layer(ROWS[:1], [Point(-45000, -130000)], srs_id=6678)
    found = read(write_geopackage(tmp_path / "a.gpkg", {"層": layer}))
    assert found.checked.crs.name == "EPSG:6678"
    assert found.candidates[0].geometry.x == pytest.approx(140.315065, abs=1e-5)


@pytest.mark.parametrize(
    ("definition", "at", "epsg"),
    [(PRJ_6668, Point(140.3, 38.76), 6668), (prj_plane(), Point(-45000, -130000), 6678)],
)
def test_a_code_of_ones_own_is_found_by_its_definition(
    tmp_path: Path, definition: str, at: Point, epsg: int
) -> None:
    systems = (*SYSTEMS, (100_000, "QGIS", 100_000, definition), (100_001, "EPSG", 27700, "?"))
    path = write_geopackage(
        tmp_path / "a.gpkg", {"層": Layer(ROWS[:1], [at], srs_id=100_000)}, systems=systems
    )
    assert read(path).checked.crs.name == f"EPSG:{epsg}"
    other = write_geopackage(
        tmp_path / "b.gpkg", {"層": Layer(ROWS[:1], [at], srs_id=100_001)}, systems=systems
    )
    assert refused(other).params["crs"] == "EPSG:27700"
    assert read(other, crs=epsg).checked.crs.name == f"EPSG:{epsg}"


@pytest.mark.parametrize("srs_id", [0, -1, 99])
def test_an_undefined_system_is_asked_for(tmp_path: Path, srs_id: int) -> None:
    path = write_geopackage(tmp_path / "a.gpkg", {"層": Layer(srs_id=srs_id)})
    assert refused(path).code == "crs_missing"
    assert read(path, crs=6668).candidates


# -- layers -----------------------------------------------------------------------------------

STYLES = "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, f_table_name TEXT, styleQML TEXT)"
STYLED = (
    STYLES,
    "INSERT INTO layer_styles VALUES (1, '避難所', '<qgis/>')",
    "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('layer_styles', 'attributes')",
)


def test_of_several_layers_one_is_chosen(tmp_path: Path) -> None:
    area = Layer([{"名称": "北部"}], [Polygon([(140.3, 38.7), (140.4, 38.7), (140.4, 38.8)])])
    path = write_geopackage(
        tmp_path / "a.gpkg", {"避難所": Layer(), "区域": area}, statements=STYLED
    )
    refusal = refused(path)
    assert (refusal.code, refusal.params["layers"]) == ("several_layers", ["避難所", "区域"])
    found = read(path, layer_name="区域")
    assert (found.checked.geometry_type, found.table.display_name) == ("polygon", "区域")
    assert refused(path, layer_name="layer_styles").code == "layer_unknown"


def test_a_programs_own_tables_are_no_layers(tmp_path: Path) -> None:
    found = read(write_geopackage(tmp_path / "a.gpkg", statements=STYLED))
    assert (found.table.display_name, codes(found)) == ("a", [])


def test_a_table_beside_the_only_layer_is_passed_over_and_told(tmp_path: Path) -> None:
    layers = {"避難所": Layer(), "区分": Layer([{"名称": "1"}], None)}
    found = read(write_geopackage(tmp_path / "a.gpkg", layers))
    assert len(found.candidates) == 2
    assert codes(found) == [("tables_passed_over", None)]


@pytest.mark.parametrize("data_type", ["attributes", "aspatial"])
def test_a_table_without_shapes_is_read_like_a_csv(tmp_path: Path, data_type: str) -> None:
    rows = [{"名称": "図書館", "緯度": 38.76, "経度": "140.30"}, {"名称": "分館", "住所": "本町2"}]
    fields = {"名称": "TEXT", "住所": "TEXT", "緯度": "REAL", "経度": "TEXT"}
    layer = Layer(rows, None, fields=fields, data_type=data_type)
    found = read(write_geopackage(tmp_path / "a.gpkg", {"表": layer}))
    assert [c.geometry.wkt for c in found.candidates] == [
        "POINT (140.3 38.76)", "POINT (140.30109 38.76613)",
    ]  # fmt: skip
    assert codes(found) == [("placed_by_address", 2)]
    plain = write_geopackage(tmp_path / "b.gpkg", {"表": Layer(ROWS, None)})
    assert refused(plain).code == "no_coordinates"


def test_a_name_with_quotes_in_it_is_a_name(tmp_path: Path) -> None:
    path = write_geopackage(tmp_path / "a.gpkg", {'x" ; DROP TABLE gpkg_contents; --': Layer()})
    assert len(read(path).rows) == 2


def test_layers_that_are_registered_and_not_there_are_no_layers(tmp_path: Path) -> None:
    lost = "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('消えた', 'features')"
    assert len(read(write_geopackage(tmp_path / "a.gpkg", statements=[lost])).rows) == 2
    none = write_geopackage(tmp_path / "b.gpkg", statements=["DELETE FROM gpkg_contents"])
    assert refused(none).code == "gpkg_no_layers"


def test_an_empty_layer_is_refused_as_empty(tmp_path: Path) -> None:
    assert refused(write_geopackage(tmp_path / "a.gpkg", {"層": Layer([], [])})).code == "no_rows"


@pytest.mark.parametrize(
    ("tables", "format_"),
    [
        (["tiles", "metadata"], "MBTiles"),
        (["geometry_columns", "spatial_ref_sys"], "SpatiaLite"),
        (["places"], "SQLite"),
    ],
)
def test_another_kind_of_database_is_refused_by_its_name(
    tmp_path: Path, tables: list[str], format_: str
) -> None:
    database = sqlite3.connect(tmp_path / "a.gpkg")
    for table in tables:
        database.execute(f"CREATE TABLE {table} (x)")
    database.commit()
    database.close()
    refusal = refused(tmp_path / "a.gpkg")
    assert (refusal.code, refusal.params["format"]) == ("format_not_read", format_)


def test_a_geopackage_in_a_zip_and_its_layer_are_chosen(tmp_path: Path) -> None:
    data = write_geopackage(
        tmp_path / "a.gpkg", {"北": Layer(), "南": Layer(ROWS[:1])}
    ).read_bytes()
    one = zip_of({"data/市.gpkg": data}, tmp_path / "one.zip")
    assert refused(one).params["layers"] == ["北", "南"]
    assert len(read(one, layer_name="南").rows) == 1
    two = zip_of({"市.gpkg": data, "町.gpkg": data}, tmp_path / "two.zip")
    assert refused(two).params["layers"] == ["市", "町"]
    assert refused(two, layer_name="町").params["layers"] == ["町/北", "町/南"]
    assert len(read(two, layer_name="町/南").rows) == 1


# -- a file in use, damaged, or made to do harm -----------------------------------------------


def view(statement: str) -> Layer:
    return Layer(view=f'CREATE VIEW "眺め" AS {statement}')


def test_a_view_is_a_layer(tmp_path: Path) -> None:
    layers = {
        "避難所": Layer(),
        "眺め": view('SELECT fid, geom, upper("名称") AS 名称 FROM "避難所"'),
    }
    path = write_geopackage(tmp_path / "a.gpkg", layers)
    found = read(path, layer_name="眺め")
    assert found.rows == [{"fid": 1, "名称": "図書館"}, {"fid": 2, "名称": "体育館"}]
    assert len(found.candidates) == 2


def test_a_view_can_not_call_what_the_file_was_not_meant_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control is the same view with SQLite's guard off: there it calls."""
    path = write_geopackage(
        tmp_path / "a.gpkg", {"眺め": view("SELECT 1 AS fid, NULL AS geom, spy() AS 名称")}
    )
    calls: list[int] = []

    def connected() -> sqlite3.Connection:
        database = geopackage.connection(path)
        database.create_function("spy", 0, lambda: calls.append(1))
        return database

    database = connected()
    with pytest.raises(sqlite3.OperationalError, match="unsafe use of spy"):
        database.execute('SELECT * FROM "眺め"').fetchall()
    database.close()
    assert calls == []
    monkeypatch.setattr(geopackage, "SAFE", ("PRAGMA trusted_schema = ON",))
    database = connected()
    database.execute('SELECT * FROM "眺め"').fetchall()
    database.close()
    assert calls == [1]
    monkeypatch.undo()
    assert refused(path).code == "gpkg_unreadable"  # and without anybody's function


@pytest.mark.parametrize("call", ["load_extension('x')", "readfile('/etc/passwd')", "ST_Buffer(1)"])
def test_a_view_that_needs_a_program_is_refused(tmp_path: Path, call: str) -> None:
    layer = view(f"SELECT 1 AS fid, NULL AS geom, {call} AS 名称")
    refusal = refused(write_geopackage(tmp_path / "a.gpkg", {"眺め": layer}))
    assert refusal.code == "gpkg_unreadable"


ENDLESS = (
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
    "SELECT max(x) AS fid, NULL AS geom, '' AS 名称 FROM n"
)


def test_a_view_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geopackage, "MAX_SECONDS", 0.5)
    path = write_geopackage(tmp_path / "a.gpkg", {"眺め": view(ENDLESS)})
    begun = time.monotonic()
    assert refused(path).code == "gpkg_too_slow"
    assert time.monotonic() - begun < 10


def test_a_value_made_to_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = view("SELECT 1 AS fid, NULL AS geom, hex(zeroblob(2000000)) AS 名称")
    path = write_geopackage(tmp_path / "a.gpkg", {"眺め": huge})
    assert refused(path).code == "nothing_usable"  # it is read; it has no geometry
    monkeypatch.setattr(geopackage, "MAX_VALUE", 1_000_000)
    assert refused(path).code == "gpkg_unreadable"


def test_nothing_is_written_and_what_lies_beside_is_not_read(tmp_path: Path) -> None:
    """A copy taken while QGIS has the file open lies beside its journal."""
    path = write_geopackage(tmp_path / "a.gpkg", statements=["PRAGMA journal_mode = WAL"])
    before = path.read_bytes()
    assert before[18] == 2  # It says of itself that there may be a journal.
    assert codes(read(path)) == []
    (tmp_path / "a.gpkg-wal").write_bytes(b"\x37\x7f\x06\x82" + b"\0" * 100)
    assert codes(read(path)) == [("gpkg_unsaved", None)]
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.gpkg", "a.gpkg-wal"]


def test_text_that_is_no_utf_8_is_told_with_its_row(tmp_path: Path) -> None:
    spoilt = "UPDATE \"避難所\" SET 名称 = CAST(x'8140' AS TEXT) WHERE fid = 2"
    found = read(write_geopackage(tmp_path / "a.gpkg", statements=[spoilt]))
    assert codes(found) == [("text_unreadable", 2)]
    assert found.rows[0]["名称"] == "図書館"


@pytest.mark.parametrize("cut", [200, 5_000, 20_000])
def test_a_damaged_database_is_refused(tmp_path: Path, cut: int) -> None:
    data = write_geopackage(tmp_path / "a.gpkg").read_bytes()
    (tmp_path / "cut.gpkg").write_bytes(data[:cut])
    assert refused(tmp_path / "cut.gpkg").code == "gpkg_unreadable"
