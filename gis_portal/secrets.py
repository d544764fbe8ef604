"""Secrets that a machine makes for itself, so that a fresh clone needs none and shares none."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path


def local_secret(path: Path) -> str:
    """Return the secret kept in a file only its owner may read; made on the first call."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, written = tempfile.mkstemp(dir=path.parent)  # mode 0600
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(50))
        # Of two processes that start together the first link wins and both read the same secret.
        with suppress(FileExistsError):
            os.link(written, path)
        Path(written).unlink()
    return path.read_text(encoding="ascii").strip()
