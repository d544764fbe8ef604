"""Excel workbooks (.xlsx, .xlsm): their sheets as lines of text cells.

Read here, as a stream, and not by a library: calamine (0.9) lays a sheet out as one block of all
cells up to the last and ends the whole process, with no error to catch, when two cells far apart
(a file of 2 kB) make that half a terabyte; both it and openpyxl (3.1) lose the zeros that a number
format puts before a code, and openpyxl takes Japanese Excel's own date formats for plain numbers.
The price is speed: some six microseconds a cell, five times calamine's.

Source: ECMA-376 Part 1 (SpreadsheetML), 18.3 worksheets, 18.4 shared strings, 18.8 styles.
"""

import codecs
import posixpath
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from importers import cell_formats
from importers.encoding import clean_text
from importers.limits import MAX_CELL_TEXT, MAX_CELLS, MAX_XML
from importers.listing import Grid, Merge
from importers.markup import Node, refuse_doctype, root, xml_text
from importers.problems import FileRefused
from importers.zips import Parts

_ROWS, _COLUMNS = 1_048_576, 16_384
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


@dataclass(frozen=True, slots=True)
class SheetName:
    """A worksheet: the name on its tab, its part in the zip, and whether it is hidden."""

    name: str
    part: str
    hidden: bool


@dataclass(slots=True)
class Sheet:
    """A worksheet's cells, and what of them could not be taken over."""

    grid: Grid
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    """(row, column from 0, text) of cells that show an error such as #N/A."""
    uncomputed: int = 0
    """Formulas whose result is not in the file."""


class Workbook:
    """A workbook opened for reading. Raises FileRefused for one that is damaged or too big."""

    def __init__(self, path: Path) -> None:
        self._parts = Parts(path, MAX_XML)
        self._name = path.name
        self._budget = _Budget(MAX_CELLS, MAX_CELL_TEXT)
        try:
            self._open()
        except BaseException:
            self._parts.close()
            raise

    def _open(self) -> None:
        main = next(self._related("", "officeDocument"), "xl/workbook.xml")
        book = self._tree(main)
        if book is None:
            raise FileRefused("workbook_broken", {"name": self._name})
        properties = book.child("workbookPr")
        said = properties.attributes.get("date1904", "") if properties else ""
        self._from_1904 = said in ("1", "true")
        parts = dict(self._relations(main, "worksheet"))
        listed = book.child("sheets")
        self.sheets = [
            SheetName(
                clean_text(sheet.attributes.get("name", "")),
                parts[sheet.attributes["id"]],
                sheet.attributes.get("state", "visible") != "visible",
            )
            for sheet in (listed.children if listed else [])
            if sheet.attributes.get("id") in parts
        ]
        strings = next(self._related(main, "sharedStrings"), "")
        self._strings = self._shared(strings)
        self._meanings = _meanings(self._tree(next(self._related(main, "styles"), "")))

    def __enter__(self) -> "Workbook":
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    def read(self, sheet: SheetName) -> Sheet:
        """Return a sheet's cells as cleaned, trimmed text; blank lines are left out."""
        reader = _SheetReader(self._strings, self._meanings, self._budget, self._from_1904)
        self._stream(sheet.part, reader.start, reader.end, reader.texts.append)
        return reader.sheet

    # -- parts --------------------------------------------------------------------------------

    def _tree(self, part: str) -> Node | None:
        data = self._parts.read(part)
        return root(xml_text(data)[0]) if data else None

    def _relations(self, part: str, kind: str) -> Iterator[tuple[str, str]]:
        """Yield (id, part) of what a part is related to; nothing outside the workbook."""
        folder, name = posixpath.split(part)
        tree = self._tree(posixpath.join(folder, "_rels", f"{name}.rels"))
        for relation in tree.children if tree else []:
            facts = relation.attributes
            inside = facts.get("TargetMode", "Internal") != "External"
            if inside and facts.get("Type", "").endswith(f"/{kind}"):
                target = posixpath.normpath(posixpath.join("/", folder, facts.get("Target", "")))
                yield facts.get("Id", ""), target.lstrip("/")

    def _related(self, part: str, kind: str) -> Iterator[str]:
        return (target for _, target in self._relations(part, kind))

    def _stream(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None],
        texts: Callable[[str], Any],
    ) -> None:
        with closing(self._parts.chunks(part)) as chunks:
            first = next(chunks, b"")
            # Parts are in UTF-8 or UTF-16 (ECMA-376 Part 2, 8.1.4), whatever they may declare.
            utf16 = first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            parser = expat.ParserCreate("utf-16" if utf16 else "utf-8")
            parser.buffer_text = True
            parser.buffer_size = 65_536
            parser.StartDoctypeDeclHandler = refuse_doctype
            parser.StartElementHandler = start
            parser.EndElementHandler = end
            parser.CharacterDataHandler = texts
            try:
                parser.Parse(first, False)
                for chunk in chunks:
                    parser.Parse(chunk, False)
                parser.Parse(b"", True)
            except expat.ExpatError as broken:
                raise FileRefused("workbook_broken", {"name": self._name}) from broken

    def _shared(self, part: str) -> list[str]:
        if not part:
            return []
        reader = _StringReader()
        self._stream(part, reader.start, reader.end, reader.texts.append)
        return reader.strings


@dataclass(slots=True)
class _Budget:
    """What all sheets of a workbook may have together."""

    cells: int
    text: int

    def spend(self, cells: int, text: int) -> None:
        self.cells -= cells
        self.text -= text
        if self.cells < 0 or self.text < 0:
            raise FileRefused("workbook_too_big", {"limit": MAX_CELLS})


def _meanings(styles: Node | None) -> dict[str, str]:
    """Return what the styles of a workbook make of a number, where they make something of it."""
    formats: dict[int, str] = {}
    own = styles.child("numFmts") if styles else None
    for node in own.children if own else []:
        formats[_int(node.attributes.get("numFmtId"))] = node.attributes.get("formatCode", "")
    cells = styles.child("cellXfs") if styles else None
    numbers = [_int(node.attributes.get("numFmtId")) for node in (cells.children if cells else [])]
    kinds = [cell_formats.kind(number, formats.get(number)) for number in numbers]
    return {str(style): kind for style, kind in enumerate(kinds) if kind is not None}


def _int(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _plain(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _cell_text(text: str) -> str:
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)
    return clean_text(text).strip()


class _StringReader:
    """Handlers for the shared strings: each as one text, its phonetic guides left out."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self.texts: list[str] = []
        self._kept: list[str] = []
        self._guide = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = _plain(name)
        if name == "rPh":
            self._guide = True
        elif name == "t":
            self.texts.clear()

    def end(self, name: str) -> None:
        name = _plain(name)
        if name == "t" and not self._guide:
            self._kept += self.texts
        elif name == "rPh":
            self._guide = False
        elif name == "si":
            self.strings.append(_cell_text("".join(self._kept)))
            self._kept.clear()
        self.texts.clear()


class _SheetReader:
    """Handlers for a worksheet's part."""

    def __init__(
        self,
        strings: list[str],
        meanings: dict[str, str],
        budget: _Budget,
        from_1904: bool,
    ) -> None:
        self.sheet = Sheet(Grid([]))
        self.texts: list[str] = []
        self._strings, self._meanings = strings, meanings
        self._budget, self._from_1904 = budget, from_1904
        self._row, self._column = 0, -1
        self._cells: list[str] = []
        self._length = 0
        self._columns: dict[str, int] = {}
        self._type, self._style = "n", "0"
        self._value: str | None = None
        self._formula = self._guide = False

    # Called for each of millions of cells: what is common comes first, and in one function.

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.texts.clear()
        if name == "c":
            place = attributes.get("r")
            if place is None:
                self._column += 1
            else:
                letters = place.rstrip("0123456789")
                column = self._columns.get(letters)
                self._column = self._learnt(letters) if column is None else column
            self._type = attributes.get("t", "n")
            self._style = attributes.get("s", "0")
            self._value = None
        elif name == "v":
            return
        elif name == "row":
            self._row = _int(attributes.get("r")) or self._row + 1
            self._column, self._cells, self._length, self._formula = -1, [], 0, False
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._guide = True
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif ":" in name:
            self.start(_plain(name), attributes)

    def end(self, name: str) -> None:
        if name == "v":
            self._value = self.texts[0] if len(self.texts) == 1 else "".join(self.texts)
        elif name == "c":
            if self._value or (self._value is not None and self._type != "n"):
                self._cell(self._value)
            elif self._formula:
                self.sheet.uncomputed += 1
            self._formula = False
        elif name == "row":
            self._budget.spend(len(self._cells), self._length)
            if any(self._cells):
                self.sheet.grid.lines.append((self._row, self._cells))
            self._cells = []
        elif name == "t" and not self._guide:
            self._value = (self._value or "") + "".join(self.texts)
        elif name == "rPh":
            self._guide = False
        elif ":" in name:
            self.end(_plain(name))
        self.texts.clear()

    def _learnt(self, letters: str) -> int:
        """Return a column's position, and know it from now on."""
        known = letters.isascii() and letters.isalpha() and letters.isupper() and len(letters) < 4
        self._columns[letters] = _column_of(letters) if known else _COLUMNS
        return self._columns[letters]

    def _cell(self, raw: str) -> None:
        if self._type == "s":
            try:
                text = self._strings[int(raw)] if raw[:1] != "-" else ""
            except (ValueError, IndexError):
                return
        elif self._type == "n":
            meaning = self._meanings.get(self._style)
            text = (
                cell_formats.number(raw)
                if meaning is None
                else cell_formats.text(raw.strip(), meaning, from_1904=self._from_1904)
            )
        else:
            text = self._other(raw)
        if not text or self._column >= _COLUMNS or self._row > _ROWS:
            return
        self._length += len(text)
        gap = self._column - len(self._cells)
        if gap == 0:
            self._cells.append(text)
        elif gap > 0:
            self._cells += [""] * gap
            self._cells.append(text)
        else:
            self._cells[self._column] = text

    def _other(self, raw: str) -> str:
        kind = self._type
        if kind == "b":
            return "TRUE" if raw.strip() in ("1", "true") else "FALSE"
        if kind == "e":
            self.sheet.errors.append((self._row, self._column, raw.strip()[:40]))
            return ""
        if kind == "d":
            return raw.strip().removesuffix("Z").removesuffix("T00:00:00")
        return _cell_text(raw)

    def _merge(self, reference: str) -> None:
        corners = [_PLACE.fullmatch(corner) for corner in reference.split(":")]
        if len(corners) == 2 and corners[0] and corners[1]:
            (left, top), (right, bottom) = (match.groups() for match in corners if match)
            merge = Merge(int(top), _column_of(left), int(bottom), _column_of(right))
            if merge.right < _COLUMNS and merge.bottom <= _ROWS:
                self.sheet.grid.merges.append(merge)


def _column_of(letters: str) -> int:
    """Return a column's position from 0: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
