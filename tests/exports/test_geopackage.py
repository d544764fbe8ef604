"""GeoPackage: what programs read of it, and columns of any name."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pyogrio
import pytest

from layers.exports import geopackage
from tests.exports.written import downloads
from tests.factories import places

pytestmark = pytest.mark.django_db


def asked(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def test_title_source_and_licence_stand_where_programs_look(tmp_path: Path) -> None:
    layer = places.layer(
        attribution="新庄市「施設」", licence="CC BY 4.0", source_date=date(2026, 4, 1)
    )
    places.feature(layer)
    path = downloads(layer, tmp_path)["gpkg"]
    ((identifier, description),) = asked(path, "SELECT identifier, description FROM gpkg_contents")
    assert identifier == "placesの地図"
    assert (
        "出典：新庄市「施設」\nライセンス：CC BY 4.0\nもとのデータの日付：2026-04-01" in description
    )
    told = pyogrio.read_info(path)["layer_metadata"]
    assert (told["ATTRIBUTION"], told["LICENCE"]) == ("新庄市「施設」", "CC BY 4.0")


def test_columns_have_their_types_and_titles_and_features_their_ids(tmp_path: Path) -> None:
    schema = [
        {"name": "P1", "type": "integer", "title": "定員"},
        {"name": "日", "type": "date"},
        {"name": "半端な日", "type": "date"},
        {"name": "可", "type": "boolean"},
        {"name": "率", "type": "number"},
        {"name": "混合", "type": "integer"},
        {"name": "空", "type": "integer"},
    ]
    layer = places.layer(schema=schema)
    cells = {"P1": 30, "日": "2026-04-01", "半端な日": "1957-07", "可": True, "率": 1, "混合": 3}
    places.feature(layer, "1", properties=cells)
    made = places.feature(layer, "2", properties={"率": 0.5, "混合": "三", "P1": 2**70})
    path = downloads(layer, tmp_path)["gpkg"]
    columns = {name: kind for _, name, kind, *_ in asked(path, "PRAGMA table_info(places)")}
    assert [columns[entry["name"]] for entry in schema] == [
        *("REAL", "DATE", "TEXT", "BOOLEAN", "REAL", "TEXT", "INTEGER"),
    ]
    titles = asked(path, "SELECT column_name, name FROM gpkg_data_columns")
    assert titles == [("P1", "定員")]
    assert asked(path, "SELECT fid, 混合 FROM places ORDER BY fid")[1] == (made.pk, "三")
    assert pyogrio.read_info(path)["crs"] == "EPSG:6668"
    assert asked(path, "PRAGMA integrity_check") == [("ok",)]


def test_columns_that_differ_in_case_or_are_named_as_the_format_s_own_fit(tmp_path: Path) -> None:
    names = ["Name", "name", "fid", "GEOM", "ID", 'a"b', "x.y"]
    layer = places.layer(schema=[{"name": name, "type": "text"} for name in names])
    places.feature(layer, name="図書館", properties={name: f"{name}!" for name in names})
    path = downloads(layer, tmp_path)["gpkg"]
    (row,) = pyogrio.read_arrow(path)[1].to_pylist()
    assert [row[n] for n in ("Name", "name_2", "fid", "GEOM", "ID", 'a"b', "x.y")] == [
        f"{name}!" for name in names
    ]


def test_a_layer_of_more_columns_than_the_format_holds_has_the_other_downloads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(geopackage, "MOST_COLUMNS", 1)
    layer = places.layer()
    places.feature(layer)
    found = downloads(layer, tmp_path)
    assert set(found) == {"geojson", "csv", "kml", "cp932", "utf-8"}
    assert "no download as gpkg" in caplog.text
