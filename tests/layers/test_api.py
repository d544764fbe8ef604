"""The API tells the public what is public, and says when nothing has changed."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from layers.changes import recording
from layers.models import Layer
from tests.factories import places

pytestmark = pytest.mark.django_db


def test_the_root_links_to_every_part(client: Client) -> None:
    landing = client.get("/api/v1/")
    assert landing.status_code == 200
    for link in landing.json()["links"]:
        answer = client.get(link["href"])
        assert answer.status_code == 200, link
        assert answer["Content-Type"].split(";")[0] == link["type"].split(";")[0] or (
            link["rel"] == "service-desc"
        )


def test_the_api_describes_itself_as_openapi_3_1(client: Client) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert "/api/v1/layers/{slug}/features" in described["paths"]


def test_layers_come_in_the_order_of_the_map_with_counts_and_box(client: Client) -> None:
    later, first = places.layer("later", order=20), places.layer("first", order=10)
    places.feature(later, "1", at=(140.1, 38.1))
    places.feature(later, "2", at=(140.2, 38.2))
    listed = client.get("/api/v1/layers").json()
    assert [(one["slug"], one["count"]) for one in listed] == [("first", 0), ("later", 2)]
    assert listed[0]["bbox"] is None
    assert listed[1]["bbox"] == [140.1, 38.1, 140.2, 38.2]
    assert first.title_in("ja") == listed[0]["title"]


def test_names_come_in_the_language_asked_for(client: Client) -> None:
    layer = places.layer()
    places.feature(layer, name="図書館", name_en="Library")
    assert client.get("/api/v1/layers?lang=en").json()[0]["title"] == "Map of places"
    english = client.get("/api/v1/layers/places/features?lang=en").json()["features"][0]
    assert english["properties"]["name"] == "Library"
    assert english["properties"]["url"].startswith("/en/features/")
    japanese = client.get("/api/v1/layers/places/features").json()["features"][0]
    assert japanese["properties"]["name"] == "図書館"
    assert client.get("/api/v1/layers?lang=xx").status_code == 422


def test_features_are_geojson_in_listing_order(client: Client) -> None:
    layer = places.layer()
    places.feature(layer, "1", name="ん", at=(140.123456789, 38.1))
    places.feature(layer, "2", name="漢字", name_kana="アイ")
    places.feature(layer, "3", name="か")
    collection = client.get("/api/v1/layers/places/features").json()
    assert collection["type"] == "FeatureCollection"
    assert [f["properties"]["name"] for f in collection["features"]] == ["漢字", "か", "ん"]
    assert collection["features"][2]["geometry"]["coordinates"] == [140.123457, 38.1]


def test_a_nameless_feature_goes_by_its_layer_and_the_key_of_its_source(client: Client) -> None:
    places.feature(places.layer(key_column="ID"), "A-7", name="")
    listed = client.get("/api/v1/layers/places/features").json()["features"]
    assert listed[0]["properties"]["name"] == "placesの地図 A-7"


def test_a_nameless_feature_without_a_key_of_its_source_goes_by_its_id(client: Client) -> None:
    made = places.feature(places.layer(), "g-57bfa10903c03d44", name="")
    listed = client.get("/api/v1/layers/places/features").json()["features"]
    assert listed[0]["properties"]["name"] == f"placesの地図 {made.pk}"


def test_an_unchanged_layer_answers_304_and_a_changed_one_does_not(client: Client) -> None:
    layer = places.layer()
    feature = places.feature(layer)
    etag = client.get("/api/v1/layers/places/features")["ETag"]

    def again(**headers: str) -> int:
        return client.get("/api/v1/layers/places/features", headers=headers).status_code

    assert again(**{"If-None-Match": etag}) == 304
    assert again(**{"If-None-Match": '"other"'}) == 200
    with recording(layer, "edit"):
        feature.name = "renamed"
        feature.save()
    assert again(**{"If-None-Match": etag}) == 200


def test_what_is_for_staff_is_not_there_for_the_public(client: Client) -> None:
    hidden = places.layer("hidden", visibility=Layer.Visibility.STAFF)
    feature = places.feature(hidden)
    addresses = ["/api/v1/layers/hidden/features", f"/api/v1/features/{feature.pk}"]
    assert client.get("/api/v1/layers").json() == []
    assert [client.get(address).status_code for address in addresses] == [404, 404]

    client.force_login(User.objects.create_superuser("staff"))
    assert [one["slug"] for one in client.get("/api/v1/layers").json()] == ["hidden"]
    answers = [client.get(address) for address in addresses]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "private" in answers[0]["Cache-Control"]


def test_a_feature_carries_every_property_of_its_source(client: Client) -> None:
    feature = places.feature(places.layer(licence="CC0"), properties={"種別": "図書館", "階": 2})
    told = client.get(f"/api/v1/features/{feature.pk}").json()
    assert told["geometry"] == {"type": "Point", "coordinates": [140.3, 38.76]}
    assert told["properties"]["source"] == {"種別": "図書館", "階": 2}
    assert (told["properties"]["subtitle"], told["properties"]["licence"]) == ("図書館", "CC0")
    assert client.get("/api/v1/features/999999").status_code == 404


def test_listing_a_layer_takes_a_fixed_number_of_queries(
    client: Client, django_assert_num_queries: object
) -> None:
    layer = places.layer()
    for number in range(5):
        places.feature(layer, str(number))
    with django_assert_num_queries(2):  # type: ignore[operator]
        client.get("/api/v1/layers/places/features")
