"""What an import would change, shown before it does and remembered after."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils.translation import override
from pyproj import Geod

from importers import imports
from importers.imports import already_imported
from importers.models import Import, ImportProblem
from importers.preview import (
    REMEMBERED,
    changes,
    geometry_changes,
    missing,
    near_duplicates,
    summary,
)
from layers.changes import recording
from layers.models import Feature, Layer
from tests.factories import places
from tests.importers.staged import confirmed, row, staged

pytestmark = pytest.mark.django_db

GEOD = Geod(ellps="GRS80")
SQUARE = "POLYGON((140.3 38.76, 140.301 38.76, 140.301 38.761, 140.3 38.761, 140.3 38.76))"
WIDER = "POLYGON((140.3 38.76, 140.302 38.76, 140.302 38.761, 140.3 38.761, 140.3 38.76))"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def bookings() -> None:
    """A table of another app, whose rows hang on features by a real foreign key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bookings (place bigint REFERENCES layers_feature "
            "DEFERRABLE INITIALLY DEFERRED)"
        )


def book(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bookings SELECT id FROM layers_feature WHERE key = %s", [key])


def first_import(*rows: Any, **options: Any) -> Layer:
    confirmed(staged(*rows, **options))
    return Layer.objects.get(slug=options.get("slug", "places"))


def cells(act: Import, verdict: str, **options: Any) -> dict[str, list[tuple[str, str, str]]]:
    page = changes(act, verdict, **options)
    return {c.key: [(cell.column, cell.before, cell.after) for cell in c.cells] for c in page.rows}


# -- cell by cell -----------------------------------------------------------------------------


def test_a_changed_row_shows_each_cell_before_and_after() -> None:
    first_import(
        row(2, "1", properties={"ID": "1", "名称": "図書館", "電話": "22-1111"}, name="図書館"),
        row(3, "2"),
    )
    act = staged(
        row(
            2, "1", name="図書館", address="本町1",
            properties={"ID": "1", "名称": "図書館", "電話": "22-2222", "備考": "改築"},
        ),
        row(3, "2"),
        row(4, "3"),
    )  # fmt: skip
    assert {k: act.counts[k] for k in ("new", "changed", "unchanged", "missing")} == {
        "new": 1, "changed": 1, "unchanged": 1, "missing": 0,
    }  # fmt: skip
    assert cells(act, "changed") == {
        "1": [("@address", "", "本町1"), ("電話", "22-1111", "22-2222"), ("備考", "", "改築")]
    }
    change = changes(act, "changed").rows[0]
    assert (change.row, change.name, change.moved_m) == (2, "図書館", None)
    assert change.feature_id == Feature.objects.get(key="1").pk
    assert change.cells[0].title == "address"


def test_a_name_that_repeats_its_column_is_told_once() -> None:
    first_import(row(2, "1", name="図書館", properties={"名称": "図書館"}))
    act = staged(row(2, "1", name="市立図書館", properties={"名称": "市立図書館"}))
    assert cells(act, "changed") == {"1": [("名称", "図書館", "市立図書館")]}
    assert [(c["kind"], c["name"], c["count"]) for c in summary(act)["columns"]] == [
        ("column", "名称", 1)
    ]
    act = staged(row(2, "1", name="としょかん", properties={"名称": "図書館"}))
    assert cells(act, "changed") == {"1": [("@name", "図書館", "としょかん")]}


def test_a_new_row_shows_all_it_has_and_an_unchanged_one_nothing() -> None:
    first_import(row(2, "1"))
    act = staged(row(2, "1"), row(3, "2", properties={"名称": "公園", "備考": None}, name="公園"))
    assert cells(act, "new")["2"] == [
        ("@provenance", "", "Coordinates of the source"),
        ("名称", "", "公園"),
        ("@geometry", "", "38.760000, 140.300000"),
    ]
    assert cells(act, "unchanged") == {"1": []}


def test_values_that_are_no_text_are_shown_as_the_source_writes_them() -> None:
    odd: dict[str, Any] = {"a": None, "b": True, "c": 1, "d": [1, {"x": "二"}], "e": 12.5}
    first_import(row(2, "1", properties=odd))
    act = staged(
        row(2, "1", properties={"a": "", "b": 1, "c": "1", "d": [1, {"x": "三"}], "e": None})
    )
    assert cells(act, "changed")["1"] == [
        ("a", "", ""),
        ("b", "true", "1"),
        ("c", "1", "1"),
        ("d", '[1, {"x": "二"}]', '[1, {"x": "三"}]'),
        ("e", "12.5", ""),
    ]


def test_a_moved_point_says_how_far_on_the_ellipsoid() -> None:
    first_import(row(2, "1", (140.3, 38.76)))
    act = staged(row(2, "1", (140.31, 38.77)))
    expected = GEOD.inv(140.3, 38.76, 140.31, 38.77)[2]
    change = changes(act, "changed").rows[0]
    assert change.moved_m == pytest.approx(expected, abs=0.01)
    assert change.cells[0][2:] == (
        "38.760000, 140.300000",
        f"38.770000, 140.310000 (moved by {expected:,.0f} m)",
    )
    moves = summary(act)["moves"]
    assert moves["number"] == 1
    assert moves["median_m"] == moves["max_m"] == pytest.approx(expected, abs=0.1)


def test_an_area_tells_its_size_before_and_after() -> None:
    import shapely

    first_import(row(2, "1", SQUARE), kind="polygon")
    act = staged(row(2, "1", WIDER), kind="polygon")
    small, large = (
        abs(GEOD.geometry_area_perimeter(shapely.from_wkt(wkt))[0]) for wkt in (SQUARE, WIDER)
    )
    cell = changes(act, "changed").rows[0].cells[0]
    assert cell[2:] == (f"{small:,.0f} m²", f"{large:,.0f} m² (moved by 43.5 m)")


def test_a_line_tells_its_length_before_and_after() -> None:
    first_import(row(2, "1", "LINESTRING(140.3 38.76, 140.301 38.76)"), kind="line")
    act = staged(row(2, "1", "LINESTRING(140.3 38.76, 140.3011 38.76)"), kind="line")
    short, long = (GEOD.inv(140.3, 38.76, east, 38.76)[2] for east in (140.301, 140.3011))
    cell = changes(act, "changed").rows[0].cells[0]
    assert cell[2:] == (f"{short:.1f} m long", f"{long:.1f} m long (moved by 4.3 m)")


def test_pages_hold_every_row_once_in_the_order_asked_for() -> None:
    first_import(*(row(n, f"{100 - n}", (140.3, 38.76)) for n in range(2, 25)))
    act = staged(*(row(n, f"{100 - n}", (140.3 + n / 1e4, 38.76)) for n in range(2, 25)))
    for order, expected in (
        ("row", list(range(2, 25))),
        ("key", list(range(24, 1, -1))),
        ("moved", list(range(24, 1, -1))),
    ):
        pages = [changes(act, "changed", p, per_page=10, order=order) for p in (1, 2, 3)]
        assert [change.row for page in pages for change in page.rows] == expected
        assert {(page.total, page.pages) for page in pages} == {(23, 3)}
    assert changes(act, "changed", 99, per_page=10).number == 3
    assert changes(act, "changed", 0, per_page=10).number == 1
    assert changes(act, "new").rows == []


# -- missing ----------------------------------------------------------------------------------


def test_missing_features_say_what_hangs_on_them(bookings: None) -> None:
    layer = first_import(*(row(n, str(n)) for n in range(1, 6)))
    book("4")
    act = staged(row(1, "1"))
    assert (act.counts["missing"], summary(act)["counts"]["hanging"]) == (4, 1)
    page = missing(act)
    assert [(m.key, m.hanging) for m in page.rows] == [
        ("4", ["bookings"]), ("2", []), ("3", []), ("5", []),
    ]  # fmt: skip
    assert page.rows[0].name == "場所4"
    assert missing(act, 2, per_page=3).rows[0].key == "5"
    assert layer.features.count() == 5


def test_a_table_that_django_knows_is_named_in_words() -> None:
    from importers.preview import relation_names

    assert relation_names(["layers_changeset", "public.layers_layer", '"Odd"']) == [
        "change sets", "layers", '"Odd"',
    ]  # fmt: skip


def test_what_is_booked_after_the_preview_stays_too(bookings: None) -> None:
    first_import(*(row(n, str(n)) for n in range(1, 5)))
    book("2")
    act = staged(row(1, "1"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM bookings")
    book("3")
    act = confirmed(act, remove_missing=True)
    assert set(Feature.objects.values_list("key", flat=True)) == {"1", "3"}
    assert (act.counts["removed"], act.counts["kept"]) == (2, 1)
    kept, *removed = missing(act).rows
    assert (kept.key, kept.hanging, kept.removed) == ("3", ["bookings"], False)
    assert [(m.key, m.name, m.removed) for m in removed] == [
        ("2", "場所2", True), ("4", "場所4", True),
    ]  # fmt: skip


def test_without_being_asked_nothing_is_removed_and_the_names_are_remembered() -> None:
    first_import(*(row(n, str(n)) for n in range(1, 5)))
    act = confirmed(staged(row(1, "1", name="x")))
    assert Feature.objects.count() == 4
    assert [(m.key, m.removed) for m in missing(act).rows] == [
        ("2", False), ("3", False), ("4", False),
    ]  # fmt: skip


def test_only_so_many_missing_ones_are_remembered_those_in_use_first(bookings: None) -> None:
    count = REMEMBERED + 20
    first_import(*(row(n, f"{n:05}") for n in range(1, count + 1)))
    book(f"{count:05}")
    act = confirmed(staged(row(1, "00001")))
    assert missing(act).total == REMEMBERED
    assert missing(act).rows[0].key == f"{count:05}"
    assert act.counts["missing"] == count - 1


# -- the map ----------------------------------------------------------------------------------


def drawn(collection: dict[str, Any]) -> list[tuple[str, str]]:
    return [(f["properties"]["state"], f["properties"]["key"]) for f in collection["features"]]


def test_moves_are_drawn_old_and_new_with_what_comes_and_what_is_not_mentioned() -> None:
    first_import(row(2, "1", (140.3, 38.76)), row(3, "2", (140.2, 38.7)), row(4, "3"))
    act = staged(row(2, "1", (140.31, 38.77)), row(3, "3"), row(4, "9", (140.4, 38.8)))
    collection = geometry_changes(act)
    assert drawn(collection) == [("old", "1"), ("new", "1"), ("added", "9"), ("removed", "2")]
    assert collection["complete"]
    old, new, added, removed = collection["features"]
    assert old["geometry"] == {"type": "Point", "coordinates": [140.3, 38.76]}
    assert new["geometry"]["coordinates"] == [140.31, 38.77]
    assert new["properties"]["moved_m"] == pytest.approx(1409, abs=2)
    assert (added["properties"]["row"], added["properties"]["feature"]) == (4, None)
    assert removed["properties"]["feature"] == Feature.objects.get(key="2").pk
    json.dumps(collection)


def test_a_box_shows_what_touches_it_before_or_after() -> None:
    first_import(row(2, "1", (140.3, 38.76)), row(3, "2", (140.2, 38.7)))
    act = staged(row(2, "1", (140.31, 38.77)), row(4, "9", (140.4, 38.8)))
    around_old, around_new = (140.299, 38.759, 140.301, 38.761), (140.309, 38.769, 140.311, 38.771)
    for box in (around_old, around_new):
        assert drawn(geometry_changes(act, bbox=box)) == [("old", "1"), ("new", "1")]
    assert drawn(geometry_changes(act, bbox=(140.19, 38.69, 140.21, 38.71))) == [("removed", "2")]
    assert drawn(geometry_changes(act, bbox=(140.39, 38.79, 140.41, 38.81))) == [("added", "9")]
    assert drawn(geometry_changes(act, bbox=(141, 39, 142, 40))) == []


def test_of_too_many_the_farthest_moves_and_a_settled_sample_are_drawn() -> None:
    first_import(*(row(n, str(n), (140.3, 38.76)) for n in range(2, 60)))
    act = staged(
        *(row(n, str(n), (140.3 + n / 1e4, 38.76)) for n in range(2, 60)),
        *(row(n, str(n), (140.4, 38.7 + n / 1e5)) for n in range(60, 200)),
    )
    collection = geometry_changes(act, limit=40)
    states = [state for state, _ in drawn(collection)]
    assert (states.count("old"), states.count("new"), states.count("added")) == (10, 10, 20)
    assert drawn(collection)[:2] == [("old", "59"), ("new", "59")]
    assert not collection["complete"]
    assert geometry_changes(act, limit=40) == collection
    added = [int(key) for state, key in drawn(collection) if state == "added"]
    assert max(added) - min(added) > 70


def test_an_outline_is_thinned_to_what_a_screen_shows() -> None:
    import shapely

    circle = shapely.Point(140.3, 38.76).buffer(0.01, quad_segs=20_000)
    act = staged(row(2, "1", circle), kind="polygon")
    ring = geometry_changes(act)["features"][0]["geometry"]["coordinates"][0]
    assert 30 < len(ring) < 1000
    assert abs(shapely.Polygon(ring).area / circle.area - 1) < 0.01


# -- what lies near ---------------------------------------------------------------------------


def test_new_rows_near_another_place_are_told_with_their_distance() -> None:
    metre = 1 / 111_000
    first_import(row(2, "old", (140.3, 38.76)), row(3, "gone", (140.35, 38.8)))
    act = staged(
        row(2, "old", (140.3, 38.76)),
        row(3, "beside", (140.3, 38.76 + 5 * metre)),
        row(4, "away", (140.3, 38.76 + 30 * metre)),
        row(5, "on the missing one", (140.35, 38.8)),
        row(6, "twin", (140.2, 38.7), name="図書館"),
        row(7, "other twin", (140.2, 38.7 + 60 * metre), name="図 書館"),
        row(8, "third", (140.2, 38.7 + 90 * metre), name="ﾄｼｮｶﾝ"),
        row(9, "fourth", (140.2, 38.7 + 150 * metre), name="トショカン"),
    )
    told = {pair.row: pair for pair in near_duplicates(act).rows}
    assert set(told) == {3, 5, 9}
    assert (told[3].other_row, told[3].other_key, told[3].other_name) == (2, "old", "場所old")
    assert told[3].feature_id == Feature.objects.get(key="old").pk
    assert 4.9 < told[3].metres < 5.1
    assert not told[3].same_name
    assert (told[5].other_row, told[5].other_key, told[5].stacked) == (None, "gone", True)
    assert told[5].feature_id == Feature.objects.get(key="gone").pk
    assert (told[9].other_row, told[9].same_name) == (8, True)
    assert 59 < told[9].metres < 61
    assert summary(act)["near"] == {"pairs": 3, "stacked": 1, "complete": True}


def test_a_place_that_moves_is_compared_where_it_would_be() -> None:
    first_import(row(2, "moves", (140.3, 38.76)))
    act = staged(row(2, "moves", (140.31, 38.77)), row(3, "new", (140.31, 38.77)))
    assert [p.other_key for p in near_duplicates(act).rows] == ["moves"]
    act = staged(row(2, "moves", (140.31, 38.77)), row(3, "new", (140.3, 38.76)))
    assert near_duplicates(act).total == 0


def test_a_name_that_many_bear_is_no_sign_of_anything() -> None:
    spread = [row(n, str(n), (140.3, 38.7 + n * 0.0005), name="消火栓") for n in range(2, 30)]
    assert near_duplicates(staged(*spread)).total == 0
    assert near_duplicates(staged(*spread[:5])).total == 4


def test_places_put_at_the_middle_of_a_town_are_not_taken_for_one() -> None:
    at_town = [row(n, str(n), provenance="address_town") for n in range(2, 6)]
    assert near_duplicates(staged(*at_town)).total == 0


def test_a_large_import_is_searched_when_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importers.duplicates.AT_ONCE", 1)
    act = staged(row(2, "1"), row(3, "2"))
    assert summary(act)["near"] is None
    assert near_duplicates(act).total == 1
    assert summary(Import.objects.get(pk=act.pk))["near"]["pairs"] == 1


def test_names_with_quotes_and_line_breaks_are_compared_whole() -> None:
    odd = 'a "quoted",\nname'
    act = staged(
        row(2, "1", (140.3, 38.76), name=odd), row(3, "2", (140.3, 38.7605), name=odd),
        row(4, "3", (140.3, 38.7605), name=""),
    )  # fmt: skip
    pairs = near_duplicates(act).rows
    assert [(p.row, p.other_row, p.same_name) for p in pairs] == [(3, 2, True), (4, 3, False)]


# -- the summary ------------------------------------------------------------------------------


def test_problems_are_counted_by_kind_with_their_first_rows() -> None:
    act = staged(row(2, "1", SQUARE), kind="polygon")
    told = [
        ImportProblem(
            import_of=act, row=n, severity="warning", code="polygon_repaired",
            params={"before": 100.0, "after": 90.5},
        )
        for n in range(2, 22)
    ]  # fmt: skip
    told.append(ImportProblem(import_of=act, row=30, severity="error", code="null_geometry"))
    told.append(
        ImportProblem(
            import_of=act, severity="warning", code="outside_city",
            params={"count": 3, "total": 20, "rows": [2, 3, 4]},
        )
    )  # fmt: skip
    ImportProblem.objects.bulk_create(told)
    found = summary(act)
    assert [(p["code"], p["severity"], p["count"], p["rows"][:2]) for p in found["problems"]] == [
        ("null_geometry", "error", 1, [30]),
        ("polygon_repaired", "warning", 20, [2, 3]),
        ("outside_city", "warning", 1, []),
    ]
    assert "repaired" in found["problems"][1]["message"]
    assert found["repaired"] == {"count": 20, "before_m2": 2000.0, "after_m2": 1810.0}
    assert found["outside_city"] == {"count": 3, "total": 20}
    json.dumps(found)


# -- afterwards -------------------------------------------------------------------------------


def test_history_shows_what_the_preview_showed() -> None:
    first_import(*(row(n, str(n), (140.3, 38.76)) for n in range(2, 8)))
    act = staged(
        row(2, "2", (140.31, 38.76)),
        row(3, "3", (140.3, 38.76), name="renamed"),
        row(4, "9", (140.31, 38.76), address="本町"),
    )
    before = {v: cells(act, v) for v in ("new", "changed")}
    shown, told, near = geometry_changes(act), summary(act), near_duplicates(act).rows
    act = confirmed(act, remove_missing=True)
    assert {v: cells(act, v) for v in ("new", "changed")} == before
    assert list(cells(act, "missing")) == ["4", "5", "6", "7"]
    later = geometry_changes(act)
    assert sorted(drawn(later)) == sorted(drawn(shown))
    assert summary(act)["columns"] == told["columns"]
    assert summary(act)["moves"] == told["moves"]
    assert near_duplicates(act).rows == near
    assert [p.other_key for p in near] == ["2"]
    # What is written later does not change what is remembered of it.
    with recording(act.layer, "edit"):
        Feature.objects.filter(key="3").update(name="once more")
        Feature.objects.filter(key="9").delete()
    assert {v: cells(act, v) for v in ("new", "changed")} == before


def test_the_same_file_again_is_known_until_something_happens_to_the_layer() -> None:
    act = staged(row(2, "1"))
    assert already_imported(act) is None
    first = confirmed(act)
    again = staged(row(2, "1"))
    assert already_imported(again) == first
    assert again.counts["new"] == again.counts["changed"] == 0
    other = staged(row(2, "1"), digest="1" * 64)
    other.digest = "1" * 64
    assert already_imported(other) is None
    read_otherwise = imports.answered(staged(row(2, "1")), encoding="cp932")
    assert already_imported(read_otherwise) is None
    same_key = imports.answered(staged(row(2, "1")), key="ID")
    assert already_imported(same_key) == first
    with recording(Layer.objects.get(slug="places"), "edit"):
        Feature.objects.update(name="by hand")
    assert already_imported(again) is None


def test_a_feature_made_by_hand_with_columns_nobody_knows_is_compared_whole() -> None:
    layer = places.layer()
    places.feature(layer, "1", properties={"ID": "1", "名称": "場所1", "by hand": [1, 2]})
    act = staged(row(2, "1"))
    assert cells(act, "changed") == {"1": [("by hand", "[1, 2]", "")]}
    assert [c["name"] for c in summary(act)["columns"]] == ["by hand"]
