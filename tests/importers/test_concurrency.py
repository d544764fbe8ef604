"""Undo and import of the same layer at the same moment: two connections, and the lock switched off.

Each test runs twice: with the layer's lock one of the two acts is refused, whole; without it
(the negative control) both go through, and one silently undoes the other's work.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import QuerySet

import importers.apply
import layers.changes
from importers.models import Import
from importers.problems import FileRefused
from layers.changes import UndoConflict, undo
from layers.models import ChangeSet, Feature, Layer
from tests.importers.staged import confirmed, row, staged

pytestmark = pytest.mark.django_db(transaction=True)

WAIT_S = 20


@pytest.fixture
def lock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the layer's lock is there; without it ``recording`` only reads the layer."""
    if not request.param:
        whole = QuerySet.select_for_update

        def without(self: Any, *args: Any, **options: Any) -> Any:
            return self if self.model is Layer else whole(self, *args, **options)

        monkeypatch.setattr(QuerySet, "select_for_update", without)
    return bool(request.param)


class Act(threading.Thread):
    """Something done on a connection of its own; ``outcome`` is its result or what it raised."""

    def __init__(self, what: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.what, self.outcome, self.pid = what, None, 0
        self.begun = threading.Event()

    def run(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self.pid = cursor.fetchone()[0]
            self.begun.set()
            self.outcome = self.what()
        except Exception as raised:
            self.outcome = raised
        finally:
            connections.close_all()

    def ended(self) -> Any:
        self.join(WAIT_S)
        assert not self.is_alive(), "the act hangs"
        return self.outcome


@contextmanager
def stopped_after(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, of: list[Act], *given: Any
) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Stop the first act of ``of`` after ``module.name(*given)``; yield (it is there, go on).

    Nothing given stands for any arguments.
    """
    there, go = threading.Event(), threading.Event()
    whole = getattr(module, name)

    def stopping(*args: Any, **options: Any) -> Any:
        result = whole(*args, **options)
        if threading.current_thread() is of[0] and given in ((), args):
            there.set()
            assert go.wait(WAIT_S)
        return result

    monkeypatch.setattr(module, name, stopping)
    yield there, go
    go.set()


def waits_for_a_lock(act: Act) -> None:
    """Return once the act's connection waits for another's lock."""
    assert act.begun.wait(WAIT_S)
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s))", [act.pid])
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    pytest.fail("the second act does not wait for the first")


@pytest.fixture
def imported() -> tuple[ChangeSet, Import]:
    """A change set that can be undone, and an import of the same feature ready to confirm."""
    confirmed(staged(row(2, "1", name="first")))
    second = confirmed(staged(row(2, "1", name="second")))
    assert second.change_set
    return second.change_set, staged(row(2, "1", name="third"))


@pytest.mark.parametrize("lock", [True, False], indirect=True, ids=["locked", "control"])
def test_an_undo_that_meets_an_import_being_written_waits_and_refuses(
    lock: bool, imported: tuple[ChangeSet, Import], monkeypatch: pytest.MonkeyPatch
) -> None:
    change_set, act = imported
    acts = [Act(lambda: confirmed(act)), Act(lambda: undo(change_set))]
    # The import has written its rows and not yet committed when the undo begins.
    with stopped_after(monkeypatch, importers.apply, "_remember", acts) as (there, go):
        acts[0].start()
        assert there.wait(WAIT_S)
        acts[1].start()
        waits_for_a_lock(acts[1])
        go.set()
        applied, undone = (a.ended() for a in acts)
    assert isinstance(applied, Import)
    versions = list(ChangeSet.objects.order_by("pk").values_list("layer_version", flat=True))
    if lock:
        assert isinstance(undone, UndoConflict)
        assert Feature.objects.get().name == "third"
        assert versions == [1, 2, 3]
    else:
        assert isinstance(undone, ChangeSet)
        assert Feature.objects.get().name == "first", "the import's work was undone unseen"
        assert versions == [1, 2, 3, 3]


@pytest.mark.parametrize("lock", [True, False], indirect=True, ids=["locked", "control"])
def test_an_import_that_meets_an_undo_being_written_waits_and_refuses(
    lock: bool, imported: tuple[ChangeSet, Import], monkeypatch: pytest.MonkeyPatch
) -> None:
    change_set, act = imported
    acts = [Act(lambda: undo(change_set)), Act(lambda: confirmed(act))]
    # The undo has written and not yet committed: leaving, it takes its mark off the transaction.
    with stopped_after(monkeypatch, layers.changes, "_set_current", acts, None) as (there, go):
        acts[0].start()
        assert there.wait(WAIT_S)
        acts[1].start()
        waits_for_a_lock(acts[1])
        go.set()
        undone, applied = (a.ended() for a in acts)
    assert isinstance(undone, ChangeSet)
    versions = list(ChangeSet.objects.order_by("pk").values_list("layer_version", flat=True))
    if lock:
        assert isinstance(applied, FileRefused)
        assert applied.code == "target_moved"
        assert Feature.objects.get().name == "first"
        assert Import.objects.get(pk=act.pk).state == Import.State.READY
        assert versions == [1, 2, 3]
    else:
        assert isinstance(applied, Import)
        assert Feature.objects.get().name == "third", "the undo was overwritten unseen"
        assert versions == [1, 2, 3, 3]


@pytest.fixture
def bookings() -> Iterator[None]:
    """A table of another app, whose rows hang on features by a real foreign key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bookings (place bigint REFERENCES layers_feature "
            "DEFERRABLE INITIALLY DEFERRED)"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bookings")


@pytest.mark.parametrize("held", [True, False], ids=["held", "control"])
@pytest.mark.parametrize("by", ["import", "undo"])
def test_of_a_booking_and_the_removal_of_its_place_only_the_booking_fails(
    by: str, held: bool, bookings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(staged(row(2, "1")))
    second = confirmed(staged(row(2, "1"), row(3, "2")))
    place = Feature.objects.get(key="2").pk
    removal: Callable[[], Any]
    if by == "import":
        act = staged(row(2, "1"))
        module, name, removal = (
            importers.apply, "hanging_marked", lambda: confirmed(act, remove_missing=True),
        )  # fmt: skip
    else:
        assert second.change_set
        change_set = second.change_set
        module, name, removal = layers.changes, "conflicts", lambda: undo(change_set)
    if not held:
        unheld = "SELECT 1 FROM {diff} LIMIT 0" if by == "import" else "SELECT 1 WHERE %s = 0"
        monkeypatch.setattr(module, "_HOLD", unheld)

    def book() -> str:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bookings VALUES (%s)", [place])
        return "booked"

    acts = [Act(removal), Act(book)]
    # What hangs on the places was asked, and they are about to be removed.
    with stopped_after(monkeypatch, module, name, acts) as (there, go):
        acts[0].start()
        assert there.wait(WAIT_S)
        acts[1].start()
        if held:
            waits_for_a_lock(acts[1])
        else:
            acts[1].join(WAIT_S)
        go.set()
        removed, booking = (a.ended() for a in acts)
    if held:
        assert isinstance(removed, Import | ChangeSet)
        assert "violates foreign key" in str(booking)
        assert not Feature.objects.filter(pk=place).exists()
    else:
        assert booking == "booked"
        assert "violates foreign key" in str(removed), "all of it fails for one booking"
