"""What a person may decide about an import instead of leaving it to the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from importers.table import ColumnType


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Every choice is optional; None lets the file decide.

    What a person chose: ``profile`` is a registered profile's name, ``key`` the column that
    identifies a row, ``crs`` an EPSG code (6678 or ``EPSG:6678``), ``encoding`` a name such as
    cp932, ``layer_name`` one layer of several.

    What this machine and the layer know: ``grids`` is a folder with GSI's datum grids,
    ``mappings`` are remembered mappings as JSON by the layout's fingerprint (``mapping``),
    ``types`` and ``units`` those of the layer's columns, ``known`` the layer's places by key and
    name (longitude, latitude in degrees).
    """

    profile: str | None = None
    key: str | None = None
    crs: int | str | None = None
    encoding: str | None = None
    layer_name: str | None = None
    grids: Path | None = None
    mappings: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    types: Mapping[str, ColumnType] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, tuple[float, float]] = field(default_factory=dict)
