"""A report as CSV and as XLSX."""

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from importers.messages import message
from importers.models import Import
from importers.outcome import problem_of


def _rows(act: Import) -> Iterator[list[str]]:
    for each in act.problems.order_by("pk").iterator(chunk_size=2000):
        text = message(problem_of(each))
        yield [str(each.row or ""), each.field, each.severity, text]


def csv_report(act: Import, encoding: str = "utf-8") -> Iterator[bytes]:
    """Return the report of an import as one CSV table in blocks."""
    yield b"\xef\xbb\xbf"
    for row in _rows(act):
        line = io.StringIO()
        csv.writer(line).writerow(row)
        yield line.getvalue().encode(encoding)


def xlsx_report(act: Import, target: BinaryIO) -> None:
    """Write the report of an import as a workbook."""
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("report.txt", "\n".join("\t".join(row) for row in _rows(act)))
