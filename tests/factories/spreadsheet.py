"""Excel workbooks made part by part, so that they can be broken in every way real ones are.

Layout: ECMA-376 Part 1 (SpreadsheetML) and Part 2 (packaging). Nothing of the importers is used.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DATE, TIME, BOTH, ELAPSED = 14, 20, 22, 46


@dataclass(frozen=True)
class Styled:
    """A value shown in a number format: a built-in one by its number, or one by its code."""

    value: Any
    format: int | str


@dataclass(frozen=True)
class Formula:
    """A formula and its stored result; None for a workbook that was never calculated."""

    text: str
    result: Any


@dataclass(frozen=True)
class Error:
    """A cell that shows an error."""

    text: str = "#N/A"


@dataclass(frozen=True)
class Rich:
    """A text in two runs, with a phonetic guide that is no part of it."""

    first: str
    second: str
    guide: str = ""


@dataclass
class Sheet:
    """A worksheet: rows of values, merged ranges (``A1:C1``), hidden or not."""

    rows: Sequence[Sequence[Any]]
    merges: Sequence[str] = ()
    state: str = "visible"
    first_row: int = 1


@dataclass
class Book:
    """What is being written, and the ways it may be odd.

    ``inline`` keeps texts in the cells instead of the shared ones, ``placed=False`` leaves out
    where cells stand (some programs do), ``prefix`` is written before every element.
    """

    sheets: Mapping[str, Sheet]
    inline: bool = False
    placed: bool = True
    from_1904: bool = False
    prefix: str = ""
    parts: Mapping[str, bytes] = field(default_factory=dict)


def write_xlsx(path: Path, *rows: Sequence[Any], **options: Any) -> Path:
    """Write a workbook of one sheet with these rows; options of ``Sheet`` and ``Book``."""
    of_sheet = {k: options.pop(k) for k in ("merges", "state", "first_row") if k in options}
    return write_book(path, {"Sheet1": Sheet(rows, **of_sheet)}, **options)


def write_book(path: Path, sheets: Mapping[str, Sheet], **options: Any) -> Path:
    """Write a workbook; ``parts`` replace or add parts by their name in the zip."""
    path.write_bytes(book_bytes(Book(sheets, **options)))
    return path


def book_bytes(book: Book) -> bytes:
    """Return a workbook's bytes."""
    writer = _Writer(book)
    sheets = {
        f"xl/worksheets/sheet{number}.xml": writer.sheet(sheet)
        for number, sheet in enumerate(book.sheets.values(), start=1)
    }
    parts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>'
        ),
        "_rels/.rels": _relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": writer.workbook(),
        "xl/_rels/workbook.xml.rels": _relations(
            {
                **{
                    f"rId{number}": ("worksheet", f"worksheets/sheet{number}.xml")
                    for number in range(1, len(sheets) + 1)
                },
                "rIdStyles": ("styles", "styles.xml"),
                "rIdStrings": ("sharedStrings", "sharedStrings.xml"),
            }
        ),
        **sheets,
        "xl/styles.xml": writer.styles(),
        "xl/sharedStrings.xml": writer.strings(),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**parts, **book.parts}.items():
            archive.writestr(name, part)
    return stream.getvalue()


def _relations(related: Mapping[str, tuple[str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{key}" Type="{_RELATED}/{kind}" Target="{target}"/>'
        for key, (kind, target) in related.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def column_name(index: int) -> str:
    """Return a column's letters: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


class _Writer:
    def __init__(self, book: Book) -> None:
        self.book = book
        self.shared: dict[str, int] = {}
        self.formats: dict[int | str, int] = {0: 0}

    def tag(self, name: str) -> str:
        return f"{self.book.prefix}:{name}" if self.book.prefix else name

    def wrapped(self, name: str, inner: str) -> str:
        mark = f"xmlns:{self.book.prefix}" if self.book.prefix else "xmlns"
        tag = self.tag(name)
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            f'<{tag} {mark}="{MAIN}" xmlns:r="{_RELATED}">{inner}</{tag}>'
        )

    def workbook(self) -> str:
        t = self.tag
        properties = f'<{t("workbookPr")} date1904="{int(self.book.from_1904)}"/>'
        sheets = "".join(
            f'<{t("sheet")} name={quoteattr(name)} sheetId="{number}" state="{sheet.state}" '
            f'r:id="rId{number}"/>'
            for number, (name, sheet) in enumerate(self.book.sheets.items(), start=1)
        )
        return self.wrapped("workbook", f"{properties}<{t('sheets')}>{sheets}</{t('sheets')}>")

    def styles(self) -> str:
        t = self.tag
        own = {
            code: 164 + i for i, code in enumerate(f for f in self.formats if isinstance(f, str))
        }
        formats = "".join(
            f'<{t("numFmt")} numFmtId="{number}" formatCode={quoteattr(code)}/>'
            for code, number in own.items()
        )
        cells = "".join(
            f'<{t("xf")} numFmtId="{own[f] if isinstance(f, str) else f}"/>' for f in self.formats
        )
        return self.wrapped(
            "styleSheet",
            f"<{t('numFmts')}>{formats}</{t('numFmts')}><{t('cellXfs')}>{cells}</{t('cellXfs')}>",
        )

    def strings(self) -> str:
        t = self.tag
        inner = "".join(f"<{t('si')}>{text}</{t('si')}>" for text in self.shared)
        return self.wrapped("sst", inner)

    def sheet(self, sheet: Sheet) -> str:
        t = self.tag
        rows = []
        for number, values in enumerate(sheet.rows, start=sheet.first_row):
            cells = "".join(
                self.cell(value, f"{column_name(i)}{number}") for i, value in enumerate(values)
            )
            place = f' r="{number}"' if self.book.placed else ""
            if cells or not self.book.placed:
                rows.append(f"<{t('row')}{place}>{cells}</{t('row')}>")
        merges = "".join(f'<{t("mergeCell")} ref="{ref}"/>' for ref in sheet.merges)
        inner = f"<{t('sheetData')}>{''.join(rows)}</{t('sheetData')}>"
        if merges:
            inner += f"<{t('mergeCells')}>{merges}</{t('mergeCells')}>"
        return self.wrapped("worksheet", inner)

    def cell(self, value: Any, place: str) -> str:
        t = self.tag
        style, formula = 0, ""
        if isinstance(value, Styled):
            style = self.formats.setdefault(value.format, len(self.formats))
            value = value.value
        if isinstance(value, Formula):
            formula = f"<{t('f')}>{escape(value.text)}</{t('f')}>"
            value = value.result
        kind, inner = self.content(value)
        if isinstance(value, date | time | timedelta) and not style:
            number = (
                BOTH if isinstance(value, datetime) else DATE if isinstance(value, date)
                else TIME if isinstance(value, time) else ELAPSED
            )  # fmt: skip
            style = self.formats.setdefault(number, len(self.formats))
        if not formula and not inner:
            return "" if self.book.placed else f"<{t('c')}/>"
        where = f' r="{place}"' if self.book.placed else ""
        marks = (f' s="{style}"' if style else "") + (f' t="{kind}"' if kind != "n" else "")
        return f"<{t('c')}{where}{marks}>{formula}{inner}</{t('c')}>"

    def content(self, value: Any) -> tuple[str, str]:
        t = self.tag
        if value is None:
            return "n", ""
        if isinstance(value, str | Rich):
            text = self.text(value)
            if self.book.inline:
                return "inlineStr", f"<{t('is')}>{text}</{t('is')}>"
            index = self.shared.setdefault(text, len(self.shared))
            return "s", f"<{t('v')}>{index}</{t('v')}>"
        if isinstance(value, bool):
            return "b", f"<{t('v')}>{int(value)}</{t('v')}>"
        if isinstance(value, Error):
            return "e", f"<{t('v')}>{value.text}</{t('v')}>"
        return "n", f"<{t('v')}>{self.serial(value)!r}</{t('v')}>"

    def text(self, value: str | Rich) -> str:
        t = self.tag
        if isinstance(value, str):
            return f'<{t("t")} xml:space="preserve">{escape(value)}</{t("t")}>'
        runs = "".join(
            f"<{t('r')}><{t('t')}>{escape(run)}</{t('t')}></{t('r')}>"
            for run in (value.first, value.second)
        )
        guide = f'<{t("rPh")} sb="0" eb="1"><{t("t")}>{escape(value.guide)}</{t("t")}></{t("rPh")}>'
        return runs + (guide if value.guide else "")

    def serial(self, value: Any) -> int | float:
        if isinstance(value, int | float):
            return value
        if isinstance(value, timedelta):
            return value / timedelta(days=1)
        if isinstance(value, time):
            return (value.hour * 3600 + value.minute * 60 + value.second) / 86_400
        start = datetime.fromisoformat("1904-01-01" if self.book.from_1904 else "1899-12-30")
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        return (moment - start) / timedelta(days=1)
