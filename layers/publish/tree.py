"""The tree of files: where what lies, and how a file or a folder comes into it whole.

Nothing in the tree is ever half there. A file is written beside its place and renamed; a part of a
layer is built in a folder of its own and renamed to its digest. (docs/publishing.md)
"""

import gzip
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import brotli
from django.conf import settings
from zlib_ng import zlib_ng

PREFIX = "/baked/"
"""The address of ``public/baked/``."""
STAFF_PREFIX = "/staff-baked/"
"""The address of ``staff/baked/``, answered by the application only."""
COMPRESSED = frozenset({".json", ".geojson", ".html", ".mvt", ".csv", ".kml", ".svg", ".xml"})
"""What gzip makes smaller; the other formats are compressed already."""
BROTLI = 8
"""At 9 a page is 0.3 % smaller and takes three times as long (35 ms, not 13); at 11 it is 15 %
smaller in 280 ms, and somebody who made an edit waits for six of them."""
LARGE = 4 << 20
"""Bytes above which a file gets no brotli, and gzip at a lower level: seconds against per cents."""
_DIGITS = 16
MAKING = "making-"
"""How the name of a folder begins that is being built."""


def public_root() -> Path:
    """Return the folder that a web server may serve as it lies."""
    return Path(settings.BAKE_DIR) / "public"


def staff_root() -> Path:
    """Return the folder whose files only the application hands out."""
    return Path(settings.BAKE_DIR) / "staff"


def aside() -> Path:
    """Return the folder, which is nobody's to read, for what memory should not hold."""
    folder = Path(settings.BAKE_DIR) / "aside"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def layers_folder(*, public: bool, slug: str = "") -> Path:
    """Return the folder of a layer's parts (of all layers without a slug)."""
    return (public_root() if public else staff_root()) / "baked" / "layers" / slug


def part_folder(slug: str, part: str, digest: str, *, public: bool) -> Path:
    """Return where a part of a layer lies, whether it is there or not."""
    return layers_folder(public=public, slug=slug) / f"{part}-{digest}"


def part_address(slug: str, part: str, digest: str, *, public: bool) -> str:
    """Return the address of a part's folder, with a slash at its end."""
    return f"{PREFIX if public else STAFF_PREFIX}layers/{slug}/{part}-{digest}/"


def write(path: Path, content: bytes) -> None:
    """Put a file in its place whole, compressed ones beside it; the plain one comes last."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in COMPRESSED:
        level = 9 if len(content) <= LARGE else 6
        _put(path.with_name(path.name + ".gz"), gzip.compress(content, level, mtime=0))
        if len(content) <= LARGE:
            _put(path.with_name(path.name + ".br"), brotli.compress(content, quality=BROTLI))
    _put(path, content)


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Put a file and its gzip in a folder that is being built, from pieces never held together.

    Raises FileExistsError where it is there: it may be another version's very file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    packer = _packer()
    with path.open("xb") as plain, path.with_name(path.name + ".gz").open("xb") as packed:
        for piece in pieces:
            plain.write(piece)
            packed.write(packer.compress(piece))
        packed.write(packer.flush())


def twin(path: Path) -> None:
    """Put a file's gzip beside it, in a folder that is being built."""
    packer = _packer()
    with path.open("rb") as plain, path.with_name(path.name + ".gz").open("wb") as packed:
        while piece := plain.read(1 << 20):
            packed.write(packer.compress(piece))
        packed.write(packer.flush())


def _packer() -> Any:
    """Return what makes a gzip, without the time in it: the same content, the same bytes."""
    return zlib_ng.compressobj(6, zlib_ng.DEFLATED, 16 + zlib_ng.MAX_WBITS)


def _half(path: Path) -> Path:
    """Return where a file is written that is not there yet: no server sends such a name."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def _put(path: Path, content: bytes) -> None:
    half = _half(path)
    half.write_bytes(content)
    _make_newer(half, path)
    half.replace(path)


def shared(name: str, content: bytes) -> str:
    """Put a file that belongs to no layer in the tree, unless it is there; return its address."""
    path = shared_path(name, content)
    if not path.exists():
        write(path, content)
    return f"{PREFIX}shared/{path.name}"


def shared_path(name: str, content: bytes) -> Path:
    """Return where a file that belongs to no layer lies, whether it is there or not."""
    stem, ending = name.split(".", 1)
    digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
    return public_root() / "baked" / "shared" / f"{stem}-{digest}.{ending}"


def _make_newer(half: Path, path: Path) -> None:
    """Let a file be a second newer than what it replaces, at least.

    Web servers tell versions apart by the whole second and the size: a manifest that is written
    twice within a second, with digests of the same length, would be the same to them.
    """
    try:
        before = int(path.stat().st_mtime)
    except FileNotFoundError:
        return
    if int(half.stat().st_mtime) <= before:
        os.utime(half, (before + 1, before + 1))


def link(source: Path, target: Path) -> None:
    """Put the very file of another version in its place here, with its compressed ones."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for ending in ("", ".gz", ".br"):
        if (found := source.with_name(source.name + ending)).exists():
            os.link(found, target.with_name(target.name + ending))


def clear(folder: Path) -> None:
    """Take a folder out of the tree at once, whoever still writes into it, and remove it.

    Nothing happens where it is gone already: two may clear it at once.
    """
    gone = aside() / f"gone-{secrets.token_hex(4)}"
    with suppress(FileNotFoundError):
        folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def digest_of(folder: Path) -> str:
    """Return the digest of a folder's files: names and bytes, in the order of names.

    Compressed twins say nothing new. The same content gives the same digest, whenever it is baked.
    """
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in (".gz", ".br"):
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            whole.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return whole.hexdigest()[:_DIGITS]


@contextmanager
def making(slug: str, part: str, *, public: bool) -> Iterator[Path]:
    """Give a folder to build a part in; it is gone afterwards unless ``settle`` took it."""
    folder = layers_folder(public=public, slug=slug) / f"{MAKING}{part}-{secrets.token_hex(4)}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settle(folder: Path, slug: str, part: str, *, public: bool) -> str:
    """Move a folder that was built to its digest's place and return the digest.

    Where the same content lies already, that stays: its files may just be on their way to somebody.
    """
    digest = digest_of(folder)
    place = part_folder(slug, part, digest, public=public)
    if place.is_dir():
        place.touch()  # in use again: its age counts anew
    else:
        folder.chmod(0o755)
        folder.rename(place)
    return digest
