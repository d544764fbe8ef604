"""The first lines of a file in several encodings, so that a person can see which one is right."""

import struct
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from importers.encoding import ENCODINGS
from importers.source import opened

LINES = 4
_WIDTH = 200  # bytes of a line that are shown
_MOST = 4_000_000  # bytes that are looked through for the line that can't be read


def samples(
    path: Path, layer_name: str | None = None, line: int | None = None
) -> dict[str, list[str]]:
    """Return by encoding the first lines (or records) of a file, and line number ``line`` of it.

    What an encoding can't read is shown as �. Raises FileRefused where the file can't be opened.
    """
    with opened(path, layer_name) as source:
        table = source.members.get(".dbf")
        with (table or source.main).open("rb") as file:
            data = file.read(_MOST)
    raw = _records(data) if table else _lines(data, line)
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # what UTF-16 begins with
    return {
        name: [each.decode(name, "replace").strip("\0 \r\n") for each in raw]
        for name in ENCODINGS
        if marked or name != "utf-16"
    }


def _lines(data: bytes, line: int | None) -> list[bytes]:
    every = data.split(b"\n")
    wanted = list(range(min(LINES, len(every))))
    if line is not None and LINES < line <= len(every):
        wanted.append(line - 1)
    return [every[number][:_WIDTH] for number in wanted]


def _records(data: bytes) -> list[bytes]:
    """Return the first records of a dBASE table, whole (the lengths stand at bytes 8 and 10)."""
    if len(data) < 32:
        return []
    header, length = struct.unpack_from("<HH", data, 8)
    starts: Iterable[int] = range(header, len(data) - length, max(length, 1))
    return [data[start + 1 : start + length][:_WIDTH] for start in islice(starts, LINES)]
