"""Real files of cities and agencies, which lie beside the project and are not part of it."""

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_data(*parts: str) -> Path:
    """Return a real file; skip the test where the folder is missing, fail in CI."""
    if not FOLDER.is_dir():
        reason = f"the folder of real files is missing: {FOLDER}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return FOLDER.joinpath(*parts)
