"""All downloads of a layer, written into a folder."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.exports import csv, geojson, geopackage, kml, pmtiles, shapefile
from layers.exports.content import Content, gathered
from layers.exports.fits import DoesNotFit
from layers.models import Layer
from layers.publish.tree import twin

_LOG = logging.getLogger(__name__)
_DEGREES = "EPSG:6668"


@dataclass(frozen=True)
class Download:
    """A file to download.

    ``encoding`` is that of its texts where a person may have to know it ("cp932"), ``crs`` the
    system of its coordinates.
    """

    name: str
    format: str
    media_type: str
    bytes: int
    encoding: str = ""
    crs: str = ""


@dataclass(frozen=True)
class _Format:
    """A format of one file each; ``twin``: gzip makes it smaller."""

    name: str
    ending: str
    media_type: str
    write: Callable[[Path, Content], None]
    twin: bool
    encoding: str
    crs: str


_FORMATS = (
    _Format(
        "geojson", ".geojson", "application/geo+json", geojson.write, True, "utf-8", "OGC:CRS84"
    ),
    _Format("csv", ".csv", "text/csv", csv.write, True, "utf-8", _DEGREES),
    _Format(
        *("gpkg", ".gpkg", "application/geopackage+sqlite3", geopackage.write, False),
        *("utf-8", _DEGREES),
    ),
    _Format(
        *("kml", ".kml", "application/vnd.google-earth.kml+xml", kml.write, True),
        *("utf-8", "EPSG:4326"),
    ),
)


def written(
    layer: Layer, folder: Path, *, tiles: Path | None = None, tilejson: dict[str, Any] | None = None
) -> list[Download]:
    """Write every download of a layer into a folder, which must exist, and return what is there.

    All say the same: the layer is read once, in one statement. Memory is bounded whatever the
    layer's size. The same content gives the same bytes, whenever it is written. Who may read the
    folder is the caller's to decide; a staff layer is written as any other.

    ``tiles`` is the folder of the layer's baked tiles (``<z>/<x>/<y>.mvt``, ``.mvt.gz`` beside),
    ``tilejson`` what describes them; without tiles there is no PMTiles file. A format that can't
    hold so large a layer (a shapefile of 2 GB) is left out, and the log says why.
    """
    found: list[Download] = []

    def add(path: Path, name: str, media_type: str, encoding: str, crs: str) -> None:
        found.append(Download(path.name, name, media_type, path.stat().st_size, encoding, crs))

    with gathered(layer, folder) as content:
        for each in _FORMATS:
            path = folder / f"{layer.slug}{each.ending}"
            try:
                each.write(path, content)
            except DoesNotFit as reason:
                _leave_out(layer, each.name, reason)
                continue
            if each.twin:
                twin(path)
            add(path, each.name, each.media_type, each.encoding, each.crs)
        try:
            for encoding, path in shapefile.write(folder, content).items():
                add(path, "shapefile", "application/zip", encoding, _DEGREES)
        except DoesNotFit as reason:
            _leave_out(layer, "shapefile", reason)
        path = folder / f"{layer.slug}.pmtiles"
        if tiles is not None and pmtiles.write(path, content, tiles, tilejson or {}):
            add(path, "pmtiles", "application/vnd.pmtiles", "utf-8", "EPSG:3857")
    return found


def _leave_out(layer: Layer, name: str, reason: DoesNotFit) -> None:
    _LOG.warning("The layer %s has no download as %s: %s", layer.slug, name, reason)
