"""The way to stored degrees: decided once a file, exact on land, honest about the rest."""

import pickle
from collections.abc import Callable
from functools import cache

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from importers import accuracy, crs, grids
from importers.datum import DatumStep, Plan, Tally, steps, to_wgs
from importers.grids import GIVEN, MOVED, TOKYO, Kind
from importers.problems import FileRefused
from tests.shared_data import shared_data

GEOD = pyproj.Geod(ellps="GRS80")
NOWHERE = (np.nan,) * 4
CITY = (140.193, 38.697, 140.494, 38.903)


def metres(one: Point, lon: float, lat: float) -> float:
    return float(GEOD.inv(one.x, one.y, lon, lat)[2])


def array(*points: tuple[float, float]) -> np.ndarray:
    return np.array([Point(*point) for point in points], dtype=object)


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.asarray(GEOD.inv(one[:, 0], one[:, 1], other[:, 0], other[:, 1])[2])


def bounds(points: np.ndarray) -> tuple[float, float, float, float]:
    return (*points.min(axis=0), *points.max(axis=0))


def convert(points: np.ndarray, epsg: int, *, exact: bool = True) -> tuple[np.ndarray, DatumStep]:
    """Return points in stored degrees, with the grids or without, and the step."""
    folder = shared_data("datum-grids") if exact else None
    plan, tally = steps(epsg, bounds(points), folder), Tally()
    return plan.apply(points, tally), plan.step(tally)


# -- the projection ---------------------------------------------------------------------------


def test_zone_x_places_the_whole_of_shinjo_where_it_is() -> None:
    """The box in metres and in degrees, published in specs/import.md."""
    corners = array((-55693, -144463), (-29406, -121752))
    flat, step = to_wgs(corners, 6678)
    assert shapely.total_bounds(flat) == pytest.approx([140.193, 38.697, 140.494, 38.903], abs=2e-3)
    assert (step.accuracy, step.missing, step.pipeline) == (0, (), "+proj=noop")


def test_the_projection_alone_is_exact_there_and_back() -> None:
    there = pyproj.Transformer.from_crs(6668, 6678, always_xy=True)
    x, y = there.transform(140.301944, 38.764722)
    flat, _ = to_wgs(array((x, y)), 6678)
    assert metres(flat[0], 140.301944, 38.764722) < 1e-4


@pytest.mark.parametrize("epsg", sorted(crs.SYSTEMS))
def test_every_system_leads_back_to_where_it_came_from(epsg: int) -> None:
    """Within its own datum; the zones' own longitudes, and 20 km off the meridian."""
    source = crs.system(epsg)
    lat, lon = crs.PLANE_ORIGINS[source.zone - 1] if source.kind == "plane" else (36.0, 140.0)
    if source.kind == "utm":
        lon = source.zone * 6 - 183.0
    start = np.array([(lon, lat), (lon + 0.2, lat + 0.5)])
    there = pyproj.Transformer.from_crs(source.geographic, epsg, always_xy=True)
    points = np.column_stack(there.transform(start[:, 0], start[:, 1]))
    if source.datum == "Tokyo":
        found, _ = convert(points, epsg)
        expected, _ = convert(start, source.geographic)
    else:
        found, expected = steps(epsg, bounds(points)).apply(points), start
    assert apart(found, expected).max() < 1e-4


# -- the datum --------------------------------------------------------------------------------


def test_tokyo_datum_without_the_grid_comes_within_its_stated_accuracy() -> None:
    start, end = grids.CHECK_POINT
    flat, step = to_wgs(array(start), 4301)
    assert 0.1 < metres(flat[0], *end) < 2.0
    assert metres(Point(start), *end) > 430  # unconverted it would be far off
    assert step.missing == (TOKYO.name, MOVED.name)
    # Up to 2 m for the parameters, 2.5 m for the earthquake that is left out.
    assert step.accuracy == pytest.approx(4.5)
    assert "+x=-146.414" in step.pipeline


def test_with_the_grids_the_check_point_is_met_to_the_millimetre() -> None:
    folder = shared_data("datum-grids")
    start, end = grids.CHECK_POINT
    flat, step = to_wgs(array(start), 4301, folder)
    again, _ = to_wgs(array(end), 4612, folder)
    assert metres(flat[0], again[0].x, again[0].y) < 0.001
    # The earthquake moved Yamagata by 1.7 m at its western edge to 2.5 m in the east.
    assert 1.6 < metres(flat[0], *end) < 2.6
    assert set(step.grids) == {"TKY2JGD.tif", "touhokutaiheiyouoki2011.tif"}
    assert (step.accuracy, step.missing, step.points) == (0.4, (), 1)
    assert str(folder) not in step.pipeline


def test_the_recorded_pipeline_run_by_proj_gives_the_same() -> None:
    folder = shared_data("datum-grids")
    points = np.random.default_rng(2).uniform(CITY[:2], CITY[2:], (3000, 2))
    for epsg, exact in ((4301, True), (4612, True), (4301, False)):
        found, step = convert(points, epsg, exact=exact)
        text = step.pipeline.replace("+grids=", f"+grids={folder}/")
        x, y = pyproj.Transformer.from_pipeline(text).transform(points[:, 0], points[:, 1])
        assert np.abs(found - np.column_stack([x, y])).max() < 1e-10


def test_the_earthquake_moved_the_city_by_two_metres_to_the_east_southeast() -> None:
    points = np.random.default_rng(3).uniform(CITY[:2], CITY[2:], (3000, 2))
    moved, _ = convert(points, 4612)
    azimuth, _, distance = GEOD.inv(points[:, 0], points[:, 1], moved[:, 0], moved[:, 1])
    assert (distance > 1.75).all()
    assert (distance < 2.4).all()
    assert (np.abs(azimuth - 112) < 3).all()


@pytest.mark.parametrize(
    ("place", "off"),
    [
        ((124.156, 24.345), 245),  # Ishigaki
        ((131.240, 25.850), 640),  # Minami-Daito
        ((127.680, 26.210), 14),  # Naha
        ((139.780, 33.110), 12),  # Hachijo
    ],
)
def test_on_remote_islands_the_grid_counts_however_far_it_is_from_the_parameters(
    place: tuple[float, float], off: float
) -> None:
    exact, told = convert(np.array([place]), 4301)
    rough, step = convert(np.array([place]), 4301, exact=False)
    by_parameters = apart(exact, rough)[0]
    assert by_parameters == pytest.approx(off, rel=0.15)
    assert told.accuracy <= 1.2
    assert step.accuracy >= by_parameters


def test_jgd2000_is_off_only_where_the_ground_moved() -> None:
    _, tohoku = to_wgs(array((140.3, 38.76)), 4612)
    _, shizuoka = to_wgs(array((138.32, 34.86)), 4612)
    assert (tohoku.accuracy, tohoku.missing) == (2.5, (MOVED.name,))
    assert (shizuoka.accuracy, shizuoka.missing) == (1.0, ())


@pytest.mark.parametrize(
    "place", [(141.35, 43.06), (140.73, 41.77), (138.32, 34.86), (135.5, 34.69), (130.4, 33.6)]
)
def test_where_nothing_moved_jgd2000_stays_as_it_is_and_nothing_is_told(
    place: tuple[float, float],
) -> None:
    """Sapporo, Hakodate, Yaizu, Osaka, Fukuoka: outside the area of GSI's 2011 parameters."""
    found, step = convert(np.array([place]), 4612)
    assert tuple(found[0]) == place
    assert (step.accuracy, step.told()) == (1.0, [])


def test_points_a_grid_does_not_hold_are_counted_and_the_accuracy_says_so() -> None:
    on_land, at_sea, far_out = (141.30, 38.43), (141.63, 38.22), (141.95, 38.30)
    points = np.array([on_land, at_sea, far_out, on_land])
    found, step = convert(points, 4301)
    assert step.points == 4
    assert step.carried == {TOKYO.name: 1, MOVED.name: 1}
    assert step.beyond == {TOKYO.name: 1, MOVED.name: 1}
    assert step.accuracy == pytest.approx(2 + 5.9)
    assert {(p.code, p.params["count"], p.params["total"]) for p in step.told()} == {
        ("datum_grid_carried", 1, 4), ("datum_grid_beyond", 1, 4),
    }  # fmt: skip
    assert step.record()["points_beyond"] == step.beyond
    rough, _ = convert(points, 4301, exact=False)
    assert tuple(found[2]) == tuple(rough[2])
    _, on_land_only = convert(points[[0, 3]], 4301)
    assert (on_land_only.accuracy, on_land_only.told()) == (0.4, [])


def test_rows_without_geometry_stay_without_and_heights_do_not_survive() -> None:
    flat, _ = to_wgs(np.array([None, Point(140, 38)], dtype=object), 4301)
    assert flat[0] is None
    assert flat[1] is not None
    flat, _ = to_wgs(np.array(shapely.from_wkt(["POINT ZM (140 38 5 7)"]), dtype=object), 6668)
    assert flat[0].wkt == "POINT (140 38)"


# -- one way for the whole file ---------------------------------------------------------------

PLACES = st.lists(
    st.tuples(st.floats(139.0, 142.0), st.floats(37.0, 39.5)), min_size=2, max_size=40
)


@settings(deadline=None)
@given(PLACES, st.data())
def test_the_way_does_not_depend_on_the_batches(
    places: list[tuple[float, float]], data: st.DataObject
) -> None:
    points = np.array(places)
    plan = steps(4301, bounds(points), shared_data("datum-grids"))
    cut = data.draw(st.integers(0, len(points)))
    whole, parts = Tally(), Tally()
    together = plan.apply(points, whole)
    tallies = Tally(), Tally()
    ends = (points[:cut], points[cut:])
    apart = np.vstack([plan.apply(*part) for part in zip(ends, tallies, strict=True)])
    for tally in tallies:
        parts.add(tally)
    assert np.array_equal(together, apart)
    assert plan.step(whole) == plan.step(parts)


def test_a_plan_can_be_sent_to_another_process() -> None:
    points = np.random.default_rng(4).uniform((-55693, -144463), (-29406, -121752), (40_000, 2))
    plan = steps(30170, bounds(points), shared_data("datum-grids"))
    sent: Plan = pickle.loads(pickle.dumps(plan))
    assert np.array_equal(sent.apply(points, tally := Tally()), plan.apply(points))
    assert tally.points == 40_000
    assert len(pickle.dumps(plan)) < 200_000
    assert pickle.loads(pickle.dumps(tally)) == tally


@pytest.mark.parametrize(
    "box", [NOWHERE, (-1.8e308, -1.8e308, 1.8e308, 1.8e308), (np.inf, np.inf, -np.inf, -np.inf)]
)
@pytest.mark.parametrize("epsg", [4301, 4612, 30170, 6678])
def test_a_file_without_a_place_or_with_an_impossible_one_still_has_a_way(
    epsg: int, box: tuple[float, float, float, float]
) -> None:
    plan = steps(epsg, box, shared_data("datum-grids"))
    strange = np.array([(np.nan, np.nan), (1.8e308, -1.8e308), (np.inf, 0)])
    found = plan.apply(strange, tally := Tally())
    assert not np.isfinite(found[[0, 2]]).all(axis=1).any()
    assert plan.apply(np.empty((0, 2))).shape == (0, 2)
    assert plan.step(tally).points == 3


def test_a_broken_grid_refuses_the_file_instead_of_being_left_out(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "TKY2JGD.tif").write_bytes(b"II*\0 cut off")
    with pytest.raises(FileRefused) as refusal:
        to_wgs(array((140.3, 38.76)), 4301, folder)
    assert refusal.value.code == "grid_unreadable"


# -- all over Japan ---------------------------------------------------------------------------


@cache
def land(kind: Kind) -> np.ndarray:
    """Return the south-west corners (degrees) of the meshes that GSI's grid knows wholly."""
    path = shared_data("datum-grids", f"{kind.name}.tif")
    whole = grids.window(path, kind, kind.box)
    rows, columns = np.nonzero(whole.cells.reshape(-1, whole.width - 1) == GIVEN)
    return np.column_stack([100 + (columns + whole.column) / 80, (rows + whole.row) / 120])


def somewhere(kind: Kind, data: st.DataObject, count: int = 3) -> np.ndarray:
    """Return places on land, each in another mesh of the country."""
    meshes = land(kind)
    drawn = data.draw(st.lists(st.integers(0, len(meshes) - 1), min_size=count, max_size=count))
    within = data.draw(st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)))
    return meshes[drawn] + np.array(within) / (80, 120)


@pytest.mark.long
@settings(deadline=None)
@given(st.data())
def test_on_land_the_parameters_are_never_worse_than_what_is_stated(data: st.DataObject) -> None:
    """Whatever part of Japan: Okinawa, Hokkaido, Ogasawara, the edges of what moved in 2011."""
    for place in somewhere(TOKYO, data):
        point = place[None, :]
        exact, with_grids = convert(point, 4301)
        rough, without = convert(point, 4301, exact=False)
        assert apart(exact, rough)[0] <= without.accuracy
        assert TOKYO.name in without.missing
        assert not with_grids.beyond
        assert TOKYO.name not in with_grids.carried


def test_the_second_shift_starts_where_the_first_has_led() -> None:
    """A single place in Tokyo Datum is 400 m outside its own bounds when the second one begins."""
    for place in np.random.default_rng(7).uniform(CITY[:2], CITY[2:], (50, 2)):
        alone, step = convert(place[None, :], 4301)
        among, _ = convert(np.vstack([place, CITY[:2], CITY[2:]]), 4301)
        assert np.array_equal(alone[0], among[0])
        assert (step.carried, step.beyond) == ({}, {})


@pytest.mark.long
@settings(deadline=None)
@given(st.data())
def test_on_land_leaving_the_earthquake_out_is_never_worse_than_what_is_stated(
    data: st.DataObject,
) -> None:
    for place in somewhere(MOVED, data):
        point = place[None, :]
        exact, with_grid = convert(point, 4612)
        _, without = convert(point, 4612, exact=False)
        assert apart(exact, point)[0] <= without.accuracy
        assert (MOVED.name in without.missing) == (without.accuracy > 1 or bool(without.missing))
        assert (with_grid.accuracy, with_grid.carried, with_grid.beyond) == (0.2, {}, {})


@settings(deadline=None)
@given(
    st.sampled_from([(140.0, 38.2), (137.8, 35.8), (142.5, 43.2), (130.8, 32.7)]),
    st.tuples(st.floats(0, 0.1), st.floats(0, 0.1)),
)
def test_the_way_there_leads_back_by_proj(
    corner: tuple[float, float], further: tuple[float, float]
) -> None:
    """Inland, where PROJ on its way back meets no zeros of the sea."""
    place = np.array(corner) + further
    found, step = convert(place[None, :], 4301)
    folder = shared_data("datum-grids")
    back = pyproj.Transformer.from_pipeline(
        step.pipeline.replace("+grids=", f"+grids={folder}/")
    ).transform(*found[0], direction="INVERSE")
    assert metres(Point(back), *place) < 1e-4


def measured(kind: Kind, way: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return corners of the grid, and by how many metres a way without the grid misses it."""
    path = shared_data("datum-grids", f"{kind.name}.tif")
    whole = grids.window(path, kind, kind.box)
    inside = land(kind) + 1e-9  # clear of the line between two meshes
    exact, found = whole.moved(inside)
    return inside[found == GIVEN], apart(way(inside), exact)[found == GIVEN]


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "table", "slack"), [(TOKYO, accuracy.TOKYO, 1.0), (MOVED, accuracy.MOVED, 0.11)]
)
def test_the_tables_of_accuracy_are_what_the_grids_say(
    kind: Kind, table: accuracy.Table, slack: float
) -> None:
    def way(points: np.ndarray) -> np.ndarray:
        if kind is MOVED:
            return points
        plan = steps(4301, NOWHERE)
        return Plan(4301, plan.shifts[:1]).apply(points)

    places, off = measured(kind, way)
    assert len(places) > 100_000
    stated = table.at(places)
    assert (off <= stated + 1e-6).all()
    # Not stated worse than it is, either: in each cell some place needs the figure.
    cells = np.floor(places / table.size).astype(int)
    _, of_cell = np.unique(cells, axis=0, return_inverse=True)
    worst = np.zeros(of_cell.max() + 1)
    np.maximum.at(worst, of_cell, off)
    loose = stated - worst[of_cell] > slack
    assert loose.mean() < 0.01  # corners that lie in one cell and count in the next
