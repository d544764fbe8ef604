"""What a number in a workbook's cell means: its format says whether it is a date, a time, a code.

Sources: ECMA-376 Part 1, 18.8.30 (numFmt, with the formats that have numbers only in Japanese
Excel: 27–36 and 50–58) and 18.17.4 (dates as serial numbers).
"""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

Kind = Literal["date", "time", "both", "elapsed"]

_BUILT_IN: dict[int, Kind] = {
    **dict.fromkeys((*range(14, 18), *range(27, 32), *range(34, 37), *range(50, 59)), "date"),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 45, 47), "time"),
    22: "both",
    46: "elapsed",
}
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
# What is shown as it stands, a colour, a locale, a blank as wide as a sign, a fill.
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DAY = re.compile(r"[yd年]|g|(?<![0#?])e|aaa", re.IGNORECASE)
_CLOCK = re.compile(r"[hs]|am/pm", re.IGNORECASE)
_PATTERN = re.compile(r"0+(-?0+)+")
_CONDITION = re.compile(r"\[[<>=]")

# 1900 counts a 29 February that never was; from 1 March on the count is this one's.
_LONGEST = 255
"""Characters of a format; Excel takes no more."""
_EPOCH, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
_DAYS = 2_958_465  # 9999-12-31


def kind(number: int, code: str | None) -> Kind | str | None:
    """Return what a format makes of numbers: a kind of date or time, or a pattern of digits.

    ``code`` is the workbook's own definition of the format, if it has one. A pattern is made of
    zeros and dashes: 000000 for a code, 000-0000 for a postal code. None: just a number.
    """
    if code is None:
        return _BUILT_IN.get(number)
    sections = code[:_LONGEST].split(";")
    # Sections with conditions, such as [<=999]000;[<=9999]000-00;000-0000, end with the longest.
    first = sections[-1] if _CONDITION.search(sections[0]) else sections[0]
    if _ELAPSED.search(first):
        return "elapsed"
    digits = first.replace("\\-", "-").replace('"-"', "-")
    if _PATTERN.fullmatch(digits):
        return digits
    plain = _LITERAL.sub("", first)
    if re.fullmatch(r"\s*(general|標準|g/標準)?\s*|@", plain, re.IGNORECASE):
        return None
    day, clock = _DAY.search(plain), _CLOCK.search(plain)
    if day or clock:
        return "both" if day and clock else "date" if day else "time"
    if re.search(r"[0#?]", plain):
        return None
    return "date" if re.search("m", plain, re.IGNORECASE) else None


def text(raw: str, meaning: Kind | str, *, from_1904: bool = False) -> str:
    """Return a number's text: ISO 8601 dates, HH:MM, digits in their pattern, else digits.

    A number has 15 digits in Excel; what stands behind them is noise of the last bit.
    """
    if meaning[0] == "0":
        return _filled(number(raw), meaning)
    return _moment(raw, meaning, from_1904=from_1904) or number(raw)


def _filled(digits: str, pattern: str) -> str:
    """Return whole digits with the zeros and dashes of a pattern, filled from the right."""
    if not (digits.isascii() and digits.isdigit()):
        return digits
    rest = digits.zfill(pattern.count("0"))
    result = ""
    for sign in reversed(pattern):
        if sign == "0":
            rest, result = rest[:-1], rest[-1] + result
        else:
            result = sign + result
    return rest + result


def number(raw: str) -> str:
    """Return a number's text as a person would write it: 5, 38.76, never 5.0 or 1E+15."""
    if raw.isascii() and raw.isdigit() and len(raw) < 16:
        return raw
    try:
        value = float(raw)
    except ValueError:
        return raw.strip()
    if value - value != 0:
        return ""
    short = f"{value:.15g}"
    return format(Decimal(short), "f") if "e" in short else "0" if short == "-0" else short


def _moment(raw: str, meaning: Kind | str, *, from_1904: bool) -> str | None:
    try:
        seconds = round(float(raw) * 86_400)
    except (ValueError, OverflowError):
        return None
    days, rest = divmod(seconds, 86_400)
    if not 0 <= days <= _DAYS:
        return None
    clock = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}"
    clock += f":{rest % 60:02d}" if rest % 60 else ""
    if meaning == "elapsed":
        hours, left = divmod(seconds, 3600)
        return f"{hours:02d}:{left // 60:02d}" + (f":{left % 60:02d}" if left % 60 else "")
    if meaning == "time" or (days == 0 and rest):
        return clock
    if seconds == 0:
        return None  # Excel shows 1900/1/0, which nobody meant.
    if from_1904:
        day = _EPOCH_1904 + timedelta(days=days)
    else:
        day = _EPOCH + timedelta(days=days + (1 if days < 60 else 0))
    return f"{day.isoformat()}T{clock}" if rest and meaning == "both" else day.isoformat()
