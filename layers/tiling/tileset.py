"""The tiles of one layer, made from its features in batches, with the memory of one batch."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from layers.tiling import encoding
from layers.tiling.cutting import LINE, POLYGON, Cut, Outlines, Shapes, cut
from layers.tiling.encoding import Ints
from layers.tiling.grid import Tile

MOST_SHARED = 1024
"""Values of a tile that are remembered, to be written once for all features that have them; further
ones are written for each. Without a limit a tile of a million values would remember a million."""
HELD = 16 << 20
"""Bytes kept in memory before they are put aside on the disk."""


@dataclass
class _Content:
    """What a tile holds so far, and what of it was not put aside yet."""

    known: dict[bytes, int] = field(default_factory=dict)
    values_written: int = 0
    features: bytearray = field(default_factory=bytearray)
    values: bytearray = field(default_factory=bytearray)
    put_aside: bool = False


@dataclass(frozen=True)
class Batch:
    """Features: ``ids`` (n,), ``geometries`` (n,) in degrees, a list of n values for each key.

    A value of None is not written.
    """

    ids: Ints
    geometries: Shapes
    properties: Mapping[str, Sequence[Any]]


def _read_and_removed(file: Path | None) -> Iterator[bytes]:
    if file is not None:
        with file.open("rb") as opened:
            while piece := opened.read(1 << 20):
                yield piece
        file.unlink()


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
        aside: Path,
        *,
        last_zoom: int,
        keep_all: bool,
        shared: Collection[str] = (),
        wanted: Mapping[int, set[tuple[int, int]]] | None = None,
    ) -> None:
        """Take the layer's name, LINE or POLYGON, and a folder for what memory should not hold.

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
        shapes = Outlines(batch.geometries, self._kind)
        coded, values = _coded(batch.properties, len(batch.ids), self._shared)
        for z in self._zooms:
            pieces = cut(
                shapes, z, last=z == self._last_zoom, keep_all=self._keep_all,
                wanted=None if self._wanted is None else self._wanted.get(z, set()),
            )  # fmt: skip
            if len(pieces.shapes):
                self._take(z, pieces, batch.ids, coded, values)
        if self._held > HELD:
            self._put_aside()

    def tiles(self) -> Iterator[tuple[Tile, Iterator[bytes]]]:
        """Go through the tiles that hold something, and forget them one by one.

        A tile's bytes come in pieces, which must be taken before the next tile is asked for.
        """
        for at in sorted(self._contents):
            yield at, self._pieces(at, self._contents.pop(at))

    def _pieces(self, at: Tile, content: _Content) -> Iterator[bytes]:
        files = self._files(at) if content.put_aside else (None, None)
        sizes = [
            len(rest) + (file.stat().st_size if file else 0)
            for file, rest in zip(files, (content.features, content.values), strict=True)
        ]
        before, between, after = encoding.frame(self._name, self._keys, *sizes)
        yield before
        yield from _read_and_removed(files[0])
        yield bytes(content.features)
        yield between
        yield from _read_and_removed(files[1])
        yield bytes(content.values)
        yield after

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
        ends = np.cumsum(np.add.reduceat(sizes, np.cumsum(pieces.counts) - pieces.counts))
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

    def _files(self, at: Tile) -> tuple[Path, Path]:
        stem = f"{at.z}-{at.x}-{at.y}"
        return self._aside / f"{stem}.features", self._aside / f"{stem}.values"

    def _put_aside(self) -> None:
        for at, content in self._contents.items():
            for path, part in zip(self._files(at), (content.features, content.values), strict=True):
                if part or not content.put_aside:
                    with path.open("ab") as file:
                        file.write(part)
                    part.clear()
            content.put_aside = True
        self._held = 0


def _coded(
    properties: Mapping[str, Sequence[Any]], many: int, shared: Collection[str]
) -> tuple[Ints, _Values]:
    """Return properties (n, keys) by the number of their value, -1 for none, and those values."""
    coded = np.full((many, len(properties)), -1, np.int64)
    known: dict[bytes, int] = {}
    for column, (key, given) in enumerate(properties.items()):
        if key in shared:
            coded[:, column] = [
                -1 if one is None else known.setdefault(encoding.value(one), len(known))
                for one in given
            ]
    written = list(known)
    for column, (key, given) in enumerate(properties.items()):
        if key not in shared:
            some = [at for at, one in enumerate(given) if one is not None]
            coded[some, column] = len(written) + np.arange(len(some))
            written += [encoding.value(given[at]) for at in some]
    return coded, _Values(written, len(known))


__all__ = ["LINE", "POLYGON", "Batch", "Tileset"]
