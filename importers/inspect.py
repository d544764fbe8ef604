"""The one way in: a file, what a person chose, and a city give everything there is to know.

Nothing is written, and nothing here knows of the database, so that it runs in a child process with
limits (``child``).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from importers.area import City
from importers.check import Checked, Collected, Sink, checked
from importers.crs import epsg_of
from importers.mapping import ColumnMapping, applied, fingerprint, from_json, suggested
from importers.options import ImportOptions
from importers.pipeline import Spread, one_by_one
from importers.problems import Evidence
from importers.profiles import PROFILES, profile_for, refuse_what_is_no_layer
from importers.readers import READERS
from importers.source import opened

__all__ = ["ImportOptions", "Inspection", "inspect"]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found out about a file."""

    file: str
    digest: str
    layer: str
    format: str
    profile: str
    encoding: Evidence
    checked: Checked
    layout: str
    """What the layout is known by again (``mapping.fingerprint``)."""
    mapping: ColumnMapping
    """What each column was taken for: as remembered, else as suggested."""

    def record(self) -> dict[str, Any]:
        """Return what was found out, as plain JSON: what a report shows and a change set keeps.

        Reasons are codes with their parameters (``messages`` has the sentences).
        """
        found = self.checked
        return {
            "file": self.file,
            "digest": self.digest,
            "layer": self.layer,
            "format": self.format,
            "profile": self.profile,
            "encoding": _told(self.encoding),
            "crs": {"epsg": epsg_of(found.crs), **_told(found.crs)},
            "datum": found.datum_step.record(),
            "key": {"column": found.key_column, **_told(found.key_evidence)},
            "geometry_type": found.geometry_type,
            "columns": list(found.columns),
            "layout": self.layout,
            "mapping": self.mapping.as_json(),
            "counts": {"read": found.read, "rejected": found.rejected},
        }


def _told(evidence: Evidence) -> dict[str, Any]:
    return {"name": evidence.name, "code": evidence.evidence, "params": evidence.params}


def inspect(
    path: Path,
    options: ImportOptions,
    city: City,
    sink: Sink | None = None,
    spread: Spread = one_by_one,
) -> Inspection:
    """Read a file and check it against the city; rows and problems go into the sink as they come.

    ``spread`` says who works on the batches of a large file. Raises FileRefused when the file as a
    whole can't be taken.
    """
    with opened(path, options.layer_name) as source:
        table = READERS[source.format](source, options, city)
        profile = profile_for(table, options.profile, file_name=path.name)
        refuse_what_is_no_layer(profile)
        layout = fingerprint(table.names, table.format)
        mapping = suggested(table, profile)
        if remembered := options.mappings.get(layout):
            mapping, telling = from_json(remembered, table.names)
            profile = applied(mapping, PROFILES.get(mapping.profile, profile))
            table.problems.extend(telling)
        # Waited for here: what reads on in the background must be over before a process is copied.
        digest = source.digest.result()
        found = checked(table, profile, city, options, sink or Collected(), spread)
    name = source.main.name if source.kind == "file" else path.name
    return Inspection(
        name,
        digest,
        table.display_name,
        table.format,
        profile.name,
        table.encoding,
        found,
        layout,
        mapping,
    )
