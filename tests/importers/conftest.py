"""What the tests of the screens start from."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.importers.planner import planner, signed_in


@pytest.fixture
def own_folder(tmp_path: Path, settings: Any) -> None:
    """Files that are sent lie in a folder of the test."""
    settings.IMPORT_DIR = tmp_path / "imports"


@pytest.fixture
def staff(db: None) -> Client:
    """A planner who is signed in."""
    return signed_in(planner())
