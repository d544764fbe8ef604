"""Closing rules on the dates of the specification: C1 to C14."""

from datetime import date
from typing import Any

import pytest

from gis_portal.hours.closing import (
    EVEN_MONTHS,
    ClosingRule,
    MonthDays,
    Nth,
    OnHolidays,
    Shift,
    Weekly,
    When,
    Yearly,
)
from gis_portal.hours.days import MonthDay, Season
from gis_portal.hours.schedule import Because, DatedException, Day, Pattern, Schedule
from gis_portal.hours.spans import HoursError, Span
from tests.hours.calendar import HOLIDAYS

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
ALWAYS = Pattern((Span(9 * 60, 17 * 60),))
NEW_YEAR = ClosingRule(Yearly(Season(MonthDay(12, 29), MonthDay(1, 3))))


def every(*weekdays: int) -> Weekly:
    return Weekly(frozenset(weekdays))


def nth(ordinal: int, weekday: int, **options: Any) -> Nth:
    return Nth(frozenset({ordinal}), frozenset({weekday}), **options)


def hall(*rules: ClosingRule, exceptions: tuple[DatedException, ...] = ()) -> Schedule:
    return Schedule((ALWAYS,), rules, exceptions, HOLIDAYS)


def rule(when: When, shift: Shift = Shift.NONE, **options: Any) -> ClosingRule:
    return ClosingRule(when, shift, **options)


def closed(schedule: Schedule, first: str, last: str) -> list[str]:
    days = schedule.closed_days(date.fromisoformat(first), date.fromisoformat(last))
    return [f"{each.day:%m-%d}" for each in days]


def on(schedule: Schedule, day: str) -> Day:
    return schedule.on(date.fromisoformat(day))


def test_c1_the_second_monday_and_the_day_after_where_that_is_a_holiday() -> None:
    place = hall(rule(nth(2, MON), Shift.NEXT_DAY))
    assert closed(place, "2026-01-01", "2026-02-28") == ["01-13", "02-09"]
    assert closed(place, "2026-10-01", "2026-10-31") == ["10-13"]


def test_c2_the_literal_next_day_is_closed_though_it_is_a_holiday() -> None:
    place = hall(rule(every(MON), Shift.NEXT_DAY))
    assert closed(place, "2026-05-02", "2026-05-10") == ["05-05"]


def test_c3_the_first_day_that_is_no_holiday_is_closed() -> None:
    place = hall(rule(every(MON), Shift.NEXT_NON_HOLIDAY))
    assert closed(place, "2026-05-02", "2026-05-10") == ["05-07"]


def test_c4_the_same_in_silver_week() -> None:
    place = hall(rule(every(MON), Shift.NEXT_NON_HOLIDAY))
    assert closed(place, "2026-09-19", "2026-09-27") == ["09-24"]


def test_c5_the_nearest_working_day_passes_over_saturday_and_sunday() -> None:
    assert closed(hall(rule(every(FRI), Shift.NEXT_WORKING_DAY)), "2026-03-16", "2026-03-26") == [
        "03-23"
    ]
    assert closed(hall(rule(every(FRI), Shift.NEXT_NON_HOLIDAY)), "2026-03-16", "2026-03-26") == [
        "03-21"
    ], "the negative control: a Saturday is no holiday"


def test_c6_the_next_day_as_well() -> None:
    place = hall(rule(every(MON), Shift.ALSO_NEXT_DAY))
    assert closed(place, "2026-02-21", "2026-03-01") == ["02-23", "02-24"]
    assert closed(place, "2026-02-14", "2026-02-20") == ["02-16"]


def test_c7_open_on_a_holiday_and_nothing_moves() -> None:
    place = hall(rule(nth(4, THU), Shift.OPEN))
    assert closed(place, "2027-09-01", "2027-09-30") == []
    assert on(place, "2027-09-23").because == Because.KEPT_OPEN
    assert closed(place, "2027-08-01", "2027-08-31") == ["08-26"]


def test_c8_the_second_tuesday_of_even_months() -> None:
    place = hall(rule(nth(2, TUE, months=EVEN_MONTHS), Shift.NEXT_DAY))
    assert closed(place, "2026-07-01", "2026-10-31") == ["08-12", "10-13"]


def test_c9_a_substitute_holiday_is_a_holiday() -> None:
    place = hall(rule(every(MON), Shift.NEXT_DAY))
    assert closed(place, "2027-03-20", "2027-03-26") == ["03-23"]


def test_c10_the_turn_of_the_year() -> None:
    assert closed(hall(NEW_YEAR), "2026-12-20", "2027-01-10") == [
        "12-29", "12-30", "12-31", "01-01", "01-02", "01-03",
    ]  # fmt: skip
    mondays = hall(NEW_YEAR, rule(every(MON), Shift.NEXT_DAY))
    assert closed(mondays, "2025-12-29", "2026-01-04") == closed(
        hall(NEW_YEAR), "2025-12-29", "2026-01-04"
    )
    thursdays = hall(NEW_YEAR, rule(every(THU), Shift.NEXT_DAY))
    assert closed(thursdays, "2026-01-01", "2026-01-07") == ["01-01", "01-02", "01-03"]
    rolling = hall(NEW_YEAR, rule(every(THU), Shift.NEXT_DAY, rolls_on=True))
    assert closed(rolling, "2026-01-01", "2026-01-07") == ["01-01", "01-02", "01-03", "01-04"]


def test_c11_an_emergency_beats_an_exception_beats_a_rule() -> None:
    opened = DatedException(date(2026, 2, 9), date(2026, 2, 9), None, {"ja": "雪まつり"})
    place = hall(rule(every(MON)), exceptions=(opened,))
    assert on(place, "2026-02-09").spans == ALWAYS.spans
    stronger = DatedException(date(2026, 2, 9), date(2026, 2, 15), (), priority=1)
    place = hall(rule(every(MON)), exceptions=(stronger, opened))
    assert on(place, "2026-02-09").exception is stronger
    emergency = DatedException(date(2026, 2, 1), date(2026, 2, 28), (), emergency=True)
    open_all_day = DatedException(date(2026, 2, 9), date(2026, 2, 9), None, priority=9)
    place = hall(exceptions=(emergency, open_all_day))
    assert on(place, "2026-02-09").because == Because.EMERGENCY
    assert not on(place, "2026-02-09").spans


def test_c11_of_two_as_strong_the_shorter_counts_then_the_later() -> None:
    month = DatedException(date(2026, 2, 1), date(2026, 2, 28), ())
    day = DatedException(date(2026, 2, 9), date(2026, 2, 9), (Span(600, 700),))
    again = DatedException(date(2026, 2, 9), date(2026, 2, 9), (Span(600, 800),))
    assert on(hall(exceptions=(day, month)), "2026-02-09").exception is day
    assert on(hall(exceptions=(day, again)), "2026-02-09").exception is again


def test_c13_a_day_knows_its_rule_the_holiday_and_where_it_moved() -> None:
    mondays = rule(nth(2, MON), Shift.NEXT_DAY)
    place = hall(mondays)
    kept, moved = on(place, "2026-01-12"), on(place, "2026-01-13")
    assert kept.because == Because.KEPT_OPEN
    assert moved.because == Because.CLOSING_RULE
    assert kept.closing == moved.closing
    assert moved.closing is not None
    assert (moved.closing.rule, moved.closing.origin, moved.closing.day, moved.closing.why) == (
        mondays, date(2026, 1, 12), date(2026, 1, 13), "成人の日",
    )  # fmt: skip


def test_c14_a_month_without_a_fifth_monday_has_no_such_day() -> None:
    place = hall(rule(nth(5, MON)))
    assert closed(place, "2026-01-01", "2026-04-30") == ["03-30"]
    assert closed(hall(rule(nth(-1, MON))), "2026-01-01", "2026-02-28") == ["01-26", "02-23"]


def test_the_day_that_somebody_must_name() -> None:
    first = rule(MonthDays(frozenset({1})), Shift.BY_HAND, also_on=frozenset({MON, SUN}))
    place = hall(first)
    assert closed(place, "2026-02-01", "2026-02-05") == ["02-01"], "a Sunday, nothing named yet"
    assert on(place, "2026-02-01").closing.unnamed  # type: ignore[union-attr]
    named = rule(
        first.when, Shift.BY_HAND, also_on=first.also_on,
        substitutes={date(2026, 2, 1): date(2026, 2, 3)},
    )  # fmt: skip
    assert closed(hall(named), "2026-02-01", "2026-02-05") == ["02-03"]
    assert closed(hall(named), "2026-04-01", "2026-04-05") == ["04-01"], "a Wednesday"


def test_holidays_and_the_end_of_the_month() -> None:
    assert closed(hall(rule(OnHolidays())), "2026-05-01", "2026-05-10") == [
        "05-03", "05-04", "05-05", "05-06",
    ]  # fmt: skip
    assert closed(hall(rule(MonthDays(frozenset({-1})))), "2026-02-01", "2026-04-30") == [
        "02-28", "03-31", "04-30",
    ]  # fmt: skip


def test_a_season_and_dates_bound_a_rule() -> None:
    winter = Season(MonthDay(12, 1), MonthDay(3, 31))
    place = hall(rule(every(MON), season=winter))
    assert closed(place, "2026-03-28", "2026-04-07") == ["03-30"]
    since = hall(rule(every(MON), first=date(2026, 4, 1)))
    assert closed(since, "2026-03-28", "2026-04-07") == ["04-06"]


def test_the_day_it_moves_to_is_closed_by_a_rule_that_ends_before() -> None:
    """The rule holds on the day it names; where that moves to is its own affair."""
    place = hall(rule(every(MON), Shift.NEXT_DAY, last=date(2026, 1, 12)))
    assert closed(place, "2026-01-12", "2026-01-20") == ["01-13"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: every(7),
        lambda: Weekly(frozenset()),
        lambda: nth(6, MON),
        lambda: nth(1, MON, months=frozenset({13})),
        lambda: MonthDays(frozenset({0})),
        lambda: rule(OnHolidays(), Shift.NEXT_DAY),
        lambda: rule(every(MON), also_on=frozenset({9})),
        lambda: rule(every(MON), substitutes={date(2026, 1, 1): date(2026, 1, 2)}),
        lambda: DatedException(date(2026, 1, 2), date(2026, 1, 1)),
    ],
)
def test_a_rule_that_cannot_be_is_refused(wrong: Any) -> None:
    with pytest.raises(HoursError):
        wrong()
