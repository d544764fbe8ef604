"""The worker does what the screens ask for; what it leaves undone is found."""

import io
import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from importers import child, imports, jobs, tasks
from importers.models import Import, SourceMapping
from importers.problems import FileRefused
from importers.staging import SCHEMA
from layers.models import ChangeSet, Layer
from tests.importers.planner import FIRST, SECOND, planner, ready, received, table, work, written

State = Import.State


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, settings: Any) -> None:
    settings.IMPORT_DIR = tmp_path / "imports"


@pytest.fixture
def real(transactional_db: None) -> None:
    """Real transactions, and no job left over from elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [SCHEMA])
        return {name for (name,) in cursor.fetchall()}


def sql(text: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, params)


# -- what the worker does ---------------------------------------------------------------------


def test_the_worker_reads_writes_and_undoes(real: None) -> None:
    user = planner()
    act = received(FIRST)
    jobs.read(act)
    assert jobs.standing(jobs.of_import(act)) == "waiting"
    work()
    act.refresh_from_db()
    assert (act.state, act.counts["new"]) == (State.READY, 3)

    act = imports.confirmed(act, imports.token(act))
    jobs.write(act, imports.token(act), user)
    work()
    act.refresh_from_db()
    assert act.state == State.APPLIED
    assert act.change_set is not None
    assert (act.change_set.created_by, act.change_set.counts) == (user, {"insert": 3})

    jobs.undo(act.change_set, user)
    work()
    assert ChangeSet.objects.get(undoes=act.change_set).counts == {"delete": 3}
    assert not ProcrastinateJob.objects.exists()  # what was done leaves no row


def test_what_can_not_be_undone_ends_the_job_without_a_word(real: None) -> None:
    written(FIRST)
    first = ChangeSet.objects.get()
    written(SECOND)
    jobs.undo(first, planner())
    work()
    assert not ChangeSet.objects.filter(undoes=first).exists()
    assert jobs.standing(jobs.of_undo(first)) == "none"


def test_two_imports_confirmed_at_once_the_second_goes_back_to_its_preview(real: None) -> None:
    written(FIRST)
    one, other = ready(SECOND), ready((("9", "駅", "本町9", 38.75, 140.30),))
    for act in (one, other):
        jobs.write(imports.confirmed(act, imports.token(act)), imports.token(act), None)
    work()
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.state, other.state) == (State.APPLIED, State.READY)
    assert other.refusal is not None
    assert other.refusal["code"] == "target_moved"
    assert not Layer.objects.get().features.filter(key="9").exists()


def test_jobs_of_one_layer_share_a_lock_and_an_import_waits_once(real: None) -> None:
    one, other, elsewhere = received(FIRST), received(SECOND), received(FIRST, "elsewhere")
    for act in (one, one, other, elsewhere):
        jobs.read(act)
    waiting = ProcrastinateJob.objects.order_by("pk").values_list("lock", flat=True)
    assert list(waiting) == ["layer:places", "layer:places", "layer:elsewhere"]
    assert (jobs.ahead(one), jobs.ahead(elsewhere)) == (0, 2)


def test_the_mapping_of_what_was_written_is_remembered_for_the_layout(real: None) -> None:
    act = ready(FIRST)
    mapping = {**act.found["mapping"], "key": "ID", "layout": act.found["layout"]}
    act = imports.examined(imports.answered(act, mapping=mapping))
    assert not SourceMapping.objects.exists()
    jobs.write(imports.confirmed(act, imports.token(act)), imports.token(act), planner())
    work()
    assert SourceMapping.objects.get().mapping == mapping


# -- what goes wrong --------------------------------------------------------------------------


def test_an_error_while_reading_leaves_a_sentence_and_the_next_try_works(
    real: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = received(FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(child, "examined", lambda *given: 1 / 0)
        jobs.read(act)
        work()
    act.refresh_from_db()
    assert (act.state, act.refusal) == (State.FAILED, FileRefused("job_failed").record())
    assert jobs.standing(jobs.of_import(act)) == "lost"
    jobs.read(imports.answered(act))
    work()
    act.refresh_from_db()
    assert act.state == State.READY


def test_an_error_while_writing_writes_nothing_and_says_so(
    real: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = ready(FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(imports, "written", lambda *given, **named: 1 / 0)
        jobs.write(imports.confirmed(act, imports.token(act)), imports.token(act), None)
        work()
    act.refresh_from_db()
    assert (act.state, act.refusal) == (State.FAILED, FileRefused("job_failed").record())
    assert not Layer.objects.exists()


def abandoned(act: Import) -> None:
    """Leave an import as a killed worker does: its job begun, the worker gone."""
    jobs.read(act)
    Import.objects.filter(pk=act.pk).update(state=State.READING)
    sql("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL")
    act.refresh_from_db()


@pytest.mark.django_db
def test_an_import_whose_worker_died_is_given_up() -> None:
    act = received(FIRST)
    abandoned(act)
    assert jobs.given_up(act)
    act.refresh_from_db()
    assert (act.state, act.refusal) == (State.FAILED, FileRefused("job_lost").record())


@pytest.mark.django_db
@pytest.mark.parametrize(("late", "lost"), [(10, False), (3600, True)])
def test_whether_a_worker_lives_is_told_by_its_heartbeat(late: int, lost: bool) -> None:
    act = received(FIRST)
    abandoned(act)
    beat = timezone.now() - timedelta(seconds=late)
    sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", beat)
    sql("UPDATE procrastinate_jobs SET worker_id = (SELECT max(id) FROM procrastinate_workers)")
    assert jobs.given_up(act) is lost


@pytest.mark.django_db
def test_an_import_that_waits_is_not_given_up() -> None:
    act = received(FIRST)
    jobs.read(act)
    assert not jobs.given_up(act)


@pytest.mark.django_db
def test_an_import_of_the_command_line_is_given_up_after_an_hour_of_silence_only() -> None:
    act = received(FIRST)
    Import.objects.update(state=State.READING)
    act.refresh_from_db()
    assert not jobs.given_up(act)
    Import.objects.update(updated_at=timezone.now() - timedelta(hours=2))
    act.refresh_from_db()
    assert jobs.given_up(act)


def test_a_transaction_that_still_writes_is_not_given_up(real: None) -> None:
    act = received(FIRST)
    abandoned(act)
    Import.objects.update(state=State.APPLYING)
    held, done = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            Import.objects.select_for_update().get(pk=act.pk)
            held.set()
            done.wait(10)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        held.wait(10)
        assert tasks.give_up() == 0
    finally:
        done.set()
        writer.join()
    assert tasks.give_up() == 1  # the control: with the transaction gone it is


def test_the_worker_frees_the_layer_of_a_dead_one(real: None) -> None:
    dead, waiting = received(FIRST), received(SECOND)
    abandoned(dead)
    jobs.read(waiting)
    work()
    waiting.refresh_from_db()
    assert waiting.state == State.RECEIVED  # behind the dead job's lock
    tasks.give_up_the_lost.defer(timestamp=0)
    work()
    dead.refresh_from_db()
    waiting.refresh_from_db()
    assert (dead.state, waiting.state) == (State.FAILED, State.READY)


# -- dropping ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_import_that_is_dropped_while_it_is_read_stays_dropped_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    act = received(FIRST)
    read = child.examined

    def dropped_meanwhile(*given: Any) -> dict[str, Any]:
        imports.dropped(act)
        return read(*given)

    monkeypatch.setattr(child, "examined", dropped_meanwhile)
    assert Path(act.stored).exists()
    tasks.examine.func(act.pk)
    act.refresh_from_db()
    assert act.state == State.DROPPED
    assert not {name for name in tables() if name.endswith(f"_{act.pk}")}
    assert not Path(act.stored).exists()


@pytest.mark.django_db
def test_a_file_that_another_import_has_stays() -> None:
    one, other = received(FIRST), received(FIRST)
    renamed = imports.received(io.BytesIO(table(FIRST)), slug="places", file_name="other.csv")
    imports.dropped(one)
    imports.dropped(other)
    assert Path(renamed.stored).exists()
    imports.dropped(renamed)
    assert not Path(renamed.stored).parent.exists()


@pytest.mark.django_db
def test_what_nobody_confirms_for_a_fortnight_goes_with_its_tables_and_its_file() -> None:
    old, young = ready(FIRST), ready(SECOND)
    before = timezone.now() - timedelta(days=15)
    Import.objects.filter(pk=old.pk).update(updated_at=before)
    assert tasks.drop_unconfirmed() == 1
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.state, young.state) == (State.DROPPED, State.READY)
    assert f"rows_{young.pk}" in tables()
    assert f"rows_{old.pk}" not in tables()
    assert not Path(old.stored).exists()


@pytest.mark.django_db
def test_tables_and_files_that_no_import_stands_for_are_removed(
    tmp_path: Path, settings: Any
) -> None:
    act = ready(FIRST)
    sql(f"CREATE TABLE {SCHEMA}.rows_987654 (a int)")
    folder = Path(settings.IMPORT_DIR)
    half, fresh = folder / "incoming-1", folder / "incoming-2"
    half.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(half, (0, 0))
    forgotten = folder / ("f" * 64)
    forgotten.mkdir()
    os.utime(forgotten, (0, 0))
    os.utime(Path(act.stored).parent, (0, 0))
    assert "rows_987654" in tasks.drop_orphans()
    assert {f"rows_{act.pk}", f"diff_{act.pk}"} <= tables()
    assert (half.exists(), fresh.exists()) == (False, True)
    assert (forgotten.exists(), Path(act.stored).exists()) == (False, True)
