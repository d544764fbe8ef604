"""Which coordinate system numbers without one are in: those that land them in the city.

For a point of the city exactly one zone and one axis order survive; the datum can't be told from
a box (Tokyo and JGD2011 are 440 m apart), so every datum of the zone is named and a person chooses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from importers.area import City
from importers.crs import (
    GEOGRAPHIC,
    JAPAN,
    PLANE_ZONE_I,
    SYSTEMS,
    UTM_51N,
    UTM_ZONES,
    WEB_MERCATOR,
    System,
    chosen,
    epsg_of,
    evidence,
    system,
)
from importers.problems import Evidence, FileRefused, Problem, warning
from importers.proposal import Clues, proposal

Points = npt.NDArray[np.float64]
"""Shape (n, 2): x (east or longitude), y (north or latitude), in whatever system."""

_SAMPLE = 500
# Tokyo Datum lies up to 0.005° away; a layer of the city may touch its neighbours.
_MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class Candidate:
    """A system that places a ``share`` (0–1) of points in the city; ``swapped``: y is first."""

    system: System
    swapped: bool
    share: float


def sample(points: Points) -> Points:
    """Return some 500 points, evenly taken, without 0,0 and what stands for no data."""
    usable = points[(np.abs(points) < 1e9).all(axis=1) & (points != 0).any(axis=1)]
    step = max(1, len(usable) // _SAMPLE)
    return usable[::step]


def share_inside(points: Points, box: tuple[float, float, float, float]) -> float:
    """Return the share of points (degrees) inside west, south, east, north; 0 for no points."""
    if not len(points):
        return 0.0
    x, y = points[:, 0], points[:, 1]
    west, south, east, north = box
    return float(np.mean((x >= west) & (x <= east) & (y >= south) & (y <= north)))


def city_box(city: City) -> tuple[float, float, float, float]:
    """Return the city's box with a margin for datum and neighbours, in degrees."""
    west, south, east, north = city.bbox
    return west - _MARGIN, south - _MARGIN, east + _MARGIN, north + _MARGIN


def candidates(points: Points, city: City) -> list[Candidate]:
    """Return the systems, in both axis orders, whose points land in the city; the best first.

    Where none does, systems in degrees whose points lie in Japan: a file of another city.
    """
    taken = sample(points)
    found: list[Candidate] = []
    for swapped in (False, True):
        ordered = taken[:, ::-1] if swapped else taken
        for family in _families():
            share = share_inside(_degrees(ordered, family[0]), city_box(city))
            found += [Candidate(each, swapped, share) for each in family if share > 0]
    best = max((candidate.share for candidate in found), default=0.0)
    found = [candidate for candidate in found if candidate.share >= best / 2]
    if not found:
        for swapped in (False, True):
            share = share_inside(taken[:, ::-1] if swapped else taken, JAPAN)
            if share > 0.5:
                family = next(iter(_families()))
                found += [Candidate(each, swapped, share) for each in family]
    return sorted(found, key=lambda candidate: -candidate.share)


def _degrees(points: Points, source: System) -> Points:
    if source.kind == "geographic":
        return points
    x, y = _transformer(source.epsg, source.geographic).transform(points[:, 0], points[:, 1])
    return np.column_stack([x, y])


@cache
def _transformer(source: int, target: int) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


@cache
def _families() -> tuple[tuple[System, ...], ...]:
    """Return the systems that differ by datum only, the newest datum first."""
    degrees = tuple(SYSTEMS[code] for datum, code in GEOGRAPHIC.items() if datum != "WGS84")
    planes = tuple(
        tuple(SYSTEMS[first + zone - 1] for first in PLANE_ZONE_I.values()) for zone in range(1, 20)
    )
    utms = tuple(
        tuple(SYSTEMS[first + zone - 51] for datum, first in UTM_51N.items() if datum != "WGS84")
        for zone in UTM_ZONES
    )
    return degrees, *planes, *utms, (SYSTEMS[WEB_MERCATOR],)


def settled(
    chosen_crs: int | str | None,
    found: Evidence | FileRefused | None,
    points: Points,
    city: City,
    clues: Clues | None = None,
) -> tuple[Evidence, list[Problem]]:
    """Return the system to read a file in: a person's choice, else what the file says.

    ``found`` may be the refusal ``crs_ambiguous`` of what the file says. Raises FileRefused where
    neither decides: the box finds zone and axes, a person must say which datum. The refusal
    carries a ``CrsProposal`` as plain JSON (``proposal``), for which the ``clues`` are.
    """
    if chosen_crs is not None:
        epsg = chosen(chosen_crs)
        if isinstance(found, Evidence) and epsg_of(found) != epsg:
            said = found.params["crs"]
            told = warning("crs_against_file", said=said, chosen=system(epsg).label)
            return evidence(epsg, "crs_chosen"), [told]
        return evidence(epsg, "crs_chosen"), []
    if isinstance(found, Evidence):
        return found, []
    if found is not None:
        fitting = of_codes(found.params.get("codes", []), points, city)
        raise FileRefused("crs_ambiguous", asked(fitting, clues))
    every = candidates(points, city)
    if usable := [candidate for candidate in every if not candidate.swapped]:
        raise FileRefused("crs_missing", asked(usable, clues))
    if every:
        raise FileRefused("crs_missing_swapped", asked(every, clues))
    raise FileRefused("crs_unknown")


def of_codes(codes: Sequence[int], points: Points, city: City) -> list[Candidate]:
    """Return systems as candidates, each with the share of points it places in the city."""
    box, taken = city_box(city), sample(points)
    return [
        Candidate(each, False, share_inside(_degrees(taken, each), box))
        for each in map(system, codes)
    ]


def asked(found: Sequence[Candidate], clues: Clues | None = None) -> dict[str, object]:
    """Return candidates as the parameters of a refusal: its sentence's, and the proposal."""
    fitting = [(each.system.epsg, each.share, each.swapped) for each in found]
    return {**described(found), "proposal": proposal(fitting, clues).record()}


def described(found: Sequence[Candidate]) -> dict[str, object]:
    """Return candidates as the parameters of a message: labels, and one code as an example."""
    labels = list(dict.fromkeys(candidate.system.label for candidate in found))
    return {"candidates": labels, "example": found[0].system.epsg if found else None}
