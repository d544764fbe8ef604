"""The public pages, as the server sends them."""

import json
import re

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client
from django.utils.translation import override

from layers.models import Feature, Layer
from tests.factories import places

pytestmark = pytest.mark.django_db

TEXT = {"ja": "公共施設", "ja-easy": "みんなの 施設", "en": "Public facilities"}


@pytest.fixture
def hall() -> Feature:
    schema = [{"name": "定員", "type": "number", "title": {"ja": "定員", "en": "Seats"}}]
    layer = places.layer(
        "halls", title=TEXT, schema=schema, attribution="市の資料", licence="CC BY"
    )
    return places.feature(
        layer,
        name="中央会館",
        name_kana="チュウオウカイカン",
        address="中央1-1",
        properties={"定員": 120, "電話番号": "0100-00-0000"},
    )


@pytest.fixture
def site() -> Feature:
    layer = places.layer(
        "sites",
        kind="emergency_site",
        source_date="2025-10-27",
        attribution="国土地理院",
        shown_at_start=False,
    )
    return places.feature(
        layer, name="公園", properties={"災害種別_洪水": "1", "災害種別_地震": None}
    )


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_front_page_lists_the_places_of_the_usual_layers(
    client: Client, hall: Feature, site: Feature
) -> None:
    html = page(client, "/")
    assert "中央会館" in html
    assert f'href="/features/{hall.pk}/"' in html
    assert f'href="/features/{site.pk}/"' not in html
    assert f'href="/features/{site.pk}/"' in page(client, "/?layers=sites")


def test_the_page_tells_the_script_where_the_places_are(
    client: Client, hall: Feature, site: Feature
) -> None:
    html = page(client, "/en/")
    found = re.search(r'<script id="page" type="application/json">(.*?)</script>', html)
    assert found
    data = json.loads(found[1])
    assert data["layers"][0]["features"] == "/api/v1/layers/halls/features?lang=en"
    assert data["usual"] == {"layers": ["halls"], "base": settings.CITY.base_maps[0].id}
    assert data["placePage"] == "/en/features/{id}/"
    assert data["placeApi"] == "/api/v1/features/{id}?lang=en"


def test_without_a_script_the_page_shows_what_the_address_asks_for(
    client: Client, hall: Feature, site: Feature
) -> None:
    html = page(client, f"/en/?at=38.7,140.3,15&layers=halls&feature={site.pk}&base=nope")
    assert html.count("checked") == 3  # both layers, and the first base map
    assert '<input type="hidden" name="at" value="38.7,140.3,15">' in html
    assert "place is-chosen" in html


def test_the_list_is_cut_into_pages_that_keep_the_choice(client: Client, hall: Feature) -> None:
    for number in range(60):
        places.feature(hall.layer, f"n{number}", name=f"場所{number:02}")
    first = page(client, "/?layers=halls")
    assert first.count('class="place"') == 50 + 1  # and the one the script copies
    assert "?layers=halls&amp;page=2" in first
    second = page(client, "/?layers=halls&page=2")
    assert second.count('class="place"') == 11 + 1
    assert page(client, "/?layers=halls&page=nope").count('class="place"') == 51


def test_a_map_without_any_layer_says_so(client: Client) -> None:
    assert "地図には、まだ何もありません。" in page(client, "/")


def test_a_feature_page_says_what_is_known(client: Client, hall: Feature) -> None:
    html = page(client, f"/features/{hall.pk}/")
    for words in (
        "中央会館",
        "チュウオウカイカン",
        "公共施設",
        "中央1-1",
        "120",
        "市の資料",
        "CC BY",
    ):
        assert words in html
    assert 'href="tel:0100-00-0000"' in html
    assert f"<title>中央会館 | 公共施設 | {settings.CITY.portal_name['ja']}</title>" in html
    assert "見本です" not in html
    english = page(client, f"/en/features/{hall.pk}/")
    assert "Seats" in english
    assert '<span lang="ja">中央会館</span>' in english


def test_a_sample_is_marked_wherever_it_is_shown(client: Client, hall: Feature) -> None:
    other = places.feature(places.layer("plain"), at=(140.3001, 38.76))
    Layer.objects.filter(pk=hall.layer.pk).update(sample=True)
    assert "これは見本です" in page(client, f"/features/{hall.pk}/")
    for path in ("/", f"/features/{other.pk}/"):
        assert '<span class="badge">見本</span>' in page(client, path)


@pytest.mark.parametrize(
    ("provenance", "words"),
    [
        ("surveyed", "出典の座標による位置です。"),
        ("address_town", "住所の町字の代表点です。正確な位置ではありません。"),
        ("hand", "人が地図に置いた位置です。"),
    ],
)
def test_how_the_position_is_known_is_said(client: Client, provenance: str, words: str) -> None:
    place = places.feature(places.layer(), provenance=provenance)
    assert words in page(client, f"/features/{place.pk}/")


def test_an_emergency_site_shows_what_it_is_designated_for_and_never_says_safe(
    client: Client, site: Feature
) -> None:
    html = page(client, f"/features/{site.pk}/")
    for words in (
        "災害の種類ごとの指定",
        "指定あり",
        "指定なし",
        "わかりません",
        "最新でないことがあります",
    ):
        assert words in html
    assert "2025年10月27日" in html
    assert "国土地理院" in html
    for language in ("", "/ja-easy", "/en"):
        html = page(client, f"{language}/features/{site.pk}/")
        assert not re.search(r"安全|あんぜん|\bsafe", html, re.IGNORECASE)


def test_only_emergency_sites_have_designations(client: Client, hall: Feature) -> None:
    assert "災害の種類ごとの指定" not in page(client, f"/features/{hall.pk}/")


def test_a_place_of_a_staff_layer_does_not_exist_for_the_public(
    client: Client, hall: Feature
) -> None:
    staff = places.layer("staff", title={"ja": "職員の地図"}, visibility="staff")
    secret = places.feature(staff, "s", name="職員の倉庫")
    assert client.get(f"/features/{secret.pk}/").status_code == 404
    for path in ("/", "/?layers=staff", f"/?feature={secret.pk}", f"/features/{hall.pk}/"):
        assert "職員の" not in page(client, path)
    client.force_login(User.objects.create_superuser("officer"))
    assert "職員の倉庫" in page(client, f"/features/{secret.pk}/")


def test_areas_are_not_places_to_go_to(client: Client, hall: Feature) -> None:
    flood = places.layer("flood", kind="hazard", geometry_type="polygon")
    around = "POLYGON((140.2 38.7,140.4 38.7,140.4 38.8,140.2 38.8,140.2 38.7))"
    area = places.feature(flood, "f", around, name="浸水する所")
    assert "浸水する所" not in page(client, f"/features/{hall.pk}/")
    assert "中央会館" in page(client, f"/features/{area.pk}/")


def test_a_nameless_feature_goes_by_its_layer(client: Client) -> None:
    roads = places.layer("roads", title={"ja": "道"}, key_column="番号")
    nameless = places.feature(roads, "7", name="")
    assert "道 7" in page(client, f"/features/{nameless.pk}/")
    assert "道 7" in page(client, "/")


def test_names_are_not_taken_for_markup(client: Client) -> None:
    nasty = places.feature(places.layer(), name='<script>alert(1)</script>"&', address="<b>")
    for path in ("/", "/en/", f"/features/{nasty.pk}/", f"/en/features/{nasty.pk}/"):
        html = page(client, path)
        assert "<script>alert" not in html
        assert "<b>" not in html


def test_no_page_carries_a_style_or_a_script_of_its_own(client: Client, hall: Feature) -> None:
    for path in ("/", f"/features/{hall.pk}/"):
        html = page(client, path)
        assert " style=" not in html
        assert not re.search(r"\son\w+=", html)
        assert not re.search(r"<script(?![^>]*(src=|application/(ld\+)?json))", html)


@pytest.mark.parametrize("path", ["/features/999/", "/nothing/here", "/en/features/999/"])
def test_what_does_not_exist_gets_a_page_that_helps(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    html = response.content.decode()
    assert "<h1>" in html
    assert 'class="button"' in html


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
@pytest.mark.parametrize("template", ["500.html", "503.html"])
def test_error_pages_need_no_request_and_no_database(
    template: str, language: str, django_assert_num_queries: object
) -> None:
    with override(language), django_assert_num_queries(0):  # type: ignore[operator]
        html = render_to_string(template)
    assert settings.CITY.telephone in html
    assert f'<html lang="{language[:2]}">' in html


def test_a_broken_page_is_told_with_what_to_do_next(
    client: Client, hall: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("gis_portal.portal.views.nearby", broken)
    client.raise_request_exception = False
    response = client.get(f"/features/{hall.pk}/")
    assert response.status_code == 500
    html = response.content.decode()
    assert "数分たってから" in html
    assert "a secret of the inside" not in html


def test_the_mailbox_shows_mails_and_says_when_there_are_none() -> None:
    with override("ja"):
        assert "まだ送られていません" in render_to_string("portal/mailbox.html", {"messages": []})
        mail = {
            "date": "today",
            "sender": "portal@localhost",
            "recipients": "you@example.jp",
            "subject": "予約 <b>",
            "body": "一行\n二行",
        }
        html = render_to_string("portal/mailbox.html", {"messages": [mail]})
    assert "予約 &lt;b&gt;" in html
    assert "一行\n二行" in html
