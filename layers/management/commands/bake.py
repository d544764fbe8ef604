"""`manage.py bake`: write the public files now."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from layers.models import Layer, Publication
from layers.publish import bake
from layers.publish.published import folder


class Command(BaseCommand):
    """Bake what is stale; the worker does the same after each change."""

    help = "Write the files that the public reads (docs/publishing.md): what is stale, or all."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which layers, and whether to begin anew."""
        parser.add_argument("--layer", action="append", default=[], help="short name of a layer")
        parser.add_argument("--all", action="store_true", help="bake anew what is current, too")
        parser.add_argument(
            "--quick", action="store_true", help="leave downloads and places' pages to the worker"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Bake, and say what was made, and in how many seconds all of it."""
        layers = Layer.objects.all()
        quiet = options["verbosity"] == 0
        if options["layer"]:
            layers = layers.filter(slug__in=options["layer"])
            if unknown := set(options["layer"]) - set(layers.values_list("slug", flat=True)):
                raise CommandError(f"There is no layer {', '.join(sorted(unknown))}.")
        if options["all"]:
            Publication.objects.filter(layer__in=layers).delete()
        began = time.monotonic()
        for step in (lambda: bake.published(*layers), bake.finished):
            for made in step():
                if not quiet:
                    self.stdout.write(f"{made.layer.slug}: {folder(made.layer, made).name}")
            if options["quick"]:
                break
        if not quiet:
            self.stdout.write(f"{time.monotonic() - began:.1f} s")
