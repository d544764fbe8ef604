"""The sentences, as people read them."""

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
from gis_portal.hours.explain import explained
from gis_portal.hours.phrases import rule
from gis_portal.hours.schedule import DatedException, Pattern, Schedule
from gis_portal.hours.spans import Span
from tests.hours.calendar import HOLIDAYS

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
USUAL = Pattern((Span(9 * 60, 12 * 60), Span(13 * 60, 25 * 60)), frozenset({MON, TUE, WED, THU}))


def said(
    day: str, *rules: ClosingRule, exceptions: Any = (), patterns: Any = (USUAL,)
) -> list[str]:
    schedule = Schedule(patterns, rules, exceptions, HOLIDAYS)
    return [
        explained(schedule.on(date.fromisoformat(day)), each) for each in ("ja", "ja-easy", "en")
    ]


SECOND_MONDAY = ClosingRule(Nth(frozenset({2}), frozenset({MON})), Shift.NEXT_DAY)


def test_usual_hours_and_days_without() -> None:
    assert said("2026-01-06") == [
        "火曜日は9:00から12:00まで、13:00から翌日の1:00まで開いています。",
        (
            "火曜日（かようび）は 9:00から 12:00まで、13:00から 次（つぎ）の 日（ひ）の1:00まで"
            " 開（あ）いています。"
        ),
        "It is open from 9:00 to 12:00 and from 13:00 to 1:00 the next day on Tuesdays.",
    ]
    assert said("2026-01-09") == [
        "金曜日は開いていません。",
        "金曜日（きんようび）は 開（あ）いていません。",
        "It is not open on Fridays.",
    ]


def test_c13_a_closing_that_moved_names_the_rule_the_holiday_and_the_day() -> None:
    assert said("2026-01-13", SECOND_MONDAY) == [
        "1月12日（月）が祝日（成人の日）のため、第2月曜日の休みが翌日の1月13日（火）に変わりました。",
        (
            "1月12日 月曜日（げつようび）は 祝日（しゅくじつ）です。だから 次（つぎ）の 日（ひ）、"
            "1月13日 火曜日（かようび）が 休（やす）みです。"
        ),
        (
            "Closed instead of Monday 12 January (the second Monday of each month), which is a"
            " national holiday (成人の日): moved to the next day, Tuesday 13 January."
        ),
    ]
    ja, easy, en = said("2026-01-12", SECOND_MONDAY)
    assert ja == (
        "第2月曜日の休みは祝日（成人の日）のため翌日の1月13日（火）に変わり、この日は"
        "9:00から12:00まで、13:00から翌日の1:00まで開いています。"
    )
    assert easy.startswith("祝日（しゅくじつ）です。だから 9:00から")
    assert en.endswith("and closed on the next day, Tuesday 13 January instead.")


def test_a_holiday_that_stays_open_and_one_that_does_not() -> None:
    monday = Weekly(frozenset({MON}))
    assert said("2026-02-23", ClosingRule(monday, Shift.OPEN))[0] == (
        "毎週月曜日は休みですが、祝日（天皇誕生日）のため"
        "9:00から12:00まで、13:00から翌日の1:00まで開いています。"
    )
    assert said("2026-02-23", ClosingRule(monday))[0] == (
        "毎週月曜日は、祝日（天皇誕生日）でも休みです。"
    )
    assert said("2026-02-24", ClosingRule(monday, Shift.ALSO_NEXT_DAY))[0] == (
        "毎週月曜日の休みの2月23日（月）が祝日（天皇誕生日）のため、翌日のこの日も休みです。"
    )


def test_days_named_by_hand() -> None:
    first = MonthDays(frozenset({1}))
    waiting = ClosingRule(first, Shift.BY_HAND, frozenset({SUN}))
    assert said("2026-02-01", waiting)[0] == (
        "毎月1日は休みです（日曜日のため別の日に変わりますが、その日がまだ決まっていません）。"
    )
    named = ClosingRule(
        first, Shift.BY_HAND, frozenset({SUN}), {date(2026, 2, 1): date(2026, 2, 3)}
    )
    assert said("2026-02-03", named)[0] == (
        "2月1日（日）が日曜日のため、毎月1日の休みが2月3日（火）に変わりました。"
    )


def test_exceptions_and_emergencies_give_their_reason() -> None:
    day = date(2026, 1, 6)
    closed = DatedException(day, day, (), {"ja": "大雪", "en": "heavy snow"})
    assert said("2026-01-06", exceptions=(closed,)) == [
        "臨時に休みます（大雪）。",
        "この 日（ひ）は 休（やす）みます（大雪）。",
        "It is closed, as an exception (heavy snow).",
    ]
    shelter = DatedException(day, day, (Span(0, 1440),), emergency=True)
    assert said("2026-01-06", exceptions=(shelter,))[0] == (
        "緊急のため0:00から24:00まで開いています。"
    )


def test_what_nobody_knows_and_what_is_out_of_season() -> None:
    assert said("2026-01-06", patterns=())[0] == "開いている時間の情報がありません。"
    summer = Pattern((Span(540, 1020),), season=Season(MonthDay(4, 1), MonthDay(11, 30)))
    assert said("2026-01-06", patterns=(summer,))[0] == "開いている期間ではないため、休みです。"


@pytest.mark.parametrize(
    ("when", "names"),
    [
        (Weekly(frozenset({MON, THU})), ["毎週月・木曜日", "every Monday and Thursday"]),
        (
            Nth(frozenset({2, 4}), frozenset({TUE})),
            ["第2・第4火曜日", "the second and fourth Tuesday of each month"],
        ),
        (
            Nth(frozenset({2}), frozenset({TUE}), EVEN_MONTHS),
            ["偶数月の第2火曜日", "the second Tuesday of even months"],
        ),
        (Nth(frozenset({-1}), frozenset({FRI})), ["最終金曜日", "the last Friday of each month"]),
        (MonthDays(frozenset({-1})), ["毎月末日", "the last day of each month"]),
        (MonthDays(frozenset({1, 15})), ["毎月1日・15日", "day 1 and day 15 of each month"]),
        (
            Yearly(Season(MonthDay(12, 29), MonthDay(1, 3))),
            ["12月29日から1月3日まで", "29 December to 3 January"],
        ),
        (OnHolidays(), ["祝日", "national holidays"]),
    ],
)
def test_rules_are_named_as_cities_publish_them(when: When, names: list[str]) -> None:
    given = ClosingRule(when)
    assert [rule(given, "ja"), rule(given, "en")] == names
    assert rule(given, "ja-easy")
