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
from layers.tiling.runs import Ints, places, starts_of, sums

Numbers = NDArray[np.int32] | NDArray[np.int64]
Bytes = NDArray[np.uint8]


POINT, LINE, POLYGON = 1, 2, 3
"""Geometry types of the specification."""
_MOVE_TO, _LINE_TO, _CLOSE_PATH = 1, 2, 7
# Field number and wire type of each message's fields, as protocol buffers write them.
_LAYER_IN_TILE = 3 << 3 | 2
_NAME, _FEATURE, _KEY, _VALUE, _EXTENT, _VERSION = (
    1 << 3 | 2, 2 << 3 | 2, 3 << 3 | 2, 4 << 3 | 2, 5 << 3, 15 << 3,
)  # fmt: skip
_ID, _TAGS, _TYPE, _GEOMETRY = 1 << 3, 2 << 3 | 2, 3 << 3, 4 << 3 | 2
_STRING, _DOUBLE, _INTEGER, _BOOLEAN = 1 << 3 | 2, 3 << 3 | 1, 4 << 3, 7 << 3

_SHORT_TEXT = [bytes((_VALUE, length + 2, _STRING, length)) for length in range(126)]
"""What stands before a text of so many bytes, where all lengths take one byte: nearly always."""


@dataclass(frozen=True)
class Paths:
    """Rings, lines or sets of points in tile units, those of one shape one after another.

    ``points`` (n, 2); ``lengths`` (p,) how many points each path has; ``shapes`` (p,) which shape a
    path is of, ascending. A ring's first point does not come again at its end.
    """

    points: NDArray[np.int32]
    lengths: Ints
    shapes: Ints

    def __len__(self) -> int:
        """Return how many paths there are."""
        return len(self.lengths)


def varints(numbers: Numbers) -> tuple[Bytes, Bytes]:
    """Return whole numbers (n,), none negative, as varints, and how many bytes each takes."""
    sizes = varint_sizes(numbers)
    ends = np.cumsum(sizes, dtype=np.int64)
    written = np.empty(int(ends[-1]) if len(ends) else 0, np.uint8)
    at, more, left = ends - sizes, sizes > 1, numbers
    place = 1
    while len(left):
        written[at] = left & 0x7F | more << 7
        at, left, longer = at[more] + 1, left[more] >> 7, sizes[sizes > place]
        place += 1
        more = longer > place
    return written, sizes


def varint_sizes(numbers: Numbers) -> Bytes:
    """Return how many bytes each whole number (n,), none negative, takes as a varint."""
    sizes = np.ones(len(numbers), np.uint8)
    limit, largest = 7, int(numbers.max(initial=0))
    while largest >> limit:
        sizes += numbers >= (1 << limit)
        limit += 7
    return sizes


def commands(paths: Paths, shapes: int, kind: int) -> tuple[NDArray[np.int32], Ints]:
    """Return the geometry commands of shapes 0 … ``shapes - 1``, and how many each shape has.

    Coordinates go from the point before, across the paths of one shape; each shape starts at the
    tile's corner.
    """
    closing = 1 if kind == POLYGON else 0
    starts = starts_of(paths.lengths)
    first_of_shape = np.ones(len(paths), bool)
    first_of_shape[1:] = paths.shapes[1:] != paths.shapes[:-1]
    firsts = starts[first_of_shape]
    steps = paths.points.copy()
    steps[1:] -= paths.points[:-1]
    steps[firsts] = paths.points[firsts]
    zigzag = (steps << 1) ^ (steps >> 31)

    # A line has two commands: to its first point, and on to the others. Points have one.
    drawn = kind != POINT
    sizes = 1 + drawn + 2 * paths.lengths + closing
    offsets = starts_of(sizes)
    out = np.empty(int(sizes.sum()), np.int32)
    place = 2 * np.arange(len(zigzag)) + np.repeat(offsets + 1 + drawn - 2 * starts, paths.lengths)
    place[starts] -= drawn
    out[place], out[place + 1] = zigzag[:, 0], zigzag[:, 1]
    if drawn:
        out[offsets] = 1 << 3 | _MOVE_TO
        out[offsets + 3] = (paths.lengths - 1) << 3 | _LINE_TO
    else:
        out[offsets] = paths.lengths << 3 | _MOVE_TO
    if closing:
        out[offsets + sizes - 1] = 1 << 3 | _CLOSE_PATH
    counts = np.bincount(paths.shapes, sizes, shapes).astype(np.int64)
    return out, counts


def features(
    ids: Ints, tags: Numbers, tag_counts: Ints, geometry: Numbers, counts: Ints, kind: int
) -> tuple[Bytes, Ints]:
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
    starts = starts_of(sizes)
    # Half as wide where it holds all: most of the time goes to reading and writing memory.
    narrow = not len(ids) or int(ids.max()) < 1 << 31
    out: Numbers = np.empty(int(sizes.sum()), np.dtype(np.int32 if narrow else np.int64))
    head: tuple[int | Ints, ...] = (_FEATURE, message, _ID, ids, _TAGS, tag_bytes)
    for place, number in enumerate(head):
        out[starts + place] = number
    out[places(starts + len(head), tag_counts)] = tags
    middle = starts + len(head) + tag_counts
    tail: tuple[int | Ints, ...] = (_TYPE, kind, _GEOMETRY, geometry_bytes)
    for place, number in enumerate(tail):
        out[middle + place] = number
    out[places(middle + len(tail), counts)] = geometry
    written, byte_sizes = varints(out)
    return written, sums(byte_sizes, sizes)


def values(given: Sequence[str | int | float | bool]) -> list[bytes]:
    """Return properties' values as fields of a layer's message."""
    try:
        texts = [str.encode(one) for one in given]  # type: ignore[arg-type]
        return [_SHORT_TEXT[len(text)] + text for text in texts]
    except (TypeError, IndexError):  # numbers, or a long text: rare
        return [value(one) for one in given]


def value(given: str | int | float | bool) -> bytes:
    """Return a property's value as a field of a layer's message."""
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
