"""Every write to features is a change set, and can be undone."""

import json

import pytest
from django.contrib.gis.geos import GEOSGeometry, Point
from django.db import IntegrityError, connection, transaction

from layers.changes import AlreadyUndone, UndoConflict, recording, undo
from layers.models import ChangeSet, ChangeState, Feature, Layer
from tests.factories import places

pytestmark = pytest.mark.django_db


@pytest.fixture
def layer() -> Layer:
    return places.layer()


def place(layer: Layer, key: str, **facts: object) -> Feature:
    return Feature(layer=layer, key=key, geom=Point(140.3, 38.76, srid=4326), **facts)


def added(layer: Layer, *keys: str) -> ChangeSet:
    with recording(layer, "edit") as act:
        for key in keys:
            place(layer, key, name=f"name {key}").save()
    return act


def state() -> list[dict[str, object]]:
    rows = Feature.objects.order_by("pk").values()
    return [{k: v for k, v in row.items() if k != "updated_at"} for row in rows]


def test_a_write_outside_a_change_set_is_refused(layer: Layer) -> None:
    with pytest.raises(IntegrityError, match="only inside a change set"), transaction.atomic():
        place(layer, "a").save()
    added(layer, "a")
    with pytest.raises(IntegrityError, match="only inside a change set"), transaction.atomic():
        Feature.objects.update(name="x")
    with pytest.raises(IntegrityError, match="only inside a change set"), transaction.atomic():
        Feature.objects.all().delete()
    with pytest.raises(IntegrityError, match="only inside a change set"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE layers_feature SET name = 'by hand in SQL'")


def test_a_write_is_recorded_with_before_and_after(layer: Layer) -> None:
    added(layer, "a")
    with recording(layer, "edit") as act:
        feature = Feature.objects.get(key="a")
        feature.name, feature.geom = "renamed", Point(140.31, 38.77, srid=4326)
        feature.save()
    change = ChangeState.objects.get(change_set=act)
    assert (change.operation, change.before["name"], change.after["name"]) == (
        "update",
        "name a",
        "renamed",
    )
    assert change.before_geom.coords == (140.3, 38.76)
    assert change.after_geom.coords == (140.31, 38.77)
    assert act.counts == {"update": 1}


def test_a_write_that_changes_nothing_leaves_no_trace(layer: Layer) -> None:
    added(layer, "a")
    version = layer.version
    with recording(layer, "edit") as act:
        Feature.objects.get(key="a").save()
    assert act.pk is None
    assert layer.version == version
    assert ChangeSet.objects.count() == 1


def test_a_failed_act_leaves_features_version_and_record_alone(layer: Layer) -> None:
    added(layer, "a")
    before, version = state(), layer.version
    with pytest.raises(RuntimeError), recording(layer, "edit"):
        Feature.objects.all().delete()
        raise RuntimeError
    layer.refresh_from_db()
    assert (state(), layer.version, ChangeSet.objects.count()) == (before, version, 1)


def test_a_change_set_may_not_write_another_layer(layer: Layer) -> None:
    other = places.layer("other")
    with pytest.raises(IntegrityError, match="its own layer"), recording(other, "edit"):
        place(layer, "a").save()
    added(layer, "a")
    with pytest.raises(IntegrityError, match="keeps its id and its layer"):
        with recording(layer, "edit"):
            Feature.objects.update(layer=other)
    with pytest.raises(IntegrityError, match="its own layer"), recording(other, "edit"):
        Feature.objects.all().delete()


def test_the_version_counts_the_acts(layer: Layer) -> None:
    added(layer, "a")
    added(layer, "b")
    assert layer.version == 2
    assert list(layer.change_sets.values_list("layer_version", flat=True)) == [2, 1]


def test_undo_brings_back_new_changed_and_removed_features_with_their_ids(layer: Layer) -> None:
    added(layer, "kept", "changed", "removed")
    before = state()
    with recording(layer, "edit") as act:
        place(layer, "new").save()
        Feature.objects.filter(key="changed").update(
            name="other", properties={"x": [1, "二"]}, geom=Point(140.2, 38.7, srid=4326)
        )
        Feature.objects.filter(key="removed").delete()
    changed = state()
    assert changed != before

    undone = undo(act)
    assert state() == before
    assert undone.counts == {"insert": 1, "update": 1, "delete": 1}

    undo(undone)
    assert state() == changed


def test_undo_after_undo_walks_back_through_the_acts(layer: Layer) -> None:
    acts, states = [], [state()]
    for write in (
        lambda: place(layer, "a", name="a").save(),
        lambda: Feature.objects.filter(key="a").update(name="renamed"),
        lambda: Feature.objects.filter(key="a").delete(),
    ):
        with recording(layer, "edit") as act:
            write()
        acts.append(act)
        states.append(state())
    for act in reversed(acts):
        assert state() == states.pop()
        undo(act)
        assert state() == states[-1]


def test_an_act_that_touches_a_feature_twice_is_undone_to_what_was_before_it(layer: Layer) -> None:
    added(layer, "twice", "gone")
    before = state()
    with recording(layer, "edit") as act:
        Feature.objects.filter(key="twice").update(name="first")
        Feature.objects.filter(key="twice").update(name="second")
        Feature.objects.filter(key="gone").update(name="other")
        Feature.objects.filter(key="gone").delete()
        place(layer, "short-lived").save()
        Feature.objects.filter(key="short-lived").delete()
    assert [s.after and s.after["name"] for s in ChangeState.objects.filter(change_set=act)] == [
        *("first", "second", "other", None, "", None)
    ]
    undo(act)
    assert state() == before


def test_a_feature_that_something_hangs_on_is_not_removed_by_undo(layer: Layer) -> None:
    act = added(layer, "booked", "free")
    booked = Feature.objects.get(key="booked")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bookings (place bigint REFERENCES layers_feature)")
        cursor.execute("INSERT INTO bookings VALUES (%s)", [booked.pk])
    with pytest.raises(UndoConflict) as conflict:
        undo(act)
    assert conflict.value.keys == ["booked"]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM bookings")
    undo(act)
    assert state() == []


def test_the_record_and_a_filled_layer_stay(layer: Layer) -> None:
    act = added(layer, "a")
    with pytest.raises(IntegrityError, match="holds changes"), transaction.atomic():
        act.delete()
    with connection.cursor() as cursor:
        with pytest.raises(IntegrityError, match="holds features"), transaction.atomic():
            cursor.execute("DELETE FROM layers_layer WHERE id = %s", [layer.pk])


def test_an_act_is_undone_once(layer: Layer) -> None:
    act = added(layer, "a")
    undo(act)
    with pytest.raises(AlreadyUndone):
        undo(act)


@pytest.mark.parametrize("later", ["changed", "moved", "removed", "added again"])
def test_undo_refuses_where_a_feature_changed_since_and_writes_nothing(
    layer: Layer, later: str
) -> None:
    act = added(layer, "a")
    if later == "added again":
        with recording(layer, "edit") as act:
            Feature.objects.all().delete()
        added(layer, "a")
    else:
        with recording(layer, "edit"):
            features = Feature.objects.filter(key="a")
            if later == "changed":
                features.update(address="elsewhere")
            elif later == "moved":
                features.update(geom=Point(140.2, 38.7, srid=4326))
            else:
                features.delete()
    before = state()
    with pytest.raises(UndoConflict) as conflict:
        undo(act)
    assert conflict.value.keys == ["a"]
    assert state() == before


def test_what_undo_remembers_is_every_column_of_a_feature() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT layers_facts('','','','','','{}'::jsonb,'')")
        remembered = set(json.loads(cursor.fetchone()[0]))
    columns = {field.column for field in Feature._meta.concrete_fields}
    assert remembered == columns - {"id", "layer_id", "geom", "updated_at"}


@pytest.mark.parametrize(
    ("wkt", "why"),
    [
        ("POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))", "feature_geom_valid"),
        ("LINESTRING(140 38, 141 39)", "does not fit a layer"),
        ("POINT EMPTY", "does not fit a layer"),
    ],
)
def test_the_database_refuses_a_geometry_that_does_not_belong(
    layer: Layer, wkt: str, why: str
) -> None:
    feature = place(layer, "a")
    feature.geom = GEOSGeometry(wkt, srid=4326)
    with pytest.raises(IntegrityError, match=why), recording(layer, "edit"):
        feature.save()


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"key": "a"}, "feature_key_once_a_layer"),
        ({"key": ""}, "feature_key_not_blank"),
        ({"key": "b", "provenance": "guessed"}, "feature_provenance_known"),
    ],
)
def test_the_database_refuses_a_feature_without_identity(
    layer: Layer, facts: dict[str, str], constraint: str
) -> None:
    added(layer, "a")
    with pytest.raises(IntegrityError, match=constraint), recording(layer, "edit"):
        place(layer, **facts).save()


def test_points_and_multipoints_both_fit_a_layer_of_points(layer: Layer) -> None:
    with recording(layer, "edit"):
        feature = place(layer, "many")
        feature.geom = GEOSGeometry("MULTIPOINT(140 38, 141 39)", srid=4326)
        feature.save()
    assert Feature.objects.count() == 1
