"""Runs: arrays of things one after another, and how many there are of each."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def starts_of(counts: Ints) -> Ints:
    """Return where each run begins; ``counts`` (r,) says how long each is."""
    return np.asarray(np.cumsum(counts) - counts)


def places(starts: Ints, counts: Ints) -> Ints:
    """Return the places of runs that begin anywhere: 7, 8, 9, 2, 3 for (7, 2) and (3, 2)."""
    shift = np.repeat(starts - starts_of(counts), counts)
    return np.asarray(shift + np.arange(len(shift)))


def within(counts: Ints) -> Ints:
    """Return for each item its number within its run: 0, 1, 2, 0, 1 for runs of 3 and 2."""
    return places(np.zeros_like(counts), counts)


def sums(numbers: NDArray[Any], counts: Ints) -> NDArray[Any]:
    """Return the sum of each run of ``numbers``."""
    wide = np.result_type(numbers, np.int64)
    whole = np.concatenate((np.zeros(1, wide), np.cumsum(numbers, dtype=wide)))
    ends = np.cumsum(counts)
    return np.asarray(whole[ends] - whole[ends - counts])
