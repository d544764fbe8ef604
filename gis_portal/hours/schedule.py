"""A place's hours: what is open when, and the reason for it.

Pure: no Django, no database. One resolver answers for the page, the calendar, the API, bookings and
deadlines. An emergency comes before a dated exception, that before a closing rule, and that before
the usual hours.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from gis_portal.city import Text
from gis_portal.hours.closing import ALL_WEEKDAYS, Closing, ClosingRule, closings
from gis_portal.hours.days import ONE_DAY, Holidays, Season, days
from gis_portal.hours.spans import HoursError, Span, in_order

JAPAN = ZoneInfo("Asia/Tokyo")
HORIZON = 400
"""Days ahead within which the next change is looked for."""


@dataclass(frozen=True)
class Pattern:
    """The usual hours of some weekdays, in a season or between dates; or those of holidays.

    Of several that hold on a day the most particular counts: dates before a season, a season
    before none, holidays before weekdays. No spans: closed then.
    """

    spans: tuple[Span, ...]
    weekdays: frozenset[int] = ALL_WEEKDAYS
    on_holidays: bool = False
    """It holds on holidays only, of whichever weekday."""
    season: Season | None = None
    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        """Raise HoursError where spans overlap or a weekday is none."""
        object.__setattr__(self, "spans", in_order(self.spans))
        if self.weekdays - ALL_WEEKDAYS:
            raise HoursError("A weekday is a number from 0 (Monday) to 6")

    def in_force(self, day: date) -> bool:
        """Return whether it holds at that time of the year and of the years."""
        return (
            (self.season is None or day in self.season)
            and (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
        )

    def holds(self, day: date, holidays: Holidays) -> bool:
        """Return whether it says something of a day."""
        kind = day in holidays if self.on_holidays else day.weekday() in self.weekdays
        return kind and self.in_force(day)

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """How particular it is; the greater counts."""
        return (self.first or self.last) is not None, self.season is not None, self.on_holidays


@dataclass(frozen=True)
class DatedException:
    """Something else on some dates: 臨時休館, 臨時開館, other hours, an emergency.

    ``spans``: the hours then; None is the usual hours of the day (open in spite of a closing rule),
    an empty tuple closed. Of several the emergency counts, then the higher priority, then the
    shorter period, then the later one.
    """

    first: date
    last: date
    spans: tuple[Span, ...] | None = ()
    reason: Text = field(default_factory=dict)
    priority: int = 0
    emergency: bool = False

    def __post_init__(self) -> None:
        """Raise HoursError where it ends before it begins or its spans overlap."""
        if self.last < self.first:
            raise HoursError(f"{self.first}–{self.last} ends before it begins")
        if self.spans is not None:
            object.__setattr__(self, "spans", in_order(self.spans))

    def __contains__(self, day: object) -> bool:
        """Return whether it is about a day."""
        return isinstance(day, date) and self.first <= day <= self.last

    @property
    def rank(self) -> tuple[bool, int, int]:
        """How strong it is; the greatest counts."""
        return self.emergency, self.priority, -(self.last - self.first).days


class Because(StrEnum):
    """Why a day is as it is."""

    USUAL = "usual"
    NOT_THAT_WEEKDAY = "not-that-weekday"
    OUT_OF_SEASON = "out-of-season"
    CLOSING_RULE = "closing-rule"
    KEPT_OPEN = "kept-open"
    """A closing rule gave way to a holiday."""
    EXCEPTION = "exception"
    EMERGENCY = "emergency"
    UNKNOWN = "unknown"
    """Nobody has said when it is open: that is neither open nor closed."""


@dataclass(frozen=True)
class Day:
    """A day's spans in order, and why.

    ``holiday``: the name of the holiday it is, else empty. ``pattern``: the usual hours that hold.
    ``closing``, ``exception``: where one of them is why.
    """

    day: date
    spans: tuple[Span, ...]
    because: Because
    holiday: str = ""
    pattern: Pattern | None = None
    closing: Closing | None = None
    exception: DatedException | None = None

    @property
    def is_open(self) -> bool | None:
        """Whether it is open at some time of the day; None where nobody knows."""
        return None if self.because == Because.UNKNOWN else bool(self.spans)


@dataclass(frozen=True)
class State:
    """Whether it is open at a moment (None: nobody knows), the span, and the day it belongs to."""

    is_open: bool | None
    day: Day
    span: Span | None = None


@dataclass(frozen=True)
class Schedule:
    """Everything that says when a place is open."""

    patterns: tuple[Pattern, ...] = ()
    rules: tuple[ClosingRule, ...] = ()
    exceptions: tuple[DatedException, ...] = ()
    holidays: Holidays = field(default_factory=Holidays)
    zone: ZoneInfo = JAPAN

    def on(self, day: date) -> Day:
        """Return a day's hours and the reason for them."""
        usual = self._usual(day)
        about = [each for each in self.exceptions if day in each]
        if about:
            # max takes the first of equals: the later one counts.
            found = max(reversed(about), key=lambda each: each.rank)
            spans = usual.spans if found.spans is None else found.spans
            because = Because.EMERGENCY if found.emergency else Because.EXCEPTION
            return replace(usual, spans=spans, because=because, exception=found)
        if usual.because == Because.UNKNOWN:
            return usual
        effects = list(closings(self.rules, day, self.holidays))
        if closing := next((each for each in effects if each.day == day), None):
            return replace(usual, spans=(), because=Because.CLOSING_RULE, closing=closing)
        if effects and usual.spans:
            return replace(usual, because=Because.KEPT_OPEN, closing=effects[0])
        return usual

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the spans that belong to a day, in order; they do not overlap."""
        return self.on(day).spans

    def state_at(self, moment: datetime) -> State:
        """Return whether it is open at a moment, which knows its zone.

        What began the evening before and goes past midnight counts.
        """
        here = moment.astimezone(self.zone)
        today = here.date()
        minute = here.hour * 60 + here.minute
        for ago in (1, 0):
            day = self.on(today - ago * ONE_DAY)
            at = minute + ago * 24 * 60
            for span in day.spans:
                if span.start <= at < span.end:
                    return State(True, day, span)
        day = self.on(today)
        return State(None if day.because == Because.UNKNOWN else False, day)

    def next_change(self, moment: datetime) -> datetime | None:
        """Return when it opens or closes next, None where it does not for over a year.

        A span that begins as another ends is no change, nor is it that nobody knows from then on.
        """
        now = bool(self.state_at(moment).is_open)
        first = moment.astimezone(self.zone).date() - ONE_DAY
        for day in days(first, first + timedelta(days=HORIZON)):
            edges = sorted({edge for span in self.spans(day) for edge in span.on(day, self.zone)})
            for edge in edges:
                if edge > moment and bool(self.state_at(edge).is_open) != now:
                    return edge
        return None

    def closed_days(self, first: date, last: date) -> Iterator[Day]:
        """Go through the days of a range, both ends included, on which it is closed."""
        return (day for each in days(first, last) if (day := self.on(each)).is_open is False)

    def _usual(self, day: date) -> Day:
        nothing = Day(day, (), Because.UNKNOWN, self.holidays.names.get(day, ""))
        if not self.patterns:
            return nothing
        in_force = [each for each in self.patterns if each.in_force(day)]
        if not in_force:
            return replace(nothing, because=Because.OUT_OF_SEASON)
        holding = [each for each in in_force if each.holds(day, self.holidays)]
        if not holding:
            return replace(nothing, because=Because.NOT_THAT_WEEKDAY)
        pattern = max(holding, key=lambda each: each.rank)
        because = Because.USUAL if pattern.spans else Because.NOT_THAT_WEEKDAY
        return replace(nothing, spans=pattern.spans, because=because, pattern=pattern)
