"""The site's settings, with static files straight from their sources (no collectstatic first)."""

import os
import tempfile

# What a test publishes is no business of this machine's site. A test's processes inherit it.
os.environ.setdefault("BAKE_DIR", tempfile.mkdtemp(prefix="gis-portal-test-bake-"))

from gis_portal.settings import *  # noqa: F403
from gis_portal.settings import BAKE_DIR, STORAGES

# One for each worker of the tests.
BAKE_DIR = BAKE_DIR / os.environ.get("PYTEST_XDIST_WORKER", "")
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# What an import gives must not depend on what lies in this machine's .local.
DATUM_GRIDS = None
# Nothing is uploaded to be served; without this the live server takes every address for that.
MEDIA_URL = "/no-media/"
