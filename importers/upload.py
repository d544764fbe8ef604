"""What somebody chose in a browser, taken as one file: alone, or the parts of one shapefile.

Nothing is opened here: bytes are copied, and what they are is found out by the worker.
"""

import tempfile
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import PurePath
from typing import IO, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from importers.source import LABELS

NEEDED = (".shp", ".dbf")
PARTS = (".shp.xml", ".shp", ".shx", ".dbf", ".prj", ".cpg", ".qpj", ".qix", ".sbn", ".sbx")
_ALWAYS = (1980, 1, 1, 0, 0, 0)


def limit() -> int:
    """Return how many bytes may be sent at once."""
    return settings.IMPORT_MAX_MB * 1_000_000


def one_file(chosen: Sequence[UploadedFile]) -> tuple[IO[bytes], str]:
    """Return what was chosen as one file and its name; parts of a shapefile as a zip of them.

    The same parts make the same zip, so that it is known again. Raises ValidationError with a
    sentence where they are not one thing, or too big.
    """
    if sum(file.size or 0 for file in chosen) > limit():
        raise ValidationError(too_big())
    names = [file.name or "" for file in chosen]
    if len(chosen) == 1:
        if _ending(names[0]) in PARTS:
            raise ValidationError(
                _(
                    "“%(name)s” is only a part of a shapefile. Choose its .shp, .shx, .dbf and "
                    ".prj together (hold Ctrl or Shift), or put them into a zip."
                )
                % {"name": names[0]}
            )
        return cast(IO[bytes], chosen[0]), names[0]
    stems = {_stem(name) for name in names if _ending(name) in PARTS}
    endings = {_ending(name) for name in names}
    foreign = [name for name in names if not _belongs(name)]
    if foreign or len(stems) != 1:
        raise ValidationError(
            _(
                "Several files were chosen that are not the parts of one shapefile (%(names)s). "
                "Choose one file, or the .shp, .shx, .dbf and .prj of the same name."
            )
            % {"names": ", ".join((foreign or names)[:6])}
        )
    if missing := [ending for ending in NEEDED if ending not in endings]:
        raise ValidationError(
            _("The shapefile is not whole: %(missing)s is missing. Choose it too.")
            % {"missing": ", ".join(missing)}
        )
    shp = next(name for name in names if _ending(name) == ".shp")
    return _zipped(chosen), f"{PurePath(shp).stem}.zip"


def too_big() -> str:
    """Return the sentence for what is too big."""
    return _(
        "This is more than the %(limit)s MB that can be sent by the browser. Put it into a zip, "
        "split it, or ask who runs the portal to import it (manage.py import_file)."
    ) % {"limit": settings.IMPORT_MAX_MB}


def _belongs(name: str) -> bool:
    """Say whether a file may lie beside a shapefile: a part of it, field labels, metadata."""
    return _ending(name) in (*PARTS, ".xml") or name.casefold() == LABELS


def _ending(name: str) -> str:
    plain = name.casefold()
    return next((end for end in PARTS if plain.endswith(end)), PurePath(plain).suffix)


def _stem(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().removesuffix(_ending(name))


def _zipped(parts: Sequence[UploadedFile]) -> IO[bytes]:
    target = tempfile.TemporaryFile(prefix="upload-")  # noqa: SIM115  (the caller reads it)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for part in sorted(parts, key=lambda file: file.name or ""):
            name = PurePath(part.name or "").name
            with archive.open(zipfile.ZipInfo(name, _ALWAYS), "w") as sink:
                for chunk in part.chunks():
                    sink.write(chunk)
    target.seek(0)
    return target
