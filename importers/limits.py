"""How much is read: sizes checked before a file is opened, and counted while it is unpacked."""

from pathlib import Path

from importers.problems import FileRefused

MIB = 1_048_576

_DOCUMENT = 200 * MIB
"""Formats that are read whole into memory: text takes several times its size there."""
_STORE = 2_048 * MIB
"""Formats that are read from disk, part by part; also what the shapefile format can hold."""

MAX_BYTES: dict[str, int] = {
    "csv": _DOCUMENT,
    "geojson": _DOCUMENT,
    "xlsx": _DOCUMENT,
    "kml": _DOCUMENT,
    "gml": _DOCUMENT,
    "shapefile": _STORE,
    "geopackage": _STORE,
    "zip": _STORE,
}
"""Format → the most bytes a file of it may have (of a shapefile: each of its parts)."""

MAX_ENTRIES = 2_000
"""Files in a folder, entries in a zip (nested ones counted in)."""
MAX_DIRECTORY = MAX_ENTRIES * 1_024
"""Bytes of a zip's list of entries, which is read whole before they can be counted."""
MAX_UNPACKED = 4_096 * MIB
"""Bytes that may come out of one zip, nested ones counted in."""
MAX_RATIO = 250
"""Unpacked to packed, beyond ``RATIO_FREE``: blank DBF columns pack well, bombs far better."""
RATIO_FREE = 64 * MIB
MAX_XML = 512 * MIB
"""Bytes that may come out of a workbook: a sheet packs to a tenth of its size."""
MAX_CELLS = 10_000_000
"""Cells of a workbook, blank ones before the last of a row counted in (Excel: 1.7e10 a sheet)."""
MAX_COLUMNS = 16_384
"""Columns of a table: Excel's own limit, far beyond any list."""
MAX_FILLED = 1_000_000
"""Blank cells that merged ones fill."""
MAX_CELL_TEXT = 256 * MIB
"""Characters in all cells together: one long text may be named by a million cells."""


MAX_POINTS = 30_000_000
"""Positions of all shapes of a GML together: references may name a long line again and again."""


def refuse_too_big(path: Path, kind: str, name: str | None = None) -> None:
    """Raise FileRefused for a file larger than its format may be, before it is opened.

    ``name`` is what the person knows the file by, where that is not the path's own.
    """
    limit = MAX_BYTES[kind]
    if (size := path.stat().st_size) > limit:
        raise FileRefused(
            "document_too_big" if limit <= _DOCUMENT else "file_too_big",
            {"name": name or path.name, "size": -(-size // MIB), "limit": limit // MIB},
        )


def refuse_sparse(columns: int, rows: int, cells: int) -> None:
    """Raise FileRefused for a table that is nearly all blank and would fill the memory.

    ``cells`` are those there are. A row has a value in every column once it is read, so a short
    file of many rows and many columns, each used once, grows by its square.
    """
    if columns * rows > max(MAX_CELLS, 20 * cells):
        raise FileRefused("table_too_sparse", {"columns": columns, "rows": rows})
