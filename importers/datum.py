"""From a source's system to stored degrees: projection and datum as two separate, stated steps.

Stored coordinates are JGD2011 degrees, labelled EPSG:4326 (the same at display accuracy). The
projection is undone inside its own datum, which is exact. The datum step is written out as a PROJ
pipeline and recorded, because PROJ left alone picks whatever grids a machine has and says
"best available" for a 9 m approximation (specs/import.md). No network is used.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from importers.crs import Datum, System, system
from importers.table import Geometries

_Array = npt.NDArray[np.float64]

_TO_RADIANS = "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad"
_TO_DEGREES = "+step +proj=unitconvert +xy_in=rad +xy_out=deg"

# EPSG:15483, Tokyo to JGD2000 by three parameters. EPSG states 9 m for all of Japan; measured
# against GSI's grid the mean is 1.1 m in Yamagata and below 5 m on the main islands.
_TOKYO_BY_PARAMETERS = (
    f"{_TO_RADIANS} +step +proj=push +v_3 +step +proj=cart +ellps=bessel "
    "+step +proj=helmert +x=-146.414 +y=507.337 +z=680.507 "
    f"+step +inv +proj=cart +ellps=GRS80 +step +proj=pop +v_3 {_TO_DEGREES}"
)
_TOKYO_ACCURACY = 1.1
TOKYO_GRID = "TKY2JGD.tif"

# JGD2000 to JGD2011: the ground moved in the 2011 earthquake. The mean is 2.2 m in Yamagata, at
# most 5.9 m on the coast of Miyagi. GSI's correction grid covers _GRID_2011 (west, south, east,
# north); measured on it, the shift exceeds half a metre only inside _MOVED_IN_2011. Elsewhere the
# two are the same (EPSG states 1 m).
_GRID_2011 = (135.4, 34.9, 142.1, 41.6)
_MOVED_IN_2011 = (136.8, 35.6, 142.1, 41.3)
_MOVED_ACCURACY = 2.2
_SAME_ACCURACY = 1.0
MOVED_GRID = "touhokutaiheiyouoki2011.tif"
_GRID_ACCURACY = 0.2
# The Tokyo grid holds a shift of 0 over the sea, and between that and the coast PROJ interpolates.
# On land grid and parameters differ by 20 m at most (measured on the grid), there by 100 m and
# more: beyond 30 m (in degrees) the parameters are taken.
_GRID_DOUBT = 0.0003


@dataclass(frozen=True, slots=True)
class DatumStep:
    """How coordinates came to JGD2011: the pipelines used and what they are worth.

    ``accuracy`` is metres, 0 where no datum changed. ``grids`` are name → SHA-256 of the grid
    files used, ``missing`` the names of those that would have been more exact.
    """

    source: Datum
    pipeline: str
    accuracy: float
    grids: dict[str, str]
    missing: tuple[str, ...]


def to_wgs(
    geometries: Geometries, epsg: int, grids: Path | None = None
) -> tuple[Geometries, DatumStep]:
    """Return 2D geometries in stored degrees (longitude first), None kept, and the datum step.

    ``geometries`` are x first in ``epsg``; ``grids`` is a folder with GSI's correction grids as
    GeoTIFF. Coordinates that can't be converted become infinite. Raises FileRefused for an
    unsupported system.
    """
    source = system(epsg)
    # transform(include_z=False) leaves heights and measures in place as NaN.
    flat: Geometries = shapely.force_2d(geometries)
    if source.epsg != source.geographic:
        flat = _apply(flat, _projection(source.epsg, source.geographic))
    steps = _steps(source, flat, grids)
    for step in steps:
        flat = _apply(flat, step.transformer, step.fallback)
    texts = [_without_folders(step.pipeline) for step in steps]
    return flat, DatumStep(
        source=source.datum,
        pipeline=" | ".join(texts) or "+proj=noop",
        accuracy=round(sum(step.accuracy for step in steps), 2),
        grids={path.name: _digest(path) for step in steps if (path := step.grid)},
        missing=tuple(step.wanted for step in steps if step.wanted and not step.grid),
    )


@dataclass(frozen=True, slots=True)
class _Step:
    pipeline: str
    accuracy: float
    grid: Path | None = None
    wanted: str = ""
    fallback: str = ""

    @property
    def transformer(self) -> Transformer:
        return _pipeline(self.pipeline)


def _steps(source: System, flat: Geometries, grids: Path | None) -> list[_Step]:
    steps: list[_Step] = []
    if source.datum == "Tokyo":
        if grid := _grid(grids, TOKYO_GRID):
            steps.append(_Step(_shift(grid), _GRID_ACCURACY, grid, fallback=_TOKYO_BY_PARAMETERS))
        else:
            steps.append(_Step(_TOKYO_BY_PARAMETERS, _TOKYO_ACCURACY, wanted=TOKYO_GRID))
    if source.datum in ("Tokyo", "JGD2000"):
        grid = _grid(grids, MOVED_GRID)
        if grid and _touches(flat, _GRID_2011):
            steps.append(_Step(_shift(grid), _GRID_ACCURACY, grid, fallback="+proj=noop"))
        elif _touches(flat, _MOVED_IN_2011):
            steps.append(_Step("+proj=noop", _MOVED_ACCURACY, wanted=MOVED_GRID))
        else:
            steps.append(_Step("+proj=noop", _SAME_ACCURACY))
    return steps


def _grid(folder: Path | None, name: str) -> Path | None:
    path = folder / name if folder else None
    return path if path and path.is_file() else None


def _shift(grid: Path) -> str:
    return f'{_TO_RADIANS} +step +proj=hgridshift +grids="{grid}" {_TO_DEGREES}'


def _without_folders(pipeline: str) -> str:
    """Return a pipeline that names a grid without the folder it lay in on this machine."""
    return re.sub(r'"[^"]*/([^"/]+)"', r"\1", pipeline)


def _touches(flat: Geometries, box: tuple[float, float, float, float]) -> bool:
    bounds = shapely.total_bounds(flat)  # NaN without any geometry: touches nothing
    west, south, east, north = box
    return bool(
        bounds[0] <= east and bounds[2] >= west and bounds[1] <= north and bounds[3] >= south
    )


def _apply(flat: Geometries, transformer: Transformer, fallback: str = "") -> Geometries:
    def convert(points: _Array) -> _Array:
        moved = np.column_stack(transformer.transform(points[:, 0], points[:, 1]))
        if fallback:
            rough = np.column_stack(_pipeline(fallback).transform(points[:, 0], points[:, 1]))
            bad = ~np.isfinite(moved).all(axis=1)  # outside the grid
            if fallback != "+proj=noop":
                bad |= ~(np.abs(moved - rough) < _GRID_DOUBT).all(axis=1)
            moved[bad] = rough[bad]
        return moved

    result: Geometries = shapely.transform(flat, convert)
    return result


@cache
def _projection(source: int, target: int) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


@cache
def _pipeline(text: str) -> Transformer:
    return Transformer.from_pipeline(text)


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
