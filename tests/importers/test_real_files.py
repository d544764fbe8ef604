"""Files that nobody here wrote, against what was measured on them (README of the data folder)."""

import contextlib
import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely

from importers.inspect import ImportOptions, inspect
from importers.problems import FileRefused, Severity
from tests.importers import reading
from tests.importers.cities import SHINJO, YAIZU
from tests.importers.reading import Found
from tests.shared_data import shared_data

# Set → features, type, EPSG, encoding, invalid areas, null shapes.
SHAPEFILES = {
    "shapefiles/yaizu_自治会区域": (35, "polygon", 2450, "cp932", 1, 0),
    "shapefiles/yaizu_小学校区": (13, "polygon", 2450, "cp932", 0, 0),
    "shapefiles/yaizu_埋蔵文化財": (63, "polygon", 2450, "cp932", 0, 0),
    "shapefiles/yaizu_緊急輸送路_一次緊急輸送路": (31, "line", 6668, "cp932", 0, 0),
    "shapefiles/yaizu_浸水履歴_平成10年": (209, "polygon", 4612, "cp932", 0, 0),
    "shapefiles/yaizu_浸水履歴_令和4年": (62, "polygon", 4326, "utf-8", 2, 0),
    "shapefiles/yaizu_都市計画図_第一種住居地域": (30, "polygon", 2450, "cp932", 2, 0),
    "shapefiles-broken/yaizu_浸水履歴_平成17年": (19, "polygon", 4612, "cp932", 0, 0),
    "shapefiles-broken/yaizu_浸水履歴_平成11年": (141, "polygon", 4612, "cp932", 0, 1),
    "shapefiles-broken/yaizu_浸水履歴_平成29年": (35, "polygon", 4612, "cp932", 1, 0),
    "shapefiles-broken/yaizu_75周年パレード_トイレ": (8, "point", 2450, "cp932", 0, 0),
    "shapefiles-broken/yaizu_標準宅地": (388, "point", 2450, "utf-8", 0, 0),
    "shapefiles-broken/yaizu_行政区域界": (123, "line", 2450, "utf-8", 0, 0),
}


def read(name: str, city: Any = YAIZU, **options: Any) -> Found:
    return reading.read(shared_data(*name.split("/")), city, **options)


def refused(name: str, **options: Any) -> FileRefused:
    return reading.refused(shared_data(*name.split("/")), YAIZU, **options)


def counts(found: Found) -> dict[str, int]:
    return dict(Counter(problem.code for problem in found.problems))


@pytest.mark.parametrize("name", SHAPEFILES)
def test_a_real_shapefile_is_read_as_it_was_measured(name: str) -> None:
    features, kind, epsg, encoding, invalid, null = SHAPEFILES[name]
    found = read(name)
    checked = found.checked
    assert (len(found.rows), checked.geometry_type) == (features, kind)
    assert (checked.crs.name, found.inspection.encoding.name) == (f"EPSG:{epsg}", encoding)
    told = counts(found)
    assert (told.get("polygon_repaired", 0), told.get("null_geometry", 0)) == (invalid, null)
    assert len(found.candidates) == features - null
    geometries = [candidate.geometry for candidate in found.candidates]
    assert shapely.is_valid(geometries).all()
    assert shapely.intersects(YAIZU.boundary, geometries).all()
    assert len({candidate.key for candidate in found.candidates}) == features - null
    assert "\ufffd" not in str(found.rows)


@pytest.mark.parametrize(
    "name", ["shapefiles/yaizu_自治会区域", "shapefiles/yaizu_浸水履歴_令和4年"]
)
def test_a_repair_keeps_the_area(name: str) -> None:
    repairs = [p.params for p in read(name).problems if p.code == "polygon_repaired"]
    assert repairs
    for areas in repairs:
        assert areas["after"] == pytest.approx(areas["before"], rel=0.001)
        assert areas["after"] > 1000


DELIVERIES = {
    "KML": ("a.kml", {"driver": "KML"}),
    "GeoPackage": ("a.gpkg", {"driver": "GPKG"}),
    "GML 3.1": ("a.gml", {"driver": "GML"}),
    "GML 2": ("a.gml", {"driver": "GML", "dataset_options": {"FORMAT": "GML2"}}),
    "GML 3.2": ("a.gml", {"driver": "GML", "dataset_options": {"FORMAT": "GML3.2"}}),
}


@pytest.mark.parametrize("delivery", DELIVERIES)
@pytest.mark.parametrize(
    "name",
    [
        "shapefiles/yaizu_緊急輸送路_一次緊急輸送路",
        "shapefiles/yaizu_小学校区",
        "shapefiles/yaizu_浸水履歴_令和4年",
        "shapefiles-broken/yaizu_標準宅地",
    ],
)
def test_a_real_set_gives_the_same_places_in_every_format_gdal_writes(
    tmp_path: Path, name: str, delivery: str
) -> None:
    """GDAL reads the shapefile and writes the other: neither is one of the importers' readers."""
    original = read(name)
    encoding = original.inspection.encoding.name
    meta, _, wkb, fields = pyogrio.raw.read(
        next(shared_data(*name.split("/")).glob("*.shp")), encoding=encoding
    )
    file, options = DELIVERIES[delivery]
    pyogrio.raw.write(
        tmp_path / file, wkb, fields, [str(field) for field in meta["fields"]],
        crs=original.checked.crs.name, geometry_type="Unknown", **options,
    )  # fmt: skip
    found = reading.read(tmp_path / file, YAIZU)
    assert len(found.candidates) == len(original.candidates)
    pairs = zip(original.candidates, found.candidates, strict=True)
    for one, other in pairs:
        assert one.geometry.equals_exact(other.geometry, 1e-8, normalize=True)
    kept = "EPSG:4326" if delivery == "KML" else original.checked.crs.name
    assert found.checked.crs.name == kept


def test_text_cut_in_mid_character_is_named_with_its_row() -> None:
    found = read("shapefiles-broken/yaizu_浸水履歴_平成17年")
    cut = [p for p in found.problems if p.code == "text_cut"]
    assert cut
    for problem in cut:
        value = found.rows[(problem.row or 0) - 1][problem.field]
        assert value == problem.params["text"]


def test_japanese_field_names_arrive_whole_and_labels_become_titles() -> None:
    floods = read("shapefiles/yaizu_浸水履歴_平成10年")
    assert {"日付", "異常気象名", "地域"} <= {c["name"] for c in floods.checked.columns}
    assert floods.candidates[0].properties["地域"] == "三ヶ名"
    schools = read("shapefiles/yaizu_小学校区")
    titles = {c["name"]: c["title"] for c in schools.checked.columns}
    assert titles["SAFIELD001"] == "学校名"
    assert all(candidate.name for candidate in schools.candidates)


# File → rows read, rejected, profile, key column, encoding.
TABLES = {
    "shinjo/gsi_emergency_062057.geojson": (34, 0, "gsi_emergency", "共通ID", "utf-8"),
    "shinjo/gsi_evacuation_062057.geojson": (32, 0, "gsi_evacuation", "共通ID", "utf-8"),
    "shinjo/estat_h27_small_areas_06205.csv": (49, 0, "estat_small_area", "", "utf-8"),
    "shinjo/boundary_06205_geolonia.geojson": (4, 0, "generic", "", "utf-8"),
    "geojson/文化財マップ.geojson": (157, 1, "generic", "", "utf-8"),
    "geojson/nanao_open_shelter_2024-09.geojson": (1, 0, "standard_emergency", "ID", "utf-8"),
    "csv-new-standard/222127_fire_hydrant.csv": (193, 0, "standard_fire_water", "ID", "utf-8"),
    "csv-new-standard/222127_public_toilet.csv": (112, 0, "standard_toilet", "ID", "utf-8"),
    "csv-new-standard/nanao_shelters.csv": (112, 0, "standard_emergency", "ID", "utf-8"),
    "csv-old-standard/222127_aed.csv": (82, 0, "recommended_aed", "NO", "utf-8"),
    "csv-old-standard/222127_community_center.csv": (9, 0, "recommended_facility", "NO", "utf-8"),
    "csv-old-standard/222127_evacuation_space.csv": (31, 0, "recommended_emergency", "NO", "utf-8"),
    "csv-old-standard/222127_library.csv": (11, 0, "recommended_facility", "NO", "utf-8"),
    "csv-old-standard/222127_preschool.csv": (60, 0, "recommended_childcare", "NO", "utf-8"),
    "csv-old-standard/222127_tourism.csv": (205, 0, "recommended_tourism", "NO", "utf-8"),
    "csv-own-layout/222127_douhoumusenkokyoku.csv": (200, 0, "recommended", "NO", "utf-8"),
    "csv-own-layout/222127_hinannjo.csv": (56, 0, "recommended", "NO", "utf-8"),
    "csv-own-layout/222127_hokago_dayservices.csv": (15, 0, "generic", "", "utf-8"),
    "csv-own-layout/machinakasuzumidokoro.csv": (108, 0, "generic", "", "utf-8"),
    "csv-own-layout/takamatsu_hospital.csv": (628, 1, "generic", "", "utf-8"),
    "csv-own-layout/yohairyosya.csv": (277, 0, "generic", "", "cp932"),
    "csv-own-layout/災害ごみ受入場所.csv": (2, 0, "generic", "", "utf-8"),
    "xlsx/cultural_property.xlsx": (183, 130, "generic", "", "utf-8"),
    "xlsx/evacuation_space.xlsx": (195, 0, "generic", "", "utf-8"),
}
NAMELESS = {"csv-new-standard/222127_fire_hydrant.csv"}


@pytest.mark.parametrize("name", TABLES)
def test_a_real_table_is_read_whole(name: str) -> None:
    rows, rejected, profile, key, encoding = TABLES[name]
    found = read(name, SHINJO if name.startswith("shinjo") else YAIZU)
    checked = found.checked
    assert (len(found.rows), checked.rejected) == (rows, rejected)
    assert (found.inspection.profile, checked.key_column) == (profile, key)
    assert found.inspection.encoding.name == encoding
    assert len({c.key for c in found.candidates}) == rows - rejected
    assert sum(1 for c in found.candidates if c.name) >= (
        0 if name in NAMELESS else 0.95 * len(found.candidates)
    )


def test_the_cities_emergency_sites_arrive_with_their_flags() -> None:
    found = read("shinjo/gsi_emergency_062057.geojson", SHINJO)
    sites = [candidate.properties for candidate in found.candidates]
    assert sum(site["地震"] == "1" for site in sites) == 34
    assert sum(site["洪水"] == "1" for site in sites) == 16  # half of them, as it is published
    assert counts(found) == {}


def test_a_shelter_list_with_prose_and_decimal_flags_needs_no_special_case() -> None:
    found = read("csv-new-standard/nanao_shelters.csv")
    first = found.candidates[0].properties
    assert (first["災害種別_洪水"], first["災害種別_大規模な火事"]) == ("1.0", None)
    assert first["想定収容人数"].startswith("屋内191人")
    assert "flag_unclear" not in counts(found)


def test_real_workbooks_keep_codes_marks_and_dates_and_put_nobody_at_0_0() -> None:
    heritage = read("xlsx/cultural_property.xlsx")
    assert {row["prefCode"] for row in heritage.rows} == {"37201"}
    assert heritage.rows[0]["culturalPropertyDate"] == "1904-08-29"
    nowhere = [row for row in heritage.rows if row["latitude"] == 0]
    assert len(nowhere) == 130  # in another city than theirs, no address places them
    assert counts(heritage)["address_unknown"] + counts(heritage)["no_position"] == 130
    shelters = read("xlsx/evacuation_space.xlsx")
    assert {row["flood_L2"] for row in shelters.rows} == {"○", "△", "×", "－", None}
    assert shelters.rows[0]["capacity"] == 238


def test_the_cities_places_without_coordinates_are_placed_or_named() -> None:
    found = read("shinjo/places.csv", SHINJO)
    blank = [row for row in found.rows if row["lat"] is None]
    placed = [c for c in found.candidates if c.provenance == "address_town"]
    assert len(found.rows) == 97
    assert len(placed) + found.checked.rejected == len(blank) > 0
    assert all(candidate.properties["lat"] is None for candidate in placed)
    errors = [p for p in found.problems if p.severity is Severity.ERROR]
    assert {problem.code for problem in errors} <= {"address_unknown", "no_position"}


def test_a_plane_geojson_lands_on_its_own_latitude_and_longitude() -> None:
    (candidate,) = read("geojson/nanao_open_shelter_2024-09.geojson").candidates
    assert candidate.geometry.x == pytest.approx(candidate.properties["経度"], abs=1e-4)
    assert candidate.geometry.y == pytest.approx(candidate.properties["緯度"], abs=1e-4)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("shinjo/N03-21_06_210101_s0010.topojson", "topojson"),
        ("shinjo/geolonia_towns_shinjo.json", "json_not_geojson"),
        ("roads/liechtenstein.osm.pbf", "unknown_format"),
        ("datum-grids/TKY2JGD.tif", "format_not_read"),
        ("jma/other/VXSE51_sample.xml", "format_not_read"),
        ("shapefiles-broken/pyshp/latin1.shp", "encoding_unknown_table"),
        ("shapefiles-broken/pyshp/empty_zipfile.zip", "empty_archive"),
        ("shapefiles-broken/pyshp/blockgroups_multishapefile.zip", "several_layers"),
        ("shapefiles-broken/pyshp/REL.zip", "crs_unsupported"),
        ("shapefiles-broken/mbostock/empty.shp", "no_rows"),
        ("shapefiles-broken/mbostock/null.shp", "outside_japan"),
    ],
)
def test_a_real_file_that_can_not_be_used_is_refused_for_its_reason(name: str, code: str) -> None:
    assert refused(name).code == code


def test_a_damaged_shapefile_is_not_rebuilt_into_something_it_is_not(tmp_path: Path) -> None:
    """Bytes trail behind its last record; without its index nobody can tell what they are."""
    for ending in (".shp", ".dbf"):
        original = shared_data("shapefiles-broken", "pyshp", f"corrupt_too_long{ending}")
        (tmp_path / original.name).write_bytes(original.read_bytes())
    with pytest.raises(FileRefused) as refusal:
        inspect(tmp_path, ImportOptions(), YAIZU)
    assert refusal.value.code == "shp_broken"


def test_every_blank_form_is_refused_as_having_no_rows() -> None:
    forms = sorted(shared_data("csv-old-standard", "blank-forms").glob("*.csv"))
    assert len(forms) == 13
    for form in forms:
        with pytest.raises(FileRefused) as refusal:
            inspect(form, ImportOptions(), YAIZU)
        assert refusal.value.code == "no_rows"


def test_western_text_is_read_once_its_encoding_is_named() -> None:
    refusal = refused("shapefiles-broken/pyshp/latin1.shp", encoding="latin-1", crs=6668)
    assert refusal.code == "outside_japan"  # it is read; it lies elsewhere


@pytest.mark.parametrize(
    "name",
    ["shapefiles/yaizu_自治会区域", "shinjo/gsi_emergency_062057.geojson", "shinjo/places.csv"],
)
def test_the_same_file_gives_the_same_result(name: str) -> None:
    city = SHINJO if name.startswith("shinjo") else YAIZU
    one, two = read(name, city), read(name, city)
    assert one.candidates == two.candidates
    assert one.record() == two.record()
    assert json.loads(json.dumps(one.record())) == one.record()


def test_the_real_files_are_only_read(tmp_path: Path) -> None:
    """A set is copied beside, read, and compared; the folder of real files is nobody's to write."""
    original = shared_data("shapefiles", "yaizu_浸水履歴_令和4年")
    for file in original.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    before = {f.name: (f.stat().st_mtime_ns, f.read_bytes()) for f in tmp_path.iterdir()}
    inspect(tmp_path, ImportOptions(), YAIZU)
    assert {f.name: (f.stat().st_mtime_ns, f.read_bytes()) for f in tmp_path.iterdir()} == before


def test_inspecting_leaves_every_real_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planner's files are only ever read, whatever GDAL is told to mend. Asked of a copy."""
    monkeypatch.setenv("SHAPE_RESTORE_SHX", "YES")
    copied = shutil.copytree(shared_data(), tmp_path / "data")
    files = [path for path in copied.rglob("*") if path.is_file()]

    def state() -> dict[str, tuple[int, str]]:
        return {
            str(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in files
        }

    before = state()
    for path in files:
        if path.suffix in {
            *(".shp", ".geojson", ".topojson", ".csv", ".zip", ".json", ".dbf", ".xlsx", ".xml"),
        }:
            with contextlib.suppress(FileRefused):
                inspect(path, ImportOptions(), YAIZU)
    assert state() == before
