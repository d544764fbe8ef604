"""A facility that stands in both of 国土地理院's lists is linked, never merged."""

import pytest
from django.test import Client

from layers.models import Feature
from tests.factories import places

pytestmark = pytest.mark.django_db
NOTE = "where you flee to first"


def site(key: str = "E0620500001201") -> Feature:
    layer = places.layer("sites", kind="emergency_site")
    return places.feature(layer, key, name="中央小学校グラウンド")


def shelter(key: str = "E0620500001111", **facts: object) -> Feature:
    layer = places.layer("shelters", kind="shelter", **facts)
    return places.feature(layer, key, name="中央小学校体育館")


def page(client: Client, feature: Feature) -> str:
    return client.get(f"/en/features/{feature.pk}/").content.decode()


def test_each_page_links_to_the_other(client: Client) -> None:
    one, two = site(), shelter()
    for this, other in ((one, two), (two, one)):
        text = page(client, this)
        assert NOTE in text
        part = text.partition('id="same-title"')[2].partition("</section>")[0]
        assert f'href="/en/features/{other.pk}/"' in part
        assert other.name in part
        assert this.name not in part


@pytest.mark.parametrize("key", ["E0620500002111", "E0620600001111", "1"])
def test_another_number_is_another_facility(client: Client, key: str) -> None:
    one, _ = site(), shelter(key)
    assert NOTE not in page(client, one)


def test_a_staff_layer_is_not_given_away(client: Client) -> None:
    one, _ = site(), shelter(visibility="staff")
    assert NOTE not in page(client, one)


def test_another_kind_of_place_is_not_linked(client: Client) -> None:
    one = site()
    halls = places.layer("halls", kind="public_facility")
    hall = places.feature(halls, "E0620500001111", name="会館")
    assert NOTE not in page(client, one)
    assert NOTE not in page(client, hall)


def test_the_same_list_twice_is_not_linked(client: Client) -> None:
    one = site()
    again = places.feature(places.layer("again", kind="emergency_site"), "E0620500001202")
    assert NOTE not in page(client, one)
    assert NOTE not in page(client, again)
