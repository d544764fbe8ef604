"""The site says of itself whether it can serve, and a dead database shows no stack trace."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_a_site_that_can_serve_says_so(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer["Cache-Control"].startswith("max-age=0")


@pytest.mark.django_db
def test_a_missing_worker_is_told_and_does_not_take_the_pages_away(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["worker"]) == (200, "no worker answers: jobs wait")


@pytest.mark.django_db
def test_a_database_without_the_codes_migrations_is_not_healthy(client: Client) -> None:
    MigrationRecorder(connection).record_unapplied("layers", "0002_recording")
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert "1 migrations are not applied" in answer.json()["database"]
    MigrationRecorder(connection).record_applied("layers", "0002_recording")
    assert client.get("/healthz").status_code == 200


ASK = """
import django; django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
for path in {paths!r}:
    answer = client.get(path)
    print(path, answer.status_code, "Traceback" in answer.content.decode(), len(answer.content))
print(client.get("/healthz").content.decode())
print(client.get("/").content.decode())
"""


def asked_with(database_url: str, *paths: str) -> str:
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ALLOWED_HOSTS": "testserver",
    }
    run = subprocess.run(
        [sys.executable, "-c", ASK.format(paths=paths)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return run.stdout


def test_with_the_database_stopped_every_page_says_503_without_a_stack_trace() -> None:
    # Port 9 (discard) on loopback: nothing listens, so the connection is refused at once.
    told = asked_with("postgis://nobody@127.0.0.1:9/nothing", "/", "/features/1/", "/api/v1/layers")
    for path in ("/", "/features/1/", "/api/v1/layers"):
        assert f"{path} 503 False" in told
    assert '"status": "unavailable"' in told
    assert "make db" in told
    assert settings.CITY.telephone in told


def test_the_same_question_with_a_database_is_not_answered_with_503() -> None:
    """The negative control: the 503 above comes from the database, not from the asking."""
    url = os.environ.get("DATABASE_URL") or (settings.LOCAL_DIR / "database-url").read_text()
    assert "/api/v1/ 200 False" in asked_with(url.strip(), "/api/v1/")


def test_configuration_mistakes_are_one_sentence() -> None:
    for variable, value, said in (
        ("GDAL_LIBRARY_PATH", "/nowhere/libgdal.so", "make setup"),
        ("GEOS_LIBRARY_PATH", "/nowhere/libgeos.so", "make setup"),
        ("CITY", "/nowhere/city.toml", "no such file"),
    ):
        run = subprocess.run(
            [sys.executable, "manage.py", "check"],
            env={**os.environ, variable: value},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert run.returncode != 0
        assert "Traceback" not in run.stderr
        assert said in run.stderr
        assert value in run.stderr
