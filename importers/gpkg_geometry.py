"""The geometries of a GeoPackage: WKB behind a header (OGC 12-128r18, 2.1.3)."""

from typing import Any

import numpy as np
import shapely

from importers.table import Geometries

# Bytes of the envelope behind the eight of the header, by its code.
_ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_EMPTY, _EXTENDED = 0x10, 0x20
_LAST_KIND = 7
"""GEOMETRYCOLLECTION; what comes after it is a surface in space."""


def decoded(blobs: list[Any]) -> tuple[Geometries, dict[int, str]]:
    """Return the shapes (None for empty ones), and position → what is wrong with one."""
    wkb = np.full(len(blobs), None, dtype=object)
    wkb[:] = [_wkb(blob) for blob in blobs]
    wrong: dict[int, str] = {}
    try:
        shapes: Geometries = shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:  # One curve among them is enough; so each by itself.
        shapes = np.full(len(blobs), None, dtype=object)
        for index, raw in enumerate(wkb):
            try:
                shapes[index] = shapely.from_wkb(raw, on_invalid="ignore")
            except NotImplementedError:
                wrong[index] = "geometry_curved"
    spatial = shapely.get_type_id(shapes) > _LAST_KIND
    shapes[spatial] = None
    for index, raw in enumerate(wkb):
        if raw is not None and shapes[index] is None:
            wrong.setdefault(index, "geometry_unreadable")
    return shapes, wrong


def _wkb(blob: Any) -> bytes | None:
    """Return the WKB of a GeoPackage geometry; None for an empty one, b"" for what is none."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
        return b""
    flags = blob[3]
    envelope = _ENVELOPES.get(flags >> 1 & 0b111)
    if envelope is None or flags & _EXTENDED:
        return b""
    if flags & _EMPTY:
        return None
    return blob[8 + envelope :]
