"""A planner at the screens: files to send, and the worker that does what the screens ask for."""

import csv
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.utils.html import strip_tags
from procrastinate.contrib.django import app

from importers import imports
from importers.apply import LayerFacts, layer_key
from importers.models import Import
from importers.options import ImportOptions
from layers.models import Layer

HEADER = ("ID", "名称", "所在地_連結表記", "緯度", "経度")
FIRST = (
    ("1", "図書館", "本町1", 38.76, 140.30),
    ("2", "体育館", "本町2", 38.77, 140.30),
    ("3", "公民館", "本町3", 38.78, 140.30),
)
SECOND = (
    ("4", "美術館", "本町4", 38.75, 140.30),
    ("3", "公民館", "本町3", 38.79, 140.30),
    ("1", "市立図書館", "本町1", 38.76, 140.30),
)
"""One new, one moved, one renamed, one missing."""


def table(rows: Sequence[Sequence[object]], header: Sequence[str] = HEADER) -> bytes:
    """Return rows as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def sent(rows: Sequence[Sequence[object]], name: str = "places.csv") -> SimpleUploadedFile:
    """Return rows as a file that a browser sends."""
    return SimpleUploadedFile(name, table(rows), "text/csv")


def planner(name: str = "planner", *, is_staff: bool = True) -> User:
    """Return somebody who may import, and undo."""
    user = User.objects.create_user(name, is_staff=is_staff)
    codenames = ["add_import", "change_feature", "view_layer"]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def received(rows: Sequence[Sequence[object]], slug: str = "places", **facts: Any) -> Import:
    """Return an import of rows, received and not read yet."""
    told = LayerFacts(title={"ja": "場所", "en": "Places"}, **facts)
    return imports.received(
        io.BytesIO(table(rows)),
        slug=slug,
        file_name="places.csv",
        options=ImportOptions(key=layer_key(slug)),
        facts=told,
    )


def ready(rows: Sequence[Sequence[object]], slug: str = "places", **facts: Any) -> Import:
    """Return an import of rows, read."""
    return imports.examined(received(rows, slug, **facts))


def written(rows: Sequence[Sequence[object]] = FIRST, slug: str = "places") -> Layer:
    """Return a layer that rows were imported into."""
    act = ready(rows, slug)
    imports.applied(act, imports.token(act), skip_rejected=True)
    return Layer.objects.get(slug=slug)


def new_layer(file: Any, **given: Any) -> dict[str, Any]:
    """Return what the first step sends for a new layer."""
    return {"file": file, "target": "new", "title_ja": "場所", "title_en": "Places", **given}


def signed_in(user: User, **options: Any) -> Client:
    """Return a browser in which somebody is signed in."""
    client = Client(**options)
    client.force_login(user)
    return client


def work() -> None:
    """Do the jobs that wait, as the worker does them. Needs real transactions."""
    with pytest.MonkeyPatch.context() as patch:
        # No connection is left behind, and nothing is done but what a test asked for.
        patch.setitem(connections.databases["default"], "CONN_MAX_AGE", 0)
        patch.setattr(app.periodic_registry, "periodic_tasks", {})
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
            done = partial(
                app.run_worker, wait=False, install_signal_handlers=False, listen_notify=False
            )
            # In a thread of its own: where a browser is driven, this one runs a loop already.
            with ThreadPoolExecutor(1) as pool:
                pool.submit(done).result()


def said(answer: HttpResponse) -> str:
    """Return a page's words."""
    main = answer.content.decode().partition("<main id")[2].partition("</main>")[0]
    return " ".join(unescape(strip_tags(main.replace("<", " <"))).split())
