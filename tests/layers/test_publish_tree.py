"""The tree of files."""

from itertools import pairwise
from pathlib import Path

from layers.publish import tree


def test_a_file_is_a_second_newer_than_what_it_replaces(tmp_path: Path) -> None:
    """Web servers know whole seconds: two versions of one second would be one to them."""
    path = tmp_path / "manifest.json"
    seconds = []
    for number in range(5):
        tree.write(path, f"version {number}".encode())
        seconds.append([int(Path(f"{path}{end}").stat().st_mtime) for end in ("", ".gz", ".br")])
    for earlier, later in pairwise(seconds):
        assert all(one < other for one, other in zip(earlier, later, strict=True))
