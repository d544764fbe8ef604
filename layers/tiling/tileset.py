"""The tiles of one layer, made from its features in batches, with the memory of one batch."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from layers.tiling import encoding
from layers.tiling.cutting import Cut, cut
from layers.tiling.dots import Dots, cut_dots
from layers.tiling.encoding import LINE, POINT, POLYGON
from layers.tiling.grid import Tile
from layers.tiling.outlines import Outlines, Shapes
from layers.tiling.runs import Ints, starts_of

MOST_SHARED = 1024
"""Values of a tile that are remembered, to be written once for all features that have them; further
ones are written for each. Without a limit a tile of a million values would remember a million."""
HELD = 16 << 20
"""Bytes kept in memory before they are put aside on the disk."""


_Stretch = tuple[int, int]
"""Where something begins in the file of what was put aside, and its bytes."""


@dataclass
class _Content:
    """What a tile holds so far, and what of it was not put aside yet."""

    known: dict[bytes, int] = field(default_factory=dict)
    values_written: int = 0
    features: bytearray = field(default_factory=bytearray)
    values: bytearray = field(default_factory=bytearray)
    features_aside: list[_Stretch] = field(default_factory=list)
    values_aside: list[_Stretch] = field(default_factory=list)


@dataclass(frozen=True)
class Batch:
    """Features: ``ids`` (n,), ``geometries`` (n,) in degrees, a list of n values for each key.

    A value of None is not written.
    """

    ids: Ints
    geometries: Shapes
    properties: Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class _Values:
    """A batch's values as they are written; the first ``shared`` of them for many features."""

    written: list[bytes]
    shared: int


class Tileset:
    """Makes tiles of the zooms it is asked for; batches come in the order of ids.

    The bytes depend on the features and their order only, not on how they fell into batches.
    """

    def __init__(
        self,
        name: str,
        kind: int,
        zooms: Sequence[int],
        aside: BinaryIO,
        *,
        last_zoom: int,
        keep_all: bool,
        shared: Collection[str] = (),
        wanted: Mapping[int, set[tuple[int, int]]] | None = None,
    ) -> None:
        """Take the layer's name, its kind of geometry, and a file for what memory should not hold.

        ``shared``: the properties of which many features have the same value, which is then written
        once a tile. ``wanted``: the columns and rows to make, by zoom; all where it is None.
        """
        self._name, self._kind, self._zooms, self._aside = name, kind, zooms, aside
        self._last_zoom, self._keep_all, self._wanted = last_zoom, keep_all, wanted
        self._shared = frozenset(shared)
        self._contents: dict[Tile, _Content] = {}
        self._keys: Sequence[str] = ()
        self._held = 0

    def add(self, batch: Batch) -> None:
        """Take a batch in."""
        self._keys = self._keys or list(batch.properties)
        cut_to = self._cutter(batch.geometries)
        coded, values = _coded(batch.properties, len(batch.ids), self._shared)
        for z in self._zooms:
            pieces = cut_to(z, None if self._wanted is None else self._wanted.get(z, set()))
            if len(pieces.shapes):
                self._take(z, pieces, batch.ids, coded, values)
        if self._held > HELD:
            self._put_aside()

    def _cutter(self, geometries: Shapes) -> Callable[[int, set[tuple[int, int]] | None], Cut]:
        """Return what cuts geometries to a zoom's tiles; they are taken apart once for all."""
        if self._kind == POINT:
            dots = Dots(geometries)
            return lambda z, wanted: cut_dots(dots, z, wanted)
        shapes = Outlines(geometries, self._kind)
        return lambda z, wanted: cut(
            shapes, z, last=z == self._last_zoom, keep_all=self._keep_all, wanted=wanted
        )

    def tiles(self) -> Iterator[tuple[Tile, Iterator[bytes]]]:
        """Go through the tiles that hold something, and forget them one by one.

        A tile's bytes come in pieces, which must be taken before the next tile is asked for.
        """
        for at in sorted(self._contents):
            yield at, self._pieces(self._contents.pop(at))

    def _pieces(self, content: _Content) -> Iterator[bytes]:
        sizes = [
            len(rest) + sum(size for _, size in aside)
            for rest, aside in (
                (content.features, content.features_aside),
                (content.values, content.values_aside),
            )
        ]
        before, between, after = encoding.frame(self._name, self._keys, *sizes)
        yield before
        yield from self._read(content.features_aside)
        yield bytes(content.features)
        yield between
        yield from self._read(content.values_aside)
        yield bytes(content.values)
        yield after

    def _read(self, aside: list[_Stretch]) -> Iterator[bytes]:
        for start, size in aside:
            self._aside.seek(start)
            yield self._aside.read(size)

    def _take(self, z: int, pieces: Cut, ids: Ints, coded: Ints, values: _Values) -> None:
        geometry, counts = encoding.commands(pieces.paths, len(pieces.shapes), self._kind)
        tile_of = np.repeat(np.arange(len(pieces.counts)), pieces.counts)
        contents = [
            self._contents.setdefault(Tile(z, x, y), _Content()) for x, y in pieces.tiles.tolist()
        ]
        codes = coded[pieces.shapes]
        given = codes >= 0
        tag_counts = 2 * given.sum(axis=1)
        rows, keys = np.nonzero(given)
        tags = np.empty(2 * len(rows), np.int64)
        tags[0::2] = keys
        tags[1::2] = self._numbered(contents, tile_of[rows], codes[given], values)
        written, sizes = encoding.features(
            ids[pieces.shapes], tags, tag_counts, geometry, counts, self._kind
        )
        ends = np.cumsum(np.add.reduceat(sizes, starts_of(pieces.counts)))
        start = 0
        for content, end in zip(contents, ends.tolist(), strict=True):
            content.features += written[start:end].tobytes()
            start = end
        self._held += len(written)

    def _numbered(
        self, contents: list[_Content], tiles: Ints, codes: Ints, values: _Values
    ) -> Ints:
        """Return each value's number in its tile; new ones are written there, in their order."""
        numbers = np.full(len(codes), -1, np.int64)
        shared = np.flatnonzero(codes < values.shared)
        pairs = tiles[shared] * max(values.shared, 1) + codes[shared]
        unique, first, inverse = np.unique(pairs, return_index=True, return_inverse=True)
        found = np.full(len(unique), -1, np.int64)
        new: list[int] = []
        room = {tile: MOST_SHARED - len(content.known) for tile, content in enumerate(contents)}
        for at in np.argsort(first, kind="stable").tolist():
            tile, code = divmod(int(unique[at]), values.shared)
            number = contents[tile].known.get(values.written[code])
            if number is not None:
                found[at] = number
            elif room[tile] > 0:
                room[tile] -= 1
                new.append(at)
        numbers[shared] = found[inverse]
        # Written now: the first of each new shared value, and each of those that are not shared.
        writes = numbers < 0
        again = np.isin(inverse, new)
        again[first[new]] = False
        writes[shared[again]] = False
        places = np.flatnonzero(writes)
        for run in np.split(places, np.flatnonzero(np.diff(tiles[places])) + 1):
            if len(run):
                written = [values.written[code] for code in codes[run].tolist()]
                start = self._written(contents[tiles[run[0]]], written)
                numbers[run] = start + np.arange(len(run))
        if new:
            found[new] = numbers[shared[first[new]]]
            for at in new:
                tile, code = divmod(int(unique[at]), values.shared)
                contents[tile].known[values.written[code]] = int(found[at])
            known = found[inverse] >= 0
            numbers[shared[known]] = found[inverse][known]
        return numbers

    def _written(self, content: _Content, values: list[bytes]) -> int:
        """Write values into a tile and return the number of the first."""
        first, before = content.values_written, len(content.values)
        content.values += b"".join(values)
        content.values_written += len(values)
        self._held += len(content.values) - before
        return first

    def _put_aside(self) -> None:
        # One file for all: to make and remove thousands takes longer than what stands in them.
        end = self._aside.seek(0, os.SEEK_END)
        for content in self._contents.values():
            for part, aside in (
                (content.features, content.features_aside),
                (content.values, content.values_aside),
            ):
                if part:
                    aside.append((end, self._aside.write(part)))
                    end += len(part)
                    part.clear()
        self._held = 0


def _coded(
    properties: Mapping[str, Sequence[Any]], many: int, shared: Collection[str]
) -> tuple[Ints, _Values]:
    """Return properties (n, keys) by the number of their value, -1 for none, and those values."""
    coded = np.full((many, len(properties)), -1, np.int64)
    known: dict[bytes, int] = {}
    for column, (key, given) in enumerate(properties.items()):
        if key in shared:
            coded[:, column] = _by_value(given, known)
    written = list(known)
    for column, (key, given) in enumerate(properties.items()):
        if key not in shared:
            some = [one for one in given if one is not None]
            if some:
                there = np.array([one is not None for one in given])
                coded[there, column] = len(written) + np.arange(len(some))
                written += encoding.values(some)
    return coded, _Values(written, len(known))


def _by_value(given: Sequence[Any], known: dict[bytes, int]) -> list[int]:
    """Return the numbers of values as ``known`` has them, -1 for none; new ones are added there."""
    # By type, too: 1, 1.0 and True are one key of a dictionary, and three values.
    typed = [None if one is None else (type(one), one) for one in given]
    numbers = {
        each: -1 if each is None else known.setdefault(encoding.value(each[1]), len(known))
        for each in dict.fromkeys(typed)
    }
    return [numbers[each] for each in typed]


__all__ = ["LINE", "POINT", "POLYGON", "Batch", "Tileset"]
