"""Ask the importers about a file, as every test of a format does."""

from pathlib import Path
from typing import Any

import pytest

from importers.inspect import ImportOptions, Inspection, inspect
from importers.problems import FileRefused
from tests.importers.cities import SHINJO


def read(path: Path, **options: Any) -> Inspection:
    """Return what was found out about a file."""
    return inspect(path, ImportOptions(**options), SHINJO)


def refused(path: Path, **options: Any) -> FileRefused:
    """Return why a file is refused; fail where it isn't."""
    with pytest.raises(FileRefused) as refusal:
        read(path, **options)
    return refusal.value


def codes(found: Inspection) -> list[tuple[str, int | None]]:
    """Return the problems of a file as (code, row)."""
    return [(problem.code, problem.row) for problem in found.checked.problems]
