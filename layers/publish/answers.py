"""One file as HTTP answers it: which of its twins, whether it is still the same, which part of it.

The entity tag is nginx's own (time and size of what is sent, in hexadecimal), so that it does not
matter which of the two answers. So is the rule that only what lies uncompressed is sent in parts.
``conditions`` is a WSGI environ, or Django's ``request.META``: headers as ``HTTP_…``. (RFC 9110)
"""

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from typing import Any

Headers = list[tuple[str, str]]

TWINS = (("br", ".br"), ("gzip", ".gz"))
"""Codings and the endings of the files that have them, the better one first."""
CONDITIONAL = (
    "HTTP_RANGE",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
)
"""With none of these a GET is answered with the whole file."""
PHRASES = {
    200: "200 OK",
    204: "204 No Content",
    206: "206 Partial Content",
    304: "304 Not Modified",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    412: "412 Precondition Failed",
    416: "416 Range Not Satisfiable",
    503: "503 Service Unavailable",
}
PIECE = 1 << 18
"""Bytes read at a time from a file that is too large to be read at once."""
AT_ONCE = 1 << 20
"""Files up to so many bytes are read at once."""
_RANGE = re.compile(r"\s*(\d*)\s*-\s*(\d*)\s*")
_TAG = re.compile(r'(W/)?("[^"]*")')


@lru_cache(maxsize=512)
def accepted(header: str) -> frozenset[str]:
    """Return which of our codings an Accept-Encoding header takes; ``q=0`` refuses one."""
    taken = set()
    for item in header.lower().split(","):
        coding, _, weight = item.partition(";")
        name, _, q = weight.partition("=")
        if coding.strip() in ("br", "gzip") and not (
            name.strip() == "q" and not q.strip().strip("0.")
        ):
            taken.add(coding.strip())
    return frozenset(taken)


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that is open: what is read of it belongs to these times and sizes."""

    descriptor: int
    path: str
    stamp: tuple[int, int, int]
    size: int
    modified: int
    coding: str
    varies: bool

    @property
    def etag(self) -> str:
        """The strong entity tag."""
        return f'"{self.modified:x}-{self.size:x}"'

    @property
    def last_modified(self) -> str:
        """The time of the last change, as HTTP writes it."""
        return formatdate(self.modified, usegmt=True)

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)

    def all(self) -> bytes:
        """Return the whole content."""
        return b"".join(Pieces(self, 0, self.size))


def stamp_of(path: str) -> tuple[int, int, int] | None:
    """Return what changes with a file's content; None where it is no file."""
    try:
        found = os.stat(path)  # noqa: PTH116  (each request: pathlib costs more than the question)
    except (OSError, ValueError):
        return None
    return _stamp(found) if stat.S_ISREG(found.st_mode) else None


def _stamp(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_mtime_ns, found.st_ino, found.st_size


def opened(path: str, codings: frozenset[str]) -> OpenFile | None:
    """Open a file, or its twin in the best coding that is taken; None where there is no file."""
    if stamp_of(path) is None:
        return None
    varies = False
    for coding, ending in TWINS:
        if stamp_of(path + ending) is not None:
            varies = True
            if coding in codings and (file := _open(path + ending, coding, varies=True)):
                return file
    return _open(path, "", varies=varies)


def _open(path: str, coding: str, *, varies: bool) -> OpenFile | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # gone since it was looked at
        return None
    found = os.fstat(descriptor)
    return OpenFile(
        descriptor, path, _stamp(found), found.st_size, int(found.st_mtime), coding, varies
    )


class Pieces:
    """Some bytes of an open file, a piece at a time; the file is closed behind them."""

    def __init__(self, file: OpenFile, start: int, length: int) -> None:
        """Take the file and where its part begins."""
        self._file: OpenFile | None = file
        self._at, self._end = start, start + length
        self.at_end: Callable[[], object] = bool
        """What to do when it is over, whatever way."""

    def __iter__(self) -> Iterator[bytes]:
        """Be iterated once."""
        return self

    def __next__(self) -> bytes:
        """Return the next piece."""
        if self._file is not None and self._at < self._end:
            piece = os.pread(self._file.descriptor, min(PIECE, self._end - self._at), self._at)
            if piece:
                self._at += len(piece)
                return piece
        self.close()
        raise StopIteration

    def close(self) -> None:
        """Close the file; servers call it when a visitor has gone, too."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self.at_end()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: ``body`` is a list of bytes, or pieces of a file that is open still."""

    status: int
    headers: Headers
    body: list[bytes] | Pieces


def answer(file: OpenFile, method: str, conditions: Mapping[str, Any], fixed: Headers) -> Answer:
    """Answer GET or HEAD of a file; takes care of closing it.

    ``fixed`` are headers that every answer with this content has (type, caching, …).
    """
    headers = [*fixed, ("ETag", file.etag), ("Last-Modified", file.last_modified)]
    status, start, length = _what(file, conditions)
    if status in (200, 206):
        headers.append(("Content-Length", str(length)))
    if status == 206:
        headers.append(("Content-Range", f"bytes {start}-{start + length - 1}/{file.size}"))
    elif status == 200 and file.coding:
        headers.append(("Content-Encoding", file.coding))
    elif status == 200:
        headers.append(("Accept-Ranges", "bytes"))
    elif status == 304:
        headers = [header for header in headers if header[0] != "Content-Type"]
    elif status == 416:
        headers = [("Content-Range", f"bytes */{file.size}"), ("Content-Length", "0")]
    elif status == 412:
        headers = [("Content-Length", "0")]
    if method == "HEAD" or status not in (200, 206):
        file.close()
        return Answer(status, headers, [])
    pieces = Pieces(file, start, length)
    return Answer(status, headers, [b"".join(pieces)] if length <= AT_ONCE else pieces)


def _what(file: OpenFile, conditions: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return the status, and where what is sent begins and how long it is."""
    if status := _precondition(file, conditions):
        return status, 0, 0
    wanted = conditions.get("HTTP_RANGE")
    if wanted and not file.coding and _range_holds(file, conditions.get("HTTP_IF_RANGE")):
        return _part(file.size, wanted)
    return 200, 0, file.size


def _precondition(file: OpenFile, conditions: Mapping[str, Any]) -> int:
    """Return 412 or 304 where the headers ask for that, else 0."""
    if (wanted := conditions.get("HTTP_IF_MATCH")) is not None:
        if not _names(wanted, file.etag, weak=False):
            return 412
    elif (since := _time(conditions.get("HTTP_IF_UNMODIFIED_SINCE"))) and since < file.modified:
        return 412
    if (known := conditions.get("HTTP_IF_NONE_MATCH")) is not None:
        return 304 if _names(known, file.etag, weak=True) else 0
    # The very time that we said: a file that was restored from a back-up may be older than that.
    return 304 if conditions.get("HTTP_IF_MODIFIED_SINCE") == file.last_modified else 0


def _time(header: str | None) -> float:
    """Return a header's time as seconds since 1970; 0 where it says none."""
    try:
        return parsedate_to_datetime(header).timestamp() if header else 0
    except ValueError:
        return 0


def _names(header: str, etag: str, *, weak: bool) -> bool:
    """Whether a header's list of entity tags names ours; ``*`` names any."""
    if header.strip() == "*":
        return True
    return any(tag == etag and (weak or not mark) for mark, tag in _TAG.findall(header))


def _range_holds(file: OpenFile, condition: str | None) -> bool:
    """Whether If-Range lets a part be sent: the rest that the client has is of this content."""
    return condition is None or condition in (file.etag, file.last_modified)


def _part(size: int, wanted: str) -> tuple[int, int, int]:
    """Return what to send for a Range header: a part, all of it for several parts, or 416."""
    unit, _, spans = wanted.partition("=")
    if unit.strip().lower() != "bytes" or "," in spans:
        return 200, 0, size
    found = _RANGE.fullmatch(spans)
    first, last = found.groups() if found else ("", "")
    if first:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    elif last and int(last):
        start, end = max(size - int(last), 0), size - 1
    else:
        return 416, 0, 0
    return (206, start, end - start + 1) if start <= end else (416, 0, 0)
