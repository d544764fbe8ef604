"""How old a file's data is, as far as the file tells: what speaks for one datum or another.

A date never decides: old data saved again bears the new date. But what is dated before a datum came
into force can't be in it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

from importers.problems import Evidence
from importers.systems import Datum

DateSource = Literal["table", "metadata", "file"]
"""The header of the attribute table, the metadata beside it, or the time the file was written."""
_WHAT: dict[DateSource, str] = {
    "table": "date_of_table",
    "metadata": "date_of_metadata",
    "file": "date_of_file",
}

# 測量法 as amended came into force on 2002-04-01 (JGD2000); 測量法施行令 with the results after the
# earthquake (測地成果2011) on 2011-10-21.
JGD2000_FROM = date(2002, 4, 1)
JGD2011_FROM = date(2011, 10, 21)
_IN_FORCE: dict[Datum, tuple[date, date]] = {
    "Tokyo": (date.min, JGD2000_FROM),
    "JGD2000": (JGD2000_FROM, JGD2011_FROM),
    "JGD2011": (JGD2011_FROM, date.max),
    "WGS84": (date.min, date.max),
}

_EARLIEST = date(1980, 1, 2)  # 1980-01-01 is what a zip writes for "no date"
# Shapelib, and so GDAL before 2.0 and whatever else is built on it, wrote this into every table.
_SHAPELIB = date(1995, 7, 26)


@dataclass(frozen=True, slots=True)
class DataDate:
    """A date, and where it stands."""

    source: DateSource
    day: date


def dates_of(members: Mapping[str, Path], metadata: Sequence[str] = ()) -> list[DataDate]:
    """Return the dates of a layer's files (by ending, as ``Source.members``) and metadata texts."""
    found: list[DataDate] = []
    if table := members.get(".dbf"):
        with table.open("rb") as stream:
            found += _told("table", [of_table(stream.read(4))])
    latest = [max(days) for text in metadata if (days := of_metadata(text))]
    found += _told("metadata", [max(latest)] if latest else [])
    if shapes := members.get(".shp"):
        # A zip's date is kept when it is unpacked (archive.py); it carries no time zone.
        written = datetime.fromtimestamp(shapes.stat().st_mtime, UTC).date()
        found += _told("file", [written])
    return found


def _told(source: DateSource, days: Sequence[date | None]) -> list[DataDate]:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    return [DataDate(source, day) for day in days if day and _EARLIEST <= day <= tomorrow]


def of_table(header: bytes) -> date | None:
    """Return the day a DBF was last written (bytes 1–3: year from 1900, month, day), None without.

    Writers that count the year within its century are understood up to 1979.
    """
    if len(header) < 4:
        return None
    year, month, day = header[1:4]
    year += 2000 if year < 80 else 1900
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return None if found == _SHAPELIB else found


def of_metadata(text: str) -> list[date]:
    """Return the days in elements of an XML (KS-META, JMP, ISO 19139) whose name speaks of dates.

    Read by pattern: such files are seldom valid, and no entity of theirs is ever resolved.
    """
    found = []
    pattern = r"<(?:\w+:)?\w*[dD]ate\w*(?:\s[^<>]*)?>\s*(\d{4})-?(\d{2})-?(\d{2})?(?:T[^<]*)?\s*<"
    for year, month, day in re.findall(pattern, text):
        try:
            found.append(date(int(year), int(month), int(day or 1)))
        except ValueError:
            continue
    return found


def evidence_of(dates: Sequence[DataDate], datum: Datum, name: str) -> list[Evidence]:
    """Return what dates say about a datum: it was in force, was not yet, or was no longer.

    ``name`` is the decision they are evidence for (``EPSG:6678``).
    """
    start, end = _IN_FORCE[datum]
    found = []
    for each in dates:
        if each.day < start:
            code = "datum_date_too_early"
        elif each.day >= end:
            code = "datum_date_later"
        else:
            code = "datum_date_fits"
        what = {"code": _WHAT[each.source], "params": {}}
        params = {"what": what, "date": each.day.isoformat(), "datum": datum}
        found.append(Evidence(name, code, params))
    return found
