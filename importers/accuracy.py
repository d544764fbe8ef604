"""How far off a position may be where a datum had to be changed without GSI's correction grid.

Both tables are the largest difference, rounded up, at any corner of GSI's grids inside a cell. They
were measured on the grids themselves, and a test measures them again.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

GRID = 0.2
"""Metres that EPSG states for either grid (operations 6712 and 6713)."""
UNMOVED = 1.0
"""Metres that EPSG states for taking JGD2000 as JGD2011 where the ground was not moved."""
NOTABLE = 0.5
"""Metres below which the movement of 2011 is not worth telling where its grid is missing."""
CARRIED_TOKYO, CARRIED_MOVED = 1.7, 0.6
"""Metres: the largest error of a shift carried on over 10 km, measured by leaving out a strip of
that width along every coast and carrying the rest on over it (the mean is 0.5 and 0.05 m)."""


@dataclass(frozen=True, slots=True)
class Table:
    """Metres by cell: rows from the north, ``size`` degrees wide, "-" where there is no land."""

    north: float
    west: float
    size: float
    rows: tuple[str, ...]
    elsewhere: float

    def _cells(self) -> npt.NDArray[np.float64]:
        values = [
            [self.elsewhere if cell == "-" else float(cell) for cell in row.split()]
            for row in self.rows
        ]
        # Framed by what holds elsewhere, from the south-west.
        return np.pad(np.array(values)[::-1], 1, constant_values=self.elsewhere)

    def _indices(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
        cells = self._cells()
        south = self.north - self.size * (cells.shape[0] - 2)
        place = (points[:, ::-1] - (south, self.west)) / self.size
        # What is no number lies elsewhere.
        place = np.nan_to_num(np.floor(place), nan=-1, posinf=-1, neginf=-1) + 1
        found: npt.NDArray[np.intp] = np.clip(place, 0, np.array(cells.shape) - 1).astype(np.intp)
        return found

    def at(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return metres for points (longitude, latitude in degrees), shape (n, 2)."""
        rows, columns = self._indices(points).T
        found: npt.NDArray[np.float64] = self._cells()[rows, columns]
        return found

    def worst(self, box: tuple[float, float, float, float]) -> float:
        """Return the largest value of the cells that west, south, east, north touches."""
        (south, west), (north, east) = self._indices(np.array([box[:2], box[2:]]))
        return float(self._cells()[south : north + 1, west : east + 1].max())


TOKYO = Table(
    north=46,
    west=122,
    size=1,
    elsewhere=9,  # EPSG:15483 states 9 m for Japan
    rows=(
        "- - - - - - - - - - - - - - - - - - 8 8 8 - - -",  # 45° N
        "- - - - - - - - - - - - - - - - - - - 8 8 9 8 9",
        "- - - - - - - - - - - - - - - - - - 6 7 7 8 8 8",
        "- - - - - - - - - - - - - - - - - 5 5 6 6 6 6 6",
        "- - - - - - - - - - - - - - - - - 4 5 5 - 6 - -",
        "- - - - - - - - - - - - - - - - - 4 4 4 - - - -",  # 40° N
        "- - - - - - - - - - - - - - - - - 4 3 3 2 - - -",
        "- - - - - - - - - - - - - - - - 3 2 2 2 - - - -",
        "- - - - - - - - - - - - - - 4 4 3 2 2 3 - - - -",
        "- - - - - - - - - - 5 5 - 4 4 4 3 2 2 - - - - -",
        "- - - - - - - - - - 6 5 5 5 5 2 2 2 2 - - - - -",  # 35° N
        "- - - - - - - 5 5 5 6 5 4 4 3 2 3 5 - - - - - -",
        "- - - - - - 3 4 4 5 5 5 5 3 1 - - 12 - - - - - -",
        "- - - - - - 3 3 3 4 5 5 - - - - - 76 - - - - - -",
        "- - - - - - 3 3 4 4 - - - - - - - - - - - - - -",
        "- - - - - - - 6 6 5 - - - - - - - - - - - - - -",  # 30° N
        "- - - - - - - 7 - - - - - - - - - - - - - - - -",
        "- - - - - - - 10 10 - - - - - - - - - - - - - - -",
        "- - - - - 13 13 11 - - - - - - - - - - - - 1 - - -",
        "- - - - 16 16 15 - - - - - - - - - - - - - 1 - - -",
        "- - - - - - - - - 643 - - - - - - - - - - - - - -",  # 25° N: 南大東島
        "249 249 560 89 - - - - - - - - - - - - - - - 798 - - - -",  # 八重山, 宮古; 硫黄島
    ),
)
"""Tokyo Datum to JGD2000 by three parameters instead of TKY2JGD."""

MOVED = Table(
    north=42,
    west=135,
    size=0.5,
    elsewhere=0,
    rows=(
        "- - - - - - - - - - - 0.5 0.5 - -",  # 41.5° N
        "- - - - - - - - - - 0.6 0.6 0.6 - -",
        "- - - - - - - - 0.7 0.8 0.8 0.9 0.9 0.9 -",
        "- - - - - - - - - 1.0 1.2 1.4 1.5 1.7 1.7",  # 40° N
        "- - - - - - - - - 1.2 1.7 2.1 2.6 3.1 3.1",
        "- - - - - - - - - 1.6 2.1 2.9 4.0 4.8 4.1",
        "- - - - - - - - 1.3 1.7 2.5 3.6 5.4 5.7 -",
        "- - - - - - 1.0 1.0 1.3 1.7 2.5 3.7 5.6 5.9 -",  # 38° N
        "- - - 0.6 0.6 - 0.9 1.0 1.3 1.7 2.4 3.4 3.4 - -",
        "- - - 0.6 0.6 0.7 0.8 0.9 1.1 1.5 2.0 2.8 2.9 - -",
        "- - 0.4 0.5 0.6 0.6 0.7 0.7 0.9 1.1 1.5 2.3 2.3 - -",
        "- 0.2 0.4 0.4 0.4 0.5 0.5 0.5 0.7 0.9 1.2 1.4 - - -",  # 36° N
        "0.1 0.2 0.2 0.3 0.2 0.2 0.3 0.4 0.5 0.6 0.9 1.0 - - -",
        "0.1 0.1 0.1 0.1 0.1 0.2 0.2 0.2 0.2 0.3 0.4 - - - -",
        "- - - - - - - - - 0.3 0.2 - - - -",  # 34.5° N
    ),
)
"""JGD2000 taken as JGD2011: how far the ground moved on 2011-03-11."""
