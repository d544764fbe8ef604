"""A sheet of cells becomes rows under a header, whether it came as CSV or as a workbook.

People put a title above the header, groups of columns over it, notes and a total below it, and
merge cells where they mean the same value. What is left out or filled in is told.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from importers.headers import normalised, role
from importers.limits import MAX_COLUMNS, MAX_FILLED, refuse_sparse
from importers.points import coordinate_role, has_coordinates
from importers.problems import FileRefused, Problem, error, warning
from importers.table import Row

_TITLE_ROWS = 20
_TOTAL = re.compile(r"(総?合?計|小計|総数|total|sum)")
_NOTE = re.compile(
    r"[(（【\[]?\s*(※|＊|\*|注[:：)）\d\s意釈記]|備考|出典|資料|凡例|note\b|source\b)",
    re.IGNORECASE,
)
_DATED = re.compile(r"現在|時点|年度|一覧|作成|更新|\d年")


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells merged into one: rows as the person counts them, columns from 0, ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Grid:
    """A sheet's lines: (row number as the person sees it, cells cleaned and trimmed, "" blank).

    Lines without any cell may be left out. With ``ragged`` the width of a line means something
    (CSV: a comma too many moves the values); a workbook's lines just end at their last cell.
    """

    lines: list[tuple[int, list[str]]]
    merges: list[Merge] = field(default_factory=list)
    ragged: bool = False


@dataclass(slots=True)
class Listing:
    """What a grid lists: rows by column name (cells still text), their numbers, and problems."""

    names: dict[int, str]
    rows: list[Row]
    numbers: list[int]
    problems: list[Problem]


def listing(grid: Grid) -> Listing:
    """Return the rows below a grid's header. Blank rows are passed over."""
    lines = [(number, cells) for number, cells in grid.lines if grid.ragged or any(cells)]
    widest = max((len(cells) for _, cells in lines[:_TITLE_ROWS]), default=0)
    if widest > MAX_COLUMNS:
        raise FileRefused("too_many_columns", {"columns": widest, "limit": MAX_COLUMNS})
    first, last = _header(lines, grid)
    header = _labels(lines, first, last, grid)
    body = [(number, cells) for number, cells in lines[last + 1 :] if any(cells)]
    filling = _fill_merged(body, grid.merges)
    names, naming = _names(header, body)
    kept, passing = _without_notes(body, header, names, _headings(grid.merges, len(names)))
    problems = [*naming, *filling, *passing]
    refuse_sparse(len(names), len(kept), sum(len(cells) for _, cells in kept))
    rows: list[Row] = []
    for number, cells in kept:
        rows.append({name: cells[i] if i < len(cells) else None for i, name in names.items()})
        if grid.ragged and any(cells[len(header) :]):
            problems.append(error("row_too_long", number, None, columns=len(header)))
        elif grid.ragged and len(cells) < len(header):
            problems.append(warning("row_too_short", number, None, columns=len(header)))
    return Listing(names, rows, [number for number, _ in kept], problems)


def is_table(grid: Grid) -> bool:
    """Say whether a grid is a table at all, not a note: a header of two columns, a row of two."""
    found = listing(grid)
    filled = (sum(1 for value in row.values() if value) for row in found.rows)
    return len(found.names) > 1 and any(count > 1 for count in filled)


# -- the header -------------------------------------------------------------------------------


def _header(lines: list[tuple[int, list[str]]], grid: Grid) -> tuple[int, int]:
    """Return which lines are the header: the index of the first and of the last."""
    at = _header_line(lines)
    if not lines:
        return 0, 0
    first = at - 1 if at > 0 and _is_upper(lines, at, grid) else at
    last = at + 1 if at + 1 < len(lines) and _is_lower(lines, at, grid) else at
    return first, last


def _header_line(lines: list[tuple[int, list[str]]]) -> int:
    """Return the line with the coordinates; else the one with the most known headers, or words."""
    top = [cells for _, cells in lines[:_TITLE_ROWS]]
    for index, cells in enumerate(top):
        if has_coordinates(cells):
            return index
    known = [sum(1 for cell in cells if cell and role(cell)) for cells in top]
    if known and max(known) > 1:
        return known.index(max(known))
    filled = [sum(1 for cell in cells if cell) for cells in top]
    wide = max(filled, default=0)
    return next((i for i, count in enumerate(filled) if count > 1 and 2 * count > wide), 0)


def _is_upper(lines: list[tuple[int, list[str]]], at: int, grid: Grid) -> bool:
    """Say whether the line above belongs to the header: groups over columns, or taller cells."""
    (above, upper), (number, cells) = lines[at - 1], lines[at]
    if above + 1 != number:
        return False
    touching = [m for m in grid.merges if m.top == above and _text(upper, m.left)]
    if any(merge.bottom == number for merge in touching):
        return True
    if touching:
        # Groups stand over (nearly) all columns; a title beside a date does so too, but says so.
        spread = _spread(above, upper, grid.merges)
        over = sum(1 for i, cell in enumerate(cells) if cell and _text(spread, i))
        labels = {cell for cell in spread if cell}
        titled = any(_DATED.search(label) for label in labels)
        return len(labels) > 1 and over >= 0.8 * sum(map(bool, cells)) and not titled
    # Without merges (CSV): headers stand above blank cells of a line that has the others.
    raised = [i for i, cell in enumerate(upper) if cell and not _text(cells, i)]
    used = {i for _, row in lines[at + 1 :] for i in raised if _text(row, i)}
    return len(used) > 1


def _is_lower(lines: list[tuple[int, list[str]]], at: int, grid: Grid) -> bool:
    """Say whether the line below belongs to the header: parts of a column that spans several."""
    (number, cells), (below, lower) = lines[at], lines[at + 1]
    if number + 1 != below:
        return False
    if any(m.top == number and m.bottom == below and _text(cells, m.left) for m in grid.merges):
        return True
    parts = {i for i, cell in enumerate(lower) if cell}
    spanned = all(
        i < len(cells)
        and (not cells[i] or (i + 1 in parts and i + 1 < len(cells) and not cells[i + 1]))
        for i in parts
    )
    numeric = any(re.fullmatch(r"[-+]?[\d.,]+", lower[i]) for i in parts)
    return len(parts) > 1 and spanned and not numeric and any(cells[i] for i in parts)


def _text(cells: list[str], index: int) -> str:
    return cells[index] if index < len(cells) else ""


def _labels(lines: list[tuple[int, list[str]]], first: int, last: int, grid: Grid) -> list[str]:
    """Return a header's text for each column, those of two lines joined."""
    if not lines:
        return []
    if first == last:
        plain = [_one_line(cell) for cell in lines[first][1]]
    else:
        stacked = [_spread(*lines[index], grid.merges) for index in range(first, last + 1)]
        if not grid.merges:
            stacked = [_carried(row) for row in stacked[:-1]] + stacked[-1:]
        width = max(len(row) for row in stacked)
        columns = [[row[i] if i < len(row) else "" for row in stacked] for i in range(width)]
        plain = _joined(columns)
    if not grid.ragged:
        width = max((len(cells) for _, cells in lines[last + 1 :]), default=0)
        plain += [""] * (width - len(plain))
    return plain


def _spread(number: int, cells: list[str], merges: list[Merge]) -> list[str]:
    """Return a line's texts with those of its merged cells written into each of them.

    A cell merged downwards counts in its first line only, so that it is not joined to itself.
    """
    result = [_one_line(cell) for cell in cells]
    beyond = 0
    for merge in sorted((m for m in merges if m.top == number), key=lambda m: m.left):
        text = _text(result, merge.left)
        if text and merge.left >= beyond:  # Merges never overlap, but in a file made to do harm.
            beyond = merge.right + 1
            result += [""] * (beyond - len(result))
            result[merge.left : beyond] = [text] * (beyond - merge.left)
    return result


def _carried(cells: list[str]) -> list[str]:
    """Return a line of groups from a CSV, each group's text carried over the blanks after it."""
    result: list[str] = []
    for cell in cells:
        result.append(cell or (result[-1] if result else ""))
    return result


def _joined(columns: list[list[str]]) -> list[str]:
    """Return one header a column: its own text if that says enough, else with its group's.

    名称 under 施設 stays 名称, 洪水 under 災害種別 becomes 災害種別_洪水, as the standard calls it.
    """
    own = [next((text for text in reversed(texts) if text), "") for texts in columns]
    result = []
    for texts, last in zip(columns, own, strict=True):
        parts = list(dict.fromkeys(text for text in texts if text))
        enough = coordinate_role(last) is not None and own.count(last) == 1
        result.append(last if enough else "_".join(parts))
    return result


def _one_line(text: str) -> str:
    """Return a header without line breaks: joined in Japanese, a blank between Latin words."""
    if "\n" not in text:
        return text
    line = ""
    for part in map(str.strip, text.split("\n")):
        words = line[-1:].isascii() and line[-1:].isalnum() and part[:1].isascii()
        line += f" {part}" if words and part[:1].isalnum() else part
    return line


def _names(
    header: list[str], body: list[tuple[int, list[str]]]
) -> tuple[dict[int, str], list[Problem]]:
    """Return position → column name: each name once, blank columns left out."""
    names: dict[int, str] = {}
    problems: list[Problem] = []
    used: set[int] = set()
    if not all(header):
        for _, cells in body:
            used.update(index for index, cell in enumerate(cells) if cell)
    taken: set[str] = set()
    copies: dict[str, int] = {}
    for index, name in enumerate(header):
        if not name:
            if index not in used:
                continue
            name = f"column_{index + 1}"
            problems.append(warning("header_blank", None, name, number=index + 1))
        unique = name
        while unique in taken:
            copies[name] = copies.get(name, 1) + 1
            unique = f"{name}_{copies[name]}"
        if unique != name:
            problems.append(warning("header_twice", None, name, renamed=unique))
        names[index] = unique
        taken.add(unique)
    return names, problems


# -- the body ---------------------------------------------------------------------------------


def _fill_merged(body: list[tuple[int, list[str]]], merges: Iterable[Merge]) -> list[Problem]:
    """Write the value of cells merged downwards into each of their rows; tell how many.

    Raises FileRefused where they would be too many.
    """
    numbers = [number for number, _ in body]
    count = room = 0
    for merge in merges:
        at = bisect_left(numbers, merge.top)
        if merge.bottom == merge.top or at == len(body) or numbers[at] != merge.top:
            continue
        value = _text(body[at][1], merge.left)
        for _, cells in body[at + 1 : bisect_right(numbers, merge.bottom)] if value else ():
            if _text(cells, merge.left):
                break  # Only what was merged twice has a value here.
            room += max(merge.left + 1 - len(cells), 1)
            cells += [""] * (merge.left + 1 - len(cells))
            cells[merge.left] = value
            count += 1
            if room > MAX_FILLED:
                raise FileRefused("workbook_too_big", {"limit": MAX_FILLED})
    return [warning("cells_merged", count=count)] if count else []


def _headings(merges: Iterable[Merge], columns: int) -> set[int]:
    """Return the rows where one cell is merged over more than half of the columns."""
    return {m.top for m in merges if m.top == m.bottom and 2 * (m.right + 1 - m.left) > columns}


def _without_notes(
    body: list[tuple[int, list[str]]],
    header: list[str],
    names: dict[int, str],
    headings: Set[int],
) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    """Return the rows of the list itself: no total, no note below it, no header again."""
    places = [i for i, name in names.items() if coordinate_role(name) in ("lat", "lon", "x", "y")]
    places += [i for i, name in names.items() if role(name) == "address"]
    kept: list[tuple[int, list[str]]] = []
    problems: list[Problem] = []
    for number, cells in body:
        filled = [cell for cell in cells if cell]
        placed = any(i < len(cells) and cells[i] for i in places)
        if len(filled) > 1 and [_one_line(cell) for cell in cells] == header[: len(cells)]:
            problems.append(warning("header_again", number))
        elif not placed and _TOTAL.fullmatch(normalised(filled[0])):
            problems.append(warning("total_row", number, None, text=filled[0][:40]))
        elif (
            len(filled) == 1
            and len(names) > 2
            and (number in headings or (_NOTE.match(filled[0]) and not placed))
        ):
            problems.append(warning("note_row", number, None, text=filled[0][:40]))
        else:
            kept.append((number, cells))
    return kept, problems
