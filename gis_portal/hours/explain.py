"""One true sentence why a day is open or closed, naming the rule, the holiday and the shift.

Pure: no Django, no database. It says what the resolver did (``schedule.Day``) and nothing else.
"""

from collections.abc import Mapping
from datetime import date

from gis_portal.hours import phrases
from gis_portal.hours.closing import Closing, OnHolidays, Shift, Yearly
from gis_portal.hours.days import ONE_DAY
from gis_portal.hours.phrases import EASY, EN, JA
from gis_portal.hours.schedule import Because, Day

_Sentences = Mapping[str, str]

_OPEN: _Sentences = {
    JA: "{hours}開いています", EASY: "{hours} 開（あ）いています", EN: "open {hours}",
}  # fmt: skip
_USUAL: _Sentences = {
    JA: "{weekday}は{open}。", EASY: "{weekday}は {open}。", EN: "It is {open} on {weekday}s.",
}  # fmt: skip
_HOLIDAY_HOURS: _Sentences = {
    JA: "祝日（{holiday}）は{open}。",
    EASY: "祝日（しゅくじつ）は {open}。",
    EN: "It is {open} on national holidays ({holiday}).",
}
_NOT_THAT_WEEKDAY: _Sentences = {
    JA: "{weekday}は開いていません。",
    EASY: "{weekday}は 開（あ）いていません。",
    EN: "It is not open on {weekday}s.",
}
_HOLIDAY_CLOSED: _Sentences = {
    JA: "祝日（{holiday}）は開いていません。",
    EASY: "祝日（しゅくじつ）は 開（あ）いていません。",
    EN: "It is not open on national holidays ({holiday}).",
}
_OUT_OF_SEASON: _Sentences = {
    JA: "開いている期間ではないため、休みです。",
    EASY: "この 時期（じき）は 休（やす）みです。",
    EN: "It is closed at this time of the year.",
}
_UNKNOWN: _Sentences = {
    JA: "開いている時間の情報がありません。",
    EASY: "開（あ）いている 時間（じかん）は わかりません。",
    EN: "There is no information about the opening hours.",
}

# What closes the day.
_RULE: _Sentences = {
    JA: "{rule}は休みです。", EASY: "{rule}は 休（やす）みです。", EN: "It is closed on {rule}.",
}  # fmt: skip
_RULE_ON_HOLIDAY: _Sentences = {
    JA: "{rule}は、{why}でも休みです。",
    EASY: "{rule}は 祝日（しゅくじつ）でも 休（やす）みです。",
    EN: "It is closed on {rule}, also on {why}.",
}
_MOVED_HERE: _Sentences = {
    JA: "{origin}が{why}のため、{rule}の休みが{target}に変わりました。",
    EASY: "{origin}は {why}です。だから {target}が 休（やす）みです。",
    EN: "Closed instead of {origin} ({rule}), which is {why}: moved to {target}.",
}
_ALSO_HERE: _Sentences = {
    JA: "{rule}の休みの{origin}が{why}のため、翌日のこの日も休みです。",
    EASY: "{origin}は {why}です。だから 次（つぎ）の 日（ひ）も 休（やす）みです。",
    EN: "Closed as well, since {origin} ({rule}) is {why}.",
}
_NOT_NAMED: _Sentences = {
    JA: "{rule}は休みです（{why}のため別の日に変わりますが、その日がまだ決まっていません）。",
    EASY: "{rule}は 休（やす）みです。別（べつ）の 日（ひ）に なるかもしれません。",
    EN: "It is closed on {rule}; since this is {why} another day will be named, but is not yet.",
}

# What leaves the day open.
_KEPT_OPEN: _Sentences = {
    JA: "{rule}は休みですが、{why}のため{open}。",
    EASY: "{why}です。だから {open}。",
    EN: "It would be closed on {rule}, but this is {why}: {open}.",
}
_MOVED_AWAY: _Sentences = {
    JA: "{rule}の休みは{why}のため{target}に変わり、この日は{open}。",
    EASY: "{why}です。だから {open}。休（やす）みは {target}です。",
    EN: "It would be closed on {rule}, but this is {why}: {open}, and closed on {target} instead.",
}

# Where a closing moved to, in the words of the rule.
_TARGET: Mapping[Shift, _Sentences] = {
    Shift.NEXT_DAY: {
        JA: "翌日の{date}", EASY: "次（つぎ）の 日（ひ）、{date}", EN: "the next day, {date}",
    },
    Shift.NEXT_NON_HOLIDAY: {
        JA: "翌日以後の最初の祝日でない日、{date}",
        EASY: "次（つぎ）の 祝日（しゅくじつ）では ない 日（ひ）、{date}",
        EN: "the next day that is no holiday, {date}",
    },
    Shift.NEXT_WORKING_DAY: {
        JA: "翌日以後の最初の平日、{date}",
        EASY: "次（つぎ）の 平日（へいじつ）、{date}",
        EN: "the next working day, {date}",
    },
}  # fmt: skip
_ROLLED: _Sentences = {
    JA: "そのあとのほかの休みでない日、{date}",
    EASY: "{date}",
    EN: "the next day that is not closed already, {date}",
}
_NAMED: _Sentences = {JA: "{date}", EASY: "{date}", EN: "{date}"}
_A_HOLIDAY: _Sentences = {
    JA: "祝日（{name}）", EASY: "祝日（しゅくじつ）", EN: "a national holiday ({name})",
}  # fmt: skip

_EXCEPTION_OPEN: _Sentences = {
    JA: "臨時に{open}{reason}。", EASY: "この 日（ひ）だけ {open}{reason}。",
    EN: "It is {open}, as an exception{reason}.",
}  # fmt: skip
_EXCEPTION_CLOSED: _Sentences = {
    JA: "臨時に休みます{reason}。", EASY: "この 日（ひ）は 休（やす）みます{reason}。",
    EN: "It is closed, as an exception{reason}.",
}  # fmt: skip
_EMERGENCY_OPEN: _Sentences = {
    JA: "緊急のため{open}{reason}。", EASY: "緊急（きんきゅう）です。{open}{reason}。",
    EN: "It is {open} because of an emergency{reason}.",
}  # fmt: skip
_EMERGENCY_CLOSED: _Sentences = {
    JA: "緊急のため休みます{reason}。", EASY: "緊急（きんきゅう）です。休（やす）みます{reason}。",
    EN: "It is closed because of an emergency{reason}.",
}  # fmt: skip
_REASON: _Sentences = {JA: "（{text}）", EASY: "（{text}）", EN: " ({text})"}


def explained(day: Day, language: str) -> str:
    """Return why a day is open or closed, in a language; English where it is none of the site's."""
    language = phrases.known(language)
    hours = phrases.hours(day.spans, language) if day.spans else ""
    words = {
        "weekday": phrases.weekday(day.day.weekday(), language),
        "open": _OPEN[language].format(hours=hours),
        "holiday": day.holiday,
        "why": _why(day.holiday, day.day, language),
    }
    if day.closing:
        words |= _of_closing(day, day.closing, language)
    if day.exception:
        reason = phrases.in_language(day.exception.reason, language)
        words["reason"] = _REASON[language].format(text=reason) if reason else ""
    return _sentence(day)[language].format(**words)


def _of_closing(day: Day, closing: Closing, language: str) -> dict[str, str]:
    holiday = closing.why or (day.holiday if day.day == closing.origin else "")
    words = {
        "rule": phrases.rule(closing.rule, language),
        "origin": phrases.dated(closing.origin, language),
        "why": _why(holiday, closing.origin, language),
    }
    if closing.day:
        rolled = closing.rule.rolls_on and closing.day - closing.origin > ONE_DAY
        target = _ROLLED if rolled else _TARGET.get(closing.rule.shift, _NAMED)
        words["target"] = target[language].format(date=phrases.dated(closing.day, language))
    return words


def _why(holiday: str, day: date, language: str) -> str:
    """Return what made a rule give way: a holiday, or the weekday it fell on."""
    if holiday:
        return _A_HOLIDAY[language].format(name=holiday)
    return phrases.weekday(day.weekday(), language)


def _sentence(day: Day) -> _Sentences:
    match day.because:
        case Because.UNKNOWN:
            return _UNKNOWN
        case Because.OUT_OF_SEASON:
            return _OUT_OF_SEASON
        case Because.NOT_THAT_WEEKDAY:
            by_holiday = day.pattern is not None and day.pattern.on_holidays
            return _HOLIDAY_CLOSED if by_holiday else _NOT_THAT_WEEKDAY
        case Because.USUAL:
            by_holiday = day.pattern is not None and day.pattern.on_holidays
            return _HOLIDAY_HOURS if by_holiday else _USUAL
        case Because.EXCEPTION:
            return _EXCEPTION_OPEN if day.spans else _EXCEPTION_CLOSED
        case Because.EMERGENCY:
            return _EMERGENCY_OPEN if day.spans else _EMERGENCY_CLOSED
        case Because.KEPT_OPEN:
            return _MOVED_AWAY if day.closing and day.closing.day else _KEPT_OPEN
        case Because.CLOSING_RULE:
            return _closed(day, day.closing) if day.closing else _RULE


def _closed(day: Day, closing: Closing) -> _Sentences:
    if closing.unnamed:
        return _NOT_NAMED
    if closing.origin != closing.day:
        return _ALSO_HERE if closing.rule.shift == Shift.ALSO_NEXT_DAY else _MOVED_HERE
    names_holidays = isinstance(closing.rule.when, OnHolidays | Yearly)
    return _RULE_ON_HOLIDAY if day.holiday and not names_holidays else _RULE
