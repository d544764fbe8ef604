"""Codes with a check digit: local governments (総務省) and corporations (国税庁).

A local government code is five digits of JIS X 0402 (prefecture 01–47, then 000 for itself, 100–799
for a municipality) and a check digit. Spreadsheets take away its first zero (092011 → 92011) and
writers its check digit (37201 → 372013); both leave five digits, and the check digit tells which.
"""

import re
from collections.abc import Sequence
from typing import Any, Literal

from importers.problems import warning
from importers.values.cell import Read, dashed, is_blank, plain, shown

Lost = Literal["zero", "check digit"]
"""What a code of five digits has lost."""

_WEIGHTS = (6, 5, 4, 3, 2)
_DIGITS = re.compile(r"[0-9]{4,6}")


def check_digit(code5: str) -> str:
    """Return the check digit of a five-digit local government code (総務省, 検査数字).

    Each digit times 6, 5, 4, 3, 2; eleven less what the sum leaves over eleven; its last digit.
    """
    total = sum(int(digit) * weight for digit, weight in zip(code5, _WEIGHTS, strict=True))
    return str((11 - total % 11) % 10)


def plausible(code5: str) -> bool:
    """Say whether five digits may be a prefecture or municipality of JIS X 0402."""
    prefecture, municipality = int(code5[:2]), int(code5[2:])
    return 1 <= prefecture <= 47 and (municipality == 0 or 100 <= municipality <= 799)


def whole_codes(text: str) -> dict[Lost | None, str]:
    """Return the six-digit codes that a text may stand for, by what it has lost; {} for none."""
    found: dict[Lost | None, str] = {}
    if not _DIGITS.fullmatch(text):
        return found
    if len(text) == 6 and plausible(text[:5]) and check_digit(text[:5]) == text[5]:
        found[None] = text
    if len(text) == 5:
        if plausible(text):
            found["check digit"] = text + check_digit(text)
        zeroed = "0" + text
        if plausible(zeroed[:5]) and check_digit(zeroed[:5]) == zeroed[5]:
            found["zero"] = zeroed
    if len(text) == 4 and plausible("0" + text):  # both are lost: 9201 → 092011
        found["check digit"] = f"0{text}{check_digit('0' + text)}"
    return found


def lost_in(values: Sequence[Any]) -> Lost | None:
    """Return what the five-digit codes of a column have lost, as those that leave no doubt show.

    None where no cell is sure, or two contradict each other.
    """
    sure = set()
    for value in values:
        if value is not None and not isinstance(value, bool | list):
            found = whole_codes(plain(value))
            if len(found) == 1:
                sure |= set(found)
    sure.discard(None)
    return sure.pop() if len(sure) == 1 else None


def local_government(value: Any, lost: Lost | None = None, home: str = "") -> Read:
    """Return a local government code with six digits; else the cell and why not.

    Five digits that may be either are settled by ``lost`` (see ``lost_in``), else by ``home``, the
    code of the city whose file it is: one of them lies in its prefecture. Without both they are
    told: of the codes of 2024, 178 without their zero and 116 without their check digit.
    """
    if is_blank(value):
        return value, None
    unreadable = warning("code_unreadable", None, None, text=shown(value))
    text = dashed(plain(value)) if not isinstance(value, bool | list) else ""
    if not _DIGITS.fullmatch(text):
        return value, unreadable
    found = whole_codes(text)
    if len(found) > 1 and lost in found:
        found = {lost: found[lost]}
    if len(found) > 1 and home:
        found = {how: code for how, code in found.items() if code[:2] == home[:2]} or found
    if len(found) == 1:
        return next(iter(found.values())), None
    if len(found) > 1:
        both = " / ".join(sorted(found.values()))
        return value, warning("code_ambiguous", None, None, text=shown(value), codes=both)
    if len(text) == 6 and plausible(text[:5]):
        right = text[:5] + check_digit(text[:5])
        return value, warning("code_check_wrong", None, None, text=shown(value), right=right)
    return value, unreadable


def corporate_check_digit(digits12: str) -> str:
    """Return the first digit of a 法人番号 from its other twelve (法人番号省令第2条).

    From the last digit on, times 1, 2, 1, 2 …; nine less what the sum leaves over nine.
    """
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits12)))
    return str(9 - total % 9)


def corporate_number(value: Any) -> Read:
    """Return a 法人番号 as thirteen digits; else the cell and why not."""
    if is_blank(value):
        return value, None
    text = dashed(plain(value)).replace("-", "") if not isinstance(value, bool | list) else ""
    if not re.fullmatch(r"[0-9]{13}", text):
        return value, warning("corporate_number_unreadable", None, None, text=shown(value))
    if corporate_check_digit(text[1:]) != text[0]:
        return value, warning("corporate_number_check_wrong", None, None, text=shown(value))
    return text, None
