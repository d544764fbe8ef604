"""A place's hours as a JSON document: what is stored, edited, baked and read by the map's script.

Pure: no Django, no database. ::

    {"patterns": [{"spans": [["9:00", "12:00", "午前"], ["13:00", "25:00"]], "weekdays": [0, 1],
                   "season": ["04-01", "11-30"], "from": "2026-04-01", "until": "2027-03-31"},
                  {"spans": [], "holidays": true}],
     "closings": [{"when": {"nth": [2], "weekdays": [0], "months": [2, 4]}, "shift": "next-day"}],
     "exceptions": [{"from": "2026-08-13", "until": "2026-08-16", "spans": null,
                     "reason": {"ja": "夏まつり"}}]}

A part that is left out is the usual one. Weekdays are numbers from 0 (Monday).
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from gis_portal.hours.closing import (
    ALL_MONTHS,
    ALL_WEEKDAYS,
    ClosingRule,
    MonthDays,
    Nth,
    OnHolidays,
    Shift,
    Weekly,
    When,
    Yearly,
)
from gis_portal.hours.days import Holidays, MonthDay, Season
from gis_portal.hours.schedule import DatedException, Pattern, Schedule
from gis_portal.hours.spans import HoursError, Span, clock, minutes

Document = Mapping[str, Any]
_T = TypeVar("_T")


def read(document: Document, holidays: Holidays) -> Schedule:
    """Return the schedule that a document describes.

    Raises HoursError, which says which entry is wrong and why.
    """
    _only(document, "patterns", "closings", "exceptions")
    return Schedule(
        _each(document, "patterns", _pattern),
        _each(document, "closings", _rule),
        _each(document, "exceptions", _exception),
        holidays,
    )


def written(schedule: Schedule) -> dict[str, Any]:
    """Return the document of a schedule; its holidays are not in it."""
    return {
        "patterns": [_pattern_written(each) for each in schedule.patterns],
        "closings": [_rule_written(each) for each in schedule.rules],
        "exceptions": [_exception_written(each) for each in schedule.exceptions],
    }


# -- reading ---------------------------------------------------------------------------------------


def _each(document: Document, name: str, reader: Callable[[Document], _T]) -> tuple[_T, ...]:
    found = []
    for number, entry in enumerate(document.get(name, ()), start=1):
        try:
            found.append(reader(entry))
        except KeyError as error:
            raise HoursError(f"{name} {number}: “{error.args[0]}” is missing") from error
        except (ValueError, TypeError, AttributeError) as error:  # HoursError is a ValueError
            raise HoursError(f"{name} {number}: {error}") from error
    return tuple(found)


def _pattern(entry: Document) -> Pattern:
    _only(entry, "spans", "weekdays", "holidays", "season", "from", "until")
    return Pattern(
        _spans(entry["spans"]),
        _numbers(entry, "weekdays", ALL_WEEKDAYS),
        bool(entry.get("holidays", False)),
        _season(entry.get("season")),
        _date(entry.get("from")),
        _date(entry.get("until")),
    )


def _rule(entry: Document) -> ClosingRule:
    _only(entry, "when", "shift", "also_on", "substitutes", "rolls_on", "season", "from", "until")
    substitutes = entry.get("substitutes", {})
    return ClosingRule(
        _when(entry["when"]),
        Shift(entry.get("shift", Shift.NONE)),
        _numbers(entry, "also_on", frozenset()),
        {date.fromisoformat(day): date.fromisoformat(to) for day, to in substitutes.items()},
        bool(entry.get("rolls_on", False)),
        _season(entry.get("season")),
        _date(entry.get("from")),
        _date(entry.get("until")),
    )


def _when(entry: Document) -> When:
    _only(entry, "nth", "weekdays", "month_days", "months", "season", "holidays")
    months = _numbers(entry, "months", ALL_MONTHS)
    if "nth" in entry:
        return Nth(frozenset(entry["nth"]), frozenset(entry["weekdays"]), months)
    if "month_days" in entry:
        return MonthDays(frozenset(entry["month_days"]), months)
    if "season" in entry:
        return Yearly(_season(entry["season"]) or Season(MonthDay(1, 1), MonthDay(12, 31)))
    if entry.get("holidays"):
        return OnHolidays()
    return Weekly(frozenset(entry["weekdays"]))


def _exception(entry: Document) -> DatedException:
    _only(entry, "from", "until", "spans", "reason", "priority", "emergency")
    spans = entry["spans"]
    first = date.fromisoformat(entry["from"])
    return DatedException(
        first,
        _date(entry.get("until")) or first,
        None if spans is None else _spans(spans),
        dict(entry.get("reason", {})),
        int(entry.get("priority", 0)),
        bool(entry.get("emergency", False)),
    )


def _spans(entries: list[list[str]]) -> tuple[Span, ...]:
    return tuple(Span(minutes(start), minutes(end), *names) for start, end, *names in entries)


def _numbers(entry: Document, name: str, usual: frozenset[int]) -> frozenset[int]:
    return frozenset(entry[name]) if name in entry else usual


def _season(entry: list[str] | None) -> Season | None:
    if entry is None:
        return None
    first, last = (MonthDay(*map(int, text.split("-"))) for text in entry)
    return Season(first, last)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _only(entry: Document, *names: str) -> None:
    if strange := sorted(set(entry) - set(names)):
        raise HoursError(f"“{strange[0]}” is not known here")


# -- writing ---------------------------------------------------------------------------------------


def _pattern_written(pattern: Pattern) -> dict[str, Any]:
    return _without_usual(
        spans=_spans_written(pattern.spans),
        weekdays=None if pattern.weekdays == ALL_WEEKDAYS else sorted(pattern.weekdays),
        holidays=pattern.on_holidays or None,
        **_bounds(pattern),
    )


def _rule_written(rule: ClosingRule) -> dict[str, Any]:
    return _without_usual(
        when=_when_written(rule.when),
        shift=None if rule.shift == Shift.NONE else str(rule.shift),
        also_on=sorted(rule.also_on) or None,
        substitutes={str(day): str(to) for day, to in sorted(rule.substitutes.items())} or None,
        rolls_on=rule.rolls_on or None,
        **_bounds(rule),
    )


def _when_written(when: When) -> dict[str, Any]:
    match when:
        case Weekly(weekdays):
            return {"weekdays": sorted(weekdays)}
        case Nth(ordinals, weekdays, months):
            return {"nth": sorted(ordinals), "weekdays": sorted(weekdays), **_months(months)}
        case MonthDays(numbers, months):
            return {"month_days": sorted(numbers), **_months(months)}
        case Yearly(season):
            return {"season": _season_written(season)}
        case OnHolidays():
            return {"holidays": True}


def _exception_written(exception: DatedException) -> dict[str, Any]:
    spans = None if exception.spans is None else _spans_written(exception.spans)
    return {
        "from": str(exception.first), "until": str(exception.last), "spans": spans,
        **_without_usual(
            reason=dict(exception.reason) or None,
            priority=exception.priority or None,
            emergency=exception.emergency or None,
        ),
    }  # fmt: skip


def _spans_written(spans: tuple[Span, ...]) -> list[list[str]]:
    return [
        [clock(each.start), clock(each.end), *([each.session] if each.session else [])]
        for each in spans
    ]


def _bounds(given: Pattern | ClosingRule) -> dict[str, Any]:
    return {
        "season": given.season and _season_written(given.season),
        "from": given.first and str(given.first),
        "until": given.last and str(given.last),
    }


def _months(months: frozenset[int]) -> dict[str, list[int]]:
    return {} if months == ALL_MONTHS else {"months": sorted(months)}


def _season_written(season: Season) -> list[str]:
    return [f"{day.month:02d}-{day.day:02d}" for day in (season.first, season.last)]


def _without_usual(**entries: Any) -> dict[str, Any]:
    return {name: value for name, value in entries.items() if value is not None}
