"""One module a format; the rest of the importers see only tables.

A later format adds a module with a ``read`` function and a line in ``READERS``.
"""

from typing import Protocol

from importers.area import City
from importers.options import ImportOptions
from importers.readers import csv, geojson, geopackage, gml, kml, shapefile, xlsx
from importers.source import Source
from importers.table import Table


class Reader(Protocol):
    """Reads one format."""

    def __call__(self, source: Source, options: ImportOptions, city: City) -> Table:
        """Return the file's rows and geometries. Raises FileRefused for the whole file only."""
        ...


READERS: dict[str, Reader] = {
    "shapefile": shapefile.read,
    "geojson": geojson.read,
    "csv": csv.read,
    "xlsx": xlsx.read,
    "kml": kml.read,
    "gml": gml.read,
    "geopackage": geopackage.read,
}
