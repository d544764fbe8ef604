"""Query parameters, read strictly: what is not known or not valid is refused with a sentence.

Rules: OGC 17-069r4, /req/core/query-param-unknown, -invalid and the definitions of ``limit``,
``bbox`` and ``datetime``.
"""

import base64
import binascii
import math
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from layers.ogc.problems import BadRequest

DEFAULT_LIMIT, MOST_ITEMS = 100, 1000
LONGEST_VALUE = 4000
"""Characters of one value; a filter is the longest there is."""
LONGEST_KEY = 200
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,12}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def singles(given: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return each parameter's one value. Raises BadRequest where one is repeated or too long."""
    found = {}
    for name, values in given.items():
        if len(values) > 1:
            raise BadRequest(
                f"The parameter {shown(name)} is given {len(values)} times; once is enough."
            )
        if len(values[0]) > LONGEST_VALUE:
            raise BadRequest(
                f"The value of {shown(name)} has {len(values[0])} characters;"
                f" {LONGEST_VALUE} are the most."
            )
        if "\0" in values[0]:
            raise BadRequest(f"The value of {shown(name)} holds the character U+0000.")
        found[name] = values[0]
    return found


def refuse_unknown(given: Collection[str], known: Collection[str]) -> None:
    """Raise BadRequest where a parameter is not known here."""
    for name in given:
        if name not in known:
            raise BadRequest(
                f"There is no parameter {shown(name)} here. There are: {', '.join(known)}."
            )


def shown(text: str) -> str:
    """Return a part of a request as a sentence may show it: quoted, and not for ever."""
    short = text if len(text) <= 60 else f"{text[:60]}…"
    return f"“{short}”"


def limit_of(text: str | None) -> int:
    """Return how many items a page may have. More than there may be is as many as there may be."""
    if text is None:
        return DEFAULT_LIMIT
    if not _WHOLE.fullmatch(text) or int(text) < 1:
        raise BadRequest(f"limit is a whole number from 1 to {MOST_ITEMS}, not {shown(text)}.")
    return min(int(text), MOST_ITEMS)


def number_of(name: str, text: str) -> float:
    """Return a finite number. Raises BadRequest."""
    value = float(text) if _NUMBER.fullmatch(text.strip()) else math.nan
    if not math.isfinite(value):
        raise BadRequest(f"{name} takes numbers; {shown(text)} is none.")
    return value


def box_of(text: str) -> tuple[float, ...]:
    """Return the four or six numbers of a bbox, in the order they are given."""
    parts = text.split(",")
    if len(parts) not in (4, 6):
        raise BadRequest(f"bbox has four numbers (or six, with heights), not {len(parts)}.")
    return tuple(number_of("bbox", part) for part in parts)


def refuse_no_datetime(text: str) -> None:
    """Raise BadRequest where a text is neither an instant nor an interval (RFC 3339, ``..``)."""
    ends = text.split("/")
    moments = [_moment(end) if end not in ("", "..") else None for end in ends]
    if len(ends) > 2 or (len(ends) == 1 and moments[0] is None) or moments == [None, None]:
        raise BadRequest(
            f"datetime is an instant (2026-04-01T00:00:00Z) or an interval (2026-04-01/..),"
            f" not {shown(text)}."
        )
    if len(moments) == 2 and moments[0] and moments[1] and moments[0] > moments[1]:
        raise BadRequest(f"The interval {shown(text)} ends before it begins.")


def _moment(text: str) -> datetime:
    """Return an instant; a day is its first."""
    return instant_of(f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text)


def instant_of(text: str) -> datetime:
    """Return an RFC 3339 date-time. Raises BadRequest."""
    try:
        if _INSTANT.fullmatch(text):
            # Python knows microseconds; what is finer is cut off.
            return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.upper()))
    except ValueError:
        pass  # a month 13: as wrong as the rest
    raise BadRequest(f"{shown(text)} is no date-time like 2026-04-01T09:00:00Z.")


def day_of(text: str) -> date:
    """Return a calendar day. Raises BadRequest."""
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadRequest(f"{shown(text)} is no date like 2026-04-01.")


def cursor_after(key: str) -> str:
    """Return what the link to the next page carries: an opaque word for "after this key"."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def key_of(cursor: str) -> str:
    """Return the key that a page begins after. Raises BadRequest."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = raw.decode()
    except (binascii.Error, ValueError):
        key = ""
    if not key or len(key) > LONGEST_KEY or "\0" in key:
        raise BadRequest(
            "This cursor is none of ours: take it from the link “next” of the page before."
        )
    return key
