"""What the value rules have in common: a cell, its reading, and whether they say the same."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from importers.problems import Problem

Read = tuple[Any, Problem | None]
"""A cell's reading and what should be known of it.

The reading is the cell itself where it can't be read. The problem stands without row and column;
``values.read_column`` fills them in.
"""
CellReader = Callable[[Any], Read]

SHOWN = 40
"""So many characters of a cell are shown in a sentence."""

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−─━ー－ｰ", "-"))
_NOTHING = re.compile(r"-*|なし|無し|ナシ")
_SPACE = re.compile(r"[\s\u3000\u200b\ufeff]+")
_PLAIN_MARKS = re.compile(r"[\s\-_.,:;/()・、。〒年月日時分]+")
_RUN = re.compile(r"\d+|[^\d]+")


def plain(value: Any) -> str:
    """Return a cell as text in one width, without blanks; a whole float without its decimals."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _SPACE.sub("", unicodedata.normalize("NFKC", str(value)))


def dashed(text: str) -> str:
    """Return a text with every kind of dash, and the long-vowel sign, as a plain hyphen."""
    return text.translate(_DASHES)


def is_blank(value: Any) -> bool:
    """Say whether a cell holds nothing to read: blank, or only a dash or なし."""
    return value is None or (
        isinstance(value, str) and bool(_NOTHING.fullmatch(dashed(plain(value))))
    )


def shown(value: Any) -> str:
    """Return a cell as it is quoted in a sentence."""
    text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
    return text[:SHOWN]


def spelled_alike(source: Any, reading: Any) -> bool:
    """Say whether a reading differs from its cell in spelling only.

    Spelling is width, blanks, punctuation, 年月日 and 時分, and a number's leading zeros: 9:00 and
    09:00, (054)625-0128 and 054-625-0128. An era, a unit, a digit that was added is more.
    """
    if isinstance(reading, list):
        reading = "".join(str(part) for part in reading)
    if source is None or reading is None:
        return source is reading
    if isinstance(reading, int | float) and _number(source) == reading:
        return True
    before, after = _marks_gone(source), _marks_gone(reading)
    return "".join(before) == "".join(after) or _unpadded(before) == _unpadded(after)


def _marks_gone(value: Any) -> list[str]:
    words = _PLAIN_MARKS.split(dashed(plain(value)).casefold())
    return [run for word in words for run in _RUN.findall(word)]


def _unpadded(runs: list[str]) -> list[str]:
    return [run.lstrip("0") or "0" if run.isdecimal() else run for run in runs]


def _number(value: Any) -> float | None:
    try:
        return float(plain(value).replace(",", ""))
    except ValueError:
        return None
