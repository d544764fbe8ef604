"""The suites of others, run against a real server: ogctests and ogcapi-registry."""

import os
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from layers.models import Layer

VENV = Path(settings.BASE_DIR) / ".local" / "ogc-venv"


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_every_check_of_the_suites_comes_to_what_is_expected(
    live_server: LiveServer, library: Layer, hazard: Layer
) -> None:
    if not (VENV / ".made").is_file():
        reason = "the suites' environment is missing: tools/ogc.sh makes it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run(
        [VENV / "bin" / "python", "tools/ogc_suites.py", f"{live_server.url}/ogc/"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
