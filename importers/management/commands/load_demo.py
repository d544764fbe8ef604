"""manage.py load_demo: the city's demo layers, through the same imports as everybody's files."""

import tomllib
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from importers import imports
from importers.apply import LayerFacts
from importers.messages import message
from importers.options import ImportOptions
from importers.outcome import refusal_of
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
            asked = ImportOptions(profile=entry["profile"], key=entry["key"])
            act = imports.received(
                listing.parent / entry["file"],
                slug=entry["slug"],
                options=asked,
                facts=_facts(entry),
            )
            if earlier := imports.already_imported(act):
                act.delete()  # each start of the demo would leave one behind
                same = (
                    earlier.counts["new"] + earlier.counts["changed"] + earlier.counts["unchanged"]
                )
                self.stdout.write(f"{entry['slug']}: 0 new, 0 changed, {same} unchanged")
                continue
            try:
                act = imports.examined(act)
                if refusal := refusal_of(act):
                    raise refusal
                counts = imports.applied(act, imports.token(act)).counts
            except FileRefused as refusal:
                raise CommandError(f"{entry['file']}: {message(refusal)}") from refusal
            self.stdout.write(
                f"{entry['slug']}: {counts['new']} new, {counts['changed']} changed, "
                f"{counts['unchanged']} unchanged"
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
