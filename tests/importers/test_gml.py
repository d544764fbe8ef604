"""GML: 国土数値情報, 基盤地図情報, WFS servers and QGIS, each with its own order of axes."""

from pathlib import Path
from typing import Any

import pytest

from importers import gml_geometry
from importers.srs_names import from_ks_meta
from tests.factories.gml import (
    GML31,
    KSJ_POINT,
    P20,
    curve,
    feature,
    fgd,
    ks_meta,
    ksj,
    point,
    surface,
    wfs,
    written,
)
from tests.factories.shapefile import write_shapefile, zip_of, zipped
from tests.importers.reading import codes, read, refused


def row(path: Path, **options: Any) -> dict[str, Any]:
    return read(path, **options).rows[0]


def shape_of(path: Path, **options: Any) -> str:
    (candidate,) = read(path, **options).candidates
    return str(candidate.geometry.wkt)


# -- 国土数値情報 --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["P20-12_06.xml", "a.gml", "a.csv"])
def test_a_point_set_is_read_with_the_points_it_refers_to(tmp_path: Path, name: str) -> None:
    found = read(written(tmp_path / name, ksj(KSJ_POINT, P20)))
    assert found.table.format == "gml"
    assert found.rows == [
        {
            "gml_id": "P20_1", "administrativeAreaCode": "06205", "name": "図書館",
            "address": "山形県新庄市本町1", "seatingCapacity": -1, "earthquakeHazard": True,
            "other": False,
        }
    ]  # fmt: skip
    (candidate,) = found.candidates
    assert candidate.geometry.wkt == "POINT (140.3 38.76)"
    assert (candidate.name, candidate.address) == ("図書館", "山形県新庄市本町1")
    assert (found.checked.crs.name, found.checked.crs.evidence) == ("EPSG:4612", "crs_gml")


def test_what_a_feature_refers_to_may_come_after_it(tmp_path: Path) -> None:
    assert shape_of(written(tmp_path / "a.xml", ksj(P20, KSJ_POINT))) == "POINT (140.3 38.76)"


SQUARE = "38.70 140.30\n38.70 140.40\n38.80 140.40\n38.80 140.30\n38.70 140.30"
HOLE = "38.74 140.34\n38.76 140.34\n38.76 140.36\n38.74 140.34"
AREA = '<ksj:A29 gml:id="a1"><ksj:area xlink:href="#s1"/><ksj:code>1</ksj:code></ksj:A29>'


def test_a_surface_is_made_of_the_curves_it_refers_to(tmp_path: Path) -> None:
    text = ksj(curve("c1", SQUARE), curve("c2", HOLE), surface("s1", ("c1",), ("c2",)), AREA)
    found = read(written(tmp_path / "a.xml", text))
    (candidate,) = found.candidates
    assert candidate.geometry.bounds == (140.3, 38.7, 140.4, 38.8)
    assert len(candidate.geometry.interiors) == 1


@pytest.mark.parametrize("turned", [False, True])
def test_a_ring_of_several_curves_is_joined_whichever_way_they_run(
    tmp_path: Path, turned: bool
) -> None:
    one = "38.70 140.30\n38.70 140.40\n38.80 140.40"
    two = "38.80 140.40\n38.80 140.30\n38.70 140.30"
    if turned:
        two = "\n".join(reversed(two.split("\n")))
    text = ksj(curve("c1", one), curve("c2", two), surface("s1", ("c1", "c2")), AREA)
    (candidate,) = read(written(tmp_path / "a.xml", text)).candidates
    assert candidate.geometry.area == pytest.approx(0.01)


def test_a_curve_may_be_used_against_its_direction(tmp_path: Path) -> None:
    turned = (
        '<gml:OrientableCurve gml:id="o1" orientation="-"><gml:baseCurve xlink:href="#c1"/>'
        "</gml:OrientableCurve>"
    )
    line = '<ksj:N02 gml:id="n1"><ksj:location xlink:href="#o1"/><ksj:name>線</ksj:name></ksj:N02>'
    text = ksj(curve("c1", "38.70 140.30\n38.80 140.40"), turned, line)
    assert shape_of(written(tmp_path / "a.xml", text)) == "LINESTRING (140.4 38.8, 140.3 38.7)"


def test_a_reference_to_nothing_or_to_itself_rejects_its_row_only(tmp_path: Path) -> None:
    lost = surface("s1", ("c9",)) + AREA
    circle = (
        '<gml:OrientableCurve gml:id="o1"><gml:baseCurve xlink:href="#o1"/></gml:OrientableCurve>'
        '<ksj:A29 gml:id="a2"><ksj:area xlink:href="#o1"/><ksj:code>2</ksj:code></ksj:A29>'
    )
    good = (
        curve("c1", SQUARE) + surface("s3", ("c1",))
        + '<ksj:A29 gml:id="a3"><ksj:area xlink:href="#s3"/><ksj:code>3</ksj:code></ksj:A29>'
    )  # fmt: skip
    found = read(written(tmp_path / "a.xml", ksj(lost, circle, good)))
    assert [c.row for c in found.candidates] == [3]
    assert {1, 2} <= {r for code, r in codes(found) if code == "geometry_unreadable"}


def test_one_line_used_without_end_is_counted_and_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = '<gml:curveMember xlink:href="#c1"/>' * 50
    many = f'<gml:MultiCurve gml:id="s1">{members}</gml:MultiCurve>'
    path = written(tmp_path / "a.xml", ksj(curve("c1", SQUARE), many, AREA))
    assert read(path).candidates
    monkeypatch.setattr(gml_geometry, "MAX_POINTS", 200)
    assert refused(path).code == "too_many_points"


def test_kinds_of_feature_are_layers(tmp_path: Path) -> None:
    where = '<ksj:location xlink:href="#c1"/>'
    text = ksj(
        curve("c1", "38.70 140.30\n38.71 140.31"),
        f'<ksj:RailroadSection gml:id="r1">{where}<ksj:line>線</ksj:line></ksj:RailroadSection>',
        f'<ksj:Station gml:id="t1">{where}<ksj:railroad xlink:href="#r1"/>',
        "<ksj:stationName>新庄</ksj:stationName></ksj:Station>",
    )
    path = written(tmp_path / "N02.xml", text)
    assert refused(path).params["layers"] == ["RailroadSection", "Station"]
    assert row(path, layer_name="Station") == {
        "gml_id": "t1", "stationName": "新庄", "railroad": "r1",
    }  # fmt: skip


def test_a_kind_without_shapes_is_passed_over_and_told(tmp_path: Path) -> None:
    note = '<ksj:Source gml:id="x"><ksj:title>原典</ksj:title></ksj:Source>'
    found = read(written(tmp_path / "a.xml", ksj(note, KSJ_POINT, P20, srs="JGD2011 / (B, L)")))
    assert [c.name for c in found.candidates] == ["図書館"]
    assert codes(found) == [("kinds_passed_over", None)]


@pytest.mark.parametrize(
    ("srs", "epsg"),
    [
        ("JGD2000 / (B, L)", 4612), ("JGD2011 / (B, L)", 6668), ("TD / (B, L)", 4301),
        ("JGD2011/(B,L)", 6668), ("JGD2024 / (B, L)", 6668),
    ],
)  # fmt: skip
def test_the_datum_is_the_one_that_bounds_the_set(tmp_path: Path, srs: str, epsg: int) -> None:
    assert (
        read(written(tmp_path / "a.xml", ksj(KSJ_POINT, P20, srs=srs))).checked.crs.name
        == f"EPSG:{epsg}"
    )


def test_a_plane_zone_of_jpgis_is_north_first(tmp_path: Path) -> None:
    place = '<gml:Point gml:id="pt1"><gml:pos>-130000 -45000</gml:pos></gml:Point>'
    found = read(written(tmp_path / "a.xml", ksj(place, P20, srs="JGD2011 / 10(X, Y)")))
    assert found.checked.crs.name == "EPSG:6678"
    assert found.candidates[0].geometry.x == pytest.approx(140.315065, abs=1e-5)


def test_without_a_word_on_the_datum_it_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xml", ksj(KSJ_POINT, P20, srs=None))
    refusal = refused(path)
    assert (refusal.code, refusal.params["example"]) == ("crs_missing", 6668)
    assert shape_of(path, crs=6668) == "POINT (140.3 38.76)"


# -- the metadata of a set --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "epsg"),
    [
        (ks_meta("JGD2011 / (B, L)"), 6668), (ks_meta("JGD2000 / (B, L)"), 4612),
        (ks_meta("TD / (B, L)"), 4301), (ks_meta("JGD2000"), 4612),
        (ks_meta("世界測地系（JGD2011）"), 6668), (ks_meta("JGD2011 / 10(X, Y)"), 6678),
        (ks_meta("JGD2000 / (B, L)", element="identificationInfo"), 4612),
        (ks_meta("JGD2000", element="identificationInfo"), None),
        (ks_meta("JGD2000とJGD2011"), None),
        (ks_meta("不明"), None), ("<broken", None), ("", None),
        (ks_meta().encode("cp932"), 6668), (b"<\x80\xff\xfe>", None),
        ("<!DOCTYPE x [<!ENTITY a 'JGD2000 / (B, L)'>]><x>&a;</x>", None),
    ],
)  # fmt: skip
def test_the_metadata_of_a_set_name_its_system(text: str | bytes, epsg: int | None) -> None:
    found = from_ks_meta(text)
    assert (found.name if found else None) == (f"EPSG:{epsg}" if epsg else None)


def test_a_gml_without_a_datum_takes_it_from_the_metadata_beside_it(tmp_path: Path) -> None:
    entries = {
        "P20-12_06.xml": ksj(KSJ_POINT, P20, srs=None).encode(),
        "KS-META-P20-12_06.xml": ks_meta().encode(),
    }
    found = read(zip_of(entries, tmp_path / "P20-12_06_GML.zip"))
    assert (found.checked.crs.name, found.checked.crs.evidence) == ("EPSG:6668", "crs_ks_meta")
    assert found.candidates[0].geometry.wkt == "POINT (140.3 38.76)"


def test_in_the_zip_of_a_set_the_shapefile_goes_first(tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path / "set", name="P20-12_06")
    (folder / "P20-12_06.xml").write_text(ksj(KSJ_POINT, P20), encoding="utf-8")
    (folder / "KS-META-P20-12_06.xml").write_text(ks_meta(), encoding="utf-8")
    found = read(zipped(folder, tmp_path / "P20-12_06_GML.zip"))
    assert found.table.format == "shapefile"
    assert codes(found) == []


# -- 基盤地図情報 --------------------------------------------------------------------------------


@pytest.mark.parametrize(("srs", "epsg"), [("jgd2011", 6668), ("jgd2001", 4612), ("jgd2024", 6668)])
def test_the_base_map_of_gsi_is_read(tmp_path: Path, srs: str, epsg: int) -> None:
    text = fgd(srs=f"fguuid:{srs}.bl")
    found = read(written(tmp_path / "FG-GML-ElevPt.xml", text, "cp932"))
    assert found.rows == [
        {
            "gml_id": "K1", "fid": "50-00001-1-1", "lfSpanFr": "2013-01-31",
            "devDate": "2013-02-01", "orgGILvl": 2500, "type": "標高点", "alti": 97.2,
        }
    ]  # fmt: skip
    assert found.checked.crs.name == f"EPSG:{epsg}"
    assert found.candidates[0].geometry.wkt == "POINT (140.3 38.76)"


def test_files_of_the_base_map_in_a_zip_are_chosen_from(tmp_path: Path) -> None:
    entries = {f"FG-GML-{kind}.xml": fgd(kind).encode("cp932") for kind in ("ElevPt", "RdEdg")}
    path = zip_of(entries, tmp_path / "FG-GML.zip")
    assert refused(path).params["layers"] == ["FG-GML-ElevPt", "FG-GML-RdEdg"]
    assert shape_of(path, layer_name="FG-GML-RdEdg") == "LINESTRING (140.3 38.76, 140.31 38.77)"


# -- WFS and QGIS -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("srs", "positions", "epsg"),
    [
        ("urn:ogc:def:crs:EPSG::6668", "38.76 140.30", 6668),
        ("urn:x-ogc:def:crs:EPSG:6.9:4326", "38.76 140.30", 4326),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "38.76 140.30", 4326),
        ("EPSG:4326", "140.30 38.76", 4326),
        ("http://www.opengis.net/gml/srs/epsg.xml#6668", "140.30 38.76", 6668),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "140.30 38.76", 4326),
        ("urn:ogc:def:crs:EPSG::6697", "38.76 140.30 97.2", 6668),
        ("urn:ogc:def:crs,crs:EPSG::6668,crs:EPSG::6695", "38.76 140.30 97.2", 6668),
    ],
)
def test_the_order_of_axes_follows_the_form_of_the_name(
    tmp_path: Path, srs: str, positions: str, epsg: int
) -> None:
    found = read(written(tmp_path / "a.gml", wfs(feature(point(positions, srs)))))
    (candidate,) = found.candidates
    assert candidate.geometry.wkt == "POINT (140.3 38.76)"
    assert found.checked.crs.name == f"EPSG:{epsg}"
    high = [("heights_dropped", None)] if "97" in positions else []
    assert codes(found) == high


@pytest.mark.parametrize(
    ("srs", "positions"),
    [
        ("urn:ogc:def:crs:EPSG::6678", "-130000 -45000"), ("EPSG:6678", "-45000 -130000"),
        ("urn:ogc:def:crs:EPSG::6691", "440500 4291850"), ("EPSG:6691", "440500 4291850"),
    ],
)  # fmt: skip
def test_metres_are_north_first_only_where_the_definition_has_it_so(
    tmp_path: Path, srs: str, positions: str
) -> None:
    (candidate,) = read(written(tmp_path / "a.gml", wfs(feature(point(positions, srs))))).candidates
    assert candidate.geometry.x == pytest.approx(140.315, abs=1e-2)


def test_degrees_the_other_way_round_than_their_name_says_are_turned_and_told(
    tmp_path: Path,
) -> None:
    """No latitude in Japan is a longitude in Japan: there is nothing to guess."""
    for srs, positions in (
        ("urn:ogc:def:crs:EPSG::6668", "140.30 38.76"), ("EPSG:6668", "38.76 140.30"),
    ):  # fmt: skip
        found = read(written(tmp_path / "a.gml", wfs(feature(point(positions, srs)))))
        assert found.candidates[0].geometry.wkt == "POINT (140.3 38.76)"
        assert codes(found) == [("axes_turned", None)]


@pytest.mark.parametrize("member", ["wfs:member", "gml:featureMember", "gml:featureMembers"])
def test_features_are_found_in_every_version_of_wfs(tmp_path: Path, member: str) -> None:
    features = (
        feature(point()), feature(point("38.77 140.31"), number=2),
    )  # fmt: skip
    found = read(written(tmp_path / "a.gml", wfs(*features, member=member)))
    assert [row["gml_id"] for row in found.rows] == ["place.1", "place.2"]


def test_the_system_may_be_said_of_the_whole_collection(tmp_path: Path) -> None:
    bounds = (
        '<wfs:boundedBy><gml:Envelope srsName="urn:ogc:def:crs:EPSG::6668"><gml:lowerCorner>38 140'
        "</gml:lowerCorner><gml:upperCorner>39 141</gml:upperCorner></gml:Envelope></wfs:boundedBy>"
    )
    text = wfs(feature(point(srs=None)), bounds=bounds)
    assert shape_of(written(tmp_path / "a.gml", text)) == "POINT (140.3 38.76)"


LINE = "<gml:LineString><gml:posList>38.7 140.3 38.8 140.4</gml:posList></gml:LineString>"
ON = LINE.replace("38.7 140.3 38.8 140.4", "38.8 140.4 38.85 140.45")
APART = LINE.replace("38.7 140.3 38.8 140.4", "38.5 140.3 38.6 140.4")
CORNERS = "38.7 140.3 38.7 140.4 38.8 140.4 38.7 140.3"
RING = f"<gml:LinearRing><gml:posList>{CORNERS}</gml:posList></gml:LinearRing>"
POLYGON = f"<gml:Polygon><gml:exterior>{RING}</gml:exterior></gml:Polygon>"
TRIANGLE = "POLYGON ((140.3 38.7, 140.4 38.7, 140.4 38.8, 140.3 38.7))"


def member(kind: str, *parts: str) -> str:
    return "".join(f"<gml:{kind}>{part}</gml:{kind}>" for part in parts)


@pytest.mark.parametrize(
    ("kind", "inner", "wkt"),
    [
        ("LineString", "<gml:posList>38.7 140.3 38.8 140.4</gml:posList>",
         "LINESTRING (140.3 38.7, 140.4 38.8)"),
        ("LineString", member("pos", "38.7 140.3", "38.8 140.4"),
         "LINESTRING (140.3 38.7, 140.4 38.8)"),
        ('LineString srsDimension="3"', "<gml:posList>38.7 140.3 1 38.8 140.4 2</gml:posList>",
         "LINESTRING (140.3 38.7, 140.4 38.8)"),
        ("Polygon", f"<gml:exterior>{RING}</gml:exterior>", TRIANGLE),
        ("MultiSurface", member("surfaceMember", POLYGON), TRIANGLE),
        ("MultiCurve", member("curveMember", LINE, APART),
         "MULTILINESTRING ((140.3 38.7, 140.4 38.8), (140.3 38.5, 140.4 38.6))"),
        ("MultiGeometry", member("geometryMember", LINE), "LINESTRING (140.3 38.7, 140.4 38.8)"),
        ("MultiPoint", member("pointMembers", point("38.7 140.3") + point("38.8 140.4")),
         "MULTIPOINT ((140.3 38.7), (140.4 38.8))"),
        ("CompositeCurve", member("curveMember", LINE, ON),
         "LINESTRING (140.3 38.7, 140.4 38.8, 140.45 38.85)"),
    ],
)  # fmt: skip
def test_every_kind_of_geometry_is_read(tmp_path: Path, kind: str, inner: str, wkt: str) -> None:
    name = kind.split()[0]
    shape = f'<gml:{kind} srsName="urn:ogc:def:crs:EPSG::6668">{inner}</gml:{name}>'
    assert shape_of(written(tmp_path / "a.gml", wfs(feature(shape)))) == wkt


def test_gml_2_as_old_servers_and_qgis_write_it(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0" encoding="utf-8" ?><ogr:FeatureCollection '
        f'xmlns:ogr="http://ogr.maptools.org/" {GML31}><gml:boundedBy><gml:Box><gml:coord>'
        "<gml:X>140</gml:X><gml:Y>38</gml:Y></gml:coord></gml:Box></gml:boundedBy>"
        '<gml:featureMember><ogr:区域 fid="F0"><ogr:geometryProperty>'
        '<gml:MultiPolygon srsName="EPSG:6668"><gml:polygonMember><gml:Polygon>'
        "<gml:outerBoundaryIs><gml:LinearRing><gml:coordinates>140.3,38.7 140.4,38.7 140.4,38.8 "
        "140.3,38.7</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs></gml:Polygon>"
        "</gml:polygonMember></gml:MultiPolygon></ogr:geometryProperty><ogr:名称>北部</ogr:名称>"
        '<ogr:人口 xsi:nil="true"/></ogr:区域></gml:featureMember></ogr:FeatureCollection>'
    )
    found = read(written(tmp_path / "a.gml", text))
    assert found.rows == [{"gml_id": "F0", "名称": "北部"}]
    assert found.candidates[0].geometry.wkt == (
        "POLYGON ((140.3 38.7, 140.4 38.7, 140.4 38.8, 140.3 38.7))"
    )


def test_a_curve_that_is_not_straight_rejects_its_row_rather_than_be_cut_short(
    tmp_path: Path,
) -> None:
    arc = (
        '<gml:Curve srsName="urn:ogc:def:crs:EPSG::6668"><gml:segments><gml:Arc><gml:posList>'
        "38.7 140.3 38.8 140.4 38.7 140.5</gml:posList></gml:Arc></gml:segments></gml:Curve>"
    )
    line = arc.replace("gml:Arc", "gml:LineStringSegment")
    found = read(written(tmp_path / "a.gml", wfs(feature(arc), feature(line, number=2))))
    assert ("geometry_curved", 1) in codes(found)
    assert [c.row for c in found.candidates] == [2]


def test_values_keep_their_zeros_and_several_of_one_name_are_a_list(tmp_path: Path) -> None:
    values = (
        "<city:code>06205</city:code><city:seats>120</city:seats><city:tag>a</city:tag>"
        "<city:tag>b</city:tag><city:owner><city:Owner><city:label>市</city:label>"
        "<city:phone>0233</city:phone></city:Owner></city:owner><city:blank/>"
    )
    assert row(written(tmp_path / "a.gml", wfs(feature(point(), values=values)))) == {
        "gml_id": "place.1", "name": "図書館", "code": "06205", "seats": 120, "tag": ["a", "b"],
        "label": "市", "phone": "0233", "blank": None,
    }  # fmt: skip


def test_a_second_shape_of_a_feature_is_told(tmp_path: Path) -> None:
    second = f"<city:entrance>{point('38.77 140.31')}</city:entrance>"
    text = wfs(feature(point()).replace("</city:place>", f"{second}</city:place>"))
    found = read(written(tmp_path / "a.gml", text))
    assert found.candidates[0].geometry.wkt == "POINT (140.3 38.76)"
    (told,) = found.problems
    assert (told.code, told.params["names"]) == ("shapes_passed_over", ["entrance"])


def test_what_bounds_a_collection_may_come_at_its_end(tmp_path: Path) -> None:
    bounds = (
        '<wfs:boundedBy><gml:Envelope srsName="urn:ogc:def:crs:EPSG::6668"><gml:lowerCorner>38 140'
        "</gml:lowerCorner></gml:Envelope></wfs:boundedBy></wfs:FeatureCollection>"
    )
    text = wfs(feature(point(srs=None))).replace("</wfs:FeatureCollection>", bounds)
    assert shape_of(written(tmp_path / "a.gml", text)) == "POINT (140.3 38.76)"


def test_an_answer_that_was_cut_short_is_told(tmp_path: Path) -> None:
    text = wfs(feature(point()), root_attributes='numberMatched="5000" numberReturned="1"')
    (told,) = read(written(tmp_path / "a.gml", text)).problems
    assert (told.code, told.params) == ("wfs_cut", {"given": "1", "matched": "5000"})


def test_features_in_several_systems_are_refused(tmp_path: Path) -> None:
    text = wfs(feature(point()), feature(point(srs="urn:ogc:def:crs:EPSG::4612"), number=2))
    assert refused(written(tmp_path / "a.gml", text)).code == "several_crs"


def test_another_countrys_system_is_refused_by_its_name(tmp_path: Path) -> None:
    path = written(tmp_path / "a.gml", wfs(feature(point(srs="urn:ogc:def:crs:EPSG::27700"))))
    assert refused(path).code == "crs_unsupported"
    assert shape_of(path, crs=6668) == "POINT (140.3 38.76)"


def test_an_error_message_of_a_server_is_told_as_such(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0"?><ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1">'
        "<ows:Exception><ows:ExceptionText>Unknown layer</ows:ExceptionText></ows:Exception>"
        "</ows:ExceptionReport>"
    )
    refusal = refused(written(tmp_path / "a.gml", text))
    assert (refusal.code, refusal.params["text"]) == ("service_error", "Unknown layer")


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    text = ksj(KSJ_POINT, P20).replace(
        "<ksj:Dataset", "<!DOCTYPE x [<!ENTITY a 'b'>]><ksj:Dataset", 1
    )
    assert refused(written(tmp_path / "a.gml", text)).code == "xml_doctype"


def test_a_collection_without_features_is_refused(tmp_path: Path) -> None:
    assert refused(written(tmp_path / "a.gml", wfs())).code == "no_rows"
