"""The complete report of an import as a file, row by row."""

import csv
import io
import zipfile
from collections.abc import Iterator
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

from importers.messages import message
from importers.models import Import
from importers.outcome import problem_of


def rows(act: Import) -> Iterator[list[str]]:
    """Yield the report's rows, the header first."""
    yield [_("Row"), _("Column"), _("Weight"), _("What is wrong, and what to do")]
    for each in act.problems.order_by("pk").iterator(chunk_size=2000):
        yield [str(each.row or ""), each.field, each.severity, message(problem_of(each))]


def as_csv(act: Import) -> Iterator[bytes]:
    """Yield the report as CSV (UTF-8 with BOM, CRLF: what Excel opens by a double click)."""
    yield b"\xef\xbb\xbf"
    for row in rows(act):
        line = io.StringIO()
        csv.writer(line).writerow([_harmless(cell) for cell in row])
        yield line.getvalue().encode()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def as_xlsx(act: Import) -> Iterator[bytes]:
    """Yield the report as a workbook of one sheet (ECMA-376, inline strings)."""
    sheet = io.StringIO()
    sheet.write(f'<worksheet xmlns="{_MAIN}"><sheetData>')
    for row in rows(act):
        cells = "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row)
        sheet.write(f"<row>{cells}</row>")
    sheet.write("</sheetData></worksheet>")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _FRAME.items():
            archive.writestr(name, content)
        archive.writestr("xl/worksheets/sheet1.xml", sheet.getvalue())
    yield packed.getvalue()


_OFFICE = "http://schemas.openxmlformats.org/"
_MAIN = f"{_OFFICE}spreadsheetml/2006/main"
_LINKS = f"{_OFFICE}officeDocument/2006/relationships"
_PACKAGE = f"{_OFFICE}package/2006/"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_FRAME = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}relationships"><Relationship Id="r1" '
        f'Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}">'
        '<sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}relationships"><Relationship Id="r1" '
        f'Type="{_LINKS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
