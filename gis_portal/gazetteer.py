"""Addresses to places at 町字 precision, from the city's own table of towns.

The table is a CSV with the columns ``町字,小字,緯度,経度`` (JGD2011 degrees), or one that an agency
publishes, which whoever knows it reads (``read_towns_with``). A match is the longest town that the
address begins with, so 本町4-1 becomes the point of 本町: near enough to list a place, never near
enough to call it surveyed.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# 大字 and 字 are written or left out at will, and ケ/ヶ, ノ/之 change with the writer.
_NOISE = re.compile(r"大字|小字|字|\s")
_SAME = str.maketrans(
    {"ヶ": "ケ", "ヵ": "カ", "之": "ノ", "の": "ノ", "ー": "-", "‐": "-", "−": "-"}
)
# Only before 丁目: the 十 of 十日町 is a name, not a number.
_CHOME = re.compile(r"([一二三四五六七八九十]+)丁目")
_DIGITS = {kanji: number for number, kanji in enumerate("一二三四五六七八九", start=1)}


def folded(text: str) -> str:
    """Return an address with width, 大字/字 and spelling variants removed, for comparing only."""
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", text)).translate(_SAME)
    return _CHOME.sub(lambda chome: f"{_number(chome[1])}丁目", plain)


def _number(kanji: str) -> int:
    """Return the value of a kanji number below a hundred, as 丁目 are numbered (二十三 is 23)."""
    tens, ten, ones = kanji.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)


@dataclass(frozen=True, slots=True)
class Placement:
    """A point for an address: degrees (JGD2011) and the town whose point it is."""

    lon: float
    lat: float
    town: str


class TownPoint(Protocol):
    """A town, or a part of one (``koaza``), and its point in degrees (JGD2011)."""

    @property
    def name(self) -> str:
        """The town's name, with its 丁目."""
        ...

    @property
    def koaza(self) -> str:
        """The part of the town; "" for the whole of it."""
        ...

    @property
    def lon(self) -> float:
        """Longitude in degrees."""
        ...

    @property
    def lat(self) -> float:
        """Latitude in degrees."""
        ...


@dataclass(frozen=True, slots=True)
class TownSource:
    """Where a city's towns are: the table, ABR's position file where it has one, and the city."""

    path: Path
    positions: Path | None
    code: str
    city: str


class TownReader(Protocol):
    """What reads the tables of towns that agencies publish."""

    def __call__(self, source: TownSource, /) -> Iterable[TownPoint]:
        """Return the towns of the city. Raises ValueError for a file that is no such table."""
        ...


_readers: list[TownReader] = []


def read_towns_with(reader: TownReader) -> None:
    """Have every table but the project's own read by ``reader``.

    The reader knows datums and encodings, which stand on a floor above this one (the importers),
    so it is handed in at the start of the site instead of being imported.
    """
    _readers[:] = [reader]


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    koaza: str
    lon: float
    lat: float


_OWN = ("町字", "小字", "緯度", "経度")


def towns(source: TownSource) -> Iterable[TownPoint]:
    """Return a city's towns. Raises KeyError or ValueError for a table that can't be read."""
    if source.positions is None and _is_own(source.path):
        return list(_own(source.path))
    if not _readers:
        raise ValueError(f"{source.path.name}: its columns are not {', '.join(_OWN)}")
    return _readers[0](source)


def _is_own(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline().removeprefix(b"\xef\xbb\xbf")
    return first.decode("utf-8", "replace").strip().split(",")[: len(_OWN)] == list(_OWN)


def _own(path: Path) -> Iterator[_Row]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            yield _Row(row["町字"], row["小字"], float(row["経度"]), float(row["緯度"]))


class Gazetteer:
    """The towns of one city, looked up by the beginning of an address."""

    def __init__(self, towns: dict[str, Placement], prefixes: list[str]) -> None:
        """Take towns by their folded name, and what may stand before a town (prefecture, city)."""
        self._towns = towns
        self._prefixes = sorted((folded(p) for p in prefixes if p), key=len, reverse=True)
        self._longest = max((len(name) for name in towns), default=0)

    @classmethod
    def of(cls, towns: Iterable[TownPoint], prefixes: list[str]) -> "Gazetteer":
        """Return the gazetteer of some towns; of two of one name the first counts."""
        places: dict[str, Placement] = {}
        for town in towns:
            whole = town.name + town.koaza
            placement = Placement(town.lon, town.lat, whole)
            name = folded(whole)
            places.setdefault(name, placement)
            if name.endswith("丁目"):  # 新町2-3-4 is 新町二丁目3-4
                places.setdefault(name.removesuffix("丁目") + "-", placement)
        return cls(places, prefixes)

    @classmethod
    def from_csv(cls, path: Path, prefixes: list[str]) -> "Gazetteer":
        """Read the project's own table. Raises ``KeyError`` or ``ValueError`` where it is wrong."""
        return cls.of(_own(path), prefixes)

    def __len__(self) -> int:
        """Return by how many names towns are known."""
        return len(self._towns)

    def place(self, address: str) -> Placement | None:
        """Return the point of the longest town the address begins with, or None."""
        rest, prefixes = folded(address), list(self._prefixes)
        # Whichever comes first in the address, and each once: 栃木県宇都宮市…, 宇都宮市….
        while standing := next((p for p in prefixes if rest.startswith(p)), None):
            prefixes.remove(standing)
            rest = rest.removeprefix(standing)
        for length in range(min(self._longest, len(rest)), 0, -1):
            if found := self._towns.get(rest[:length]):
                return found
        return None
