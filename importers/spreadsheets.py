"""A report as CSV and as XLSX, written line by line however long it is."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO, Literal

import xlsxwriter
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from importers.models import Import
from importers.report import Line, Section, all_headers, sections

Row = list[str | int | None]
CsvEncoding = Literal["utf-8", "cp932"]

MAX_ROWS, MAX_CHARACTERS = 1_048_576, 32_767
"""What a sheet and a cell of XLSX hold (Excel specifications and limits, Microsoft)."""

REPLACED = "〓"
"""Stands for a character that CP932 lacks, as 下駄 does in print."""

# Excel and LibreOffice compute a cell that begins so (OWASP, CSV Injection); in Japanese ones the
# wide signs count too. A number with its sign is harmless.
_FORMULA = re.compile(r"[\s\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?")
# The same characters to a reader, which the two conversions of Shift_JIS give apart (CP932 has the
# right-hand ones only).
_TWINS = str.maketrans("〜−‖¢£¬—¥", "～－∥￠￡￢―￥")
_BLOCK = 65_536
_WIDTHS = {"row": 8, "key": 18, "name": 28, "text": 60, "advice": 60}
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def guarded(text: str) -> str:
    """Return a text that no spreadsheet program computes: an apostrophe before it if need be."""
    if text and _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def csv_report(act: Import, encoding: CsvEncoding = "utf-8") -> Iterator[bytes]:
    """Return the report of an import as one CSV table in blocks, the section in its first column.

    UTF-8 comes with the byte order mark that Excel wants; CP932 is for an Excel of long ago, and
    has REPLACED for what it lacks. The language is that of the call, whenever the blocks are read.
    """
    return _in_language(get_language(), _csv_blocks(act, encoding))


def _in_language(language: str | None, blocks: Iterator[bytes]) -> Iterator[bytes]:
    while True:
        with override(language):
            block = next(blocks, None)
        if block is None:
            return
        yield block


def _csv_blocks(act: Import, encoding: CsvEncoding) -> Iterator[bytes]:
    if encoding == "utf-8":
        yield codecs.BOM_UTF8
    sink = io.StringIO()
    writer = csv.writer(sink)
    for values in _table(act, encoding):
        writer.writerow([guarded(value) for value in values])
        if sink.tell() > _BLOCK:
            yield _encoded(sink, encoding)
    yield _encoded(sink, encoding)


def _table(act: Import, encoding: CsvEncoding) -> Iterator[list[str]]:
    yield [_("section"), *all_headers().values()]
    parts = sections(act)
    if encoding == "cp932":
        note = Line(
            text=_("%(mark)s stands for characters that Shift_JIS (CP932) lacks.")
            % {"mark": REPLACED},
            advice=_("Take the report in UTF-8 to see them."),
        )
        parts = [Section(parts[0].title, {}, iter([note])), *parts]
    for section in parts:
        for line in section.lines:
            yield [section.title, *("" if value is None else str(value) for value in line)]


def _encoded(sink: io.StringIO, encoding: CsvEncoding) -> bytes:
    text = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    if encoding == "utf-8":
        return text.encode()
    return text.translate(_TWINS).encode("cp932", "importers.replaced")


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return REPLACED * (error.end - error.start), error.end


codecs.register_error("importers.replaced", _replaced)


def xlsx_report(act: Import, target: BinaryIO) -> None:
    """Write the report of an import as a workbook with a sheet for each section.

    Rows go to temporary files as they come; a section longer than a sheet goes on in another.
    """
    book = xlsxwriter.Workbook(
        target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8F1FE"})
    for section in sections(act):
        left: Iterator[Row] | None = _rows(section)
        number = 0
        while left is not None:
            number += 1
            name = section.title if number == 1 else f"{section.title} ({number})"
            left = _filled(book.add_worksheet(name), section, left, head)
    book.close()


def _rows(section: Section) -> Iterator[Row]:
    for line in section.lines:
        yield [getattr(line, name) for name in section.headers]


def _filled(
    sheet: Worksheet, section: Section, rows: Iterator[Row], head: Format
) -> Iterator[Row] | None:
    """Fill a sheet and return the rows that found no room on it, or None."""
    sheet.freeze_panes(1, 0)
    for column, (name, title) in enumerate(section.headers.items()):
        sheet.set_column(column, column, _WIDTHS.get(name, 24))
        sheet.write_string(0, column, title, head)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    number = 0
    for number, row in enumerate(islice(rows, MAX_ROWS - 1), start=1):
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(number, column, value)
            elif value:
                sheet.write_string(number, column, _cell(value))
    sheet.autofilter(0, 0, number, len(section.headers) - 1)
    more = next(rows, None)
    return None if more is None else chain([more], rows)


def _cell(text: str) -> str:
    clean = _NO_XML.sub("\ufffd", text)
    return clean if len(clean) <= MAX_CHARACTERS else clean[: MAX_CHARACTERS - 1] + "…"
