"""From a source's system to stored degrees: projection and datum as separate, stated steps.

Stored coordinates are JGD2011 degrees, labelled EPSG:4326 (the same at display accuracy). The
projection is undone inside its own datum, which is exact. The datum step is decided once for a
file, written out and recorded, because PROJ left alone picks whatever grids a machine has and says
"best available" for a 9 m approximation (specs/import.md). No network is used.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

from importers import accuracy, grids
from importers.crs import JAPAN, Datum, system
from importers.grids import BEYOND, CARRIED, MOVED, TOKYO, Box, Kind, Points, Window
from importers.problems import Problem, warning
from importers.table import Geometries

_TO_RADIANS = "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad"
_TO_DEGREES = "+step +proj=unitconvert +xy_in=rad +xy_out=deg"

# EPSG:15483, Tokyo to JGD2000 by three parameters.
_TOKYO_BY_PARAMETERS = (
    "+step +proj=push +v_3 +step +proj=cart +ellps=bessel "
    "+step +proj=helmert +x=-146.414 +y=507.337 +z=680.507 "
    "+step +inv +proj=cart +ellps=GRS80 +step +proj=pop +v_3"
)


@dataclass(frozen=True, slots=True)
class DatumStep:
    """How coordinates came to JGD2011: the way taken and what it is worth.

    ``pipeline`` is PROJ's notation, grids named without their folder; ``accuracy`` in metres holds
    for every point (0 where no datum changed). ``grids`` are file name → SHA-256 of those used,
    ``missing`` the names of those that would have been more exact. Of ``points`` converted, for
    each grid used, ``carried`` lie up to 10 km beyond its last value, which was carried on to
    them, and ``beyond`` further away, where they were converted as if there were no grid.
    """

    source: Datum
    pipeline: str
    accuracy: float
    grids: dict[str, str]
    missing: tuple[str, ...]
    points: int = 0
    carried: dict[str, int] = field(default_factory=dict)
    beyond: dict[str, int] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return the step as plain JSON, as a change set keeps it."""
        return {
            "source": self.source,
            "pipeline": self.pipeline,
            "accuracy_m": self.accuracy,
            "grids": self.grids,
            "points": self.points,
            "points_carried": self.carried,
            "points_beyond": self.beyond,
        }

    def told(self) -> list[Problem]:
        """Return what a person should know about the way taken."""
        metres, told = f"{self.accuracy:g}", []
        if self.missing:
            names = ", ".join(self.missing)
            told.append(
                warning("datum_grid_missing", datum=self.source, accuracy=metres, grids=names)
            )
        told += [
            warning(
                "datum_grid_carried", count=count, total=self.points, grid=name, accuracy=metres
            )
            for name, count in self.carried.items()
        ]
        told += [
            warning("datum_grid_beyond", count=count, total=self.points, grid=name, accuracy=metres)
            for name, count in self.beyond.items()
        ]
        return told


@dataclass(slots=True)
class Tally:
    """What was met on the way: counts over the batches of a file."""

    points: int = 0
    carried: Counter[str] = field(default_factory=Counter)
    beyond: Counter[str] = field(default_factory=Counter)
    worst: dict[str, float] = field(default_factory=dict)
    """Grid → metres: the least exact place it could not help with."""

    def add(self, other: "Tally") -> None:
        """Count what another has counted."""
        self.points += other.points
        self.carried += other.carried
        self.beyond += other.beyond
        for name, worst in other.worst.items():
            self.worst[name] = max(self.worst.get(name, 0.0), worst)

    def _count(self, points: int, found: list[tuple[str, int, int, float]]) -> None:
        self.points += points
        for name, carried, beyond, worst in found:
            self.carried[name] += carried
            self.beyond[name] += beyond
            self.worst[name] = max(self.worst.get(name, 0.0), worst)


@dataclass(frozen=True, slots=True)
class _Shift:
    """One change of datum. Without a window the ``formula`` is the way; "" leaves points alone.

    ``off`` tells how exact the formula is where, ``floor`` how exact at best: a point that the grid
    does not reach is worth telling where it may be worse.
    """

    kind: Kind
    formula: str
    off: accuracy.Table
    floor: float
    accuracy: float
    accuracy_carried: float
    file: str = ""
    digest: str = ""
    window: Window | None = None
    wanted: bool = False

    @property
    def pipeline(self) -> str:
        return f"+step +proj=hgridshift +grids={self.file}" if self.file else self.formula

    def moved(self, points: Points) -> tuple[Points, tuple[str, int, int, float]]:
        """Return points after the shift; and the grid, points carried, points beyond, metres."""
        if self.window is None:
            return self._by_formula(points), (self.kind.name, 0, 0, 0.0)
        result, found = self.window.moved(points)
        if not found.any():
            return result, (self.kind.name, 0, 0, 0.0)
        carried, beyond = int((found == CARRIED).sum()), found == BEYOND
        off = np.empty(0)
        if beyond.any():
            left = points[beyond]
            result[beyond] = self._by_formula(left)
            # Where coordinates are no numbers there is nothing to tell about the datum.
            off = np.maximum(self.off.at(left[np.isfinite(left).all(axis=1)]), self.floor)
        worst = max(self.accuracy_carried if carried else 0.0, float(off.max(initial=0.0)))
        return result, (self.kind.name, carried, int((off > self.floor).sum()), worst)

    def _by_formula(self, points: Points) -> Points:
        if not self.formula:
            return points
        return _transformed(_pipeline(f"{_TO_RADIANS} {self.formula} {_TO_DEGREES}"), points)


@dataclass(frozen=True, slots=True)
class Plan:
    """The way from a system to stored degrees, decided for a whole file. Can be pickled.

    ``apply`` may be called for any part of the file.
    """

    epsg: int
    shifts: tuple[_Shift, ...]
    box: Box = (np.nan,) * 4
    """Where the file lies, in the degrees of its own datum; NaN where it has no place."""

    def apply(self, points: Points, tally: Tally | None = None) -> Points:
        """Return points (n, 2), x first, in stored degrees; what can't be converted is infinite.

        ``tally`` counts the points that a grid did not hold.
        """
        source = system(self.epsg)
        flat: Points = np.asarray(points, dtype=np.float64)
        if source.epsg != source.geographic:
            flat = _transformed(_projection(source.epsg, source.geographic), flat)
        counts = []
        for shift in self.shifts:
            flat, count = shift.moved(flat)
            counts.append(count)
        if tally is not None:
            tally._count(len(flat), counts)
        return flat

    def applied(self, geometries: Geometries, tally: Tally | None = None) -> Geometries:
        """Return geometries as 2D ones in stored degrees, None kept."""
        # transform(include_z=False) leaves heights and measures in place as NaN.
        flat: Geometries = shapely.transform(
            shapely.force_2d(geometries), lambda points: self.apply(points, tally)
        )
        return flat

    def step(self, tally: Tally | None = None) -> DatumStep:
        """Return the record of the way; ``tally`` is what was counted on it."""
        tally = tally or Tally()
        total = sum(max(s.accuracy, tally.worst.get(s.kind.name, 0.0)) for s in self.shifts)
        texts = [shift.pipeline for shift in self.shifts if shift.pipeline]
        return DatumStep(
            source=system(self.epsg).datum,
            pipeline=" ".join([_TO_RADIANS, *texts, _TO_DEGREES]) if texts else "+proj=noop",
            accuracy=round(total, 1),
            grids={shift.file: shift.digest for shift in self.shifts if shift.file},
            missing=tuple(shift.kind.name for shift in self.shifts if shift.wanted),
            points=tally.points,
            carried={name: count for name, count in tally.carried.items() if count},
            beyond={name: count for name, count in tally.beyond.items() if count},
        )


def steps(epsg: int, bounds: Box, folder: Path | None = None) -> Plan:
    """Return the way from a system to stored degrees for a file with these bounds.

    ``bounds`` are of all of the file (x first, in ``epsg``; NaN for a file without any place): the
    way must not depend on which part of it is converted first. ``folder`` holds GSI's correction
    grids (``grids.ENDINGS``). Raises FileRefused for an unsupported system or a broken grid.
    """
    source = system(epsg)
    box = _degrees(epsg, bounds)
    shifts = []
    if source.datum == "Tokyo":
        shifts.append(_tokyo(box, folder))
    if source.datum in ("Tokyo", "JGD2000"):
        shifts.append(_moved(box, folder))
    return Plan(epsg, tuple(shifts), box)


def to_wgs(
    geometries: Geometries, epsg: int, folder: Path | None = None
) -> tuple[Geometries, DatumStep]:
    """Return geometries in stored degrees and the datum step: ``steps`` for a single batch."""
    bounds = tuple(shapely.total_bounds(geometries)) if len(geometries) else (np.nan,) * 4
    plan, tally = steps(epsg, bounds, folder), Tally()
    return plan.applied(geometries, tally), plan.step(tally)


def _tokyo(box: Box, folder: Path | None) -> _Shift:
    by_formula = _Shift(
        kind=TOKYO,
        formula=_TOKYO_BY_PARAMETERS,
        off=accuracy.TOKYO,
        floor=0.0,
        accuracy=accuracy.TOKYO.worst(box),
        accuracy_carried=accuracy.CARRIED_TOKYO,
        wanted=True,
    )
    return _with_grid(by_formula, box, folder)


def _moved(box: Box, folder: Path | None) -> _Shift:
    off = accuracy.MOVED.worst(box)
    as_it_is = _Shift(
        kind=MOVED,
        formula="",
        off=accuracy.MOVED,
        # On land beyond the grid nothing moved officially; at sea off Tohoku it did.
        floor=accuracy.UNMOVED,
        accuracy=max(off, accuracy.UNMOVED),
        accuracy_carried=accuracy.CARRIED_MOVED,
        wanted=off > accuracy.NOTABLE,
    )
    return _with_grid(as_it_is, box, folder) if off else as_it_is


def _with_grid(plain: _Shift, box: Box, folder: Path | None) -> _Shift:
    """Return a shift by its grid where the folder has it."""
    path = grids.file_of(folder, plain.kind)
    if path is None:
        return plain
    return replace(
        plain,
        accuracy=accuracy.GRID,
        file=path.name,
        digest=grids.digest(path),
        window=grids.window(path, plain.kind, box),
        wanted=False,
    )


def _degrees(epsg: int, bounds: Box) -> Box:
    """Return a box in the degrees of the same datum; NaN where there is none."""
    source = system(epsg)
    if source.epsg == source.geographic:
        return bounds
    if not np.isfinite(bounds).all():
        return (np.nan,) * 4
    # The sides of a projected box are curves in degrees: taken at 21 points each.
    box = _projection(epsg, source.geographic).transform_bounds(*bounds, densify_pts=21)
    # Metres that no place on earth has: as little is known as of a file of all Japan.
    return box if np.isfinite(box).all() else JAPAN


def _transformed(transformer: Transformer, points: Points) -> Points:
    x, y = transformer.transform(points[:, 0], points[:, 1])
    return np.column_stack([x, y])


@cache
def _projection(source: int, target: int) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


@cache
def _pipeline(text: str) -> Transformer:
    return Transformer.from_pipeline(text)
