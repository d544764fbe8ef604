"""Parameters by themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.ogc import params
from layers.ogc.problems import BadRequest
from tests.ogc.conftest import refusal


@given(st.text(min_size=1, max_size=200).filter(lambda key: "\0" not in key))
def test_a_cursor_gives_its_key_back(key: str) -> None:
    try:
        key.encode()
    except UnicodeEncodeError:
        return  # a half of a character, which no database holds
    cursor = params.cursor_after(key)
    assert params.key_of(cursor) == key
    assert cursor.isascii()
    assert not set(cursor) & set("+/=&?# ")


@given(st.text(max_size=60))
def test_any_cursor_is_read_or_refused(text: str) -> None:
    assert refusal(params.key_of, text) != ""


@given(st.text(max_size=60))
def test_any_text_is_a_limit_a_box_a_time_or_is_refused(text: str) -> None:
    for read in (params.limit_of, params.box_of, params.refuse_no_datetime):
        assert refusal(read, text) != ""


@given(st.datetimes().map(lambda moment: moment.isoformat(timespec="seconds") + "Z"))
def test_every_instant_of_rfc_3339_is_one(text: str) -> None:
    params.refuse_no_datetime(text)
    params.refuse_no_datetime(f"{text}/..")
    params.refuse_no_datetime(f"../{text}")
    params.refuse_no_datetime(text.lower())


def test_a_limit_stays_within_its_ends() -> None:
    assert params.limit_of(None) == params.DEFAULT_LIMIT
    assert params.limit_of("1") == 1
    assert params.limit_of("999999999999") == params.MOST_ITEMS
    with pytest.raises(BadRequest):
        params.limit_of("9" * 400)


def test_a_value_may_not_be_longer_than_the_longest() -> None:
    params.singles({"filter": ["x" * params.LONGEST_VALUE]})
    with pytest.raises(BadRequest, match="characters"):
        params.singles({"filter": ["x" * (params.LONGEST_VALUE + 1)]})


def test_a_sentence_shows_no_more_of_a_request_than_it_needs() -> None:
    with pytest.raises(BadRequest) as refused:
        params.number_of("bbox", "9" * 3000 + "x")
    assert len(refused.value.detail) < 200
