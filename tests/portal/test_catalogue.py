"""The catalogue: what is public and its files, as a page, for harvesters, feeds and engines."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gis_portal.portal import sitemap
from gis_portal.portal.schema_org import script
from layers.exports.downloads import written
from layers.models import Feature, Layer, Publication
from layers.publish import published, tree
from tests.factories import places

pytestmark = pytest.mark.django_db

BAD = "</script><script>alert(1)</script>&"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
MAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


@pytest.fixture(autouse=True)
def _own_tree(settings: Any, tmp_path: Path) -> None:
    settings.BAKE_DIR = tmp_path / "bake"


def publish(layer: Layer) -> Publication:
    """Publish a layer's downloads, as the baker does."""
    with tree.making(layer.slug, "downloads", public=layer.is_public) as folder:
        facts = [vars(each) for each in written(layer, folder)]
        digest = tree.settle(folder, layer.slug, "downloads", public=layer.is_public)
    return Publication.objects.create(
        layer=layer,
        part="downloads",
        public=layer.is_public,
        digest=digest,
        layer_version=layer.version,
        facts={"files": facts},
    )


@pytest.fixture
def halls() -> Layer:
    layer = places.layer(
        "halls",
        title={"ja": "公共施設", "en": "Public facilities"},
        attribution="市の資料",
        licence="CC BY 4.0",
        source_date=date(2026, 4, 1),
    )
    places.feature(
        layer, name="中央会館", address="中央1-1", properties={"電話番号": "0100-00-0000"}
    )
    publish(layer)
    return layer


@pytest.fixture
def secret() -> Layer:
    layer = places.layer("secret", visibility=Layer.Visibility.STAFF, title={"ja": "庁内のみ"})
    places.feature(layer, name="庁内")
    publish(layer)
    return layer


def linked(html: str) -> dict[str, Any]:
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    found: dict[str, Any] = json.loads(text)
    return found


# -- the page ---------------------------------------------------------------------------------


def test_the_page_lists_a_layer_with_source_licence_and_files_that_are_there(
    client: Client, halls: Layer
) -> None:
    html = client.get("/catalogue/").content.decode()
    for words in ("公共施設", "市の資料", "CC BY 4.0", "2026年4月1日", "Shapefile (CP932)"):
        assert words in html
    links = re.findall(r'href="/baked/([^"]+)"', html)
    assert len(links) == 6
    for link in links:
        assert (tree.public_root() / "baked" / link).is_file()


@pytest.mark.parametrize("language", ["", "/ja-easy", "/en"])
def test_the_page_is_there_in_every_language(client: Client, halls: Layer, language: str) -> None:
    assert client.get(f"{language}/catalogue/").status_code == 200


def test_what_is_not_stated_is_said_to_be_not_stated(client: Client) -> None:
    places.layer("bare")
    html = client.get("/en/catalogue/").content.decode()
    assert "No licence is given. Ask before you use the data." in html
    assert "No source is given." in html
    assert "The files are being made. Look again in a few minutes." in html


@pytest.mark.parametrize(
    "path", ["/catalogue/", "/catalogue.jsonld", "/catalogue.atom", "/sitemap-places-0.xml"]
)
def test_nobody_reads_of_a_staff_layer_here_not_even_staff(
    client: Client, halls: Layer, secret: Layer, path: str
) -> None:
    client.force_login(User.objects.create_superuser("root"))
    answer = client.get(path)
    text = (b"".join(answer) if answer.streaming else answer.content).decode()
    hidden, shown = Feature.objects.get(layer=secret), Feature.objects.get(layer=halls)
    for word in ("secret", "庁内", f"/features/{hidden.pk}/"):
        assert word not in text
    assert "halls" in text or f"/features/{shown.pk}/" in text, "the control: what is public is"


def test_a_layer_that_became_public_shows_no_file_of_its_time_among_staff(
    client: Client, secret: Layer
) -> None:
    secret.visibility = Layer.Visibility.PUBLIC
    secret.save()
    html = client.get("/catalogue/").content.decode()
    assert "庁内のみ" in html
    assert "baked/" not in html
    assert published.newest(secret, "downloads") is None


# -- DCAT -------------------------------------------------------------------------------------


def test_a_harvester_finds_each_file_with_type_size_and_licence(
    client: Client, halls: Layer
) -> None:
    answer = client.get("/catalogue.jsonld")
    assert answer["Content-Type"] == "application/ld+json"
    found = json.loads(answer.content)
    assert found["@type"] == "dcat:Catalog"
    (dataset,) = found["dcat:dataset"]
    assert {"@value": "公共施設", "@language": "ja"} in dataset["dct:title"]
    assert dataset["dct:spatial"]["dcat:bbox"]["@value"].startswith("POLYGON((140.3 38.76, ")
    by_type = {each["dcat:mediaType"]["@id"]: each for each in dataset["dcat:distribution"]}
    table = by_type["https://www.iana.org/assignments/media-types/text/csv"]
    assert table["dcat:downloadURL"]["@id"].startswith("http://testserver/baked/layers/halls/")
    assert int(table["dcat:byteSize"]["@value"]) > 0
    assert table["dct:license"]["rdfs:label"] == "CC BY 4.0"


def test_every_prefix_and_language_tag_of_the_catalogue_is_a_known_one(
    client: Client, halls: Layer
) -> None:
    halls.title["ja-easy"] = "みんなの 施設"
    halls.save()
    text = client.get("/catalogue.jsonld").content.decode()
    used = set(re.findall(r'"([a-z]+):[A-Za-z]+"', text))
    assert used <= set(json.loads(text)["@context"])
    assert set(re.findall(r'"@language": "([^"]+)"', text)) == {"ja", "en", "ja-x-easy"}


def test_an_unknown_licence_is_left_out_of_the_catalogue(client: Client) -> None:
    publish(places.layer("bare"))
    assert "dct:license" not in client.get("/catalogue.jsonld").content.decode()


# -- the feed ---------------------------------------------------------------------------------


def test_the_feed_has_what_changed_last_first(client: Client, halls: Layer) -> None:
    places.layer("newer", title={"ja": "新しい"})
    Layer.objects.filter(pk=halls.pk).update(updated_at=timezone.now() - timedelta(days=1))
    answer = client.get("/catalogue.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(answer.content)
    assert [e.text for e in root.findall("a:entry/a:title", ATOM)] == ["新しい", "公共施設"]
    ids = [e.text for e in root.findall("a:entry/a:id", ATOM)]
    assert ids == [f"http://testserver/catalogue/#{slug}" for slug in ("newer", "halls")]
    for name in ("id", "title", "updated", "author/a:name"):
        assert root.findtext(f"a:{name}", None, ATOM), f"RFC 4287 asks for {name}"
    assert all(e.text for e in root.findall("a:entry/a:updated", ATOM))


# -- the sitemap ------------------------------------------------------------------------------


def locations(client: Client, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200
    body = b"".join(answer) if answer.streaming else answer.content
    root = ElementTree.fromstring(body)
    return [str(each.text) for each in root.iterfind("*/s:loc", MAP)]


def test_every_public_place_is_in_exactly_one_file_of_the_sitemap(
    client: Client, secret: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "MOST", 2)
    layer = places.layer("many")
    made = [places.feature(layer, str(number)) for number in range(5)]
    files = [path for path in locations(client, "/sitemap.xml") if "places" in path]
    assert len(files) == 3
    found = [locations(client, path.removeprefix("http://testserver")) for path in files]
    assert [len(each) for each in found] == [2, 2, 1]
    assert sorted(address for each in found for address in each) == sorted(
        f"http://testserver{feature.get_absolute_url()}" for feature in made
    )


def test_the_front_pages_name_each_other_in_every_language(client: Client) -> None:
    found = locations(client, "/sitemap-pages.xml")
    assert found[:3] == [f"http://testserver/{path}" for path in ("", "ja-easy/", "en/")]
    root = ElementTree.fromstring(client.get("/sitemap-pages.xml").content)
    codes = [e.get("hreflang") for e in root.findall("s:url[1]/x:link", MAP)]
    assert codes == ["ja", "ja-x-easy", "en", "x-default"]


def test_a_number_beyond_all_ids_is_not_found(client: Client) -> None:
    assert client.get(f"/sitemap-places-{2**64}.xml").status_code == 404


# -- schema.org -------------------------------------------------------------------------------


def test_a_feature_page_tells_engines_name_place_and_telephone(
    client: Client, halls: Layer
) -> None:
    feature = Feature.objects.get(layer=halls)
    found = linked(client.get(feature.get_absolute_url()).content.decode())
    assert (found["@type"], found["name"]) == ("CivicStructure", "中央会館")
    assert found["geo"] == {"@type": "GeoCoordinates", "latitude": 38.76, "longitude": 140.3}
    assert found["address"]["streetAddress"] == "中央1-1"
    assert found["telephone"] == "0100-00-0000"


def test_a_town_s_point_is_not_told_as_the_place_s(client: Client) -> None:
    feature = places.feature(places.layer(), provenance="address_town")
    assert "geo" not in linked(client.get(feature.get_absolute_url()).content.decode())


def test_engines_are_told_nothing_of_samples_and_staff_layers(
    client: Client, secret: Layer
) -> None:
    client.force_login(User.objects.create_superuser("root"))
    sample = places.feature(places.layer("invented", sample=True))
    for feature in (sample, Feature.objects.get(layer=secret)):
        html = client.get(feature.get_absolute_url()).content.decode()
        assert "application/ld+json" not in html


def test_no_text_ends_the_element_it_stands_in(client: Client) -> None:
    feature = places.feature(places.layer(), name=BAD)
    html = client.get(feature.get_absolute_url()).content.decode()
    assert "<script>alert" not in html
    assert linked(html)["name"] == BAD
    assert "</script><script>" in json.dumps({"name": BAD}), "the control: JSON alone lets it"
    assert script({"name": BAD}).count("<") == 2


def test_the_catalogue_tells_engines_its_data_sets(client: Client, halls: Layer) -> None:
    places.layer("invented", sample=True)
    found = linked(client.get("/en/catalogue/").content.decode())
    (dataset,) = found["dataset"]
    assert (dataset["@type"], dataset["license"]) == ("Dataset", "CC BY 4.0")
    assert dataset["spatialCoverage"]["geo"]["box"] == "38.76 140.3 38.76 140.3"
    assert len(dataset["distribution"]) == 6
