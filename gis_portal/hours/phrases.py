"""Rules, days and times as people say them, in the languages of the site.

Pure: no Django, no database. A language is its code; a variant (ja-easy) has words of its own.
"""

from collections.abc import Collection, Sequence
from datetime import date

from gis_portal.city import Text
from gis_portal.hours.closing import (
    ALL_MONTHS,
    EVEN_MONTHS,
    ODD_MONTHS,
    ClosingRule,
    MonthDays,
    Nth,
    OnHolidays,
    Weekly,
    Yearly,
)
from gis_portal.hours.days import MonthDay, Season
from gis_portal.hours.spans import DAY, Span, clock

JA, EASY, EN = "ja", "ja-easy", "en"
LANGUAGES = (JA, EASY, EN)

_KANJI = "月火水木金土日"
_EASY_WEEKDAYS = (
    "月曜日（げつようび）", "火曜日（かようび）", "水曜日（すいようび）", "木曜日（もくようび）",
    "金曜日（きんようび）", "土曜日（どようび）", "日曜日（にちようび）",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}


def known(language: str) -> str:
    """Return the language in which something is said: itself, else English."""
    return language if language in LANGUAGES else EN


def in_language(text: Text, language: str) -> str:
    """Return a text in a language, else in Japanese, else in whichever there is."""
    return text.get(language) or text.get(JA) or next(iter(text.values()), "")


def weekday(number: int, language: str) -> str:
    """Return a weekday's name."""
    if known(language) == EN:
        return _WEEKDAYS[number]
    return _EASY_WEEKDAYS[number] if language == EASY else f"{_KANJI[number]}曜日"


def dated(day: date, language: str) -> str:
    """Return a day of a year in sight: 1月13日（火）, Tuesday 13 January."""
    if known(language) == EN:
        return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
    if language == EASY:
        return f"{day.month}月{day.day}日 {_EASY_WEEKDAYS[day.weekday()]}"
    return f"{day.month}月{day.day}日（{_KANJI[day.weekday()]}）"


def month_day(day: MonthDay, language: str) -> str:
    """Return a day of every year."""
    if known(language) == EN:
        return f"{day.day} {_MONTHS[day.month - 1]}"
    return f"{day.month}月{day.day}日"


def season(given: Season, language: str) -> str:
    """Return a season: 1月4日から12月28日まで."""
    first, last = month_day(given.first, language), month_day(given.last, language)
    if given.first == given.last:
        return first
    return f"{first} to {last}" if known(language) == EN else f"{first}から{last}まで"


def hours(spans: Sequence[Span], language: str) -> str:
    """Return the times of a day: 9:00から12:00まで、13:00から翌日の1:00まで."""
    if known(language) == EN:
        return _listed([f"from {clock(s.start)} to {_end(s.end, EN)}" for s in spans])
    between = "から " if language == EASY else "から"
    return "、".join(f"{clock(s.start)}{between}{_end(s.end, language)}まで" for s in spans)


def _end(minute: int, language: str) -> str:
    if minute <= DAY:
        return clock(minute)
    if known(language) == EN:
        return f"{clock(minute - DAY)} the next day"
    return f"{'翌日' if language == JA else '次（つぎ）の 日（ひ）'}の{clock(minute - DAY)}"


def rule(given: ClosingRule, language: str) -> str:
    """Return the days that a rule names: 第2・第4火曜日, the first day of each month."""
    return {JA: _rule_ja, EASY: _rule_easy, EN: _rule_en}[known(language)](given)


def _rule_ja(given: ClosingRule) -> str:
    match given.when:
        case Weekly(weekdays):
            return f"毎週{_kanji(weekdays)}曜日"
        case Nth(ordinals, weekdays, months):
            which = "・".join(f"第{n}" if n > 0 else "最終" for n in _in_order(ordinals))
            return f"{_months_ja(months, 'の')}{which}{_kanji(weekdays)}曜日"
        case MonthDays(numbers, months):
            which = "・".join(f"{n}日" if n > 0 else "末日" for n in _in_order(numbers))
            return f"{_months_ja(months, 'の') or '毎月'}{which}"
        case Yearly(days):
            return season(days, JA)
        case OnHolidays():
            return "祝日"


def _months_ja(months: frozenset[int], after: str) -> str:
    if months == ALL_MONTHS:
        return ""
    named = {EVEN_MONTHS: "偶数月", ODD_MONTHS: "奇数月"}
    return named.get(months, "・".join(f"{number}月" for number in sorted(months))) + after


def _rule_easy(given: ClosingRule) -> str:
    match given.when:
        case Weekly(weekdays):
            return f"毎週（まいしゅう） {_easy(weekdays)}"
        case Nth(ordinals, weekdays, months):
            which = "と ".join(
                f"{n}回目（かいめ）" if n > 0 else "最後（さいご）" for n in _in_order(ordinals)
            )
            return f"{_months_easy(months)}の {which}の {_easy(weekdays)}"
        case MonthDays(numbers, months):
            which = "と ".join(
                f"{n}日" if n > 0 else "最後（さいご）の 日（ひ）" for n in _in_order(numbers)
            )
            return f"{_months_easy(months)}の {which}"
        case Yearly(days):
            return season(days, EASY)
        case OnHolidays():
            return "祝日（しゅくじつ）"


def _months_easy(months: frozenset[int]) -> str:
    if months == ALL_MONTHS:
        return "毎月（まいつき）"
    return "と ".join(f"{number}月" for number in sorted(months))


def _rule_en(given: ClosingRule) -> str:
    match given.when:
        case Weekly(weekdays):
            return f"every {_english(weekdays)}"
        case Nth(ordinals, weekdays, months):
            which = _listed([_ORDINALS[number] for number in _in_order(ordinals)])
            return f"the {which} {_english(weekdays)} of {_months_en(months)}"
        case MonthDays(numbers, months):
            which = _listed([f"day {n}" if n > 0 else "the last day" for n in _in_order(numbers)])
            return f"{which} of {_months_en(months)}"
        case Yearly(days):
            return season(days, EN)
        case OnHolidays():
            return "national holidays"


def _months_en(months: frozenset[int]) -> str:
    named = {ALL_MONTHS: "each month", EVEN_MONTHS: "even months", ODD_MONTHS: "odd months"}
    return named.get(months) or _listed([_MONTHS[number - 1] for number in sorted(months)])


def _in_order(numbers: Collection[int]) -> list[int]:
    """Return numbers of days or weeks, those counted from the end last."""
    return sorted(numbers, key=lambda number: (number < 0, number))


def _kanji(weekdays: Collection[int]) -> str:
    return "・".join(_KANJI[number] for number in sorted(weekdays))


def _easy(weekdays: Collection[int]) -> str:
    return "と ".join(_EASY_WEEKDAYS[number] for number in sorted(weekdays))


def _english(weekdays: Collection[int]) -> str:
    return _listed([_WEEKDAYS[number] for number in sorted(weekdays)])


def _listed(parts: Sequence[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
