"""KML and KMZ: placemarks, folders, and what is told instead of fetched."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from importers import limits, markup
from importers.html_text import html_text
from tests.factories.kml import AREA, LINE, POINT, document, folder, placemark, write_kml, write_kmz
from tests.factories.shapefile import zip_of
from tests.importers.reading import codes, read, refused

COORDS = "<gx:coord>140.3 38.7 90</gx:coord><gx:coord>140.4 38.7 0</gx:coord>"
OTHER = "<Point><coordinates>140.31,38.77</coordinates></Point>"


def row(path: Path, **options: Any) -> dict[str, Any]:
    return read(path, **options).rows[0]


@pytest.mark.parametrize("name", ["a.kml", "a.xml", "a.csv"])
@pytest.mark.parametrize(
    "namespace", ["http://www.opengis.net/kml/2.2", "http://earth.google.com/kml/2.1", ""]
)
def test_a_placemark_becomes_a_row_with_a_point(tmp_path: Path, name: str, namespace: str) -> None:
    found = read(write_kml(tmp_path / name, placemark(), namespace=namespace))
    (candidate,) = found.candidates
    assert (candidate.row, candidate.name) == (1, "図書館")
    assert candidate.geometry.wkt == "POINT (140.3 38.76)"
    assert (found.table.format, found.checked.crs.name) == ("kml", "EPSG:4326")
    assert codes(found) == []


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp932", "Shift_JIS"), ("cp932", "UTF-8"),
     ("euc_jp", "EUC-JP"), ("utf-16", "UTF-16")],
)  # fmt: skip
def test_text_is_read_in_the_encoding_the_bytes_agree_with(
    tmp_path: Path, encoding: str, declared: str
) -> None:
    """髙 and ① are CP932 although the file says Shift_JIS."""
    name = "①髙橋公園" if encoding != "euc_jp" else "高橋公園の図書館"
    text = document(placemark(name), encoding=declared)
    (tmp_path / "a.kml").write_bytes(text.encode(encoding))
    assert row(tmp_path / "a.kml")["name"] == name


def test_all_that_is_said_of_a_placemark_arrives(tmp_path: Path) -> None:
    inside = (
        "<address>沖の町10-37</address><phoneNumber>0233-22-2111</phoneNumber>"
        "<TimeSpan><begin>2024-04-01</begin></TimeSpan><atom:link href='https://a.example/'/>"
    )
    path = write_kml(
        tmp_path / "a.kml",
        placemark(data={"コード": "06205", "定員": "120", "公開": ""}, inside=inside,
                  description="住所：沖の町<br>電話：<b>0233</b>", identifier="p1"),
        placemark("体育館", OTHER, data={"コード": "06205", "定員": "80"}),
    )  # fmt: skip
    assert row(path) == {
        "id": "p1", "name": "図書館", "description": "住所：沖の町\n電話：0233",
        "address": "沖の町10-37", "phoneNumber": "0233-22-2111", "begin": "2024-04-01",
        "link": "https://a.example/", "コード": "06205", "定員": 120, "公開": None,
    }  # fmt: skip
    assert read(path).candidates[0].address == "沖の町10-37"


def test_values_have_the_types_their_schema_declares(tmp_path: Path) -> None:
    """As QGIS and ogr2ogr export: a layer's fields as SimpleData."""
    schema = (
        '<Schema name="s" id="s"><SimpleField name="番号" type="string"/>'
        '<SimpleField name="定員" type="int"><displayName>収容定員</displayName></SimpleField>'
        '<SimpleField name="面積" type="float"/><SimpleField name="日" type="string"/></Schema>'
    )
    data = (
        '<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="番号">007</SimpleData>'
        '<SimpleData name="定員">120</SimpleData><SimpleData name="面積">12</SimpleData>'
        '<SimpleData name="日">2024-04-01</SimpleData></SchemaData></ExtendedData>'
    )
    found = read(write_kml(tmp_path / "a.kml", schema, folder("層", placemark(inside=data))))
    assert found.rows[0] == {
        "name": "図書館", "番号": "007", "定員": 120, "面積": 12.0, "日": "2024-04-01",
    }  # fmt: skip
    assert [(c.name, c.type, c.title) for c in found.table.columns] == [
        ("name", "text", "name"), ("番号", "text", "番号"), ("定員", "integer", "収容定員"),
        ("面積", "number", "面積"), ("日", "date", "日"),
    ]  # fmt: skip


def test_a_value_that_its_schema_belies_stays_text(tmp_path: Path) -> None:
    schema = '<Schema name="s" id="s"><SimpleField name="定員" type="int"/></Schema>'
    value = '<SimpleData name="定員">約100</SimpleData>'
    data = f"<ExtendedData><SchemaData>{value}</SchemaData></ExtendedData>"
    assert row(write_kml(tmp_path / "a.kml", schema, placemark(inside=data)))["定員"] == "約100"


def test_data_that_repeat_the_name_are_one_column_and_others_get_their_own(tmp_path: Path) -> None:
    same = write_kml(tmp_path / "a.kml", placemark(data={"Name": "図書館"}))
    assert row(same) == {"name": "図書館"}
    other = read(write_kml(tmp_path / "b.kml", placemark(data={"name": "別名"})))
    assert other.rows[0] == {"name": "図書館", "name_2": "別名"}
    assert codes(other) == [("field_name_twice", None)]


def test_a_table_in_the_description_gives_its_values(tmp_path: Path) -> None:
    """As ArcGIS exports: no data but a page of HTML with a table in a table."""
    table = (
        "<html><body><table><tr><td>浸水区域</td></tr><tr><td><table><tr><td>FID</td><td>0</td>"
        "</tr><tr><td>ランク</td><td>3</td></tr><tr><td>備考</td><td>&lt;Null&gt;</td></tr>"
        "</table></td></tr></table></body></html>"
    )
    found = row(write_kml(tmp_path / "a.kml", placemark(description=table)))
    assert (found["FID"], found["ランク"], found["備考"]) == ("0", 3, None)
    given = row(write_kml(tmp_path / "b.kml", placemark(description=table, data={"a": "b"})))
    assert "ランク" not in given


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain\ntext", "plain\ntext"), ("a<br/>b<BR>c", "a\nb\nc"), ("<p>a</p><p>b</p>", "a\nb"),
        ("<table><tr><td>名称</td><td>図書館</td></tr></table>", "名称\t図書館"),
        ("<script>alert('x')</script>a<style>b{}</style>", "a"), ("a &amp; b\nc", "a & b\nc"),
        ("<a href='https://a.example/'>詳細</a>", "詳細 https://a.example/"),
        ("<a href='https://a.example/'>https://a.example/</a>", "https://a.example/"),
        ("<a href='javascript:alert(1)'>x</a>", "x"), ("面積 < 30 & > 5", "面積 < 30 & > 5"),
        ("<img src='http://a.example/x.jpg'>", ""), ("<b>unclosed", "unclosed"),
        ("&lt;b&gt;", "<b>"), ("<!-- c -->a", "a"),
    ],
)  # fmt: skip
def test_a_description_in_html_becomes_text(html: str, text: str) -> None:
    assert html_text(html) == text


def test_a_description_made_to_keep_a_parser_busy_is_taken_as_it_is() -> None:
    assert html_text("<b>" + "<!--" * 100_000).startswith("<b><!--")


# -- geometry ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "wkt"),
    [
        (POINT, "POINT (140.3 38.76)"),
        ("<Point><coordinates>\n 140.30 , 38.76 \n</coordinates></Point>", "POINT (140.3 38.76)"),
        (LINE, "LINESTRING (140.3 38.76, 140.31 38.77)"),
        ("<LinearRing><coordinates>140.3,38.7 140.4,38.7 140.3,38.8</coordinates></LinearRing>",
         "LINESTRING (140.3 38.7, 140.4 38.7, 140.3 38.8)"),
        (AREA, "POLYGON ((140.3 38.76, 140.31 38.76, 140.31 38.77, 140.3 38.76))"),
        (f"<MultiGeometry>{POINT}{OTHER}</MultiGeometry>",
         "MULTIPOINT ((140.3 38.76), (140.31 38.77))"),
        (f"<MultiGeometry>{POINT}</MultiGeometry>", "POINT (140.3 38.76)"),
        (f"<MultiGeometry><MultiGeometry>{POINT}</MultiGeometry>{OTHER}</MultiGeometry>",
         "MULTIPOINT ((140.3 38.76), (140.31 38.77))"),
        (f"<gx:Track><when>2024-04-01T09:00:00Z</when>{COORDS}</gx:Track>",
         "LINESTRING (140.3 38.7, 140.4 38.7)"),
        ("<Model><Location><longitude>140.3</longitude><latitude>38.7</latitude></Location></Model>",
         "POINT (140.3 38.7)"),
    ],
)  # fmt: skip
def test_every_kind_of_geometry_is_read(tmp_path: Path, shape: str, wkt: str) -> None:
    (candidate,) = read(write_kml(tmp_path / "a.kml", placemark(shape=shape))).candidates
    assert candidate.geometry.wkt == wkt


def test_holes_are_kept_however_they_are_grouped(tmp_path: Path) -> None:
    def ring(west: float, east: float) -> str:
        corners = [(west, west), (east, west), (east, east), (west, east), (west, west)]
        places = " ".join(f"{140 + x / 10},{38.7 + y / 100}" for x, y in corners)
        return f"<LinearRing><coordinates>{places}</coordinates></LinearRing>"

    holes = f"<innerBoundaryIs>{ring(3.1, 3.2)}{ring(3.4, 3.5)}</innerBoundaryIs>"
    shape = f"<Polygon><outerBoundaryIs>{ring(3, 4)}</outerBoundaryIs>{holes}</Polygon>"
    (candidate,) = read(write_kml(tmp_path / "a.kml", placemark(shape=shape))).candidates
    assert len(candidate.geometry.interiors) == 2


def test_heights_are_told_only_where_there_are_some(tmp_path: Path) -> None:
    high = "<Point><coordinates>140.30,38.76,120.5</coordinates></Point>"
    assert codes(read(write_kml(tmp_path / "a.kml", placemark(shape=high)))) == [
        ("heights_dropped", None)
    ]
    assert codes(read(write_kml(tmp_path / "b.kml", placemark(shape=POINT)))) == []


@pytest.mark.parametrize(
    "coordinates", ["140.3", "140.3,x", "140.3,38.7,1,2", "140.3 38.7", "140,38 nan", "140.3,,38.7"]
)
def test_coordinates_that_are_none_reject_their_row_only(tmp_path: Path, coordinates: str) -> None:
    bad = f"<Point><coordinates>{coordinates}</coordinates></Point>"
    found = read(write_kml(tmp_path / "a.kml", placemark(), placemark("分館", bad)))
    assert ("geometry_unreadable", 2) in codes(found)
    assert [candidate.row for candidate in found.candidates] == [1]


def test_a_placemark_without_geometry_is_placed_by_its_address_or_rejected(tmp_path: Path) -> None:
    here = placemark("分館", "", inside="<address>新庄市本町2</address>")
    found = read(write_kml(tmp_path / "a.kml", placemark(), here, placemark("別館", "")))
    assert codes(found) == [("placed_by_address", 2), ("null_geometry", 3)]


def test_tracks_are_told(tmp_path: Path) -> None:
    track = f"<gx:MultiTrack><gx:Track>{COORDS}</gx:Track></gx:MultiTrack>"
    assert codes(read(write_kml(tmp_path / "a.kml", placemark(shape=track)))) == [
        ("kml_tracks", None),
        ("heights_dropped", None),
    ]


# -- folders ----------------------------------------------------------------------------------

MIXED = (
    folder("避難所", placemark(), placemark("体育館", OTHER)),
    folder("避難路", placemark("国道", LINE)),
    folder(
        "区域", folder("浸水", placemark("浸水区域", AREA)), folder("土砂", placemark("崖", AREA))
    ),
)


def test_folders_of_points_lines_and_areas_have_to_be_chosen_from(tmp_path: Path) -> None:
    path = write_kml(tmp_path / "a.kml", *MIXED)
    refusal = refused(path)
    assert (refusal.code, refusal.params["layers"]) == (
        "several_layers",
        ["避難所", "避難路", "浸水", "土砂", "Point", "LineString", "Polygon"],
    )
    found = read(path, layer_name="避難路")
    assert [(c.row, c.name) for c in found.candidates] == [(3, "国道")]
    assert found.table.display_name == "避難路"
    assert refused(path, layer_name="道路").code == "layer_unknown"


def test_a_folder_of_folders_can_be_chosen_whole(tmp_path: Path) -> None:
    path = write_kml(tmp_path / "a.kml", *MIXED)
    assert [c.name for c in read(path, layer_name="土砂").candidates] == ["崖"]
    found = read(path, layer_name="区域")
    assert [(row["name"], row["folder"]) for row in found.rows] == [
        ("浸水区域", "区域/浸水"), ("崖", "区域/土砂"),
    ]  # fmt: skip


def test_all_of_one_kind_can_be_chosen_over_all_folders(tmp_path: Path) -> None:
    path = write_kml(tmp_path / "a.kml", *MIXED, placemark("住所だけ", ""))
    assert [row["name"] for row in read(path, layer_name="polygon").rows] == [
        "浸水区域", "崖",
    ]  # fmt: skip
    assert [row["name"] for row in read(path, layer_name="Point").rows] == [
        "図書館", "体育館", "住所だけ",
    ]  # fmt: skip


def test_kinds_mixed_in_one_folder_are_chosen_from(tmp_path: Path) -> None:
    mixed = folder("道", placemark("a", LINE), placemark("b"), placemark("c", LINE))
    alone = write_kml(tmp_path / "a.kml", mixed)
    assert refused(alone).params["layers"] == ["Point", "LineString"]
    assert len(read(alone, layer_name="LineString").rows) == 2
    other = write_kml(tmp_path / "b.kml", mixed, folder("区域", placemark("d", AREA)))
    assert refused(other, layer_name="道").params["layers"] == ["道/Point", "道/LineString"]
    assert [row["name"] for row in read(other, layer_name="道/Point").rows] == ["b"]


def test_a_folder_called_like_a_kind_is_that_folder(tmp_path: Path) -> None:
    path = write_kml(
        tmp_path / "a.kml", folder("Point", placemark("a", LINE)), folder("x", placemark("b"))
    )
    assert [row["name"] for row in read(path, layer_name="Point").rows] == ["a"]


def test_folders_of_one_kind_are_read_together_with_their_names(tmp_path: Path) -> None:
    path = write_kml(
        tmp_path / "a.kml",
        placemark("市役所"),
        folder("北部", placemark()),
        folder("南部", placemark("体育館", OTHER)),
    )
    found = read(path)
    assert [(row["name"], row["folder"]) for row in found.rows] == [
        ("市役所", None), ("図書館", "北部"), ("体育館", "南部"),
    ]  # fmt: skip
    assert [c.name for c in read(path, layer_name="南部").candidates] == ["体育館"]
    assert codes(found) == []


def test_one_folder_needs_no_column_of_its_own(tmp_path: Path) -> None:
    assert row(write_kml(tmp_path / "a.kml", folder("層", placemark()))) == {"name": "図書館"}


def test_folders_of_one_name_are_told_apart_by_their_path(tmp_path: Path) -> None:
    path = write_kml(
        tmp_path / "a.kml",
        folder("北部", folder("道", placemark("a", LINE))),
        folder("南部", folder("道", placemark("b", LINE)), folder("点", placemark("c"))),
    )
    assert refused(path).params["layers"] == ["北部/道", "南部/道", "点", "Point", "LineString"]
    assert [c.name for c in read(path, layer_name="南部/道").candidates] == ["b"]


# -- KMZ --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.kmz", "a.zip", "a.csv"])
def test_a_kmz_is_read_without_its_pictures(tmp_path: Path, name: str) -> None:
    path = write_kmz(tmp_path / name, placemark(), others={"images/icon-1.png": b"\x89PNG"})
    assert [c.name for c in read(path).candidates] == ["図書館"]
    assert codes(read(path)) == []


def test_a_kmz_in_a_zip_is_read_like_one_by_itself(tmp_path: Path) -> None:
    inner = write_kmz(tmp_path / "a.kmz", *MIXED).read_bytes()
    path = zip_of({"地図.kmz": inner, "説明.pdf": b"%PDF"}, tmp_path / "a.zip")
    assert refused(path).params["layers"][:4] == ["避難所", "避難路", "浸水", "土砂"]
    assert read(path, layer_name="避難路").candidates[0].name == "国道"


def test_more_kml_in_a_kmz_is_told_not_followed(tmp_path: Path) -> None:
    others = {"files/more.kml": document(placemark("別")).encode()}
    found = read(write_kmz(tmp_path / "a.kmz", placemark(), others=others))
    (told,) = found.problems
    assert (told.code, told.params["names"]) == ("kmz_more", ["files/more.kml"])


def test_names_in_a_kmz_that_point_outside_reach_no_file_system(tmp_path: Path) -> None:
    folder_ = tmp_path / "inbox"
    folder_.mkdir()
    others = {"../evil.kml": document(placemark("外")).encode(), "/etc/evil.kml": b"x"}
    found = read(write_kmz(folder_ / "a.kmz", placemark(), others=others))
    assert [c.name for c in found.candidates] == ["図書館"]
    assert [file.name for file in tmp_path.rglob("*")] == ["inbox", "a.kmz"]


def test_a_zip_of_several_kml_files_is_chosen_from(tmp_path: Path) -> None:
    entries = {"北.kml": document(*MIXED).encode(), "南.kml": document(placemark("南館")).encode()}
    path = zip_of(entries, tmp_path / "a.zip")
    assert refused(path).params["layers"] == ["北", "南"]
    assert read(path, layer_name="南").candidates[0].name == "南館"
    assert read(path, layer_name="北/避難路").candidates[0].name == "国道"


def test_a_kmz_that_unpacks_to_too_much_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_kmz(tmp_path / "a.kmz", " " * 3_000_000, placemark())
    assert path.stat().st_size < 5_000
    assert read(path).candidates
    monkeypatch.setitem(limits.MAX_BYTES, "kml", 2_000_000)
    assert refused(path).code == "zip_too_big"


# -- links and harm ---------------------------------------------------------------------------

LINK = "<NetworkLink><Link><href>http://127.0.0.1:9/more.kml</href></Link></NetworkLink>"


def test_a_link_elsewhere_is_told_and_nothing_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dialled(*_: Any, **__: Any) -> None:
        raise AssertionError("a file made the importers call somebody")

    monkeypatch.setattr(socket.socket, "connect", dialled)
    found = read(write_kml(tmp_path / "a.kml", LINK, placemark()))
    (told,) = found.problems
    assert (told.code, told.params["links"]) == ("kml_links", ["http://127.0.0.1:9/more.kml"])


def test_a_file_of_nothing_but_links_is_refused_with_the_address(tmp_path: Path) -> None:
    refusal = refused(write_kml(tmp_path / "a.kml", LINK))
    assert (refusal.code, refusal.params["link"]) == (
        "kml_only_links", "http://127.0.0.1:9/more.kml",
    )  # fmt: skip


def test_pictures_over_the_map_are_told(tmp_path: Path) -> None:
    overlay = "<GroundOverlay><Icon><href>x.png</href></Icon></GroundOverlay>"
    assert codes(read(write_kml(tmp_path / "a.kml", overlay, overlay, placemark()))) == [
        ("kml_overlays", None)
    ]


ENTITY = '<!DOCTYPE kml [<!ENTITY a "秘密"><!ENTITY b SYSTEM "file:///etc/hostname">]>'


def test_a_document_type_is_refused_before_its_entities_are_read(tmp_path: Path) -> None:
    path = write_kml(tmp_path / "a.kml", "<Placemark><name>&a;</name></Placemark>", prolog=ENTITY)
    assert refused(path).code == "xml_doctype"


def test_without_the_guard_an_entity_would_be_put_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: it is the guard that keeps entities out, not a mistake in the test."""
    inside = f"<Placemark><name>&a;</name>{POINT}</Placemark>"
    path = write_kml(tmp_path / "a.kml", inside, prolog=ENTITY)
    monkeypatch.setattr(markup, "refuse_doctype", lambda *_: None)
    assert read(path).candidates[0].name == "秘密"


def test_a_bomb_of_entities_is_refused_at_once(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE kml [<!ENTITY e0 "ha">{levels}]>'
    path = write_kml(tmp_path / "a.kml", "<Placemark><name>&e9;</name></Placemark>", prolog=bomb)
    assert refused(path).code == "xml_doctype"


def test_elements_without_end_inside_each_other_are_refused(tmp_path: Path) -> None:
    deep = "<MultiGeometry>" * 100_000
    assert refused(write_kml(tmp_path / "a.kml", f"<Placemark>{deep}")).code == "xml_too_deep"
    assert refused(write_kml(tmp_path / "b.kml", "<Folder>" * 100_000)).code == "xml_too_deep"


def test_broken_xml_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_text(document(placemark())[:-30] + "\n<", encoding="utf-8")
    refusal = refused(path)
    assert (refusal.code, refusal.params["line"]) == ("xml_broken", 3)
    assert refused(write_kml(tmp_path / "b.kml")).code == "kml_no_places"


def test_a_column_for_each_of_many_placemarks_is_refused(tmp_path: Path) -> None:
    many = [placemark(data={f"c{n}": "1"}) for n in range(3_500)]
    assert refused(write_kml(tmp_path / "a.kml", *many)).code == "table_too_sparse"
    assert len(read(write_kml(tmp_path / "b.kml", *many[:100])).table)


@pytest.mark.parametrize("blank", [" " * 300_000, ", " * 3, "\n" * 300_000 + ", "])
def test_blanks_made_to_keep_a_pattern_busy_are_read_at_once(tmp_path: Path, blank: str) -> None:
    begun = time.monotonic()
    shape = f"<Point><coordinates>140.30 ,{blank}38.76</coordinates></Point>"
    description = "<b>x</b>" + " " * 90_000
    found = read(
        write_kml(tmp_path / "a.kml", placemark(shape=shape, description=description), placemark())
    )
    assert len(found.rows) == 2
    assert time.monotonic() - begun < 10
