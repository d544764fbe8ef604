"""The attribute table of a shapefile (dBASE III) read from its raw bytes.

GDAL decodes text by the language byte and ``.cpg`` and gives mojibake without an error when they
are wrong (specs/import.md, "Encoding and file-shape facts"), and its NumPy path turns integer
columns with blanks into floats. So the values are taken as bytes and decoded here, with an
encoding that was chosen on all of them. Layout: "dBASE File Format" (dBASE III+ table header).
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from importers.columns import Values, joined
from importers.encoding import clean_text, cleaned, decoded_value, first_fault, strictly
from importers.problems import FileRefused, Problem, warning
from importers.table import ColumnType

_HEADER = 32
_LIVE, _DELETED = ord(" "), ord("*")
_BLOCK = 100_000
"""Records of a column that are decoded at once."""
_ENOUGH = 2_000
"""Values of a block that are looked at where the block as a whole says what it is."""
_END_OF_FIELDS = 0x0D
_INTEGER = re.compile(r"[+-]?\d+")
_TYPES: dict[str, ColumnType] = {
    "C": "text",
    "N": "number",
    "F": "number",
    "D": "date",
    "L": "boolean",
    "I": "integer",
    "O": "number",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field descriptor: raw name (may end in half a character), type letter, width in bytes."""

    name: bytes
    kind: str
    width: int
    decimals: int
    offset: int


@dataclass(slots=True)
class Dbf:
    """A table as it lies on disk. ``body`` has a row of bytes a record, its deletion flag first."""

    fields: tuple[Field, ...]
    body: npt.NDArray[np.uint8]
    language_byte: int
    problems: list[Problem] = field(default_factory=list)

    def __len__(self) -> int:
        """Return how many records there are, deleted ones counted in."""
        return len(self.body)

    @property
    def deleted(self) -> npt.NDArray[np.bool_]:
        """Return which records carry the deletion mark."""
        marked: npt.NDArray[np.bool_] = self.body[:, :1].ravel() == _DELETED
        return marked

    def texts(self) -> Iterator[tuple[bytes, int]]:
        """Yield field names and text values as (bytes, width): enough to find the encoding.

        Of a block that one encoding reads without a fault, the first values and one that the other
        can't read say all; of any other block every value is looked at.
        """
        for column in self.fields:
            yield column.name, 10
            if column.kind == "C":
                for start in range(0, len(self), _BLOCK):
                    yield from _telling(_block(self.body[start : start + _BLOCK], column), column)


def read_dbf(path: Path) -> Dbf:
    """Read a DBF. A table longer or shorter than its header says is a problem, not an error.

    Raises FileRefused when there is no table header in the file at all.
    """
    size = path.stat().st_size
    if size < _HEADER:
        raise FileRefused("dbf_unreadable", {"name": path.name})
    with path.open("rb") as stream:
        data = stream.read(_HEADER)
        said, header_length, record_length = struct.unpack_from("<IHH", data, 4)
        data += stream.read(max(header_length - _HEADER, 0))
    fields, dropped = _fields(data, header_length)
    if record_length < 1 or header_length <= _HEADER:
        raise FileRefused("dbf_unreadable", {"name": path.name})
    problems = [
        warning("dbf_type_skipped", None, _ascii(name), type=kind) for name, kind in dropped
    ]
    present = max(size - header_length, 0) // record_length
    body = _records(path, header_length, present, record_length)
    if present < said:
        problems.append(warning("dbf_shorter", None, None, said=said, found=present))
    elif present > said:
        # Some writers leave the count of an earlier save. The bytes count, if they are records.
        if body[said, 0] in (_LIVE, _DELETED):
            problems.append(warning("dbf_longer", None, None, said=said, found=present))
        else:
            body = body[:said]
    return Dbf(fields, body, data[29], problems)


def _records(path: Path, offset: int, count: int, length: int) -> npt.NDArray[np.uint8]:
    if not count:
        return np.empty((0, length), np.uint8)
    # Mapped, so that a table of any size costs only the memory of the column that is being read.
    return np.memmap(path, np.uint8, "r", offset, (count, length))


def _fields(data: bytes, header_length: int) -> tuple[tuple[Field, ...], list[tuple[bytes, str]]]:
    """Return the readable fields, and (name, type) of those that are left out (memo, binary)."""
    fields: list[Field] = []
    dropped: list[tuple[bytes, str]] = []
    offset = 1
    for start in range(_HEADER, min(header_length, len(data)) - 31, 32):
        if data[start] == _END_OF_FIELDS:
            break
        name = data[start : start + 11].split(b"\0")[0].strip()
        kind = chr(data[start + 11])
        width, decimals = data[start + 16], data[start + 17]
        if kind in _TYPES:
            fields.append(Field(name, kind, width, decimals, offset))
        else:
            dropped.append((name, kind))
        offset += width
    return tuple(fields), dropped


def _ascii(name: bytes) -> str:
    return name.decode("ascii", errors="replace")


def field_names(table: Dbf, encoding: str) -> tuple[list[str], list[Problem]]:
    """Return the fields' names in order, each once, and what had to be repaired.

    Names hold 10 bytes; writers cut Japanese ones in mid-character, so a dangling byte is dropped.
    """
    names: list[str] = []
    problems: list[Problem] = []
    for number, column in enumerate(table.fields, start=1):
        found = decoded_value(column.name, encoding, 10)
        name = clean_text(found.text).strip() or f"field_{number}"
        if found.state != "whole":
            problems.append(warning("field_name_cut", None, name))
        unique, copy = name, 2
        while unique in names:
            unique, copy = f"{name}_{copy}", copy + 1
        if unique != name:
            problems.append(warning("field_name_twice", None, name, renamed=unique))
        names.append(unique)
    return names, problems


def column_type(column: Field) -> ColumnType:
    """Return the type of a field's values; N without decimals is an integer."""
    if column.kind == "N" and column.decimals == 0:
        return "integer"
    return _TYPES[column.kind]


def column_values(
    table: Dbf, column: Field, name: str, encoding: str, numbers: npt.NDArray[np.int64]
) -> tuple[Values, list[Problem]]:
    """Return a column's values as JSON values, and the problems of single values.

    Text stays text (06201 keeps its zero), numbers become int or float, dates ISO text, logicals
    bool; blank is None. ``numbers`` are the records' numbers as people count them.
    """
    parts: list[Values] = []
    problems: list[Problem] = []
    for start in range(0, max(len(table), 1), _BLOCK):
        rows = table.body[start : start + _BLOCK]
        block = _block(rows, column)
        part = _whole_block(block, column, encoding)
        if part is None:
            part, found = _one_by_one(block, column, encoding, name, numbers[start:])
            problems += found
        parts.append(part)
    return joined(parts), problems


def _block(rows: npt.NDArray[np.uint8], column: Field) -> npt.NDArray[np.uint8]:
    """Return a column's bytes, one row a value; what stands behind a NUL is blank."""
    block: npt.NDArray[np.uint8] = rows[:, column.offset : column.offset + column.width]
    if column.kind not in "IO" and (block == 0).any():
        ended = np.logical_or.accumulate(block == 0, axis=1)
        block = np.where(ended, _LIVE, block).astype(np.uint8)
    return block


def _lines(block: npt.NDArray[np.uint8]) -> bytes:
    """Return a block's values without trailing blanks, each with a NUL behind it.

    No character of any encoding read here contains a NUL, so that a strict reading of all of it
    is one of each value.
    """
    # Fields are wide and their values short: what is blank in all of them is left out first.
    filled = np.flatnonzero((block != _LIVE).any(axis=0))
    width = int(filled[-1]) + 1 if len(filled) else 0
    block = block[:, :width]
    lines = np.zeros((len(block), width + 1), np.uint8)
    lines[:, :width] = block
    # The separator's column counts as filled, so that argmax finds an end in every row.
    blanks = np.argmax(lines[:, ::-1][:, 1:] != _LIVE, axis=1) if width else 0
    lengths = np.where((block != _LIVE).any(axis=1), width - blanks, 0)
    kept = np.arange(width + 1) < lengths[:, None]
    kept[:, width] = True
    return lines[kept].tobytes()


def _telling(block: npt.NDArray[np.uint8], column: Field) -> Iterator[tuple[bytes, int]]:
    foreign = np.flatnonzero((block >= 0x80).any(axis=1))
    if not len(foreign):
        return
    taken = set(foreign[:_ENOUGH].tolist())
    data = _lines(block)
    faults = [first_fault(data, name) for name in ("utf-8", "cp932")]
    if None in faults:
        taken |= {data.count(b"\0", 0, fault) for fault in faults if fault is not None}
    else:
        taken = set(foreign.tolist())
    for index in sorted(taken):
        yield block[index].tobytes().rstrip(b" "), column.width


def _whole_block(block: npt.NDArray[np.uint8], column: Field, encoding: str) -> Values | None:
    """Return a block's values where all of it is in order, else None."""
    if column.kind == "I" and block.shape[1] == 4:
        return Values(pa.array(np.ascontiguousarray(block).view("<i4").ravel().astype(np.int64)))
    ascii_only = not (block >= 0x80).any()
    if column.kind not in "CNFD" or (column.kind != "C" and not ascii_only):
        return None
    try:
        texts = _texts(_lines(block), "ascii" if ascii_only else encoding)
    except UnicodeDecodeError:
        return None
    if column.kind == "C":
        texts = cleaned(texts)
        return Values(pc.if_else(pc.equal(texts, ""), None, texts))
    return _plain(pc.utf8_ltrim(texts, " "), column)


def _texts(lines: bytes, encoding: str) -> pa.Array:
    """Return the values of ``_lines`` as texts. Raises UnicodeDecodeError."""
    data = lines if encoding == "ascii" else strictly(lines, encoding).encode()
    values = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(values == 0)
    # Without the separators before it, each value ends earlier.
    offsets = np.concatenate([[0], ends - np.arange(len(ends))]).astype(np.int32)
    held = values[values != 0].tobytes()
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(held))


def _plain(texts: pa.Array, column: Field) -> Values | None:
    """Return numbers or dates whose texts all have the usual form, else None."""
    texts = pc.if_else(pc.equal(texts, ""), None, texts)
    if column.kind == "D":
        usual = pc.match_substring_regex(texts, r"^[12][0-9]{3}(0[1-9]|1[0-2])([01][0-9]|2[0-8])$")
        if not pc.all(usual).as_py():
            return None
        parts = (pc.utf8_slice_codeunits(texts, *ends) for ends in ((0, 4), (4, 6), (6, 8)))
        return Values(pc.binary_join_element_wise(*parts, "-"))
    whole = column.kind == "N" and column.decimals == 0
    usual = pc.match_substring_regex(texts, r"^-?[0-9]{1,18}$" if whole else r"^-?[0-9]+\.[0-9]+$")
    if not pc.all(usual).as_py():
        return None
    return Values(pc.cast(texts, pa.int64() if whole else pa.float64()))


def _one_by_one(
    block: npt.NDArray[np.uint8],
    column: Field,
    encoding: str,
    name: str,
    numbers: npt.NDArray[np.int64],
) -> tuple[Values, list[Problem]]:
    values: list[Any] = []
    problems: list[Problem] = []
    for raw, number in zip(block, numbers[: len(block)].tolist(), strict=True):
        value, problem = _value(raw.tobytes(), column, encoding, number, name)
        values.append(value)
        problems += [problem] if problem else []
    return Values.of(values), problems


def _value(
    raw: bytes, column: Field, encoding: str, row: int, name: str
) -> tuple[Any, Problem | None]:
    if column.kind == "C":
        found = decoded_value(raw.rstrip(b" "), encoding, column.width)
        text = clean_text(found.text)
        if found.state == "cut":
            return text or None, warning("text_cut", row, name, text=text)
        if found.state == "unreadable":
            return text or None, warning("text_unreadable", row, name, text=text)
        return text or None, None
    if column.kind == "I":
        return (struct.unpack("<i", raw)[0] if len(raw) == 4 else None), None
    if column.kind == "O":
        return (_finite(struct.unpack("<d", raw)[0]) if len(raw) == 8 else None), None
    text = raw.decode("ascii", errors="replace").strip()
    if column.kind == "L":
        return (
            True if text in "TtYy" else False if text in "FfNn" else None
        ) if text else None, None
    if not text or set(text) <= {"*"}:
        return None, None
    return _date(text, row, name) if column.kind == "D" else _number(text, row, name)


def _date(text: str, row: int, name: str) -> tuple[str | None, Problem | None]:
    if not text.strip("0"):
        return None, None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).isoformat(), None
    except ValueError:
        return text, warning("date_unreadable", row, name, text=text)


def _number(text: str, row: int, name: str) -> tuple[int | float | None, Problem | None]:
    if _INTEGER.fullmatch(text):
        return int(text), None
    try:
        return _finite(float(text.replace(",", "."))), None
    except ValueError:
        return None, warning("number_unreadable", row, name, text=text)


def _finite(number: float) -> float | None:
    return number if number - number == 0 else None
