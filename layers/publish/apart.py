"""Work shared between processes of their own.

Threads would take turns at Python's lock, and a fork of this process would share its connection to
the database. Nothing of Django is imported before it is set up: what a new process reads first is
this module.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from typing import Any


def done(function: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Call a function (``module:name``) with each of some arguments at once; return the answers.

    The first call is made here, while the other processes start. Raises what a call raised.
    """
    from django.db import connection

    first, *others = arguments
    database = connection.settings_dict["NAME"]
    with ProcessPoolExecutor(
        len(others), get_context("spawn"), _start, (database,)
    ) as pool:  # fmt: skip
        jobs = [pool.submit(_called, function, some) for some in others]
        return [_called(function, first), *(job.result() for job in jobs)]


def _start(database: str) -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database  # that of a test is not the settings'
    django.setup()


def _called(function: str, arguments: tuple[Any, ...]) -> Any:
    module, name = function.split(":")
    return getattr(import_module(module), name)(*arguments)
