"""Whatever is imported and edited: what is shown is what is written, and undo is the way back.

Random sequences of imports and edits by hand on one layer, in the real database.
"""

from collections import Counter
from typing import Any

import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from importers.models import Import
from importers.preview import changes, geometry_changes, missing, near_duplicates, summary
from importers.rows import Candidate
from importers.undo import undo_changes, undo_geometry, undo_summary
from layers.changes import recording, undo
from layers.models import ChangeSet, Feature, Layer
from tests.factories import places
from tests.importers.staged import confirmed, staged

pytestmark = [pytest.mark.django_db, pytest.mark.long]

KEYS = ["1", "2", "03", "４", "鍵 5", "a'b%s\\"]
# PostgreSQL has no NUL in text; surrogates are no characters.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
ODD = st.sampled_from(
    ["髙﨑①", "𠮷野家", "é", "é", "👨‍👩‍👧", "~〜～", "a\u202eb", "{}", "%(x)s", "\t\n"]
)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT | ODD
VALUE = st.recursive(
    SCALAR.filter(lambda v: v not in (float("inf"), float("-inf"))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
COLUMNS = st.sampled_from(["ID", "名称", "備考", "", "%s", 'a"b', "x.y", "数"])
PROPERTIES = st.dictionaries(COLUMNS, VALUE, max_size=4)

LON, LAT = st.floats(139.0, 141.0), st.floats(38.0, 39.0)
POINT = st.builds(shapely.Point, LON, LAT)


def boxes(corners: list[tuple[int, int]], size: float, hole: bool) -> BaseGeometry:
    """Return squares on a grid, so that they never touch: a Polygon, or several."""
    squares = []
    for column, line in corners:
        west, south = 139 + column * 0.01, 38 + line * 0.01
        square = shapely.box(west, south, west + size, south + size)
        if hole:
            square -= shapely.box(
                west + size / 4, south + size / 4, west + size / 2, south + size / 2
            )
        squares.append(square)
    return squares[0] if len(squares) == 1 else shapely.MultiPolygon(squares)


def distinct(points: list[tuple[float, float]]) -> bool:
    return len(set(points)) == len(points)


LINE = (
    st.lists(st.tuples(LON, LAT), min_size=2, max_size=5).filter(distinct).map(shapely.LineString)
)
CORNERS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=3)
GEOMETRIES = {
    "point": POINT | st.lists(POINT, min_size=2, max_size=3, unique_by=shapely.to_wkb).map(
        shapely.MultiPoint
    ),
    "line": LINE | st.lists(LINE, min_size=2, max_size=2).map(shapely.MultiLineString),
    "polygon": st.builds(
        boxes, CORNERS.map(lambda c: list(dict.fromkeys(c))), st.floats(0.001, 0.009), st.booleans()
    ),
}  # fmt: skip


@st.composite
def rows(draw: st.DrawFn, kind: str) -> list[Candidate]:
    """Draw the rows of a file: keys once each, a name that most often stands in a column too."""
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=5))
    candidates = []
    for number, key in enumerate(keys, start=2):
        name, properties = draw(TEXT | ODD), draw(PROPERTIES)
        if draw(st.integers(0, 3)):
            properties["名称"] = name
        candidates.append(
            Candidate(
                row=number, key=key, name=name, name_kana="", name_en=draw(TEXT),
                address=draw(TEXT), geometry=draw(GEOMETRIES[kind]),
                provenance=draw(st.sampled_from(["surveyed", "address_town"])),
                properties=properties,
            )
        )  # fmt: skip
    return candidates


@st.composite
def edits(draw: st.DrawFn, kind: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Draw what somebody does by hand: (remove, change or add; key; facts)."""
    return draw(
        st.lists(
            st.tuples(
                st.sampled_from(["remove", "change", "add"]),
                st.sampled_from(KEYS),
                st.fixed_dictionaries(
                    {"name": TEXT, "properties": PROPERTIES, "geom": GEOMETRIES[kind]}
                ),
            ),
            max_size=3,
        )
    )


@st.composite
def stories(draw: st.DrawFn) -> tuple[str, list[tuple[str, Any, bool]]]:
    """Draw a kind of layer and what happens to it."""
    kind = draw(st.sampled_from(sorted(GEOMETRIES)))
    step = st.one_of(
        st.tuples(st.just("import"), rows(kind), st.booleans()),
        st.tuples(st.just("edit"), edits(kind), st.just(False)),
    )
    return kind, draw(st.lists(step, min_size=1, max_size=4))


def state() -> list[dict[str, Any]]:
    """Return every feature: id, facts, and the geometry to its last bit."""
    return [
        {**{k: v for k, v in row.items() if k != "updated_at"}, "geom": bytes(row["geom"].ewkb)}
        for row in Feature.objects.order_by("pk").values()
    ]


def edited(layer: Layer, steps: list[tuple[str, str, dict[str, Any]]]) -> ChangeSet:
    with recording(layer, "edit") as act:
        for what, key, facts in steps:
            found = layer.features.filter(key=key).first()
            if what == "remove" and found:
                found.delete()
            elif what == "change" and found:
                found.name, found.properties = facts["name"], facts["properties"]
                found.save()
            elif what == "add" and not found:
                geom = GEOSGeometry(facts["geom"].wkt, srid=4326)
                Feature.objects.create(layer=layer, key=key, **{**facts, "geom": geom})
    return act


def told(act: Import, verdict: str) -> dict[str, Any]:
    page = changes(act, verdict, per_page=100)
    assert page.total == len(page.rows)
    return {change.key: (change.cells, change.moved_m, change.name) for change in page.rows}


def import_holds_what_it_shows(
    layer: Layer, candidates: list[Candidate], kind: str, remove: bool
) -> ChangeSet | None:
    """Import rows; assert that the preview, the record and the layer agree."""
    act = staged(*candidates, kind=kind)
    before = {feature["key"]: feature for feature in state()}
    shown = {verdict: told(act, verdict) for verdict in ("new", "changed", "unchanged", "missing")}
    assert {verdict: len(rows) for verdict, rows in shown.items()} == {
        verdict: act.counts[verdict] for verdict in shown
    }
    cells = Counter(cell.column for row in shown["changed"].values() for cell in row[0])
    columns = {("@" if c["kind"] == "fact" else "") + c["name"]: c["count"]
               for c in summary(act)["columns"]}  # fmt: skip
    assert cells == columns
    drawn, gone = geometry_changes(act), [m.key for m in missing(act, per_page=100).rows]
    near = near_duplicates(act, per_page=100).rows
    assert {pair.key for pair in near} <= set(shown["new"])
    assert state() == list(before.values()), "a preview writes nothing"

    act = confirmed(act, remove_missing=remove)
    counts = act.change_set.counts if act.change_set else {}
    assert counts.get("insert", 0) == len(shown["new"])
    assert counts.get("update", 0) == len(shown["changed"])
    assert counts.get("delete", 0) == (len(gone) if remove else 0)
    after = {feature["key"]: feature for feature in state()}
    assert after.keys() == set(before) - (set(gone) if remove else set()) | set(shown["new"])
    for candidate in candidates:
        is_now = after[candidate.key]
        ewkb = shapely.to_wkb(shapely.set_srid(candidate.geometry, 4326), include_srid=True)
        assert is_now["geom"] == ewkb
        assert (is_now["name"], is_now["address"]) == (candidate.name, candidate.address)
        if candidate.key in before:
            assert is_now["id"] == before[candidate.key]["id"]
    for verdict in ("new", "changed"):
        assert told(act, verdict) == shown[verdict], "history tells what the preview told"
    if remove:
        assert len(geometry_changes(act)["features"]) == len(drawn["features"])

    again = staged(*candidates, kind=kind)
    assert again.counts["new"] == again.counts["changed"] == 0
    assert again.counts["unchanged"] == len(candidates)
    assert confirmed(again).change_set is None
    assert list(after.values()) == sorted(state(), key=lambda feature: feature["id"])
    return act.change_set


def undo_and_redo_are_exact(change_set: ChangeSet, before: Any, after: Any) -> ChangeSet:
    """Undo, redo and undo again; return the redo, to go on from."""
    previewed = undo_summary(change_set)
    assert previewed["possible"]
    undone = done_as_shown(change_set, previewed)
    assert state() == before
    redone = done_as_shown(undone, undo_summary(undone))
    assert state() == after
    return redone


def done_as_shown(change_set: ChangeSet, previewed: dict[str, Any]) -> ChangeSet:
    pages = {v: undo_changes(change_set, v, per_page=100) for v in ("new", "changed", "missing")}
    undo_geometry(change_set)
    undone = undo(change_set)
    for verdict, operation in (("new", "insert"), ("changed", "update"), ("missing", "delete")):
        # An edit that leaves a feature as it was, or adds and removes one, is counted and no more.
        done = undone.counts.get(operation, 0) if undone.pk else 0
        assert done <= previewed["counts"][verdict] == pages[verdict].total
        if change_set.act != ChangeSet.Act.EDIT:
            assert done == previewed["counts"][verdict]
    return undone


@given(stories())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_import_shows_what_it_writes_and_undo_is_the_way_back(
    story: tuple[str, list[tuple[str, Any, bool]]],
) -> None:
    kind, steps = story
    with transaction.atomic():
        layer = places.layer(geometry_type=kind)
        acts: list[tuple[ChangeSet, Any]] = []
        for what, content, remove in steps:
            before = state()
            act: ChangeSet | None
            if what == "import":
                act = import_holds_what_it_shows(layer, content, kind, remove)
            else:
                act = edited(layer, content)
            after = state()
            if act is None or act.pk is None:
                assert after == before
                continue
            if after != before:
                act = undo_and_redo_are_exact(act, before, after)
                acts.append((act, before))
        for act, before in reversed(acts):
            undo(act)
            assert state() == before
        transaction.set_rollback(True)
