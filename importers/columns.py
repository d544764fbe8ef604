"""The values of one column, held as Arrow, so that a million of them are handled at once.

JSON values (a GeoJSON's property may be a number here and a list there) fit no one type; such a
column is held as the JSON text of each value.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_INT64 = 2**63
_LINE = r"[\r\n\t]+"
_BLANKS = " \u3000"
_TO_ESCAPE = r'["\\\x00-\x1f]'


@dataclass(frozen=True, slots=True)
class Values:
    """Values of a column: strings, int64, double or bool, or JSON texts (``json``); maybe null."""

    array: pa.Array
    json: bool = False

    @classmethod
    def of(cls, values: Sequence[Any]) -> "Values":
        """Return JSON values as a column. NaN and infinity are not JSON and must not be there."""
        kinds = {type(value) for value in values if value is not None}
        if kinds <= {str}:
            return cls(pa.array(values, pa.string()))
        if kinds == {bool}:
            return cls(pa.array(values, pa.bool_()))
        if kinds == {float}:
            return cls(pa.array(values, pa.float64()))
        if kinds == {int} and all(v is None or -_INT64 <= v < _INT64 for v in values):
            return cls(pa.array(values, pa.int64()))
        texts = [None if v is None else json.dumps(v, ensure_ascii=False) for v in values]
        return cls(pa.array(texts, pa.string()), json=True)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.array)

    def taken(self, rows: slice | npt.NDArray[Any]) -> "Values":
        """Return the values of some rows: a slice, or the numbers of rows from 0."""
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self.array))
            return Values(self.array.slice(start, stop - start), self.json)
        return Values(self.array.take(pa.array(rows)), self.json)

    def padded(self, length: int) -> "Values":
        """Return the column with nulls behind it up to a length."""
        if length <= len(self):
            return self
        nulls = pa.nulls(length - len(self), self.array.type)
        return Values(pa.concat_arrays([self.array, nulls]), self.json)

    def pylist(self) -> list[Any]:
        """Return the values as Python's JSON values."""
        values: list[Any] = self.array.to_pylist()
        return [None if v is None else json.loads(v) for v in values] if self.json else values

    def as_json(self) -> pa.Array:
        """Return each value as JSON text, "null" for none."""
        if self.json:
            texts = self.array
        elif pa.types.is_string(self.array.type):
            texts = _quoted(self.array)
        else:
            texts = pc.cast(self.array, pa.string())
        return pc.fill_null(texts, "null")

    def as_text(self) -> pa.Array:
        """Return each value as one line of text without blanks around it.

        What is no text (none, a logical value, a list) is "".
        """
        if self.json or pa.types.is_boolean(self.array.type):
            return pa.array([_one_line(value) for value in self.pylist()], pa.string())
        texts = self.array
        if not pa.types.is_string(texts.type):
            texts = _plain_numbers(texts)
        texts = pc.fill_null(texts, "")
        if pc.any(pc.match_substring_regex(texts, _LINE)).as_py():
            texts = pc.replace_substring_regex(texts, _LINE, " ")
        return pc.utf8_trim(texts, _BLANKS)

    def mapped(self, change: Callable[[str], str], where: str) -> "Values":
        """Return a text column with a change made to the values that match a pattern (RE2)."""
        return Values(mapped(self.array, change, where))


def joined(parts: Sequence[Values]) -> Values:
    """Return the parts of a column, one after the other; of several types it becomes JSON."""
    present = [part for part in parts if part.array.null_count < len(part)] or list(parts[:1])
    if len({(part.array.type, part.json) for part in present}) > 1:
        numeric = all(pa.types.is_integer(p.array.type) or pa.types.is_floating(p.array.type)
                      for p in present)  # fmt: skip
        if not numeric or any(part.json for part in present):
            return Values.of([value for part in parts for value in part.pylist()])
    kind = pa.float64() if any(pa.types.is_floating(p.array.type) for p in present) else (
        present[0].array.type
    )  # fmt: skip
    arrays = [
        part.array.cast(kind) if part.array.null_count < len(part) else pa.nulls(len(part), kind)
        for part in parts
    ]
    return Values(pa.concat_arrays(arrays), present[0].json)


def mapped(texts: pa.Array, change: Callable[[str], str], where: str) -> pa.Array:
    """Return texts with a change made to those that match a pattern (RE2 syntax); null stays."""
    hit = pc.fill_null(pc.match_substring_regex(texts, where), False)
    if not pc.any(hit).as_py():
        return texts
    changed = pa.array([change(text) for text in texts.filter(hit).to_pylist()], texts.type)
    return pc.replace_with_mask(texts, hit, changed)


def _quoted(texts: pa.Array) -> pa.Array:
    """Return texts as JSON strings."""
    bare = mapped(texts, lambda text: json.dumps(text, ensure_ascii=False)[1:-1], _TO_ESCAPE)
    return pc.binary_join_element_wise('"', bare, '"', "")


def _plain_numbers(numbers: pa.Array) -> pa.Array:
    """Return numbers as people write them: 5, not 5.0."""
    if pa.types.is_floating(numbers.type):
        return pa.array(
            [None if v is None else str(int(v)) if v.is_integer() else str(v)
             for v in numbers.to_pylist()],
            pa.string(),
        )  # fmt: skip
    return pc.cast(numbers, pa.string())


def _one_line(value: Any) -> str:
    if value is None or isinstance(value, bool | list):
        return ""
    return re.sub(_LINE, " ", str(value)).strip(_BLANKS)


def objects(columns: dict[str, Values], count: int, more: pa.Array | None = None) -> pa.Array:
    """Return each of ``count`` rows of some columns as the text of one JSON object.

    ``more`` are further members of each, ready-made with a comma before them, or "".
    """
    parts: list[Any] = []
    for name, values in columns.items():
        opening = "," if parts else "{"
        parts += [f"{opening}{json.dumps(name, ensure_ascii=False)}:", values.as_json()]
    if not parts:
        return pa.array(["{}"] * count, pa.string())
    if more is not None:
        parts.append(more)
    return pc.binary_join_element_wise(*parts, "}", "")


def positions(mask: pa.Array | npt.NDArray[np.bool_]) -> list[int]:
    """Return where a mask is true, counted from 0."""
    flags = mask.to_numpy(zero_copy_only=False) if isinstance(mask, pa.Array) else mask
    return [int(index) for index in np.flatnonzero(flags)]
