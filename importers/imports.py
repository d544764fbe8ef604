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
from django.contrib.gis.db.models.functions import Centroid
from django.core import signing
from django.db import connection, transaction
from django.utils.timezone import now

from importers import child, duplicates
from importers.apply import LayerFacts, refuse_what_does_not_fit, written
from importers.diff import difference
from importers.models import Import, ImportProblem, SourceMapping
from importers.options import ImportOptions
from importers.preview import remembered
from importers.problems import FileRefused, Problem
from importers.staging import Staging
from importers.values.kinds import known_types
from layers.models import Feature, Layer

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

CHOICES = ("profile", "key", "crs", "encoding", "layer_name")
"""What of ImportOptions a person chooses for one import."""

KNOWN_PLACES = 5_000
PROBLEMS_KEPT = 100_000
_SALT = "importers.confirm"


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
        stored, digest = file.resolve(), ""
        size = file.stat().st_size
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


def options_of(act: Import) -> ImportOptions:
    """Return what a person chose for an import, and what this machine and the layer know."""
    chosen = {name: act.choices[name] for name in CHOICES if name in act.choices}
    layer = Layer.objects.filter(slug=act.slug).first()
    schema = layer.schema if layer else []
    return ImportOptions(
        **chosen,
        grids=settings.DATUM_GRIDS,
        mappings=dict(SourceMapping.objects.values_list("fingerprint", "mapping")),
        types=known_types(schema),
        units={column["name"]: column["unit"] for column in schema if "unit" in column},
        known=_known(layer) if layer else {},
    )


def _known(layer: Layer) -> dict[str, tuple[float, float]]:
    """Return some places of a layer by key and by name: they tell a file's datum."""
    rows = layer.features.exclude(provenance=Feature.Provenance.ADDRESS_TOWN).annotate(
        middle=Centroid("geom")
    )
    known: dict[str, tuple[float, float]] = {}
    twice: set[str] = set()
    for key, name, middle in rows.values_list("key", "name", "middle")[:KNOWN_PLACES]:
        for label in {key, name} - {""}:
            twice |= {label} & known.keys()
            known[label] = (middle.x, middle.y)
    return {label: place for label, place in known.items() if label not in twice}


def answered(act: Import, **choices: Any) -> Import:
    """Change choices of an import that is not written yet, and make it ready to be examined anew.

    A choice of None is taken back. Raises FileRefused ("import_over") for one that has ended.
    """
    if act.state in (State.APPLYING, State.APPLIED, State.DROPPED):
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
    FileRefused. The import is saved as it goes on, so that a page can show stage and counts.
    """
    staging = Staging(act.pk)
    act.state, act.stage, act.done, act.total = State.READING, "reading", 0, None
    act.refusal, act.counts, act.found = None, {}, {}
    act.save()
    act.problems.all().delete()
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
    except FileRefused as refusal:
        act.refusal = {"code": refusal.code, "params": refusal.params}
        act.state = State.QUESTION if refusal.code in ASKS else State.REFUSED
        act.stage = ""
        with connection.cursor() as cursor:
            staging.drop(cursor)
    except Cancelled:
        with connection.cursor() as cursor:
            staging.drop(cursor)
        act.refresh_from_db()
        return act
    except BaseException:
        act.state, act.stage = State.FAILED, ""
        act.save()
        raise
    act.save()
    return act


def compared(act: Import) -> None:
    """Compare an import's staged rows with its layer, and make it ready to confirm; not saved.

    Raises FileRefused where the file does not fit the layer.
    """
    act.layer = Layer.objects.filter(slug=act.slug).first()
    if act.layer:
        refuse_what_does_not_fit(act.found, act.layer)
    # Read before the comparison: what is written to the layer meanwhile makes it stale.
    act.target_version = act.layer.version if act.layer else None
    with connection.cursor() as cursor:
        columns = [column["name"] for column in act.found["columns"]]
        found = difference(cursor, Staging(act.pk), act.layer, columns)
        details = found.details()
        if found.new > 0 and sum(found.counts().values()) <= duplicates.AT_ONCE:
            details["near"] = duplicates.searched(cursor, Staging(act.pk))
    act.counts = {**found.counts(), **act.found["counts"]}
    act.found["difference"] = details
    act.state, act.stage = State.READY, ""


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


class Cancelled(Exception):
    """Somebody dropped the import while it was being read."""


def _progress(act: Import, stage: str, done: int | None = None) -> None:
    """Save how far an import is. Raises Cancelled where it is no longer being read."""
    act.stage = stage
    act.done = act.done if done is None else done
    reading = Import.objects.filter(pk=act.pk, state=State.READING)
    if not reading.update(stage=act.stage, done=act.done, total=act.total, updated_at=now()):
        raise Cancelled


# -- confirm ----------------------------------------------------------------------------------


def token(act: Import) -> str:
    """Return what a confirmation must bring back: signed digest, choices and target version."""
    return signing.dumps(_identity(act), salt=_SALT)


def _identity(act: Import) -> list[Any]:
    choices = json.dumps(act.choices, sort_keys=True, ensure_ascii=False)
    mapping = hashlib.sha256(choices.encode()).hexdigest()
    return [act.pk, act.digest, mapping, act.slug, act.target_version]


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
    try:
        confirmed = signing.loads(confirmation, salt=_SALT)
    except signing.BadSignature as bad:
        raise FileRefused("confirmation_stale") from bad
    with transaction.atomic():
        act = Import.objects.select_for_update(of=("self",)).get(pk=act.pk)
        if act.state != State.READY:
            raise FileRefused("import_not_ready", {"state": act.get_state_display()})
        if confirmed != _identity(act):
            raise FileRefused("confirmation_stale")
        if act.counts["rejected"] and not skip_rejected:
            raise FileRefused("rows_rejected", {"count": act.counts["rejected"]})
        written(act, Staging(act.pk), user=user, remove_missing=remove_missing)
        act.found |= remembered(act)
        act.state = State.APPLIED
        act.save()
        with connection.cursor() as cursor:
            Staging(act.pk).drop(cursor)
    return act


def dropped(act: Import) -> Import:
    """End an import without writing it; its file goes, unless another import has the same one."""
    if act.state in (State.APPLYING, State.APPLIED):
        raise FileRefused("import_over", {"state": act.get_state_display()})
    with connection.cursor() as cursor:
        Staging(act.pk).drop(cursor)
    act.state, act.stage = State.DROPPED, ""
    act.save()
    folder = Path(act.stored).parent
    shared = Import.objects.filter(stored=act.stored).exclude(pk=act.pk, state=State.DROPPED)
    if folder.parent == Path(settings.IMPORT_DIR) and not shared.exists():
        shutil.rmtree(folder, ignore_errors=True)
    return act
