"""From a change set to files: what is baked, what is not baked again, what never is public."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from django.contrib.gis.geos import GEOSGeometry
from django.core.management import call_command
from django.utils import timezone

from layers.changes import recording, undo
from layers.models import ChangeSet, Feature, Layer, Publication
from layers.publish import bake, manifest, old, tiles, tree
from layers.publish.published import folder, newest
from layers.tiling.grid import Tile, tile_range
from tests.factories import places

pytestmark = pytest.mark.django_db


def published(layer: Layer) -> dict[str, Any]:
    bake.published(layer)
    return of_manifest(layer.slug)


def of_manifest(slug: str) -> dict[str, Any]:
    said = json.loads((tree.public_root() / "baked" / "manifest.json").read_bytes())
    return next((layer for layer in said["layers"] if layer["slug"] == slug), {})


def file(address: str) -> Path:
    assert address.startswith("/baked/")
    return tree.public_root() / address.removeprefix("/")


def inodes(layer: Layer) -> dict[str, int]:
    place = folder(layer, newest(layer, "map"))  # type: ignore[arg-type]
    return {
        path.relative_to(place).as_posix(): path.stat().st_ino
        for path in place.rglob("*.mvt")
    }  # fmt: skip


def square(x: float, y: float, side: float = 0.002) -> str:
    return (
        f"POLYGON(({x} {y},{x + side} {y},{x + side} {y + side},{x} {y + side},{x} {y}))"
    )  # fmt: skip


@pytest.fixture
def areas() -> Layer:
    """Forty hazard areas along a street of 4 km."""
    layer = places.layer("floods", kind="hazard", geometry_type="polygon")
    with recording(layer, "edit"):
        for number in range(40):
            places_at = square(140.28 + 0.001 * number, 38.76)
            Feature(
                layer=layer, key=f"{number}", name=f"区域{number % 4}",
                geom=GEOSGeometry(places_at, srid=4326), properties={"rank": f"{number % 3}"},
            ).save()  # fmt: skip
    return layer


def moved(feature: Feature, wkt: str) -> ChangeSet:
    with recording(feature.layer, "edit") as act:
        feature.geom = GEOSGeometry(wkt, srid=4326)
        feature.save()
    return act


# -- points ----------------------------------------------------------------------------------------


def test_points_are_one_geojson_a_language_in_the_order_of_the_list() -> None:
    layer = places.layer()
    places.feature(layer, "1", name="いろは館", name_kana="イロハカン", name_en="Iroha Hall")
    places.feature(layer, "2", name="青い館", name_kana="アオイヤカタ")
    part = published(layer)["parts"]["map"]
    assert part["languages"] == ["ja", "ja-easy", "en"]
    for language, names in {
        "ja": ["青い館", "いろは館"], "ja-easy": ["青い館", "いろは館"],
        "en": ["青い館", "Iroha Hall"],
    }.items():  # fmt: skip
        path = file(part["href"]) / f"features.{language}.geojson"
        features = json.loads(path.read_bytes())["features"]
        assert [feature["properties"]["name"] for feature in features] == names
        assert path.with_name(path.name + ".br").exists()
        prefix = "" if language == "ja" else f"/{language}"
        assert features[0]["properties"]["url"].startswith(f"{prefix}/features/")


def test_the_manifest_says_what_a_map_needs_to_know() -> None:
    layer = places.layer(attribution="市", licence="CC BY 4.0", source_date="2025-10-27")
    places.feature(layer, "1", at=(140.3, 38.7))
    places.feature(layer, "2", at=(140.4, 38.8))
    said = published(layer)
    assert said["count"] == 2
    assert said["bbox"] == [140.3, 38.7, 140.4, 38.8]
    assert said["title"] == layer.title
    assert (said["attribution"], said["licence"]) == ("市", "CC BY 4.0")
    assert said["source_date"] == "2025-10-27"
    assert set(said["parts"]) == {"map", "details"}
    whole = json.loads((tree.public_root() / "baked" / "manifest.json").read_bytes())
    assert json.loads(file(whole["boundary"]).read_bytes())["type"]


def test_details_say_in_each_language_what_the_page_says() -> None:
    layer = places.layer(schema=[{"name": "定員", "type": "integer", "title": {"en": "Seats"}}])
    feature = places.feature(layer, "1", properties={"定員": 1200, "電話番号": "0233-22-2111"})
    part = published(layer)["parts"]["details"]
    path = file(part["href"]) / "en" / f"{feature.pk // part['bucket']}.json"
    said = json.loads(path.read_bytes())[str(feature.pk)]["facts"]
    assert said["facts"] == [{"title": "Seats", "value": "1200", "url": ""}]
    assert said["telephones"] == ["0233-22-2111"]


# -- tiles -----------------------------------------------------------------------------------------


def test_areas_are_tiles_whose_whereabouts_the_manifest_tells(areas: Layer) -> None:
    part = published(areas)["parts"]["map"]
    assert (part["minzoom"], part["maxzoom"]) == (8, 15)
    place = file(part["href"])
    there = {
        (int(p.parts[-3]), int(p.parts[-2]), int(p.stem)) for p in place.glob("tiles/*/*/*.mvt")
    }
    told = {
        (int(z), x, y)
        for z, boxes in part["zooms"].items()
        for x0, y0, x1, y1 in boxes
        for x in range(x0, x1 + 1)
        for y in range(y0, y1 + 1)
    }
    assert told == there
    document = json.loads((place / "tiles.json").read_bytes())
    assert document["tilejson"] == "3.0.0"
    assert document["vector_layers"][0]["id"] == "floods"


def test_every_area_of_a_safety_layer_is_in_the_tiles_of_every_zoom(areas: Layer) -> None:
    areas.style = {"field": "rank"}
    areas.save()
    place = file(published(areas)["parts"]["map"]["href"])
    wanted = dict(areas.features.values_list("pk", "name"))
    for z in range(8, 16):
        found = {}
        for path in place.glob(f"tiles/{z}/*/*.mvt"):
            for feature in mapbox_vector_tile.decode(path.read_bytes())["floods"]["features"]:
                assert feature["properties"]["rank"] in {"0", "1", "2"}
                found[feature["id"]] = feature["properties"]["name"]
        assert found == wanted, z


def test_after_an_edit_only_the_tiles_it_touches_are_other_files(areas: Layer) -> None:
    published(areas)
    before = inodes(areas)
    first = areas.features.order_by("pk").first()
    assert first is not None
    moved(first, square(140.35, 38.80))
    published(areas)
    after = inodes(areas)
    was, now = (140.28, 38.76, 140.282, 38.762), (140.35, 38.80, 140.352, 38.802)
    touched = {
        f"tiles/{z}/{x}/{y}.mvt"
        for z in range(8, 16)
        for box in (was, now)
        for z, x, y in tile_range(box, z)
    }
    assert {name for name in before if after.get(name) != before[name]} <= touched
    kept = {name for name in before if after.get(name) == before[name]}
    assert kept == before.keys() - touched
    assert len(kept) > 3
    assert set(after) - set(before) <= touched


def test_a_partial_bake_gives_the_bytes_of_a_whole_one(areas: Layer) -> None:
    published(areas)
    features = list(areas.features.order_by("pk"))
    moved(features[3], square(140.35, 38.80, 0.01))
    with recording(areas, "edit"):
        features[7].delete()
    moved(features[20], square(140.2801, 38.7601))
    published(areas)
    partial = newest(areas, "map")
    Publication.objects.all().delete()
    published(areas)
    whole = newest(areas, "map")
    assert partial is not None
    assert whole is not None
    assert whole.digest == partial.digest


def test_undoing_points_back_to_the_files_of_before(areas: Layer) -> None:
    before = published(areas)["parts"]["map"]["href"]
    first = areas.features.order_by("pk").first()
    assert first is not None
    act = moved(first, square(140.35, 38.80))
    assert published(areas)["parts"]["map"]["href"] != before
    undo(act)
    assert published(areas)["parts"]["map"]["href"] == before


def test_what_is_current_is_not_baked_again(areas: Layer) -> None:
    assert len(bake.published(areas)) == 2
    assert bake.published(areas) == []
    assert not manifest.switched()
    areas.title = {"ja": "浸水した区域"}
    areas.save()
    assert len(bake.published(areas)) == 2
    assert of_manifest("floods")["title"] == {"ja": "浸水した区域"}


def test_files_that_were_lost_are_baked_again(areas: Layer, tree_of_the_test: Path) -> None:
    part = published(areas)["parts"]["map"]
    assert areas in bake.stale()  # its downloads are not there yet
    bake.finished()
    assert areas not in bake.stale()
    file(part["href"]).rename(tree_of_the_test / "lost")
    assert areas in bake.stale()
    assert published(areas)["parts"]["map"] == part
    assert areas not in bake.stale()


def test_new_words_for_a_layer_leave_its_tiles_the_very_files(areas: Layer) -> None:
    published(areas)
    before = inodes(areas)
    areas.attribution = "市の資料"
    areas.save()
    place = file(published(areas)["parts"]["map"]["href"])
    assert json.loads((place / "tiles.json").read_bytes())["attribution"] == "市の資料"
    assert inodes(areas) == before
    areas.kind = "planning"  # the control: what is left out hangs on the kind
    areas.save()
    published(areas)
    assert inodes(areas) != before


def test_a_style_is_told_in_the_legend(areas: Layer) -> None:
    areas.style = {
        "field": "rank", "classes": [{"value": "1", "title": {"ja": "浅い"}, "colour": "#ffffb3"}],
    }  # fmt: skip
    areas.save()
    place = file(published(areas)["parts"]["map"]["href"])
    said = json.loads((place / "legend.json").read_bytes())
    assert (said["kind"], said["field"]) == ("hazard", "rank")
    assert said["classes"] == [{"value": "1", "title": {"ja": "浅い"}, "colour": "#ffffb3"}]


def test_a_layer_of_the_whole_country_ends_at_a_smaller_zoom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tiles, "MOST_TILES", 200)  # a smaller country, in less time
    layer = places.layer("country", kind="planning", geometry_type="polygon")
    places.feature(layer, "1", at=square(140, 38, 1))
    zoom = published(layer)["parts"]["map"]["maxzoom"]
    assert zoom < 15
    made = len(list(folder(layer, newest(layer, "map")).rglob(f"{zoom}/*/*.mvt")))  # type: ignore[arg-type]
    assert 0 < made <= tiles.MOST_TILES


def test_boxes_hold_the_tiles_and_no_others() -> None:
    given = {(1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (5, 5), (1, 4)}
    boxes = tiles.boxes_of(Tile(9, x, y) for x, y in given)
    held = [
        (x, y)
        for x0, y0, x1, y1 in boxes
        for x in range(x0, x1 + 1)
        for y in range(y0, y1 + 1)
    ]  # fmt: skip
    assert sorted(held) == sorted(given)
    assert len(boxes) == 4


# -- pages -----------------------------------------------------------------------------------------


def page(language: str, *names: str) -> str:
    return tree.public_root().joinpath("pages", language, *names, "index.html").read_text()


def test_pages_are_there_in_every_language_as_a_stranger_sees_them() -> None:
    layer = places.layer()
    feature = places.feature(layer, "1", name="図書館", name_en="Library")
    bake.published(layer)
    bake.finished()
    assert "図書館" in page("ja")
    assert "Library" in page("en")
    assert '<html lang="en"' in page("en", "features", str(feature.pk))
    assert "図書館" in page("ja-easy", "features", str(feature.pk))


def test_the_page_of_what_was_changed_is_another_at_once() -> None:
    layer = places.layer()
    feature = places.feature(layer, "1", name="図書館")
    bake.published(layer)
    bake.finished()
    with recording(layer, "edit"):
        feature.name = "新図書館"
        feature.save()
    bake.published(layer)
    assert "新図書館" in page("ja", "features", str(feature.pk))
    assert "新図書館" in page("ja")
    with recording(layer, "edit"):
        pk = feature.pk
        feature.delete()
    bake.published(layer)
    assert not (tree.public_root() / "pages" / "ja" / "features" / str(pk)).exists()


# -- the command, and what is old ------------------------------------------------------------------


def test_the_command_bakes_all_or_what_is_named(areas: Layer, capsys: Any) -> None:
    other = places.layer("library")
    places.feature(other)
    call_command("bake", layer=["floods"])
    assert newest(areas, "map")
    assert newest(other, "map") is None
    assert "floods: map-" in capsys.readouterr().out
    call_command("bake")
    assert "floods" not in capsys.readouterr().out
    call_command("bake", all=True)
    assert "floods: map-" in capsys.readouterr().out


def test_what_is_no_longer_current_is_kept_for_a_month_and_then_removed(areas: Layer) -> None:
    published(areas)
    first = newest(areas, "map")
    assert first is not None
    before = folder(areas, first)
    feature = areas.features.first()
    assert feature is not None
    moved(feature, square(140.35, 38.80))
    published(areas)
    after = folder(areas, newest(areas, "map"))  # type: ignore[arg-type]
    assert old.removed() == []
    gone = old.removed(timezone.now() + old.KEPT + timedelta(days=1))
    assert before in gone
    assert after not in gone
    assert after.is_dir()
    assert not before.exists()
    assert len(inodes(areas)) > 0


def test_downloads_are_listed_where_they_lie(areas: Layer) -> None:
    published(areas)
    bake.finished()
    part = of_manifest("floods")["parts"]["downloads"]
    formats = {one["format"] for one in part["files"]}
    assert {"geojson", "csv", "gpkg", "kml", "pmtiles"} <= formats
    for one in part["files"]:
        path = file(part["href"]) / one["name"]
        assert path.stat().st_size == one["bytes"] > 0


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_two_processes_make_the_same_tiles_as_one(areas: Layer, monkeypatch: Any) -> None:
    alone = published(areas)["parts"]["map"]["href"]
    Publication.objects.all().delete()
    monkeypatch.setattr(tiles, "MANY", 1)
    assert published(areas)["parts"]["map"]["href"] == alone
