"""What can be wrong with a file or a row, as stable codes; the sentences are in ``messages``."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """What a problem does: an error leaves the row out, a warning tells and takes the row."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing a person should know about a row (or, with ``row`` None, about the whole file).

    ``row`` is counted as the person sees it (see ``Table.row_numbers``), ``field`` is the column's
    name in the source, ``params`` fill the placeholders of the sentence and are plain JSON.
    """

    row: int | None
    field: str | None
    code: str
    severity: Severity
    params: dict[str, Any] = dataclasses.field(default_factory=dict)


class FileRefused(Exception):
    """The whole file can't be taken; ``code`` and ``params`` say why and what to do next."""

    def __init__(self, code: str, params: Mapping[str, Any] | None = None) -> None:
        """Keep code and params; both are plain values, so that the refusal can be pickled."""
        super().__init__(code, dict(params or {}))
        self.code = code
        self.params: dict[str, Any] = dict(params or {})

    def record(self) -> dict[str, Any]:
        """Return code and params as plain JSON, as an import keeps them."""
        return {"code": self.code, "params": self.params}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was decided about a file (an encoding, a coordinate system) and what speaks for it.

    ``name`` is the decision (``cp932``, ``EPSG:6678``), ``evidence`` the code of the reason.
    """

    name: str
    evidence: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)


def error(code: str, row: int | None = None, field: str | None = None, **params: Any) -> Problem:
    """Return a problem that leaves its row out."""
    return Problem(row, field, code, Severity.ERROR, params)


def warning(code: str, row: int | None = None, field: str | None = None, **params: Any) -> Problem:
    """Return a problem that is told while the row is taken."""
    return Problem(row, field, code, Severity.WARNING, params)
