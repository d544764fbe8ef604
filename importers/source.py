"""Opens what a person named: a folder, a file or a zip, and finds the one layer in it."""

import hashlib
import os
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from importers.archive import KEPT, unpacked
from importers.limits import MAX_ENTRIES, refuse_too_big
from importers.problems import FileRefused, Problem, warning
from importers.sniff import Format, not_read, sniffed

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
LABELS = "attributes.csv"
"""A city's own table of field labels, lying beside a shapefile; never a layer itself."""
KS_META = "ks-meta.xml"
"""The key in ``members`` of the 国土数値情報 metadata beside a shapefile: ``KS-META-….xml``."""
LAYERED = frozenset(["xlsx", "kml", "gml", "geopackage"])
"""Formats that may hold layers of their own: sheets, folders, kinds of feature, tables."""


@dataclass(frozen=True, slots=True)
class Source:
    """One layer's files. ``members`` are a shapefile's parts by ending, ``LABELS``, ``KS_META``.

    The paths of a zip's members live only inside ``opened``; the rest stays true afterwards.
    ``digest`` will be the SHA-256 of what the person named, so that the same file is known again.
    ``part`` is the layer inside the file that was asked for, ``within`` what stands before the
    name of such a layer (the file's own, where there are several files).
    """

    kind: Literal["file", "folder", "zip"]
    format: Format
    main: Path
    members: dict[str, Path]
    display_name: str
    digest: Future[str]
    problems: tuple[Problem, ...] = ()
    part: str | None = None
    within: str = ""

    def part_among(self, names: Sequence[str]) -> str | None:
        """Return which of the file's own layers was asked for; None if none was.

        Raises FileRefused for one that is not there.
        """
        if self.part is None:
            return None
        wanted = _folded(self.part)
        for name in names:
            if _folded(name) == wanted:
                return name
        if wanted in (_folded(self.display_name), _folded(self.main.name)):
            return None  # The only file there is was named by its own name.
        raise FileRefused("layer_unknown", {"name": self.part, "layers": self.listed(names)})

    def several(self, names: Sequence[str]) -> FileRefused:
        """Return the refusal that asks which of the file's own layers to read."""
        return FileRefused("several_layers", {"layers": self.listed(names)})

    def listed(self, names: Sequence[str]) -> list[str]:
        """Return the names of the file's own layers as a person can choose them."""
        return [f"{self.within}{name}" for name in names]


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
        if found != "shapefile":
            refuse_too_big(path, found)
        if found == "shapefile":
            yield _found("file", path, _siblings(path), None)
        elif found == "zip":
            with tempfile.TemporaryDirectory(prefix="import-") as folder:
                yield _found("zip", path, unpacked(path, Path(folder)), layer_name)
        else:
            wanted = layer_name if found in LAYERED else None
            yield Source("file", found, path, {}, path.stem, _digest_to_come([path]), part=wanted)
    except PermissionError as error:
        raise FileRefused("file_unreadable", {"name": Path(error.filename or path).name}) from error


def _found(
    kind: Literal["file", "folder", "zip"],
    path: Path,
    files: dict[PurePosixPath, Path],
    layer_name: str | None,
) -> Source:
    layers, others = _layers(kind, path, files)
    layer, part, problems = _chosen(kind, path, layers, others, layer_name)
    for file in (layer.main, *layer.members.values()):
        refuse_too_big(file, layer.format, layer.name.name)
    if layer.format == "shapefile":
        if ".dbf" not in layer.members:
            raise FileRefused("no_dbf", {"name": layer.name.name})
        if sniffed(layer.main) != "shapefile":
            raise FileRefused("shp_broken", {"name": layer.name.name})
    stems = {_folded(each.name.stem) for each in layers}
    passed = [other.name for other in others if _folded(other.name.stem) not in stems]
    if layer_name is None and (names := sorted(str(p) for p in passed if not _weak(p))):
        problems = [*problems, warning("files_passed_over", names=names[:_LISTED])]
    named = [path] if kind == "zip" else [layer.main, *sorted(layer.members.values())]
    return Source(
        kind,
        layer.format,
        layer.main,
        layer.members,
        layer.name.stem,
        _digest_to_come(named),
        tuple(problems),
        part,
        _within(layer, layers, others),
    )


def _within(layer: _Layer, layers: list[_Layer], others: list[_Layer]) -> str:
    """Return what has to stand before the name of a layer inside a file: the file's, if need be."""
    if layers == [layer]:
        return ""
    files = layers if layer in layers else others
    return f"{_choices(files)[files.index(layer)]}/"


def _walk(folder: Path) -> dict[PurePosixPath, Path]:
    """Return the folder's own files, names relative to it; links to elsewhere are not followed."""
    files: dict[PurePosixPath, Path] = {}
    home = folder.resolve()
    for parent, folders, names in os.walk(folder):
        if any(name.casefold().endswith(".gdbtable") for name in names):
            raise not_read(Path(parent).name, "File Geodatabase", "advice_gis")
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        for name in sorted(names):
            file = Path(parent) / name
            away = file.is_symlink() and not file.resolve().is_relative_to(home)
            hidden = name.startswith((".", "~$"))  # ~$: Excel's mark that a workbook is open
            if not away and not hidden and file.suffix.casefold() in KEPT:
                files[PurePosixPath(file.relative_to(folder).as_posix())] = file
        if len(files) > MAX_ENTRIES:
            raise FileRefused("folder_too_many", {"limit": MAX_ENTRIES})
    return files


def _siblings(path: Path) -> dict[PurePosixPath, Path]:
    """Return the parts of the one shapefile that a file belongs to, whatever their case."""
    stem = _folded(path.stem)
    return {
        PurePosixPath(file.name): file
        for file in sorted(path.parent.iterdir())
        if (file.suffix.casefold() in _PARTS and _folded(file.stem) == stem)
        or file.name.casefold() == LABELS
        or _is_ks_meta(file)
    }


# One layer often comes in several formats at once; the first of these is enough. A workbook and a
# CSV stand together: either may be the list, the other a note on it. Endings that say little
# (readme.txt, package.json) count only where there is nothing else.
_TIERS: tuple[tuple[Format, ...], ...] = (
    ("geopackage",),
    ("geojson",),
    ("gml",),
    ("kml",),
    ("csv", "xlsx"),
)
_WEAK = (".txt", ".json")
_LISTED = 20


def _layers(
    kind: str, path: Path, files: dict[PurePosixPath, Path]
) -> tuple[list[_Layer], list[_Layer]]:
    """Return the layers among files in the format that goes first, and those in another.

    A publisher's zip often holds the same layer as shapefile, GeoJSON and GML; one is enough.
    """
    sets: dict[PurePosixPath, dict[str, Path]] = {}
    for name, file in files.items():
        if name.suffix.casefold() in _PARTS:
            sets.setdefault(_key(name), {})[name.suffix.casefold()] = file
    documents, refusals = _documents(files)
    layers = [
        _Layer(name, "shapefile", file, sets[_key(name)] | _beside(name, files))
        for name, file in files.items()
        if name.suffix.casefold() == ".shp"
    ]
    for tier in _TIERS:
        if not layers:
            fitting = [layer for layer in documents if layer.format in tier]
            layers = _once([layer for layer in fitting if not _weak(layer.name)] or fitting)
    if layers:
        return layers, [document for document in documents if document not in layers]
    if sets:
        raise FileRefused("no_shp", {"name": sorted(sets)[0].name})
    if len(refusals) == 1:
        raise refusals[0]
    raise FileRefused("empty_archive" if kind == "zip" else "empty_folder", {"name": path.name})


def _documents(files: dict[PurePosixPath, Path]) -> tuple[list[_Layer], list[FileRefused]]:
    """Return the files that are a layer (or several) by themselves, by what their bytes say."""
    found: list[_Layer] = []
    refusals: list[FileRefused] = []
    for name, file in files.items():
        ending = name.suffix.casefold()
        if ending in _PARTS or name.name.casefold() == LABELS or _is_ks_meta(name):
            continue
        try:
            kind = sniffed(file)
        except FileRefused as refusal:
            if refusal.code == "format_not_read":
                refusals.append(FileRefused(refusal.code, {**refusal.params, "name": name.name}))
            continue
        if kind != "zip" and kind != "shapefile":
            meta = _beside(name, files).get(KS_META) if kind == "gml" else None
            found.append(_Layer(name, kind, file, {KS_META: meta} if meta else {}))
    return found, refusals


def _beside(name: PurePosixPath, files: dict[PurePosixPath, Path]) -> dict[str, Path]:
    """Return what else tells of a file: a shapefile's labels, its 国土数値情報 metadata.

    The metadata lies beside it or, where the set comes in two encodings, one folder up; of
    several the one that ends in the shapefile's name.
    """
    found: dict[str, Path] = {}
    metas: list[tuple[bool, PurePosixPath, Path]] = []
    for other, file in files.items():
        if other.name.casefold() == LABELS and other.parent == name.parent:
            found[LABELS] = file
        if _is_ks_meta(other) and other.parent in name.parents:
            metas.append((not _folded(other.stem).endswith(_folded(name.stem)), other, file))
    if metas:
        metas.sort(key=lambda meta: (meta[0], -len(meta[1].parts), meta[1]))
        if not metas[0][0] or len(metas) == 1:
            found[KS_META] = metas[0][2]
    return found


def _is_ks_meta(name: PurePosixPath | Path) -> bool:
    plain = name.name.casefold()
    return plain.startswith("ks-meta") and plain.endswith(".xml")


def _once(layers: list[_Layer]) -> list[_Layer]:
    """Return layers without the workbooks that are there as CSV too (places.csv, places.xlsx)."""
    tables = {_key(layer.name) for layer in layers if layer.format == "csv"}
    return [layer for layer in layers if layer.format == "csv" or _key(layer.name) not in tables]


def _weak(name: PurePosixPath) -> bool:
    return name.suffix.casefold() in _WEAK


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _key(name: PurePosixPath) -> PurePosixPath:
    """Return what the parts of one set, and one layer's formats, have in common."""
    return name.parent / _folded(name.stem)


def _chosen(
    kind: str, path: Path, layers: list[_Layer], others: list[_Layer], layer_name: str | None
) -> tuple[_Layer, str | None, list[Problem]]:
    """Return the layer's file, which layer inside it was asked for, and what to tell of it."""
    if kind == "file" and len(layers) > 1:
        # The same stem twice, in two cases, on a file system that tells them apart.
        layers = [layer for layer in layers if layer.main == path] or layers[:1]
    if layer_name is not None:
        named, part = _named(layers, layer_name)
        if not named:
            named, part = _named(others, layer_name)
        if len(layers) == 1 and layers[0].format in LAYERED and named in ([], layers):
            return layers[0], part or layer_name, []
        if not named:
            raise FileRefused(
                "layer_unknown", {"name": layer_name, "layers": sorted(_choices(layers))}
            )
        layers = named
        if part:
            return layers[0], part, []
    if len(layers) == 1:
        return layers[0], None, []
    if len({layer.name.name.casefold() for layer in layers}) == 1:
        # 国土数値情報 delivers one layer in two folders, Shift-JIS and UTF-8.
        layers = sorted(layers, key=lambda layer: "utf" not in str(layer.name).casefold())
        if "utf" in str(layers[0].name).casefold():
            return layers[0], None, [warning("layer_twice", name=str(layers[0].name))]
    raise FileRefused("several_layers", {"layers": sorted(_choices(layers))})


def _named(layers: list[_Layer], layer_name: str) -> tuple[list[_Layer], str | None]:
    """Return the files that a person named, and the layer inside where ``file/layer`` was."""
    wanted = _folded(layer_name)
    called = _called(layers)
    if wanted in called:
        return [layers[at] for at in called[wanted]], None
    for name, who in called.items():
        if wanted.startswith(f"{name}/") and layers[who[0]].format in LAYERED and len(who) == 1:
            return [layers[who[0]]], layer_name[len(name) + 1 :]
    return [], None


def _called(layers: list[_Layer]) -> dict[str, list[int]]:
    """Return name → the files (by position) that a person means by it.

    A path in full goes before one without its ending, that before a bare name.
    """
    called: dict[str, list[int]] = {}
    for rank in range(len(_FORMS)):
        found: dict[str, list[int]] = defaultdict(list)
        for at, layer in enumerate(layers):
            found[_folded(_FORMS[rank](layer.name))].append(at)
        for name, who in found.items():
            called.setdefault(name, who)
    return called


_FORMS: tuple[Callable[[PurePosixPath], str], ...] = (
    str,
    lambda path: str(path.with_suffix("")),
    lambda path: path.name,
    lambda path: path.stem,
)


def _choices(layers: list[_Layer]) -> list[str]:
    """Return for each file the shortest name that means it and no other."""
    called = _called(layers)
    return [
        next(
            (
                name
                for form in reversed(_FORMS)
                if called[_folded(name := form(layer.name))] == [at]
            ),
            str(layer.name),
        )
        for at, layer in enumerate(layers)
    ]


def digest_of(files: list[Path]) -> str:
    """Return what files are known again by: SHA-256 over the SHA-256 of each."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def _digest_to_come(files: list[Path]) -> Future[str]:
    """Return the digest of files, which is made meanwhile: of large ones it takes a while."""
    pool = ThreadPoolExecutor(1, "digest")
    digest = pool.submit(digest_of, files)
    pool.shutdown(wait=False)
    return digest
