"""Which datum puts a file's places where they are known to be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.datum import steps
from importers.known import ENOUGH, KnownDatum, Place, datum_by_known
from tests.shared_data import shared_data

CODES = (6678, 2452, 30170)
BOX = ((-55693.0, -144463.0), (-29406.0, -121752.0))


def candidates(points: np.ndarray) -> dict[int, dict[str, Place]]:
    """Return places by key for a file whose numbers are ``points`` of zone X."""
    bounds = (*points.min(axis=0), *points.max(axis=0))
    found = {}
    for code in CODES:
        placed = steps(code, bounds, shared_data("datum-grids")).apply(points)
        found[code] = {str(n): (float(x), float(y)) for n, (x, y) in enumerate(placed)}
    return found


def off(places: dict[str, Place], metres: np.ndarray) -> dict[str, Place]:
    """Return places moved by metres east and north, as another survey would have them."""
    return {
        key: (lon + east / 86_900, lat + north / 111_000)
        for (key, (lon, lat)), (east, north) in zip(places.items(), metres, strict=True)
    }


def asked(truth: int, count: int, scatter: float, moved: int = 0, seed: int = 1) -> KnownDatum:
    """Ask for a file in ``truth``; known places scatter, and some are somewhere else altogether."""
    rng = np.random.default_rng(seed)
    found = candidates(rng.uniform(*BOX, (count, 2)))
    noise = rng.normal(0, scatter, (count, 2))
    noise[:moved] += rng.uniform(-3000, 3000, (moved, 2))
    return datum_by_known(found, off(found[truth], noise))


@pytest.mark.parametrize("truth", CODES)
def test_places_surveyed_well_tell_the_datum(truth: int) -> None:
    found = asked(truth, 40, 0.3)
    assert (found.says, found.confidence) == (truth, "clear")
    assert found.ranked[0].epsg == truth
    assert found.ranked[0].pairs == 40
    medians = {each.epsg: each.median for each in found.ranked}
    if truth == 6678:
        assert medians[2452] == pytest.approx(2.04, abs=0.3)
        assert medians[30170] == pytest.approx(428, abs=6)


@pytest.mark.parametrize("truth", CODES)
def test_scatter_of_ten_metres_hides_two_in_each_distance_but_not_in_their_direction(
    truth: int,
) -> None:
    found = asked(truth, 4000, 10.0)
    assert found.says == truth
    # The negative control: by median distance JGD2000 and JGD2011 are alike.
    medians = {each.epsg: each.median for each in found.ranked}
    if truth != 30170:
        assert abs(medians[6678] - medians[2452]) < 0.6


def test_tokyo_datum_is_seen_with_few_and_badly_drawn_places() -> None:
    found = asked(30170, 8, 40.0)
    assert (found.says, found.confidence) == (30170, "clear")


def test_a_scatter_that_hides_the_difference_says_nothing() -> None:
    found = asked(6678, 12, 10.0)
    assert (found.says, found.confidence) == (None, "unclear")
    assert found.ranked[-1].epsg == 30170  # it is still none of Tokyo Datum


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(CODES), st.integers(0, 12), st.integers(0, 1000))
def test_a_few_places_that_moved_do_not_change_the_answer(
    truth: int, moved: int, seed: int
) -> None:
    assert asked(truth, 40, 0.1, moved, seed).says == truth


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(CODES), st.floats(0.1, 30), st.integers(5, 60), st.integers(0, 1000))
def test_it_is_never_sure_of_a_wrong_one(truth: int, scatter: float, count: int, seed: int) -> None:
    assert asked(truth, count, scatter, 0, seed).says in (truth, None)


def test_fewer_than_five_pairs_say_nothing() -> None:
    assert asked(6678, ENOUGH - 1, 0.1) == KnownDatum((), None, "too_few")
    assert asked(6678, ENOUGH, 0.1).says == 6678


def test_another_list_with_the_same_numbers_says_nothing() -> None:
    rng = np.random.default_rng(3)
    found = candidates(rng.uniform(*BOX, (50, 2)))
    other = candidates(rng.uniform(*BOX, (50, 2)))[6678]
    answer = datum_by_known(found, other)
    assert (answer.says, answer.confidence) == (None, "unclear")


@pytest.mark.parametrize("share", [0.4, 0.5, 0.6])
def test_known_places_midway_between_two_datums_say_nothing(share: float) -> None:
    """As after an import without the grid of 2011: a metre off in one direction."""
    found = candidates(np.random.default_rng(4).uniform(*BOX, (60, 2)))
    midway = {
        key: (
            place[0] * (1 - share) + found[2452][key][0] * share,
            place[1] * (1 - share) + found[2452][key][1] * share,
        )
        for key, place in found[6678].items()
    }
    assert datum_by_known(found, midway).says is None


def test_a_middle_that_fits_by_chance_is_no_evidence() -> None:
    """Ten metres to every side cancel out to nothing, and so they would around the other datum."""
    found = candidates(np.random.default_rng(6).uniform(*BOX, (8, 2)))
    angles = np.arange(8) * np.pi / 4
    around = off(found[6678], 10 * np.column_stack([np.cos(angles), np.sin(angles)]))
    answer = datum_by_known(found, around)
    assert answer.ranked[0].offset < 0.1
    assert answer.says is None


def test_places_without_a_number_or_without_a_partner_do_not_count() -> None:
    found = candidates(np.random.default_rng(5).uniform(*BOX, (10, 2)))
    known = dict(found[2452])
    known["0"] = (float("nan"), 38.0)
    known["elsewhere"] = (140.0, 38.0)
    found[30170].pop("1")
    answer = datum_by_known(found, known)
    assert answer.ranked[0].pairs == 8
    assert answer.says == 2452
    assert datum_by_known({}, known).confidence == "too_few"
