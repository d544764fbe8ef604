"""Deadlines and windows of applications, which move off closed days forward or backward.

Pure: no Django, no database. What counts as closed is asked of a function of a day: a place's own
schedule, or 平日 of an office. Days are those of the place, Asia/Tokyo in Japan, wherever the
server stands.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from gis_portal.hours.days import ONE_DAY, last_of_month, months_before
from gis_portal.hours.schedule import HORIZON, JAPAN
from gis_portal.hours.spans import HoursError

IsClosed = Callable[[date], bool]


class Direction(StrEnum):
    """Where a deadline goes that falls on a closed day."""

    STAYS = "stays"
    FORWARD = "forward"
    """To the next open day."""
    BACKWARD = "backward"
    """To the open day before."""


def moved(day: date, direction: Direction, is_closed: IsClosed) -> date:
    """Return the day, or the nearest open one in a direction.

    Raises HoursError where none is open for over a year.
    """
    if direction == Direction.STAYS:
        return day
    step = ONE_DAY if direction == Direction.FORWARD else -ONE_DAY
    for number in range(HORIZON + 1):
        if not is_closed(found := day + number * step):
            return found
    raise HoursError(f"No day within {HORIZON} days of {day} is open")


def window_opens(
    use: date,
    months: int,
    is_closed: IsClosed,
    *,
    at: time = time(0),
    direction: Direction = Direction.FORWARD,
) -> datetime:
    """Return when applications open for a day of use: so many months before, at a time of day.

    The 応答日, or the month's last day where it has none; if closed, the next open day
    (本宮市公民館規則).
    """
    day = moved(months_before(use, months), direction, is_closed)
    return datetime.combine(day, at, JAPAN)


def before_month_end(
    day: date, days: int, is_closed: IsClosed, direction: Direction = Direction.BACKWARD
) -> date:
    """Return the day that lies so many days before the end of a day's month, moved off closed days.

    芦屋市's fees are due on the day before the month's last, if closed on the open day before.
    """
    return moved(last_of_month(day) - timedelta(days=days), direction, is_closed)


def working_days_before(day: date, count: int, is_closed: IsClosed) -> date:
    """Return the open day that is the nth before a day, which itself does not count.

    3営業日前 of a Thursday is Monday where no day between is closed.
    """
    return _counted(day, count, is_closed, -ONE_DAY)


def working_days_after(day: date, count: int, is_closed: IsClosed) -> date:
    """Return the open day that is the nth after a day; the day itself where n is 0."""
    return _counted(day, count, is_closed, ONE_DAY)


def _counted(day: date, count: int, is_closed: IsClosed, step: timedelta) -> date:
    found = day
    for _ in range(HORIZON):
        if count <= 0:
            return found
        found += step
        count -= not is_closed(found)
    raise HoursError(f"There are not enough open days within {HORIZON} days of {day}")


def day_of(moment: datetime) -> date:
    """Return the day of a moment (which knows its zone) in Japan.

    23:30 UTC of 31 March is 08:30 of 1 April there.
    """
    return moment.astimezone(JAPAN).date()
