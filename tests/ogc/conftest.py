"""A small city for the API: points, areas that are baked, a layer for staff."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.contrib.gis.geos import Point
from django.http import HttpResponse
from django.test import Client

from layers.changes import recording
from layers.models import Feature, Layer, Publication
from layers.ogc.problems import BadRequest
from layers.publish import tree
from tests.factories import places

SCHEMA = [
    {"name": "種別", "type": "text", "title": "種別"},
    {"name": "定員", "type": "integer", "title": "定員（人）"},
    {"name": "面積", "type": "number", "title": "面積"},
    {"name": "公開", "type": "boolean", "title": "公開"},
    {"name": "開設日", "type": "date", "title": "開設日"},
    {"name": "name", "type": "text", "title": "name"},
    {"name": 'a "b" c', "type": "text", "title": "quoted"},
]
ROWS: list[dict[str, Any]] = [
    {"種別": "図書館", "定員": 20, "面積": 0.1, "公開": True, "開設日": "1991-04-01"},
    {"種別": "体育館", "定員": 300, "面積": 1200.5, "公開": False, "開設日": "2019-04"},
    {"種別": "it's 100%", "定員": None, "公開": None, "開設日": None, 'a "b" c': "x"},
    {"種別": "100円", "定員": 7, "name": "own"},
    {"種別": "図書館", "定員": "many", "開設日": "2020-02-29"},
]
"""Five places from west to east; the fifth has a text where a number belongs."""
AREA = "POLYGON((140.30 38.75,140.32 38.75,140.32 38.77,140.30 38.77,140.30 38.75))"
TILE = b"\x1a\x05tile!"

_NAMES = {name: name.replace("_", "-") for name in ("bbox_crs", "filter_crs", "filter_lang")}

Get = Callable[..., HttpResponse]


def refusal(read: Callable[..., object], *args: object) -> str | None:
    """Return the sentence that something is refused with; None where it is read."""
    try:
        read(*args)
    except BadRequest as refused:
        return refused.detail
    return None


@pytest.fixture
def library() -> Layer:
    """Five places: keys a to e, longitudes 140.30 to 140.34, latitude 38.76."""
    layer = places.layer(
        schema=SCHEMA, attribution="市の一覧", licence="CC BY 4.0", source_date="2025-10-27"
    )
    with recording(layer, "import"):
        for number, properties in enumerate(ROWS):
            Feature.objects.create(
                layer=layer,
                key="abcde"[number],
                geom=Point(140.30 + number / 100, 38.76, srid=4326),
                name=f"場所{number + 1}",
                name_en="Library" if number == 0 else "",
                address="本町1" if number == 0 else "",
                properties=properties,
            )
    return layer


@pytest.fixture
def hazard(tmp_path: Path, settings: Any) -> Layer:
    """One area, baked: zooms 8 to 15, one tile at 12."""
    settings.BAKE_DIR = tmp_path
    layer = places.layer("flood", kind="hazard", geometry_type="polygon")
    places.feature(layer, "1", at=AREA)
    baked(layer)
    return layer


def baked(layer: Layer, digest: str = "0123456789abcdef", content: bytes = TILE) -> None:
    """Lay down what the bake would: the tileset's metadata and the tile that holds the place."""
    folder = tree.part_folder(layer.slug, "map", digest, public=layer.is_public)
    bounds = [140.30, 38.75, 140.32, 38.77]
    told = {"tilejson": "3.0.0", "minzoom": 8, "maxzoom": 15, "bounds": bounds}
    tree.write(folder / "tiles.json", json.dumps(told).encode())
    tree.write(folder / "tiles" / "12" / "3644" / "1568.mvt", content)
    Publication.objects.create(
        layer=layer,
        part="map",
        public=layer.is_public,
        digest=digest,
        layer_version=layer.version,
        facts={},
    )


@pytest.fixture
def hidden() -> tuple[Layer, Feature]:
    """A layer for staff only, and its one place."""
    layer = places.layer("hidden", visibility=Layer.Visibility.STAFF)
    return layer, places.feature(layer)


@pytest.fixture
def get(client: Client) -> Get:
    """Ask the API: ``get("collections", f="html")``."""

    def asked(path: str = "", headers: dict[str, str] | None = None, **query: str) -> HttpResponse:
        given = {_NAMES.get(name, name): value for name, value in query.items()}
        return client.get(f"/ogc/{path}?{urlencode(given)}", headers=headers or {})

    return asked


@pytest.fixture
def items(client: Client) -> Callable[..., HttpResponse]:
    """Ask for items of ``places``: ``items({"bbox": "…"})``."""

    def asked(query: dict[str, str] | None = None, path: str = "places") -> HttpResponse:
        return client.get(f"/ogc/collections/{path}/items?{urlencode(query or {})}")

    return asked


@pytest.fixture
def keys(items: Callable[..., HttpResponse]) -> Callable[..., list[str]]:
    """Return the keys of the places that a question finds; the question must be answered."""

    def found(**query: str) -> list[str]:
        answer = items({_NAMES.get(name, name): value for name, value in query.items()})
        assert answer.status_code == 200, answer.content.decode()
        return [one["properties"]["key"] for one in answer.json()["features"]]

    return found


@pytest.fixture
def staff(client: Client) -> User:
    """Somebody who may see everything, signed in."""
    user = User.objects.create_superuser("staff")
    client.force_login(user)
    return user
