"""GeoJSON as it is published."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.importers.reading import codes, read, refused

POINT = {"type": "Point", "coordinates": [140.30, 38.76]}


def feature(geometry: Any = POINT, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties or {"name": "図書館"}, "geometry": geometry}


def write(folder: Path, *features: Any, encoding: str = "utf-8", **members: Any) -> Path:
    path = folder / "places.geojson"
    document = {"type": "FeatureCollection", **members, "features": list(features)}
    path.write_bytes(json.dumps(document, ensure_ascii=False).encode(encoding))
    return path


def test_values_keep_their_json_type_and_deeper_ones_become_json_text(tmp_path: Path) -> None:
    given = {
        "name": "図書館", "n": 3, "x": 1.5, "b": True, "none": None, "blank": "",
        "list": ["a", 1], "deep": {"k": [1, {"v": "あ"}]}, "code": "06201",
    }  # fmt: skip
    found = read(write(tmp_path, feature(**given)))
    assert found.candidates[0].properties == {**given, "deep": '{"k":[1,{"v":"あ"}]}'}
    types = {column["name"]: column["type"] for column in found.checked.columns}
    assert (types["n"], types["x"], types["b"], types["code"]) == (
        "integer", "number", "boolean", "text",
    )  # fmt: skip


def test_rows_with_different_properties_share_one_schema(tmp_path: Path) -> None:
    found = read(write(tmp_path, feature(name="a", n=1), feature(name="b", m=2)))
    assert [column["name"] for column in found.checked.columns] == ["name", "n", "m"]
    assert found.rows[1] == {"name": "b", "n": None, "m": 2}


def test_what_no_database_stores_is_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        '{"type":"Feature","properties":{"name":"a\\u0000b\\ud800","x":NaN,"y":1e999},'
        '"geometry":{"type":"Point","coordinates":[140.3,38.76]}}',
        encoding="utf-8",
    )
    assert read(path).rows == [{"name": "ab\ufffd", "x": None, "y": None}]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932", "utf-16"])
def test_other_encodings_are_tolerated(tmp_path: Path, encoding: str) -> None:
    assert read(write(tmp_path, feature(), encoding=encoding)).candidates[0].name == "図書館"


def test_a_features_own_id_becomes_a_column_unless_there_is_one(tmp_path: Path) -> None:
    one = read(write(tmp_path, feature() | {"id": "w1"}), key="id")
    assert one.candidates[0].key == "w1"
    two = read(write(tmp_path, feature(id="p1", name="a") | {"id": "w1"}), key="id")
    assert two.candidates[0].key == "p1"


def test_a_single_feature_and_a_bare_geometry_are_read(tmp_path: Path) -> None:
    for document in (feature(), POINT):
        (tmp_path / "a.json").write_text(json.dumps(document), encoding="utf-8")
        assert len(read(tmp_path / "a.json").candidates) == 1


def test_the_crs_member_is_obeyed(tmp_path: Path) -> None:
    plane = {"type": "Point", "coordinates": [-45_000, -130_000]}
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::6678"}}
    found = read(write(tmp_path, feature(plane), crs=named))
    assert found.checked.crs.name == "EPSG:6678"
    assert found.candidates[0].geometry.x == pytest.approx(140.315065, abs=1e-5)
    without = refused(write(tmp_path, feature(plane)))
    assert without.code == "outside_japan"
    assert without.params["hint"]["params"]["example"] == 6678


def test_a_null_geometry_is_placed_by_its_address_or_rejected(tmp_path: Path) -> None:
    found = read(
        write(tmp_path, feature(), feature(None, name="a", 住所="本町1"), feature(None, name="b"))
    )
    assert codes(found) == [("placed_by_address", 2), ("null_geometry", 3)]
    assert [c.provenance for c in found.candidates] == ["surveyed", "address_town"]


def test_an_area_without_geometry_is_never_placed_by_its_address(tmp_path: Path) -> None:
    ring = [[140.30, 38.75], [140.31, 38.75], [140.31, 38.76], [140.30, 38.75]]
    area = feature({"type": "Polygon", "coordinates": [ring]})
    assert codes(read(write(tmp_path, area, feature(None, 住所="本町1")))) == [("null_geometry", 2)]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": ["a", "b"]},
        {"type": "Polygon", "coordinates": [[140.3, 38.7]]},
        {"type": "Blob", "coordinates": [1, 2]},
        {"coordinates": [1, 2]},
        "POINT (1 2)",
        [1, 2],
    ],
)
def test_a_geometry_that_is_none_rejects_its_row_only(tmp_path: Path, geometry: Any) -> None:
    found = read(write(tmp_path, feature(geometry), feature()))
    assert codes(found) == [("geometry_unreadable", 1)]
    assert [c.row for c in found.candidates] == [2]


def test_an_entry_that_is_no_feature_rejects_its_row_only(tmp_path: Path) -> None:
    assert codes(read(write(tmp_path, feature(), 7, {"type": "x"}))) == [
        ("not_a_feature", 2), ("not_a_feature", 3),
    ]  # fmt: skip


def test_points_and_areas_in_one_file_are_refused(tmp_path: Path) -> None:
    ring = [[140.30, 38.75], [140.31, 38.75], [140.31, 38.76], [140.30, 38.75]]
    area = {"type": "Polygon", "coordinates": [ring]}
    refusal = refused(write(tmp_path, feature(), feature(area), feature(area)))
    assert (refusal.code, refusal.params) == (
        "mixed_geometry", {"points": 1, "lines": 0, "polygons": 2},
    )  # fmt: skip
    both = {"type": "GeometryCollection", "geometries": [POINT, area]}
    assert codes(read(write(tmp_path, feature(), feature(both)))) == [("geometry_mixed", 2)]
    one = {"type": "GeometryCollection", "geometries": [POINT]}
    assert read(write(tmp_path, feature(one))).candidates[0].geometry.geom_type == "Point"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"type":"Topology","objects":{}}', "topojson"),
        ('{"type":"FeatureCollection"', "json_invalid"),
        ('[{"town":"本町"}]', "json_not_geojson"),
        ('{"a":1}', "json_not_geojson"),
        ('{"type":"FeatureCollection","features":[]}', "no_rows"),
        ("[" * 100_000, "json_not_geojson"),
    ],
)
def test_what_is_no_geojson_is_refused(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert refused(tmp_path / "a.json").code == code
