"""The spatial index goes for a large import, and always comes back."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction

from layers import spatial_index
from layers.spatial_index import MANY, aside_for, restored

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _whatever_happens() -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        cursor.execute(spatial_index._CREATE)


@pytest.fixture
def another() -> Iterator[psycopg.Connection]:
    """Somebody else's connection to the same database."""
    with psycopg.connect(
        **{k: v for k, v in connection.get_connection_params().items()
           if k in ("dbname", "user", "password", "host", "port")}
    ) as other:  # fmt: skip
        yield other


def there() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('feature_geom') IS NOT NULL")
        return bool(cursor.fetchone()[0])


def test_it_is_aside_while_many_are_written() -> None:
    with aside_for(MANY):
        assert not there()
    assert there()


def test_it_stays_for_few() -> None:
    with aside_for(MANY - 1):
        assert there()


def test_it_stays_where_more_are_there_than_come() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET reltuples = %s WHERE oid = 'layers_feature'::regclass", [2 * MANY]
        )
    try:
        with aside_for(MANY):
            assert there()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE layers_feature")


def test_it_stays_inside_a_transaction() -> None:
    with transaction.atomic(), aside_for(MANY):
        assert there()


def test_it_comes_back_when_writing_fails() -> None:
    with pytest.raises(ValueError, match="no"), aside_for(MANY):
        raise ValueError("no")
    assert there()


def test_it_stays_where_somebody_reads_for_long(
    another: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spatial_index, "_PATIENCE", "50ms")
    another.execute("SELECT count(*) FROM layers_feature")  # its transaction goes on
    with aside_for(MANY):
        assert there()
    another.rollback()


def test_of_two_who_put_it_aside_the_last_brings_it_back(another: psycopg.Connection) -> None:
    another.execute("SELECT pg_advisory_lock_shared(%s)", [spatial_index._LOCK])
    another.commit()
    with aside_for(MANY):
        assert not there()
    assert not there()
    another.execute("SELECT pg_advisory_unlock_shared(%s)", [spatial_index._LOCK])
    another.commit()
    assert restored()
    assert there()


def test_one_that_a_crash_left_missing_is_made() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX feature_geom")
    assert restored()
    assert there()
    assert not restored()
