"""Reads a file in a child process with limits, and hands on what it sends."""

from pathlib import Path
from typing import Any, Protocol

from importers.area import City
from importers.inspect import inspect
from importers.options import ImportOptions
from importers.problems import Problem
from importers.rows import batch_of, copied


class Sink(Protocol):
    """Takes what a child sends, in the order it sends it."""

    def expect(self, total: int) -> None:
        """Take the number of rows there are to be."""
        ...

    def rows(self, data: bytes | memoryview, count: int) -> None:
        """Take a batch of rows as binary COPY data."""
        ...

    def tell(self, problems: list[Problem]) -> None:
        """Take problems."""
        ...


def examined(path: Path, options: ImportOptions, city: City, sink: Sink) -> dict[str, Any]:
    """Return what was found out about a file as plain JSON (``Inspection.record``).

    Raises FileRefused.
    """
    inspection = inspect(path, options, city)
    rows = inspection.checked.candidates
    sink.expect(len(rows))
    sink.rows(copied(batch_of(rows)), len(rows))
    sink.tell(inspection.checked.problems)
    return inspection.record()
