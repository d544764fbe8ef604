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

from importers.encoding import clean_text, decoded_value
from importers.problems import FileRefused, Problem, error, warning
from importers.table import ColumnType

_HEADER = 32
_DELETED = b"*"
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
    """A table as it lies on disk. ``records`` are whole records including the deletion flag."""

    fields: tuple[Field, ...]
    records: list[bytes]
    language_byte: int
    problems: list[Problem] = field(default_factory=list)

    def deleted(self, index: int) -> bool:
        """Say whether a record (counted from 0) carries the deletion mark."""
        return self.records[index][:1] == _DELETED

    def texts(self) -> Iterator[tuple[bytes, int]]:
        """Yield every field name and text value as (bytes, width), to find the encoding."""
        for column in self.fields:
            yield column.name, 10
            if column.kind == "C":
                for record in self.records:
                    yield _text(record, column), column.width


def read_dbf(path: Path) -> Dbf:
    """Read a DBF. A table longer or shorter than its header says is a problem, not an error.

    Raises FileRefused when there is no table header in the file at all.
    """
    data = path.read_bytes()
    if len(data) < _HEADER:
        raise FileRefused("dbf_unreadable", {"name": path.name})
    said, header_length, record_length = struct.unpack_from("<IHH", data, 4)
    fields, dropped = _fields(data, header_length)
    if record_length < 1 or header_length <= _HEADER:
        raise FileRefused("dbf_unreadable", {"name": path.name})
    problems = [
        warning("dbf_type_skipped", None, _ascii(name), type=kind) for name, kind in dropped
    ]
    body = memoryview(data)[header_length:]
    present = len(body) // record_length
    if present < said:
        problems.append(warning("dbf_shorter", None, None, said=said, found=present))
    elif present > said:
        # Some writers leave the count of an earlier save. The bytes count, if they are records.
        extra = bytes(body[said * record_length :][:1])
        if extra in (b" ", _DELETED):
            problems.append(warning("dbf_longer", None, None, said=said, found=present))
        else:
            present = said
    records = [bytes(body[i * record_length : (i + 1) * record_length]) for i in range(present)]
    return Dbf(fields, records, data[29], problems)


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


def _text(record: bytes, column: Field) -> bytes:
    raw = record[column.offset : column.offset + column.width]
    return raw.split(b"\0", 1)[0].rstrip(b" ")


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


def values(
    table: Dbf, index: int, names: list[str], encoding: str, row: int
) -> tuple[dict[str, Any], list[Problem]]:
    """Return a record as name → JSON value, and the problems of its values.

    Text stays text (06201 keeps its zero), numbers become int or float, dates ISO text, logicals
    bool; blank is None.
    """
    record = table.records[index]
    result: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, column in zip(names, table.fields, strict=True):
        value, problem = _value(record, column, encoding, row, name)
        result[name] = value
        if problem is not None:
            problems.append(problem)
    return result, problems


def _value(
    record: bytes, column: Field, encoding: str, row: int, name: str
) -> tuple[Any, Problem | None]:
    raw = record[column.offset : column.offset + column.width]
    if column.kind == "C":
        found = decoded_value(_text(record, column), encoding, column.width)
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
    text = raw.replace(b"\0", b" ").decode("ascii", errors="replace").strip()
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


def missing_record(row: int) -> Problem:
    """Return the problem of a shape for which the table has no record."""
    return error("dbf_record_missing", row)
