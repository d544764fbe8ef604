"""Opens what a person named: a folder, a file or a zip, and finds the one layer in it."""

import hashlib
import os
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from importers.archive import KEPT, MAX_ENTRIES, unpacked
from importers.problems import FileRefused, Problem, warning
from importers.sniff import Format, sniffed

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_TABLES = (".csv", ".tsv", ".txt")
LABELS = "attributes.csv"
"""A city's own table of field labels, lying beside a shapefile; never a layer itself."""


@dataclass(frozen=True, slots=True)
class Source:
    """One layer's files. ``members`` are the shapefile's parts by ending, plus ``attributes.csv``.

    The paths of a zip's members live only inside ``opened``; the rest stays true afterwards.
    ``digest`` is the SHA-256 of what the person named, so that the same file is known again.
    """

    kind: Literal["file", "folder", "zip"]
    format: Format
    main: Path
    members: dict[str, Path]
    display_name: str
    digest: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Layer:
    name: PurePosixPath
    format: Format
    main: Path
    members: dict[str, Path]


@contextmanager
def opened(path: Path, layer_name: str | None = None) -> Iterator[Source]:
    """Yield the layer that ``path`` holds; of several, the one named.

    Raises FileRefused when there is none, several, or a file that is not read.
    """
    try:
        if path.is_dir():
            yield _found("folder", path, _walk(path), layer_name)
            return
        if not path.is_file():
            raise FileRefused("file_missing", {"name": path.name or str(path)})
        part = path.suffix.casefold() in _PARTS
        found = "shapefile" if part else sniffed(path)
        if found == "shapefile":
            yield _found("file", path, _siblings(path), None)
        elif found == "zip":
            with tempfile.TemporaryDirectory(prefix="import-") as folder:
                yield _found("zip", path, unpacked(path, Path(folder)), layer_name)
        else:
            yield Source("file", found, path, {}, path.stem, _digest([path]))
    except PermissionError as error:
        raise FileRefused("file_unreadable", {"name": Path(error.filename or path).name}) from error


def _found(
    kind: Literal["file", "folder", "zip"],
    path: Path,
    files: dict[PurePosixPath, Path],
    layer_name: str | None,
) -> Source:
    layer, problems = _chosen(kind, path, _layers(kind, path, files), layer_name)
    if layer.format == "shapefile":
        if ".dbf" not in layer.members:
            raise FileRefused("no_dbf", {"name": layer.name.name})
        if sniffed(layer.main) != "shapefile":
            raise FileRefused("shp_broken", {"name": layer.name.name})
    named = [path] if kind == "zip" else [layer.main, *sorted(layer.members.values())]
    return Source(
        kind,
        layer.format,
        layer.main,
        layer.members,
        layer.name.stem,
        _digest(named),
        tuple(problems),
    )


def _walk(folder: Path) -> dict[PurePosixPath, Path]:
    """Return the folder's own files, names relative to it; links to elsewhere are not followed."""
    files: dict[PurePosixPath, Path] = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        for name in sorted(names):
            file = Path(parent) / name
            if not name.startswith(".") and file.suffix.casefold() in KEPT:
                files[PurePosixPath(file.relative_to(folder).as_posix())] = file
        if len(files) > MAX_ENTRIES:
            raise FileRefused("folder_too_many", {"limit": MAX_ENTRIES})
    return files


def _siblings(path: Path) -> dict[PurePosixPath, Path]:
    """Return the parts of the one shapefile that a file belongs to, whatever their case."""
    stem = unicodedata.normalize("NFC", path.stem).casefold()
    return {
        PurePosixPath(file.name): file
        for file in sorted(path.parent.iterdir())
        if (
            file.suffix.casefold() in _PARTS
            and unicodedata.normalize("NFC", file.stem).casefold() == stem
        )
        or file.name.casefold() == LABELS
    }


def _layers(kind: str, path: Path, files: dict[PurePosixPath, Path]) -> list[_Layer]:
    """Return the layers among files: shapefiles, else GeoJSON, else tables.

    A publisher's zip often holds the same layer as shapefile, GeoJSON and GML; one is enough.
    """
    sets: dict[PurePosixPath, dict[str, Path]] = {}
    for name, file in files.items():
        if name.suffix.casefold() in _PARTS:
            stem = name.parent / unicodedata.normalize("NFC", name.stem).casefold()
            sets.setdefault(stem, {})[name.suffix.casefold()] = file
    labels = {name.parent: f for name, f in files.items() if name.name.casefold() == LABELS}
    layers = []
    for name, file in files.items():
        if name.suffix.casefold() == ".shp":
            members = sets[name.parent / unicodedata.normalize("NFC", name.stem).casefold()]
            if name.parent in labels:
                members = {**members, LABELS: labels[name.parent]}
            layers.append(_Layer(name, "shapefile", file, members))
    if layers:
        return layers
    kinds: tuple[tuple[tuple[str, ...], Format], ...] = (
        ((".geojson",), "geojson"),
        ((".json",), "geojson"),
        (_TABLES, "csv"),
    )
    for endings, wanted in kinds:
        for name, file in files.items():
            fits = name.suffix.casefold() in endings and name.name.casefold() != LABELS
            if fits and _format(file) == wanted:
                layers.append(_Layer(name, wanted, file, {}))
        if layers:
            return layers
    if sets:
        raise FileRefused("no_shp", {"name": sorted(sets)[0].name})
    raise FileRefused("empty_archive" if kind == "zip" else "empty_folder", {"name": path.name})


def _format(file: Path) -> str | None:
    try:
        return sniffed(file)
    except FileRefused:
        return None


def _chosen(
    kind: str, path: Path, layers: list[_Layer], layer_name: str | None
) -> tuple[_Layer, list[Problem]]:
    """Return the layer to read, and what to tell about the choice."""
    if kind == "file" and len(layers) > 1:
        # The same stem twice, in two cases, on a file system that tells them apart.
        layers = [layer for layer in layers if layer.main == path] or layers[:1]
    if layer_name is not None:
        wanted = unicodedata.normalize("NFC", layer_name).casefold()
        named = [layer for layer in layers if wanted in _names(layer)]
        if not named:
            raise FileRefused("layer_unknown", {"name": layer_name, "layers": _listed(layers)})
        layers = named
    if len(layers) == 1:
        return layers[0], []
    if len({layer.name.name.casefold() for layer in layers}) == 1:
        # 国土数値情報 delivers one layer in two folders, Shift-JIS and UTF-8.
        layers = sorted(layers, key=lambda layer: "utf" not in str(layer.name).casefold())
        if "utf" in str(layers[0].name).casefold():
            return layers[0], [warning("layer_twice", name=str(layers[0].name))]
    raise FileRefused("several_layers", {"layers": _listed(layers)})


def _names(layer: _Layer) -> set[str]:
    forms = (layer.name.name, layer.name.stem, str(layer.name), str(layer.name.with_suffix("")))
    return {unicodedata.normalize("NFC", form).casefold() for form in forms}


def _listed(layers: list[_Layer]) -> list[str]:
    stems = [layer.name.stem for layer in layers]
    unique = len(set(stems)) == len(stems)
    return sorted(stems if unique else [str(layer.name.with_suffix("")) for layer in layers])


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
