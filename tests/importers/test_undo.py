"""What undoing would do, shown before it does; the commands that list and undo imports."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.translation import override

from importers import undo as undo_module
from importers.models import Import
from importers.preview import geometry_changes
from importers.undo import undo_changes, undo_geometry, undo_summary
from layers.changes import UndoConflict, recording, undo
from layers.models import ChangeSet, Feature, Layer
from tests.factories import places
from tests.importers.staged import confirmed, row, staged

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def act() -> Import:
    """An import that adds 9, renames 3, moves 2 and removes 4."""
    confirmed(staged(*(row(n, str(n)) for n in range(2, 5))))
    return confirmed(
        staged(
            row(2, "2", (140.31, 38.77)),
            row(3, "3", name="renamed", properties={"ID": "3", "名称": "renamed"}),
            row(4, "9", (140.4, 38.8)),
        ),
        remove_missing=True,
    )


def change_set(act: Import) -> ChangeSet:
    assert act.change_set
    return act.change_set


def reasons(act: Import) -> list[tuple[str, str, str]]:
    listed = undo_summary(change_set(act))["conflicts"]["listed"]
    return [(c["key"], c["reason"], c["detail"]) for c in listed]


# -- the preview ------------------------------------------------------------------------------


def test_the_preview_is_the_import_turned_round(act: Import) -> None:
    told = undo_summary(change_set(act))
    assert told["counts"] == {"new": 1, "changed": 2, "missing": 1}
    assert told["possible"]
    assert told["conflicts"] == {"count": 0, "listed": []}
    json.dumps(told)
    changed = {c.key: c for c in undo_changes(change_set(act), "changed").rows}
    assert [cell[2:] for cell in changed["3"].cells] == [("renamed", "場所3")]
    assert changed["2"].cells[0].after.startswith("38.760000, 140.300000 (moved by 1,4")
    assert [c.key for c in undo_changes(change_set(act), "new").rows] == ["4"]
    assert [c.key for c in undo_changes(change_set(act), "missing").rows] == ["9"]

    def drawn(collection: dict[str, Any]) -> dict[tuple[str, str], Any]:
        return {
            (f["properties"]["key"], f["properties"]["state"]): f["geometry"]["coordinates"]
            for f in collection["features"]
        }

    there, back = drawn(geometry_changes(act)), drawn(undo_geometry(change_set(act)))
    assert back == {
        ("2", "old"): there["2", "new"], ("2", "new"): there["2", "old"],
        ("4", "added"): there["4", "removed"], ("9", "removed"): there["9", "added"],
    }  # fmt: skip
    assert drawn(undo_geometry(change_set(act), bbox=(140.39, 38.79, 140.41, 38.81))) == {
        ("9", "removed"): [140.4, 38.8]
    }


def test_what_is_previewed_is_what_is_done(act: Import) -> None:
    told = undo_summary(change_set(act))["counts"]
    done = undo(change_set(act))
    assert done.counts == {
        "insert": told["new"], "update": told["changed"], "delete": told["missing"],
    }  # fmt: skip
    after = undo_summary(change_set(act))
    assert (after["undone_by"], after["possible"], after["conflicts"]["count"]) == (
        done.pk,
        False,
        0,
    )
    redo = undo_summary(done)
    assert (redo["counts"], redo["possible"]) == ({"new": 1, "changed": 2, "missing": 1}, True)


def test_pages_of_an_undo_hold_every_feature_once() -> None:
    act = confirmed(staged(*(row(n, f"{50 - n}") for n in range(2, 25))))
    for order, first in (("row", "48"), ("key", "26")):
        pages = [
            undo_changes(change_set(act), "missing", n, per_page=10, order=order)
            for n in (1, 2, 3)
        ]  # fmt: skip
        keys = [change.key for page in pages for change in page.rows]
        assert keys[0] == first
        assert sorted(keys) == sorted(f"{50 - n}" for n in range(2, 25))


def test_an_act_that_touched_a_feature_twice_is_previewed_from_before_it() -> None:
    layer = places.layer()
    places.feature(layer, "1", name="first")
    with recording(layer, "edit") as edit:
        Feature.objects.filter(key="1").update(name="second")
        Feature.objects.filter(key="1").update(name="third")
    assert undo_summary(edit)["counts"] == {"new": 0, "changed": 1, "missing": 0}
    page = undo_changes(edit, "changed")
    assert [(c.before, c.after) for change in page.rows for c in change.cells] == [
        ("third", "first")
    ]


def test_an_act_counts_by_what_it_comes_to_for_each_place() -> None:
    layer = places.layer()
    for key in ("changed and removed", "removed"):
        places.feature(layer, key)
    with recording(layer, "edit") as edit:
        Feature.objects.filter(key="changed and removed").update(name="other")
        Feature.objects.all().delete()
        for key in ("added and changed", "added and removed"):
            Feature(layer=layer, key=key, geom=Point(140.3, 38.76, srid=4326)).save()
        Feature.objects.filter(key="added and changed").update(name="other")
        Feature.objects.filter(key="added and removed").delete()
    assert undo_summary(edit)["counts"] == {"new": 2, "changed": 0, "missing": 1}
    back = [change.key for change in undo_changes(edit, "new").rows]
    assert sorted(back) == ["changed and removed", "removed"]
    undone = undo(edit)
    assert undone.counts == {"insert": 2, "delete": 1}


# -- what stands in the way -------------------------------------------------------------------


def test_each_reason_against_an_undo_is_told_with_its_cause(act: Import) -> None:
    layer = Layer.objects.get()
    with recording(layer, "edit") as renamed:
        Feature.objects.filter(key="3").update(name="by hand")
    with recording(layer, "edit") as removed:
        Feature.objects.filter(key="2").delete()
    other = places.feature(layer, "4", name="another under the old key")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bookings (place bigint REFERENCES layers_feature)")
        cursor.execute("INSERT INTO bookings SELECT id FROM layers_feature WHERE key = '9'")
    assert reasons(act) == [
        ("2", "removed", str(removed.pk)),
        ("3", "changed", str(renamed.pk)),
        ("4", "taken", str(other.pk)),
        ("9", "hanging", "bookings"),
    ]
    told = undo_summary(change_set(act))
    assert (told["possible"], told["conflicts"]["count"]) == (False, 4)
    messages = [c["message"] for c in told["conflicts"]["listed"]]
    assert f"change set {removed.pk}" in messages[0]
    assert "bookings" in messages[3]
    with pytest.raises(UndoConflict) as conflict:
        undo(change_set(act))
    assert conflict.value.keys == ["2", "3", "4", "9"]
    assert [c.reason for c in conflict.value.conflicts] == [
        "removed", "changed", "taken", "hanging",
    ]  # fmt: skip


def test_only_the_first_of_many_conflicts_are_listed_and_all_counted(
    act: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo_module, "SHOWN_CONFLICTS", 1)
    with recording(Layer.objects.get(), "edit"):
        Feature.objects.update(address="by hand")
    told = undo_summary(change_set(act))["conflicts"]
    assert (told["count"], len(told["listed"])) == (3, 1)


def test_a_change_and_its_way_back_leave_nothing_in_the_way(act: Import) -> None:
    with recording(Layer.objects.get(), "edit") as edit:
        Feature.objects.filter(key="3").update(name="by hand")
    assert reasons(act)
    undo(edit)
    assert reasons(act) == []
    undo(change_set(act))
    assert set(Feature.objects.values_list("key", flat=True)) == {"2", "3", "4"}


# -- the commands -----------------------------------------------------------------------------


def called(command: str, *arguments: str) -> tuple[int, str, str]:
    """Return exit code, output and errors of a command in English."""
    out, errors = io.StringIO(), io.StringIO()
    try:
        call_command(command, *arguments, "--language", "en", stdout=out, stderr=errors)
    except SystemExit as stop:
        return int(str(stop.code)), out.getvalue(), errors.getvalue()
    return 0, out.getvalue(), errors.getvalue()


def test_import_undo_shows_and_writes_only_with_yes(act: Import) -> None:
    code, out, _ = called("import_undo", "--import", str(act.pk))
    assert code == 0
    assert "1 come back, 2 change back, 1 go" in out
    assert "3 場所3: 名称: renamed → 場所3" in out
    assert "+ 4 場所4" in out
    assert "- 9 場所9" in out
    assert "--yes" in out
    assert Feature.objects.filter(key="9").exists()

    code, out, _ = called("import_undo", str(act.change_set_id), "--yes")
    assert code == 0
    assert not Feature.objects.filter(key="9").exists()
    assert f"Undone by change set {ChangeSet.objects.latest('pk').pk}" in out


def test_import_undo_refuses_with_one_sentence_and_exit_code_2(act: Import) -> None:
    with recording(Layer.objects.get(), "edit"):
        Feature.objects.filter(key="3").update(name="by hand")
    before = ChangeSet.objects.count()
    for flags in ((), ("--yes",)):
        code, out, errors = called("import_undo", str(act.change_set_id), *flags)
        assert code == 2
        assert errors.strip().count("\n") == 0
        assert "can't be undone" in errors
        assert "3 by hand: It was changed since" in out
    assert ChangeSet.objects.count() == before
    code, out, _ = called("import_undo", str(act.change_set_id), "--json")
    assert (code, json.loads(out)["conflicts"]["count"]) == (2, 1)


def test_import_undo_knows_what_was_undone_and_what_never_was(act: Import) -> None:
    again = confirmed(staged(*(row(r, k) for r, k in ((2, "x"),)), slug="other"))
    nothing = confirmed(staged(row(2, "x"), slug="other"))
    assert nothing.change_set is None
    assert called("import_undo", "--import", str(again.pk), "--yes")[0] == 0
    for arguments, said in (
        ((str(again.change_set_id), "--yes"), "was undone before, by change set"),
        (("--import", str(nothing.pk)), "changed nothing"),
        (("--import", "999999"), "There is no import"),
        (("999999",), "There is no change set"),
    ):
        code, _, errors = called("import_undo", *arguments)
        assert (code, said in errors) == (2, True)
    with pytest.raises(CommandError):
        call_command("import_undo")


def test_import_list_tells_what_became_of_each(act: Import) -> None:
    undone = undo(change_set(act))
    staged(row(2, "x"), slug="other")
    code, out, _ = called("import_list", "--layer", "places", "--json")
    entries = json.loads(out)
    assert code == 0
    assert [e["import"] for e in entries] == [act.pk, act.pk - 1]
    assert entries[0]["undone_by"] == undone.pk
    assert entries[0]["counts"] == {
        "new": 1, "changed": 2, "unchanged": 0, "missing": 1, "removed": 1, "rejected": 0,
    }  # fmt: skip
    assert len(json.loads(called("import_list", "--state", "ready", "--json")[1])) == 1
    assert len(json.loads(called("import_list", "--limit", "1", "--json")[1])) == 1
    _, out, _ = called("import_list")
    assert len(out.strip().splitlines()) == 3
    assert f"#{act.change_set_id} → #{undone.pk}" in out
