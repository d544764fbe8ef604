"""Days as Japanese closing rules count them: holidays, 平日, nth weekdays, seasons, fiscal years.

Pure: no Django, no database. Weekdays are those of ``date.weekday``: Monday is 0, Sunday 6.
"""

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
FISCAL_YEAR_BEGINS = 4
"""The month in which the 年度 of Japanese local governments begins (地方自治法 第208条)."""
SATURDAY = 5
_LEAP = 2024
"""A year with every day of the calendar, 29 February included."""


@dataclass(frozen=True)
class Holidays:
    """National holidays by date (国民の祝日に関する法律; 振替休日 too), with their names."""

    names: Mapping[date, str] = field(default_factory=dict)

    def __contains__(self, day: object) -> bool:
        """Return whether a day is a holiday."""
        return day in self.names

    def is_working(self, day: date) -> bool:
        """Return whether a day is 平日: Monday to Friday and no holiday."""
        return day.weekday() < SATURDAY and day not in self.names


@dataclass(frozen=True, order=True)
class MonthDay:
    """A day of every year; 29 February is the 28th in years that have none."""

    month: int
    day: int

    def __post_init__(self) -> None:
        """Raise ValueError where no year has such a day."""
        date(_LEAP, self.month, self.day)


@dataclass(frozen=True)
class Season:
    """The days of each year from one to another, both inclusive; it may go across the new year."""

    first: MonthDay
    last: MonthDay

    def __contains__(self, day: object) -> bool:
        """Return whether a date is in the season."""
        if not isinstance(day, date):
            return False
        first, last = (_in_year(each, day.year) for each in (self.first, self.last))
        if self.first <= self.last:
            return first <= day <= last
        return day >= first or day <= last


def _in_year(day: MonthDay, year: int) -> date:
    return date(year, day.month, min(day.day, month_length(year, day.month)))


def month_length(year: int, month: int) -> int:
    """Return how many days a month has."""
    return calendar.monthrange(year, month)[1]


def last_of_month(day: date) -> date:
    """Return the last day of a day's month."""
    return day.replace(day=month_length(day.year, day.month))


def ordinal(day: date) -> int:
    """Return which of its weekday in its month a day is: 2 for the second Monday."""
    return (day.day - 1) // 7 + 1


def ordinal_from_end(day: date) -> int:
    """Return the same counted from the month's end, negative: -1 for the last Monday."""
    return -((month_length(day.year, day.month) - day.day) // 7 + 1)


def months_before(day: date, months: int) -> date:
    """Return the 応答日: the same day of an earlier month, or that month's last day.

    One month before 31 March is 28 or 29 February (民法 第143条, as city rules on bookings say it).
    """
    number = day.year * 12 + day.month - 1 - months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, month_length(year, month + 1)))


def fiscal_year(day: date) -> int:
    """Return the 年度 of a day, named by the year in which it begins."""
    return day.year if day.month >= FISCAL_YEAR_BEGINS else day.year - 1


def days(first: date, last: date) -> Iterator[date]:
    """Go through the days from one to another, both inclusive."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
