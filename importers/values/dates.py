"""Dates as they stand in lists: ISO, era years, Excel's day numbers, years and months alone.

A reading is ISO 8601 and as exact as the cell: 平成3年 is ``1991``, H31.4 is ``2019-04``. A
fiscal year (令和4年度) is no year, and dates of an era before 明治6 (1873) are of the old lunar
calendar: both stay as they are written.
"""

import re
from datetime import date, timedelta
from typing import Any

from importers.problems import Problem, warning
from importers.values.cell import Read, dashed, is_blank, plain, shown

# Era → its first and last day. 明治 counts from its year 1; the solar calendar came with 明治6.
# Sources: 改元の詔書 (大正, 昭和), 昭和64年政令第1号 (平成), 平成31年政令第143号 (令和), 明治5年
# 太政官布告第337号 (the solar calendar).
_ERAS: dict[str, tuple[int, date, date]] = {
    "明治": (1868, date(1873, 1, 1), date(1912, 7, 30)),
    "大正": (1912, date(1912, 7, 30), date(1926, 12, 25)),
    "昭和": (1926, date(1926, 12, 25), date(1989, 1, 7)),
    "平成": (1989, date(1989, 1, 8), date(2019, 4, 30)),
    "令和": (2019, date(2019, 5, 1), date.max),
}
_SHORT = {
    **{name[0]: name for name in _ERAS},
    "m": "明治",
    "t": "大正",
    "s": "昭和",
    "h": "平成",
    "r": "令和",
}
_FIRST_SOLAR_YEAR = 6

_ERA = re.compile(
    r"(明治|大正|昭和|平成|令和|[明大昭平令mtshr])\.?(元|\d{1,2})"
    r"(?:年?$|[-/.年](\d{1,2})(?:月?$|[-/.月](\d{1,2})日?$))"
)
_WESTERN = re.compile(r"(?:西暦)?(\d{4})(?:年?$|[-/.年](\d{1,2})(?:月?$|[-/.月](\d{1,2})日?$))")
# 2019.1 may be 2019.10 that a spreadsheet took for a number.
_DECIMAL = re.compile(r"\d{4}\.\d{1,2}")
_RUN_TOGETHER = re.compile(r"((?:1[89]|20)\d{2})(\d{2})(\d{2})?")
_YEARS = range(1868, 2101)
"""A bare number of four digits is a year if it is one of these."""

# What follows a date and adds nothing to it; a weekday is compared with the date.
_AS_OF = re.compile(r"(現在|時点|付け?)$")
_WEEKDAY = re.compile(r"\(([月火水木金土日])(?:曜日?)?(?:[・,、]祝日?)?\)")
_MIDNIGHT = re.compile(r"(?:\s+|[Tt])0{1,2}:00(?::00(?:\.0+)?)?(?:Z|\+09:?00)?\s*$")
_NAMES = "月火水木金土日"

# Excel counts days from 1899-12-30 (for days after its non-existent 1900-02-29). Below, a number
# is too small to be told from a year, a count or a month and day.
_EXCEL_ZERO = date(1899, 12, 30)
_SERIALS = range(10_000, 73_051)  # 1927-05-18 to 2099-12-31

_KANJI = re.compile("[〇一二三四五六七八九十]+")
_DIGITS = {digit: number for number, digit in enumerate("〇一二三四五六七八九")}


def read(value: Any) -> Read:
    """Return a cell's date as ISO 8601 (``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``).

    A cell that is none stays as it is, with the reason: no date, a day that does not exist, a day
    outside its era, a weekday that is another, a date of the lunar calendar.
    """
    if is_blank(value):
        return value, None
    if isinstance(value, bool | list):
        return value, _unreadable(value)
    if isinstance(value, int | float):
        return _number(value)
    text = dashed(plain(_MIDNIGHT.sub("", str(value)))).casefold()
    text = _AS_OF.sub("", _KANJI.sub(_arabic, text))
    named_day = _WEEKDAY.search(text)
    text = _WEEKDAY.sub("", text)
    if text.isdecimal() and text.isascii():
        return _number(int(text), value)
    if not _DECIMAL.fullmatch(text) and (found := _WESTERN.fullmatch(text)):
        year, month, day = (int(part) if part else None for part in found.groups())
        return _checked(value, year or 0, month, day, named_day)
    if found := _ERA.fullmatch(text):
        return _of_era(value, found, named_day)
    return value, _unreadable(value)


def _unreadable(value: Any) -> Problem:
    return warning("date_unreadable", None, None, text=shown(value))


def _arabic(kanji: re.Match[str]) -> str:
    """Return a kanji number: 二十三 is 23, 一九五七 is 1957."""
    text = kanji.group()
    if "十" not in text:
        return "".join(str(_DIGITS[digit]) for digit in text)
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return text
    return str(_DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0))


def _number(number: float, source: Any = None) -> Read:
    """Return the date of a bare number: a year, year and month, a whole date, or a day count."""
    value = number if source is None else source
    if float(number).is_integer():
        digits = str(int(number))
        if len(digits) == 4 and int(number) in _YEARS:
            return digits, None
        if len(digits) in (6, 8) and (found := _RUN_TOGETHER.fullmatch(digits)):
            year, month, day = (int(part) if part else None for part in found.groups())
            return _checked(value, year or 0, month, day, None)
        if int(number) in _SERIALS:
            return (_EXCEL_ZERO + timedelta(days=int(number))).isoformat(), None
    return value, _unreadable(value)


def _of_era(value: Any, found: re.Match[str], named_day: re.Match[str] | None) -> Read:
    name, count, *rest = found.groups()
    era = _SHORT.get(name, name)
    first_year, first, last = _ERAS[era]
    number = 1 if count == "元" else int(count)
    if number == 0:
        return value, _unreadable(value)
    if era == "明治" and number < _FIRST_SOLAR_YEAR:
        return value, warning("date_lunar", None, None, text=shown(value))
    year = first_year + number - 1
    month, day = (int(part) if part else None for part in rest)
    reading, problem = _checked(value, year, month, day, named_day)
    if problem is None and not _within(year, month, day, first, last):
        ended = "" if last == date.max else last.isoformat()
        span = f"{first.isoformat()} – {ended}"
        return value, warning("date_not_in_era", None, None, text=shown(value), era=era, span=span)
    return reading, problem


def _within(year: int, month: int | None, day: int | None, first: date, last: date) -> bool:
    """Say whether any day that a date may mean lies in an era."""
    earliest = (year, month or 1, day or 1)
    latest = (year, month or 12, day or 31)
    return earliest <= (last.year, last.month, last.day) and latest >= (
        first.year,
        first.month,
        first.day,
    )


def _checked(
    value: Any, year: int, month: int | None, day: int | None, named_day: re.Match[str] | None
) -> Read:
    try:
        exact = date(year, month or 1, day or 1)
    except ValueError:
        return value, warning("date_impossible", None, None, text=shown(value))
    if day and named_day and _NAMES[exact.weekday()] != named_day[1]:
        weekday = _NAMES[exact.weekday()]
        return value, warning(
            "date_weekday_differs", None, None, text=shown(value), weekday=weekday
        )
    if day:
        return exact.isoformat(), None
    return (f"{year:04d}-{month:02d}" if month else f"{year:04d}"), None
