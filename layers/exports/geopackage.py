"""GeoPackage (OGC 12-128), written by GDAL from a stream of Arrow batches."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
import shapely

from layers.exports.content import Column, Content, free, typed
from layers.exports.fits import DoesNotFit

CRS = "EPSG:6668"
"""JGD2011 in degrees: what features are stored in, at display accuracy."""
MOST_COLUMNS = 1_900
"""SQLite takes 2,000 columns a table."""
_NO_TIME = "2000-01-01T00:00:00.000Z"
_ARROW = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
WKB = {"ARROW:extension:name": "geoarrow.wkb"}
"""What marks an Arrow column as geometry."""


def write(path: Path, content: Content) -> None:
    """Write one table of features, named by the slug; a feature's id is its permanent id.

    Title, source and licence stand in gpkg_contents (what a program shows of a layer) and, by name,
    in gpkg_metadata; the columns' titles in gpkg_data_columns. Raises DoesNotFit.
    """
    if len(content.columns) > MOST_COLUMNS:
        raise DoesNotFit("columns", len(content.columns), MOST_COLUMNS)
    about = content.about
    names = _unique(content.columns)
    taken = {name.casefold() for name in names}
    fid, drawn = free("fid", taken), free("geom", taken)
    schema = pa.schema(
        [
            pa.field(fid, pa.int64()),
            *(
                pa.field(name, _ARROW[column.kind], metadata=_titled(column))
                for name, column in zip(names, content.columns, strict=True)
            ),
            pa.field(drawn, pa.binary(), metadata=WKB),
        ]
    )
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(schema, _batches(content, schema)),
        path,
        layer=about.slug,
        driver="GPKG",
        geometry_name=drawn,
        geometry_type=content.type_name,
        crs=CRS,
        layer_options={
            "FID": fid,
            "GEOMETRY_NAME": drawn,
            "IDENTIFIER": about.title,
            "DESCRIPTION": "\n".join([*about.lines("ja"), "", *about.lines("en")]),
        },
        layer_metadata={
            "TITLE": about.title,
            "ATTRIBUTION": about.attribution,
            "LICENCE": about.licence,
            "SOURCE_DATE": about.source_date,
        },
    )
    _forget_time(path)


def _unique(columns: tuple[Column, ...]) -> list[str]:
    """Return the columns' names, each once: SQLite does not tell cases apart."""
    taken: set[str] = set()
    names = []
    for column in columns:
        names.append(free(column.name, taken))
        taken.add(names[-1].casefold())
    return names


def _titled(column: Column) -> dict[str, str] | None:
    return None if column.title == column.name else {"GDAL:OGR:alternative_name": column.title}


def _batches(content: Content, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for batch in content.batches():
        arrays: list[Any] = [pa.array(batch.ids, pa.int64())]
        for column in content.columns:
            values = [typed(row[column.name], column.kind) for row in batch.rows]
            arrays.append(pa.array(values, _ARROW[column.kind]))
        arrays.append(pa.array(shapely.to_wkb(content.alike(batch.shapes)), pa.binary()))
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _forget_time(path: Path) -> None:
    """Take out when the file was written, so that the same content is the same file.

    Afterwards, because GDAL's setting for it holds for the whole process.
    """
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE gpkg_contents SET last_change = ?", [_NO_TIME])
        database.execute("UPDATE gpkg_metadata_reference SET timestamp = ?", [_NO_TIME])
