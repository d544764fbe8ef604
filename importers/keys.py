"""What identifies a row from one import to the next."""

import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Set
from typing import Any

import shapely

from importers.geometry import rounded
from importers.problems import Evidence, FileRefused, Problem, error, warning
from importers.profiles import Profile
from importers.table import Geometries, Row, Table

MAX_KEY = 200
CONTENT = "content"
_OTHERS = 5
"""So many rows with the same key are named: with 50,000 of them all of each would be 2.5e9."""

# Rounding for the digest of a source's own coordinates: 0.1 mm in metres and in degrees.
_METRE_DECIMALS, _DEGREE_DECIMALS = 4, 9


def normalised_key(value: Any) -> str:
    """Return a key value in the form that is compared.

    A code typed in full width, or with a blank beside it, is the same code: NFKC, trimmed, inner
    blanks made one. 5.0 is 5, because a DBF or spreadsheet may deliver an integer as a float.
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", str(value))).strip()


def row_keys(
    table: Table,
    profile: Profile,
    column: str | None,
    *,
    geographic: bool,
    skip: Set[int | None] = frozenset(),
) -> tuple[list[str], Evidence, list[Problem]]:
    """Return a key per row ("" where it has none), what they are made of, and problems.

    A column a person chose, or one the profile is sure of, must be filled and unique; the rows
    where it is not get no key. Else the profile's columns are tried, else the content is the key;
    rows to ``skip`` (their numbers) are then left out, so that they do not count as repeated.
    Raises FileRefused for a chosen column that does not exist.
    """
    names = [each.name for each in table.columns]
    if column is not None:
        name = _named(column, names)
        keys, problems = _checked(table, name)
        return keys, Evidence(name, "key_chosen", {"column": name}), problems
    told: list[Problem] = []
    for name in profile.key_columns(names):
        keys, problems = _checked(table, name)
        if not problems or profile.key_binding:
            return keys, Evidence(name, "key_profile", {"column": name}), problems
        if any(keys):
            told.append(warning("key_passed_over", None, name, count=len(problems)))
    content, repeated = _content_keys(table, geographic=geographic, skip=skip)
    return content, Evidence(CONTENT, "key_content"), told + repeated


def _named(column: str, names: list[str]) -> str:
    forms = {normalised_key(name).casefold(): name for name in reversed(names)}
    found = column if column in names else forms.get(normalised_key(column).casefold())
    if found is None:
        raise FileRefused("key_unknown", {"column": column, "columns": names})
    return found


def _checked(table: Table, name: str) -> tuple[list[str], list[Problem]]:
    keys = [normalised_key(row.get(name)) for row in table.rows]
    rows: dict[str, list[int]] = defaultdict(list)
    for key, number in zip(keys, table.row_numbers, strict=True):
        rows[key].append(number)
    problems: list[Problem] = []
    for index, (key, number) in enumerate(zip(keys, table.row_numbers, strict=True)):
        if not key:
            problems.append(error("key_blank", number, name))
        elif len(key) > MAX_KEY:
            problems.append(error("key_too_long", number, name, limit=MAX_KEY))
        elif len(rows[key]) > 1:
            others = [other for other in rows[key][: _OTHERS + 1] if other != number][:_OTHERS]
            problems.append(error("key_twice", number, name, value=key, rows=others))
        else:
            continue
        keys[index] = ""
    return keys, problems


def _content_keys(
    table: Table, *, geographic: bool, skip: Set[int | None]
) -> tuple[list[str], list[Problem]]:
    """Return keys made of each row's content: its place, and its values where places coincide.

    The place is taken as it stands in the source, before projection, datum and repair, so that a
    better datum grid or a new PROJ leaves the key as it is. Rows alike in everything are counted.
    """
    decimals = _DEGREE_DECIMALS if geographic else _METRE_DECIMALS
    blank = [""] * len(table.rows)
    places = blank if table.geometries is None else _places(table.geometries, decimals)
    contents = [_digest(_json(row)) for row in table.rows]
    keys = [place or f"r-{content}" for place, content in zip(places, contents, strict=True)]
    taken = [index for index, number in enumerate(table.row_numbers) if number not in skip]
    groups: dict[str, list[int]] = defaultdict(list)
    for index in taken:
        groups[keys[index]].append(index)
    for shared in [members for members in groups.values() if len(members) > 1]:
        for index in shared:
            if places[index]:
                keys[index] = f"{keys[index]}-{contents[index][:8]}"
    problems: list[Problem] = []
    seen: Counter[str] = Counter()
    for index in taken:
        key = keys[index]
        seen[key] += 1
        if seen[key] > 1:
            keys[index] = f"{key}-{seen[key]}"
            problems.append(warning("row_repeated", table.row_numbers[index]))
    return keys, problems


def _places(geometries: Geometries, decimals: int) -> list[str]:
    """Return ``g-`` and a digest for each geometry, "" for none; ring starts do not matter."""
    plain = shapely.normalize(rounded(geometries, decimals))
    raw = shapely.to_wkb(plain, byte_order=1, output_dimension=2)
    return [f"g-{_digest(value)}" if value is not None else "" for value in raw]


def _json(row: Row) -> bytes:
    return json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _digest(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()[:16]
