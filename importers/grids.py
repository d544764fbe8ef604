"""GSI's correction grids: read from a folder, and interpolated as GSI's own programs do.

A grid holds, at the corners of the standard 1 km mesh (3次メッシュ, JIS X 0410: 30″ of latitude by
45″ of longitude), by how many seconds a position moves between two datums. Between four corners it
is interpolated bilinearly; where a corner is missing GSI gives no value. Files are read in the
three forms that are about: GSI's own ``.par`` text, and GeoTIFF or NTv2 (``.gsb``) made of it.
Those mark a missing corner by 0, and PROJ by itself interpolates towards it: off the coast a shift
of 450 m becomes any smaller one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pyproj import Geod, Transformer
from pyproj.exceptions import ProjError

from importers.problems import FileRefused

Points = npt.NDArray[np.float64]
"""Shape (n, 2): longitude, latitude in degrees."""
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""
_Floats = npt.NDArray[np.float64]
_Cells = npt.NDArray[np.int8]

ROWS, COLUMNS = 120, 80
"""Corners of the mesh in a degree of latitude and of longitude."""
_WEST = 100
"""A mesh code counts longitude from 100°."""
REACH = 10
"""How many corners (some 10 km) the shift is carried on over the sea, from the nearest ones."""

GIVEN, CARRIED, BEYOND = 0, 1, 2
"""What a point's shift is: GSI's own, carried on from GSI's nearest corners, or not known."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One of GSI's grids: its name, where it has values, and which shifts are carried on.

    ``least`` is in degrees: at the border of the area that the 2011 grid covers nothing moved
    officially, so a small shift ends there, while off the coast a large one does not.
    """

    name: str
    box: Box
    least: float = 0.0


TOKYO = Kind("TKY2JGD", (122.9, 24.0, 145.9, 45.6))
"""Tokyo Datum to JGD2000 (version 2.1.2, 2003)."""
MOVED = Kind("touhokutaiheiyouoki2011", (135.4, 34.8, 142.1, 41.6), least=0.5 / 111_000)
"""JGD2000 to JGD2011: what the earthquake of 2011-03-11 moved, from Tohoku to Hokuriku (4.0.0)."""
KINDS = (TOKYO, MOVED)
ENDINGS = (".tif", ".gsb", ".par")
"""The forms read, the quickest first."""


def file_of(folder: Path | None, kind: Kind) -> Path | None:
    """Return a folder's file of a grid, in whichever form and case; None without."""
    if folder is None or not folder.is_dir():
        return None
    files = {path.name.casefold(): path for path in sorted(folder.iterdir()) if path.is_file()}
    names = (kind.name.casefold() + ending for ending in ENDINGS)
    return next((files[name] for name in names if name in files), None)


def digest(path: Path) -> str:
    """Return a file's SHA-256."""
    return _digest(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _digest(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The part of a grid around some places. Never written to: threads may share it.

    ``row`` and ``column`` say which corner of the mesh comes first; ``east`` and ``north`` hold the
    shift at each corner in degrees, row by row from the south; ``cells`` tells of each mesh between
    them whether its shift is GIVEN, CARRIED or BEYOND.
    """

    row: int
    column: int
    width: int
    east: _Floats
    north: _Floats
    cells: _Cells

    def moved(self, points: Points) -> tuple[Points, _Cells]:
        """Return points after the shift, and for each GIVEN, CARRIED or BEYOND (left in place)."""
        height = len(self.cells) // (self.width - 1) if self.width > 1 else 0
        with np.errstate(invalid="ignore", over="ignore"):  # of what is no place on earth
            at_column = (points[:, 0] - _WEST) * COLUMNS - self.column
            at_row = points[:, 1] * ROWS - self.row
            inside = (
                (at_column >= 0) & (at_column < self.width - 1) & (at_row >= 0) & (at_row < height)
            )
        if not inside.any():
            return points.copy(), np.full(len(points), BEYOND, np.int8)
        if not inside.all():
            at_column, at_row = np.where(inside, at_column, 0.0), np.where(inside, at_row, 0.0)
        columns, rows = at_column.astype(np.intp), at_row.astype(np.intp)
        right, up = at_column - columns, at_row - rows
        corner = rows * self.width + columns
        found = self.cells.take(rows * (self.width - 1) + columns)
        found[~inside] = BEYOND
        result = np.empty_like(points)
        for axis, shift in enumerate((self.east, self.north)):
            south = shift.take(corner)
            south += (shift.take(corner + 1) - south) * right
            north = shift.take(corner + self.width)
            north += (shift.take(corner + self.width + 1) - north) * right
            result[:, axis] = points[:, axis] + south + (north - south) * up
        beyond = found == BEYOND
        if beyond.any():
            result[beyond] = points[beyond]
        return result, found


def window(path: Path, kind: Kind, box: Box) -> Window:
    """Return the part of a grid that covers a box, as far as the grid goes.

    Raises FileRefused for a file that is not such a grid.
    """
    rows = _nodes(box[1], box[3], kind.box[1], kind.box[3], ROWS, 0)
    columns = _nodes(box[0], box[2], kind.box[0], kind.box[2], COLUMNS, _WEST)
    return _window(path, path.stat().st_mtime_ns, kind, rows, columns)


def _nodes(
    low: float, high: float, least: float, most: float, density: int, start: int
) -> tuple[int, int]:
    """Return the first corner and the number of corners that cover a range; none for NaN.

    Two more on each side: the second shift starts where the first has led, up to 0.006° away.
    """
    if not (low <= most and high >= least):
        return 0, 0
    first = int(np.floor((max(low, least) - start) * density)) - 2
    last = int(np.ceil((min(high, most) - start) * density)) + 2
    return first, last - first + 1


@lru_cache(maxsize=4)
def _window(
    path: Path, changed: int, kind: Kind, rows: tuple[int, int], columns: tuple[int, int]
) -> Window:
    if not rows[1] or not columns[1]:
        empty = np.empty(0)
        return Window(0, 0, 0, empty, empty, np.empty(0, np.int8))
    read = _from_par if path.suffix.casefold() == ".par" else _by_proj
    # Read from further out than kept: what is carried on to a place must not depend on what else
    # is in the file.
    wide = read(path, changed, _wider(rows), _wider(columns))
    kept = (slice(REACH, -REACH), slice(REACH, -REACH))
    whole = _all_four(np.isfinite(wide[0][kept]))
    east, north = (each[kept] for each in _carried_on(*wide, kind.least))
    filled = _all_four(np.isfinite(east))
    cells = np.where(whole, GIVEN, np.where(filled, CARRIED, BEYOND)).astype(np.int8)
    return Window(rows[0], columns[0], columns[1], east.ravel(), north.ravel(), cells.ravel())


def _wider(nodes: tuple[int, int]) -> tuple[int, int]:
    return nodes[0] - REACH, nodes[1] + 2 * REACH


def _all_four(corners: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return corners[:-1, :-1] & corners[:-1, 1:] & corners[1:, :-1] & corners[1:, 1:]


def _carried_on(east: _Floats, north: _Floats, least: float) -> tuple[_Floats, _Floats]:
    """Return shifts with missing corners near given ones set to the mean of their neighbours."""
    width = east.shape[1] + 2
    # With a frame around, every corner has four neighbours, and those of the frame stay missing.
    framed = [np.pad(each, 1, constant_values=np.nan).ravel() for each in (east, north)]
    frame = np.pad(np.zeros(east.shape, bool), 1, constant_values=True).ravel()
    steps = np.array([-width, -1, 1, width])
    front = np.flatnonzero(np.isfinite(framed[0]))
    for _ in range(REACH):
        around = np.unique(front[:, None] + steps)
        around = around[np.isnan(framed[0][around]) & ~frame[around]]
        neighbours = [each[around[:, None] + steps] for each in framed]
        count = np.maximum(np.isfinite(neighbours[0]).sum(axis=1), 1)
        means = [np.nansum(each, axis=1) / count for each in neighbours]
        far = np.hypot(*means) > least
        front = around[far]
        if not len(front):
            break
        for each, mean in zip(framed, means, strict=True):
            each[front] = mean[far]
    inner = (slice(1, -1), slice(1, -1))
    return framed[0].reshape(-1, width)[inner], framed[1].reshape(-1, width)[inner]


# -- the three forms --------------------------------------------------------------------------


def _from_par(
    path: Path, changed: int, rows: tuple[int, int], columns: tuple[int, int]
) -> tuple[_Floats, _Floats]:
    at_row, at_column, seconds_east, seconds_north = _par(path, changed)
    row, column = at_row - rows[0], at_column - columns[0]
    kept = (row >= 0) & (row < rows[1]) & (column >= 0) & (column < columns[1])
    east, north = np.full((2, rows[1], columns[1]), np.nan)
    east[row[kept], column[kept]] = seconds_east[kept] / 3600
    north[row[kept], column[kept]] = seconds_north[kept] / 3600
    return east, north


@lru_cache(maxsize=2)
def _par(
    path: Path, _changed: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], _Floats, _Floats]:
    """Return row, column and the shift in seconds (east, north) of each line of a ``.par``.

    Lines are mesh code, dB, dL (seconds of latitude and longitude) below a header of any length
    that ends with the line of column names.
    """
    lines = path.read_bytes().splitlines()
    start = next((n for n, line in enumerate(lines[:100]) if b"meshcode" in line.lower()), None)
    values = [line for line in lines[start + 1 :] if line.strip()] if start is not None else []
    if not values:
        raise FileRefused("grid_unreadable", {"name": path.name})
    try:
        table = np.loadtxt(values, dtype=np.float64, usecols=(0, 1, 2), ndmin=2)
    except ValueError as error:
        raise FileRefused("grid_unreadable", {"name": path.name}) from error
    code = table[:, 0].astype(np.intp)
    row = code // 1_000_000 * 80 + code // 1000 % 10 * 10 + code // 10 % 10
    column = code // 10_000 % 100 * 80 + code // 100 % 10 * 10 + code % 10
    return row, column, table[:, 2], table[:, 1]


def _by_proj(
    path: Path, _changed: int, rows: tuple[int, int], columns: tuple[int, int]
) -> tuple[_Floats, _Floats]:
    """Return the shift at each corner as PROJ reads it; exactly at a corner nothing is mixed in."""
    try:
        shift = Transformer.from_pipeline(
            "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
            # In full: PROJ looks for a relative name in its own folders.
            f'+step +proj=hgridshift +grids="{path.resolve()}" '
            "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
        )
    except ProjError as error:
        raise FileRefused("grid_unreadable", {"name": path.name}) from error
    longitudes = _WEST + (columns[0] + np.arange(columns[1])) / COLUMNS
    east, north = np.full((2, rows[1], columns[1]), np.nan)
    for index in range(rows[1]):
        latitudes = np.full(columns[1], (rows[0] + index) / ROWS)
        x, y = shift.transform(longitudes, latitudes)
        east[index], north[index] = x - longitudes, y - latitudes
    with np.errstate(invalid="ignore"):
        size = np.hypot(east, north)
        # 0 (a millionth of a second) stands for no value; a degree is no shift between datums.
        missing = ~((size > 1e-10) & (size < 1))
    east[missing] = north[missing] = np.nan
    return east, north


# -- is it the right file? --------------------------------------------------------------------

_GEOD = Geod(ellps="GRS80")
# GSI's published check point of TKY2JGD: Tokyo Datum, JGD2000 (longitude, latitude).
CHECK_POINT = (140.026224, 38.546789), (140.022853531, 38.549703478)
# Where the ground moved, least and most metres, least and most azimuth in degrees: the coast of
# Miyagi (GSI, 2011-03-19: station Oshika some 5.3 m to the east-southeast), inland, and Tokyo.
_MOVED_RANGES: Sequence[tuple[float, float, float, float, float, float]] = (
    (141.50, 38.30, 5.0, 6.0, 95, 125),
    (140.30, 38.76, 1.8, 2.4, 95, 120),
    (139.75, 35.70, 0.1, 0.4, 60, 120),
)


def wrong_with(path: Path, kind: Kind) -> str:
    """Return what is wrong with a grid file in a few words, "" if it is what its name says.

    Digests differ between builds of the same grid, so the values are looked at: GSI's check point
    to the centimetre for TKY2JGD, known movements by their range for 2011.
    """
    starts = [CHECK_POINT[0]] if kind is TOKYO else [row[:2] for row in _MOVED_RANGES]
    points = np.array(starts)
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    try:
        moved, found = window(path, kind, (west, south, east, north)).moved(points)
    except (FileRefused, OSError):
        return "it can't be read as a grid"
    if (found != GIVEN).any():
        return "it holds no value at a place where it must"
    if kind is TOKYO:
        off = _GEOD.inv(moved[0, 0], moved[0, 1], *CHECK_POINT[1])[2]
        return "" if off < 0.01 else f"it misses GSI's check point by {off:.2f} m"
    for (x, y), (lon, lat, least, most, first, last) in zip(moved, _MOVED_RANGES, strict=True):
        azimuth, _, metres = _GEOD.inv(lon, lat, x, y)
        if not (least <= metres <= most and first <= azimuth <= last):
            return f"at {lat} N {lon} E it moves {metres:.2f} m towards {azimuth % 360:.0f}°"
    return ""
