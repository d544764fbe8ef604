"""What runs in the child process: reads one file and writes frames to its standard output.

Its question comes pickled from the parent; its answer is frames (``child``), never a pickle.
"""

import errno
import json
import multiprocessing
import os
import pickle
import resource
import sys
from typing import IO, Any

from importers.child import COUNT, DONE, EXPECT, FRAME, PROBLEMS, REFUSED, ROWS, Limits
from importers.problems import FileRefused, Problem

_MIB = 1_048_576
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def limit(limits: Limits) -> None:
    """Set this process's limits; they can't be raised again."""
    for what, value in (
        (resource.RLIMIT_DATA, limits.memory * _MIB),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, limits.file * _MIB),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (value, value))


class Frames:
    """A sink that writes what it takes as frames; copies of this process write in turn."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Write to a stream."""
        self._stream = stream
        self._turn = multiprocessing.get_context("fork").Lock()

    def expect(self, total: int) -> None:
        """Send how many rows there are to be."""
        self.send(EXPECT, total)

    def rows(self, batch: Any) -> None:
        """Send a batch of rows as binary COPY data."""
        from importers.rows import copied

        self._write(ROWS, COUNT.pack(len(batch)), copied(batch))

    def tell(self, problems: list[Problem]) -> None:
        """Send problems."""
        if problems:
            self.send(
                PROBLEMS, [[p.row, p.field, p.code, p.severity.value, p.params] for p in problems]
            )

    def refuse(self, refusal: FileRefused) -> None:
        """Send why the file can't be taken."""
        self.send(REFUSED, {"code": refusal.code, "params": refusal.params})

    def send(self, kind: bytes, said: Any) -> None:
        """Send JSON."""
        self._write(kind, json.dumps(said, ensure_ascii=False).encode())

    def _write(self, kind: bytes, *parts: bytes | memoryview) -> None:
        with self._turn:
            self._stream.write(FRAME.pack(kind, sum(len(part) for part in parts)))
            for part in parts:
                self._stream.write(part)
            self._stream.flush()


def main() -> None:
    """Answer the one question on standard input."""
    frames = Frames(os.fdopen(os.dup(1), "wb", buffering=_MIB))
    os.dup2(2, 1)  # what a library prints must not stand among the frames
    path, options, city, limits = pickle.load(sys.stdin.buffer)  # noqa: S301 - the parent's own
    limit(limits)
    try:
        from importers.inspect import inspect  # after the limits, which hold for the libraries too
        from importers.pipeline import forked

        frames.send(DONE, inspect(path, options, city, frames, forked).record())
    except FileRefused as refusal:
        frames.refuse(refusal)
    except OSError as failed:
        if failed.errno not in _NO_ROOM:
            raise
        frames.refuse(FileRefused("reader_disk"))
    except MemoryError:
        frames.refuse(FileRefused("reader_memory", {"limit": limits.memory}))


if __name__ == "__main__":
    main()
