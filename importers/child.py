"""Reads a file in a child process with limits, and hands on what it sends.

Files come from anywhere, and the libraries that read them are large and written in C. So they run
in a process that knows no password, has limits of time, memory and file size, and answers only
with rows in the form of binary COPY and with JSON (``reading`` is its other end).
"""

import contextlib
import functools
import json
import logging
import os
import pickle
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol, cast

from importers.area import City
from importers.options import ImportOptions
from importers.problems import FileRefused, Problem, Severity

FRAME = struct.Struct(">cQ")
EXPECT, ROWS, PROBLEMS, DONE, REFUSED = b"E", b"R", b"P", b"D", b"F"
COUNT = struct.Struct(">I")
"""Stands before the rows of a frame: how many they are."""

DRIVERS = frozenset(["ESRI Shapefile", "GPKG"])
"""What GDAL may open in a child. Others (VRT, WFS, HTTP, …) would follow a file to other files."""

_PROJECT = Path(__file__).resolve().parent.parent
_log = logging.getLogger(__name__)


class Sink(Protocol):
    """Takes what a child sends, in the order it sends it. May raise to end the child."""

    def expect(self, total: int) -> None:
        """Take the number of rows there are to be."""
        ...

    def rows(self, data: bytes | memoryview, count: int) -> None:
        """Take a batch of rows as binary COPY data."""
        ...

    def tell(self, problems: list[Problem]) -> None:
        """Take problems."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What each process of a child may use: memory for data (MiB), time (s), file size (MiB)."""

    memory: int = 2048
    seconds: int = 1800
    file: int = 2048


def examined(
    path: Path, options: ImportOptions, city: City, sink: Sink, limits: Limits | None = None
) -> dict[str, Any]:
    """Return what was found out about a file as plain JSON (``Inspection.record``).

    Raises FileRefused, also where the child went beyond its limits ("reader_slow",
    "reader_memory", "reader_disk") or died of the file ("reader_died").
    """
    limits = limits or Limits()
    folder = tempfile.mkdtemp(prefix="import-")
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "importers.reading"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(folder),
        cwd=_PROJECT,
        start_new_session=True,
    )
    asked, answered, complained = (
        cast(IO[bytes], pipe) for pipe in (process.stdin, process.stdout, process.stderr)
    )
    complaints: list[bytes] = []
    listener = threading.Thread(target=_listen, args=(complained, complaints), daemon=True)
    listener.start()
    late = threading.Event()
    clock = threading.Timer(limits.seconds, _end, (process, late))
    clock.start()
    try:
        _ask(asked, pickle.dumps((path, options, city, limits)))
        answer = _answer(answered, sink)
        if answer is None:
            process.wait()
            listener.join(timeout=5)
            said = b"".join(complaints).decode(errors="replace")
            _log.log(logging.WARNING, "%s: %s", path.name, said)
            raise _death(process.returncode, late.is_set(), limits)
        return answer
    finally:
        clock.cancel()
        _end(process)
        listener.join(timeout=5)
        for pipe in (asked, answered, complained):
            with contextlib.suppress(OSError):
                pipe.close()
        shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: str) -> dict[str, str]:
    """Return the child's environment: nothing of the site's own is in it."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return {
        **kept,
        "TMPDIR": folder,
        "HOME": folder,
        "GDAL_SKIP": ",".join(sorted(_all_drivers() - DRIVERS)),
        "PROJ_NETWORK": "OFF",
        # Threads and pools that reserve memory by the processor would use up the limit.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "2",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


@functools.cache
def _all_drivers() -> frozenset[str]:
    import pyogrio  # here, because the web process needs no GDAL of its own

    return frozenset(pyogrio.list_drivers())


def _ask(pipe: IO[bytes], question: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):  # its death is told by what it left unsaid
        pipe.write(question)
        pipe.close()


def _answer(pipe: IO[bytes], sink: Sink) -> dict[str, Any] | None:
    """Return the record a child ends with, or None where it ends without one."""
    for kind, data in _frames(pipe):
        if kind == ROWS:
            sink.rows(data[COUNT.size :], COUNT.unpack_from(data)[0])
            continue
        said = json.loads(bytes(data))
        if kind == EXPECT:
            sink.expect(said)
        elif kind == PROBLEMS:
            sink.tell([Problem(r, f, c, Severity(s), p) for r, f, c, s, p in said])
        elif kind == REFUSED:
            raise FileRefused(said["code"], said["params"])
        elif kind == DONE:
            return dict(said)
    return None


def _frames(pipe: IO[bytes]) -> Iterator[tuple[bytes, memoryview]]:
    while len(head := pipe.read(FRAME.size)) == FRAME.size:
        kind, length = FRAME.unpack(head)
        data = pipe.read(length)
        if len(data) < length:
            return
        yield kind, memoryview(data)


def _listen(pipe: IO[bytes], complaints: list[bytes]) -> None:
    """Keep the end of what a child complains of, so that it never waits for a reader."""
    while chunk := os.read(pipe.fileno(), 4096):
        complaints.append(chunk)
        del complaints[:-4]


def _end(process: subprocess.Popen[bytes], late: threading.Event | None = None) -> None:
    if process.poll() is None:
        if late:
            late.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _death(code: int, late: bool, limits: Limits) -> FileRefused:
    if late or code == -signal.SIGXCPU:
        return FileRefused("reader_slow", {"minutes": max(limits.seconds // 60, 1)})
    return FileRefused("reader_died")
