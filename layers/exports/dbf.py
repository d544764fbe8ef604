"""The attribute table of a shapefile (dBASE III), in an encoding and with widths of our choice.

GDAL cuts a text at 254 bytes, in the middle of a character, and a field's name at 10; what an
encoding does not have it replaces without a word. So the table is written here, and all that was
lost on the way is counted.
"""

import struct
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from layers.exports.cells import as_text
from layers.exports.content import Batch, Column, Content, Kind

NAME_BYTES, TEXT_BYTES = 10, 254
MOST_FIELDS, MOST_BYTES = 255, 2**31 - 1
"""Fields that programs read; bytes of a file (ESRI: 2 GB)."""
GETA = "〓"
"""Stands for a character that an encoding lacks, as printers have it."""
_DAY = (1980, 1, 1)
_LANGUAGE = {"cp932": 0x13, "utf-8": 0x00}
_LETTERS: dict[Kind, str] = {
    "text": "C",
    "integer": "N",
    "number": "N",
    "boolean": "L",
    "date": "D",
}
# The same marks under the code points that CP932 has them at (JIS X 0208 in Windows).
_WINDOWS_FORM = str.maketrans("〜−‖—¢£¬¥‾", "～－∥―￠￡￢￥￣")
# Python's codec passes these through as bytes that are no CP932.
_NOT_CP932 = frozenset("\x80\uf8f0\uf8f1\uf8f2\uf8f3")


@dataclass(slots=True)
class Lost:
    """What a table could not hold.

    ``characters`` that the encoding lacks, and how often each; by column (its full name), how many
    texts were ``cut``; ``columns`` that were left out.
    """

    characters: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    columns: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Field:
    column: Column
    name: bytes
    width: int = 1
    decimals: int = 0


class Table:
    """A table to be: measured over all rows first, then written."""

    def __init__(self, content: Content, encoding: str) -> None:
        """Choose the fields of a layer in an encoding, "cp932" or "utf-8"."""
        self.encoding = encoding
        self.lost = Lost(columns=[column.name for column in content.columns[MOST_FIELDS:]])
        columns = content.columns[:MOST_FIELDS]
        names = field_names([column.name for column in columns], encoding)
        self._fields = [_Field(c, name) for c, name in zip(columns, names, strict=True)]
        self._count = content.count

    @property
    def names(self) -> list[tuple[str, Column]]:
        """The fields' names, and the column that each is of."""
        return [(f.name.decode(self.encoding), f.column) for f in self._fields]

    @property
    def size(self) -> int:
        """Bytes that the table takes, once it is measured."""
        return self._header_bytes + self._count * self._record_bytes + 1

    def measure(self, batch: Batch) -> None:
        """Look how wide the fields must be."""
        for each in self._fields:
            cells = self._cells(each, batch)
            each.width = max([each.width, *map(len, cells)])
            if each.column.kind == "number":
                behind = (len(cell.partition(b".")[2]) for cell in cells if b"e" not in cell)
                each.decimals = min(max([each.decimals, 1, *behind]), 15)
                each.width = max(each.width, each.decimals + 2)

    def write(self, path: Path, content: Content) -> Lost:
        """Write the table and return what it lost."""
        self.lost.characters.clear()
        self.lost.cut.clear()
        with path.open("wb") as file:
            file.write(self._header())
            for batch in content.batches():
                columns = [
                    [_padded(cell, f) for cell in self._cells(f, batch)] for f in self._fields
                ]
                if columns:
                    file.writelines(b" " + b"".join(cells) for cells in zip(*columns, strict=True))
                else:  # a record is never without a field
                    file.writelines([b"  "] * len(batch.ids))
            file.write(b"\x1a")
        return self.lost

    # -- bytes ----------------------------------------------------------------------------------

    @property
    def _header_bytes(self) -> int:
        return 32 + 32 * max(len(self._fields), 1) + 1

    @property
    def _record_bytes(self) -> int:
        return 1 + (sum(f.width for f in self._fields) or 1)

    def _header(self) -> bytes:
        year, month, day = _DAY
        head = struct.pack(
            "<BBBBIHH17xB2x",
            *(0x03, year - 1900, month, day),
            *(self._count, self._header_bytes, self._record_bytes),
            _LANGUAGE[self.encoding],
        )
        fields = self._fields or [_Field(Column("ID", "text", "ID"), b"ID")]
        for each in fields:
            letter = _LETTERS[each.column.kind].encode()
            head += struct.pack("<11sc4xBB14x", each.name, letter, each.width, each.decimals)
        return head + b"\r"

    def _cells(self, each: _Field, batch: Batch) -> list[bytes]:
        """Return the cells of a field as they are written, not padded yet."""
        name, kind = each.column.name, each.column.kind
        values = [row[name] for row in batch.rows]
        if kind == "text":
            return self._texts(name, values)
        return [_plain(value, kind) for value in values]

    def _texts(self, name: str, values: Sequence[Any]) -> list[bytes]:
        texts = [as_text(value) for value in values]
        whole = "\0".join(texts)
        if self.encoding == "cp932":
            try:  # nearly always all of them are in order
                if not _NOT_CP932.isdisjoint(whole):
                    raise UnicodeEncodeError("cp932", "", 0, 1, "not assigned")
                encoded = whole.encode("cp932")
            except UnicodeEncodeError:
                encoded = b"\0".join(self._replaced(text) for text in texts)
        else:
            encoded = whole.encode()
        cells = encoded.split(b"\0") if texts else []
        if max(map(len, cells), default=0) > TEXT_BYTES:
            self.lost.cut[name] += sum(len(cell) > TEXT_BYTES for cell in cells)
            cells = [cut(cell, TEXT_BYTES, self.encoding) for cell in cells]
        return cells

    def _replaced(self, text: str) -> bytes:
        """Return a text in CP932; what it lacks is written as 〓, and counted."""
        result = b""
        for sign in in_windows_form(text):
            try:
                if sign in _NOT_CP932:
                    raise UnicodeEncodeError("cp932", sign, 0, 1, "not assigned")
                result += sign.encode("cp932")
            except UnicodeEncodeError:
                self.lost.characters[sign] += 1
                result += GETA.encode("cp932")
        return result


def in_windows_form(text: str) -> str:
    """Return a text with the code points that CP932 knows for marks that have two.

    A dakuten written apart joins its kana. Full normalisation is avoided: it turns 神 into 神.
    """
    text = text.translate(_WINDOWS_FORM)
    if "\u3099" in text or "\u309a" in text:
        parts: list[str] = []
        for sign in text:
            if sign in "\u3099\u309a" and parts:
                parts[-1] = unicodedata.normalize("NFC", parts[-1] + sign)
            else:
                parts.append(sign)
        text = "".join(parts)
    return text


def cut(data: bytes, limit: int, encoding: str) -> bytes:
    """Return text of at most so many bytes that ends where a character ends."""
    if len(data) <= limit:
        return data
    return data[:limit].decode(encoding, errors="ignore").encode(encoding)


def field_names(names: Sequence[str], encoding: str) -> list[bytes]:
    """Return field names of at most 10 bytes, each once whatever its case.

    Of several that begin alike the last part of the name is taken where it has one: of
    災害種別_洪水 and 災害種別_地震 the first ten bytes say nothing.
    """
    plain = [_encoded(name, encoding) for name in names]
    short = [cut(name, NAME_BYTES, encoding) for name in plain]
    times = Counter(name.lower() for name in short)
    found: list[bytes] = []
    taken: set[bytes] = set()
    for index, name in enumerate(names):
        chosen = short[index]
        tail = name.rpartition("_")[2]
        if times[chosen.lower()] > 1 and len(plain[index]) > NAME_BYTES and tail:
            chosen = cut(_encoded(tail, encoding), NAME_BYTES, encoding)
        chosen, number = chosen or b"field", 2
        unique = chosen
        while unique.lower() in taken:
            ending = f"_{number}".encode()
            unique, number = cut(chosen, NAME_BYTES - len(ending), encoding) + ending, number + 1
        taken.add(unique.lower())
        found.append(unique)
    return found


def _encoded(name: str, encoding: str) -> bytes:
    text = " ".join(name.split())
    if encoding != "cp932":
        return text.encode(encoding)
    return b"".join(_or_geta(sign) for sign in in_windows_form(text))


def _or_geta(sign: str) -> bytes:
    try:
        return sign.encode("cp932")
    except UnicodeEncodeError:
        return GETA.encode("cp932")


def _plain(value: Any, kind: Kind) -> bytes:
    """Return a number, a day or a yes or no as a table holds it; blank for none."""
    if value is None:
        return b"?" if kind == "boolean" else b""
    if kind == "boolean":
        return b"T" if value else b"F"
    if kind == "date":
        return str(value).replace("-", "").encode()
    return repr(float(value) if kind == "number" else value).encode()


def _padded(cell: bytes, each: _Field) -> bytes:
    # Numbers stand at the right, everything else at the left.
    return (
        cell.rjust(each.width)
        if each.column.kind in ("integer", "number")
        else cell.ljust(each.width)
    )
