"""What the columns of a layout mean, as a person settled it, remembered for the next such file.

A mapping is plain JSON: ``{"roles": {role: column}, "rules": {column: rule}, "key": column}``.
"""

import hashlib
import json
from typing import Any

from django.contrib.auth.models import User

from importers.headers import normalised
from importers.models import Import, SourceMapping

Mapping = dict[str, Any]


def fingerprint(found: dict[str, Any]) -> str:
    """Return what tells a layout: its format and its headers, in whatever order they stand."""
    headers = sorted({normalised(column["name"]) for column in found.get("columns", [])})
    layout = json.dumps([found.get("format"), headers], ensure_ascii=False)
    return hashlib.sha256(layout.encode()).hexdigest()


def remembered(found: dict[str, Any]) -> Mapping | None:
    """Return the mapping that was settled for a file's layout, or None."""
    known = SourceMapping.objects.filter(fingerprint=fingerprint(found)).first()
    return known.mapping if known else None


def remember(act: Import, user: User | None) -> None:
    """Keep the mapping that an import was written with for the next file of its layout."""
    if settled := act.choices.get("mapping"):
        SourceMapping.objects.update_or_create(
            fingerprint=fingerprint(act.found),
            defaults={"mapping": settled, "changed_by": user},
        )
