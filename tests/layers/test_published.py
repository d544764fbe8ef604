"""What is current: the newest publication of each part, for its own audience."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from layers.models import Layer, Publication
from layers.publish import published
from tests.factories import places

pytestmark = pytest.mark.django_db


def publication(layer: Layer, part: str = "map", **facts: Any) -> Publication:
    defaults = {"public": True, "digest": "0" * 16, "layer_version": 1, "facts": {}}
    return Publication.objects.create(layer=layer, part=part, **{**defaults, **facts})


def test_the_newest_of_each_part_of_each_layer_is_current() -> None:
    a, b, bare = places.layer("a"), places.layer("b"), places.layer("bare")
    publication(a)
    newest = publication(a)
    details = publication(a, "details")
    other = publication(b)
    assert published.newest_of([a, b, bare]) == {
        a.pk: {"map": newest, "details": details},
        b.pk: {"map": other},
        bare.pk: {},
    }


def test_what_was_baked_for_others_is_not_current() -> None:
    hidden, shown = places.layer("hidden", visibility="staff"), places.layer("shown")
    publication(hidden)  # from when everybody could see it
    publication(shown, public=False)
    assert published.newest_of([hidden, shown]) == {hidden.pk: {}, shown.pk: {}}
    own = publication(hidden, public=False)
    assert published.newest_of([hidden])[hidden.pk] == {"map": own}


def test_both_ways_of_asking_say_the_same() -> None:
    layers = [places.layer("a"), places.layer("b", visibility="staff")]
    for layer in layers:
        for public in (True, False, True):
            for part in ("map", "details"):
                publication(layer, part, public=public)
    for layer in layers:
        for part in ("map", "details", "downloads"):
            found = published.newest_of(layers)[layer.pk].get(part)
            assert found == published.newest(layer, part)


def test_many_layers_are_asked_for_at_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    layers = [places.layer(f"layer-{number}") for number in range(5)]
    for layer in layers:
        publication(layer)
    with django_assert_num_queries(1):
        assert len(published.newest_of(layers)) == 5
