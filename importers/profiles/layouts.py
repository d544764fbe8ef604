"""Coded columns (P29_004) whose meaning changes with the edition of their data set.

国土数値情報 publishes under the same codes again and again, and a code may mean another thing each
time: P29_004 is the kind of a school in P29-13 and its name in P29-21, with the same seven columns
in both. So the file's name decides (``P29-21_06``), and without an edition in it the columns decide
only where one edition alone has them. Nothing is guessed: what is left is "not known".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_COLUMN = re.compile(r"([A-Z]\d{2}[a-z]?)_(\d{3})(?:_\d{1,2})?[a-z]?", re.IGNORECASE)
_NAMED = re.compile(
    r"(?<![A-Za-z0-9])([A-Z]\d{2})[a-z]?-(\d{8}|\d{6}|\d{4}|\d{2})(?!\d)", re.IGNORECASE
)
ALWAYS = (1900, 9999)
"""The years of a layout that has not changed since its data set began."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Which columns the editions of some years have: their numbers, and the years (both count)."""

    numbers: frozenset[int]
    years: tuple[int, int] = ALWAYS


@dataclass(frozen=True, slots=True)
class Layout:
    """One of the layouts a data set is known in: ``editions[which]``; None: the set, not which.

    ``code`` is the columns' prefix (``P29``, ``A31a``); "" for any set that nothing else knows.
    """

    code: str
    editions: tuple[Edition, ...]
    which: int | None

    def recognises(self, headers: Sequence[str], file_name: str) -> float:
        """Return 0 unless this is the layout of the columns, else the more the more there are."""
        coded = [found for header in headers if (found := column(header))]
        codes = {code.casefold() for code, _ in coded}
        if len(codes) != 1:
            return 0.0
        if not self.code:
            return 0.5
        if codes != {self.code.casefold()}:
            return 0.0
        numbers = {number for _, number in coded}
        settled = decided(self.editions, numbers, named_year(file_name, self.code))
        return 1.0 + len(numbers) if settled == self.which else 0.0


def column(header: str) -> tuple[str, int] | None:
    """Return a coded column's data set and number (``P29_004`` → P29, 4), None for another."""
    found = _COLUMN.fullmatch(header.strip())
    return (found[1], int(found[2])) if found else None


def named_year(file_name: str, code: str) -> int | None:
    """Return the edition's year that a file's name gives: P29-21 and N03-20210101 say 2021."""
    for found in _NAMED.finditer(file_name):
        if found[1].casefold() == code[:3].casefold():
            digits = found[2]
            if len(digits) == 8 or (digits[:2] in ("19", "20") and len(digits) > 2):
                return int(digits[:4])
            year = int(digits[:2])
            return year + (1900 if year > 60 else 2000)
    return None


def decided(editions: Sequence[Edition], numbers: set[int], year: int | None) -> int | None:
    """Return which edition has these columns, None where that is not certain.

    Of the editions of the year, or of all where it is not known, the one that has just these
    columns, else the only one that has them all: a clipped file may lack some.
    """
    fitting = [
        index
        for index, edition in enumerate(editions)
        if numbers <= edition.numbers
        and (year is None or edition.years[0] <= year <= edition.years[1])
    ]
    exact = [index for index in fitting if editions[index].numbers == numbers]
    chosen = exact or fitting
    return chosen[0] if len(chosen) == 1 else None
