"""Who asks for a bake, and that no change is forgotten."""

from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from layers import tasks
from layers.changes import recording
from layers.publish import bake
from layers.publish.published import newest
from tests.factories import places
from tests.publisher import worked

pytestmark = pytest.mark.django_db(transaction=True)


def waiting() -> list[str]:
    jobs = ProcrastinateJob.objects.filter(status="todo", queue_name=tasks.QUEUE).order_by("pk")
    return [job.queueing_lock or "" for job in jobs]


def test_a_change_asks_for_its_layer_once_and_one_that_is_rolled_back_does_not() -> None:
    layer = places.layer()
    for number in range(3):
        places.feature(layer, f"{number}")
    assert waiting() == [f"publish:{layer.pk}"]
    other = places.layer("other")
    before = waiting()
    with pytest.raises(ZeroDivisionError), recording(other, "edit"):
        raise ZeroDivisionError
    assert waiting() == before


def test_the_worker_publishes_what_changed_and_then_the_downloads() -> None:
    layer = places.layer()
    places.feature(layer, "1", name="図書館")
    worked()
    assert newest(layer, "map")
    assert newest(layer, "downloads")
    assert waiting() == []
    assert layer not in bake.stale()


def test_what_a_worker_lost_is_found_again(monkeypatch: Any) -> None:
    with monkeypatch.context() as lost:
        lost.setattr("layers.tasks.ask", lambda layer_id: None)
        layer = places.layer()
        places.feature(layer)
    assert waiting() == []
    tasks.publish_stale(0)
    assert f"publish:{layer.pk}" in waiting()
    worked()
    tasks.publish_stale(0)
    assert waiting() == []
