"""Random hours for property tests: every kind of rule, with every shift."""

from datetime import date, timedelta

from hypothesis import strategies as st

from gis_portal.hours.closing import (
    ALL_MONTHS,
    ClosingRule,
    MonthDays,
    Nth,
    OnHolidays,
    Shift,
    Weekly,
    Yearly,
)
from gis_portal.hours.days import MonthDay, Season
from gis_portal.hours.schedule import DatedException, Pattern, Schedule
from gis_portal.hours.spans import Span
from tests.hours.calendar import HOLIDAYS

FIRST, LAST = date(2025, 6, 1), date(2028, 6, 30)

days = st.dates(FIRST, LAST)
weekdays = st.frozensets(st.integers(0, 6), min_size=1)
months = st.just(ALL_MONTHS) | st.frozensets(st.integers(1, 12), min_size=1)
month_days = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(
    lambda day: MonthDay(day.month, day.day)
)
seasons = st.builds(Season, month_days, month_days)
bounds = st.none() | days


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    """Draw spans of a day that do not overlap; the last may go past midnight."""
    edges = sorted(draw(st.lists(st.integers(0, 1439), max_size=5, unique=True)))
    if len(edges) % 2:
        edges.append(draw(st.integers(1440, 2880)))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple(Span(start, end) for start, end in pairs)


patterns = st.builds(
    Pattern, spans(), weekdays, st.booleans(), st.none() | seasons, st.none(), bounds
)
whens = (
    st.builds(Weekly, weekdays)
    | st.builds(
        Nth, st.frozensets(st.sampled_from((1, 2, 3, 4, 5, -1)), min_size=1), weekdays, months
    )
    | st.builds(
        MonthDays, st.frozensets(st.sampled_from((1, 2, 15, 29, 31, -1)), min_size=1), months
    )
    | st.builds(Yearly, seasons)
    | st.just(OnHolidays())
)


@st.composite
def rules(draw: st.DrawFn) -> ClosingRule:
    """Draw a closing rule."""
    when = draw(whens)
    shifts = [Shift.NONE, Shift.BY_HAND] if isinstance(when, OnHolidays) else list(Shift)
    shift = draw(st.sampled_from(shifts))
    named = st.dictionaries(st.sampled_from(sorted(HOLIDAYS.names)), days, max_size=5)
    return ClosingRule(
        when,
        shift,
        draw(st.frozensets(st.integers(0, 6), max_size=2)),
        draw(named) if shift == Shift.BY_HAND else {},
        draw(st.booleans()),
        draw(st.none() | seasons),
        None,
        draw(bounds),
    )


@st.composite
def exceptions(draw: st.DrawFn) -> DatedException:
    """Draw an exception of up to a month."""
    first = draw(days)
    return DatedException(
        first,
        first + timedelta(days=draw(st.integers(0, 30))),
        draw(st.none() | spans()),
        draw(st.just({}) | st.just({"ja": "雪まつり", "en": "snow festival"})),
        draw(st.integers(0, 2)),
        draw(st.booleans()),
    )


schedules = st.builds(
    Schedule,
    st.lists(patterns, max_size=4).map(tuple),
    st.lists(rules(), max_size=4).map(tuple),
    st.lists(exceptions(), max_size=3).map(tuple),
    st.just(HOLIDAYS),
)
