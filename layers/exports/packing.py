"""Zips whose bytes depend on their content only, written piece by piece."""

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

_LEVEL = 6
_LARGE = 1 << 31
_NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold."""
_PLAIN_FILE = 0o644 << 16
_UNIX = 3


def pack(path: Path, members: Mapping[str, Path | bytes]) -> None:
    """Write a zip of files (or bytes) by name, in the order given."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, member in members.items():
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr, entry.create_system = _PLAIN_FILE, _UNIX
            if isinstance(member, bytes):
                archive.writestr(entry, member)
                continue
            large = member.stat().st_size >= _LARGE
            with member.open("rb") as source, archive.open(
                entry, "w", force_zip64=large
            ) as target:  # fmt: skip
                shutil.copyfileobj(source, target, 1 << 20)
