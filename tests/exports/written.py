"""Downloads of layers made for a test, and their way back through the importers."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from django.core.management import call_command

from layers.exports.downloads import Download, written
from layers.models import Feature, Layer


def downloads(layer: Layer, folder: Path, **options: Any) -> dict[str, Path]:
    """Return a layer's downloads by format; the shapefiles by "cp932" and "utf-8"."""
    folder.mkdir(parents=True, exist_ok=True)
    layer.refresh_from_db()
    return {_kind(each): folder / each.name for each in written(layer, folder, **options)}


def _kind(download: Download) -> str:
    return download.encoding if download.format == "shapefile" else download.format


def imported(file: Path, slug: str, *options: str) -> Layer:
    """Import a file as a person does, and return the layer it went into."""
    out = io.StringIO()
    arguments = ["--layer", slug, "--apply", "--json", *options]
    call_command("import_file", str(file), *arguments, stdout=out)
    told = json.loads(out.getvalue())
    assert told["counts"]["rejected"] == 0, told["problems"]
    return Layer.objects.get(slug=slug)


def previewed(file: Path, slug: str, *options: str) -> dict[str, Any]:
    """Return what an import would do."""
    out = io.StringIO()
    call_command("import_file", str(file), "--layer", slug, "--json", *options, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def features(layer: Layer) -> list[Feature]:
    return list(Feature.objects.filter(layer=layer).order_by("pk"))


def member(path: Path, ending: str) -> bytes:
    """Return a zip's file that ends so."""
    with zipfile.ZipFile(path) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(ending)]
        return archive.read(name)
