"""The parts of a layer, each built into a folder: what the files are and when they are stale."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import override

from layers.exports.downloads import written
from layers.geojson import collection
from layers.models import Feature, Layer, Publication
from layers.panels import public_data
from layers.publish import rows, tiles, tree
from layers.publish.published import folder as folder_of
from layers.publish.published import newest
from layers.style import legend
from layers.texts import languages
from layers.tiling.grid import Box

Part = Publication.Part

RECIPE = 3
"""Counted up when the code writes other files from the same features: then all are baked anew."""
BUCKET = 100
"""Ids whose details lie in one file: some 100 kB of text, 10 kB compressed."""
MOST_DETAILED = 100_000
"""Features above which a layer has no details among the files: a place's page comes from the
application only."""


@dataclass(frozen=True)
class Old:
    """What was published of a part before, and what changed since (ids, boxes in degrees)."""

    folder: Path
    facts: dict[str, Any]
    ids: list[int]
    boxes: list[Box]


Builder = Callable[[Layer, Path, Old | None], dict[str, Any]]
"""Writes a part's files into a folder and returns what the manifest says of them."""


def recipe(layer: Layer, part: str) -> str:
    """Return what a part is made from besides the features: another recipe, another bake."""
    source = [layer.attribution, layer.licence, str(layer.source_date)]
    facts = {
        Part.MAP: [layer.description, layer.sample, layer.style, source],
        Part.DETAILS: [layer.sample, layer.schema, source],
        Part.DOWNLOADS: [layer.description, layer.schema, layer.style, source],
    }
    made_from = [RECIPE, languages(), layer.title, layer.kind, layer.key_column, facts[Part(part)]]
    said = json.dumps(made_from, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def map_part(layer: Layer, folder: Path, old: Old | None) -> dict[str, Any]:
    """Write what draws the layer: GeoJSON of points, or tiles; and its legend."""
    count, box = rows.counted(layer), rows.extent(layer)
    tree.write(folder / "legend.json", _json(legend(layer)))
    facts: dict[str, Any] = {"count": count, "bbox": box}
    if layer.geometry_type == Layer.GeometryType.POINT:
        for language in languages():
            with override(language):
                content = _json(collection(layer, language))
            tree.write(folder / f"features.{language}.geojson", content)
        return {**facts, "languages": languages()}
    how = tiles.How.of(layer)
    # What all tiles hang on is as it was: then those that nothing touched are, too.
    facts["whole"] = {"recipe": RECIPE, **asdict(how)}
    if old and old.facts.get("whole") == facts["whole"]:
        facts |= tiles.made(layer, folder, how, count, old.folder, old.boxes)
    else:
        facts |= tiles.made(layer, folder, how, count)
    tree.write(folder / "tiles.json", tiles.tilejson(layer, facts, box))
    return facts


def details_part(layer: Layer, folder: Path, old: Old | None) -> dict[str, Any]:
    """Write what the features' pages say, in each language, a hundred ids to a file."""
    if rows.counted(layer) > MOST_DETAILED:
        return {"bucket": None}
    features = Feature.objects.filter(layer=layer).order_by("pk")
    changed = None
    if old and old.facts["recipe"] == recipe(layer, Part.DETAILS):
        changed = {pk // BUCKET for pk in old.ids}
        for path in old.folder.glob("*/*.json"):
            if int(path.stem) not in changed:
                tree.link(path, folder / path.relative_to(old.folder))
    buckets = (
        _buckets(features)
        if changed is None
        else (
            (number, list(features.filter(pk__gte=number * BUCKET, pk__lt=(number + 1) * BUCKET)))
            for number in sorted(changed)
        )
    )
    for number, some in buckets:
        for feature in some:
            feature.layer = layer  # one layer for all: no query a row
        for language in languages() if some else ():
            with override(language):
                said = {str(feature.pk): public_data(feature, language) for feature in some}
            tree.write(folder / language / f"{number}.json", _json(said))
    return {"bucket": BUCKET}


def _buckets(features: Any) -> Iterable[tuple[int, list[Feature]]]:
    number, some = -1, list[Feature]()
    for feature in features.iterator(chunk_size=1000):
        if feature.pk // BUCKET != number:
            if some:
                yield number, some
            number, some = feature.pk // BUCKET, []
        some.append(feature)
    if some:
        yield number, some


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def downloads_part(layer: Layer, folder: Path, old: Old | None) -> dict[str, Any]:
    """Write the layer in every format that people ask for, whole: they are read from one moment."""
    with _tiled(layer) as (place, described):
        files = written(layer, folder, tiles=place, tilejson=described)
    return {"files": [vars(file) for file in files]}


@contextmanager
def _tiled(layer: Layer) -> Iterator[tuple[Path | None, dict[str, Any] | None]]:
    """Give the folder of a layer's tiles, and their TileJSON: of points, made for the archive only.

    The map reads points as GeoJSON; who takes the archive along wants one file that has all.
    """
    drawn = newest(layer, Part.MAP)
    if drawn and "tiles" in drawn.facts:
        place = folder_of(layer, drawn)
        yield place / "tiles", json.loads((place / "tiles.json").read_bytes())
    elif layer.geometry_type == Layer.GeometryType.POINT:
        with tempfile.TemporaryDirectory(prefix="points-", dir=tree.aside()) as name:
            facts = tiles.made(layer, Path(name), tiles.How.of(layer), rows.counted(layer))
            said = tiles.tilejson(layer, facts, rows.extent(layer))
            yield Path(name) / "tiles", json.loads(said)
    else:
        yield None, None


BUILDERS: dict[str, Builder] = {
    Part.MAP: map_part,
    Part.DETAILS: details_part,
    Part.DOWNLOADS: downloads_part,
}
