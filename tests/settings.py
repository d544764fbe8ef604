"""The site's settings, with static files straight from their sources (no collectstatic first)."""

from gis_portal.settings import *  # noqa: F403
from gis_portal.settings import STORAGES

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# What an import gives must not depend on what lies in this machine's .local.
DATUM_GRIDS = None
# Nothing is uploaded to be served; without this the live server takes every address for that.
MEDIA_URL = "/no-media/"
