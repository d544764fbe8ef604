"""Numbers as they stand in lists: full width, with thousands, with their unit."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from importers.problems import Problem, warning
from importers.values.cell import Read, dashed, is_blank, plain, shown

# What may stand behind a number, or ¥ before it. 千 and 万 are no units: 3万円 is no 3.
_UNITS = (
    *("人", "名", "世帯", "戸", "棟", "件", "台", "基", "床", "室", "席", "円", "歳", "階", "度"),
    *("個所", "箇所", "か所", "ヶ所", "カ所", "ヵ所", "個", "本", "面", "冊", "回", "脚", "張"),
    *("校", "園", "店", "軒", "口", "枚", "点", "躯", "幅", "巻", "振", "領", "株", "通", "双"),
    *("時間", "分", "m", "m2", "m3", "km", "km2", "cm", "mm", "ha", "a", "t", "kg", "l", "%"),
    *("平方メートル", "立方メートル", "メートル", "キロメートル", "ヘクタール", "平米"),
)
# The same unit in another word.
_SAME_UNIT = {
    "名": "人",
    "平方メートル": "m2",
    "平米": "m2",
    "立方メートル": "m3",
    "メートル": "m",
    "キロメートル": "km",
    "ヘクタール": "ha",
    **dict.fromkeys(("個所", "か所", "ヶ所", "カ所", "ヵ所"), "箇所"),
}
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?P<before>¥)?(?P<number>[+-]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)(?P<after>{_UNIT})?"
)
_MOST_DIGITS = 15
"""A float holds so many digits exactly; a longer number is a code."""


def read(value: Any) -> Read:
    """Return a cell's number, as an int where it is whole; its unit is dropped (see ``unit_of``).

    The whole cell must be one number: 屋内191人／屋外0人, 約50, 10～20 and 3万円 stay as they are.
    """
    if is_blank(value) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value, None
    found = None if isinstance(value, bool | list) else _matched(value)
    if found is None:
        return value, _no_number(value)
    number = found["number"].replace(",", "").removeprefix("+")
    if len(re.sub(r"\D", "", number)) > _MOST_DIGITS:
        return value, _no_number(value)
    exact = float(number)
    return (int(exact) if exact.is_integer() else exact), None


def unit_of(value: Any) -> str:
    """Return the unit in which a cell's number stands, "" where it has none or is no number."""
    found = _matched(value) if isinstance(value, str) else None
    if found is None:
        return ""
    unit = "円" if found["before"] else found["after"] or ""
    return _SAME_UNIT.get(unit, unit)


def column_unit(values: Sequence[Any]) -> str:
    """Return the unit of a column, "" where no cell names one: that of most cells that do."""
    units = Counter(unit for value in values if (unit := unit_of(value)))
    return min(units, key=lambda unit: (-units[unit], unit)) if units else ""


def other_unit(value: Any, unit: str) -> Problem | None:
    """Return a problem for a cell in another unit than its column: 3人 is no 3台."""
    own = unit_of(value)
    if not own or own == unit:
        return None
    return warning("number_other_unit", None, None, text=shown(value), unit=unit)


def _matched(value: Any) -> re.Match[str] | None:
    text = dashed(plain(value)).casefold()
    return _NUMBER.fullmatch(text.removesuffix("-") if text.startswith("¥") else text)


def _no_number(value: Any) -> Problem:
    return warning("number_kept_as_text", None, None, text=shown(value))
