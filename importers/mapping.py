"""A person's answer to "which column is what" for a layout of a city's own.

A mapping is suggested from the headers and from the profile that reads the file, edited on a
screen, and remembered by the layout's fingerprint, so that next year's file is read the same way.
Pure data: it turns a profile into one that reads exactly so.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from importers.headers import Role, canonical, normalised
from importers.problems import FileRefused, Problem, warning
from importers.profiles import RULES, Profile
from importers.profiles.profile import Kind
from importers.table import Table
from importers.values import Rule

ROLES: tuple[Role, ...] = get_args(Role)
_RULE_NAMES: frozenset[str] = frozenset(get_args(Rule))
_KINDS: frozenset[str] = frozenset(get_args(Kind))
VERSION = 1
"""Of the JSON form; a later one may add members."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What each column of a layout is.

    ``roles`` say which column plays which part (a part without a column is left out), ``rules``
    how a column's values are read, ``titles`` what people see instead of its header. ``key`` is
    the column that identifies a row; None: none does, the content is the key. ``profile`` names
    the profile that lies beneath: its kind, codes, licence and links stay.
    """

    profile: str = "generic"
    roles: dict[Role, str] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    key: str | None = None
    titles: dict[str, str] = field(default_factory=dict)
    kind: Kind | None = None

    def columns(self) -> set[str]:
        """Return the columns that are named anywhere in it."""
        named = {*self.roles.values(), *self.rules, *self.titles}
        return named | ({self.key} if self.key else set())

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON (see ``from_json``)."""
        return {
            "version": VERSION,
            "profile": self.profile,
            "roles": dict(self.roles),
            "rules": dict(self.rules),
            "key": self.key,
            "titles": dict(self.titles),
            "kind": self.kind,
        }


def fingerprint(headers: Iterable[str], format_name: str) -> str:
    """Return what a source layout is known by again: its headers, in any order, and its format.

    Width, blanks and 必須 beside a header do not count, so that the same form filled in by another
    hand is the same layout. Sixteen hexadecimal digits.
    """
    forms = sorted({form for header in headers if (form := normalised(header))})
    text = json.dumps([format_name, forms], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def suggested(table: Table, profile: Profile) -> ColumnMapping:
    """Return what a profile makes of a table, for a person to look at and change.

    Rules are those of the profile; a column that it does not know and that goes by an official
    header (電話番号, 開始時間) is suggested the official rule.
    """
    names = [column.name for column in table.columns]
    official = {canonical(header): rule for header, rule in RULES.items()}
    rules = {name: rule for name in names if (rule := official.get(canonical(name)))}
    keys = profile.key_columns(names)
    titles = {c.name: c.title for c in profile.columns(table) if c.title != c.name}
    return ColumnMapping(
        profile=profile.name,
        roles=profile.roles(table),
        rules=rules | profile.rules(names),
        key=keys[0] if keys else None,
        titles=titles,
        kind=profile.kind,
    )


def applied(mapping: ColumnMapping, profile: Profile) -> Profile:
    """Return a profile that reads a file just as a mapping says.

    No other column is looked for, and the key is binding: a person chose it.
    """
    return replace(
        profile,
        roles_given=dict(mapping.roles),
        value_rules=dict(mapping.rules),
        keys=(mapping.key,) if mapping.key else (),
        key_binding=mapping.key is not None,
        field_titles=profile.field_titles | mapping.titles,
        kind=mapping.kind or profile.kind,
    )


def from_json(
    found: Any, headers: Sequence[str] | None = None
) -> tuple[ColumnMapping, list[Problem]]:
    """Return a mapping from its JSON form, and what in it can't be used.

    With ``headers``, the columns of the file at hand, what names another column is left out and
    told; so is a role or a rule that is not known. Raises FileRefused for what is no mapping.
    """
    if not isinstance(found, Mapping) or not isinstance(found.get("version"), int):
        raise FileRefused("mapping_unreadable")
    roles, rules, titles = (_texts(found.get(name)) for name in ("roles", "rules", "titles"))
    key, kind, profile = found.get("key"), found.get("kind"), found.get("profile", "generic")
    if not isinstance(profile, str) or not isinstance(key, str | None):
        raise FileRefused("mapping_unreadable")
    problems: list[Problem] = []

    def there(column: str) -> bool:
        if headers is None or column in headers:
            return True
        problem = warning("mapping_column_unknown", None, column)
        if problem not in problems:
            problems.append(problem)
        return False

    def known(name: str, names: Iterable[str]) -> bool:
        if name in names:
            return True
        problems.append(warning("mapping_word_unknown", value=name))
        return False

    mapping = ColumnMapping(
        profile=profile,
        roles={r: c for r in ROLES if (c := roles.pop(r, None)) is not None and there(c)},
        rules={c: rule for c, rule in rules.items() if known(rule, _RULE_NAMES) and there(c)},  # type: ignore[misc]
        key=key if key is not None and there(key) else None,
        titles={column: text for column, text in titles.items() if there(column)},
        kind=kind if kind is None or known(str(kind), _KINDS) else None,
    )
    for name in roles:
        known(name, ROLES)
    return mapping, problems


def _texts(found: Any) -> dict[str, str]:
    """Return an object of texts. Raises FileRefused for anything else."""
    if found is None:
        return {}
    if not isinstance(found, Mapping) or not all(
        isinstance(name, str) and isinstance(text, str) for name, text in found.items()
    ):
        raise FileRefused("mapping_unreadable")
    return dict(found)
