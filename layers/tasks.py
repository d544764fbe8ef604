"""What the worker does for layers: publish what changed, and clear away what was published once."""

import contextlib

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from layers.models import Layer
from layers.publish import bake, old, pages

QUEUE = "publish"
_LATER = -10
"""Priority of what can wait: after every change that somebody waits for."""


@app.task(queue=QUEUE)
def publish(layer_id: int) -> None:
    """Bake what somebody waits for of a layer; what can wait becomes a job of its own."""
    layer = Layer.objects.filter(pk=layer_id).first()
    if layer is not None and bake.published(layer):
        _deferred(finish, "publish:finish", _LATER)


@app.task(queue=QUEUE)
def finish() -> None:
    """Bake the downloads and the pages of all places."""
    bake.finished()


@app.periodic(cron="* * * * *")
@app.task(queue=QUEUE, queueing_lock="layers.publish_stale")
def publish_stale(timestamp: int) -> None:
    """Find what a change left unpublished: a worker that died, a new version of the code."""
    stale = bake.stale()
    for layer in stale:
        ask(layer.pk)
    if stale:
        _deferred(finish, "publish:finish", _LATER)
    pages.front(pages.MAP, pages.CATALOGUE)


@app.periodic(cron="29 3 * * *")
@app.task(queue=QUEUE, queueing_lock="layers.remove_old")
def remove_old(timestamp: int) -> None:
    """Remove files and records that have been out of use for long."""
    old.removed()


def ask(layer_id: int) -> None:
    """Ask for a layer to be published soon."""
    _deferred(publish, f"publish:{layer_id}", 0, layer_id=layer_id)


def _deferred(task: Task[..., None, ...], name: str, priority: int, **arguments: int) -> None:
    # A job that has not begun yet will see this change, too.
    with contextlib.suppress(AlreadyEnqueued):
        task.configure(lock=name, queueing_lock=name, priority=priority).defer(**arguments)
