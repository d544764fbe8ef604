"""Tilesets of the baked layers: the tile matrix set, the limits, what a tileset is made of.

A tile's address is matrix, row, column: the row comes first (OGC 20-057). Pure but for the
metadata's file, which the bake wrote (docs/publishing.md).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from layers.models import Layer, Publication
from layers.ogc.crs import CRS84
from layers.publish import published

SET = "WebMercatorQuad"
SET_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{SET}"
SET_CRS = "http://www.opengis.net/def/crs/EPSG/0/3857"
MOST_ZOOM = 24
_HALF = math.pi * 6378137.0
"""Half of the world's width in Web Mercator, in metres."""
_PIXELS = 256
_PIXEL_METRES = 0.00028  # a pixel by the standard's definition of a scale
_LATITUDE_END = 85.0511287798066
_BUFFER = 64 / 4096
"""Of a tile's side: how far the bake looks over a tile's edge (docs/publishing.md)."""
_DIMENSIONS: dict[str, int] = {Layer.GeometryType.LINE: 1, Layer.GeometryType.POLYGON: 2}


@dataclass(frozen=True, slots=True)
class Tileset:
    """A baked layer's tiles: which zooms, and the box of the data in degrees."""

    digest: str
    minzoom: int
    maxzoom: int
    bounds: tuple[float, float, float, float]

    def limits(self, zoom: int) -> dict[str, int | str]:
        """Return the rows and columns of a zoom that may hold something."""
        west, south, east, north = self.bounds
        left, top = (position - _BUFFER for position in _position(west, north, zoom))
        right, bottom = (position + _BUFFER for position in _position(east, south, zoom))
        last = 2**zoom - 1
        return {
            "tileMatrix": str(zoom),
            "minTileRow": min(last, max(0, math.floor(top))),
            "maxTileRow": min(last, max(0, math.floor(bottom))),
            "minTileCol": min(last, max(0, math.floor(left))),
            "maxTileCol": min(last, max(0, math.floor(right))),
        }

    def holds(self, zoom: int, row: int, column: int) -> bool:
        """Return whether a tile is within the limits."""
        if not self.minzoom <= zoom <= self.maxzoom:
            return False
        limits: Mapping[str, Any] = self.limits(zoom)
        return (
            limits["minTileRow"] <= row <= limits["maxTileRow"]
            and limits["minTileCol"] <= column <= limits["maxTileCol"]
        )


def _position(longitude: float, latitude: float, zoom: int) -> tuple[float, float]:
    """Return column and row of a place with their fractions, from the north-west."""
    sine = math.sin(math.radians(max(-_LATITUDE_END, min(_LATITUDE_END, latitude))))
    side = 2**zoom
    column = (longitude + 180) / 360 * side
    return column, (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * side


def tileset_of(layer: Layer) -> Tileset | None:
    """Return a layer's tileset; None where it is not baked, or has points and so no tiles."""
    if layer.geometry_type not in _DIMENSIONS:
        return None
    publication = published.newest(layer, Publication.Part.MAP)
    if publication is None:
        return None
    try:
        text = (published.folder(layer, publication) / "tiles.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    told = json.loads(text)
    bounds = told.get("bounds", (-180, -_LATITUDE_END, 180, _LATITUDE_END))
    return Tileset(publication.digest, told["minzoom"], told["maxzoom"], tuple(bounds))


@cache
def tile_matrix_set() -> dict[str, Any]:
    """Return WebMercatorQuad as the standard of tile matrix sets writes it (OGC 17-083r4)."""
    return {
        "id": SET,
        "title": "Google Maps Compatible for the World",
        "uri": SET_URI,
        "crs": SET_CRS,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(zoom) for zoom in range(MOST_ZOOM + 1)],
    }


def _matrix(zoom: int) -> dict[str, Any]:
    cell = 2 * _HALF / _PIXELS / 2**zoom
    return {
        "id": str(zoom),
        "scaleDenominator": cell / _PIXEL_METRES,
        "cellSize": cell,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-_HALF, _HALF],
        "tileWidth": _PIXELS,
        "tileHeight": _PIXELS,
        "matrixWidth": 2**zoom,
        "matrixHeight": 2**zoom,
    }


def summary(layer: Layer, language: str) -> dict[str, Any]:
    """Return what the list of tilesets says of a layer's, its links apart."""
    return {
        "title": layer.title_in(language),
        "tileMatrixSetId": SET,
        "tileMatrixSetURI": SET_URI,
        "dataType": "vector",
        "crs": SET_CRS,
    }


def metadata(layer: Layer, tileset: Tileset, language: str) -> dict[str, Any]:
    """Return all of a tileset's metadata, its links apart."""
    west, south, east, north = tileset.bounds
    zooms = range(tileset.minzoom, tileset.maxzoom + 1)
    return {
        **summary(layer, language),
        "description": layer.description_in(language),
        "attribution": layer.attribution,
        "tileMatrixSetLimits": [tileset.limits(zoom) for zoom in zooms],
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84},
        "layers": [
            {
                "id": layer.slug,
                "title": layer.title_in(language),
                "dataType": "vector",
                "geometryDimension": _DIMENSIONS[layer.geometry_type],
                "minTileMatrix": str(tileset.minzoom),
                "maxTileMatrix": str(tileset.maxzoom),
            }
        ],
    }
