"""Jobs of the site itself."""

from django.core.management import call_command
from procrastinate.contrib.django import app


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="clear-expired-sessions")
def clear_expired_sessions(timestamp: int) -> None:
    """Remove expired sessions each night, so that who signed in long ago is not kept."""
    call_command("clearsessions")
