"""The towns of a city from the tables that agencies publish: the gazetteer's input.

Read are 位置参照情報 (ISJ, by block and by town), Geolonia 住所データ (CSV and JSON), the town
master of アドレス・ベース・レジストリ (ABR) with its position file, and the project's own
``町字,小字,緯度,経度``. Columns are found by name: ABR has longitude first, ISJ's X is north.
"""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from importers import crs
from importers.coordinates import number
from importers.datum import DatumStep, to_wgs
from importers.encoding import clean_text, decoded
from importers.headers import canonical
from importers.problems import FileRefused, Problem, error
from importers.profiles import Profile, recognised
from importers.sniff import delimiter
from importers.values.cell import plain
from importers.values.codes import whole_codes

JGD2000, JGD2011 = 4612, 6668
_DELETED = "3"
"""更新履歴フラグ of a row that is no more; the edition of 2021 publishes such rows by mistake."""

_Cells = Mapping[str, str]
"""A row: canonical header → cell."""


@dataclass(frozen=True, slots=True)
class Town:
    """A town or part of one (小字) and its point, in degrees of JGD2011.

    ``reading`` is in kana as the source gives it, "" for none; ``source`` names the kind of table.
    """

    name: str
    koaza: str
    lon: float
    lat: float
    reading: str
    source: str


@dataclass(frozen=True, slots=True)
class TownTable:
    """What a table of towns gave: each town once, what could not be read, the datum step."""

    profile: Profile
    towns: list[Town]
    problems: list[Problem]
    datum: DatumStep


@dataclass(frozen=True, slots=True)
class CityNamed:
    """The city whose towns are wanted, by its local government code and name; blank is any."""

    code: str = ""
    name: str = ""

    def has_code(self, code: str) -> bool:
        """Say whether a code with or without check digit is this city's."""
        if not self.code:
            return True
        five = {found[:5] for found in whole_codes(plain(code)).values()} or {plain(code)[:5]}
        return self.code[:5] in five

    def has_name(self, name: str) -> bool:
        """Say whether a municipality's name, with its 郡 or without, is this city's."""
        return not self.name or name.endswith(self.name)


@dataclass(slots=True)
class _Found:
    """A town before its point is known in JGD2011: x first in ``epsg``, and its row."""

    name: str
    koaza: str
    x: float
    y: float
    epsg: int
    row: int
    reading: str = ""


@dataclass(slots=True)
class _Input:
    rows: list[tuple[int, _Cells]]
    city: CityNamed
    positions: dict[tuple[str, str], tuple[int, _Cells]] = field(default_factory=dict)


def read(
    path: Path,
    city: CityNamed | None = None,
    *,
    positions: Path | None = None,
    grids: Path | None = None,
) -> TownTable:
    """Return the towns in a table, those of one city where the table has more.

    ``positions`` is ABR's position file beside its town master; ``grids`` a folder with datum
    grids. Raises FileRefused for a file that is no table of towns, or has none of the city.
    """
    profile, rows = _table(path)
    given = _Input(rows, city or CityNamed())
    if profile.name == "towns_abr":
        if positions is None:
            raise FileRefused("towns_without_positions", {"name": path.name})
        other, placed = _table(positions)
        if other.name != "towns_abr_position":
            raise FileRefused("towns_not_known", {"name": positions.name})
        given.positions = {_abr_key(cells): (row, cells) for row, cells in placed}
    reader = _READERS.get(profile.name)
    if reader is None:
        raise FileRefused("towns_not_known", {"name": path.name})
    problems: list[Problem] = []
    towns, step = _converted(list(reader(given, problems)), profile.name, grids, problems)
    if not towns:
        raise FileRefused("towns_none", {"name": path.name, "city": given.city.name or "–"})
    return TownTable(profile, towns, problems, step)


def _table(path: Path) -> tuple[Profile, list[tuple[int, _Cells]]]:
    """Return what a file of rows is and its rows with their numbers, by canonical header."""
    text, _ = decoded(path.read_bytes())
    if text.lstrip()[:1] == "[":
        return _json_table(path, text)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text) or ",")
    header = [clean_text(cell).strip() for cell in next(records, [])]
    forms = [canonical(cell) for cell in header]
    rows: list[tuple[int, _Cells]] = [
        (line, dict(zip(forms, (clean_text(cell).strip() for cell in record), strict=False)))
        for line, record in enumerate(records, start=2)
        if any(record)
    ]
    return recognised(header), rows


def _json_table(path: Path, text: str) -> tuple[Profile, list[tuple[int, _Cells]]]:
    try:
        found = json.loads(text)
    except ValueError as broken:
        raise FileRefused("towns_not_known", {"name": path.name}) from broken
    rows = [row for row in found if isinstance(row, dict)]
    header = list(rows[0]) if rows else []
    cells: list[tuple[int, _Cells]] = [
        (index, {canonical(k): "" if v is None else clean_text(str(v)) for k, v in row.items()})
        for index, row in enumerate(rows, start=1)
    ]
    return recognised(header), cells


# -- the tables -------------------------------------------------------------------------------


def _degrees(
    cells: _Cells, lon: str, lat: str, row: int, problems: list[Problem]
) -> tuple[float, float] | None:
    try:
        found = number(cells.get(canonical(lon))), number(cells.get(canonical(lat)))
    except ValueError:
        found = None, None
    if found[0] is None or found[1] is None or 0.0 in found:
        problems.append(error("town_without_position", row))
        return None
    return found[0], found[1]


def _simple(
    name: tuple[str, ...], koaza: str, lon: str, lat: str, *, code: str = "", kana: str = ""
) -> Callable[[_Input, list[Problem]], Iterator[_Found]]:
    """Return a reader for a table with a town a row and its degrees in JGD2011 (or JGD2000)."""

    def rows(given: _Input, problems: list[Problem]) -> Iterator[_Found]:
        for row, cells in given.rows:
            town = next((t for form in name if (t := cells.get(canonical(form), ""))), "")
            if not town or (code and not given.city.has_code(cells.get(canonical(code), ""))):
                continue
            if point := _degrees(cells, lon, lat, row, problems):
                small = cells.get(canonical(koaza), "") if koaza else ""
                reading = cells.get(canonical(kana), "") if kana else ""
                yield _Found(town, small, *point, JGD2011, row, reading)

    return rows


def _isj_towns(given: _Input, problems: list[Problem]) -> Iterator[_Found]:
    """Yield a town a row of 位置参照情報 大字・町丁目レベル, in JGD2000."""
    name = ("大字町丁目名", "大字・町丁目名")
    for found in _simple(name, "", "経度", "緯度", code="市区町村コード")(given, problems):
        found.epsg = JGD2000
        yield found


def _isj_blocks(given: _Input, problems: list[Problem]) -> Iterator[_Found]:
    """Yield a town from the blocks of 位置参照情報 街区レベル: the block nearest their middle.

    A block may have several points, of which one is its representative (代表フラグ). Rows marked as
    deleted are left out. Without degrees X (north) and Y (east) of the zone are taken.
    """
    blocks: dict[tuple[str, str, int], list[_Found]] = defaultdict(list)
    for row, cells in given.rows:
        history = cells.get("更新前履歴フラグ", ""), cells.get("更新後履歴フラグ", "")
        deleted = any(plain(flag).startswith(_DELETED) for flag in history)
        town = cells.get(canonical("大字・丁目名")) or cells.get(canonical("大字・町丁目名")) or ""
        if deleted or not town or not given.city.has_name(cells.get("市区町村名", "")):
            continue
        if plain(cells.get("代表フラグ", "1")) == "0":
            continue
        if block := _block(cells, town, row, problems):
            blocks[town, block.koaza, block.epsg].append(block)
    for members in blocks.values():
        points = np.array([(block.x, block.y) for block in members])
        middle = points.mean(axis=0)
        yield members[int(np.argmin(((points - middle) ** 2).sum(axis=1)))]


def _block(cells: _Cells, town: str, row: int, problems: list[Problem]) -> _Found | None:
    koaza = cells.get(canonical("小字・通称名"), "")
    if cells.get("緯度") and cells.get("経度"):
        point = _degrees(cells, "経度", "緯度", row, problems)
        return _Found(town, koaza, *point, JGD2000, row) if point else None
    try:
        north, east = number(cells.get("x座標")), number(cells.get("y座標"))
        zone = int(plain(cells.get("座標系番号", "")))
    except ValueError:
        north = east = None
        zone = 0
    if north is None or east is None or not 1 <= zone <= 19:
        problems.append(error("town_without_position", row))
        return None
    return _Found(town, koaza, east, north, crs.PLANE_ZONE_I["JGD2000"] + zone - 1, row)


def _abr(given: _Input, problems: list[Problem]) -> Iterator[_Found]:
    """Yield the towns of ABR's master that have a position and were not abolished."""
    for row, cells in given.rows:
        abolished = cells.get(canonical("ablt_date"), "")
        town = cells.get(canonical("oaza_cho"), "") + cells.get("chome", "")
        if (abolished and not abolished.startswith("9999")) or not town:
            continue
        if not given.city.has_code(cells.get(canonical("lg_code"), "")):
            continue
        place = given.positions.get(_abr_key(cells))
        if place is None:
            problems.append(error("town_without_position", row))
            continue
        if point := _degrees(place[1], "rep_lon", "rep_lat", row, problems):
            kana = (canonical("oaza_cho_kana"), canonical("chome_kana"), canonical("koaza_kana"))
            reading = "".join(cells.get(part, "") for part in kana)
            yield _Found(town, cells.get("koaza", ""), *point, _epsg(place[1]), row, reading)


def _abr_key(cells: _Cells) -> tuple[str, str]:
    return cells.get(canonical("lg_code"), ""), cells.get(canonical("machiaza_id"), "")


def _epsg(cells: _Cells) -> int:
    """Return the system of a position (EPSG:6668 or 6668); JGD2011 where it names none we know."""
    digits = "".join(sign for sign in cells.get(canonical("rep_srid"), "") if sign.isdecimal())
    return JGD2000 if digits == str(JGD2000) else JGD2011


def _geolonia(given: _Input, problems: list[Problem]) -> Iterator[_Found]:
    """Yield the rows of the table or of the JSON, which has no code: it is of one city."""
    if any("town" in cells for _, cells in given.rows):
        yield from _simple(("town",), "koaza", "lng", "lat")(given, problems)
    else:
        name, kana = ("大字町丁目名",), "大字町丁目名カナ"
        yield from _simple(name, "小字・通称名", "経度", "緯度", code="市区町村コード", kana=kana)(
            given, problems
        )


_READERS: dict[str, Callable[[_Input, list[Problem]], Iterator[_Found]]] = {
    "towns": _simple(("町字",), "小字", "経度", "緯度"),
    "towns_geolonia": _geolonia,
    "towns_isj_town": _isj_towns,
    "towns_isj_block": _isj_blocks,
    "towns_abr": _abr,
}


# -- to JGD2011 -------------------------------------------------------------------------------


def _points(pairs: Iterable[tuple[float, float]]) -> Any:
    return np.array([shapely.Point(pair) for pair in pairs], dtype=object)


def _converted(
    found: list[_Found], source: str, grids: Path | None, problems: list[Problem]
) -> tuple[list[Town], DatumStep]:
    """Return the towns in JGD2011, each once, and the step of the datum most of them were in."""
    towns: dict[tuple[str, str], Town] = {}
    step = to_wgs(_points([]), JGD2011, grids)[1]
    west, south, east, north = crs.JAPAN
    for epsg in sorted({town.epsg for town in found}):
        group = [town for town in found if town.epsg == epsg]
        moved, taken = to_wgs(_points((town.x, town.y) for town in group), epsg, grids)
        step = taken if epsg != JGD2011 else step
        for town, point in zip(group, moved, strict=True):
            if not (west <= point.x <= east and south <= point.y <= north):
                problems.append(error("town_without_position", town.row))
                continue
            towns.setdefault(
                (town.name, town.koaza),
                Town(town.name, town.koaza, point.x, point.y, town.reading, source),
            )
    return list(towns.values()), step
