"""The demo: real facts, said with their source; what is invented is marked on every page."""

import io
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from layers.models import Feature, Layer

pytestmark = pytest.mark.django_db


def load() -> str:
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demo, loaded once for all tests of this module: each goes back to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load()
        yield
        transaction.set_rollback(True)


def test_the_layers_of_the_plan_are_there_with_their_places(demo: None) -> None:
    counts = {layer.slug: layer.feature_count for layer in Layer.objects.with_counts()}  # type: ignore[attr-defined]
    assert counts["emergency-sites"] == 34
    assert counts["shelters"] == 32
    for slug in ("public-facilities", "welfare-medical-childcare", "schools", "heritage", "rooms"):
        assert counts[slug] > 0


def test_loading_it_again_changes_nothing(demo: None) -> None:
    versions = list(Layer.objects.values_list("slug", "version"))
    again = load().splitlines()
    assert len(again) == len(versions)
    assert all(": 0 new, 0 changed, " in line for line in again)
    assert list(Layer.objects.values_list("slug", "version")) == versions


def test_every_layer_says_where_it_comes_from_in_every_language(demo: None) -> None:
    for layer in Layer.objects.all():
        assert layer.attribution, layer.slug
        assert layer.licence, layer.slug
        assert set(settings.CITY.languages) <= set(layer.title), layer.slug


def test_what_has_no_coordinate_stands_at_its_town_and_its_page_says_so(
    demo: None, client: Client
) -> None:
    placed = Feature.objects.filter(provenance="address_town")
    assert placed.count() > 5
    for feature in placed:
        assert feature.properties["緯度"] is None
        page = client.get(feature.get_absolute_url()).content.decode()
        assert "町字の代表点" in page
    surveyed = Feature.objects.filter(provenance="surveyed").first()
    assert surveyed is not None
    assert "町字の代表点" not in client.get(surveyed.get_absolute_url()).content.decode()


def test_every_page_opens_and_only_what_is_invented_is_marked_a_sample(
    demo: None, client: Client
) -> None:
    for feature in Feature.objects.select_related("layer"):
        answer = client.get(feature.get_absolute_url())
        assert answer.status_code == 200
        marked = "これは見本です" in answer.content.decode()
        assert marked == feature.layer.sample, feature
