"""Coordinate systems: what a file says, what its numbers say, and the way to stored degrees."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from importers import crs
from importers.datum import MOVED_GRID, TOKYO_GRID, to_wgs
from importers.guess import candidates
from importers.problems import FileRefused
from tests.importers.cities import SHINJO
from tests.shared_data import shared_data

GEOD = pyproj.Geod(ellps="GRS80")


def metres(one: Point, lon: float, lat: float) -> float:
    return float(GEOD.inv(one.x, one.y, lon, lat)[2])


def array(*points: tuple[float, float]) -> np.ndarray:
    return np.array([Point(*point) for point in points], dtype=object)


@pytest.mark.parametrize("epsg", sorted(crs.SYSTEMS))
@pytest.mark.parametrize("version", ["WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"])
def test_every_supported_system_is_known_by_its_prj(epsg: int, version: str) -> None:
    found = crs.from_prj(pyproj.CRS(epsg).to_wkt(version))
    assert (crs.epsg_of(found), found.evidence) == (epsg, "crs_prj")


def test_the_zones_origins_are_those_of_epsg() -> None:
    for zone, (latitude, longitude) in enumerate(crs.PLANE_ORIGINS, start=1):
        for first in crs.PLANE_ZONE_I.values():
            parameters = {
                p.name: p.value
                for p in pyproj.CRS(first + zone - 1).coordinate_operation.params  # type: ignore[union-attr]
            }
            assert parameters["Latitude of natural origin"] == pytest.approx(latitude, abs=1e-9)
            assert parameters["Longitude of natural origin"] == pytest.approx(longitude, abs=1e-9)


def unnamed(epsg: int) -> str:
    text = pyproj.CRS(epsg).to_wkt("WKT1_ESRI")
    for name in ("D_JGD_2011", "D_JGD_2000"):
        text = text.replace(name, "D_unknown")
    return text.replace("JGD_2011", "unknown").replace("JGD_2000", "unknown")


@pytest.mark.parametrize(("epsg", "both"), [(6678, (6678, 2452)), (6668, (6668, 4612))])
def test_an_unnamed_datum_is_asked_about_with_both_candidates(
    epsg: int, both: tuple[int, int]
) -> None:
    with pytest.raises(FileRefused) as refusal:
        crs.from_prj(unnamed(epsg))
    assert refusal.value.code == "crs_ambiguous"
    assert [int(label[5:9]) for label in refusal.value.params["candidates"]] == list(both)
    named = pyproj.CRS(epsg).to_wkt("WKT1_ESRI")
    assert crs.epsg_of(crs.from_prj(named)) == epsg


@pytest.mark.parametrize("epsg", [4283, 4269, 4490, 31287, 2927, 27700])
def test_other_countries_systems_are_refused_by_name(epsg: int) -> None:
    with pytest.raises(FileRefused) as refusal:
        crs.from_prj(pyproj.CRS(epsg).to_wkt("WKT1_ESRI"))
    assert refusal.value.code == "crs_unsupported"


def test_a_datum_renamed_by_epsg_is_still_the_same_code() -> None:
    text = pyproj.CRS(6678).to_wkt("WKT1_ESRI").replace("JGD_2011", "JGD_2024")
    assert crs.epsg_of(crs.from_prj(text)) == 6678


def test_towgs84_parameters_do_not_make_a_datum_wgs84() -> None:
    proj = "+proj=tmerc +lat_0=40 +lon_0=140.833333333333 +k=0.9999 +ellps={} +towgs84={},0,0,0,0"
    tokyo = pyproj.CRS(proj.format("bessel", "-146,507,680")).to_wkt("WKT1_GDAL")
    assert crs.epsg_of(crs.from_prj(tokyo)) == 30170
    with pytest.raises(FileRefused) as refusal:
        crs.from_prj(pyproj.CRS(proj.format("GRS80", "0,0,0")).to_wkt("WKT1_GDAL"))
    assert refusal.value.code == "crs_ambiguous"


@pytest.mark.parametrize("text", ["", "nonsense", "PROJCS["])
def test_a_broken_prj_is_refused(text: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        crs.from_prj(text)
    assert refusal.value.code == "prj_unreadable"


@pytest.mark.parametrize(
    ("member", "epsg", "reason"),
    [
        (None, 4326, "crs_geojson_default"),
        ({"properties": {"name": "urn:ogc:def:crs:EPSG::6675"}}, 6675, "crs_geojson"),
        ({"properties": {"name": "EPSG:2450"}}, 2450, "crs_geojson"),
        ({"properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, 4326, "crs_geojson"),
        ({"type": "EPSG", "properties": {"code": 4612}}, 4612, "crs_geojson"),
    ],
)  # fmt: skip
def test_the_crs_member_of_a_geojson_counts(member: object, epsg: int, reason: str) -> None:
    found = crs.from_geojson(member)
    assert (crs.epsg_of(found), found.evidence) == (epsg, reason)


@pytest.mark.parametrize(
    "member", [{"type": "link"}, "EPSG", {"properties": {"name": "EPSG:31287"}}]
)
def test_a_crs_member_that_names_nothing_readable_is_refused(member: object) -> None:
    with pytest.raises(FileRefused) as refusal:
        crs.from_geojson(member)
    assert refusal.value.code == "crs_unsupported"


@pytest.mark.parametrize("text", ["6678", " EPSG:6678 ", "epsg:6678", 6678])
def test_a_person_may_write_a_code_in_several_ways(text: str | int) -> None:
    assert crs.chosen(text) == 6678


@pytest.mark.parametrize("text", ["31287", "X", "", "-1"])
def test_a_code_that_is_not_supported_is_refused(text: str) -> None:
    with pytest.raises(FileRefused):
        crs.chosen(text)


# -- to degrees -------------------------------------------------------------------------------


def test_zone_x_places_the_whole_of_shinjo_where_it_is() -> None:
    """The box in metres and in degrees, published in specs/import.md."""
    corners = array((-55693, -144463), (-29406, -121752))
    flat, step = to_wgs(corners, 6678)
    bounds = shapely.total_bounds(flat)
    assert bounds == pytest.approx([140.193, 38.697, 140.494, 38.903], abs=0.002)
    assert (step.accuracy, step.missing, step.pipeline) == (0, (), "+proj=noop")


def test_the_projection_alone_is_exact_there_and_back() -> None:
    there = pyproj.Transformer.from_crs(6668, 6678, always_xy=True)
    x, y = there.transform(140.301944, 38.764722)
    flat, _ = to_wgs(array((x, y)), 6678)
    assert metres(flat[0], 140.301944, 38.764722) < 1e-4


CHECK = (140.026224, 38.546789), (140.022853531, 38.549703478)
"""GSI's published check point: Tokyo Datum and JGD2000 (longitude, latitude)."""


def test_tokyo_datum_without_the_grid_comes_within_its_stated_accuracy() -> None:
    flat, step = to_wgs(array(CHECK[0]), 4301)
    assert 0.1 < metres(flat[0], *CHECK[1]) < 2.0
    assert metres(Point(CHECK[0]), *CHECK[1]) > 430  # unconverted it would be far off
    assert step.missing == (TOKYO_GRID, MOVED_GRID)
    assert step.accuracy == pytest.approx(3.3)
    assert "+x=-146.414" in step.pipeline


def test_with_the_grids_the_check_point_is_met_to_the_millimetre() -> None:
    grids = shared_data("datum-grids")
    flat, step = to_wgs(array(CHECK[0]), 4301, grids)
    again, _ = to_wgs(array(CHECK[1]), 4612, grids)
    assert metres(flat[0], again[0].x, again[0].y) < 0.001
    # The earthquake moved Yamagata by 1.7 m at its western edge to 2.5 m in the east.
    assert 1.6 < metres(flat[0], *CHECK[1]) < 2.6
    assert set(step.grids) == {TOKYO_GRID, MOVED_GRID}
    assert not step.missing
    assert str(grids) not in step.pipeline


def test_a_point_outside_the_grids_is_still_converted() -> None:
    at_sea = (143.5, 30.0)
    off_the_coast = (139.80, 38.90)  # between land and the grid's zeros
    points = array(at_sea, off_the_coast)
    flat, _ = to_wgs(points, 4301, shared_data("datum-grids"))
    plain, _ = to_wgs(points, 4301)
    assert flat[0].equals(plain[0])
    assert all(
        metres(one, *start) > 300 for one, start in zip(flat, (at_sea, off_the_coast), strict=True)
    )


def test_jgd2000_is_off_only_where_the_ground_moved() -> None:
    _, tohoku = to_wgs(array((140.3, 38.76)), 4612)
    _, shizuoka = to_wgs(array((138.32, 34.86)), 4612)
    assert (tohoku.accuracy, tohoku.missing) == (2.2, (MOVED_GRID,))
    assert (shizuoka.accuracy, shizuoka.missing) == (1.0, ())


def test_heights_and_measures_do_not_survive() -> None:
    flat, _ = to_wgs(np.array(shapely.from_wkt(["POINT ZM (140 38 5 7)"]), dtype=object), 6668)
    assert flat[0].wkt == "POINT (140 38)"


def test_rows_without_geometry_stay_without() -> None:
    flat, _ = to_wgs(np.array([None, Point(140, 38)], dtype=object), 4301)
    assert flat[0] is None
    assert flat[1] is not None


# -- what numbers alone say -------------------------------------------------------------------

INSIDE = st.tuples(st.floats(140.2, 140.48), st.floats(38.71, 38.89))


@given(INSIDE)
def test_numbers_of_zone_x_are_found_to_be_zone_x_and_nothing_else(at: tuple[float, float]) -> None:
    x, y = pyproj.Transformer.from_crs(6668, 6678, always_xy=True).transform(*at)
    found = candidates(np.array([[x, y]]), SHINJO)
    assert {(c.system.epsg, c.swapped) for c in found} == {
        (6678, False), (2452, False), (30170, False),
    }  # fmt: skip
    turned = candidates(np.array([[y, x]]), SHINJO)
    assert {(c.system.epsg, c.swapped) for c in turned} == {
        (6678, True), (2452, True), (30170, True),
    }  # fmt: skip


@given(INSIDE)
def test_degrees_are_found_to_be_degrees(at: tuple[float, float]) -> None:
    found = candidates(np.array([at]), SHINJO)
    assert {(c.system.epsg, c.swapped) for c in found} == {
        (6668, False), (4612, False), (4301, False),
    }  # fmt: skip


def test_degrees_of_another_city_are_still_degrees_and_numbers_of_nowhere_are_nothing() -> None:
    elsewhere = candidates(np.array([[138.3, 34.86]]), SHINJO)
    assert {c.system.epsg for c in elsewhere} == {6668, 4612, 4301}
    assert candidates(np.array([[9e6, 9e6], [8e6, 8.5e6]]), SHINJO) == []
    assert candidates(np.array([[0.0, 0.0], [np.nan, 1.0]]), SHINJO) == []
