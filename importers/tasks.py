"""What the worker does for the screens: read, write, undo, and clear up."""

import contextlib
import re
import shutil
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from importers import imports, jobs
from importers.apply import count_anew
from importers.models import Import
from importers.problems import FileRefused
from importers.said import asked_for
from importers.samples import samples
from importers.staging import SCHEMA
from layers import changes, spatial_index
from layers.models import ChangeSet

State = Import.State

KEPT_UNCONFIRMED = timedelta(days=14)
"""An import that nobody confirms is dropped after so long, with its staging tables and its file."""
_UPLOAD_ABANDONED = timedelta(days=1)


@app.task
def examine(import_id: int) -> None:
    """Read a file that was received, stage it and compare it with its layer."""
    act = imports.examined(Import.objects.get(pk=import_id))
    if act.state == State.QUESTION and act.refusal and asked_for(act) == "encoding":
        act.refusal["params"]["samples"] = _samples(act)
        Import.objects.filter(pk=act.pk, state=State.QUESTION).update(refusal=act.refusal)


def _samples(act: Import) -> dict[str, list[str]]:
    line = (act.refusal or {}).get("params", {}).get("line")
    try:
        return samples(Path(act.stored), act.choices.get("layer_name"), line)
    except FileRefused:
        return {}


@app.task
def apply(
    import_id: int, token: str, user_id: int | None, skip_rejected: bool, remove_missing: bool
) -> None:
    """Write a confirmed import; back to the preview with a sentence where that can't be."""
    act = Import.objects.get(pk=import_id)
    if act.state != State.APPLYING:
        return
    user = User.objects.filter(pk=user_id).first() if user_id else None
    try:
        imports.applied(
            act, token, user=user, skip_rejected=skip_rejected, remove_missing=remove_missing
        )
    except FileRefused as refusal:
        _ended(act, State.READY, refusal)
    except BaseException:
        _ended(act, State.FAILED, FileRefused("job_failed"))
        raise


def _ended(act: Import, state: Import.State, refusal: FileRefused) -> None:
    """Save how writing ended, with nothing written."""
    now = timezone.now()
    Import.objects.filter(pk=act.pk, state=State.APPLYING).update(
        state=state, refusal=refusal.record(), updated_at=now
    )


@app.task
def undo(change_set_id: int, user_id: int) -> None:
    """Undo a change set. What stands in its way is asked again, and told, by the page."""
    user = User.objects.filter(pk=user_id).first()
    with (
        contextlib.suppress(changes.AlreadyUndone, changes.UndoConflict),
        transaction.atomic(),
    ):
        act = changes.undo(ChangeSet.objects.get(pk=change_set_id), user=user)
        count_anew(sum(act.counts.values()))


# -- clearing up ------------------------------------------------------------------------------


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="importers.give_up_the_lost")
def give_up_the_lost(timestamp: int) -> None:
    """Find what a dead worker left: jobs free their layers, imports can be tried again."""
    jobs.free_abandoned()
    give_up()
    spatial_index.restored()


def give_up() -> int:
    """Mark the lost imports as failed; return how many there were."""
    return sum(jobs.given_up(act) for act in Import.objects.filter(state__in=jobs.BUSY))


@app.periodic(cron="43 3 * * *")
@app.task(queueing_lock="importers.tidy")
def tidy(timestamp: int) -> None:
    """Drop what nobody confirmed for a fortnight, and what was left lying about."""
    drop_unconfirmed()
    drop_orphans()


def drop_unconfirmed() -> int:
    """Drop the imports that nobody confirmed for KEPT_UNCONFIRMED; return how many."""
    waiting = (State.QUESTION, State.READY, State.REFUSED, State.FAILED)
    old = Import.objects.filter(state__in=waiting, updated_at__lt=timezone.now() - KEPT_UNCONFIRMED)
    return sum(imports.dropped(act).state == State.DROPPED for act in old)


def drop_orphans() -> list[str]:
    """Remove staging tables and files that no import stands for; return the tables."""
    folder = Path(settings.IMPORT_DIR)
    since = (timezone.now() - _UPLOAD_ABANDONED).timestamp()
    for half in folder.glob("incoming-*"):
        if half.stat().st_mtime < since:
            half.unlink()
    for kept in folder.glob("?" * 64):  # by its digest
        wanted = Import.objects.filter(stored__startswith=f"{kept}/").exclude(state=State.DROPPED)
        if kept.stat().st_mtime < since and not wanted.exists():
            shutil.rmtree(kept)
    held = (State.RECEIVED, State.READING, State.READY, State.APPLYING)
    live = set(Import.objects.filter(state__in=held).values_list("pk", flat=True))
    removed = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [SCHEMA])
        for (table,) in cursor.fetchall():
            number = re.fullmatch(r"[a-z_]+_(\d+)", table)
            if number and int(number.group(1)) not in live:
                cursor.execute(f'DROP TABLE IF EXISTS {SCHEMA}."{table}"')
                removed.append(table)
    return removed
