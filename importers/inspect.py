"""The one way in: a file, what a person chose, and a city give everything there is to know.

A pure function: nothing is written, and everything returned can be pickled, so that it can run in
a child process with limits.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from importers.area import City
from importers.check import Checked, candidates
from importers.crs import epsg_of
from importers.options import ImportOptions
from importers.problems import Evidence
from importers.profiles import Profile, profile_for
from importers.readers import READERS
from importers.source import Source, opened
from importers.table import Table

__all__ = ["ImportOptions", "Inspection", "inspect"]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found out about a file. The source's paths may be gone (a zip's members are)."""

    path: Path
    source: Source
    table: Table
    profile: Profile
    checked: Checked

    def record(self) -> dict[str, Any]:
        """Return what was found out, as plain JSON: what a report shows and a change set keeps.

        Reasons are codes with their parameters (``messages`` has the sentences).
        """
        checked = self.checked
        return {
            "file": self.source.main.name if self.source.kind == "file" else self.path.name,
            "digest": self.source.digest,
            "layer": self.source.display_name,
            "format": self.table.format,
            "profile": self.profile.name,
            "encoding": _told(self.table.encoding),
            "crs": {"epsg": epsg_of(checked.crs), **_told(checked.crs)},
            "datum": {
                "source": checked.datum_step.source,
                "pipeline": checked.datum_step.pipeline,
                "accuracy_m": checked.datum_step.accuracy,
                "grids": checked.datum_step.grids,
            },
            "key": {"column": checked.key_column, **_told(checked.key_evidence)},
            "geometry_type": checked.geometry_type,
            "columns": list(checked.columns),
            "counts": {"read": len(self.table.rows), "rejected": checked.rejected},
        }


def _told(evidence: Evidence) -> dict[str, Any]:
    return {"name": evidence.name, "code": evidence.evidence, "params": evidence.params}


def inspect(path: Path, options: ImportOptions, city: City) -> Inspection:
    """Read a file and check it against the city, writing nothing.

    Raises FileRefused when the file as a whole can't be taken; problems of rows are in
    ``checked.problems``.
    """
    with opened(path, options.layer_name) as source:
        table = READERS[source.format](source, options, city)
    profile = profile_for(table, options.profile)
    checked = candidates(table, profile, city, key=options.key, grids=options.grids)
    return Inspection(path, source, table, profile, checked)
