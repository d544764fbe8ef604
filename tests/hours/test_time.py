"""Times, deadlines and years on the dates of the specification: T1 to T8."""

from datetime import UTC, date, datetime, time

import pytest

from gis_portal.hours.closing import ClosingRule, Weekly
from gis_portal.hours.days import fiscal_year, months_before
from gis_portal.hours.deadlines import (
    Direction,
    before_month_end,
    day_of,
    moved,
    window_opens,
    working_days_after,
    working_days_before,
)
from gis_portal.hours.schedule import JAPAN, Because, Pattern, Schedule
from gis_portal.hours.spans import HoursError, Span, in_order, minutes
from tests.hours.calendar import HOLIDAYS

SATURDAY = frozenset({5})
LATE = Schedule((Pattern((Span(18 * 60, 25 * 60, "夜間"),), SATURDAY),), holidays=HOLIDAYS)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAPAN)


def not_working(day: date) -> bool:
    return not HOLIDAYS.is_working(day)


def test_t1_a_session_past_midnight_belongs_to_the_day_it_begins_on() -> None:
    state = LATE.state_at(at("2026-06-07T00:59"))
    assert state.is_open
    assert state.day.day == date(2026, 6, 6)
    assert not LATE.state_at(at("2026-06-07T01:00")).is_open
    assert LATE.spans(date(2026, 6, 7)) == ()
    sundays_closed = Schedule(
        LATE.patterns, (ClosingRule(Weekly(frozenset({6}))),), holidays=HOLIDAYS
    )
    assert sundays_closed.state_at(at("2026-06-07T00:59")).is_open
    saturdays_closed = Schedule(LATE.patterns, (ClosingRule(Weekly(SATURDAY)),), holidays=HOLIDAYS)
    assert not saturdays_closed.state_at(at("2026-06-07T00:59")).is_open


def test_t2_what_ends_at_midnight_and_what_begins_there_do_not_overlap() -> None:
    night = Schedule((Pattern(in_order((Span(21 * 60, 24 * 60), Span(0, 60)))),))
    assert night.state_at(at("2026-06-06T23:59")).is_open
    assert night.state_at(at("2026-06-07T00:00")).is_open
    assert night.next_change(at("2026-06-06T22:00")) == at("2026-06-07T01:00")
    assert night.next_change(at("2026-06-07T01:00")) == at("2026-06-07T21:00")


@pytest.mark.parametrize(
    ("start", "end"), [(600, 600), (600, 540), (-1, 60), (1440, 1500), (0, 2881)]
)
def test_t3_a_span_that_cannot_be_is_refused(start: int, end: int) -> None:
    with pytest.raises(HoursError):
        Span(start, end)


def test_t3_times_as_they_are_written() -> None:
    assert minutes("24:00") == 1440
    assert minutes("9:05") == minutes("09:05") == 545
    assert minutes("25:30", grid=15) == 1530
    for wrong in ("23:59:59", "24", "9:5", "9:60", "-1:00", "4９:00", "", "49:00", "９:00"):
        with pytest.raises(HoursError):
            minutes(wrong)
    with pytest.raises(HoursError):
        minutes("23:59", grid=15)


def test_t3_overlapping_spans_of_a_day_are_refused() -> None:
    with pytest.raises(HoursError, match="overlap"):
        in_order((Span(540, 720), Span(700, 800)))
    assert len(in_order((Span(720, 800), Span(540, 720)))) == 2


def test_t4_the_day_is_the_one_in_japan() -> None:
    moment = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
    assert day_of(moment) == date(2026, 4, 1)
    office = Schedule((Pattern((Span(8 * 60 + 30, 17 * 60),)),))
    assert office.state_at(moment).is_open
    assert office.state_at(moment).day.day == date(2026, 4, 1)


def test_t5_a_month_before_is_the_same_day_or_the_months_last() -> None:
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_before(date(2028, 3, 29), 1) == date(2028, 2, 29)
    assert months_before(date(2026, 1, 15), 3) == date(2025, 10, 15)
    assert months_before(date(2026, 3, 31), 0) == date(2026, 3, 31)
    # 28 February 2026 is a Saturday.
    opens = window_opens(date(2026, 3, 31), 1, not_working, at=time(8, 30))
    assert opens == at("2026-03-02T08:30")
    assert window_opens(date(2026, 3, 31), 1, lambda day: False) == at("2026-02-28T00:00")


def test_t6_a_deadline_moves_backward() -> None:
    # 30 May 2026 is a Saturday.
    assert before_month_end(date(2026, 5, 10), 1, not_working) == date(2026, 5, 29)
    assert before_month_end(date(2026, 4, 10), 1, not_working) == date(2026, 4, 28), "over 昭和の日"
    assert moved(date(2026, 5, 30), Direction.FORWARD, not_working) == date(2026, 6, 1)
    assert moved(date(2026, 5, 30), Direction.STAYS, not_working) == date(2026, 5, 30)
    with pytest.raises(HoursError):
        moved(date(2026, 5, 30), Direction.FORWARD, lambda day: True)


def test_t7_working_days_over_golden_week() -> None:
    assert working_days_after(date(2026, 4, 28), 3, not_working) == date(2026, 5, 7)
    assert working_days_before(date(2026, 5, 7), 1, not_working) == date(2026, 5, 1)
    assert working_days_before(date(2026, 5, 7), 3, not_working) == date(2026, 4, 28)
    assert working_days_before(date(2026, 5, 7), 0, not_working) == date(2026, 5, 7)


def test_t8_a_year_of_use_begins_in_april() -> None:
    assert fiscal_year(date(2026, 3, 31)) == 2025
    assert fiscal_year(date(2026, 4, 1)) == 2026
    late = LATE.state_at(at("2029-04-01T00:30"))  # 31 March 2029 is a Saturday
    assert late.is_open
    assert fiscal_year(late.day.day) == 2028


def test_nobody_knows_is_neither_open_nor_closed() -> None:
    state = Schedule().state_at(at("2026-06-06T12:00"))
    assert state.is_open is None
    assert state.day.because == Because.UNKNOWN
    assert Schedule().next_change(at("2026-06-06T12:00")) is None
    assert list(Schedule().closed_days(date(2026, 1, 1), date(2026, 12, 31))) == []
