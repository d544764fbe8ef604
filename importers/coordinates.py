"""Coordinates as people write them in a table's cells."""

import re
import unicodedata

_PLAIN = re.compile(r"-?[0-9]+\.[0-9]+")
_MARKS = re.compile(r"^(北緯|東経|[NE])|(北緯|東経|[NE])$", re.IGNORECASE)
# NFKC has made two primes of a double prime.
_SEXAGESIMAL = re.compile(r"(\d{1,3})[°度:](\d{1,2})[′'’分:](\d{1,2}(?:\.\d+)?)(?:′′|''|[\"”秒])?")


def number(value: object) -> float | None:
    """Return a coordinate cell as a number: degrees, or metres in a plane system; None if blank.

    Takes full-width digits, 北緯/東経, N/E, a degree mark, and degrees with minutes and seconds.
    Raises ValueError for anything else, so that a typing error is told and never becomes a place.
    """
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return float(value)
    text = unicodedata.normalize("NFKC", str(value)).replace("−", "-")
    text = re.sub(r"\s", "", text)
    text = _MARKS.sub("", text)
    if text in ("", "-", "―", "不明", "なし"):
        return None
    if match := _SEXAGESIMAL.fullmatch(text):
        degrees, minutes, seconds = (float(part) for part in match.groups())
        if minutes >= 60 or seconds >= 60:
            raise ValueError(text)
        return degrees + minutes / 60 + seconds / 3600
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?[°度]?", text, re.IGNORECASE):
        raise ValueError(text)
    return float(text.rstrip("°度"))
