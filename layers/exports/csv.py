"""CSV in the layout of 自治体標準オープンデータセット.

A list that came as a sheet of places keeps its own columns in their order: what was imported
comes out again, cell by cell, also where a value was read in another way (原文). Anything else
begins with the columns that the standard's sheets share, filled from what the feature itself says;
the source's follow.

UTF-8 with a BOM and CRLF: without the BOM a spreadsheet in Japan opens it as CP932 and shows
mojibake, and whoever reads the standard's published files meets it there, too.

Source and licence stand in the file, in the columns 出典, 出典の更新日 and ライセンス at the end of
each row. A line above the header or below the table would be a row of data to most readers, and a
file of metadata beside it is lost with the first mail it is sent by. These columns are the portal's
own: a row that names a source of its own keeps it, and the feature's page shows the same.

Lines and areas have one point in the columns 緯度 and 経度, which lies on them; their shape is in
the other files. A place known only by its town has none, as in its source: a point would say more
than is known.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import shapely
from django.conf import settings

from layers.exports.about import About
from layers.exports.cells import as_cell, guarded
from layers.exports.content import Batch, Content
from layers.exports.roles import ADDRESS_ONLY, HEADERS, TEXTS, degrees

PUBLISHER, ISSUER = "全国地方公共団体コード", "地方公共団体名"
SOURCE, UPDATED, LICENCE = "出典", "出典の更新日", "ライセンス"
_LAT, _LON = HEADERS["lat"][0], HEADERS["lon"][0]


def write(path: Path, content: Content) -> None:
    """Write the table; every cell is kept from being run as a formula (``cells.guarded``)."""
    names = header(content)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([guarded(name) for name in names])
        for batch in content.batches():
            for cells in _rows(content, batch):
                writer.writerow(
                    [guarded(as_cell(name, cells[name])) if name in cells else "" for name in names]
                )


def header(content: Content) -> list[str]:
    """Return the columns in order."""
    own = [column.name for column in content.columns]
    if content.roles.is_sheet:
        return _with_sources(own, content.about)
    first = [
        *(PUBLISHER, HEADERS["key"][0], ISSUER),
        *(HEADERS[role][0] for role in TEXTS),
        *(_LAT, _LON),
    ]
    return _with_sources(list(dict.fromkeys([*first, *own])), content.about)


def _with_sources(names: list[str], about: About) -> list[str]:
    said = ((SOURCE, about.cited), (UPDATED, about.source_date), (LICENCE, about.licence))
    return names + [name for name, text in said if text and name not in names]


def _rows(content: Content, batch: Batch) -> Iterator[dict[str, Any]]:
    """Yield each feature's cells by column."""
    sheet, city = content.roles.is_sheet, settings.CITY
    publisher = {
        PUBLISHER: city.code,
        ISSUER: city.text(city.name, settings.LANGUAGE_CODE),
    }
    middles = None if sheet else shapely.get_coordinates(shapely.point_on_surface(batch.shapes))
    for index, (row, sources, said) in enumerate(
        zip(batch.rows, batch.sources, batch.facts, strict=True)
    ):
        cells = {**row, **{name: cell for name, cell in sources.items() if name in row}}
        if middles is not None:
            x, y = middles[index].tolist()
            cells = publisher | _standard(cells, said, (degrees(x), degrees(y)))
        _name_source(cells, content.about)
        yield cells


def _standard(
    cells: dict[str, Any], said: Mapping[str, str], place: tuple[float, float]
) -> dict[str, Any]:
    """Return the cells with the standard's common columns, as the feature itself says them.

    A source's own column of such a name keeps what it says.
    """
    known = said["provenance"] != ADDRESS_ONLY
    common: dict[str, Any] = {
        HEADERS["key"][0]: said["key"],
        **{HEADERS[role][0]: said[role] for role in TEXTS},
        _LAT: place[1] if known else None,
        _LON: place[0] if known else None,
    }
    return common | {name: cell for name, cell in cells.items() if cell is not None}


def _name_source(cells: dict[str, Any], about: About) -> None:
    """Fill the columns of the source: the row's own where it names one, else the layer's."""
    if not cells.get(SOURCE):
        cells[SOURCE], cells[UPDATED] = about.cited, about.source_date
    cells[LICENCE] = cells.get(LICENCE) or about.licence
