"""Zips opened with care: what is in one, under which names, and a document that is one inside."""

import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

from importers.limits import MAX_DIRECTORY, MAX_ENTRIES, MIB
from importers.problems import FileRefused

ENCRYPTED_FLAG = 0x1
_UTF8_FLAG = 0x800
_CHUNK = 1_048_576

DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError),
)
"""What zipfile raises on damage: also a bad name (ValueError), an unknown lock (RuntimeError)."""


def entry_name(info: zipfile.ZipInfo) -> str:
    """Return an entry's name as its maker wrote it: flagged UTF-8, else strict UTF-8, else CP932.

    zipfile reads unflagged names as CP437, which loses nothing; macOS writes UTF-8 without the
    flag. Windows separators become ``/`` only after decoding: 表 ends in a backslash byte.
    """
    if info.flag_bits & _UTF8_FLAG:
        name = info.orig_filename
    else:
        raw = info.orig_filename.encode("cp437")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("cp932", errors="replace")
    return unicodedata.normalize("NFC", name).replace("\\", "/").split("\0")[0]


# -- the list of entries ----------------------------------------------------------------------

_END, _END64_PLACE, _END64 = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_END_SIZE, _END64_PLACE_SIZE, _COMMENT = 22, 20, 65_535


def refuse_long_directory(path: Path) -> None:
    """Raise FileRefused for a zip whose list of entries alone would fill the memory.

    zipfile reads that list whole, and only then can entries be counted. Its size stands in the
    end record (APPNOTE 6.3.10, 4.3.14–16); a zip without one is left to zipfile to refuse.
    """
    with path.open("rb") as stream:
        size = _directory_size(stream, path.stat().st_size)
    if size > MAX_DIRECTORY:
        raise FileRefused("zip_too_many", {"limit": MAX_ENTRIES})


def _directory_size(stream: BinaryIO, length: int) -> int:
    start = max(length - _END_SIZE - _COMMENT - _END64_PLACE_SIZE, 0)
    stream.seek(start)
    tail = stream.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + _END_SIZE:
        return 0
    (size,) = struct.unpack_from("<I", tail, end + 12)
    place = end - _END64_PLACE_SIZE
    if place >= 0 and tail[place : place + 4] == _END64_PLACE:
        (at,) = struct.unpack_from("<Q", tail, place + 8)
        stream.seek(min(at, length))
        record = stream.read(56)
        if record[:4] == _END64 and len(record) == 56:
            size = max(size if size != 0xFFFFFFFF else 0, struct.unpack_from("<Q", record, 40)[0])
    return int(size)


# -- one document inside a zip ----------------------------------------------------------------


class Parts:
    """The parts of a document that is a zip inside (a workbook, a KMZ), read into memory.

    All of them together may not give more than ``limit`` bytes.
    """

    def __init__(self, path: Path, limit: int) -> None:
        """Open a zip. Raises FileRefused for one that is damaged or has too many entries."""
        self._limit = self._left = limit
        try:
            refuse_long_directory(path)
            self._archive = zipfile.ZipFile(path)
            infos = self._archive.infolist()
        except DAMAGED as error:
            raise FileRefused("zip_broken") from error
        if len(infos) > MAX_ENTRIES:
            self.close()
            raise FileRefused("zip_too_many", {"limit": MAX_ENTRIES})
        self._infos = {entry_name(info): info for info in infos}
        self._folded = {name.casefold(): name for name in reversed(self._infos)}

    def __enter__(self) -> "Parts":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the zip."""
        self._archive.close()

    @property
    def names(self) -> list[str]:
        """The names of all entries, in the zip's order, without folders."""
        return [name for name in self._infos if not name.endswith("/")]

    def chunks(self, name: str) -> Generator[bytes, None, None]:
        """Yield a part's bytes; nothing for a part that is not there. Case does not matter."""
        info = self._infos.get(self._folded.get(name.casefold(), name))
        if info is None:
            return
        if info.flag_bits & ENCRYPTED_FLAG:
            raise FileRefused("zip_encrypted")
        try:
            with self._archive.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    self._left -= len(chunk)
                    if self._left < 0:
                        raise FileRefused("zip_too_big", {"limit": self._limit // MIB})
                    yield chunk
        except DAMAGED as error:
            raise FileRefused("zip_broken") from error

    def read(self, name: str) -> bytes:
        """Return a part's bytes; empty for a part that is not there."""
        return b"".join(self.chunks(name))
