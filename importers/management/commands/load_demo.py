"""manage.py load_demo: the city's demo layers, through the same imports as everybody's files."""

import tomllib
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from importers.apply import LayerFacts, apply
from importers.inspect import ImportOptions, inspect
from importers.messages import message
from importers.problems import FileRefused


class Command(BaseCommand):
    """Load the demo layers of the city's configuration; running it again changes nothing."""

    help = "Load the demo layers of the configured city."

    def handle(self, *args: Any, **options: Any) -> None:
        """Import each file of the list; stop with a sentence at the first that can't be taken."""
        listing = settings.CITY.demo_file
        if listing is None:
            self.stdout.write("This city has no demo data.")
            return
        for entry in tomllib.loads(listing.read_text(encoding="utf-8"))["layers"]:
            asked = ImportOptions(
                profile=entry["profile"], key=entry["key"], grids=settings.DATUM_GRIDS
            )
            try:
                inspection = inspect(listing.parent / entry["file"], asked, settings.CITY)
                found, _change_set = apply(inspection, entry["slug"], _facts(entry))
            except FileRefused as refusal:
                raise CommandError(f"{entry['file']}: {message(refusal)}") from refusal
            if rejected := inspection.checked.rejected:
                raise CommandError(f"{entry['file']}: {rejected} rows rejected")
            self.stdout.write(
                f"{entry['slug']}: {found.new} new, {found.changed} changed, "
                f"{found.unchanged} unchanged"
            )


def _facts(entry: dict[str, Any]) -> LayerFacts:
    return LayerFacts(
        title=entry["title"],
        description=entry["description"],
        kind=entry["kind"],
        order=entry["order"],
        shown_at_start=entry["shown_at_start"],
        sample=entry["sample"],
        attribution=entry["attribution"],
        licence=entry["licence"],
        source_date=entry.get("source_date"),
    )
