"""Work in the database that may not take for ever: nobody's question keeps others waiting."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DataError, InternalError, OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from layers.ogc.problems import BadRequest

logger = logging.getLogger(__name__)


class TookTooLong(Exception):
    """The database stopped a question at its deadline."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Run a block whose every statement may take so long. Raises TookTooLong, BadRequest.

    BadRequest: a value that the database itself refuses (an overflow, a geometry it can't relate).
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            (before,) = cursor.fetchone()
            # Holds for this transaction only, so the next request starts as it should.
            set_timeout = "SELECT set_config('statement_timeout', %s, true)"
            cursor.execute(set_timeout, [f"{max(1, round(seconds * 1000))}ms"])
            yield
            cursor.execute(set_timeout, [before])
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TookTooLong from error
        raise
    except (DataError, InternalError) as error:
        reason = str(error).splitlines()[0]
        logger.warning("The database refused a value that was let through: %s", reason)
        raise BadRequest(f"The database can't answer that: {reason}.") from error
