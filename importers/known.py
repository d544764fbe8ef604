"""Which datum places a file's features where the same features are known to be.

Tokyo Datum read as JGD2011 lies some 440 m off, JGD2000 some metres where the ground moved: the
same vector for every feature. So it is the median vector that counts, not the median distance:
surveys that are each 10 m off hide 2 m in their distances, but not in the mean of their directions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from pyproj import Geod

from importers.problems import Evidence

Place = tuple[float, float]
"""Longitude, latitude in degrees (JGD2011)."""
Confidence = Literal["clear", "unclear", "too_few"]

ENOUGH = 5
"""Pairs below which nothing is said: with four, two that moved would be a majority."""
_GEOD = Geod(ellps="GRS80")
# A median's standard error is 1.2533 σ/√n; 1.4826 makes σ of a median absolute deviation.
_MEDIAN_ERROR = 1.2533 * 1.4826
_LEAST_ERROR = 0.01


@dataclass(frozen=True, slots=True)
class Offset:
    """How a candidate's features lie to the known ones; all in metres.

    ``offset`` is the length of the median vector and ``uncertainty`` three standard errors of it;
    ``median`` is the median distance, ``spread`` the median distance from the median vector.
    """

    epsg: int
    pairs: int
    offset: float
    uncertainty: float
    median: float
    spread: float

    @property
    def evidence(self) -> Evidence:
        """The measurement as evidence for its code."""
        params = {
            "count": self.pairs,
            "offset": f"{self.offset:.1f}",
            "median": f"{self.median:.1f}",
            "spread": f"{self.spread:.1f}",
        }
        return Evidence(f"EPSG:{self.epsg}", "datum_known_places", params)


@dataclass(frozen=True, slots=True)
class KnownDatum:
    """Candidates by offset, the least first; ``says`` is set where ``confidence`` is clear."""

    ranked: tuple[Offset, ...]
    says: int | None
    confidence: Confidence


def datum_by_known(
    candidates: Mapping[int, Mapping[str, Place]], known: Mapping[str, Place]
) -> KnownDatum:
    """Return which candidate places features where those of the same key (or name) are known.

    ``candidates`` hold, by EPSG code, the features' places by key as converted from that system;
    ``known`` the places already there. Says nothing with fewer than ``ENOUGH`` pairs, where the
    best lies further off than a third of the way to the next candidate, or where the scatter does
    not tell the two apart: what was drawn anew, or is another list, fits none.
    """
    keys = sorted(
        key
        for key in known
        if _finite(known[key]) and all(_finite(places.get(key)) for places in candidates.values())
    )
    if len(keys) < ENOUGH or not candidates:
        return KnownDatum((), None, "too_few")
    vectors = {epsg: _vectors(places, known, keys) for epsg, places in candidates.items()}
    offsets = [_offset(epsg, each) for epsg, each in vectors.items()]
    ranked = tuple(sorted(offsets, key=lambda each: each.offset))
    best = ranked[0]
    middle = {epsg: np.median(each, axis=0) for epsg, each in vectors.items()}
    gaps = [np.hypot(*(middle[best.epsg] - middle[other.epsg])) for other in ranked[1:]]
    gap = float(min(gaps, default=0.0))
    clear = best.offset <= gap / 3 and best.offset + best.uncertainty <= gap / 2
    return KnownDatum(ranked, best.epsg if clear else None, "clear" if clear else "unclear")


def _finite(place: Place | None) -> bool:
    return place is not None and bool(np.isfinite(place).all())


def _vectors(
    places: Mapping[str, Place], known: Mapping[str, Place], keys: list[str]
) -> npt.NDArray[np.float64]:
    """Return metres east and north from each known place to the candidate's, shape (n, 2)."""
    start = np.array([known[key] for key in keys])
    end = np.array([places[key] for key in keys])
    azimuth, _, metres = _GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    radians = np.radians(azimuth)
    return np.column_stack([metres * np.sin(radians), metres * np.cos(radians)])


def _offset(epsg: int, vectors: npt.NDArray[np.float64]) -> Offset:
    middle = np.median(vectors, axis=0)
    deviations = np.median(np.abs(vectors - middle), axis=0)
    # In any one direction, so the mean of both axes.
    scatter = float(np.hypot(*deviations)) / np.sqrt(2)
    error = max(_MEDIAN_ERROR * scatter / np.sqrt(len(vectors)), _LEAST_ERROR)
    return Offset(
        epsg,
        len(vectors),
        float(np.hypot(*middle)),
        3 * float(error),
        float(np.median(np.hypot(*vectors.T))),
        float(np.median(np.hypot(*(vectors - middle).T))),
    )
