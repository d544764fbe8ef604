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
        """Return what was found out, as plain JSON: what a report shows and a change set keeps."""
        from importers.messages import message  # the only part that speaks to people

        checked = self.checked
        return {
            "file": self.source.main.name if self.source.kind == "file" else self.path.name,
            "digest": self.source.digest,
            "layer": self.source.display_name,
            "format": self.table.format,
            "profile": self.profile.name,
            "encoding": {
                "name": self.table.encoding.name,
                "evidence": message(self.table.encoding),
                "code": self.table.encoding.evidence,
            },
            "crs": {
                "epsg": epsg_of(checked.crs),
                "evidence": message(checked.crs),
                "code": checked.crs.evidence,
            },
            "datum": checked.datum_step.record(),
            "key": {
                "column": checked.key_column,
                "evidence": message(checked.key_evidence),
                "code": checked.key_evidence.evidence,
            },
            "geometry_type": checked.geometry_type,
        }


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
