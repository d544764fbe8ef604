"""Telephone numbers, postal codes and web addresses as they stand in lists."""

import re
from typing import Any
from urllib.parse import urlsplit

from importers.problems import warning
from importers.values.cell import Read, dashed, is_blank, plain, shown

# -- telephone --------------------------------------------------------------------------------

_LABEL = re.compile(r"^(?:代表)?(?:電話番号|電話|tel|phone|fax|ファックス|ファクス|☎|℡)[.:]?", re.I)
_PARTS = re.compile(r"\+?\d+(?:-\d+)*|#\d{4}")
_BRACKETS = re.compile(r"^\((\+?\d+)\)-?|-?\((\d+)\)-?")
_SHORT_CODES = frozenset({"110", "118", "119", "171", "188", "189"})
"""Whole numbers: police, coast guard, fire, disaster messages, consumers, children."""


def phone(value: Any) -> Read:
    """Return a telephone number in half width with hyphens between its parts; else the cell.

    Digits are neither added nor taken away: a number without hyphens stays without, and one that
    lacks its area code or its first 0 stays and is told. An extension or a second number in the
    cell (内線12, 代表) leaves the cell as it is.
    """
    if is_blank(value):
        return value, None
    unreadable = warning("phone_unreadable", None, None, text=shown(value))
    if isinstance(value, bool | list):
        return value, unreadable
    text = dashed(_LABEL.sub("", plain(_spaced(value))))
    text = _BRACKETS.sub(lambda found: f"{found[1] or f'-{found[2]}'}-", text)
    if not _PARTS.fullmatch(text):
        return value, unreadable
    digits = re.sub(r"\D", "", text)
    whole = len(digits) in (10, 11) and digits.startswith("0")
    short = digits in _SHORT_CODES or text.startswith("#")  # #7119
    if whole or short or (text.startswith("+") and 8 <= len(digits) <= 15):
        return text, None
    return value, warning("phone_incomplete", None, None, text=shown(value))


def _spaced(value: Any) -> Any:
    """Return a text whose digits are parted by blanks with hyphens there (0233 22 2111)."""
    if isinstance(value, str):
        return re.sub(r"(?<=\d)[ \u3000]+(?=\d)", "-", value.strip())
    return value


# -- postal code ------------------------------------------------------------------------------

_POSTAL = re.compile(r"(\d{3})-?(\d{4})")


def postal(value: Any) -> Read:
    """Return a postal code as ``NNN-NNNN``; a number that lost its first zeros gets them back."""
    if is_blank(value):
        return value, None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    text = dashed(plain(value)).removeprefix("〒").removeprefix("-")
    if number and text.isdecimal() and len(text) in (5, 6):
        text = text.rjust(7, "0")  # 0600000 is 600000 in a column of numbers
    if not isinstance(value, bool | list) and (found := _POSTAL.fullmatch(text)):
        return f"{found[1]}-{found[2]}", None
    return value, warning("postal_unreadable", None, None, text=shown(value))


# -- web address ------------------------------------------------------------------------------

_HOST = re.compile(r"[^\s.]+(\.[^\s.]+)+")


def url(value: Any) -> Read:
    """Return a web address without the blanks around it. Only http and https are addresses here.

    Nothing is added: www.example.jp without its https:// stays as it is and is told.
    """
    if is_blank(value):
        return value, None
    unreadable = warning("url_unreadable", None, None, text=shown(value))
    if not isinstance(value, str):
        return value, unreadable
    text = value.strip(" \t\r\n\u3000\ufeff")
    if not text.isascii() and plain(text[:8]).casefold().startswith(("http:/", "https:/")):
        narrow = plain(text)
        text = narrow if narrow.isascii() else text
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return value, unreadable
    good = parts.scheme in ("http", "https") and _HOST.fullmatch(host)
    if not good or re.search(r"[\s<>\"]", text):
        return value, unreadable
    return text, None
