"""Every real file there is: how it is read, or the sentence that refuses it (real_outcomes.csv).

The table is made by this module (``python -m tests.importers.test_every_real_file``) and read by a
person before it is kept: it holds what was measured, not what was hoped for.
"""

import csv
import io
import sys
from collections import Counter
from pathlib import Path

import pytest

from importers.messages import message
from importers.problems import FileRefused
from tests.importers.cities import SHINJO, YAIZU
from tests.importers.reading import read
from tests.shared_data import FOLDER, shared_data

TABLE = Path(__file__).with_name("real_outcomes.csv")
PARTS = {".shx", ".dbf", ".prj", ".cpg", ".md", ".txt"}
"""Files that are no file of data by themselves: parts of a shapefile, and what people read."""


def real_files() -> list[str]:
    """Return every file of data, by its path under the folder of real files."""
    return sorted(
        path.relative_to(FOLDER).as_posix()
        for path in FOLDER.rglob("*")
        if path.is_file() and path.suffix not in PARTS and path.name != "attributes.csv"
    )


def outcome(name: str) -> tuple[str, ...]:
    """Return encoding, system, profile, rows read and taken, problems; or the refusal's code."""
    city = SHINJO if name.startswith("shinjo/") else YAIZU
    try:
        found = read(FOLDER / name, city)
    except FileRefused as refusal:
        said = refusal.code if message(refusal) != refusal.code else "a refusal without a sentence"
        return (said, "", "", "", "", "")
    counts = Counter(problem.code for problem in found.problems)
    record = found.record()
    return (
        record["encoding"]["name"],
        str(record["crs"]["epsg"]),
        record["profile"],
        str(record["counts"]["read"]),
        str(len(found.candidates)),
        " ".join(f"{code}:{count}" for code, count in sorted(counts.items())),
    )


def kept() -> dict[str, tuple[str, ...]]:
    """Return the table."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return {row[0]: tuple(row[1:]) for row in list(csv.reader(stream))[1:]}


def test_the_table_holds_every_file() -> None:
    shared_data()
    assert real_files() == sorted(kept())


@pytest.mark.parametrize("name", sorted(kept()) if TABLE.exists() else [])
def test_a_real_file_comes_out_as_the_table_says(name: str) -> None:
    shared_data()
    assert outcome(name) == kept()[name]


def written() -> str:
    """Return the table as measured now."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["file", "encoding or refusal", "epsg", "profile", "read", "taken", "problems"])
    table.writerows([name, *outcome(name)] for name in real_files())
    return text.getvalue()


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(written())
