"""Several values in one cell: 内科;外科, and two telephone numbers."""

from collections.abc import Sequence
from typing import Any

from importers.problems import warning
from importers.values import contacts
from importers.values.cell import Read, is_blank, shown

# Strongest first: a weaker mark beside a stronger one belongs to a value (内科;糖尿病・内分泌内科).
_SEPARATORS: tuple[frozenset[str], ...] = tuple(
    frozenset(marks) for marks in (";；", "\n", "、,，", "/／", "・･")
)
_EVERY_MARK = "".join(frozenset().union(*_SEPARATORS)) + " \t\u3000"
_OPEN, _CLOSE = "(（[［「『【〔", ")）]］」』】〕"
_PHONE_SEPARATORS = frozenset(";；\n、,，/／")


def split(text: str, marks: frozenset[str]) -> list[str]:
    """Return the parts of a text between marks that stand outside brackets; blank parts go."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in _OPEN) - (sign in _CLOSE)
        if sign in marks and depth <= 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part for part in (part.strip(" \t\u3000\n") for part in parts) if part]


def separators(values: Sequence[Any]) -> frozenset[str]:
    """Return the marks that part the values of a column's cells.

    ``;`` where it is met anywhere (the standard's), and the stronger of the others. ・ parts only
    where the column has no other mark, because many names have one inside (糖尿病・内分泌内科).
    """
    texts = [value for value in values if isinstance(value, str)]
    met = [marks for marks in _SEPARATORS if any(len(split(text, marks)) > 1 for text in texts)]
    if not met:
        return frozenset()
    if met[0] == _SEPARATORS[0]:
        return met[0]
    strong = [marks for marks in met if marks != _SEPARATORS[-1]]
    return frozenset().union(*strong) if strong else met[0]


def listed(value: Any, marks: frozenset[str]) -> Read:
    """Return a cell's values as a list, also of one; blank, bare marks and lists as they are."""
    if is_blank(value) or isinstance(value, list):
        return value, None
    if not isinstance(value, str):
        return value, warning("list_unreadable", None, None, text=shown(value))
    if not value.strip(_EVERY_MARK):
        return value, None
    return split(value, marks), None


def phones(value: Any) -> Read:
    """Return a cell's telephone number, or a list of them where it holds several.

    Where one of them can't be read the cell stays as it is, with the reason.
    """
    if isinstance(value, list):
        read = [contacts.phone(part) for part in value]
        return [reading for reading, _ in read], next((p for _, p in read if p), None)
    parts = split(value, _PHONE_SEPARATORS) if isinstance(value, str) else [value]
    if len(parts) < 2:
        return contacts.phone(value)
    read = [contacts.phone(part) for part in parts]
    problem = next((problem for _, problem in read if problem), None)
    return (value, problem) if problem else ([reading for reading, _ in read], None)
