"""The staff's screens up to the check: who may see them, and what they ask."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from importers import forms, imports, preview
from importers.models import Import
from importers.values import RULES
from layers.changes import undo
from layers.models import ChangeSet
from tests.factories.shapefile import write_shapefile, zipped
from tests.importers.planner import (
    FIRST,
    SECOND,
    new_layer,
    planner,
    ready,
    received,
    said,
    sent,
    signed_in,
    table,
    written,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]

State = Import.State
HOME = "/en/staff/imports/"
BAD = ("9", "海の上", "本町9", 10.5, 100.25)
BLANK = ("", "名なし", "本町9", 38.76, 140.30)


# -- who may ----------------------------------------------------------------------------------


def addresses() -> list[str]:
    layer = written()
    act = ready(SECOND)
    change_set = ChangeSet.objects.latest("pk")
    steps = ["", "progress/", "progress.json", "reading/", "overlay.json", "columns/", "check/"]
    steps += ["changes.geojson", "report.csv", "report.xlsx", "result/"]
    return [
        HOME,
        f"{HOME}new/",
        f"{HOME}layers/{layer.slug}/",
        f"{HOME}changes/{change_set.pk}/",
        f"{HOME}changes/{change_set.pk}/state.json",
        *(f"{HOME}{act.pk}/{step}" for step in steps),
    ]


def test_who_is_not_signed_in_is_sent_to_the_login_and_back(client: Client) -> None:
    for address in addresses():
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (
            302,
            f"/en/staff/login/?next={address}",
        )
    assert client.post(f"{HOME}new/").status_code == 302


def test_staff_without_the_permission_are_told_so() -> None:
    all_of_them = addresses()
    no_leave = signed_in(User.objects.create_user("clerk", is_staff=True))
    no_staff = signed_in(planner("citizen", is_staff=False))
    for client in (no_leave, no_staff):
        for address in all_of_them:
            answer = client.get(address)
            assert answer.status_code == 403, address
        assert "has not been given to you" in said(answer)


def test_with_the_permission_every_screen_opens(staff: Client) -> None:
    for address in addresses():
        answer = staff.get(address, follow=True)
        assert answer.status_code == 200, address
        b"".join(getattr(answer, "streaming_content", []))  # a file is closed at its end


def test_undoing_needs_the_permission_to_change_features(staff: Client) -> None:
    written()
    address = f"{HOME}changes/{ChangeSet.objects.get().pk}/"
    assert staff.get(address).status_code == 200
    user = User.objects.get(username="planner")
    user.user_permissions.remove(Permission.objects.get(codename="change_feature"))
    assert (staff.get(address).status_code, staff.post(address).status_code) == (403, 403)
    assert not ProcrastinateJob.objects.exists()


def test_every_change_is_asked_with_a_token_of_the_page(staff: Client) -> None:
    act = ready(FIRST)
    strict = signed_in(User.objects.get(username="planner"), enforce_csrf_checks=True)
    for address in ("new/", f"{act.pk}/confirm/", f"{act.pk}/drop/", f"{act.pk}/again/"):
        assert strict.post(HOME + address, {"token": imports.token(act)}).status_code == 403, (
            address
        )
    act.refresh_from_db()
    assert act.state == State.READY


def test_the_staff_site_leads_here_and_these_pages_lead_back(staff: Client) -> None:
    assert f'href="{HOME}"' in staff.get("/en/staff/").content.decode()
    assert 'href="/en/staff/"' in staff.get(HOME).content.decode()


# -- the list ---------------------------------------------------------------------------------


def test_the_list_is_empty_at_first_and_says_what_to_do(staff: Client) -> None:
    page = said(staff.get(HOME))
    assert "No file has been imported yet." in page
    assert "Import a file" in page


def test_the_list_can_be_filtered_sorted_and_paged(staff: Client) -> None:
    written()
    written(FIRST, "others")
    ready(SECOND)
    for _ in range(26):
        received(FIRST, "many")

    def rows(query: str) -> list[Import]:
        return list(staff.get(HOME + query).context["page"].rows)

    assert [act.slug for act in rows("?state=applied&sort=layer")] == ["others", "places"]
    assert [act.slug for act in rows("?state=applied&sort=-layer")] == ["places", "others"]
    assert {act.slug for act in rows("?layer=places")} == {"places"}
    assert [act.state for act in rows("?layer=places&state=ready")] == [State.READY]
    assert (len(rows("")), len(rows("?page=2"))) == (25, 4)
    assert len(rows("?sort=nonsense&state=nonsense&page=nonsense")) == 25
    assert "No import fits this choice." in said(staff.get(f"{HOME}?state=failed"))


# -- the first step ---------------------------------------------------------------------------


def test_a_file_into_a_new_layer_is_kept_and_is_to_be_read(staff: Client) -> None:
    answer = staff.post(f"{HOME}new/", new_layer(sent(FIRST, "公園.csv"), visibility="staff"))
    act = Import.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{HOME}{act.pk}/progress/")
    assert (act.slug, act.file_name, act.state) == ("places", "公園.csv", State.RECEIVED)
    assert act.new_layer["title"] == {"ja": "場所", "en": "Places"}
    assert act.new_layer["visibility"] == "staff"
    assert act.created_by is not None
    assert ProcrastinateJob.objects.get().args == {"import_id": act.pk}


def test_the_short_name_is_proposed_and_never_one_that_is_taken(staff: Client) -> None:
    for _ in range(2):
        staff.post(f"{HOME}new/", new_layer(sent(FIRST), title_en="City parks"))
    staff.post(f"{HOME}new/", new_layer(sent(FIRST, "公園.csv"), title_en=""))
    staff.post(f"{HOME}new/", new_layer(sent(FIRST, "old trees.csv"), title_en=""))
    slugs = list(Import.objects.order_by("pk").values_list("slug", flat=True))
    assert slugs == ["city-parks", "city-parks-2", "layer-1", "old-trees"]


def test_a_file_into_a_layer_takes_the_layers_key(staff: Client) -> None:
    layer = written()
    staff.post(f"{HOME}new/", {"file": sent(SECOND), "target": "existing", "layer": layer.pk})
    act = Import.objects.latest("pk")
    assert (act.slug, act.choices) == ("places", {"key": "ID"})


def test_the_parts_of_a_shapefile_are_taken_as_one(staff: Client, tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path / "s", name="公園")
    chosen = [SimpleUploadedFile(f.name, f.read_bytes()) for f in folder.iterdir()]
    staff.post(f"{HOME}new/", new_layer(chosen))
    act = imports.examined(Import.objects.get())
    assert (act.file_name, act.state, act.counts["new"]) == ("公園.zip", State.READY, 2)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"target": "new", "title_ja": "場所"}, "No file was chosen"),
        ({"file": SimpleUploadedFile("a.csv", b"")}, "The file is empty"),
        ({"title_ja": ""}, "Give the new layer a title"),
        ({"target": "existing"}, "Choose the layer"),
        ({"slug": "大字"}, "Use only the letters"),
        ({"slug": "places"}, "There is a layer of this short name"),
        ({"source_date": "April"}, "Write the date as"),
        ({"file": SimpleUploadedFile("a.shp", b"x")}, "only a part of a shapefile"),
    ],
)
def test_what_is_missing_or_wrong_is_told_at_its_field_and_on_top(
    staff: Client, given: dict[str, Any], told: str
) -> None:
    written()
    usual = {} if told.startswith("No file") else new_layer(sent(FIRST))
    answer = staff.post(f"{HOME}new/", {**usual, **given})
    assert answer.status_code == 422
    assert said(answer).count(told) == 2
    assert Import.objects.count() == 1


def test_the_limit_is_said_beforehand_and_what_is_above_it_is_not_kept(
    staff: Client, settings: Any, tmp_path: Path
) -> None:
    settings.IMPORT_MAX_MB = 1
    assert "Up to 1 MB." in said(staff.get(f"{HOME}new/"))
    big = SimpleUploadedFile("big.csv", b"x" * 2_500_000)
    answer = staff.post(f"{HOME}new/", new_layer(big))
    assert answer.status_code == 413
    assert "more than the 1 MB" in said(answer)
    just_above = SimpleUploadedFile("big.csv", b"x" * 1_200_000)
    answer = staff.post(f"{HOME}new/", new_layer(just_above))
    assert answer.status_code == 422
    assert "more than the 1 MB" in said(answer)
    assert not Import.objects.exists()
    assert not (tmp_path / "imports").exists()


def test_a_file_that_is_in_already_is_told_at_once(staff: Client) -> None:
    layer = written()
    again = {"file": sent(FIRST), "target": "existing", "layer": layer.pk}
    answer = staff.post(f"{HOME}new/", again, follow=True)
    assert "This file is in already" in said(answer)
    assert not ProcrastinateJob.objects.exists()
    act = Import.objects.latest("pk")
    staff.post(f"{HOME}{act.pk}/again/")
    act.refresh_from_db()
    assert (act.state, ProcrastinateJob.objects.count()) == (State.RECEIVED, 1)


def test_a_file_whose_layer_changed_since_is_read_again(staff: Client) -> None:
    layer = written()
    undo(ChangeSet.objects.get())
    again = {"file": sent(FIRST), "target": "existing", "layer": layer.pk}
    answer = staff.post(f"{HOME}new/", again)
    assert answer["Location"].endswith("/progress/")
    assert ProcrastinateJob.objects.count() == 1


# -- the wait ---------------------------------------------------------------------------------


def test_the_wait_says_that_no_worker_is_there(staff: Client) -> None:
    staff.post(f"{HOME}new/", new_layer(sent(FIRST)))
    act = Import.objects.get()
    page = staff.get(f"{HOME}{act.pk}/progress/")
    assert "No worker is running" in said(page)
    assert '<meta http-equiv="refresh" content="2">' in page.content.decode()
    told = staff.get(f"{HOME}{act.pk}/progress.json").json()
    assert (told["next"], "No worker is running" in told["wait"]) == (None, True)


def test_the_wait_counts_rows_and_leads_on_when_it_is_over(staff: Client) -> None:
    act = received(FIRST)
    Import.objects.update(state=State.READING, stage="checking", done=12_340, total=50_000)
    assert "12,340 / 50,000 rows" in said(staff.get(f"{HOME}{act.pk}/progress/"))
    told = staff.get(f"{HOME}{act.pk}/progress.json").json()
    assert (told["done"], told["total"], told["now"]) == (12_340, 50_000, "Check the rows")
    Import.objects.update(state=State.READY)
    told = staff.get(f"{HOME}{act.pk}/progress.json").json()
    assert told["next"] == f"{HOME}{act.pk}/check/"


def test_an_import_that_nobody_works_on_any_more_can_be_tried_again(staff: Client) -> None:
    staff.post(f"{HOME}new/", new_layer(sent(FIRST)))
    act = Import.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    page = staff.get(f"{HOME}{act.pk}/progress/", follow=True)
    assert "the worker was stopped or fell over" in said(page)
    answer = staff.post(f"{HOME}{act.pk}/again/", follow=True)
    assert answer.request["PATH_INFO"].endswith("/progress/")


def test_an_import_can_be_cancelled_and_its_file_goes(staff: Client) -> None:
    staff.post(f"{HOME}new/", new_layer(sent(FIRST)))
    act = Import.objects.get()
    answer = staff.post(f"{HOME}{act.pk}/drop/", follow=True)
    assert "was dropped. Nothing was written." in said(answer)
    assert not Path(act.stored).exists()
    assert "This import was dropped" in said(staff.get(f"{HOME}{act.pk}/", follow=True))


# -- questions --------------------------------------------------------------------------------


def test_of_several_layers_one_is_chosen(staff: Client, tmp_path: Path) -> None:
    for name in ("公園", "道路"):
        folder = write_shapefile(tmp_path / "two", name=name)
    archive = zipped(folder, tmp_path / "two.zip")
    staff.post(f"{HOME}new/", new_layer(SimpleUploadedFile("two.zip", archive.read_bytes())))
    act = imports.examined(Import.objects.get())
    page = staff.get(f"{HOME}{act.pk}/", follow=True)
    assert "Which layer of the file is it?" in said(page)
    assert "道路" in said(page)
    staff.post(f"{HOME}{act.pk}/reading/", {"layer_name": "公園"})
    act.refresh_from_db()
    assert (act.state, act.choices) == (State.RECEIVED, {"layer_name": "公園"})
    assert imports.examined(act).state == State.READY


def test_a_missing_coordinate_system_is_asked_with_what_speaks_for_each(
    staff: Client, tmp_path: Path
) -> None:
    archive = zipped(write_shapefile(tmp_path / "s", prj=None), tmp_path / "s.zip")
    staff.post(f"{HOME}new/", new_layer(SimpleUploadedFile("s.zip", archive.read_bytes())))
    act = imports.examined(Import.objects.get())
    page = staff.get(f"{HOME}{act.pk}/", follow=True)
    assert "Which coordinate system is the file in?" in said(page)
    assert "--crs" not in said(page)
    offered = [option["value"] for option in page.context["options"]]
    assert {"6668", "4612", "4301"} <= set(map(str, offered))
    answer = staff.post(f"{HOME}{act.pk}/reading/", {"crs": "6668"})
    act.refresh_from_db()
    assert (answer.status_code, act.choices["crs"]) == (302, 6668)
    assert imports.examined(act).state == State.READY


def test_a_proposal_is_shown_with_its_evidence_and_its_places(staff: Client) -> None:
    act = received(FIRST)
    evidence = [{"name": "EPSG:6678", "evidence": "crs_prj", "params": {"crs": "EPSG:6678"}}]
    point = {"type": "FeatureCollection", "features": []}
    proposal = {
        "proposed": 6678,
        "candidates": [
            {"epsg": 6678, "label": "EPSG:6678 (X)", "swapped": False, "evidence": evidence}
        ],
        "overlay": {"6678": point},
    }
    Import.objects.update(
        state=State.QUESTION, refusal={"code": "crs_missing", "params": {"proposal": proposal}}
    )
    page = staff.get(f"{HOME}{act.pk}/reading/")
    assert "EPSG:6678 (X) proposed" in said(page)
    assert "named by the .prj" in said(page)
    assert 'value="6678" required checked' in " ".join(page.content.decode().split())
    assert staff.get(f"{HOME}{act.pk}/overlay.json").json() == {"6678": point}


def test_a_refused_file_says_why_and_what_to_do(staff: Client) -> None:
    file = SimpleUploadedFile("topo.json", b'{"type": "Topology", "objects": {}}')
    staff.post(f"{HOME}new/", new_layer(file))
    act = imports.examined(Import.objects.get())
    page = said(staff.get(f"{HOME}{act.pk}/", follow=True))
    assert "The file can't be taken as it is" in page
    assert "This is TopoJSON" in page


def test_what_was_decided_about_a_file_is_shown_and_can_be_decided_otherwise(
    staff: Client,
) -> None:
    act = ready(FIRST)
    page = said(staff.get(f"{HOME}{act.pk}/reading/"))
    assert "all bytes are valid UTF-8" in page
    assert "EPSG:6668" in page
    given = {"crs": "4612", "encoding": "", "key": "名称"}
    staff.post(f"{HOME}{act.pk}/reading/", given)
    act = imports.examined(Import.objects.get())
    assert (act.found["crs"]["epsg"], act.found["key"]["column"]) == (4612, "名称")
    assert staff.post(f"{HOME}{act.pk}/reading/", {"crs": "1"}).status_code == 422


def test_columns_can_be_given_other_parts_and_are_read_so(staff: Client) -> None:
    act = ready(FIRST)
    page = staff.get(f"{HOME}{act.pk}/columns/")
    assert page.context["form"]["role_name"].initial == "名称"
    twice = staff.post(f"{HOME}{act.pk}/columns/", {"role_name": "名称", "role_address": "名称"})
    assert twice.status_code == 422
    assert "at once" in said(twice)
    given = {"role_name": "所在地_連結表記", "role_lat": "緯度", "role_lon": "経度", "key": "ID"}
    staff.post(f"{HOME}{act.pk}/columns/", {**given, "rule_1": "designation"})
    act.refresh_from_db()
    assert act.state == State.RECEIVED
    act = imports.examined(act)
    assert act.found["mapping"]["roles"]["name"] == "所在地_連結表記"
    assert act.found["mapping"]["rules"] == {"名称": "designation"}
    assert act.found["key"]["column"] == "ID"
    names = [row.name for row in preview.changes(act, "new").rows]
    assert names == ["本町1", "本町2", "本町3"]


def test_columns_of_coordinates_with_names_of_their_own_can_be_chosen(staff: Client) -> None:
    rows = [("1", "図書館", 38.76, 140.30)]
    header = ("番号", "なまえ", "たて", "よこ")
    act = imports.examined(
        imports.received(io.BytesIO(table(rows, header)), slug="own", file_name="own.csv")
    )
    assert (act.state, act.refusal["code"]) == (State.REFUSED, "no_coordinates")
    given = {"role_name": "なまえ", "role_lat": "たて", "role_lon": "よこ", "key": "番号"}
    staff.post(f"{HOME}{act.pk}/columns/", given)
    act = imports.examined(Import.objects.get(pk=act.pk))
    assert (act.state, act.counts["new"]) == (State.READY, 1)


def test_every_rule_can_be_chosen() -> None:
    assert {rule for rule, _ in forms.RULES} == {"", *RULES}
