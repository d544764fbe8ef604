"""The jobs behind the screens: what is asked of the worker, and whether anybody works on it.

The web process opens no file and writes no import: it asks here, and ``tasks`` does it. Jobs of one
layer follow one another (Procrastinate's ``lock``), and one thing waits once (``queueing_lock``).
"""

from datetime import timedelta
from typing import Any, Literal

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker
from procrastinate.exceptions import AlreadyEnqueued

from importers.models import Import
from importers.problems import FileRefused
from layers.models import ChangeSet

State = Import.State
Standing = Literal["waiting", "working", "lost", "none"]
"""Of a job: not begun, being done, begun and abandoned (or failed), or there is none."""

WORKER_LATE = timedelta(seconds=60)
"""Workers write a heartbeat every ten seconds (Procrastinate's default); six missed is late."""
SILENT = timedelta(hours=1)
"""An import that no job stands for (the command line's) is lost after so long without a word."""
_TASKS = "importers.tasks."
BUSY = (State.RECEIVED, State.READING, State.APPLYING)
"""The states in which somebody is to be working on an import."""


def read(act: Import) -> None:
    """Ask for an import to be read."""
    _ask("examine", act.slug, of_import(act), import_id=act.pk)


def write(
    act: Import,
    confirmation: str,
    user: User | None,
    *,
    skip_rejected: bool = False,
    remove_missing: bool = False,
) -> None:
    """Ask for a confirmed import to be written."""
    _ask(
        "apply",
        act.slug,
        of_import(act),
        import_id=act.pk,
        token=confirmation,
        user_id=user.pk if user else None,
        skip_rejected=skip_rejected,
        remove_missing=remove_missing,
    )


def undo(change_set: ChangeSet, user: User) -> None:
    """Ask for a change set to be undone."""
    lock = of_undo(change_set)
    _ask("undo", change_set.layer.slug, lock, change_set_id=change_set.pk, user_id=user.pk)


def of_import(act: Import) -> str:
    """Return the name under which an import's jobs wait."""
    return f"import:{act.pk}"


def of_undo(change_set: ChangeSet) -> str:
    """Return the name under which the undoing of a change set waits."""
    return f"undo:{change_set.pk}"


def _ask(task: str, slug: str, name: str, **arguments: Any) -> None:
    job = app.configure_task(
        f"{_TASKS}{task}", lock=f"layer:{slug}", queueing_lock=name, allow_unknown=False
    )
    try:
        with transaction.atomic():
            job.defer(**arguments)
    except AlreadyEnqueued:
        pass  # asked twice: once is enough


# -- what became of it ------------------------------------------------------------------------


def standing(name: str) -> Standing:
    """Return how the newest job that waited under a name stands."""
    job = (
        ProcrastinateJob.objects.filter(queueing_lock=name)
        .order_by("-pk")
        .values("status", "worker__last_heartbeat")
        .first()
    )
    if job is None or job["status"] in ("succeeded", "cancelled", "aborted"):
        return "none"
    if job["status"] == "todo":
        return "waiting"
    heartbeat = job["worker__last_heartbeat"]
    alive = heartbeat is not None and heartbeat > timezone.now() - WORKER_LATE
    return "working" if job["status"] == "doing" and alive else "lost"


def ahead(act: Import) -> int:
    """Return how many jobs are before that of an import which waits."""
    own = ProcrastinateJob.objects.filter(queueing_lock=of_import(act), status="todo").first()
    if own is None:
        return 0
    return ProcrastinateJob.objects.filter(status__in=["todo", "doing"], pk__lt=own.pk).count()


def worker_alive() -> bool:
    """Say whether a worker is there to do jobs at all."""
    since = timezone.now() - WORKER_LATE
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=since).exists()


def is_lost(act: Import) -> bool:
    """Say whether an import is to be worked on, and nobody does or will."""
    if act.state not in BUSY:
        return False
    how = standing(of_import(act))
    return how == "lost" or (how == "none" and act.updated_at < timezone.now() - SILENT)


def free_abandoned() -> int:
    """End the jobs that a dead worker began, so that their layers are free; return how many."""
    late = timezone.now() - WORKER_LATE
    gone = Q(worker=None) | Q(worker__last_heartbeat__lt=late)
    begun = ProcrastinateJob.objects.filter(status="doing", task_name__startswith=_TASKS)
    abandoned = list(begun.filter(gone).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        for job in abandoned:
            cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'failed', false)", [job])
    return len(abandoned)


def given_up(act: Import) -> bool:
    """Mark an import as failed if it is lost, so that it can be tried again; say whether it was.

    A writing transaction holds the row: while it lives, nothing is given up.
    """
    if not is_lost(act):
        return False
    with transaction.atomic():
        held = Import.objects.select_for_update(skip_locked=True, of=("self",))
        now = held.filter(pk=act.pk, state__in=BUSY).first()
        if now is None or not is_lost(now):
            return False
        now.state, now.stage = State.FAILED, ""
        now.refusal = FileRefused("job_lost").record()
        now.save()
        free_abandoned()
    return True
