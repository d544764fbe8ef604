"""Coordinate systems: what a file says of its own, and what its numbers say."""

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers import crs
from importers.guess import candidates
from importers.problems import FileRefused
from tests.importers.cities import SHINJO


def test_the_zones_origins_are_those_of_epsg() -> None:
    for zone, (latitude, longitude) in enumerate(crs.PLANE_ORIGINS, start=1):
        for first in crs.PLANE_ZONE_I.values():
            parameters = {
                p.name: p.value
                for p in pyproj.CRS(first + zone - 1).coordinate_operation.params  # type: ignore[union-attr]
            }
            assert parameters["Latitude of natural origin"] == pytest.approx(latitude, abs=1e-9)
            assert parameters["Longitude of natural origin"] == pytest.approx(longitude, abs=1e-9)


def test_towgs84_parameters_do_not_make_a_datum_wgs84() -> None:
    proj = "+proj=tmerc +lat_0=40 +lon_0=140.833333333333 +k=0.9999 +ellps={} +towgs84={},0,0,0,0"
    tokyo = pyproj.CRS(proj.format("bessel", "-146,507,680")).to_wkt("WKT1_GDAL")
    assert crs.epsg_of(crs.from_prj(tokyo)) == 30170
    with pytest.raises(FileRefused) as refusal:
        crs.from_prj(pyproj.CRS(proj.format("GRS80", "0,0,0")).to_wkt("WKT1_GDAL"))
    assert refusal.value.code == "crs_ambiguous"


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
