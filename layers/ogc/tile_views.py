"""Tilesets and tiles: the bytes that were baked, at the addresses that OGC API – Tiles gives."""

import re
from http import HTTPStatus
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from layers.models import Layer
from layers.ogc import answers, links
from layers.ogc.links import Link, link
from layers.ogc.params import shown
from layers.ogc.problems import BadRequest, NotFound
from layers.ogc.resource import Asked, resource
from layers.ogc.tilesets import (
    MOST_ZOOM,
    SET,
    Tileset,
    metadata,
    summary,
    tile_matrix_set,
    tileset_of,
)
from layers.publish import published

_WHOLE = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)


@resource()
def tile_matrix_sets(asked: Asked) -> HttpResponse:
    """List the tile matrix sets: one."""
    one = tile_matrix_set()
    linked = answers.self_and_alternate(asked)
    if asked.format == "html":
        return answers.page(asked, "tile_matrix_sets", {"set": one}, linked)
    address = link(asked.url("tile_matrix_set", SET), "self", links.JSON)
    listed = {key: one[key] for key in ("id", "title", "uri", "crs")} | {"links": [address]}
    return answers.json_answer(asked, {"tileMatrixSets": [listed], "links": linked}, linked)


@resource()
def tile_matrix_set_view(asked: Asked, set_id: str) -> HttpResponse:
    """Return the definition of a tile matrix set."""
    _refuse_other_set(set_id)
    one = tile_matrix_set()
    linked = answers.self_and_alternate(asked)
    if asked.format == "html":
        return answers.page(asked, "tile_matrix_set", {"set": one}, linked)
    return answers.json_answer(asked, one, linked)


@resource()
def tilesets(asked: Asked, collection_id: str) -> HttpResponse:
    """List the tilesets of a collection: one, where it has tiles."""
    layer, tileset = _tiled(asked, collection_id)
    private = not layer.is_public
    linked = [
        *answers.self_and_alternate(asked),
        link(asked.url("collection", layer.slug), "up", links.JSON),
    ]
    if asked.format == "html":
        context = {"layer": layer, "tileset": tileset, "set": SET}
        return answers.page(asked, "tilesets", context, linked, private=private)
    one = summary(layer, asked.language)
    one["links"] = [
        link(asked.url("tileset", layer.slug, SET), "self", links.JSON),
        _scheme(asked),
        _template(asked, layer),
    ]
    return answers.json_answer(asked, {"tilesets": [one], "links": linked}, linked, private=private)


@resource()
def tileset(asked: Asked, collection_id: str, set_id: str) -> HttpResponse:
    """Describe a tileset: its zooms, its limits, and the address of a tile."""
    layer, found = _tiled(asked, collection_id)
    _refuse_other_set(set_id)
    private = not layer.is_public
    linked = [
        *answers.self_and_alternate(asked),
        _scheme(asked),
        _template(asked, layer),
        link(asked.url("collection", layer.slug), links.GEODATA, links.JSON),
    ]
    told = metadata(layer, found, asked.language)
    if asked.format == "html":
        context = {"layer": layer, "tileset": found, "told": told, "template": linked[3]["href"]}
        return answers.page(asked, "tileset", context, linked, private=private)
    return answers.json_answer(asked, {**told, "links": linked}, linked, private=private)


@resource(formats=("mvt",))
def tile(
    asked: Asked, collection_id: str, set_id: str, matrix: str, row: str, column: str
) -> HttpResponse:
    """Return a tile as it was baked; 204 where the layer has nothing there."""
    layer = asked.layer(collection_id)
    _refuse_other_set(set_id)
    zoom, north, west = _numbers(matrix, row, column)
    private = not layer.is_public
    path = published.tile(layer, zoom, west, north)
    if path is None:
        found = tileset_of(layer)
        if found is None or not found.holds(zoom, north, west):
            raise NotFound("That tile is outside of the limits that the tileset says.")
        response = HttpResponse(status=HTTPStatus.NO_CONTENT)
        return _kept(answers.finish(response, asked, private=private), private)
    # The folder's name carries the digest of all that is in it: what it names never changes.
    packed = path.with_name(f"{path.name}.gz")
    gzip = _takes_gzip(asked.request) and packed.is_file()
    etag = f'"{path.parents[3].name}-{zoom}-{north}-{west}{"-gz" if gzip else ""}"'
    response = answers.unchanged(asked, etag, private=private) or _bytes(
        asked, packed if gzip else path, etag, private=private
    )
    if gzip and response.status_code == HTTPStatus.OK:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    return _kept(response, private)


def _bytes(asked: Asked, path: Path, etag: str, *, private: bool) -> HttpResponse:
    response = HttpResponse(path.read_bytes(), content_type=links.TILE)
    return answers.finish(response, asked, etag=etag, private=private)


def _kept(response: HttpResponse, private: bool) -> HttpResponse:
    """Return a tile that may be kept as long as the manifest (docs/publishing.md)."""
    if not private:
        response["Cache-Control"] = "public, max-age=15, stale-while-revalidate=60"
    return response


def _takes_gzip(request: HttpRequest) -> bool:
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() == "gzip":
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", quality)
    return False


def _numbers(*parts: str) -> tuple[int, int, int]:
    """Return zoom, row and column. Raises BadRequest for no numbers, NotFound for none there."""
    for name, part in zip(("tileMatrix", "tileRow", "tileCol"), parts, strict=True):
        if not _WHOLE.fullmatch(part):
            raise BadRequest(f"{name} is a whole number from 0, not {shown(part)}.")
    zoom, row, column = (int(part) for part in parts)
    if zoom > MOST_ZOOM or max(row, column) >= 2**zoom:
        raise NotFound(f"{SET} has no such tile; the row comes before the column.")
    return zoom, row, column


def _tiled(asked: Asked, collection_id: str) -> tuple[Layer, Tileset]:
    layer = asked.layer(collection_id)
    found = tileset_of(layer)
    if found is None:
        raise NotFound(f"The collection {shown(layer.slug)} has no tiles; its items are all there.")
    return layer, found


def _refuse_other_set(set_id: str) -> None:
    if set_id != SET:
        raise NotFound(f"There is no tile matrix set {shown(set_id)}; there is {SET}.")


def _scheme(asked: Asked) -> Link:
    return link(asked.url("tile_matrix_set", SET), links.TILING, links.JSON)


def _template(asked: Asked, layer: Layer) -> Link:
    address = asked.url("tileset", layer.slug, SET).split("?")[0]
    made = link(f"{address}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", "item", links.TILE)
    made["templated"] = True
    return made
