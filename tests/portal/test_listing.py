"""What an address asks for."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from gis_portal.portal.listing import View, listed, map_state, view
from layers.models import Layer
from tests.factories import places


def test_a_position_is_latitude_longitude_and_zoom() -> None:
    assert view("38.7647,140.3019,14") == View(38.7647, 140.3019, 14)
    assert str(View(38.764712345, 140.3019, 14)) == "38.76471,140.3019,14"


@pytest.mark.parametrize(
    "text", ["", "1,2", "1,2,3,4", "a,b,c", "91,0,3", "0,181,3", "0,0,99", "nan,0,1", "0,0,inf"]
)
def test_what_is_no_position_is_none(text: str) -> None:
    assert view(text) is None


@given(st.text())
def test_no_text_breaks_the_reading_of_a_position(text: str) -> None:
    found = view(text)
    assert found is None or view(str(found)) is not None


@pytest.fixture
def three(db: None) -> list[Layer]:
    places.layer("a", order=2)
    places.layer("b", order=1, shown_at_start=False)
    places.layer("c", order=3, shown_at_start=False)
    return list(Layer.objects.all())


def slugs(query: str, layers: list[Layer]) -> list[str]:
    return map_state(QueryDict(query), layers, ["x", "y"]).slugs


def test_without_a_word_the_usual_layers_are_shown(three: list[Layer]) -> None:
    assert slugs("", three) == ["a"]


@pytest.mark.parametrize("query", ["layers=b,c", "layers=b&layers=c", "layers=&layers=c,b,nope"])
def test_layers_come_as_a_list_or_as_a_form_sends_them(three: list[Layer], query: str) -> None:
    assert slugs(query, three) == ["b", "c"]


def test_an_empty_list_of_layers_is_no_layer(three: list[Layer]) -> None:
    assert slugs("layers=", three) == []


def test_the_layer_of_the_feature_asked_for_is_shown(three: list[Layer]) -> None:
    asked = places.feature(three[0], "1")  # of b
    assert slugs(f"feature={asked.pk}", three) == ["b", "a"]
    assert slugs(f"feature={asked.pk}", three[1:]) == ["a"]  # b is not theirs to see
    for wrong in ("x", "-1", "²", "9" * 30, "0"):
        assert map_state(QueryDict(f"feature={wrong}"), three, []).feature is None


def test_an_unknown_base_map_is_the_first(three: list[Layer]) -> None:
    assert map_state(QueryDict("base=y"), three, ["x", "y"]).base == "y"
    assert map_state(QueryDict("base=z"), three, ["x", "y"]).base == "x"
    assert map_state(QueryDict(""), three, []).base == ""


def test_the_list_is_by_layer_then_by_reading(three: list[Layer]) -> None:
    b, a, _ = three
    places.feature(a, "1", name="図書館", name_kana="トショカン")
    places.feature(a, "2", name="会館", name_kana="カイカン")
    places.feature(b, "3", name="んん")
    assert [feature.name for feature in listed([a, b])] == ["んん", "会館", "図書館"]
