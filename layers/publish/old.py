"""What was published once: kept for undo and for pages left open, then removed by its age."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from layers.models import Layer, Publication
from layers.publish import tree
from layers.publish.published import folder, newest_of

KEPT = timedelta(days=30)
"""How long what is no longer current keeps its files."""
_ABANDONED = timedelta(days=1)
"""A folder that nobody finished building for so long belongs to a process that died."""


def removed(now: datetime | None = None) -> list[Path]:
    """Remove folders and records that have not been current for KEPT; return the folders."""
    now = now or timezone.now()
    layers = list(Layer.objects.all())
    newest = [one for parts in newest_of(layers).values() for one in parts.values()]
    by_id = {layer.pk: layer for layer in layers}
    current = {folder(by_id[one.layer_id], one) for one in newest}
    # A folder's time is that of the last publication that it stood for (tree.settle).
    gone = [
        path
        for path in _folders()
        if path not in current and path.stat().st_mtime < (now - _age(path)).timestamp()
    ]
    gone += [
        path
        for path in tree.aside().iterdir()
        if path.stat().st_mtime < (now - _ABANDONED).timestamp()
    ]
    for path in gone:
        shutil.rmtree(path)
    Publication.objects.filter(published_at__lt=now - KEPT).exclude(
        pk__in=[one.pk for one in newest]
    ).delete()
    return gone


def _folders() -> Iterator[Path]:
    for public in (True, False):
        yield from tree.layers_folder(public=public).glob("*/*-*")


def _age(path: Path) -> timedelta:
    return _ABANDONED if path.name.startswith(tree.MAKING) else KEPT
