"""PMTiles (version 3): a layer's baked tiles as one file, for QGIS and for use offline.

The package's own writer takes tiles for equal whose ``hash()`` is equal; here a digest finds them
and their bytes are compared. Tiles are read twice, first to lay out the file, then to copy them, so
that none but one is in memory.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pmtiles.tile import Compression, Entry, TileType, serialize_header, zxy_to_tileid
from pmtiles.writer import optimize_directories

from layers.exports.content import Content

_HEADER_BYTES = 127
_MOST_ROOT = 16_384 - _HEADER_BYTES
"""The header and the first directory are to be had in one read of 16 KiB."""


@dataclass(frozen=True, slots=True)
class _Tile:
    id: int
    zoom: int
    path: Path


def write(path: Path, content: Content, tiles: Path, tilejson: Mapping[str, Any]) -> bool:
    """Write the tiles of a folder ``<z>/<x>/<y>.mvt`` as one file; False where there is none."""
    found = _found(tiles)
    if not found:
        return False
    entries, kept, length = _laid_out(found)
    root, leaves, _ = optimize_directories(entries, _MOST_ROOT)
    metadata = gzip.compress(_json(_metadata(content, tilejson)), 9, mtime=0)
    zooms = [tile.zoom for tile in found]
    behind_root = _HEADER_BYTES + len(root)
    behind_metadata = behind_root + len(metadata)
    header: Any = {  # the package's type wants sides that it has defaults for
        "root_offset": _HEADER_BYTES,
        "root_length": len(root),
        "metadata_offset": behind_root,
        "metadata_length": len(metadata),
        "leaf_directory_offset": behind_metadata,
        "leaf_directory_length": len(leaves),
        "tile_data_offset": behind_metadata + len(leaves),
        "tile_data_length": length,
        "addressed_tiles_count": len(found),
        "tile_entries_count": len(entries),
        "tile_contents_count": len(kept),
        "clustered": True,
        "internal_compression": Compression.GZIP,
        "tile_compression": Compression.GZIP,
        "tile_type": TileType.MVT,
        "min_zoom": min(zooms),
        "max_zoom": max(zooms),
        "center_zoom": min(zooms),
    }
    if box := tilejson.get("bounds") or content.bbox:
        sides = ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")
        header |= {name: round(side * 10_000_000) for name, side in zip(sides, box, strict=True)}
    with path.open("wb") as file:
        for part in (serialize_header(header), root, metadata, leaves):
            file.write(part)
        for tile in kept:
            file.write(_compressed(tile.path))
    return True


def _found(tiles: Path) -> list[_Tile]:
    """Return the tiles of a folder in the order of their ids (along a Hilbert curve)."""
    found = []
    for path in tiles.glob("*/*/*.mvt"):
        z, x, y = (int(part) for part in (path.parts[-3], path.parts[-2], path.stem))
        found.append(_Tile(zxy_to_tileid(z, x, y), z, path))
    return sorted(found, key=lambda tile: tile.id)


def _laid_out(tiles: list[_Tile]) -> tuple[list[Entry], list[_Tile], int]:
    """Return the directory, the tiles whose bytes are written, in order, and how many bytes."""
    entries: list[Entry] = []
    kept: list[_Tile] = []
    known: dict[bytes, list[tuple[Path, int]]] = {}
    offset = 0
    for tile in tiles:
        data = _compressed(tile.path)
        same = known.setdefault(hashlib.sha256(data).digest(), [])
        at = next((place for path, place in same if _compressed(path) == data), None)
        if at is None:
            at, offset = offset, offset + len(data)
            same.append((tile.path, at))
            kept.append(tile)
        last = entries[-1] if entries else None
        if last and last.offset == at and tile.id == last.tile_id + last.run_length:
            last.run_length += 1
        else:
            entries.append(Entry(tile.id, at, len(data), 1))
    return entries, kept, offset


def _compressed(path: Path) -> bytes:
    """Return a tile's bytes in gzip: its twin's, which lies beside it, else made here."""
    twin = path.with_name(f"{path.name}.gz")
    return twin.read_bytes() if twin.is_file() else gzip.compress(path.read_bytes(), 9, mtime=0)


def _metadata(content: Content, tilejson: Mapping[str, Any]) -> dict[str, Any]:
    about = content.about
    return {
        "name": about.title,
        "description": "\n".join([*about.lines("ja"), "", *about.lines("en")]),
        "attribution": tilejson.get("attribution") or about.cited,
        "licence": about.licence,
        "source_date": about.source_date,
        "type": "overlay",
        "vector_layers": tilejson.get("vector_layers") or [{"id": about.slug, "fields": {}}],
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
