"""Mapbox Vector Tile 2.1, written by whole arrays at a time.

Everything in a feature's message is a variable-length integer (varint) of protocol buffers: tags,
lengths, ids, commands. So the messages of a hundred thousand features are one array of integers,
whose bytes are counted and written at once; no feature is looked at by itself.
(https://github.com/mapbox/vector-tile-spec/tree/master/2.1)
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.tiling.grid import EXTENT

Ints = NDArray[np.int64]

LINE, POLYGON = 2, 3
"""Geometry types of the specification."""
_MOVE_TO, _LINE_TO, _CLOSE_PATH = 1, 2, 7
# Field number and wire type of each message's fields, as protocol buffers write them.
_LAYER_IN_TILE = 3 << 3 | 2
_NAME, _FEATURE, _KEY, _VALUE, _EXTENT, _VERSION = (
    1 << 3 | 2, 2 << 3 | 2, 3 << 3 | 2, 4 << 3 | 2, 5 << 3, 15 << 3,
)  # fmt: skip
_ID, _TAGS, _TYPE, _GEOMETRY = 1 << 3, 2 << 3 | 2, 3 << 3, 4 << 3 | 2
_STRING, _DOUBLE, _INTEGER, _BOOLEAN = 1 << 3 | 2, 3 << 3 | 1, 4 << 3, 7 << 3

_SHORT = 126
"""Bytes of a text below which it and what holds it have lengths of one byte: nearly all."""


@dataclass(frozen=True)
class Paths:
    """Rings or lines in tile units, path after path, those of one shape one after another.

    ``points`` (n, 2); ``lengths`` (p,) how many points each path has; ``shapes`` (p,) which shape a
    path is of, ascending. A ring's first point does not come again at its end.
    """

    points: Ints
    lengths: Ints
    shapes: Ints

    def __len__(self) -> int:
        """Return how many paths there are."""
        return len(self.lengths)


def varints(numbers: Ints) -> tuple[NDArray[np.uint8], Ints]:
    """Return whole numbers (n,), none negative, as varints, and how many bytes each takes."""
    sizes = varint_sizes(numbers)
    ends = np.cumsum(sizes)
    written = np.empty(int(ends[-1]) if len(ends) else 0, np.uint8)
    starts = ends - sizes
    left = np.arange(len(numbers))
    place = 0
    while len(left):
        more = sizes[left] > place + 1
        part = (numbers[left] >> (7 * place)) & 0x7F
        written[starts[left] + place] = part | np.where(more, 0x80, 0)
        left = left[more]
        place += 1
    return written, sizes


def varint_sizes(numbers: Ints) -> Ints:
    """Return how many bytes each whole number (n,), none negative, takes as a varint."""
    sizes = np.ones(len(numbers), np.int64)
    limit = 7
    while limit < 63 and len(numbers) and int(numbers.max()) >> limit:
        sizes += numbers >= (1 << limit)
        limit += 7
    return sizes


def sums(numbers: Ints, counts: Ints) -> Ints:
    """Return the sum of each run of ``numbers``; ``counts`` (r,) says how long each run is."""
    ends = np.cumsum(counts)
    whole = np.concatenate(([0], np.cumsum(numbers)))
    return np.asarray(whole[ends] - whole[ends - counts])


def within(counts: Ints) -> Ints:
    """Return for each item its number within its run: 0, 1, 2, 0, 1 for runs of 3 and 2."""
    ends = np.cumsum(counts)
    return np.asarray(
        np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)
    )


def commands(paths: Paths, shapes: int, kind: int) -> tuple[Ints, Ints]:
    """Return the geometry commands of shapes 0 … ``shapes - 1``, and how many each shape has.

    Coordinates go from the point before, across the paths of one shape; each shape starts at the
    tile's corner.
    """
    closing = 1 if kind == POLYGON else 0
    steps = paths.points.copy()
    steps[1:] -= paths.points[:-1]
    starts = np.cumsum(paths.lengths) - paths.lengths
    firsts = starts[np.concatenate(([True], np.diff(paths.shapes) != 0))] if len(paths) else starts
    steps[firsts] = paths.points[firsts]
    zigzag = (steps << 1) ^ (steps >> 63)

    sizes = 2 + 2 * paths.lengths + closing
    offsets = np.cumsum(sizes) - sizes
    out = np.empty(int(sizes.sum()), np.int64)
    out[offsets] = 1 << 3 | _MOVE_TO
    out[offsets + 3] = (paths.lengths - 1) << 3 | _LINE_TO
    number = within(paths.lengths)
    place = np.repeat(offsets, paths.lengths) + 1 + 2 * number + (number > 0)
    out[place], out[place + 1] = zigzag[:, 0], zigzag[:, 1]
    if closing:
        out[offsets + sizes - 1] = 1 << 3 | _CLOSE_PATH
    counts = np.bincount(paths.shapes, sizes, shapes).astype(np.int64)
    return out, counts


def features(
    ids: Ints, tags: Ints, tag_counts: Ints, geometry: Ints, counts: Ints, kind: int
) -> tuple[NDArray[np.uint8], Ints]:
    """Return features as fields of a layer's message, and how many bytes each takes.

    ``ids`` (f,); ``tags`` are the numbers of keys and values by turns, feature after feature,
    ``tag_counts`` (f,) of each; ``geometry`` and ``counts`` as ``commands`` gives them.
    """
    tag_bytes = sums(varint_sizes(tags), tag_counts)
    geometry_bytes = sums(varint_sizes(geometry), counts)
    message = (
        1 + varint_sizes(ids) + 1 + varint_sizes(tag_bytes) + tag_bytes
        + 2 + 1 + varint_sizes(geometry_bytes) + geometry_bytes
    )  # fmt: skip
    sizes = 10 + tag_counts + counts
    starts = np.cumsum(sizes) - sizes
    out = np.empty(int(sizes.sum()), np.int64)
    head: tuple[int | Ints, ...] = (_FEATURE, message, _ID, ids, _TAGS, tag_bytes)
    for place, number in enumerate(head):
        out[starts + place] = number
    out[np.repeat(starts + len(head), tag_counts) + within(tag_counts)] = tags
    middle = starts + len(head) + tag_counts
    tail: tuple[int | Ints, ...] = (_TYPE, kind, _GEOMETRY, geometry_bytes)
    for place, number in enumerate(tail):
        out[middle + place] = number
    out[np.repeat(middle + 4, counts) + within(counts)] = geometry
    written, byte_sizes = varints(out)
    return written, sums(byte_sizes, sizes)


def value(given: str | int | float | bool) -> bytes:
    """Return a property's value as a field of a layer's message."""
    if isinstance(given, str) and len(text := given.encode()) < _SHORT:
        return bytes((_VALUE, len(text) + 2, _STRING, len(text))) + text
    if isinstance(given, bool):
        message = bytes((_BOOLEAN, given))
    elif isinstance(given, int) and 0 <= given < 1 << 63:
        message = bytes((_INTEGER,)) + _varint(given)
    elif isinstance(given, int | float):
        message = struct.pack("<Bd", _DOUBLE, given)
    else:
        text = str(given).encode()
        message = bytes((_STRING,)) + _varint(len(text)) + text
    return bytes((_VALUE,)) + _varint(len(message)) + message


def frame(name: str, keys: Sequence[str], features: int, values: int) -> tuple[bytes, bytes, bytes]:
    """Return what stands around the features and values of a tile of one layer.

    That is: before the features, between them and the values, and after these. ``features`` and
    ``values`` are how many bytes they take: a tile is written without ever being held whole.
    """
    title = name.encode()
    start = bytes((_VERSION, 2, _NAME)) + _varint(len(title)) + title
    between = bytearray()
    for key in keys:
        text = key.encode()
        between += bytes((_KEY,)) + _varint(len(text)) + text
    end = bytes((_EXTENT,)) + _varint(EXTENT)
    length = len(start) + features + len(between) + values + len(end)
    return bytes((_LAYER_IN_TILE,)) + _varint(length) + start, bytes(between), end


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)
