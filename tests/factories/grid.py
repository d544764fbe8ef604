"""Datum grids in the forms they are handed about in, written from a few corners of a mesh."""

import struct
from collections.abc import Iterable
from pathlib import Path

Corner = tuple[int, int, float, float]
"""Row (30″ from the equator), column (45″ from 100° E), seconds of latitude, of longitude."""


def mesh_code(row: int, column: int) -> int:
    """Return the code of the mesh (JIS X 0410, 1 km) whose south-west corner this is."""
    first = (row // 80) * 1_000_000 + (column // 80) * 10_000
    second = (row // 10 % 8) * 1000 + (column // 10 % 8) * 100
    return first + second + row % 10 * 10 + column % 10


def write_par(path: Path, corners: Iterable[Corner], header: int = 1) -> Path:
    """Write GSI's text form: ``header`` lines, the column names, then a line a corner."""
    lines = [f"line {number} of the header" for number in range(header)]
    lines.append("MeshCode   dB(sec)   dL(sec)")
    lines += [f"{mesh_code(r, c)} {dlat:9.5f} {dlon:9.5f}" for r, c, dlat, dlon in corners]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("ascii"))
    return path


def write_gsb(path: Path, corners: Iterable[Corner]) -> Path:
    """Write an NTv2 file of one grid; corners that are not given are 0, as in GSI's own.

    Layout: NTv2 Developer's Guide. Longitudes count west, and rows run from the south-east corner.
    """
    given = {(row, column): (dlat, dlon) for row, column, dlat, dlon in corners}
    rows, columns = sorted({r for r, _ in given}), sorted({c for _, c in given})

    def text(key: str, value: str) -> bytes:
        return key.ljust(8).encode() + value.ljust(8).encode()

    def number(key: str, value: int) -> bytes:
        return key.ljust(8).encode() + struct.pack("<i4x", value)

    def real(key: str, value: float) -> bytes:
        return key.ljust(8).encode() + struct.pack("<d", value)

    south, north = rows[0] * 30.0, rows[-1] * 30.0
    west, east = -(100 * 3600 + columns[0] * 45.0), -(100 * 3600 + columns[-1] * 45.0)
    high, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    parts = [
        number("NUM_OREC", 11), number("NUM_SREC", 11), number("NUM_FILE", 1),
        text("GS_TYPE", "SECONDS"), text("VERSION", "1"), text("SYSTEM_F", "TOKYO"),
        text("SYSTEM_T", "JGD2000"), real("MAJOR_F", 6377397.155), real("MINOR_F", 6356078.963),
        real("MAJOR_T", 6378137.0), real("MINOR_T", 6356752.314),
        text("SUB_NAME", "ONE"), text("PARENT", "NONE"), text("CREATED", ""), text("UPDATED", ""),
        real("S_LAT", south), real("N_LAT", north), real("E_LONG", east), real("W_LONG", west),
        real("LAT_INC", 30.0), real("LONG_INC", 45.0), number("GS_COUNT", high * wide),
    ]  # fmt: skip
    for row in range(rows[0], rows[-1] + 1):
        for column in range(columns[-1], columns[0] - 1, -1):
            dlat, dlon = given.get((row, column), (0.0, 0.0))
            parts.append(struct.pack("<4f", dlat, -dlon, 0.0, 0.0))
    parts.append(text("END", ""))
    path.write_bytes(b"".join(parts))
    return path
