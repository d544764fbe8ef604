"""Addresses to places at 町字 precision, from the city's own table of towns.

The table is a CSV with the columns ``町字,小字,緯度,経度`` (JGD2011 degrees). A match is the
longest town that the address begins with, so 本町4-1 becomes the point of 本町: near enough to list
a place, never near enough to call it surveyed.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

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


class Gazetteer:
    """The towns of one city, looked up by the beginning of an address."""

    def __init__(self, towns: dict[str, Placement], prefixes: list[str]) -> None:
        """Take towns by their folded name, and what may stand before a town (prefecture, city)."""
        self._towns = towns
        self._prefixes = sorted((folded(p) for p in prefixes if p), key=len, reverse=True)
        self._longest = max((len(name) for name in towns), default=0)

    @classmethod
    def from_csv(cls, path: Path, prefixes: list[str]) -> "Gazetteer":
        """Read the table of towns. Raises ``KeyError`` or ``ValueError`` on a malformed table."""
        towns: dict[str, Placement] = {}
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                town, small = row["町字"], row["小字"]
                placement = Placement(float(row["経度"]), float(row["緯度"]), town + small)
                name = folded(town + small)
                towns.setdefault(name, placement)
                if name.endswith("丁目"):  # 新町2-3-4 is 新町二丁目3-4
                    towns.setdefault(name.removesuffix("丁目") + "-", placement)
        return cls(towns, prefixes)

    def __len__(self) -> int:
        """Return by how many names towns are known."""
        return len(self._towns)

    def place(self, address: str) -> Placement | None:
        """Return the point of the longest town the address begins with, or None."""
        rest = folded(address)
        for prefix in self._prefixes:
            rest = rest.removeprefix(prefix)
        for length in range(min(self._longest, len(rest)), 0, -1):
            if found := self._towns.get(rest[:length]):
                return found
        return None
