"""What ``manage.py check --deploy`` says about the importers' surroundings."""

from typing import Any

from django.conf import settings
from django.core import checks

from importers import accuracy, grids


# With --deploy only: other commands would repeat it each time they start.
@checks.register(deploy=True)
def datum_grids(**kwargs: Any) -> list[checks.CheckMessage]:
    """Tell which of GSI's correction grids are missing: without them imports are metres off."""
    folder = settings.DATUM_GRIDS
    if folder is not None and not folder.is_dir():
        return [
            checks.Warning(
                f"DATUM_GRIDS names a folder that is not there: {folder}",
                hint="Correct the environment variable, or run make grids.",
                id="importers.W001",
            )
        ]
    kinds = [grids.TOKYO]
    if accuracy.MOVED.worst(settings.CITY.bbox) > accuracy.NOTABLE:
        kinds.append(grids.MOVED)  # the ground moved here in 2011
    missing = [kind.name for kind in kinds if grids.file_of(folder, kind) is None]
    if not missing:
        return []
    return [
        checks.Info(
            f"GSI's correction grids are not there: {', '.join(missing)}. Files in Tokyo Datum or "
            "JGD2000 are imported without them, metres off, and every such import says so.",
            hint="make grids (docs/import.md tells where they come from)",
            id="importers.I001",
        )
    ]


@checks.register(deploy=True)
def datum_grids_are_right(**kwargs: Any) -> list[checks.CheckMessage]:
    """Tell of a file that is not the grid its name says (read whole, so only with --deploy)."""
    folder = settings.DATUM_GRIDS
    found = [(kind, grids.file_of(folder, kind)) for kind in grids.KINDS]
    wrong = [(path, grids.wrong_with(path, kind)) for kind, path in found if path is not None]
    return [
        checks.Warning(
            f"{path.name} is not GSI's correction grid: {reason}",
            hint="Put the right file in its place: make grids FROM=<folder>",
            id="importers.W002",
        )
        for path, reason in wrong
        if reason
    ]
