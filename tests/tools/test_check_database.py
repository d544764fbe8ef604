"""tools/check_database.py: a database that is given is asked whether it will do."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

CHECK = Path(__file__).resolve().parents[2] / "tools" / "check_database.py"


def check(url: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, CHECK],
        env=os.environ | {"DATABASE_URL": url}, text=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stderr.strip()


@pytest.mark.django_db
def test_the_database_that_the_tests_run_on_will_do() -> None:
    now = connection.settings_dict
    who = quote(now["USER"], safe="") + ":" + quote(now["PASSWORD"], safe="")
    where = f"{quote(now['HOST'], safe='')}:{now['PORT']}"
    assert check(f"postgis://{who}@{where}/{now['NAME']}") == (0, "")
    status, said = check(f"postgis://{who}@{where}/not_there")
    assert status == 1
    assert said.startswith("The database not_there on ")
    assert "does not answer" in said


def test_an_address_that_cannot_be_read_is_told_how_to_write_it() -> None:
    assert check("my database") == (
        1,
        "DATABASE_URL cannot be read: write postgis://user:password@host:5432/database",
    )
