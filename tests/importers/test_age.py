"""Dates in a file: evidence for a datum, told with what it is worth, deciding nothing."""

import os
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers import age
from importers.age import DataDate, dates_of, evidence_of, of_metadata, of_table
from importers.source import opened
from tests.factories.shapefile import write_shapefile
from tests.shared_data import shared_data


@pytest.mark.parametrize(
    ("year", "found"),
    [(98, 1998), (101, 2001), (124, 2024), (24, 2024), (0, 2000), (79, 2079), (80, 1980)],
)
def test_a_tables_header_counts_years_from_1900_or_within_the_century(
    year: int, found: int
) -> None:
    assert of_table(bytes([3, year, 3, 31])) == date(found, 3, 31)


@pytest.mark.parametrize(
    "header",
    [b"", b"\x03", bytes([3, 0, 0, 0]), bytes([3, 124, 13, 1]), bytes([3, 124, 2, 30])],
)
def test_a_header_without_a_day_has_no_date(header: bytes) -> None:
    assert of_table(header) is None


def test_the_day_that_shapelib_wrote_into_every_table_is_no_date() -> None:
    assert of_table(bytes([3, 95, 7, 26])) is None
    assert of_table(bytes([3, 95, 7, 27])) == date(1995, 7, 27)
    table = shared_data("shapefiles-broken", "mbostock", "null.dbf")
    assert table.read_bytes()[1:4] == bytes([95, 7, 26])
    assert "table" not in {each.source for each in dates_of({".dbf": table})}


@given(st.binary(max_size=40))
def test_any_header_is_read(header: bytes) -> None:
    found = of_table(header)
    assert found is None or 1980 <= found.year <= 2155


def test_dates_stand_in_metadata_in_several_forms() -> None:
    text = """<?xml version="1.0" encoding="Shift_JIS"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///x">]>
    <ksj:dataset><date>20060401</date><gmd:dateStamp><gco:Date>2011-03-01</gco:Date></gmd:dateStamp>
    <CreaDate>1999-13-40</CreaDate><timePeriod>2020-01-01</timePeriod><dateTime>2001-02</dateTime>
    <gco:DateTime xsi:type="x">2012-05-06T07:08:09</gco:DateTime><updated>2022-01-01</updated>"""
    assert of_metadata(text) == [
        date(2006, 4, 1), date(2011, 3, 1), date(2001, 2, 1), date(2012, 5, 6), date(2022, 1, 1),
    ]  # fmt: skip
    # The latest of a text is when it was last touched.
    assert dates_of({}, [text]) == [DataDate("metadata", date(2022, 1, 1))]


@pytest.mark.parametrize(
    ("day", "codes"),
    [
        (date(1998, 3, 31), {"Tokyo": "fits", "JGD2000": "too_early", "JGD2011": "too_early"}),
        (date(2002, 3, 31), {"Tokyo": "fits", "JGD2000": "too_early", "JGD2011": "too_early"}),
        (date(2002, 4, 1), {"Tokyo": "later", "JGD2000": "fits", "JGD2011": "too_early"}),
        (date(2011, 10, 20), {"Tokyo": "later", "JGD2000": "fits", "JGD2011": "too_early"}),
        (date(2011, 10, 21), {"Tokyo": "later", "JGD2000": "later", "JGD2011": "fits"}),
        (date(2026, 1, 1), {"Tokyo": "later", "JGD2000": "later", "JGD2011": "fits"}),
    ],
)
def test_a_date_speaks_for_what_was_in_force_and_against_what_was_not_yet(
    day: date, codes: dict[str, str]
) -> None:
    for datum, code in codes.items():
        (found,) = evidence_of([DataDate("table", day)], datum, "EPSG:1")  # type: ignore[arg-type]
        assert (found.evidence, found.params["date"]) == (f"datum_date_{code}", day.isoformat())


def test_real_files_in_jgd2000_bear_later_dates_so_no_date_decides() -> None:
    """Seven sets of a city, named JGD2000 or older in their .prj and saved from 2022 to 2025."""
    table = shared_data("shapefiles", "yaizu_自治会区域", "自治会区域.dbf")
    (found,) = dates_of({".dbf": table})
    assert found.day.year == 2025
    (told,) = evidence_of([found], "JGD2000", "EPSG:2450")
    assert told.evidence == "datum_date_later"


def test_the_date_in_a_zip_outlives_unpacking_and_no_date_stays_none(tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path / "layer")
    for when, expected in (
        ((1998, 3, 31, 12, 0, 0), date(1998, 3, 31)),
        ((1980, 0, 0, 0, 0, 0), None),
    ):
        path = tmp_path / f"{when[0]}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(folder.iterdir()):
                entry = zipfile.ZipInfo(file.name, when)
                archive.writestr(entry, file.read_bytes())
        with opened(path) as source:
            dates = [each for each in dates_of(source.members) if each.source == "file"]
        assert dates == ([DataDate("file", expected)] if expected else [])


def test_dates_that_can_not_be_are_left_out(tmp_path: Path) -> None:
    shapes = tmp_path / "a.shp"
    shapes.touch()
    for seconds in (0, 4_000_000_000):
        os.utime(shapes, (seconds, seconds))
        assert dates_of({".shp": shapes}) == []
    assert age.JGD2000_FROM < age.JGD2011_FROM
