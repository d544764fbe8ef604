"""Which places lie suspiciously near each other: found on a grid, without a database.

Every place is put into a square of the grid as large as the distance asked for, so that only
places of the same and of the neighbouring squares need comparing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Figures = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]

NEAR_M, SAME_NAME_M = 10.0, 100.0
"""Near by itself (UK-Polling-Stations warns at 10 m), and near for two of the same name."""

COMMON_NAME = 20
"""A name that more places bear says what they are (消火栓), not which."""

_ALIKE = 1.25
_COMPARED, _AT_ONCE = 20_000_000, 2_000_000
_A, _F = 6_378_137.0, 1 / 298.257222101  # GRS80
_E2 = _F * (2 - _F)
# A square and half of those around it: the other half is met from the other side.
_AROUND = ((0, 0), (1, 0), (0, 1), (1, 1), (1, -1))


@dataclass(frozen=True, slots=True)
class Places:
    """Places as columns: degrees of the middle, size (0 for points), name, and two marks.

    ``name`` is a number, the same for the same name, -1 for none or a common one. ``new`` marks
    those asked about. ``exact`` ones have a position of their own: those put at the middle of a
    town lie together without meaning anything by it.
    """

    lon: Figures
    lat: Figures
    size: Figures
    name: Numbers
    new: Marks
    exact: Marks


@dataclass(frozen=True, slots=True)
class Pairs:
    """For each place with another near it (``place``) the most suspicious one (``other``).

    That is one of the same name, else the nearest. Of two new ones the later is told of.
    ``complete`` is False where so many crowd together that not all were compared.
    """

    place: Numbers
    other: Numbers
    metres: Figures
    same_name: Marks
    complete: bool


class _Found(NamedTuple):
    one: Numbers
    two: Numbers
    metres: Figures


def near_pairs(places: Places) -> Pairs:
    """Return the new places that have another within NEAR_M, or a namesake within SAME_NAME_M.

    Areas and lines are compared by their middles, and only with those of about their size: that
    neighbours touch is in their nature. Distances are geodesic, on GRS80.
    """
    nameless = np.zeros_like(places.name)
    best, complete = _told(places, []), True
    for group, within, asked in (
        (nameless, NEAR_M, places.exact),
        (places.name, SAME_NAME_M, places.name >= 0),
    ):
        stacked, spots = _stacked(places, group, np.flatnonzero(asked))
        best, left = _told(places, [best, stacked]), _COMPARED
        for candidates in _candidates(places, group, within, spots):
            best = _told(places, [best, _near(places, candidates, within)])
            left -= len(candidates[0])
            if left < 0:
                complete = False
                break
    same_name = _namesakes(places, best.one, best.two)
    return Pairs(best.one, best.two, best.metres, same_name, complete)


def _told(places: Places, parts: list[_Found]) -> _Found:
    """Return for each new place its most suspicious pair, the place that is told of first.

    That is the later one of two new ones; of a new and an old one, the new one.
    """
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return _Found(none, none, np.empty(0))
    one, two, metres = (np.concatenate(column) for column in zip(*parts, strict=True))
    turned = ~places.new[one] | (places.new[two] & (one < two))
    place, other = np.where(turned, two, one), np.where(turned, one, two)
    order = np.lexsort((other, metres, ~_namesakes(places, place, other), place))
    order = order[_first_of(place[order])]
    return _Found(place[order], other[order], metres[order])


def _namesakes(places: Places, one: Numbers, two: Numbers) -> Marks:
    same: Marks = (places.name[one] == places.name[two]) & (places.name[one] >= 0)
    return same


def _first_of(*columns: npt.NDArray[np.generic]) -> Marks:
    """Return which rows of sorted columns differ from the row before."""
    first = np.ones(len(columns[0]), dtype=bool)
    first[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return first


def _stacked(places: Places, group: Numbers, index: Numbers) -> tuple[_Found, Numbers]:
    """Return the new places on the very spot of another of their group, and one place a spot.

    Each is paired with an old one there, else the first: a thousand on one spot are a thousand
    pairs, not a million.
    """
    keys = (index, places.new[index], places.size[index], places.lat[index], places.lon[index])
    order = index[np.lexsort((*keys, group[index]))]
    first = _first_of(
        group[order], places.lon[order], places.lat[order], places.size[order]
    )  # fmt: skip
    heads = order[np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))]
    told = ~first & places.new[order]
    one, two = order[told], heads[told]
    return _Found(one, two, np.zeros(len(one))), order[first]


def _candidates(
    places: Places, group: Numbers, within: float, index: Numbers
) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield pairs of the same group in the same or neighbouring squares, some at a time."""
    if not len(index):
        return
    lon, lat = places.lon[index], places.lat[index]
    # A degree of latitude is at least 110,574 m (GRS80), one of longitude that times the cosine.
    tall = within / 110_000
    wide = tall / max(float(np.cos(np.radians(np.abs(lat).max()))), 0.01)
    column = np.floor((lon - lon.min()) / wide).astype(np.int64) + 1
    row = np.floor((lat - lat.min()) / tall).astype(np.int64) + 1
    height, width = int(row.max()) + 2, int(column.max()) + 2
    square = (group[index] * width + column) * height + row
    order = np.argsort(square, kind="stable")
    square, index = square[order], index[order]
    for right, up in _AROUND:
        wanted = square + right * height + up
        low = np.searchsorted(square, wanted, "left")
        if (right, up) == (0, 0):
            low = np.arange(len(square)) + 1
        high = np.searchsorted(square, wanted, "right")
        ends = np.cumsum(high - low)
        start = 0
        while start < len(index):
            begun = int(ends[start - 1]) if start else 0
            stop = max(int(np.searchsorted(ends, begun + _AT_ONCE, "right")), start + 1)
            counts = (high - low)[start:stop]
            steps = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
            yield (
                index[np.repeat(np.arange(start, stop), counts)],
                index[np.repeat(low[start:stop], counts) + steps],
            )
            start = stop


def _near(places: Places, candidates: tuple[Numbers, Numbers], within: float) -> _Found:
    """Return the candidates that are near, alike in size, and one of them new."""
    one, two = candidates
    large = np.maximum(places.size[one], places.size[two])
    small = np.minimum(places.size[one], places.size[two])
    kept = (places.new[one] | places.new[two]) & (large <= small * _ALIKE)
    one, two = one[kept], two[kept]
    metres = _metres(places.lon[one], places.lat[one], places.lon[two], places.lat[two])
    kept = metres <= within
    return _Found(one[kept], two[kept], metres[kept])


def _metres(lon: Figures, lat: Figures, other_lon: Figures, other_lat: Figures) -> Figures:
    """Return distances of at most some hundred metres along the ellipsoid GRS80.

    By the radii of curvature there (Bomford, Geodesy, 4th ed., A.2), which so near is exact to a
    thousandth of a millimetre and a hundred times as fast as the geodesic.
    """
    middle = np.radians((lat + other_lat) / 2)
    root = 1 - _E2 * np.sin(middle) ** 2
    across = _A / np.sqrt(root)
    along = across * (1 - _E2) / root
    up = along * np.radians(lat - other_lat)
    right = across * np.cos(middle) * np.radians(lon - other_lon)
    metres: Figures = np.hypot(up, right)
    return metres
