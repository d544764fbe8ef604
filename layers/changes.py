"""Change sets: the only way to write features, and the way back.

The database refuses a write to features outside ``recording`` and keeps before and after itself
(layers/sql/recording.sql), so that no path, by import, by hand or by script, can forget to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Count

from layers.models import ChangeSet, Layer


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing in the way of an undo.

    ``reason`` is "changed" or "removed" (``detail``: the latest change set that touched the
    feature), "taken" (the feature that has the key by now) or "hanging" (the table whose row
    refers to the feature).
    """

    feature_id: int
    key: str
    reason: str
    detail: str


class UndoConflict(Exception):
    """Something stands in the way of an undo; ``keys`` names the features, each once."""

    def __init__(self, conflicts: list[Conflict]) -> None:
        """Take what stands in the way, ordered by key."""
        self.conflicts = conflicts
        self.keys = list(dict.fromkeys(conflict.key for conflict in conflicts))
        super().__init__(f"{len(self.keys)} features in the way: {', '.join(self.keys[:5])}")


# Without a table that refers to features there is nothing to hold them against.
_HOLD = """
    SELECT 1 FROM layers_undo_target(%s) t JOIN layers_feature f ON f.id = t.feature_id
    WHERE t.before IS NULL AND EXISTS (
        SELECT 1 FROM pg_constraint
        WHERE contype = 'f' AND confrelid = 'layers_feature'::regclass)
    FOR UPDATE OF f
"""


class AlreadyUndone(Exception):
    """The change set was undone before."""


@contextmanager
def recording(
    layer: Layer,
    act: ChangeSet.Act | str,
    *,
    note: str = "",
    source: dict[str, Any] | None = None,
    user: User | None = None,
) -> Iterator[ChangeSet]:
    """Open one transaction in which features of a layer may be written, as one change set.

    Locks the layer, so that two acts on it follow one another. On leaving, the change set knows its
    counts and the layer its new version; an act that changed nothing leaves no trace. ``layer`` is
    refreshed. Opening a second one inside is a programming error.
    """
    with transaction.atomic():
        locked = Layer.objects.select_for_update().get(pk=layer.pk)
        change_set = ChangeSet.objects.create(
            layer=locked,
            act=act,
            note=note,
            source=source or {},
            created_by=user,
            layer_version=locked.version + 1,
        )
        _set_current(change_set)
        yield change_set
        _set_current(None)
        counts = dict(change_set.changes.order_by().values_list("operation").annotate(Count("pk")))
        if counts:
            change_set.counts = counts
            change_set.save(update_fields=["counts"])
            locked.version += 1
            locked.save(update_fields=["version", "updated_at"])
        else:
            change_set.delete()
    layer.refresh_from_db()


def undo(change_set: ChangeSet, *, user: User | None = None, note: str = "") -> ChangeSet:
    """Bring what a change set touched back to what it was, as a change set of its own.

    Raises AlreadyUndone, or UndoConflict where a feature changed since, its key is taken, or
    something hangs on what would go; then nothing is written.
    """
    layer = change_set.layer
    with recording(layer, ChangeSet.Act.UNDO, note=note, user=user) as act:
        # Asked under the layer's lock, so that nothing slips between the question and the write.
        if ChangeSet.objects.filter(undoes=change_set).exists():
            raise AlreadyUndone
        act.undoes = change_set
        act.save(update_fields=["undoes"])
        with connection.cursor() as cursor:
            # Held, so that nobody books a place between the question and its removal.
            cursor.execute(_HOLD, [change_set.pk])
        if found := conflicts(change_set):
            raise UndoConflict(found)
        with connection.cursor() as cursor:
            cursor.execute("SELECT layers_undo(%s)", [change_set.pk])
    return act


def conflicts(change_set: ChangeSet) -> list[Conflict]:
    """Return what stands in the way of undoing a change set now, ordered by key; best nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT feature_id, key, reason, detail FROM layers_undo_reasons(%s) ORDER BY 2, 3, 4",
            [change_set.pk],
        )
        return [Conflict(*row) for row in cursor.fetchall()]


def _set_current(change_set: ChangeSet | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('layers.change_set', %s, true)",
            [str(change_set.pk) if change_set else ""],
        )
