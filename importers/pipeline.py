"""Work on a file's batches: by several processes at once, and from a store read more than once."""

import multiprocessing
import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pyarrow as pa

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

PROCESSES = 2
"""How many work at once; each holds a batch."""


class Spread(Protocol):
    """A way to do the same work on many items."""

    def __call__(
        self, work: Callable[[_Item], _Result], items: Sequence[_Item], /
    ) -> Iterator[_Result]:
        """Yield what ``work`` makes of each item, in the items' order."""
        ...


def one_by_one(work: Callable[[_Item], _Result], items: Sequence[_Item]) -> Iterator[_Result]:
    """Yield what ``work`` makes of each item, in this process."""
    return map(work, items)


def forked(work: Callable[[_Item], _Result], items: Sequence[_Item]) -> Iterator[_Result]:
    """Yield what ``work`` makes of each item, in PROCESSES copies of this process.

    Threads would not do: shapely and GEOS hold Python's lock where they make or read objects. A
    copy sees all that this process holds, and shares its memory; only items and results are sent,
    by pickle. For a process that does nothing else at the time: a reader's (``reading``).
    """
    if len(items) < 2:
        yield from map(work, items)
        return
    global _work
    _work = work
    try:
        with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("fork")) as pool:
            running: deque[Future[Any]] = deque()
            for item in items:
                running.append(pool.submit(_done, item))
                if len(running) > 2 * PROCESSES:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
    finally:
        _work = _nothing


def _nothing(item: Any) -> Any:
    raise RuntimeError("there is no work")


_work: Callable[[Any], Any] = _nothing
"""What the copies are to do: they have it from this process, so that it needs no pickle."""


def _done(item: Any) -> Any:
    return _work(item)


class Spool:
    """Record batches in a file: more than memory holds, and read as often as asked."""

    def __init__(self, kept: Future[pa.ipc.RecordBatchFileReader | None]) -> None:
        """Take the file to come (``spooled``); None stands for no batch at all."""
        self._kept = kept

    def __len__(self) -> int:
        """Return how many batches there are, once all are taken."""
        kept = self._kept.result()
        return kept.num_record_batches if kept else 0

    def __getitem__(self, number: int) -> pa.RecordBatch:
        """Return a batch (from 0), as it lies in the file."""
        if not (kept := self._kept.result()):
            raise IndexError(number)
        return kept.get_batch(number)


@contextmanager
def spooled(source: Iterator[pa.RecordBatch]) -> Iterator[Spool]:
    """Take batches of one schema from a slow source, in a thread, while a block does other things.

    At the end of the block all of them are there; what the source raised is raised then. Where the
    block itself fails, the source is left at its next batch.
    """
    unwanted = threading.Event()
    with ThreadPoolExecutor(1, "spool") as pool:
        kept = pool.submit(_written, source, unwanted)
        try:
            yield Spool(kept)
            kept.result()
        finally:
            unwanted.set()


def _written(
    source: Iterator[pa.RecordBatch], unwanted: threading.Event
) -> pa.ipc.RecordBatchFileReader | None:
    handle, name = tempfile.mkstemp(prefix="spool-", suffix=".arrow")
    os.close(handle)
    writer = None
    try:
        for batch in source:
            writer = writer or pa.ipc.new_file(name, batch.schema)
            writer.write_batch(batch)
            if unwanted.is_set():
                break
        if writer is None:
            return None
        writer.close()
        # The map keeps what lies in the file when its name is gone.
        return pa.ipc.open_file(pa.memory_map(name))
    finally:
        if close := getattr(source, "close", None):
            close()  # a generator lets go here of what it opened, not when it is collected
        Path(name).unlink()
