"""The site's settings for the embedded server as a process: static files lie where a test says."""

import os

from tests.settings import *  # noqa: F403

STATIC_ROOT = os.environ["TEST_STATIC_ROOT"]
