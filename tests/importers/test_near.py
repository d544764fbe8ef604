"""Which places lie suspiciously near each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from importers import near
from importers.near import Places, near_pairs

GEOD = Geod(ellps="GRS80")
METRE = 1 / 111_000

Spot = tuple[int, int, int, int, bool, bool]


def places(spots: list[Spot]) -> Places:
    """Return places from (metres east, metres north, size, name, new, exact)."""
    east, north, size, name, new, exact = (np.array(c) for c in zip(*spots, strict=True))
    return Places(
        140.3 + east * METRE,
        38.76 + north * METRE,
        size.astype(float),
        name.astype(np.int64),
        new.astype(bool),
        exact.astype(bool),
    )


def by_comparing_all(of: Places) -> dict[int, tuple[bool, float]]:
    """Return for each place told of (same name, metres) of its pair: each compared with each."""
    found: dict[int, tuple[bool, float]] = {}
    for one in range(len(of.lon)):
        for two in range(one):
            if not of.new[[one, two]].any():
                continue
            sizes = sorted(of.size[[one, two]])
            if sizes[1] > sizes[0] * 1.25:
                continue
            metres = GEOD.inv(of.lon[one], of.lat[one], of.lon[two], of.lat[two])[2]
            same = bool(of.name[one] == of.name[two] >= 0)
            exact = of.exact[[one, two]].all()
            if (exact and metres <= near.NEAR_M) or (same and metres <= near.SAME_NAME_M):
                told = one if of.new[one] else two
                found[told] = min(
                    found.get(told, (False, np.inf)), (same, metres), key=lambda f: (not f[0], f[1])
                )
    return found


spot = st.tuples(
    st.integers(-150, 150),
    st.integers(-150, 150),
    st.sampled_from([0, 0, 0, 100, 120, 200]),
    st.integers(-1, 3),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(spot, min_size=1, max_size=60))
@settings(deadline=None, max_examples=150)
def test_the_grid_finds_just_what_comparing_each_with_each_finds(spots: list[Spot]) -> None:
    of = places(spots)
    pairs = near_pairs(of)
    assert pairs.complete
    found = {
        int(place): (bool(same), float(metres))
        for place, same, metres in zip(pairs.place, pairs.same_name, pairs.metres, strict=True)
    }
    expected = by_comparing_all(of)
    assert found.keys() == expected.keys()
    for place, (same, metres) in expected.items():
        assert found[place][0] == same
        assert abs(found[place][1] - metres) < 1e-6


def test_a_thousand_on_one_spot_are_a_thousand_pairs() -> None:
    pairs = near_pairs(places([(0, 0, 0, -1, True, True)] * 1000))
    assert list(pairs.place) == list(range(1, 1000))
    assert set(pairs.other) == {0}
    assert set(pairs.metres) == {0.0}


def test_an_old_place_is_named_before_a_new_one_on_the_same_spot() -> None:
    pairs = near_pairs(
        places([(0, 0, 0, -1, True, True), (0, 0, 0, -1, False, True), (0, 0, 0, -1, True, True)])
    )
    assert list(zip(pairs.place, pairs.other, strict=True)) == [(0, 1), (2, 1)]


def test_those_at_the_middle_of_a_town_are_not_near_by_that() -> None:
    assert not len(near_pairs(places([(0, 0, 0, -1, True, False)] * 5)).place)
    namesakes = near_pairs(places([(0, 0, 0, 7, True, False)] * 2))
    assert list(namesakes.place) == [1]


def test_areas_that_only_touch_are_no_pair_and_one_drawn_twice_is() -> None:
    field, building = (0, 0, 1000, -1, True, True), (3, 0, 200, -1, True, True)
    again = (2, 0, 1010, -1, True, True)
    assert not len(near_pairs(places([field, building])).place)
    assert list(near_pairs(places([field, building, again])).place) == [2]


def test_a_crowd_too_dense_to_compare_ends_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "_COMPARED", 500_000)
    monkeypatch.setattr(near, "_AT_ONCE", 100_000)
    crowd = np.random.default_rng(1).uniform(0, 5, (2000, 2))
    of = places([(0, 0, 0, -1, True, True)] * 2000)
    of = Places(
        140.3 + crowd[:, 0] * METRE,
        38 + crowd[:, 1] * METRE,
        *(getattr(of, name) for name in ("size", "name", "new", "exact")),
    )
    pairs = near_pairs(of)
    assert not pairs.complete
    assert len(pairs.place) > 1000


def test_nothing_gives_nothing() -> None:
    empty = np.empty(0)
    none = Places(
        empty, empty, empty, empty.astype(np.int64), empty.astype(bool), empty.astype(bool)
    )
    assert not len(near_pairs(none).place)
