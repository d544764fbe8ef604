"""Work on batches: in copies of the process, and from a spool."""

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from importers.pipeline import one_by_one, spooled
from importers.problems import FileRefused
from tests.importers.test_child import in_child


def batches(*sizes: int, closed: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yield batches of numbers, counted on."""
    start = 0
    try:
        for size in sizes:
            yield pa.RecordBatch.from_pydict({"n": list(range(start, start + size))})
            start += size
    finally:
        if closed is not None:
            closed.append("closed")


def test_a_spool_gives_each_batch_as_often_as_it_is_asked() -> None:
    with spooled(batches(3, 1, 2)) as spool:
        pass
    for _ in range(2):
        found = [spool[number].column(0).to_pylist() for number in range(len(spool))]
        assert found == [[0, 1, 2], [3], [4, 5]]


def test_a_spool_of_nothing_has_no_batch() -> None:
    with spooled(batches()) as spool:
        pass
    assert len(spool) == 0
    with pytest.raises(IndexError):
        spool[0]


def test_what_the_source_raised_is_raised_at_the_end_of_the_block() -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from batches(1)
        raise FileRefused("shp_broken")

    reached = []
    with pytest.raises(FileRefused, match="shp_broken"), spooled(broken()):
        reached.append("end")
    assert reached == ["end"]


def test_a_spool_leaves_no_file_and_its_source_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    closed: list[str] = []
    with spooled(batches(2, 2, closed=closed)) as spool:
        pass
    assert len(spool) == 2
    assert (closed, list(tmp_path.iterdir())) == (["closed"], [])


def test_where_the_block_fails_the_source_is_left() -> None:
    """A refusal ends the child at once, not after the last of a million geometries was read."""
    closed: list[str] = []

    def endless() -> Iterator[pa.RecordBatch]:
        try:
            while True:
                yield pa.RecordBatch.from_pydict({"n": [1]})
        finally:
            closed.append("closed")

    with pytest.raises(FileRefused, match="encoding_unknown"), spooled(endless()):
        raise FileRefused("encoding_unknown")
    assert closed == ["closed"]


WORK = """
import os, time
from importers.pipeline import forked
def work(number):
    time.sleep(0.02)
    return number, os.getpid()
numbers = list(range(COUNT))
found = list(forked(work, numbers))
assert [number for number, _ in found] == numbers
print(len({pid for _, pid in found} - {os.getpid()}))
"""


@pytest.mark.parametrize(("count", "others"), [(0, "0"), (1, "0"), (40, "2")])
def test_work_is_done_in_order_by_copies_of_the_process_if_there_is_enough(
    count: int, others: str
) -> None:
    assert in_child(WORK.replace("COUNT", str(count))) == others


def test_what_a_copy_raises_is_raised_here() -> None:
    code = """
from importers.pipeline import forked
from importers.problems import FileRefused
def work(n):
    if n == 3:
        raise MemoryError
    return n
try:
    list(forked(work, list(range(8))))
except MemoryError:
    print("told")
"""
    assert in_child(code) == "told"


def test_a_copy_that_dies_ends_the_work() -> None:
    code = """
import os, signal
from importers.pipeline import forked
try:
    list(forked(lambda n: os.kill(os.getpid(), signal.SIGKILL), [1, 2, 3]))
except Exception as error:
    print(type(error).__name__)
"""
    assert in_child(code) == "BrokenProcessPool"


def test_in_one_process_nothing_is_forked() -> None:
    assert set(one_by_one(lambda _: os.getpid(), [1, 2, 3])) == {os.getpid()}
