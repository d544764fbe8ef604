"""/healthz: can this process serve? For supervisors and for the officer who looks."""

from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from procrastinate.contrib.django.models import ProcrastinateWorker

WORKER_LATE = timedelta(seconds=60)
"""Workers write a heartbeat every ten seconds (Procrastinate's default); six missed is late."""


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when pages can be served; 503 with the reason when they can't.

    A missing worker is told but is no reason to take the public pages away.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT postgis_lib_version()")
            postgis = cursor.fetchone()[0]
        if pending := _pending_migrations():
            problem = f"{pending} migrations are not applied: run `manage.py migrate`"
            return JsonResponse({"status": "unavailable", "database": problem}, status=503)
        worker = "ok" if _worker_alive() else "no worker answers: jobs wait"
    except DatabaseError as error:
        problem = f"the database does not answer ({type(error).__name__}): start it with `make db`"
        return JsonResponse({"status": "unavailable", "database": problem}, status=503)
    return JsonResponse({"status": "ok", "database": f"PostGIS {postgis}", "worker": worker})


_shipped: set[tuple[str, str]] = set()
"""The migrations of this version of the code. Read once a process: probes come often."""


def _pending_migrations() -> int:
    if not _shipped:
        _shipped.update(MigrationLoader(None).graph.nodes)
    applied = MigrationRecorder(connection).applied_migrations()
    return len(_shipped - applied.keys())


def _worker_alive() -> bool:
    since = timezone.now() - WORKER_LATE
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=since).exists()
