"""Staff edit features by hand: each save is a change set in their name, and can be undone."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from layers.forms import LayerForm
from layers.models import ChangeSet, Feature, Layer
from tests.factories import places

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("officer"))
    return client


def form(feature: Feature, **changes: Any) -> dict[str, Any]:
    facts = {name: getattr(feature, name) for name in ("name", "name_kana", "name_en", "address")}
    given = {"geom": feature.geom.json, "properties": "{}", "provenance": feature.provenance}
    return {**facts, **given, **changes}


def test_a_renamed_feature_keeps_its_position_to_the_last_bit(staff: Client) -> None:
    feature = places.feature(places.layer(), at=(140.1234567890123, 38.1234567890123))
    answer = staff.post(f"/staff/layers/feature/{feature.pk}/change/", form(feature, name="図書館"))
    assert answer.status_code == 302
    saved = Feature.objects.get(pk=feature.pk)
    assert (saved.name, saved.geom.coords, saved.provenance) == (
        "図書館",
        (140.1234567890123, 38.1234567890123),
        "surveyed",
    )
    act = ChangeSet.objects.first()
    assert act is not None
    assert (act.act, act.created_by.username, act.counts) == ("edit", "officer", {"update": 1})


def test_a_moved_feature_is_placed_by_hand(staff: Client) -> None:
    feature = places.feature(places.layer())
    moved = '{"type": "Point", "coordinates": [140.31, 38.77]}'
    staff.post(f"/staff/layers/feature/{feature.pk}/change/", form(feature, geom=moved))
    saved = Feature.objects.get(pk=feature.pk)
    assert (saved.geom.coords, saved.provenance) == ((140.31, 38.77), "hand")


def test_a_geometry_that_does_not_fit_the_layer_is_told_at_its_field(staff: Client) -> None:
    feature = places.feature(places.layer())
    line = '{"type": "LineString", "coordinates": [[140.3, 38.7], [140.4, 38.8]]}'
    answer = staff.post(f"/staff/layers/feature/{feature.pk}/change/", form(feature, geom=line))
    assert answer.status_code == 200
    assert "geom" in answer.context["adminform"].form.errors
    assert ChangeSet.objects.count() == 1


def test_a_new_feature_needs_no_knowledge_of_change_sets(staff: Client) -> None:
    layer = places.layer()
    point = '{"type": "Point", "coordinates": [140.31, 38.77]}'
    given = {"layer": layer.pk, "key": "new", "name": "新館", "geom": point}
    answer = staff.post(
        "/staff/layers/feature/add/", {**given, "properties": "{}", "provenance": "surveyed"}
    )
    assert answer.status_code == 302
    assert Feature.objects.get(key="new").provenance == "hand"


def test_removed_features_come_back_by_undoing_the_act(staff: Client) -> None:
    one, other = places.layer("one"), places.layer("other")
    kept = [places.feature(one, "a"), places.feature(one, "b"), places.feature(other, "c")]
    staff.post(
        "/staff/layers/feature/",
        {"action": "delete_selected", "_selected_action": [f.pk for f in kept], "post": "yes"},
    )
    assert Feature.objects.count() == 0
    acts = list(ChangeSet.objects.order_by("-pk").values_list("pk", flat=True)[:2])
    answer = staff.post(
        "/staff/layers/changeset/", {"action": "undo_acts", "_selected_action": acts}, follow=True
    )
    assert Feature.objects.count() == 3
    told = [m.level_tag for m in answer.context["messages"]]
    assert told[-2:] == ["success", "success"]

    answer = staff.post(
        "/staff/layers/changeset/", {"action": "undo_acts", "_selected_action": acts}, follow=True
    )
    assert [m.level_tag for m in answer.context["messages"]] == ["warning", "warning"]


def test_an_act_that_can_not_be_undone_says_which_features_stand_in_the_way(staff: Client) -> None:
    feature = places.feature(places.layer(), "a")
    first = ChangeSet.objects.get()
    staff.post(f"/staff/layers/feature/{feature.pk}/change/", form(feature, name="x"))
    answer = staff.post(
        "/staff/layers/changeset/",
        {"action": "undo_acts", "_selected_action": [first.pk]},
        follow=True,
    )
    *_, message = answer.context["messages"]
    assert message.level_tag == "error"
    assert "（a）" in str(message)
    assert Feature.objects.get().name == "x"


def test_only_who_may_change_features_may_undo(client: Client) -> None:
    places.feature(places.layer())
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_changeset"))
    client.force_login(viewer)
    act = ChangeSet.objects.get()
    client.post("/staff/layers/changeset/", {"action": "undo_acts", "_selected_action": [act.pk]})
    assert Feature.objects.count() == 1


def test_a_layers_titles_are_given_by_language(staff: Client) -> None:
    layer = places.layer(attribution="出典")
    page = staff.get(f"/staff/layers/layer/{layer.pk}/change/").content.decode()
    assert 'name="title_ja"' in page
    answer = staff.post(
        f"/staff/layers/layer/{layer.pk}/change/",
        {
            "slug": layer.slug,
            "title_ja": "新しい題",
            "title_en": "New title",
            "kind": "school",
            "geometry_type": "point",
            "schema": "[]",
            "style": "{}",
            "order": 5,
            "visibility": "staff",
        },
    )
    assert answer.status_code == 302
    saved = Layer.objects.get()
    assert saved.title == {"ja": "新しい題", "en": "New title"}
    assert (saved.order, saved.visibility) == (5, "staff")


def test_a_layer_needs_its_title_in_the_first_language_only(staff: Client) -> None:
    layer = places.layer()
    answer = staff.post(
        f"/staff/layers/layer/{layer.pk}/change/", {"title_ja": "", "title_en": "x"}
    )
    assert "title" in answer.context["adminform"].form.errors


def test_a_layer_and_the_record_are_not_erased(staff: Client) -> None:
    layer = places.layer()
    places.feature(layer)
    act = ChangeSet.objects.get()
    assert staff.post(f"/staff/layers/layer/{layer.pk}/delete/").status_code == 403
    assert staff.post(f"/staff/layers/changeset/{act.pk}/delete/").status_code == 403
    assert staff.post(f"/staff/layers/changeset/{act.pk}/change/").status_code == 403


@pytest.mark.parametrize("path", ["layer/", "feature/", "changeset/", "feature/add/"])
def test_staff_screens_open(staff: Client, path: str) -> None:
    places.feature(places.layer())
    assert staff.get(f"/staff/layers/{path}").status_code == 200


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ('{"field": 3}', "「field」"),
        ('{"colour": "red"}', "「field」"),
        ('{"field": "a", "classes": [{"value": "1", "title": {}, "colour": "red"}]}', "#f7f5a9"),
        ('{"field": "a", "classes": [{"value": 1, "colour": "#ffffff"}]}', "「value」"),
        ("[1]", "「field」"),
    ],
)
def test_a_style_that_nothing_can_be_drawn_by_is_refused_in_words(style: str, said: str) -> None:
    layer = places.layer()
    form = LayerForm({**_facts(layer), "style": style}, instance=layer)
    assert not form.is_valid()
    assert said in form.errors["style"][0]
    good = (
        '{"field": "a", "classes": [{"value": "1", "title": {"ja": "浅い"}, "colour": "#ffffb3"}]}'
    )
    for fine in (good, "{}", ""):
        assert not LayerForm({**_facts(layer), "style": fine}, instance=layer).errors, fine


def _facts(layer: Layer) -> dict[str, object]:
    facts = {name: getattr(layer, name) for name in ("slug", "kind", "geometry_type", "order")}
    return {**facts, "title_ja": "題", "visibility": "public", "schema": "[]"}
