"""A zip unpacked with care: names from Japanese Windows, and nothing outside a temporary folder.

Entries are written under numbers, so a hostile or strange name never reaches the file system; the
name a person knows is kept beside. Limits are counted on the bytes that come out, because the
sizes a zip declares may lie.
"""

import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from importers.limits import MAX_ENTRIES, MAX_RATIO, MAX_UNPACKED, MIB, RATIO_FREE
from importers.problems import FileRefused
from importers.sniff import sniffed
from importers.zips import DAMAGED, ENCRYPTED_FLAG, entry_name, refuse_long_directory

_CHUNK = 1_048_576

KEPT = frozenset(
    [
        *(".shp", ".shx", ".dbf", ".prj", ".cpg", ".geojson", ".json", ".csv", ".tsv", ".txt"),
        *(".zip", ".gpkg", ".gml", ".xml", ".kml", ".kmz", ".xlsx", ".xlsm", ".xls", ".ods"),
    ]
)
"""Endings of what is read, and of what is better refused by its name than overlooked."""


@dataclass(slots=True)
class _Budget:
    entries: int = 0
    unpacked: int = 0


def unpacked(path: Path, folder: Path) -> dict[PurePosixPath, Path]:
    """Unpack what the importers read into ``folder`` and return name in the zip → file.

    A zip inside is unpacked too, one level deep, under its own name as a folder. Raises
    FileRefused for a broken, encrypted, hostile or oversized zip.
    """
    return _unpack(path, folder, _Budget(), path.stat().st_size, nested=False)


def _unpack(
    path: Path, folder: Path, budget: _Budget, packed: int, *, nested: bool
) -> dict[PurePosixPath, Path]:
    found: dict[PurePosixPath, Path] = {}
    try:
        refuse_long_directory(path)
        with zipfile.ZipFile(path) as archive:
            entries = [(entry_name(info), info) for info in archive.infolist()]
            for name, info in _wanted(entries, budget):
                target = folder / f"{budget.entries:05d}{name.suffix.casefold()}"
                _write(archive, info, target, budget, packed)
                if name.suffix.casefold() != ".zip" or _one_document(target):
                    found[name] = target
                elif not nested and zipfile.is_zipfile(target):
                    inner = _unpack(target, folder, budget, packed, nested=True)
                    found.update({name.with_suffix("") / key: file for key, file in inner.items()})
    except DAMAGED as error:
        raise FileRefused("zip_broken") from error
    return found


def _one_document(path: Path) -> bool:
    """Say whether a zip is a workbook or a KMZ under another ending."""
    try:
        return sniffed(path) in ("xlsx", "kml")
    except FileRefused:
        return False


def _wanted(
    entries: list[tuple[str, zipfile.ZipInfo]], budget: _Budget
) -> Iterator[tuple[PurePosixPath, zipfile.ZipInfo]]:
    for name, info in entries:
        budget.entries += 1
        if budget.entries > MAX_ENTRIES:
            raise FileRefused("zip_too_many", {"limit": MAX_ENTRIES})
        refuse_unsafe(name, info)
        path = PurePosixPath(name)
        # macOS adds a shadow of every file.
        shadow = path.parts[:1] == ("__MACOSX",) or path.name.startswith((".", "~$"))
        if name and not name.endswith("/") and not shadow and path.suffix.casefold() in KEPT:
            if info.flag_bits & ENCRYPTED_FLAG:
                raise FileRefused("zip_encrypted")
            yield path, info


def refuse_unsafe(name: str, info: zipfile.ZipInfo) -> None:
    """Raise FileRefused for a path out of the folder, an absolute name or a symbolic link."""
    path = PurePosixPath(name)
    outside = path.is_absolute() or ".." in path.parts or name[1:2] == ":"
    if outside or stat.S_ISLNK(info.external_attr >> 16):
        raise FileRefused("zip_unsafe", {"name": name[:200]})


def _write(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, budget: _Budget, packed: int
) -> None:
    with archive.open(info) as source, target.open("wb") as sink:
        while chunk := source.read(_CHUNK):
            budget.unpacked += len(chunk)
            beyond = max(budget.unpacked - RATIO_FREE, 0)
            if budget.unpacked > MAX_UNPACKED or beyond > packed * MAX_RATIO:
                raise FileRefused("zip_too_big", {"limit": MAX_UNPACKED // MIB})
            sink.write(chunk)
    _date(info, target)


def _date(info: zipfile.ZipInfo, target: Path) -> None:
    """Give a file the time its entry has (of no time zone, taken as UTC): it tells of its age."""
    try:
        written = datetime(*info.date_time, tzinfo=UTC).timestamp()
    except ValueError:  # a day such as 1980-00-00
        written = 0.0
    os.utime(target, (written, written))
