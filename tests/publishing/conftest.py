"""A tree of its own for each test."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def tree_of_the_test(tmp_path: Path, settings: Any) -> Path:
    """Where the test's files are published."""
    settings.BAKE_DIR = tmp_path / "bake"
    return tmp_path / "bake"
