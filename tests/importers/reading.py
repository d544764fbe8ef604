"""Ask the importers about a file, as every test of a format does."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from importers.area import City
from importers.check import Checked, Collected
from importers.inspect import ImportOptions, Inspection, inspect
from importers.problems import FileRefused, Problem
from importers.readers import READERS
from importers.rows import Candidate
from importers.source import opened
from importers.table import Table
from tests.importers.cities import SHINJO


@dataclass(frozen=True)
class Found:
    """An inspection and what went into its sink."""

    path: Path
    options: ImportOptions
    city: City
    inspection: Inspection
    candidates: list[Candidate]
    problems: list[Problem]

    @property
    def table(self) -> Table:
        """What the reader gives, before any check."""
        with opened(self.path, self.options.layer_name) as source:
            return READERS[source.format](source, self.options, self.city)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every row as the reader gives it."""
        table = self.table
        return [table.row(index) for index in range(len(table))]

    @property
    def checked(self) -> Checked:
        return self.inspection.checked

    def record(self) -> dict[str, Any]:
        return self.inspection.record()


def read(path: Path, city: City = SHINJO, **options: Any) -> Found:
    """Return what was found out about a file."""
    sink, asked = Collected(), ImportOptions(**options)
    inspection = inspect(path, asked, city, sink)
    return Found(path, asked, city, inspection, sink.candidates, sink.problems)


def refused(path: Path, city: City = SHINJO, **options: Any) -> FileRefused:
    """Return why a file is refused; fail where it isn't."""
    with pytest.raises(FileRefused) as refusal:
        read(path, city, **options)
    return refusal.value


def codes(found: Found) -> list[tuple[str, int | None]]:
    """Return the problems of a file as (code, row)."""
    return [(problem.code, problem.row) for problem in found.problems]
