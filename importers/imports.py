"""Imports, moved from state to state: received, examined, applied or dropped.

One function a use case.

Nothing here opens a hostile file: that happens in a child process (``child``), whose answer is
staged, compared with the layer, and shown. What is shown is what is written, or nothing is.
"""

import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core import signing
from django.db import connection, transaction
from django.utils import timezone

from importers import child, duplicates
from importers.apply import LayerFacts, refuse_another_geometry, refuse_another_key, written
from importers.diff import difference
from importers.knowledge import CHOICES, options_of, remember
from importers.models import Import, ImportProblem
from importers.options import ImportOptions
from importers.preview import remembered
from importers.problems import FileRefused, Problem
from importers.staging import Staging
from layers import spatial_index
from layers.models import Layer

State = Import.State

ASKS = {
    "several_layers": "layer_name",
    "layer_unknown": "layer_name",
    "crs_missing": "crs",
    "crs_missing_swapped": "crs",
    "crs_ambiguous": "crs",
    "crs_unknown": "crs",
    "encoding_unknown": "encoding",
    "encoding_unknown_table": "encoding",
    "encoding_chosen_wrong": "encoding",
    "key_unknown": "key",
    "key_differs": "key",
}
"""Refusals that a person can answer, by the choice of ImportOptions that answers them."""

PROBLEMS_KEPT = 100_000
OVER = (State.APPLYING, State.APPLIED, State.DROPPED)
"""An import in one of these states is not read (again) and takes no other choices."""
_SALT = "importers.confirm"


class Stopped(Exception):
    """An import was dropped, or given up as lost, while it was being read."""


def may_import(user: User | AnonymousUser, layer: Layer | None) -> bool:
    """Say whether somebody may import into a layer, or (None) into a new one."""
    return user.is_active and user.has_perm("importers.add_import", layer)


# -- receive ----------------------------------------------------------------------------------


def received(
    file: BinaryIO | Path,
    *,
    slug: str,
    file_name: str = "",
    user: User | None = None,
    options: ImportOptions | None = None,
    facts: LayerFacts | None = None,
) -> Import:
    """Return a new import of an uploaded file, or of one that lies on this machine already.

    An upload is stored by its digest; a path (file or folder) stays where it is. ``facts`` are for
    a layer that does not exist yet. Raises FileRefused for a missing file.
    """
    if isinstance(file, Path):
        if not file.exists():
            raise FileRefused("file_missing", {"name": file.name or str(file)})
        # What of it is read, and so its digest, is known when it was examined.
        stored, digest, size = file.resolve(), "", file.stat().st_size
    else:
        stored, digest, size = _stored(file, file_name)
    return Import.objects.create(
        file_name=file_name or stored.name,
        size=size,
        digest=digest,
        stored=str(stored),
        slug=slug,
        layer=Layer.objects.filter(slug=slug).first(),
        new_layer=facts.as_json() if facts else {},
        choices=_chosen(options or ImportOptions()),
        created_by=user,
    )


def _stored(file: BinaryIO, name: str) -> tuple[Path, str, int]:
    """Write an upload to ``<IMPORT_DIR>/<digest>/<name>`` and return path, digest and size."""
    folder = Path(settings.IMPORT_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    incoming = folder / f"incoming-{hashlib.sha256(name.encode()).hexdigest()[:8]}-{id(file)}"
    with incoming.open("wb") as sink:
        while chunk := file.read(1_048_576):
            digest.update(chunk)
            size += len(chunk)
            sink.write(chunk)
    target = folder / digest.hexdigest() / (Path(name).name or "upload")
    target.parent.mkdir(exist_ok=True)
    incoming.replace(target)
    return target, digest.hexdigest(), size


def _chosen(options: ImportOptions) -> dict[str, Any]:
    chosen = {name: value for name, value in asdict(options).items() if value is not None}
    return {name: chosen[name] for name in CHOICES if name in chosen}


def answered(act: Import, **choices: Any) -> Import:
    """Change choices of an import that is not written yet, and make it ready to be examined anew.

    A choice of None is taken back. Raises FileRefused ("import_over") for one that has ended.
    """
    if act.state in OVER:
        raise FileRefused("import_over", {"state": act.get_state_display()})
    act.choices = {k: v for k, v in {**act.choices, **choices}.items() if v is not None}
    act.state, act.refusal, act.counts, act.found = State.RECEIVED, None, {}, {}
    act.save()
    return act


def already_imported(act: Import) -> Import | None:
    """Return the import that brought this very file in, where nothing has happened since, or None.

    That is the last one written to the layer, of the same file read in the same way, and no later
    act on the layer. A file on this machine has no digest before it is examined. "Nothing to
    change" follows for new and changed rows; missing ones may still be removed.
    """
    layer = Layer.objects.filter(slug=act.slug).first()
    last = layer and layer.imports.filter(state=State.APPLIED).order_by("-pk").first()
    if not layer or not last or last.pk == act.pk:
        return None
    left = last.change_set.layer_version if last.change_set else last.target_version
    same = _digests(last) & _digests(act) and _read_as(last, layer) == _read_as(act, layer)
    return last if same and left == layer.version else None


def _digests(act: Import) -> set[str]:
    # The digest of an upload is that of its bytes, that of a path may be of several files.
    return {digest for digest in (act.digest, act.found.get("digest")) if digest}


def _read_as(act: Import, layer: Layer) -> dict[str, Any]:
    """Return the choices that decide how a file is read; the layer's own key is none."""
    key = act.choices.get("key")
    return {**act.choices, "key": None if key == layer.key_column else key}


# -- examine ----------------------------------------------------------------------------------


def examined(act: Import) -> Import:
    """Read the file in a child process, stage its rows and compare them with the layer.

    Ends in ``ready``, ``question`` (``refusal`` says what to answer) or ``refused``; never raises
    FileRefused. The import is saved as it goes on, so that a page can show stage and counts. One
    that is over stays as it is, also where somebody dropped it meanwhile.
    """
    if not Import.objects.filter(pk=act.pk).exclude(state__in=OVER).update(state=State.READING):
        act.refresh_from_db()
        return act
    act.state, act.stage, act.done, act.total = State.READING, "reading", 0, None
    act.refusal, act.counts, act.found = None, {}, {}
    act.save()
    act.problems.all().delete()
    try:
        _examine(act, Staging(act.pk))
    except Stopped:
        act.refresh_from_db()
        act.problems.all().delete()
        _clear(act, file=act.state == State.DROPPED)
    return act


def _examine(act: Import, staging: Staging) -> None:
    try:
        with connection.cursor() as cursor:
            staging.create(cursor)
        act.found = child.examined(
            Path(act.stored),
            options_of(act),
            settings.CITY,
            _Sink(act, staging),
            child.Limits(settings.IMPORT_MEMORY_MIB, settings.IMPORT_SECONDS),
        )
        act.digest = act.digest or act.found["digest"]
        _progress(act, "comparing")
        compared(act)
        _settled(act, State.READY)
    except FileRefused as refusal:
        act.refusal = refusal.record()
        with connection.cursor() as cursor:
            staging.drop(cursor)
        _settled(act, State.QUESTION if refusal.code in ASKS else State.REFUSED)
    except BaseException:
        act.refusal = FileRefused("job_failed").record()
        _settled(act, State.FAILED)  # of one that was stopped this raises Stopped
        raise


def _settled(act: Import, state: Import.State) -> None:
    """Save what reading ended with. Raises Stopped where the import was ended meanwhile."""
    with transaction.atomic():
        now = Import.objects.select_for_update(of=("self",)).only("state").get(pk=act.pk).state
        if now != State.READING:
            raise Stopped
        act.state, act.stage = state, ""
        act.save()


def compared(act: Import) -> None:
    """Compare an import's staged rows with its layer; state and row are the caller's to save.

    Raises FileRefused where the file does not fit the layer.
    """
    act.layer = Layer.objects.filter(slug=act.slug).first()
    if act.layer:
        refuse_another_geometry(act.found, act.layer)
    # Read before the comparison: what is written to the layer meanwhile makes it stale.
    act.target_version = act.layer.version if act.layer else None
    with connection.cursor() as cursor:
        columns = [column["name"] for column in act.found["columns"]]
        found = difference(cursor, Staging(act.pk), act.layer, columns)
        if act.layer:
            matched = found.changed + found.unchanged
            refuse_another_key(act.found, act.layer, matched, matched + found.new)
        details = found.details()
        if found.new > 0 and sum(found.counts().values()) <= duplicates.AT_ONCE:
            details["near"] = duplicates.searched(cursor, Staging(act.pk))
    act.counts = {**found.counts(), **act.found["counts"]}
    act.found["difference"] = details


class _Sink:
    """Takes what the child sends: rows into the staging table, problems, progress."""

    def __init__(self, act: Import, staging: Staging) -> None:
        self.act, self.staging, self.problems = act, staging, 0

    def rows(self, data: bytes | memoryview, count: int) -> None:
        """Stage a batch of rows, given as binary COPY data."""
        with connection.cursor() as cursor:
            self.staging.add(cursor, data)
        _progress(self.act, "checking", self.act.done + count)

    def tell(self, problems: list[Problem]) -> None:
        """Keep problems, up to PROBLEMS_KEPT; the counts by code are kept in full elsewhere."""
        kept = problems[: max(PROBLEMS_KEPT - self.problems, 0)]
        self.problems += len(problems)
        ImportProblem.objects.bulk_create(
            [
                ImportProblem(
                    import_of=self.act,
                    row=p.row,
                    field=(p.field or "")[:200],
                    severity=p.severity.value,
                    code=p.code,
                    params=p.params,
                )
                for p in kept
            ],
            batch_size=5000,
        )

    def expect(self, total: int) -> None:
        """Learn how many rows there are to be."""
        self.act.total = total
        _progress(self.act, "checking", 0)


def _progress(act: Import, stage: str, done: int | None = None) -> None:
    """Tell how far reading has come. Raises Stopped where the import was ended meanwhile."""
    act.stage = stage
    if done is not None:
        act.done = done
    told = {"stage": stage, "done": act.done, "total": act.total, "updated_at": timezone.now()}
    if not Import.objects.filter(pk=act.pk, state=State.READING).update(**told):
        raise Stopped


# -- confirm ----------------------------------------------------------------------------------


def token(act: Import) -> str:
    """Return what a confirmation must bring back: signed digest, choices and target version."""
    return signing.dumps(_identity(act), salt=_SALT)


def _identity(act: Import) -> list[Any]:
    choices = json.dumps(act.choices, sort_keys=True, ensure_ascii=False)
    mapping = hashlib.sha256(choices.encode()).hexdigest()
    return [act.pk, act.digest, mapping, act.slug, act.target_version]


def confirmed(act: Import, confirmation: str, *, skip_rejected: bool = False) -> Import:
    """Take a confirmation: from now on the import is being written, and nobody else confirms it.

    Nothing is written yet (``applied`` does). Raises signing.BadSignature for a confirmation that
    was not made here, else FileRefused as ``applied`` does, and "confirmed_already" where another
    confirmation came first.
    """
    signing.loads(confirmation, salt=_SALT)
    with transaction.atomic():
        act = _confirmable(act, confirmation, skip_rejected, State.READY)
        layer = Layer.objects.filter(slug=act.slug).first()
        if (layer.version if layer else None) != act.target_version:
            raise FileRefused("target_moved", {"layer": act.slug})
        act.state, act.refusal = State.APPLYING, None
        act.save()
    return act


def _confirmable(act: Import, confirmation: str, skip_rejected: bool, *states: str) -> Import:
    """Return the import, locked, if this confirmation may be followed. Raises FileRefused."""
    act = Import.objects.select_for_update(of=("self",)).get(pk=act.pk)
    if act.state not in states:
        taken = act.state in (State.APPLYING, State.APPLIED)
        raise FileRefused(
            "confirmed_already" if taken else "import_not_ready",
            {"state": act.get_state_display()},
        )
    try:
        meant = signing.loads(confirmation, salt=_SALT)
    except signing.BadSignature as bad:
        raise FileRefused("confirmation_stale") from bad
    if meant != _identity(act):
        raise FileRefused("confirmation_stale")
    if act.counts["rejected"] and not skip_rejected:
        raise FileRefused("rows_rejected", {"count": act.counts["rejected"]})
    return act


def applied(
    act: Import,
    confirmation: str,
    *,
    user: User | None = None,
    skip_rejected: bool = False,
    remove_missing: bool = False,
) -> Import:
    """Write a confirmed import as one change set in one transaction, and end it.

    Raises FileRefused, and writes nothing, where the confirmation is not of what was shown
    ("confirmation_stale"), the layer moved since ("target_moved"), rows were rejected without
    leave to skip them ("rows_rejected"), or the import is not ready ("import_not_ready").
    """
    with spatial_index.aside_for(act.counts.get("new", 0)), transaction.atomic():
        act = _confirmable(act, confirmation, skip_rejected, State.READY, State.APPLYING)
        written(act, Staging(act.pk), user=user, remove_missing=remove_missing)
        act.found |= remembered(act)
        act.state = State.APPLIED
        act.save()
        remember(act, user)
        with connection.cursor() as cursor:
            Staging(act.pk).drop(cursor)
    return act


def dropped(act: Import) -> Import:
    """End an import without writing it; its file goes, unless another import has the same one.

    Whoever is reading it notices and clears up. Raises FileRefused ("import_over") for one that is
    being written or is written.
    """
    with transaction.atomic():
        act = Import.objects.select_for_update(of=("self",)).get(pk=act.pk)
        if act.state in (State.APPLYING, State.APPLIED):
            raise FileRefused("import_over", {"state": act.get_state_display()})
        was_read = act.state == State.READING
        act.state, act.stage = State.DROPPED, ""
        act.save()
    if not was_read:
        _clear(act, file=True)
    return act


def _clear(act: Import, *, file: bool) -> None:
    """Remove an import's staging tables, and its file where nobody else has the same."""
    with connection.cursor() as cursor:
        Staging(act.pk).drop(cursor)
    folder = Path(act.stored).parent
    # One that was dropped has let go of the file: of several, the last one takes it away.
    others = Import.objects.filter(stored__startswith=f"{folder}/").exclude(pk=act.pk)
    shared = others.exclude(state=State.DROPPED).exists()
    if file and folder.parent == Path(settings.IMPORT_DIR) and not shared:
        shutil.rmtree(folder, ignore_errors=True)
