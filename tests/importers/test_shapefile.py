"""Shapefiles, whole and broken on purpose."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon

from importers.problems import FileRefused
from importers.readers import shapefile
from tests.factories.shapefile import (
    PRJ_4612,
    Field,
    prj_plane,
    write_shapefile,
    zipped,
)
from tests.importers.reading import codes, read, refused
from tests.shared_data import shared_data

SQUARE = shapely.box(140.30, 38.75, 140.31, 38.76)
BOW_TIE = Polygon([(140.30, 38.75), (140.31, 38.76), (140.31, 38.75), (140.30, 38.76)])


def test_a_cp932_shapefile_without_any_declaration_is_read_as_written(tmp_path: Path) -> None:
    found = read(write_shapefile(tmp_path))
    assert [(c.row, c.name, c.geometry.wkt) for c in found.candidates] == [
        (1, "図書館", "POINT (140.3 38.76)"),
        (2, "体育館", "POINT (140.31 38.77)"),
    ]
    assert found.candidates[0].properties == {"名称": "図書館", "番号": 1}
    assert (found.inspection.encoding.name, found.checked.crs.name) == ("cp932", "EPSG:6668")
    assert codes(found) == []


def test_gdal_alone_would_have_read_mojibake(tmp_path: Path) -> None:
    """Negative control: why the table is not read by GDAL."""
    folder = write_shapefile(tmp_path)
    assert "名称" not in list(pyogrio.read_info(folder / "layer.shp")["fields"])


@pytest.mark.parametrize(
    ("encoding", "language_byte", "cpg"),
    [
        ("cp932", 0x13, "UTF-8"),
        ("cp932", 0x57, None),
        ("cp932", 0x00, "ANSI 932"),
        ("utf-8", 0x13, None),
        ("utf-8", 0x00, "Shift_JIS"),
    ],
)
def test_a_declaration_that_contradicts_the_bytes_does_no_harm(
    tmp_path: Path, encoding: str, language_byte: int, cpg: str | None
) -> None:
    folder = write_shapefile(tmp_path, encoding=encoding, language_byte=language_byte, cpg=cpg)
    found = read(folder)
    assert found.inspection.encoding.name == encoding
    assert [c.name for c in found.candidates] == ["図書館", "体育館"]


def test_text_cut_in_mid_character_is_repaired_and_named(tmp_path: Path) -> None:
    fields = (Field("名称", "C", 5),)
    folder = write_shapefile(tmp_path, fields=fields, rows=[{"名称": "図書館"}, {"名称": "公園"}])
    found = read(folder)
    assert [c.name for c in found.candidates] == ["図書", "公園"]
    assert codes(found) == [("text_cut", 1)]


def test_deleted_records_do_not_shift_the_shapes(tmp_path: Path) -> None:
    shapes = [Point(140.30 + i / 100, 38.76) for i in range(4)]
    rows = [{"名称": f"場所{i}", "番号": i} for i in range(4)]
    found = read(write_shapefile(tmp_path, shapes=shapes, rows=rows, deleted=[1]))
    assert [(c.row, c.name, c.geometry.x) for c in found.candidates] == [
        (1, "場所0", 140.30), (3, "場所2", 140.32), (4, "場所3", 140.33),
    ]  # fmt: skip
    assert codes(found) == [("records_deleted", None)]


@pytest.mark.parametrize("shapes_there", [0, 1, 7, 10, 12])
@pytest.mark.parametrize("deleted", [(), (0,), (2, 3, 4), (9,)])
def test_batches_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shapes_there: int, deleted: tuple[int, ...]
) -> None:
    """Deleted records, null shapes and a table of another length, where batches end and begin."""
    every = [None if i in (3, 8) else Point(140.30 + i / 100, 38.76) for i in range(shapes_there)]
    rows = [{"名称": f"場所{i}", "番号": i} for i in range(10)]
    folder = write_shapefile(tmp_path, shapes=every, rows=rows, deleted=deleted)

    def told() -> object:
        try:
            found = read(folder, key="番号")
        except FileRefused as refusal:
            return refusal.code, refusal.params
        places = [(c.row, c.key, c.name, c.geometry.wkt) for c in found.candidates]
        return places, codes(found), found.checked.read, found.checked.rejected

    whole = told()
    for size in (1, 3):
        monkeypatch.setattr(shapefile, "BATCH", size)
        assert told() == whole


def test_a_missing_shx_is_rebuilt_elsewhere_and_told(tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path, with_shx=False)
    before = sorted(file.name for file in folder.iterdir())
    found = read(folder)
    assert len(found.candidates) == 2
    assert codes(found) == [("shx_rebuilt", None)]
    assert sorted(file.name for file in folder.iterdir()) == before
    with pytest.raises(pyogrio.errors.DataSourceError):
        pyogrio.read_info(folder / "layer.shp")  # the setting did not stay on


def test_null_shapes_are_rejected_with_their_row(tmp_path: Path) -> None:
    found = read(write_shapefile(tmp_path, shapes=[SQUARE, None]))
    assert codes(found) == [("null_geometry", 2)]
    assert [c.row for c in found.candidates] == [1]
    assert found.checked.rejected == 1


def test_a_bow_tie_keeps_both_its_halves(tmp_path: Path) -> None:
    found = read(write_shapefile(tmp_path, shapes=[BOW_TIE, SQUARE]))
    tie, square = (c.geometry for c in found.candidates)
    assert (tie.geom_type, tie.is_valid) == ("MultiPolygon", True)
    assert tie.area == pytest.approx(square.area / 2)
    (problem,) = found.problems
    assert (problem.code, problem.row) == ("polygon_repaired", 1)
    assert problem.params["after"] == pytest.approx(482_809, rel=0.01)
    assert BOW_TIE.buffer(0).area < tie.area * 0.6  # what buffer(0) would have kept


def test_an_area_that_collapses_is_rejected(tmp_path: Path) -> None:
    flat = Polygon([(140.30, 38.75), (140.31, 38.76), (140.30, 38.75)])
    found = read(write_shapefile(tmp_path, shapes=[flat, SQUARE]))
    assert codes(found) == [("geometry_empty", 1)]


@pytest.mark.parametrize("dimension", ["z", "m"])
@pytest.mark.parametrize("shape", [Point(140.3, 38.76), SQUARE, LineString(SQUARE.exterior)])
def test_heights_and_measures_are_dropped_and_told(
    tmp_path: Path, dimension: str, shape: Any
) -> None:
    folder = write_shapefile(tmp_path, shapes=[shape, shape], **{dimension: True})
    found = read(folder)
    geometry = found.candidates[0].geometry
    assert (geometry.has_z, geometry.has_m) == (False, False)
    assert geometry.equals(shape)
    assert not np.isnan(shapely.get_coordinates(geometry)).any()
    assert codes(found)[0] == ("heights_dropped", None)


def test_single_and_multi_areas_go_together_and_closed_lines_stay_lines(tmp_path: Path) -> None:
    both = MultiPolygon([SQUARE, shapely.affinity.translate(SQUARE, 0.02)])
    areas = read(write_shapefile(tmp_path / "a", shapes=[SQUARE, both]))
    assert areas.checked.geometry_type == "polygon"
    assert [c.geometry.geom_type for c in areas.candidates] == ["Polygon", "MultiPolygon"]
    lines = read(write_shapefile(tmp_path / "b", shapes=[LineString(SQUARE.exterior)] * 2))
    assert lines.checked.geometry_type == "line"
    assert {c.geometry.geom_type for c in lines.candidates} == {"LineString"}


def test_a_hole_stays_a_hole(tmp_path: Path) -> None:
    ring = SQUARE.difference(SQUARE.buffer(-0.002))
    found = read(write_shapefile(tmp_path, shapes=[ring, SQUARE]))
    assert found.candidates[0].geometry.area == pytest.approx(ring.area)


def test_more_shapes_than_records_and_the_other_way_round_are_told(tmp_path: Path) -> None:
    short = read(write_shapefile(tmp_path / "a", rows=[{"名称": "図書館"}]))
    assert codes(short) == [("dbf_record_missing", 2)]
    long = read(write_shapefile(tmp_path / "b", shapes=[Point(140.3, 38.76)]))
    assert codes(long) == [("null_geometry", 2)]


# -- coordinate systems -----------------------------------------------------------------------

PLANE = [Point(-45_000, -130_000), Point(-44_000, -131_000)]


def test_plane_coordinates_land_in_the_city(tmp_path: Path) -> None:
    found = read(write_shapefile(tmp_path, shapes=PLANE, prj=prj_plane()))
    assert found.checked.crs.name == "EPSG:6678"
    assert codes(found) == []
    assert found.candidates[0].geometry.distance(Point(140.315065, 38.827809)) < 1e-5


def test_without_prj_the_zone_is_found_and_the_datum_asked(tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path, shapes=PLANE, prj=None)
    refusal = refused(folder)
    assert (refusal.code, refusal.params["example"]) == ("crs_missing", 6678)
    assert [label[:10] for label in refusal.params["candidates"]] == [
        "EPSG:6678 ", "EPSG:2452 ", "EPSG:30170",
    ]  # fmt: skip
    assert read(folder, crs=6678).checked.crs.evidence == "crs_chosen"


def test_without_prj_degrees_are_asked_about_too(tmp_path: Path) -> None:
    refusal = refused(write_shapefile(tmp_path, prj=None))
    assert (refusal.code, refusal.params["example"]) == ("crs_missing", 6668)


def test_an_empty_prj_is_no_prj(tmp_path: Path) -> None:
    assert refused(write_shapefile(tmp_path, prj=" \n")).code == "crs_missing"


@pytest.mark.parametrize(("shapes", "prj"), [(PLANE, prj_plane()), (None, PRJ_4612)])
def test_exchanged_axes_are_refused(tmp_path: Path, shapes: Any, prj: str) -> None:
    given = {"shapes": shapes} if shapes else {}
    swapped = write_shapefile(tmp_path / "a", prj=prj, swapped=True, **given)
    assert refused(swapped).code == "axes_swapped"
    unnamed = write_shapefile(tmp_path / "b", prj=None, swapped=True, **given)
    assert refused(unnamed).code == "crs_missing_swapped"
    straight = write_shapefile(tmp_path / "c", prj=prj, **given)
    assert read(straight).checked.rejected == 0


def test_degrees_with_a_prj_in_metres_are_refused(tmp_path: Path) -> None:
    refusal = refused(write_shapefile(tmp_path, prj=prj_plane()))
    assert refusal.code == "crs_contradicts"


def test_metres_with_a_prj_in_degrees_are_refused_with_the_zone_that_fits(tmp_path: Path) -> None:
    refusal = refused(write_shapefile(tmp_path, shapes=PLANE))
    assert refusal.code == "outside_japan"
    assert refusal.params["hint"]["params"]["example"] == 6678


def test_a_choice_outvotes_the_prj_and_says_so(tmp_path: Path) -> None:
    found = read(write_shapefile(tmp_path), crs="EPSG:4301")
    assert ("crs_against_file", None) in codes(found)
    assert found.candidates[0].geometry.distance(Point(140.3, 38.76)) > 0.003
    assert ("crs_against_file", None) not in codes(read(tmp_path, crs=6668))


def test_a_choice_needs_no_readable_prj(tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path, prj="garbage")
    assert refused(folder).code == "prj_unreadable"
    assert read(folder, crs=6668).checked.rejected == 0


def test_jgd2000_says_how_far_off_it_may_be(tmp_path: Path) -> None:
    found = read(write_shapefile(tmp_path, prj=PRJ_4612))
    (problem,) = found.problems
    assert (problem.code, problem.params["accuracy"]) == ("datum_grid_missing", "2.5")


def test_jgd2000_with_the_grid_lands_two_metres_further_east_and_nothing_is_told(
    tmp_path: Path,
) -> None:
    folder = write_shapefile(tmp_path, prj=PRJ_4612)
    exact = read(folder, grids=shared_data("datum-grids"))
    assert exact.problems == []
    without = read(folder)
    moved = exact.candidates[0].geometry.x - without.candidates[0].geometry.x
    assert 1.5 < moved * 86_900 < 2.3


# -- damage -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [60, 120])
def test_a_shp_that_was_cut_off_is_refused_or_its_rows_rejected(tmp_path: Path, size: int) -> None:
    folder = write_shapefile(tmp_path, with_shx=size == 120)
    shp = folder / "layer.shp"
    shp.write_bytes(shp.read_bytes()[:size])
    assert refused(folder).code in ("shp_broken", "nothing_usable")


def test_a_shx_that_points_nowhere_is_no_crash(tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path)
    shx = bytearray((folder / "layer.shx").read_bytes())
    shx[100:104] = (2**30).to_bytes(4, "big")
    (folder / "layer.shx").write_bytes(shx)
    found = read(folder)
    assert codes(found) == [("null_geometry", 1)]
    assert [c.name for c in found.candidates] == ["体育館"]


@pytest.mark.parametrize("restore", [None, "YES"])
def test_reading_never_touches_the_files_it_reads(tmp_path: Path, restore: str | None) -> None:
    """With SHAPE_RESTORE_SHX on, GDAL rewrites a .shx that is there, through a link as well."""
    folder = write_shapefile(tmp_path)
    for file in folder.iterdir():
        os.utime(file, (1, 1))
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": restore})
    try:
        read(folder)
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert {file.stat().st_mtime for file in folder.iterdir()} == {1}


def test_gdal_given_the_file_itself_would_have_rewritten_it(tmp_path: Path) -> None:
    """Negative control for the test above."""
    folder = write_shapefile(tmp_path / "real")
    link = tmp_path / "link"
    link.mkdir()
    for ending in (".shp", ".shx"):
        (link / f"layer{ending}").symlink_to(folder / f"layer{ending}")
        os.utime(folder / f"layer{ending}", (1, 1))
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
    try:
        pyogrio.read_info(link / "layer.shp")
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
    assert (folder / "layer.shx").stat().st_mtime != 1


def test_labels_beside_the_set_become_titles_and_names_stay(tmp_path: Path) -> None:
    labels = "original_name,display_name,label_flag\nitem2,学校名,1\nitem9,なし\n\nitem3\n"
    fields = (Field("item1", "N", 4), Field("item2"))
    rows = [{"item1": 1, "item2": "日新小学校"}, {"item1": 2, "item2": "北辰小学校"}]
    found = read(write_shapefile(tmp_path, fields=fields, rows=rows, labels=labels))
    assert found.checked.columns == (
        {"name": "item1", "type": "integer", "title": "item1"},
        {"name": "item2", "type": "text", "title": "学校名"},
    )
    assert found.candidates[0].name == "日新小学校"
    assert found.candidates[0].properties["item2"] == "日新小学校"


def test_a_zip_reads_like_its_folder(tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path / "set", name="浸水履歴")
    one = read(folder)
    two = read(zipped(folder, tmp_path / "a.zip", name_encoding="cp932"))
    assert [(c.key, c.properties) for c in one.candidates] == [
        (c.key, c.properties) for c in two.candidates
    ]
    assert two.record()["file"] == "a.zip"


def test_coded_fields_of_the_national_land_data_are_named_by_edition(tmp_path: Path) -> None:
    fields = tuple(Field(f"P29_{i:03d}", "C", 30) for i in range(1, 8))
    values = ["06205", "B106", "16001", "日新小学校", "山形県新庄市下金沢町16-4", "3", "1"]
    row = {field.name: value for field, value in zip(fields, values, strict=True)}
    folder = write_shapefile(tmp_path, name="P29-21_06", fields=fields, rows=[row, row])
    candidate = read(folder).candidates[0]
    assert (candidate.name, candidate.address) == ("日新小学校", "山形県新庄市下金沢町16-4")
    old = write_shapefile(tmp_path / "old", name="P29-13_06", fields=fields, rows=[row, row])
    found = read(old)
    assert found.candidates[0].name == values[4]  # 005 was the name in 2013
    assert found.checked.columns[4]["title"] == "名称"
