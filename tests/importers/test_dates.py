"""Dates, times and weekdays as cities write them."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.values import dates, times


def told(read: tuple[Any, Any]) -> str | None:
    return read[1].code if read[1] else None


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        *(
            ("1904-08-29", "1904-08-29"),
            ("1904/8/29", "1904-08-29"),
            ("1904年8月29日", "1904-08-29"),
        ),
        *(("22196", "1960-10-07"), (22196, "1960-10-07"), (45383.0, "2024-04-01")),
        *(("昭32. 7. 1", "1957-07-01"), ("S32.7.1", "1957-07-01"), ("S.32.7.1", "1957-07-01")),
        *(("昭和32年7月1日", "1957-07-01"), ("昭和三十二年七月一日", "1957-07-01")),
        *(("令和4年1月1日現在", "2022-01-01"), ("令和４年１月１日　時点", "2022-01-01")),
        *(("令和元年", "2019"), ("令和元年５月１日", "2019-05-01"), ("R1", "2019")),
        *(("H31.4", "2019-04"), ("平成3年", "1991"), ("㍻3年4月", "1991-04")),
        *(("大正元年7月30日", "1912-07-30"), ("明治45年7月30日", "1912-07-30")),
        *(("大正15年12月25日", "1926-12-25"), ("昭和元年12月25日", "1926-12-25")),
        *(("昭和64年1月7日", "1989-01-07"), ("平成元年1月8日", "1989-01-08"), ("昭和64年", "1989")),
        *(("明治6年1月1日", "1873-01-01"), ("M6.1.1", "1873-01-01")),
        *(("平成31年4月30日", "2019-04-30"), ("平成31年", "2019"), ("平29. 7. 1", "2017-07-01")),
        *(("1991", "1991"), (1991, "1991"), ("1991年", "1991"), ("1991-04", "1991-04")),
        *(("199104", "1991-04"), ("19910401", "1991-04-01"), (20240229, "2024-02-29")),
        *(("2022-01-01 00:00:00", "2022-01-01"), ("2022-01-01T00:00:00+09:00", "2022-01-01")),
        *(("2025年9月6日（土曜日）", "2025-09-06"), ("2025/9/15(月・祝)", "2025-09-15")),
        *(
            ("西暦1957年", "1957"),
            (" １９５７．７．１ ", "1957-07-01"),
            ("2017/4/1付", "2017-04-01"),
        ),
    ],
)
def test_a_date_is_read_as_exactly_as_it_was_written(cell: Any, reading: str) -> None:
    assert dates.read(cell) == (reading, None)
    assert dates.read(reading) == (reading, None)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *(("2023-02-30", "date_impossible"), ("2023年13月1日", "date_impossible")),
        *(("昭和32年2月31日", "date_impossible"), ("19910431", "date_impossible")),
        *(("昭和65年", "date_not_in_era"), ("昭和64年1月8日", "date_not_in_era")),
        *(("平成元年1月7日", "date_not_in_era"), ("平成31年5月", "date_not_in_era")),
        *(("令和元年4月30日", "date_not_in_era"), ("大正元年7月29日", "date_not_in_era")),
        *(("明治5年3月1日", "date_lunar"), ("明治元年", "date_lunar")),
        *(("2025年9月6日（日）", "date_weekday_differs"),),
        *(("57/7/1", "date_unreadable"), ("7/1/1957", "date_unreadable")),
        *(("約1600年", "date_unreadable"), ("江戸時代", "date_unreadable")),
        *(("2025年9月6日～19日", "date_unreadable"), ("令和6年9月2日午後6時", "date_unreadable")),
        *(("令和4年度", "date_unreadable"), ("昭和0年", "date_unreadable")),
        *(("2019.1", "date_unreadable"), (2019.1, "date_unreadable"), (22196.5, "date_unreadable")),
        *((True, "date_unreadable"), ("99999999", "date_unreadable"), (123, "date_unreadable")),
    ],
)
def test_what_is_no_date_stays_as_it_is_and_is_told_why(cell: Any, code: str) -> None:
    reading, problem = dates.read(cell)
    assert reading == cell
    assert problem is not None
    assert problem.code == code


@pytest.mark.parametrize("cell", [None, "", " ", "-", "－", "―"])
def test_a_blank_or_a_dash_is_nothing_to_read(cell: Any) -> None:
    for read in (dates.read, times.read, times.weekdays):
        assert read(cell) == (cell, None)


@given(st.dates(date(1873, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_alike_from_every_way_of_writing_it(day: date) -> None:
    iso = day.isoformat()
    assert dates.read(f"{day.year}年{day.month}月{day.day}日") == (iso, None)
    assert dates.read(day.strftime("%Y%m%d")) == (iso, None)
    eras = [
        (first, name) for name, (first, start, end) in dates._ERAS.items() if start <= day <= end
    ]
    assert eras
    for first, name in eras:
        count = day.year - first + 1
        written = f"{name}{'元' if count == 1 else count}年{day.month}月{day.day}日"
        assert dates.read(written) == (iso, None)
    serial = (day - date(1899, 12, 30)).days
    if 10_000 <= serial < 73_051:
        assert dates.read(serial) == (iso, None)


@given(st.dates(date(1873, 1, 1), date(2099, 12, 31)), st.sampled_from(list(dates._ERAS)))
def test_a_day_outside_its_era_is_never_read(day: date, era: str) -> None:
    first, start, end = dates._ERAS[era]
    count = day.year - first + 1
    if 1 <= count <= 99 and not start <= day <= end:
        written = f"{era}{count}年{day.month}月{day.day}日"
        assert dates.read(written)[0] == written
        assert told(dates.read(written)) in ("date_not_in_era", "date_lunar")


def test_the_day_before_and_after_each_change_of_era_is_told() -> None:
    for name, (first, start, end) in dates._ERAS.items():
        if name != "令和":
            after = end + timedelta(days=1)
            written = f"{name}{after.year - first + 1}年{after.month}月{after.day}日"
            assert told(dates.read(written)) == "date_not_in_era"
        if name != "明治":
            before = start - timedelta(days=1)
            count = before.year - first + 1
            if count > 0:
                written = f"{name}{count}年{before.month}月{before.day}日"
                assert told(dates.read(written)) == "date_not_in_era"


# -- times ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        *(("09:00", "09:00"), ("9:00", "09:00"), ("17：00", "17:00"), ("8:30:00", "08:30")),
        *(("9時30分", "09:30"), ("９時３０分", "09:30"), ("9時", "09:00"), ("9時半", "09:30")),
        *((0.375, "09:00"), ("0.375", "09:00"), ("0.770833333333333", "18:30"), (0.5, "12:00")),
        *(("24:00", "24:00"), ("0:00", "00:00"), ("正午", "12:00"), ("午前0時", "00:00")),
        *(("午後5時", "17:00"), ("午後5時30分", "17:30"), ("午後0時15分", "12:15")),
        *(("PM5:00", "17:00"), ("5:00 PM", "17:00"), ("5pm", "17:00"), ("5 p.m.", "17:00")),
        *(("12:00 am", "00:00"), ("12:30 pm", "12:30"), ("0900", "09:00"), ("1715", "17:15")),
    ],
)
def test_a_time_is_read_in_every_way_it_is_written(cell: Any, reading: str) -> None:
    assert times.read(cell) == (reading, None)
    assert times.read(reading) == (reading, None)


@pytest.mark.parametrize(
    "cell",
    [
        *("24:30", "25:00", "9:60", "9", 9, "9:00～17:00", "終日", "24時間", "12:3", "午後13時"),
        *("午後12時", "午前12時", "AM5:00PM", "13:00 pm", "0", 0, 1.0, 1.5, "9.30", "0.3751", True),
    ],
)
def test_what_is_no_single_time_stays_as_it_is_and_is_told(cell: Any) -> None:
    reading, problem = times.read(cell)
    assert reading == cell
    assert problem is not None
    assert problem.code == "time_unreadable"


@given(st.integers(1, 24 * 60 - 1))
def test_excels_part_of_a_day_is_the_minute_it_stands_for(minutes: int) -> None:
    expected = f"{minutes // 60:02d}:{minutes % 60:02d}"
    assert times.read(minutes / (24 * 60)) == (expected, None)
    assert times.read(f"{minutes / (24 * 60):.9f}") == (expected, None)
    half = "午前" if minutes < 720 else "午後"
    assert times.read(f"{half}{minutes // 60 % 12}時{minutes % 60}分") == (expected, None)


# -- weekdays ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        *(("月火水木金", "月火水木金"), ("月,水", "月水"), ("月～金", "月火水木金")),
        *(("火水木金土日", "火水木金土日"), ("毎日", "月火水木金土日"), ("平日", "月火水木金")),
        *(("土日祝", "土日祝"), ("土・日・祝日", "土日祝"), ("日曜日", "日"), ("水　金", "水金")),
        *(
            ("月曜日～金曜日", "月火水木金"),
            ("月-金", "月火水木金"),
            ("月から金まで", "月火水木金"),
        ),
        *(("月～金、日", "月火水木金日"), ("金～月", "月金土日"), ("平日及び土曜", "月火水木金土")),
        *(("金木水火月", "月火水木金"), ("月/火/水", "月火水"), ("年中無休", "月火水木金土日祝")),
    ],
)
def test_weekdays_run_together_in_order(cell: str, reading: str) -> None:
    assert times.weekdays(cell) == (reading, None)
    assert times.weekdays(reading) == (reading, None)


@pytest.mark.parametrize(
    "cell",
    [
        *("第2・第4火曜", "月～金（祝日を除く）", "月1回", "無休", "月末", "月～金 9:00～17:00"),
        *("不定休", "月から", 5, True, "月火水木金（要予約）"),
    ],
)
def test_a_cell_that_says_more_than_weekdays_stays_whole(cell: Any) -> None:
    reading, problem = times.weekdays(cell)
    assert reading == cell
    assert problem is not None
    assert problem.code == "weekdays_unreadable"


@given(st.sets(st.sampled_from("月火水木金土日祝"), min_size=1), st.sampled_from(",、・/ "))
def test_any_days_in_any_order_and_with_any_mark_are_the_same_days(
    days: set[str], mark: str
) -> None:
    expected = "".join(day for day in times.WEEK if day in days)
    assert times.weekdays(mark.join(days)) == (expected, None)
    assert times.weekdays("".join(sorted(days))) == (expected, None)
