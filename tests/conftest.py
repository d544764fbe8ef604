"""What every test may use."""

import pytest
from django.conf import settings
from django.utils import translation


@pytest.fixture(autouse=True)
def _japanese() -> None:
    """Start each test in the site's language: a request leaves its own behind in the thread."""
    translation.activate(settings.LANGUAGE_CODE)
