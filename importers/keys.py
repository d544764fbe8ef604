"""What identifies a row from one import to the next."""

import json
import re
import unicodedata
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from importers.columns import Values, positions
from importers.problems import Evidence, FileRefused, Problem, error, warning
from importers.profiles import Profile
from importers.survey import digest
from importers.table import Table

MAX_KEY = 200
CONTENT = "content"
_OTHERS = 5
"""So many rows with the same key are named: with 50,000 of them all of each would be 2.5e9."""


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


def normalised_keys(values: Values) -> pa.Array:
    """Return a column's values as ``normalised_key`` returns each."""
    plain_text = pa.types.is_string(values.array.type) and not values.json
    if not plain_text and not pa.types.is_integer(values.array.type):
        return pa.array([normalised_key(value) for value in values.pylist()], pa.string())
    texts = pc.fill_null(pc.cast(values.array, pa.string()), "")
    # Python's own rules where there is more than plain ASCII without blanks.
    return Values(texts).mapped(normalised_key, r"[^!-~]").array


def column_keys(
    table: Table, profile: Profile, column: str | None
) -> tuple[pa.Array | None, Evidence, list[Problem]]:
    """Return a key per row ("" where it has none), which column they are of, and problems.

    A column a person chose, or one the profile is sure of, must be filled and unique; the rows
    where it is not get no key. Else the profile's columns are tried; None where none will do.
    Raises FileRefused for a chosen column that does not exist.
    """
    if column is not None:
        name = _named(column, table.names)
        keys, problems = _checked(table, name)
        return keys, Evidence(name, "key_chosen", {"column": name}), problems
    told: list[Problem] = []
    for name in profile.key_columns(table.names):
        keys, problems = _checked(table, name)
        if not problems or profile.key_binding:
            return keys, Evidence(name, "key_profile", {"column": name}), problems
        if pc.any(pc.not_equal(keys, "")).as_py():
            told.append(warning("key_passed_over", None, name, count=len(problems)))
    return None, Evidence(CONTENT, "key_content"), told


def _named(column: str, names: list[str]) -> str:
    forms = {normalised_key(name).casefold(): name for name in reversed(names)}
    found = column if column in names else forms.get(normalised_key(column).casefold())
    if found is None:
        raise FileRefused("key_unknown", {"column": column, "columns": names})
    return found


def _checked(table: Table, name: str) -> tuple[pa.Array, list[Problem]]:
    keys = normalised_keys(table.values[name])
    blank = pc.equal(keys, "")
    too_long = pc.greater(pc.utf8_length(keys), MAX_KEY)
    repeated = _repeated(keys)
    bad = pc.or_(pc.or_(blank, too_long), pa.array(repeated))
    if not pc.any(bad).as_py():
        return keys, []
    numbers = table.row_numbers
    rows: dict[str, list[int]] = defaultdict(list)
    for index in positions(repeated):
        rows[keys[index].as_py()].append(int(numbers[index]))
    problems: list[Problem] = []
    for index in positions(bad):
        key, number = keys[index].as_py(), int(numbers[index])
        if not key:
            problems.append(error("key_blank", number, name))
        elif len(key) > MAX_KEY:
            problems.append(error("key_too_long", number, name, limit=MAX_KEY))
        else:
            others = [other for other in rows[key][: _OTHERS + 1] if other != number][:_OTHERS]
            problems.append(error("key_twice", number, name, value=key, rows=others))
    return pc.if_else(bad, "", keys), problems


def _repeated(keys: pa.Array) -> npt.NDArray[np.bool_]:
    """Return which keys occur more than once."""
    codes = pc.dictionary_encode(keys).indices.to_numpy()
    counts = np.bincount(codes)
    several: npt.NDArray[np.bool_] = counts[codes] > 1
    return several


def content_keys(
    table: Table, places: list[str], left_out: npt.NDArray[np.bool_]
) -> tuple[pa.Array, list[Problem]]:
    """Return keys made of each row's content: its place, and its values where places coincide.

    ``places`` are digests of the geometries, "" for none (``survey``). Rows alike in everything
    are counted, and told; those ``left_out`` for another reason do not count.
    """
    keys = np.array(places, dtype=object)
    taken = np.flatnonzero(~left_out)
    shared = keys[taken] == ""
    if len(taken):
        shared |= _repeated(pa.array(keys[taken], pa.string()))
    indices = taken[shared]
    problems: list[Problem] = []
    seen: Counter[str] = Counter()
    for index, content in zip(indices, _contents(table, indices), strict=True):
        place = places[index]
        key = f"{place}-{content[:8]}" if place else f"r-{content}"
        seen[key] += 1
        if seen[key] > 1:
            problems.append(warning("row_repeated", int(table.row_numbers[index])))
            key = f"{key}-{seen[key]}"
        keys[index] = key
    return pa.array(keys, pa.string()), problems


def _contents(table: Table, indices: npt.NDArray[np.intp]) -> list[str]:
    """Return a digest of all values of some rows."""
    columns = {name: values.taken(indices).pylist() for name, values in table.values.items()}
    return [
        digest(_json({name: values[position] for name, values in columns.items()}))
        for position in range(len(indices))
    ]


def _json(row: dict[str, Any]) -> bytes:
    return json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
