"""Shapefiles, zipped: one in CP932 for older programs in Japan, one in UTF-8 for the others."""

import tempfile
from collections.abc import Iterator, Mapping
from csv import writer as csv_writer
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyogrio
import shapely

from layers.exports import dbf
from layers.exports.cells import guarded
from layers.exports.content import Content
from layers.exports.fits import DoesNotFit
from layers.exports.geopackage import CRS, WKB
from layers.exports.packing import pack
from layers.exports.readme import readme

PAGES = {"cp932": "CP932", "utf-8": "UTF-8"}
"""What ``.cpg`` says, by the encoding of the table."""
ENDINGS = {"cp932": "cp932", "utf-8": "utf8"}


def write(folder: Path, content: Content) -> Mapping[str, Path]:
    """Write the zips, and return their paths by encoding. Raises DoesNotFit.

    Each holds .shp, .shx, .dbf, .prj (JGD2011), .cpg, README.txt with source, licence, the full
    names of the fields and what the format could not hold, and ``attributes.csv``, the same names
    for programs (field, title, 1 for the field to label the map with).
    """
    if content.bytes > dbf.MOST_BYTES:
        raise DoesNotFit("bytes of geometry", content.bytes, dbf.MOST_BYTES)
    slug = content.about.slug
    tables = {encoding: dbf.Table(content, encoding) for encoding in PAGES}
    for batch in content.batches():
        for table in tables.values():
            table.measure(batch)
    for table in tables.values():
        if table.size > dbf.MOST_BYTES:
            raise DoesNotFit("bytes of attributes", table.size, dbf.MOST_BYTES)
    written = {}
    with tempfile.TemporaryDirectory(prefix=".shapefile-", dir=folder) as place:
        base = Path(place) / slug
        _draw(base.with_suffix(".shp"), content)
        for encoding, table in tables.items():
            lost = table.write(base.with_suffix(".dbf"), content)
            members: dict[str, Path | bytes] = {
                f"{slug}{ending}": base.with_suffix(ending)
                for ending in (".shp", ".shx", ".dbf", ".prj")
            }
            members[f"{slug}.cpg"] = PAGES[encoding].encode()
            members["README.txt"] = readme(content.about, table.names, lost, PAGES[encoding])
            members["attributes.csv"] = _labels(content, table)
            written[encoding] = folder / f"{slug}-{ENDINGS[encoding]}.zip"
            pack(written[encoding], members)
    return written


def _draw(path: Path, content: Content) -> None:
    """Write the geometries; the table that GDAL makes beside them is replaced by ours."""
    schema = pa.schema([pa.field("geom", pa.binary(), metadata=WKB)])

    def batches() -> Iterator[pa.RecordBatch]:
        for shapes in content.shapes():
            wkb = pa.array(shapely.to_wkb(shapes), pa.binary())
            yield pa.RecordBatch.from_arrays([wkb], schema=schema)

    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(schema, batches()),
        path,
        driver="ESRI Shapefile",
        geometry_name="geom",
        geometry_type=content.type_name,
        crs=CRS,
    )


def _labels(content: Content, table: dbf.Table) -> bytes:
    """Return the fields' titles as a table (UTF-8 with a BOM)."""
    text = StringIO()
    lines = csv_writer(text)
    lines.writerow(["field", "title", "label"])
    name = content.roles.columns.get("name")
    for short, column in table.names:
        flag = "1" if column.name == name else ""
        lines.writerow([guarded(short), guarded(column.title), flag])
    return text.getvalue().encode("utf-8-sig")
