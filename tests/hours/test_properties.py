"""Whatever the rules: moments agree with days, spans never overlap, sentences are true."""

import json
from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gis_portal.hours.closing import OnHolidays, Shift
from gis_portal.hours.document import read, written
from gis_portal.hours.explain import explained
from gis_portal.hours.phrases import LANGUAGES, dated, rule
from gis_portal.hours.schedule import JAPAN, Because, Schedule
from tests.hours.calendar import HOLIDAYS
from tests.hours.strategies import days, schedules

ONE_MINUTE = timedelta(minutes=1)


def moments_of(schedule: Schedule, day: date) -> set[datetime]:
    """Moments at which something of a day or its neighbours begins or ends, and those beside."""
    edges = {
        edge
        for ago in (-1, 0, 1)
        for span in schedule.spans(day + timedelta(days=ago))
        for edge in span.on(day + timedelta(days=ago), JAPAN)
    }
    return (
        edges
        | {edge - ONE_MINUTE for edge in edges}
        | {datetime(*day.timetuple()[:3], 12, tzinfo=JAPAN)}
    )


@settings(max_examples=300)
@given(schedules, days)
def test_a_moment_is_open_where_a_span_holds_it(schedule: Schedule, day: date) -> None:
    for moment in moments_of(schedule, day):
        today = moment.date()
        held = any(
            start <= moment < end
            for each in (today - timedelta(days=1), today)
            for start, end in (span.on(each, JAPAN) for span in schedule.spans(each))
        )
        state = schedule.state_at(moment)
        assert bool(state.is_open) == held
        if state.is_open is None:
            assert schedule.on(today).because == Because.UNKNOWN
        if state.span:
            assert state.span in schedule.spans(state.day.day)


@settings(max_examples=300)
@given(schedules, days)
def test_the_spans_of_a_day_are_in_order_and_do_not_overlap(schedule: Schedule, day: date) -> None:
    for one, following in pairwise(schedule.spans(day)):
        assert one.end <= following.start


@settings(max_examples=100)
@given(schedules, days, st.integers(0, 1439))
def test_nothing_changes_before_the_next_change(schedule: Schedule, day: date, minute: int) -> None:
    now = datetime(day.year, day.month, day.day, tzinfo=JAPAN) + minute * ONE_MINUTE
    change = schedule.next_change(now)
    if change is None:
        return
    is_open = bool(schedule.state_at(now).is_open)
    assert change > now
    assert bool(schedule.state_at(change).is_open) != is_open
    probes = moments_of(schedule, day) | moments_of(schedule, change.date())
    assert all(
        bool(schedule.state_at(each).is_open) == is_open for each in probes if now <= each < change
    )


@settings(max_examples=300)
@given(schedules, days)
def test_closed_days_are_the_days_without_spans(schedule: Schedule, day: date) -> None:
    last = day + timedelta(days=20)
    closed = {each.day for each in schedule.closed_days(day, last)}
    for number in range(21):
        each = schedule.on(day + timedelta(days=number))
        assert (each.day in closed) == (not each.spans and each.because != Because.UNKNOWN)


@settings(max_examples=400)
@given(schedules, days)
def test_a_sentence_says_what_was_done_and_nothing_else(schedule: Schedule, first: date) -> None:
    for number in range(10):
        day = schedule.on(first + timedelta(days=number))
        for language in LANGUAGES:
            said = explained(day, language)
            assert said.count("{") == 0
            is_open = {"ja": "開いています", "ja-easy": "開（あ）いています", "en": "open from"}[
                language
            ]
            assert (is_open in said) == bool(day.spans), said
            for span in day.spans:
                assert f"{span.start // 60}:{span.start % 60:02d}" in said
            if day.because in (Because.USUAL, Because.UNKNOWN, Because.OUT_OF_SEASON):
                # Hours of holidays name them, too: that is not the rule that closes on them.
                others = [each for each in schedule.rules if each.when != OnHolidays()]
                assert not any(rule(each, language) in said for each in others), said
            if not day.closing:
                continue
            closing = day.closing
            if language != "ja-easy":
                assert rule(closing.rule, language) in said
                assert closing.why in said
            moved = closing.day not in (None, closing.origin)
            if closing.day and moved and closing.rule.shift != Shift.ALSO_NEXT_DAY:
                assert dated(closing.day, language) in said
            if day.because == Because.KEPT_OPEN and closing.day is None:
                assert dated(closing.origin, language) not in said


@settings(max_examples=300)
@given(schedules)
def test_a_document_gives_the_same_schedule(schedule: Schedule) -> None:
    document = json.loads(json.dumps(written(schedule)))
    assert read(document, HOLIDAYS) == schedule
