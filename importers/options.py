"""What a person may decide about an import instead of leaving it to the file."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Every choice is optional; None lets the file decide.

    ``profile`` is a registered profile's name, ``key`` the column that identifies a row, ``crs``
    an EPSG code (6678 or ``EPSG:6678``), ``encoding`` a name such as cp932, ``layer_name`` one
    layer of several, ``grids`` a folder with GSI's datum grids.
    """

    profile: str | None = None
    key: str | None = None
    crs: int | str | None = None
    encoding: str | None = None
    layer_name: str | None = None
    grids: Path | None = None
