"""Places near a place, and how that is said."""

import pytest
from django.utils.translation import override

from gis_portal.portal.nearby import Nearby, distance_in_words, nearby, walking_minutes
from layers.models import Feature
from tests.factories import places

METRE = 1 / 111_000
"""A metre in degrees of latitude, about."""


def test_begun_minutes_on_foot_count_whole() -> None:
    assert [walking_minutes(m) for m in (0, 1, 80, 81, 400, 401)] == [1, 1, 1, 2, 5, 6]


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (4, "同じ場所"),
        (352, "350 m（徒歩 約5分）"),
        (994, "990 m（徒歩 約13分）"),
        (1240, "1.2 km（徒歩 約16分）"),
        (12_000, "12.0 km"),
    ],
)
def test_distances_are_said_with_the_walk_where_one_would_walk(metres: float, words: str) -> None:
    with override("ja"):
        assert distance_in_words(metres) == words


def test_nothing_exact_is_said_of_a_position_that_is_only_the_towns() -> None:
    with override("ja"):
        assert Nearby(Feature(), 0, rough=True).distance == "同じ町字のどこか"
        assert Nearby(Feature(), 352, rough=True).distance == "約 350 m（町字の代表点から）"


@pytest.mark.django_db
def test_what_is_in_another_part_of_the_country_is_not_near() -> None:
    one = places.layer("one")
    here = places.feature(one, "here", (140.3, 38.76))
    places.feature(one, "there", (138.3, 34.9))
    assert nearby(here, [one]) == []


@pytest.mark.django_db
def test_the_five_nearest_come_nearest_first_from_all_layers() -> None:
    one, other, hidden = (places.layer(slug) for slug in ("one", "other", "hidden"))
    here = places.feature(one, "here", (140.3, 38.76))
    # East is shorter than north for the same degrees: only metres tell which is nearer.
    places.feature(one, "north", (140.3, 38.76 + 100 * METRE), name="north")
    places.feature(other, "east", (140.3 + 110 * METRE, 38.76), name="east")
    for number in range(2, 7):
        places.feature(
            other, f"far{number}", (140.3, 38.76 + number * 1000 * METRE), name=f"{number}"
        )
    places.feature(hidden, "hidden", (140.3, 38.76), name="hidden")
    found = nearby(here, [one, other])
    assert [near.feature.name for near in found] == ["east", "north", "2", "3", "4"]
    assert found[1].metres == pytest.approx(100, rel=0.01)
