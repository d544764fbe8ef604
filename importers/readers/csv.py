"""CSV and its kin, with coordinates in columns of their own."""

import csv
import io

from importers.area import City
from importers.cell_types import column
from importers.encoding import clean_text, decoded
from importers.listing import Grid, listing
from importers.options import ImportOptions
from importers.points import located
from importers.problems import FileRefused, Problem, warning
from importers.sniff import delimiter
from importers.source import Source
from importers.table import Table

_FIELD_LIMIT = 10_000_000


def read(source: Source, options: ImportOptions, city: City) -> Table:
    """Return a table's rows with a point each, where the cells hold one.

    Row numbers are the spreadsheet's. Blank rows are passed over. Raises FileRefused when no
    columns of coordinates are found.
    """
    text, encoding = decoded(source.main.read_bytes(), options.encoding)
    problems: list[Problem] = list(source.problems)
    if encoding.evidence == "encoding_cp932_doubtful":
        problems.append(warning("encoding_doubtful", encoding=encoding.name))
    found = listing(Grid(list(enumerate(_records(text), start=1)), ragged=True))
    geometries, found_crs, telling = located(found.rows, found.numbers, options, city, "csv")
    return Table.of_rows(
        "csv",
        source.display_name,
        tuple(column(name, found.rows) for name in found.names.values()),
        found.rows,
        found.numbers,
        geometries,
        encoding,
        found_crs,
        [*problems, *found.problems, *telling],
    )


def _records(text: str) -> list[list[str]]:
    """Return all records, cells cleaned and trimmed. Raises FileRefused for an open quote."""
    text = clean_text(text)  # all at once: nothing it does depends on where a cell ends
    mark = delimiter(text) or ","
    limit = csv.field_size_limit(_FIELD_LIMIT)
    try:
        try:
            found = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
        except csv.Error as strict:
            if "unexpected end of data" in str(strict) or "field larger" in str(strict):
                raise FileRefused("csv_open_quote") from strict
            found = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    finally:
        csv.field_size_limit(limit)
    return [[cell.strip() for cell in record] for record in found]
