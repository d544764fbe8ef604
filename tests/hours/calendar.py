"""National holidays for tests."""

import jpholiday

from gis_portal.hours.days import Holidays

HOLIDAYS = Holidays(
    {day: name for year in range(2024, 2031) for day, name in jpholiday.year_holidays(year)}
)
