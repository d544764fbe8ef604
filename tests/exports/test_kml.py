"""KML: well-formed, with source and licence, and with texts that stay texts."""

from pathlib import Path
from xml.etree import ElementTree

import pyogrio
import pytest

from tests.exports.written import downloads
from tests.factories import places

pytestmark = pytest.mark.django_db

NS = {"k": "http://www.opengis.net/kml/2.2", "atom": "http://www.w3.org/2005/Atom"}
SCRIPT = "<script>alert(1)</script>"


def tree(path: Path) -> ElementTree.Element:
    return ElementTree.parse(path).getroot()


def test_the_document_says_whose_it_is(tmp_path: Path) -> None:
    layer = places.layer(attribution="新庄市 & 県", licence="CC BY 4.0")
    places.feature(layer)
    root = tree(downloads(layer, tmp_path)["kml"])
    assert root.findtext(".//atom:author/atom:name", None, NS) == "新庄市 & 県"
    described = root.findtext("k:Document/k:description", "", NS)
    assert "ライセンス：CC BY 4.0<br>" in described
    assert "出典：新庄市 &amp; 県<br>" in described


def test_a_placemark_has_a_name_a_description_and_every_column(tmp_path: Path) -> None:
    layer = places.layer(schema=[{"name": "定員", "type": "integer", "title": "人数"}])
    places.feature(
        layer, name="図書館", address="本町1", properties={"定員": 30, "説明": "静かです"}
    )
    root = tree(downloads(layer, tmp_path)["kml"])
    (mark,) = root.iterfind(".//k:Placemark", NS)
    assert mark.findtext("k:name", None, NS) == "図書館"
    assert mark.findtext("k:description", None, NS) == "本町1<br>静かです"
    data = {each.get("name"): each.text for each in mark.iterfind(".//k:SimpleData", NS)}
    assert data["定員"] == "30"
    field = root.find(".//k:SimpleField[@name='定員']", NS)
    assert field is not None
    assert (field.get("type"), field.findtext("k:displayName", None, NS)) == ("int", "人数")


def test_what_looks_like_html_stays_text_in_a_viewer_that_shows_html(tmp_path: Path) -> None:
    layer = places.layer()
    places.feature(layer, name=SCRIPT, address=SCRIPT, properties={"=<&\"'": "\x0b\uffff]]>"})
    (mark,) = tree(downloads(layer, tmp_path)["kml"]).iterfind(".//k:Placemark", NS)
    assert mark.findtext("k:name", None, NS) == SCRIPT, "a name is shown as it is"
    assert mark.findtext("k:description", None, NS) == "&lt;script&gt;alert(1)&lt;/script&gt;"
    data = {each.get("name"): each.text for each in mark.iterfind(".//k:SimpleData", NS)}
    assert data["=<&\"'"] == "]]>"


def test_another_program_reads_every_shape(tmp_path: Path) -> None:
    layer = places.layer(geometry_type="line")
    places.feature(layer, "1", "LINESTRING(140.3 38.7, 140.4 38.8)")
    places.feature(layer, "2", "MULTILINESTRING((140.3 38.7, 140.4 38.8),(140.5 38.7, 140.6 38.7))")
    info = pyogrio.read_info(downloads(layer, tmp_path)["kml"], force_feature_count=True)
    assert info["features"] == 2
