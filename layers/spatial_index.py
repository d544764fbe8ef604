"""The features' spatial index, put aside while a great many of them are written.

PostgreSQL puts rows into a GiST index one by one, or makes it of all rows at once, which costs a
fraction of that (``gist_us_per_row`` of make bench-import). So an import that at least doubles the
table drops the index first and makes it anew behind it. Meanwhile everything can be read and
written; only looking for what lies near, or in a box, reads the whole table, which is the smaller
part of what it will be.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

NAME = "feature_geom"
MANY = 50_000
"""New rows from which on putting the index aside is worth it: below, it costs a second or less."""

# Whoever puts the index aside holds this lock until it is back: the first shared, by many at once.
_LOCK = 62057001
_PATIENCE = "1s"

_WORTH_IT = """
    SELECT %s >= greatest(reltuples, 0) AND pg_get_userbyid(relowner) = current_user
           AND to_regclass(%s) IS NOT NULL
    FROM pg_class WHERE oid = 'layers_feature'::regclass
"""
_CREATE = f"CREATE INDEX IF NOT EXISTS {NAME} ON layers_feature USING gist (geom)"


@contextmanager
def aside_for(new: int) -> Iterator[None]:
    """Run a block that writes ``new`` features, without the index where that is quicker.

    The index is there again when the block is left, however it is left. Inside a transaction
    nothing is done: the index would be locked until its end, and everybody else kept waiting.
    """
    if connection.in_atomic_block or not _worth_it(new):
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", [_LOCK])
    try:
        _drop()
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [_LOCK])
        restored()


def restored() -> bool:
    """Make the index if it is missing and nobody has put it aside; say whether it was made.

    It goes missing for longer than an import only where a process was killed in the middle of one.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", [NAME])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(_CREATE)
        return True


def _worth_it(new: int) -> bool:
    if new < MANY:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_WORTH_IT, [new, NAME])
        return bool(cursor.fetchone()[0])


def _drop() -> None:
    """Drop the index, unless somebody reads the table so long that others had to wait."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
            cursor.execute(f"DROP INDEX IF EXISTS {NAME}")
    except OperationalError:
        return
