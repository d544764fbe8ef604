"""manage.py import_undo: show what undoing an import would do, and with --yes do it."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import override

from importers.models import Import
from importers.undo import undo_changes, undo_summary
from layers.changes import AlreadyUndone, UndoConflict, undo
from layers.models import ChangeSet

EXIT_REFUSED = 2
SHOWN = 20


class Command(BaseCommand):
    """Undo a change set. Without --yes nothing is written."""

    help = "Show what undoing a change set would do, and with --yes undo it."

    def add_arguments(self, parser: CommandParser | ArgumentParser) -> None:
        """Declare the options."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("change_set", nargs="?", type=int, metavar="CHANGE_SET")
        which.add_argument(
            "--import", dest="of_import", type=int, metavar="N", help="the change set of import N"
        )
        parser.add_argument("--yes", action="store_true", help="undo it; exit 0 means it is undone")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--language", choices=settings.CITY.languages, help="of the messages")

    def handle(self, *args: Any, **options: Any) -> None:
        """Show or undo; exit 2 with one sentence where it can't be."""
        with override(options["language"] or settings.LANGUAGE_CODE):
            refusal = self._run(options)
            if refusal:
                self.stderr.write(refusal)
        if refusal:
            sys.exit(EXIT_REFUSED)

    def _run(self, options: dict[str, Any]) -> str:
        """Return why it can't be undone, or ""."""
        change_set, refusal = _change_set(options)
        if change_set is None:
            return refusal
        told = undo_summary(change_set)
        result: dict[str, Any] = {"change_set": change_set.pk, **told, "undo": None}
        refusal = _refusal(change_set, told)
        if options["yes"] and not refusal:
            try:
                result["undo"] = undo(change_set).pk
            except (AlreadyUndone, UndoConflict):
                # Something came between the question and the act.
                result |= undo_summary(change_set)
                refusal = _refusal(change_set, result)
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(_lines(change_set, result)))
        return refusal


def _change_set(options: dict[str, Any]) -> tuple[ChangeSet | None, str]:
    if number := options["of_import"]:
        act = Import.objects.filter(pk=number).first()
        if act is None:
            return None, _("There is no import %(number)s. See import_list.") % {"number": number}
        if act.change_set is None:
            return None, _("Import %(number)s changed nothing, so there is nothing to undo.") % {
                "number": number
            }
        return act.change_set, ""
    number = options["change_set"]
    change_set = ChangeSet.objects.filter(pk=number).first()
    if change_set is None:
        return None, _("There is no change set %(number)s. See import_list.") % {"number": number}
    return change_set, ""


def _refusal(change_set: ChangeSet, told: dict[str, Any]) -> str:
    if told["undone_by"]:
        return _("Change set %(number)s was undone before, by change set %(undone_by)s.") % {
            "number": change_set.pk, "undone_by": told["undone_by"],
        }  # fmt: skip
    if told["conflicts"]["count"]:
        return _(
            "Change set %(number)s can't be undone: something stands in the way at %(count)s "
            "places. Nothing was written."
        ) % {"number": change_set.pk, "count": told["conflicts"]["count"]}
    return ""


def _lines(change_set: ChangeSet, result: dict[str, Any]) -> list[str]:
    conflicts = result["conflicts"]["listed"]
    lines = [
        f"{change_set}: {change_set.note}",
        _("Undoing it: %(new)d come back, %(changed)d change back, %(missing)d go")
        % result["counts"],
    ]
    if result["undo"]:
        return [*lines, _("Undone by change set %(undo)s.") % result]
    if not result["undone_by"]:
        lines += _first_changes(change_set)
    lines += [f"{c['key']} {c['name']}: {c['message']}" for c in conflicts[:SHOWN]]
    if result["possible"]:
        lines.append(_("Nothing was written. Use --yes to undo it."))
    return lines


def _first_changes(change_set: ChangeSet) -> list[str]:
    """Return the first changes cell by cell, then what comes back and goes."""
    lines: list[str] = []
    for change in undo_changes(change_set, "changed", per_page=SHOWN).rows:
        lines += [
            f"{change.key} {change.name}: {cell.title}: {cell.before} → {cell.after}"
            for cell in change.cells
        ]
    for verdict, sign in (("new", "+"), ("missing", "-")):
        page = undo_changes(change_set, verdict, per_page=SHOWN)
        lines += [f"{sign} {change.key} {change.name}" for change in page.rows]
    return lines[:SHOWN] + (["…"] if len(lines) > SHOWN else [])
