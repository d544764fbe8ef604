"""A first look at all geometries of a file: what decides about the file as a whole.

Geometries are read twice, in batches: here for boxes, kinds and content, and in ``check`` to be
stored; a million of them are never held at once.
"""

import hashlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from importers.geometry import GeometryType, plain, rounded, single_kind, with_heights
from importers.guess import Points
from importers.pipeline import Spread, one_by_one
from importers.position import without_nowhere
from importers.problems import Problem, error, warning
from importers.table import Geometries, Table

# Rounding for the digest of a source's own coordinates: 0.1 mm in metres and in degrees.
_METRE_DECIMALS, _DEGREE_DECIMALS = 4, 9


@dataclass(frozen=True, slots=True)
class Survey:
    """What was seen, row by row.

    ``boxes`` (n, 4) are west, south, east, north in the source's system, NaN without a geometry;
    ``dimensions`` (n,) are 0, 1, 2 or -1 without one; ``places`` are digests of each geometry ("")
    where they were asked for.
    """

    boxes: npt.NDArray[np.float64]
    dimensions: npt.NDArray[np.int8]
    problems: list[Problem] = field(default_factory=list)
    places: list[str] = field(default_factory=list)

    @property
    def kind(self) -> GeometryType:
        """The layer's type. Raises FileRefused where rows differ in kind."""
        return single_kind(self.dimensions)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all there is, in the source's system; NaN for nothing."""
        present = self.boxes[np.isfinite(self.boxes).all(axis=1)]
        if not len(present):
            return (np.nan,) * 4
        low, high = present.min(axis=0), present.max(axis=0)
        return float(low[0]), float(low[1]), float(high[2]), float(high[3])

    @property
    def corners(self) -> Points:
        """Two corners of each box, as points."""
        present = self.boxes[np.isfinite(self.boxes).all(axis=1)]
        return np.concatenate([present[:, :2], present[:, 2:]])


def prepared(geometries: Geometries) -> tuple[Geometries, npt.NDArray[np.intp]]:
    """Return geometries as every later step takes them, and the positions of mixed collections.

    Points that stand for "no position" become None, collections of one kind multi-geometries.
    """
    return plain(without_nowhere(geometries))


def surveyed(
    table: Table, *, places: bool, geographic: bool, spread: Spread = one_by_one
) -> Survey:
    """Return what all the geometries of a table are; ``places`` asks for their digests."""
    count, shapes = len(table), table.shapes
    if shapes is None:
        return Survey(np.full((count, 4), np.nan), np.full(count, -1, np.int8), [], [""] * count)
    decimals = _DEGREE_DECIMALS if geographic else _METRE_DECIMALS

    def seen(batch: tuple[int, slice]) -> tuple[Survey, int]:
        """Return a batch's survey, and how many of it have heights."""
        number, rows = batch
        geometries, problems = shapes.geometries(number)
        ready, mixed = prepared(geometries)
        problems += [error("geometry_mixed", int(table.row_numbers[rows.start + i])) for i in mixed]
        digests = _places(ready, decimals) if places else []
        dimensions = shapely.get_dimensions(ready).astype(np.int8)
        survey = Survey(shapely.bounds(ready), dimensions, problems, digests)
        return survey, with_heights(ready)

    parts, heights = [Survey(np.empty((0, 4)), np.empty(0, np.int8))], 0
    for survey, number in spread(seen, list(enumerate(shapes.batches()))):
        parts.append(survey)
        heights += number
    problems = [problem for part in parts for problem in part.problems]
    if heights:
        problems.append(warning("heights_dropped", count=heights))
    return Survey(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.dimensions for part in parts]),
        problems,
        [digest for part in parts for digest in part.places],
    )


def _places(geometries: Geometries, decimals: int) -> list[str]:
    """Return ``g-`` and a digest for each geometry, "" for none; ring starts do not matter.

    The place is taken as it stands in the source, before projection, datum and repair, so that a
    better datum grid or a new PROJ leaves it as it is.
    """
    raw = shapely.to_wkb(
        shapely.normalize(rounded(geometries, decimals)), byte_order=1, output_dimension=2
    )
    return ["" if value is None else f"g-{digest(value)}" for value in raw]


def digest(value: bytes) -> str:
    """Return 16 hexadecimal digits that stand for some bytes."""
    return hashlib.sha256(value).hexdigest()[:16]
