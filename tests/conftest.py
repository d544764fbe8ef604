"""What every test may use."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

# A machine that is busy with something else is no fault of the code.
hypothesis.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis.load_profile("any machine")


@pytest.fixture(autouse=True)
def _japanese() -> None:
    """Start each test in the site's language: a request leaves its own behind in the thread."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def _jobs_go_with_their_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Remove what waits when a test commits: Django empties its own tables only."""
    yield
    marker = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(request.fixturenames)
    if commits or (marker and marker.kwargs.get("transaction")):
        request.getfixturevalue("django_db_blocker").unblock()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
        # Beside a browser's event loop this may be another connection than the test's own.
        connection.close()
