"""What a person is asked where a file leaves its coordinate system open, and what speaks for what.

Zone and axes follow from where the numbers land; the datum never does, so nothing here decides it:
each candidate carries its evidence, and the places as it would put them, to be looked at on a map.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from importers.age import DataDate, evidence_of
from importers.datum import steps
from importers.geometry import exchanged
from importers.known import KnownDatum, Place, datum_by_known
from importers.problems import Evidence
from importers.systems import SYSTEMS
from importers.table import Geometries

SAMPLE = 200
"""How many features are shown for a candidate."""
_VERTICES = 20_000
_DECIMALS = 7  # a centimetre


@dataclass(frozen=True, slots=True)
class CrsCandidate:
    """A system that may be the file's. ``share`` (0–1) of its places would lie in the city.

    ``swapped`` means: only with x and y exchanged.
    """

    epsg: int
    label: str
    share: float
    swapped: bool = False
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class CrsProposal:
    """The candidates, the one proposed if the evidence is clear, and the overlays.

    ``overlay`` is by code a GeoJSON FeatureCollection of some features as that system places them.
    """

    candidates: tuple[CrsCandidate, ...]
    proposed: int | None = None
    overlay: dict[int, dict[str, Any]] = field(default_factory=dict)

    def with_known(self, found: KnownDatum) -> "CrsProposal":
        """Return the proposal with the evidence of places already known, and what it proposes."""
        offsets = {offset.epsg: offset.evidence for offset in found.ranked}
        candidates = tuple(
            replace(each, evidence=(*each.evidence, offsets[each.epsg]))
            if each.epsg in offsets
            else each
            for each in self.candidates
        )
        codes = {each.epsg for each in candidates if not each.swapped}
        proposed = found.says if found.says in codes else self.proposed
        return replace(self, candidates=candidates, proposed=proposed)

    def record(self) -> dict[str, Any]:
        """Return plain JSON: what a refusal carries and a screen asks from."""
        return {
            "proposed": self.proposed,
            "candidates": [
                {
                    "epsg": each.epsg,
                    "label": each.label,
                    "share": round(each.share, 3),
                    "swapped": each.swapped,
                    "evidence": [
                        {"name": one.name, "evidence": one.evidence, "params": one.params}
                        for one in each.evidence
                    ],
                }
                for each in self.candidates
            ],
            "overlay": {str(code): shown for code, shown in self.overlay.items()},
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "CrsProposal":
        """Return the proposal that ``record`` wrote."""
        return cls(
            tuple(
                CrsCandidate(
                    each["epsg"],
                    each["label"],
                    each["share"],
                    each["swapped"],
                    tuple(Evidence(**one) for one in each["evidence"]),
                )
                for each in record["candidates"]
            ),
            record["proposed"],
            {int(code): shown for code, shown in record["overlay"].items()},
        )


@dataclass(frozen=True, slots=True)
class Clues:
    """What may tell a file's system besides where its numbers land.

    ``shapes`` are some of the file's geometries in its own coordinates (x first), ``labels`` what
    each is called or identified by (``labelled``; "" for nothing), ``dates`` what its files tell,
    ``known`` the places already there by key or name, ``grids`` the folder of correction grids.
    """

    shapes: Geometries | None = None
    labels: Sequence[str] = ()
    dates: Sequence[DataDate] = ()
    known: Mapping[str, Place] = field(default_factory=dict)
    grids: Path | None = None


def labelled(columns: Iterable[Sequence[str]], known: Mapping[str, Place]) -> Sequence[str]:
    """Return of a file's columns (some rows of each, as text) the one that names known places."""
    hits = [(sum(text in known for text in column), column) for column in columns]
    best, column = max(hits, key=lambda hit: hit[0], default=(0, ()))
    return column if best else ()


def proposal(found: Sequence[tuple[int, float, bool]], clues: Clues | None = None) -> CrsProposal:
    """Return the proposal for systems found to fit: code, share in the city, axes exchanged.

    A single candidate is proposed; so is one that clearly puts known places where they are.
    """
    clues = clues or Clues()
    candidates = tuple(
        CrsCandidate(
            code,
            SYSTEMS[code].label,
            share,
            swapped,
            (
                Evidence(f"EPSG:{code}", "crs_share", {"share": f"{share:.0%}"}),
                *evidence_of(clues.dates, SYSTEMS[code].datum, f"EPSG:{code}"),
            ),
        )
        for code, share, swapped in found
    )
    single = len(candidates) == 1 and not candidates[0].swapped
    proposed = candidates[0].epsg if single else None
    if clues.shapes is None:
        return CrsProposal(candidates, proposed)
    drawn = CrsProposal(candidates, proposed, overlay(clues.shapes, candidates, clues.grids))
    if not clues.known or not clues.labels:
        return drawn
    placed = {each.epsg: _placed(each, clues) for each in candidates if not each.swapped}
    return drawn.with_known(datum_by_known(placed, clues.known)) if placed else drawn


def _placed(candidate: CrsCandidate, clues: Clues) -> dict[str, Place]:
    """Return where a candidate puts the labelled shapes: the middle of each, by label."""
    middles = shapely.centroid(clues.shapes)
    labels = [
        (index, label)
        for index, label in enumerate(clues.labels)
        if label in clues.known and middles[index] is not None and not middles[index].is_empty
    ]
    if not labels:
        return {}
    points = shapely.get_coordinates(middles[[index for index, _ in labels]])
    bounds = (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())
    moved = steps(candidate.epsg, bounds, clues.grids).apply(points)
    return {label: (x, y) for (_, label), (x, y) in zip(labels, moved.tolist(), strict=True)}


def overlay(
    shapes: Geometries, candidates: Sequence[CrsCandidate], grids: Path | None = None
) -> dict[int, dict[str, Any]]:
    """Return by code a FeatureCollection (WGS 84) of some 200 shapes as each candidate places them.

    Outlines are simplified, the more the longer they are, and alike for all candidates: what
    differs between two overlays is the system. ``row`` counts the shapes from 0.
    """
    rows = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    rows = rows[np.isfinite(shapely.bounds(shapes[rows])).all(axis=1)]
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(int))]
    taken: Geometries = shapely.force_2d(shapes[rows])
    kinds = {SYSTEMS[each.epsg].kind == "geographic" for each in candidates}
    drawn = {degrees: _simplified(taken, degrees=degrees) for degrees in kinds}
    shown = {}
    for each in candidates:
        plain = drawn[SYSTEMS[each.epsg].kind == "geographic"]
        ordered = exchanged(plain) if each.swapped else plain
        plan = steps(each.epsg, tuple(shapely.total_bounds(ordered)), grids)
        placed = plan.applied(ordered)
        good = np.isfinite(shapely.bounds(placed)).all(axis=1)
        texts = shapely.to_geojson(
            shapely.transform(placed[good], lambda points: np.round(points, _DECIMALS))
        )
        shown[each.epsg] = {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {"row": int(row)}, "geometry": json.loads(text)}
                for row, text in zip(rows[good], texts, strict=True)
            ],
        }
    return shown


def _simplified(shapes: Geometries, *, degrees: bool) -> Geometries:
    """Return shapes of at most some 20,000 vertices in all, half a metre off at least."""
    tolerance = 5e-6 if degrees else 0.5
    plain = shapes
    for _ in range(10):
        # Outlines may cross or vanish; they are only looked at.
        less = shapely.simplify(plain, tolerance, preserve_topology=False)
        plain = np.where(shapely.is_empty(less), plain, less)
        if shapely.get_num_coordinates(plain).sum() <= _VERTICES:
            break
        tolerance *= 3
    return plain
