"""manage.py import_list: which files came in, what became of them, and what can be undone."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import override

from importers.messages import message
from importers.models import Import
from importers.outcome import refusal_of
from layers.models import ChangeSet

_COUNTS = ("new", "changed", "unchanged", "missing", "removed", "rejected")


class Command(BaseCommand):
    """List imports, the newest first."""

    help = "List imports, the newest first, with their change sets (import_undo undoes those)."

    def add_arguments(self, parser: CommandParser | ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--layer", metavar="SLUG", help="only into this layer")
        parser.add_argument("--state", choices=Import.State.values, help="only those in this state")
        parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most N (50)")
        parser.add_argument("--json", action="store_true", help="print one JSON array")
        parser.add_argument("--language", choices=settings.CITY.languages, help="of the words")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line for each import."""
        acts = Import.objects.select_related("layer", "created_by", "change_set").order_by("-pk")
        if options["layer"]:
            acts = acts.filter(slug=options["layer"])
        if options["state"]:
            acts = acts.filter(state=options["state"])
        with override(options["language"] or settings.LANGUAGE_CODE):
            acts = acts[: options["limit"]]
            undone = dict(
                ChangeSet.objects.filter(
                    undoes__in=[act.change_set_id for act in acts if act.change_set_id]
                ).values_list("undoes", "pk")
            )
            entries = [_entry(act, undone) for act in acts]
            if options["json"]:
                self.stdout.write(json.dumps(entries, ensure_ascii=False, indent=2))
            else:
                self.stdout.write("\n".join(map(_line, acts, entries)))


def _entry(act: Import, undone: dict[int | None, int]) -> dict[str, Any]:
    refusal = refusal_of(act)
    return {
        "import": act.pk,
        "when": timezone.localtime(act.created_at).isoformat(timespec="seconds"),
        "state": act.state,
        "layer": act.slug,
        "file": act.file_name,
        "who": act.created_by.get_username() if act.created_by else None,
        "counts": {name: act.counts[name] for name in _COUNTS if name in act.counts},
        "refusal": message(refusal) if refusal else None,
        "change_set": act.change_set_id,
        "undone_by": undone.get(act.change_set_id),
    }


def _line(act: Import, entry: dict[str, Any]) -> str:
    counts = " ".join(f"{name}={count}" for name, count in entry["counts"].items() if count)
    change_set = f"#{entry['change_set']}" if entry["change_set"] else ""
    undone = f"→ #{entry['undone_by']}" if entry["undone_by"] else ""
    told = entry["refusal"] or " ".join(filter(None, [counts, change_set, undone]))
    when = entry["when"][:16].replace("T", " ")
    return f"{act.pk:>6}  {when}  {act.get_state_display()}  {act.slug}  {act.file_name}  {told}"
