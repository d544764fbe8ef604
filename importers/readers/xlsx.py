"""Excel workbooks: one sheet of them, read as a CSV of it would be."""

from importers.area import City
from importers.cell_types import column
from importers.listing import is_table, listing
from importers.options import ImportOptions
from importers.points import located
from importers.problems import Evidence, FileRefused, Problem, warning
from importers.source import Source
from importers.table import Table
from importers.workbook import Sheet, SheetName, Workbook


def read(source: Source, options: ImportOptions, city: City) -> Table:
    """Return a sheet's rows with a point each, where the cells hold one.

    Row numbers are the sheet's. A workbook with several tables has to be asked for one of them;
    hidden and empty sheets are passed over, and so are notes beside the only table.
    """
    with Workbook(source.main) as workbook:
        name, sheet, problems = _chosen(source, workbook)
    found = listing(sheet.grid)
    geometries, found_crs, telling = located(found.rows, found.numbers, options, city, "xlsx")
    kept = set(found.numbers)
    for row, at, text in sheet.errors:
        if row in kept and at in found.names:
            problems.append(warning("cell_error", row, found.names[at], text=text))
    if sheet.uncomputed:
        problems.append(warning("formulas_uncomputed", count=sheet.uncomputed))
    return Table.of_rows(
        "xlsx",
        name.name if source.part else source.display_name,
        tuple(column(each, found.rows) for each in found.names.values()),
        found.rows,
        found.numbers,
        geometries,
        Evidence("utf-8", "encoding_format"),
        found_crs,
        [*source.problems, *problems, *found.problems, *telling],
    )


def _chosen(source: Source, workbook: Workbook) -> tuple[SheetName, Sheet, list[Problem]]:
    """Return the sheet to read, and what to tell of the others. Raises FileRefused for several."""
    by_name = {sheet.name: sheet for sheet in workbook.sheets}
    if (asked := source.part_among(list(by_name))) is not None:
        return by_name[asked], workbook.read(by_name[asked]), []
    filled = [
        (name, sheet)
        for name in workbook.sheets
        if not name.hidden and (sheet := workbook.read(name)).grid.lines
    ]
    if len(filled) > 1:
        tables = [each for each in filled if is_table(each[1].grid)] or filled
        if len(tables) > 1:
            raise source.several([name.name for name, _ in tables])
        others = [name.name for name, _ in filled if name != tables[0][0]]
        return *tables[0], [warning("sheets_passed_over", names=others)]
    if not filled:
        raise FileRefused("no_rows")
    return *filled[0], []
