"""The site's settings, with static files straight from their sources (no collectstatic first)."""

import os
import tempfile
from pathlib import Path

from gis_portal.settings import *  # noqa: F403
from gis_portal.settings import STORAGES

# What a test publishes is no business of this machine's site; one folder for each worker of the
# tests. A process that a test starts inherits it, or is told another by BAKE_DIR.
_published = os.environ.setdefault("TESTS_BAKE_DIR", tempfile.mkdtemp(prefix="tests-bake-"))
if "BAKE_DIR" not in os.environ:
    BAKE_DIR = Path(_published) / os.environ.get("PYTEST_XDIST_WORKER", "")
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# What an import gives must not depend on what lies in this machine's .local.
DATUM_GRIDS = None
# Nothing is uploaded to be served; without this the live server takes every address for that.
MEDIA_URL = "/no-media/"
