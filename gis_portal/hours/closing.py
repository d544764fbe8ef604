"""Closing rules as Japanese cities publish them, and what becomes of them on a holiday.

Pure: no Django, no database. The forms are those of the rules of 海津市, 常滑市, 長岡京市, 中山町
and others (docs/hours.md lists each with its source).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from gis_portal.hours.days import (
    ONE_DAY,
    Holidays,
    Season,
    month_length,
    ordinal,
    ordinal_from_end,
)
from gis_portal.hours.spans import HoursError

ALL_WEEKDAYS = frozenset(range(7))
ALL_MONTHS = frozenset(range(1, 13))
EVEN_MONTHS = frozenset(range(2, 13, 2))
ODD_MONTHS = frozenset(range(1, 13, 2))
FARTHEST = 31
"""Days within which a closing that moves must find its day; no run of holidays is so long."""


@dataclass(frozen=True)
class Weekly:
    """Every week: 毎月曜日."""

    weekdays: frozenset[int]

    def __post_init__(self) -> None:
        """Raise HoursError where that is no weekday."""
        _within(self.weekdays, ALL_WEEKDAYS, "weekday")

    def is_on(self, day: date, holidays: Holidays) -> bool:
        """Return whether the rule's day is this one."""
        return day.weekday() in self.weekdays


@dataclass(frozen=True)
class Nth:
    """The nth weekday of a month: 第2・第4火曜日, 偶数月の第2火曜日; -1 is the month's last."""

    ordinals: frozenset[int]
    weekdays: frozenset[int]
    months: frozenset[int] = ALL_MONTHS

    def __post_init__(self) -> None:
        """Raise HoursError where that is no such day."""
        _within(self.ordinals, frozenset({1, 2, 3, 4, 5, -1}), "ordinal")
        _within(self.weekdays, ALL_WEEKDAYS, "weekday")
        _within(self.months, ALL_MONTHS, "month")

    def is_on(self, day: date, holidays: Holidays) -> bool:
        """Return whether the rule's day is this one; a fifth that a month lacks is no day."""
        return (
            day.weekday() in self.weekdays
            and day.month in self.months
            and not self.ordinals.isdisjoint((ordinal(day), ordinal_from_end(day)))
        )


@dataclass(frozen=True)
class MonthDays:
    """Days of a month by their number: 毎月1日, 毎月末日 (-1)."""

    days: frozenset[int]
    months: frozenset[int] = ALL_MONTHS

    def __post_init__(self) -> None:
        """Raise HoursError where that is no such day."""
        _within(self.days, frozenset(range(1, 32)) | {-1}, "day of a month")
        _within(self.months, ALL_MONTHS, "month")

    def is_on(self, day: date, holidays: Holidays) -> bool:
        """Return whether the rule's day is this one."""
        last = -1 in self.days and day.day == month_length(day.year, day.month)
        return day.month in self.months and (last or day.day in self.days)


@dataclass(frozen=True)
class Yearly:
    """The same days of each year: 12月29日から1月3日まで, 8月15日・16日."""

    season: Season

    def is_on(self, day: date, holidays: Holidays) -> bool:
        """Return whether the rule's day is this one."""
        return day in self.season


@dataclass(frozen=True)
class OnHolidays:
    """Each national holiday: 国民の祝日."""

    def is_on(self, day: date, holidays: Holidays) -> bool:
        """Return whether the rule's day is this one."""
        return day in holidays


When = Weekly | Nth | MonthDays | Yearly | OnHolidays


class Shift(StrEnum):
    """What becomes of a closed day that falls on a holiday."""

    NONE = "none"
    """It is closed all the same."""
    OPEN = "open"
    """祝日の場合は開所: open, and nothing is closed instead."""
    NEXT_DAY = "next-day"
    """祝日の場合はその翌日: open, and closed the day after, be it a holiday or not."""
    NEXT_NON_HOLIDAY = "next-non-holiday"
    """翌日以後最初に到来する休日でない日."""
    NEXT_WORKING_DAY = "next-working-day"
    """翌日以降の最も近い平日: Saturdays and Sundays are passed over, too."""
    ALSO_NEXT_DAY = "also-next-day"
    """祝日の場合は翌日も: closed on both."""
    BY_HAND = "by-hand"
    """別の日: somebody names the day; until then it is closed as the rule says."""


@dataclass(frozen=True)
class ClosingRule:
    """When something is closed, and what becomes of that on a holiday.

    ``also_on``: weekdays that count like holidays for the shift (日・月・祝の場合は別の日).
    ``substitutes``: the days named by hand, by the day they stand for.
    ``rolls_on``: where the day it moves to is closed by another rule already, it moves on to one
    that is not; otherwise, which is usual, it adds nothing.
    ``season``, ``first``, ``last``: when the rule holds; the day counts on which it would close.
    """

    when: When
    shift: Shift = Shift.NONE
    also_on: frozenset[int] = frozenset()
    substitutes: Mapping[date, date] = field(default_factory=dict)
    rolls_on: bool = False
    season: Season | None = None
    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        """Raise HoursError where parts of it contradict each other."""
        if self.also_on - ALL_WEEKDAYS:
            raise HoursError("A weekday is a number from 0 (Monday) to 6")
        if self.substitutes and self.shift != Shift.BY_HAND:
            raise HoursError("Only a rule whose days are moved by hand has substitute days")
        if isinstance(self.when, OnHolidays) and self.shift not in (Shift.NONE, Shift.BY_HAND):
            raise HoursError("A rule that closes on holidays can't move away from holidays")

    def falls_on(self, day: date, holidays: Holidays) -> bool:
        """Return whether it would close on this day, were that no holiday."""
        return (
            self.when.is_on(day, holidays)
            and (self.season is None or day in self.season)
            and (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
        )

    def gives_way(self, day: date, holidays: Holidays) -> bool:
        """Return whether something becomes of the rule on this day: a holiday, mostly."""
        return self.shift != Shift.NONE and (day in holidays or day.weekday() in self.also_on)


@dataclass(frozen=True)
class Closing:
    """A rule's effect on a day.

    ``origin`` is the day that the rule names; ``day`` the one that is closed, None where none is.
    They differ where it moved, and for the second day of 翌日も. ``why``: the holiday's name, empty
    for a day that gives way by its weekday, and where nothing gave way.
    """

    rule: ClosingRule
    origin: date
    day: date | None
    why: str = ""
    unnamed: bool = False
    """It waits for somebody to name a substitute, and is closed until then."""


def closings(rules: Collection[ClosingRule], day: date, holidays: Holidays) -> Iterator[Closing]:
    """Go through what rules do with a day: what closes it, and what would, but for a holiday."""
    for rule in rules:
        for origin in sorted({day, *_may_move_to(rule, day)}):
            for each in _effects(rule, origin, rules, holidays):
                if day in (each.origin, each.day):
                    yield each


def _may_move_to(rule: ClosingRule, day: date) -> Iterator[date]:
    """Go through days of which the closing may come to lie on this one."""
    if rule.shift in (Shift.NEXT_DAY, Shift.ALSO_NEXT_DAY) and not rule.rolls_on:
        yield day - ONE_DAY
    elif rule.shift not in (Shift.NONE, Shift.OPEN, Shift.BY_HAND):
        yield from (day - timedelta(days=back) for back in range(1, FARTHEST + 1))
    yield from (origin for origin, named in rule.substitutes.items() if named == day)


def _effects(
    rule: ClosingRule, origin: date, rules: Collection[ClosingRule], holidays: Holidays
) -> Iterator[Closing]:
    if not rule.falls_on(origin, holidays):
        return
    if not rule.gives_way(origin, holidays):
        yield Closing(rule, origin, origin)
        return
    why = holidays.names.get(origin, "")
    match rule.shift:
        case Shift.OPEN:
            yield Closing(rule, origin, None, why)
        case Shift.BY_HAND:
            named = rule.substitutes.get(origin)
            yield Closing(rule, origin, named or origin, why, unnamed=named is None)
        case _:
            if rule.shift == Shift.ALSO_NEXT_DAY:
                yield Closing(rule, origin, origin)
            yield Closing(rule, origin, _next(rule, origin, rules, holidays), why)


def _next(
    rule: ClosingRule, origin: date, rules: Collection[ClosingRule], holidays: Holidays
) -> date | None:
    """Return the day to which a closing moves, None where there is none for a month."""
    for ahead in range(1, FARTHEST + 1):
        day = origin + timedelta(days=ahead)
        if rule.shift == Shift.NEXT_NON_HOLIDAY and day in holidays:
            continue
        if rule.shift == Shift.NEXT_WORKING_DAY and not holidays.is_working(day):
            continue
        if rule.rolls_on and _closes_itself(rules, day, holidays):
            continue
        return day
    return None


def _closes_itself(rules: Collection[ClosingRule], day: date, holidays: Holidays) -> bool:
    """Return whether a rule closes a day that is its own: what moved there does not count."""
    return any(
        rule.falls_on(day, holidays)
        and (not rule.gives_way(day, holidays) or rule.shift == Shift.ALSO_NEXT_DAY)
        for rule in rules
    )


def _within(numbers: frozenset[int], known: frozenset[int], what: str) -> None:
    if not numbers:
        raise HoursError(f"A rule names at least one {what}")
    if strange := numbers - known:
        raise HoursError(f"{min(strange)} is no {what}")
