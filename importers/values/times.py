"""Times of day and weekdays as they stand in lists."""

import re
from typing import Any

from importers.problems import warning
from importers.values.cell import Read, dashed, is_blank, plain, shown

# 午前, 午後 and their Latin kin, before or after; then 9:00, 9時, 9時30分, 9時半, 0900.
_HALF = r"(?P<half>午前|午後|am|pm|a\.m\.|p\.m\.)?"
_CLOCK = (
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::00)?|時(?:(?P<minutes>\d{1,2})分|(?P<thirty>半))?)"
)
_TIME = re.compile(rf"{_HALF}{_CLOCK}(?P<after>am|pm|a\.m\.|p\.m\.)?")
_HALF_AND_HOUR = re.compile(r"(?P<hour>\d{1,2})(?P<after>am|pm|a\.m\.|p\.m\.)")
_FOUR_DIGITS = re.compile(r"(\d{1,2})(\d{2})")
_MINUTES_A_DAY = 24 * 60
_HALF_SECOND = 0.01
"""Minutes: so much a fraction of a day may miss a whole minute (0.770833 is 18:30)."""


def read(value: Any) -> Read:
    """Return a cell's time as ``HH:MM``, from 00:00 to 24:00; else the cell and why not.

    A fraction is Excel's part of a day (0.375 is 09:00). 午後12時 is left alone: people mean noon
    by it, the law midnight (明治5年太政官布告第337号). 12 AM and 12 PM are as in English.
    """
    if is_blank(value):
        return value, None
    text = "" if isinstance(value, bool | list) else plain(value).casefold()
    reading = _time(text)
    if reading is None:
        return value, warning("time_unreadable", None, None, text=shown(value))
    return reading, None


def _time(text: str) -> str | None:
    if re.fullmatch(r"0?\.\d*[1-9]\d*", text):
        exact = float(text) * _MINUTES_A_DAY
        minutes = round(exact)
        if minutes <= _MINUTES_A_DAY and abs(exact - minutes) <= _HALF_SECOND:
            return f"{minutes // 60:02d}:{minutes % 60:02d}"
        return None
    if text == "正午":
        return "12:00"
    found = _TIME.fullmatch(text) or _HALF_AND_HOUR.fullmatch(text)
    if found:
        parts = found.groupdict()
        hour = int(parts["hour"])
        minute = int(parts.get("minute") or parts.get("minutes") or 0)
        minute = 30 if parts.get("thirty") else minute
        half = parts.get("half"), parts.get("after")
        return _of_half(hour, minute, half)
    if found := _FOUR_DIGITS.fullmatch(text):
        return _clock(int(found[1]), int(found[2]))
    return None


def _of_half(hour: int, minute: int, half: tuple[str | None, str | None]) -> str | None:
    before, after = half
    if before and after:
        return None
    mark = (before or after or "").replace(".", "")
    if not mark:
        return _clock(hour, minute)
    if mark in ("午前", "午後"):
        if hour > 11:
            return None
        return _clock(hour + 12 * (mark == "午後"), minute)
    if not 1 <= hour <= 12:
        return None
    return _clock(hour % 12 + 12 * (mark == "pm"), minute)


def _clock(hour: int, minute: int) -> str | None:
    if minute > 59 or hour * 60 + minute > _MINUTES_A_DAY:
        return None
    return f"{hour:02d}:{minute:02d}"


# -- weekdays ---------------------------------------------------------------------------------

WEEK = "月火水木金土日祝"
"""The order of days in a reading; 祝 (holidays) is no weekday but stands in the same cell."""
_WORDS = (
    ("年中無休", "月火水木金土日祝"),
    ("土日祝祭日", "土日祝"),
    ("祝祭日", "祝"),
    ("祝日", "祝"),
    ("祭日", "祝"),
    ("週末", "土日"),
    ("曜日", ""),
    ("曜", ""),
)
_WHOLE = {"毎日": "月火水木金土日", "全日": "月火水木金土日", "平日": "月火水木金"}
_BETWEEN = re.compile(r"([月火水木金土日])(?:[~～〜-]|から)([月火水木金土日])(?:まで)?")
_BLANK_BETWEEN = re.compile(r"(?<=[月火水木金土日祝])\s+(?=[月火水木金土日祝])")
_SEPARATOR = re.compile(r"[,、，・/;；&＆と]|及び")


def weekdays(value: Any) -> Read:
    """Return a cell's weekdays run together in order (``月火水木金``), 祝 last; else the cell.

    The standard's form. Ranges (月～金), separators, 曜日, 毎日 and 平日 are read; a cell that says
    more (第2・第4火曜, 祝日を除く) stays as it is.
    """
    if is_blank(value):
        return value, None
    unreadable = warning("weekdays_unreadable", None, None, text=shown(value))
    if not isinstance(value, str):
        return value, unreadable
    # A blank between two days parts them: 祝 日 is two days, 祝日 one.
    text = dashed(plain(_BLANK_BETWEEN.sub(",", value)))
    for word, meant in _WORDS:
        text = text.replace(word, meant)
    days: set[str] = set()
    for part in _SEPARATOR.split(text):
        part = _WHOLE.get(part, _BETWEEN.sub(_range, part))
        if not part or any(day not in WEEK for day in part):
            return value, unreadable
        days |= set(part)
    return "".join(day for day in WEEK if day in days), None


def _range(between: re.Match[str]) -> str:
    first, last = WEEK.index(between[1]), WEEK.index(between[2])
    span = last - first if last >= first else last - first + 7
    return "".join(WEEK[(first + step) % 7] for step in range(span + 1))
