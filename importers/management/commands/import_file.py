"""manage.py import_file: check a planner's file, show what it would change, and write it."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import override

from importers import imports
from importers.apply import LayerFacts, layer_key
from importers.messages import message
from importers.options import ImportOptions
from importers.outcome import outcome, refusal_of
from importers.preview import relation_names, remembered
from importers.problems import FileRefused
from importers.profiles import PROFILES
from layers.models import Layer

EXIT_REFUSED = 2
EXIT_PARTLY = 3
SHOWN_PROBLEMS = 20


class Command(BaseCommand):
    """Import a file into a layer. Without --apply nothing is written."""

    help = "Check FILE, show what it would change in a layer, and with --apply write it."

    def add_arguments(self, parser: CommandParser | ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("file", type=Path, help="a file, folder or zip of map data")
        parser.add_argument("--layer", required=True, metavar="SLUG", help="made if it is new")
        parser.add_argument("--profile", choices=sorted(PROFILES), help="else found by the header")
        parser.add_argument(
            "--key", metavar="COLUMN", help="identifies a row from import to import"
        )
        parser.add_argument("--crs", type=int, metavar="EPSG", help="for a file that names none")
        parser.add_argument("--encoding", help="for a file whose encoding is guessed wrongly")
        parser.add_argument(
            "--part", metavar="NAME", help="which file, layer, sheet or folder of several"
        )
        parser.add_argument("--title", help="title of a new layer")
        parser.add_argument("--kind", choices=Layer.Kind.values, help="kind of a new layer")
        parser.add_argument("--staff-only", action="store_true", help="hide a new layer")
        parser.add_argument("--attribution", help="attribution of a new layer")
        parser.add_argument("--licence", help="licence of a new layer")
        parser.add_argument(
            "--skip-rejected",
            action="store_true",
            help=f"with --apply: write the rest although rows are rejected (exit {EXIT_PARTLY})",
        )
        parser.add_argument(
            "--remove-missing",
            action="store_true",
            help="remove what the file does not mention, except where something hangs on it",
        )
        parser.add_argument("--apply", action="store_true", help="write; exit 0 means all is in")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--language", choices=settings.CITY.languages, help="of the messages")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the import; exit 2 with one sentence where the file is refused."""
        with override(options["language"] or settings.LANGUAGE_CODE):
            try:
                code = self._run(options)
            except FileRefused as refusal:
                code = EXIT_REFUSED
                self.stderr.write(message(refusal))
        if code:
            sys.exit(code)

    def _run(self, options: dict[str, Any]) -> int:
        slug = options["layer"]
        asked = ImportOptions(
            profile=options["profile"],
            key=options["key"] or layer_key(slug),
            crs=options["crs"],
            encoding=options["encoding"],
            layer_name=options["part"],
        )
        act = imports.received(options["file"], slug=slug, options=asked, facts=_facts(options))
        act = imports.examined(act)
        rejected = act.counts.get("rejected", 0)
        same = None if act.refusal else imports.already_imported(act)
        if options["apply"] and not act.refusal and (not rejected or options["skip_rejected"]):
            act = imports.applied(
                act,
                imports.token(act),
                skip_rejected=options["skip_rejected"],
                remove_missing=options["remove_missing"],
            )
        else:
            if not act.refusal:
                act.found |= remembered(act)
            imports.dropped(act)
        result = outcome(act)
        if not act.refusal:
            result["already_imported"] = same.pk if same else None
        if options["json"]:
            self._print(result)
        if refusal := refusal_of(act):
            raise refusal
        if not options["json"]:
            self._tell(result, remove_missing=options["remove_missing"])
        if options["apply"] and rejected:
            if options["skip_rejected"]:
                return EXIT_PARTLY
            self.stderr.write(
                _(
                    "Nothing was written: %(count)d rows can't be taken. Correct them, or use "
                    "--skip-rejected to leave them out."
                )
                % {"count": rejected}
            )
            return EXIT_REFUSED
        if not options["apply"] and not options["json"]:
            self.stdout.write(_("Nothing was written. Use --apply to write this."))
        return 0

    def _tell(self, result: dict[str, Any], *, remove_missing: bool) -> None:
        counts, told = result["counts"], result["difference"]
        lines = [
            _("File: %(file)s (%(format)s)") % result,
            _("Encoding: %(name)s — %(evidence)s") % result["encoding"],
            _("Coordinates: EPSG:%(epsg)s — %(evidence)s") % result["crs"],
            _(
                "Rows: %(read)d read, %(new)d new, %(changed)d changed, %(unchanged)d unchanged, "
                "%(missing)d not in this file (kept), %(rejected)d rejected"
            )
            % counts
            if not remove_missing
            else _(
                "Rows: %(read)d read, %(new)d new, %(changed)d changed, %(unchanged)d unchanged, "
                "%(missing)d not in this file, %(rejected)d rejected"
            )
            % counts,
        ]
        if remove_missing and counts["missing"]:
            kept = counts.get("kept", told["hanging"])
            lines.append(
                _("Not in this file: %(removed)d removed, %(kept)d kept because they are in use")
                % {"removed": counts["missing"] - kept, "kept": kept}
            )
            lines += [
                _("%(key)s %(name)s stays: in use (%(relations)s)")
                % {**facts, "relations": ", ".join(relation_names(facts["hanging"]))}
                for facts in result["missing"][:SHOWN_PROBLEMS]
                if facts["hanging"]
            ]
        if told["moves"]["number"]:
            lines.append(
                _("Moved: %(number)d places, half of them at most %(median_m)s m, none more than "
                  "%(max_m)s m")
                % told["moves"]
            )  # fmt: skip
        if told.get("near", {}).get("pairs"):
            lines.append(
                _("%(pairs)d new places lie near another or on the same spot (see the report)")
                % told["near"]
            )
        if result["already_imported"] and not counts["new"] + counts["changed"]:
            lines.append(
                _("This very file was imported before (import %(already_imported)s): there is "
                  "nothing to change.")
                % result
            )  # fmt: skip
        problems = result["problems"]
        lines += [
            (_("Row %(row)s: ") % p if p["row"] else "") + p["message"]
            for p in problems[:SHOWN_PROBLEMS]
        ]
        if (more := len(problems) - SHOWN_PROBLEMS) > 0:
            lines.append(_("… and %(count)d more (use --json)") % {"count": more})
        if result["change_set"]:
            lines.append(_("Written as change set %(change_set)s.") % result)
        self.stdout.write("\n".join(lines))

    def _print(self, result: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2))


def _facts(options: dict[str, Any]) -> LayerFacts:
    visibility = Layer.Visibility.STAFF if options["staff_only"] else Layer.Visibility.PUBLIC
    title = {settings.LANGUAGE_CODE: options["title"]} if options["title"] else {}
    return LayerFacts(
        title=title,
        kind=options["kind"],
        visibility=visibility,
        attribution=options["attribution"],
        licence=options["licence"],
    )
