"""Times of a day at which something is open: spans, of which some are named sessions (区分).

Minutes count from the midnight at which the day begins, so that 25:00 is one in the morning of the
next day and belongs to this one: for closing, for fees, for limits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = 24 * 60
LATEST = 2 * DAY
"""Minutes: nothing that begins on a day goes on beyond the end of the next."""


class HoursError(ValueError):
    """Hours that can't be: the text says which and why."""


@dataclass(frozen=True, order=True)
class Span:
    """Open from ``start`` until ``end`` (minutes, the end not included), perhaps with a name."""

    start: int
    end: int
    session: str = ""
    """The name of a session that is let as a whole: 午前, 夜間."""

    def __post_init__(self) -> None:
        """Raise HoursError where it is empty, turned round, or not of this day."""
        if not 0 <= self.start < DAY:
            raise HoursError(f"{clock(self.start)} is no time of a day to begin at")
        if not self.start < self.end <= LATEST:
            raise HoursError(f"{clock(self.start)}–{clock(self.end)} does not end after it begins")

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the moments at which it begins and ends on a day."""
        midnight = datetime.combine(day, time(), zone)
        return midnight + timedelta(minutes=self.start), midnight + timedelta(minutes=self.end)


def minutes(text: str, grid: int = 1) -> int:
    """Return the minutes of a time as it is written: 9:00, 09:30, 24:00, 25:00.

    Raises HoursError for what is no time, has seconds, or is not on the grid of so many minutes.
    """
    hours, colon, rest = text.strip().partition(":")
    right = hours.isascii() and hours.isdigit() and len(hours) <= 2
    right &= colon == ":" and len(rest) == 2 and rest.isascii() and rest.isdigit()
    if not right or int(rest) > 59 or (found := int(hours) * 60 + int(rest)) > LATEST:
        raise HoursError(f"{text} is no time like 9:00 or 25:30")
    if found % grid:
        raise HoursError(f"{text} is not a multiple of {grid} minutes")
    return found


def clock(number: int) -> str:
    """Return minutes as a time is written: 9:00, 25:30."""
    return f"{number // 60}:{number % 60:02d}"


def in_order(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans of a day by their beginning; raise HoursError where two overlap."""
    found = tuple(sorted(spans))
    for one, following in pairwise(found):
        if following.start < one.end:
            raise HoursError(
                f"{clock(one.start)}–{clock(one.end)} and {clock(following.start)}–"
                f"{clock(following.end)} overlap"
            )
    return found
