"""What a .prj says, in every form that programs have written it."""

import warnings
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

from importers import crs
from importers.problems import FileRefused

NAMED = sorted(crs.SYSTEMS)
PLANE_AND_UTM = [
    code for code in NAMED if crs.system(code).kind in ("plane", "utm") and code < 40000
]


def said(text: str) -> int:
    return crs.epsg_of(crs.from_prj(text))


def candidates(text: str) -> list[int]:
    with pytest.raises(FileRefused) as refusal:
        crs.from_prj(text)
    assert refusal.value.code == "crs_ambiguous"
    return list(refusal.value.params["codes"])


def why_not(text: str) -> str:
    with pytest.raises(FileRefused) as refusal:
        crs.from_prj(text)
    return refusal.value.code


@pytest.mark.parametrize("epsg", NAMED)
@pytest.mark.parametrize("version", ["WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"])
def test_every_supported_system_is_known_by_its_prj(epsg: int, version: str) -> None:
    found = crs.from_prj(pyproj.CRS(epsg).to_wkt(version))
    assert (crs.epsg_of(found), found.evidence) == (epsg, "crs_prj")


@pytest.mark.parametrize("epsg", [6678, 4301, 6668, 4612, 32654, 3857])
def test_projjson_a_proj_string_and_a_bare_code_are_read_too(epsg: int) -> None:
    assert said(pyproj.CRS(epsg).to_json()) == epsg
    for text in (
        str(epsg),
        f"EPSG:{epsg}\n",
        f"urn:ogc:def:crs:EPSG::{epsg}",
        f"+init=epsg:{epsg}",
    ):
        assert said(text) == epsg


@pytest.mark.parametrize("epsg", PLANE_AND_UTM)
def test_a_proj_string_of_qgis_names_an_ellipsoid_only(epsg: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that names are lost is what this is about
        text = pyproj.CRS(epsg).to_proj4()
    system = crs.system(epsg)
    if system.datum in ("Tokyo", "WGS84"):
        assert said(text) == epsg
    else:
        assert epsg in candidates(text)
        assert {crs.system(code).datum for code in candidates(text)} == {"JGD2011", "JGD2000"}


@pytest.mark.parametrize("epsg", PLANE_AND_UTM)
def test_a_shapefile_written_by_gdal_comes_back(epsg: int, tmp_path: Path) -> None:
    """The whole way through another program: what QGIS writes as .prj."""
    assert said(prj_by_gdal(tmp_path, f"EPSG:{epsg}")) == epsg


def prj_by_gdal(folder: Path, name: str) -> str:
    path = folder / "a.shp"
    point = np.array([shapely.to_wkb(shapely.Point(1, 2))], dtype=object)
    pyogrio.raw.write(
        path, geometry=point, field_data=[np.array([1])], fields=["a"], geometry_type="Point",
        crs=name, driver="ESRI Shapefile",
    )  # fmt: skip
    return path.with_suffix(".prj").read_text(encoding="utf-8")


# What other programs call the same things. {} is the body of a zone X or of degrees.
ZONE_X = (
    'PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",0.0],'
    'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",140.8333333333333],'
    'PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",40.0],UNIT["Meter",1.0]]'
)
BESSEL = 'SPHEROID["Bessel_1841",6377397.155,299.1528128]'
GRS80 = 'SPHEROID["GRS_1980",6378137.0,298.257222101]'
WGS84 = 'SPHEROID["WGS_1984",6378137.0,298.257223563]'
DEGREE = 'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'


def degrees(name: str, datum: str, spheroid: str) -> str:
    return f'GEOGCS["{name}",DATUM["{datum}",{spheroid}],{DEGREE}'


def zone_x(name: str, datum: str, spheroid: str) -> str:
    return f'PROJCS["{name}",{degrees("x", datum, spheroid)},{ZONE_X}'


@pytest.mark.parametrize(
    ("text", "epsg"),
    [
        (zone_x("Tokyo_Japan_Zone_10", "D_Tokyo", BESSEL), 30170),
        (zone_x("Japan_Zone_10", "D_Tokyo", BESSEL), 30170),
        (zone_x("JGD_2000_Japan_Zone_10", "D_JGD_2000", GRS80), 2452),
        (zone_x("JGD_2011_Japan_Zone_10", "D_JGD_2011", GRS80), 6678),
        # The name of the system is for people; the datum below it counts.
        (zone_x("平面直角座標系 X系", "D_JGD_2011", GRS80), 6678),
        (zone_x("JGD_2000_Japan_Zone_10", "D_JGD_2011", GRS80), 6678),
        (zone_x("Japan Plane Rectangular CS X", "Japanese_Geodetic_Datum_2000", GRS80), 2452),
        (zone_x("Japan Plane Rectangular CS X", "Japanese Geodetic Datum 2011", GRS80), 6678),
        (zone_x("Japan Plane Rectangular CS X", "Japanese_Geodetic_Datum_2024", GRS80), 6678),
        (zone_x("JGD2024", "JGD2024", GRS80), 6678),
        # MapInfo's, by GDAL: the datum by name, the rest "unnamed".
        (zone_x("unnamed", "JGD2000", 'SPHEROID["GRS 80",6378137,298.257222101]'), 2452),
        (zone_x("unnamed", "Tokyo", 'SPHEROID["Bessel 1841",6377397.155,299.1528128]'), 30170),
        # Without a datum's name the Bessel ellipsoid is used by Tokyo Datum alone here.
        (zone_x("unknown", "D_Bessel_1841", BESSEL), 30170),
        (degrees("GCS_Tokyo", "D_Tokyo", BESSEL), 4301),
        (degrees("GCS_JGD_2000", "D_JGD_2000", GRS80), 4612),
        (degrees("JGD2011", "Japanese_Geodetic_Datum_2011", GRS80), 6668),
        (degrees("GCS_WGS_1984", "D_WGS_1984", WGS84), 4326),
        (degrees("Lat/Lon", "WGS84", WGS84), 4326),
        # Rounded, as some converters write it: still nearest to zone X by far.
        (zone_x("x", "D_JGD_2000", GRS80).replace("140.8333333333333", "140.8333"), 2452),
        (zone_x("x", "D_JGD_2000", GRS80).replace("140.8333333333333", "140.83333333"), 2452),
    ],
)  # fmt: skip
def test_what_other_programs_call_it_is_understood(text: str, epsg: int) -> None:
    assert said(text) == epsg
    assert said(text.replace(",", ",\r\n  ") + "\r\n") == epsg


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (zone_x("unknown", "D_unknown", GRS80), [6678, 2452]),
        (zone_x("unnamed", "Unknown based on GRS80 ellipsoid", GRS80), [6678, 2452]),
        (degrees("unknown", "D_unknown", GRS80), [6668, 4612]),
        # There is no plane rectangular zone in WGS 84: MapInfo and QGIS write JGD2011 so.
        (zone_x("unnamed", "WGS_1984", WGS84), [6678, 2452]),
        (zone_x("unnamed", "D_unknown", WGS84), [6678, 2452]),
    ],
)
def test_a_datum_that_is_not_named_is_asked_about(text: str, codes: list[int]) -> None:
    assert candidates(text) == codes


@pytest.mark.parametrize(
    ("code", "epsg"),
    [
        (6667, 6668),  # JGD2011 with an ellipsoidal height
        (6697, 6668),  # JGD2011 with a height above sea level
        (4947, 4612),
        (4979, 4326),
        (6696, 4612),
        (10166, 6673),  # JGD2011 zone V with a height
        (3857, 3857),
        (900913, 3857),
        (3785, 3857),
    ],
)
def test_a_system_with_a_height_is_the_one_without(code: int, epsg: int) -> None:
    assert crs.chosen(code) == epsg
    assert crs.epsg_of(crs.from_name(f"urn:ogc:def:crs:EPSG::{code}", "crs_geojson")) == epsg
    if code not in (900913, 3785):
        assert said(pyproj.CRS(code).to_wkt()) == epsg


def test_a_height_put_together_by_hand_does_not_hide_the_system() -> None:
    both = 'COMPD_CS["x",{},VERT_CS["height",VERT_DATUM["sea level",2005],UNIT["metre",1]]]'
    assert said(both.format(pyproj.CRS(6678).to_wkt("WKT1_GDAL"))) == 6678
    name = "urn:ogc:def:crs,crs:EPSG::6668,crs:EPSG::6695"
    assert crs.epsg_of(crs.from_name(name, "crs_geojson")) == 6668


@pytest.mark.parametrize(
    "code", [4283, 4269, 4490, 31287, 2927, 27700, 5132, 4978, 6695, 102100999, 6689999]
)
def test_systems_of_elsewhere_are_refused(code: int) -> None:
    """GDA94, NAD83, CGCS2000, …; Tokyo 1892 (10″ beside Tokyo), geocentric, heights, no system."""
    with pytest.raises(FileRefused) as refusal:
        crs.chosen(code)
    assert refusal.value.code == "crs_unsupported"
    if code < 100000:
        assert why_not(pyproj.CRS(code).to_wkt()) == "crs_unsupported"


@pytest.mark.parametrize(
    "change",
    [
        ('UNIT["Meter",1.0]', 'UNIT["Foot",0.3048]'),
        ("140.8333333333333", "140.5"),
        ("0.9999", "1.0"),
        ('False_Easting",0.0', 'False_Easting",500000.0'),
        ('PRIMEM["Greenwich",0.0]', 'PRIMEM["Tokyo",139.7447]'),
        ('UNIT["Degree",0.0174532925199433]', 'UNIT["Grad",0.01570796326794897]'),
        ("Transverse_Mercator", "Gauss_Nonesuch"),
    ],
)
def test_a_zone_that_is_almost_ours_is_not_taken_for_it(change: tuple[str, str]) -> None:
    text = zone_x("JGD_2000_Japan_Zone_10", "D_JGD_2000", GRS80)
    assert said(text) == 2452
    assert why_not(text.replace(*change)) in ("crs_unsupported", "prj_unreadable")


@pytest.mark.parametrize("text", ["", "nonsense", "PROJCS[", "{", "[]", "+proj=nonesuch", "6"])
def test_a_broken_prj_is_refused(text: str) -> None:
    assert why_not(text) == "prj_unreadable"


# -- ARC/INFO's lines -------------------------------------------------------------------------

TRANSVERSE = """Projection    TRANSVERSE
Spheroid      {spheroid}
Units         METERS
Zunits        NO
Xshift        0.0000000000
Yshift        0.0000000000
Parameters
{scale} /* scale factor at central meridian
 {meridian} /* longitude of central meridian
 {latitude} /* latitude of origin
0.00000 /* false easting (meters)
0.00000 /* false northing (meters)
"""


def lines(**values: str) -> str:
    given = {
        "spheroid": "BESSEL", "scale": "0.9999", "meridian": "140 50 0.000", "latitude": "40 0 0.0",
        **values,
    }  # fmt: skip
    return TRANSVERSE.format(**given)


def sexagesimal(value: float) -> str:
    minutes = round(value * 60)
    return f"{minutes // 60} {minutes % 60}  0.0"


@pytest.mark.parametrize("zone", range(1, 20))
def test_every_zone_is_read_from_the_lines_of_arc_info(zone: int) -> None:
    latitude, meridian = crs.PLANE_ORIGINS[zone - 1]
    text = lines(meridian=sexagesimal(meridian), latitude=sexagesimal(latitude))
    assert said(text) == 30160 + zone
    assert candidates(text.replace("BESSEL", "GRS1980")) == [6668 + zone, 2442 + zone]
    named = text.replace("Spheroid", "Datum JGD2000\nSpheroid").replace("BESSEL", "GRS1980")
    assert said(named) == 2442 + zone


@pytest.mark.parametrize(
    ("text", "epsg"),
    [
        ("Projection UTM\nZone 54\nDatum WGS84\nSpheroid WGS84\nUnits METERS\n", 32654),
        (
            "PROJECTION   UTM\r\nZONE 54\r\nDATUM TOKYO_MEAN\r\nSPHEROID BESSEL\r\nUNITS METERS",
            3095,
        ),
        ("Projection GEOGRAPHIC\nDatum TOKYO_MEAN\nSpheroid BESSEL\nUnits DD\nParameters\n", 4301),
        ("Projection GEOGRAPHIC\nDatum WGS84\nUnits DD\n", 4326),
        ("Projection GEOGRAPHIC\nDatum NONE\nSpheroid BESSEL\nUnits DD\n", 4301),
        (lines(meridian="140.8333333", latitude="40"), 30170),
    ],
)
def test_other_lines_of_arc_info_are_read(text: str, epsg: int) -> None:
    assert said(text) == epsg


def test_gdal_reads_the_lines_alike(tmp_path: Path) -> None:
    """An independent reader. (It takes feet for metres and Tokyo degrees for a bare ellipsoid.)"""
    for text in (lines(), "Projection UTM\nZone 54\nDatum WGS84\nSpheroid WGS84\nUnits METERS\n"):
        prj_by_gdal(tmp_path, "EPSG:4326")
        (tmp_path / "a.prj").write_text(text, encoding="ascii")
        by_gdal = pyogrio.read_info(tmp_path / "a.shp")["crs"]
        assert said(by_gdal) == said(text)


def test_lines_that_name_neither_datum_nor_spheroid_leave_all_three_open() -> None:
    assert candidates("Projection GEOGRAPHIC\nUnits DD\n") == [6668, 4612, 4301]
    text = lines().replace("Spheroid      BESSEL\n", "")
    assert candidates(text) == [6678, 2452, 30170]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (lines(spheroid="CLARKE1866"), "crs_unsupported"),
        (lines(scale="1.0"), "crs_unsupported"),
        (lines().replace("METERS", "FEET"), "crs_unsupported"),
        (lines().replace("Xshift        0.0", "Xshift        5.0"), "crs_unsupported"),
        ("Projection GEOGRAPHIC\nDatum NAD27\nSpheroid CLARKE1866\nUnits DD\n", "crs_unsupported"),
        ("Projection GEOGRAPHIC\nSpheroid BESSEL\nUnits DS\n", "crs_unsupported"),
        ("Projection LAMBERT\nSpheroid BESSEL\nUnits METERS\nParameters\n", "crs_unsupported"),
        ("Projection UTM\nDatum WGS84\n", "crs_unsupported"),
        (lines(scale="x"), "prj_unreadable"),
        ("\n".join(lines().splitlines()[:9]), "prj_unreadable"),
    ],
)
def test_lines_of_elsewhere_or_cut_off_are_refused(text: str, code: str) -> None:
    assert why_not(text) == code
