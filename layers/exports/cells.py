"""What a value is as text, and how a cell is kept from being run by a spreadsheet."""

import json
import re
from typing import Any

LIST_MARK = ";"
"""What joins several values in one cell (自治体標準: 対象となる町会・自治会)."""

# OWASP, "CSV Injection": a spreadsheet takes a cell that begins so for a formula, the full-width
# forms under a Japanese locale. Blanks and invisible signs before them change nothing.
_TRIGGERS = frozenset("=+-@\t\r\n＝＋－＠")
_INVISIBLE = " \u3000\xa0\u200b\ufeff"
_SUSPECT = _TRIGGERS | frozenset(_INVISIBLE)
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
# What lists write for "none"; there is nothing behind it to compute.
_DASHES = re.compile(r"[-－]+")
_LINE = re.compile(r"[\r\n\t]+")


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet runs: with an apostrophe before what may be a formula.

    A number (-12.5) and a bare dash ("none") stay as they are. A telephone number written as
    +81-233-22-2111 gets one: a spreadsheet would subtract it.
    """
    if text[:1] not in _SUSPECT:  # nearly every cell
        return text
    bare = text.strip(_INVISIBLE)
    if bare[:1] not in _TRIGGERS or _NUMBER.fullmatch(bare) or _DASHES.fullmatch(bare):
        return text
    return f"'{text}"


def as_text(value: Any) -> str:
    """Return a property's value as text: "" for none, several values joined, yes and no as 1, 0."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return LIST_MARK.join(as_text(part) for part in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return str(value)


def as_cell(column: str, value: Any) -> str:
    """Return a value as the standard's sheets write it in a column; not guarded yet.

    Yes and no are 有 and 無 in the columns that ask so by name (一時預かりの有無), else 1 and 0.
    """
    if isinstance(value, bool) and column.endswith("有無"):
        return "有" if value else "無"
    return as_text(value)


def one_line(value: Any) -> str:
    """Return a value as one line without blanks around it, as the facts of a feature are kept."""
    if value is None or isinstance(value, bool | list | dict):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _LINE.sub(" ", str(value)).strip(" \u3000")
