"""The larger SQL statements, kept as files in ``sql/`` so that they can be read and tried alone."""

from functools import cache
from pathlib import Path

from importers.staging import Staging

_FOLDER = Path(__file__).resolve().parent / "sql"


@cache
def _text(name: str) -> str:
    lines = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    # Comments name the parts to fill in; they are for readers.
    return "\n".join(line for line in lines if not line.startswith("--"))


def statement(name: str, staging: Staging | None = None, **parts: str) -> str:
    """Return a statement; ``{rows}``, ``{diff}`` and ``{near}`` become an import's tables.

    ``parts`` fill further braces and are SQL of this program, never a person's text.
    """
    tables = {"rows": staging.rows, "diff": staging.diff, "near": staging.near} if staging else {}
    return _text(name).format(**tables, **parts)
