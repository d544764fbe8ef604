"""The site's publisher, for a test that wants what waits to be done as the site does it."""

import os
import subprocess
import sys
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from layers.tasks import QUEUE


def worked() -> None:
    """Let a worker, a process of its own as on the site, do what waits."""
    found = connection.settings_dict
    address = f"{quote(found['USER'])}:{quote(found['PASSWORD'])}@{quote(found['HOST'], safe='')}"
    url = f"postgis://{address}:{found['PORT']}/{found['NAME']}"
    subprocess.run(
        [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot",
         "--queues", QUEUE],
        env={**os.environ, "DATABASE_URL": url, "BAKE_DIR": str(settings.BAKE_DIR),
             "DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=settings.BASE_DIR, check=True, timeout=120, capture_output=True,
    )  # fmt: skip
