"""The staff's screens from the check on: what is shown is what is written, and can be undone."""

import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from importers import imports
from importers.models import Import
from layers.changes import undo
from layers.models import ChangeSet, Layer
from tests.factories import places
from tests.importers.planner import (
    FIRST,
    SECOND,
    planner,
    ready,
    said,
    signed_in,
    work,
    written,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]

State = Import.State
HOME = "/en/staff/imports/"
BAD = ("9", "海の上", "本町9", 10.5, 100.25)
BLANK = ("", "名なし", "本町9", 38.76, 140.30)


def confirmation(act: Import, **given: Any) -> dict[str, Any]:
    return {"token": imports.token(act), **given}


# -- the check --------------------------------------------------------------------------------


def test_the_check_says_in_words_what_would_change(staff: Client) -> None:
    written()
    act = ready((*SECOND, BAD))
    page = said(staff.get(f"{HOME}{act.pk}/check/"))
    assert "1 would be added and 2 changed." in page
    assert "1 of 4 rows can't be taken." in page
    assert "1 places of the layer are not in this file." in page
    assert "at most 1,110 m." in page
    assert "Write this: 1 new, 2 changed" in page


def test_each_tab_shows_its_rows_with_what_was_before(staff: Client) -> None:
    written()
    act = ready((*SECOND, BLANK))
    address = f"{HOME}{act.pk}/check/?show="
    changed = said(staff.get(f"{address}changed"))
    assert "図書館 → 市立図書館" in changed
    assert "moves by 1,110 m" in changed
    assert "美術館" in said(staff.get(f"{address}new"))
    assert "体育館" in said(staff.get(f"{address}missing"))
    assert "There is none of these." in said(staff.get(f"{address}unchanged"))
    problems = said(staff.get(f"{address}problems"))
    assert "Row 5: The key column “ID” is blank. Fill it in, or choose another key." in problems
    one_by_one = said(staff.get(f"{address}problems&code=key_blank"))
    assert "Row 5 The key column" in one_by_one
    assert "--key" not in problems + one_by_one


def test_many_rows_are_paged(staff: Client) -> None:
    act = ready([(n, f"会館{n}", "本町1", 38.7 + n / 1e4, 140.3) for n in range(60)])
    page = staff.get(f"{HOME}{act.pk}/check/?show=new&page=3")
    assert [change.name for change in page.context["page"].rows] == [
        f"会館{n}" for n in range(50, 60)
    ]
    assert "3 / 3" in said(page)


def test_the_map_gets_what_moves_from_where_to_where(staff: Client) -> None:
    written()
    act = ready(SECOND)
    drawn = staff.get(f"{HOME}{act.pk}/changes.geojson").json()["features"]
    states = {(f["properties"]["state"], f["properties"]["key"]) for f in drawn}
    assert {("old", "3"), ("new", "3"), ("added", "4")} <= states


def test_the_report_comes_as_a_file(staff: Client) -> None:
    act = ready((*FIRST, BAD))
    csv = staff.get(f"{HOME}{act.pk}/report.csv")
    assert csv["Content-Disposition"] == f'attachment; filename="import-{act.pk}.csv"'
    assert "outside Japan" in b"".join(csv.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    workbook = staff.get(f"{HOME}{act.pk}/report.xlsx")
    assert b"".join(workbook.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
    workbook.close()


def test_a_long_report_comes_as_csv_only(staff: Client) -> None:
    act = ready(FIRST)
    Import.objects.update(counts={**act.counts, "new": 50_000})
    assert "Excel" not in said(staff.get(f"{HOME}{act.pk}/check/?show=unchanged"))
    assert staff.get(f"{HOME}{act.pk}/report.xlsx").status_code == 404
    csv = staff.get(f"{HOME}{act.pk}/report.csv")
    assert b"".join(csv.streaming_content)  # type: ignore[attr-defined]


# -- the confirmation -------------------------------------------------------------------------


def test_a_confirmation_of_what_was_shown_is_taken_and_to_be_written(staff: Client) -> None:
    act = ready(FIRST)
    answer = staff.post(f"{HOME}{act.pk}/confirm/", confirmation(act))
    assert answer["Location"] == f"{HOME}{act.pk}/progress/"
    act.refresh_from_db()
    assert act.state == State.APPLYING
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args["remove_missing"]) == ("importers.tasks.apply", False)


@pytest.mark.parametrize("token", ["", "forged", "WzEsImEiXQ:1aaaaa:AAAA"])
def test_a_forged_confirmation_is_refused_and_nothing_is_written(staff: Client, token: str) -> None:
    act = ready(FIRST)
    answer = staff.post(f"{HOME}{act.pk}/confirm/", {"token": token})
    assert answer.status_code == 400
    assert "was not made by the preview" in said(answer)
    act.refresh_from_db()
    assert (act.state, ProcrastinateJob.objects.exists()) == (State.READY, False)


def test_a_changed_letter_of_a_confirmation_is_noticed(staff: Client) -> None:
    act = ready(FIRST)
    token = imports.token(act)
    for place in (1, len(token) // 2, len(token) - 1):
        changed = "A" if token[place] != "A" else "B"
        tampered = token[:place] + changed + token[place + 1 :]
        answer = staff.post(f"{HOME}{act.pk}/confirm/", {"token": tampered})
        assert answer.status_code == 400
    answer = staff.post(f"{HOME}{act.pk}/confirm/", {"token": token})  # the control
    assert answer.status_code == 302


def test_the_confirmation_of_another_import_or_of_other_choices_is_refused(
    staff: Client,
) -> None:
    act, other = ready(FIRST), ready(FIRST, "others")
    answer = staff.post(f"{HOME}{act.pk}/confirm/", confirmation(other))
    assert answer.status_code == 409
    assert "no longer those of the preview" in said(answer)
    before = imports.token(act)
    act = imports.examined(imports.answered(act, crs=4612))
    assert staff.post(f"{HOME}{act.pk}/confirm/", {"token": before}).status_code == 409
    assert not ProcrastinateJob.objects.exists()


def test_rows_that_can_not_be_taken_are_left_out_only_with_leave(staff: Client) -> None:
    act = ready((*FIRST, BAD))
    answer = staff.post(f"{HOME}{act.pk}/confirm/", confirmation(act))
    assert answer.status_code == 409
    assert "1 rows can't be taken" in said(answer)
    answer = staff.post(f"{HOME}{act.pk}/confirm/", confirmation(act, skip_rejected="1"))
    assert answer.status_code == 302


def test_when_the_layer_moved_the_page_says_so_and_offers_to_read_again(staff: Client) -> None:
    layer = written()
    act = ready(SECOND)
    places.feature(layer, "hand", name="手で")
    page = staff.get(f"{HOME}{act.pk}/check/")
    assert "The layer was changed after this preview was made" in said(page)
    assert "Write this" not in said(page)
    answer = staff.post(f"{HOME}{act.pk}/confirm/", confirmation(act))
    assert answer.status_code == 409
    assert "was changed after the preview was made" in said(answer)
    staff.post(f"{HOME}{act.pk}/again/")
    act = imports.examined(Import.objects.get(pk=act.pk))
    assert staff.post(f"{HOME}{act.pk}/confirm/", confirmation(act)).status_code == 302


def confirmed_by_two(act: Import) -> list[tuple[int, str]]:
    """Let two people confirm at the same moment; return status and words of both."""
    clients = [signed_in(planner(name)) for name in ("one", "two")]
    token, start, answers = imports.token(act), threading.Barrier(2), []

    def confirm(client: Client) -> None:
        start.wait(10)
        answer = client.post(f"{HOME}{act.pk}/confirm/", {"token": token})
        answers.append((answer.status_code, said(answer)))
        connection.close()

    threads = [threading.Thread(target=confirm, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_confirm_at_once_one_wins_and_the_other_is_told() -> None:
    (won, _), (lost, told) = confirmed_by_two(ready(FIRST))
    assert (won, lost) == (302, 409)
    assert "Somebody confirmed this import just before you" in told
    work()
    assert Layer.objects.get().features.count() == 3
    assert ChangeSet.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_guard_both_would_be_told_that_they_won(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control."""
    monkeypatch.setattr(imports, "_confirmable", lambda act, *rest: Import.objects.get(pk=act.pk))
    assert [status for status, _ in confirmed_by_two(ready(FIRST))] == [302, 302]


# -- the result, and the way back -------------------------------------------------------------


def test_the_result_says_what_changed_and_leads_to_the_map_and_back(staff: Client) -> None:
    written()
    act = Import.objects.get()
    page = staff.get(f"{HOME}{act.pk}/", follow=True)
    assert "It is in" in said(page)
    assert "new 3" in said(page)
    assert 'href="/en/?layers=places"' in page.content.decode()
    assert f'href="{HOME}changes/{act.change_set_id}/"' in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_import_is_undone_and_the_undoing_is_undone(staff: Client) -> None:
    layer = written()
    written(SECOND)
    change_set = ChangeSet.objects.latest("pk")
    address = f"{HOME}changes/{change_set.pk}/"
    page = said(staff.get(address))
    assert "taken away again 1" in page
    assert "changed back 2" in page
    assert "市立図書館 → 図書館" in page
    assert staff.post(address).status_code == 302
    assert "It is being undone" in said(staff.get(address))
    work()
    assert "It was undone" in said(staff.get(address))
    assert {f.name for f in layer.features.all()} == {"図書館", "体育館", "公民館"}
    assert staff.get(f"{address}state.json").json()["next"] == address

    undone = ChangeSet.objects.get(undoes=change_set)
    again = f"{HOME}changes/{undone.pk}/"
    assert "Bring it back?" in said(staff.get(again))
    staff.post(again)
    work()
    assert {f.name for f in layer.features.all()} == {
        "市立図書館", "体育館", "公民館", "美術館",
    }  # fmt: skip


def test_what_stands_in_the_way_of_undoing_is_listed(staff: Client) -> None:
    written()
    first = ChangeSet.objects.get()
    written(SECOND)
    page = staff.get(f"{HOME}changes/{first.pk}/")
    assert "It can't be undone now: 2 of the places were changed later" in said(page)
    assert "Undo this:" not in said(page)


def test_the_history_of_a_layer_tells_who_did_what_and_the_way_back(staff: Client) -> None:
    layer = written()
    undo(ChangeSet.objects.get(), user=User.objects.get(username="planner"))
    page = said(staff.get(f"{HOME}layers/{layer.slug}/"))
    assert "places.csv" in page
    assert "undone" in page
    assert "Bring it back…" in page
    assert "planner" in page
