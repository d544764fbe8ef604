"""Hours as documents: every rule of the specification's table, and what is wrong said in words."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from gis_portal.hours.document import read, written
from gis_portal.hours.phrases import rule
from gis_portal.hours.spans import HoursError
from tests.hours.calendar import HOLIDAYS


def test_the_rules_that_the_guide_lists_are_read_and_written() -> None:
    guide = (Path(settings.BASE_DIR) / "docs/hours.md").read_text(encoding="utf-8")
    listed = [json.loads(found) for found in re.findall(r"`(\{\"when\".*\})`", guide)]
    assert len(listed) == 5
    schedule = read({"closings": listed}, HOLIDAYS)
    assert written(schedule)["closings"] == listed
    assert [rule(each, "ja") for each in schedule.rules] == [
        "毎週月曜日", "第4木曜日", "偶数月の第2火曜日", "毎月1日", "12月29日から1月3日まで",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"hours": []}, "“hours” is not known here"),
        ({"patterns": [{}]}, "patterns 1: “spans” is missing"),
        ({"patterns": [{"spans": [["9:00", "8:00"]]}]}, "patterns 1: 9:00–8:00 does not end"),
        ({"patterns": [{"spans": [["9:00"]]}]}, "patterns 1: "),
        ({"closings": [{"when": {"weekdays": [7]}}]}, "closings 1: 7 is no weekday"),
        ({"closings": [{"when": {"weekdays": [0]}, "shift": "later"}]}, "closings 1: 'later'"),
        ({"closings": [{"when": {"season": ["02-30", "03-01"]}}]}, "closings 1: "),
        ({"exceptions": [{"from": "2026-13-01", "spans": []}]}, "exceptions 1: "),
        ({"exceptions": [["2026-01-01"]]}, "exceptions 1: "),
    ],
)
def test_what_is_wrong_is_said_with_its_place(document: Any, said: str) -> None:
    with pytest.raises(HoursError, match=re.escape(said)):
        read(document, HOLIDAYS)
