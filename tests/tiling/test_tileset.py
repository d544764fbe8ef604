"""Vector tiles: what a reader of somebody else's finds in ours."""

from io import BytesIO
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from layers.tiling.grid import BUFFER, EXTENT, MOST_LATITUDE, Tile, tile_box, tile_range, world
from layers.tiling.tileset import LINE, POINT, POLYGON, Batch, Tileset

SHINJO = (140.30, 38.76)


def square(x: float, y: float, side: float) -> Any:
    return shapely.box(x, y, x + side, y + side)


def made(
    geometries: list[Any],
    properties: dict[str, list[Any]] | None = None,
    *,
    zooms: tuple[int, ...] = (14,),
    kind: int = POLYGON,
    keep_all: bool = True,
    batches: int = 1,
    **options: Any,
) -> dict[Tile, bytes]:
    aside = options.pop("aside", BytesIO())
    tiles = Tileset(
        "areas", kind, zooms, aside, last_zoom=options.pop("last_zoom", 15), keep_all=keep_all,
        **options,
    )  # fmt: skip
    ids = np.arange(1, len(geometries) + 1)
    given = properties or {"name": [f"n{number}" for number in ids]}
    for part in np.array_split(np.arange(len(geometries)), batches):
        tiles.add(
            Batch(
                ids[part],
                np.array(geometries, object)[part],
                {key: [values[at] for at in part] for key, values in given.items()},
            )
        )
    return {tile: b"".join(pieces) for tile, pieces in tiles.tiles()}


def decoded(content: bytes) -> dict[int, dict[str, Any]]:
    layer = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})["areas"]
    assert layer["extent"] == EXTENT
    assert layer["version"] == 2
    return {feature["id"]: feature for feature in layer["features"]}


def in_units(geometry: Any, tile: Tile) -> Any:
    """The geometry in a tile's units, clipped to the tile and its buffer."""
    moved = shapely.transform(
        geometry, lambda p: world(p) * EXTENT * 2.0**tile.z - np.array([tile.x, tile.y]) * EXTENT
    )
    return shapely.intersection(
        moved, shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    )


def test_a_square_is_found_where_it_is_with_its_name() -> None:
    area = square(*SHINJO, 0.001)
    found = made([area], {"name": ["新庄"], "rank": [3], "depth": [0.5], "wet": [True]})
    (tile,) = found
    assert tile in list(tile_range(area.bounds, 14))
    feature = decoded(found[tile])[1]
    assert feature["properties"] == {"name": "新庄", "rank": 3, "depth": 0.5, "wet": True}
    drawn, true = shape(feature["geometry"]), in_units(area, tile)
    assert drawn.symmetric_difference(true).area <= true.length


def test_every_tile_of_the_range_holds_its_part_of_a_large_area_and_no_other_does() -> None:
    area = shapely.Point(*SHINJO).buffer(0.2, 200)
    found = made([area], zooms=(8, 11, 13))
    for z in (8, 11, 13):
        for tile in tile_range(area.bounds, z):
            true = in_units(area, tile)
            if tile in found:
                drawn = shape(decoded(found[tile])[1]["geometry"])
                assert drawn.symmetric_difference(true).area <= 6 * true.length + 16
            else:
                assert true.area < 1


def test_a_hole_stays_a_hole_and_rings_turn_as_the_specification_says() -> None:
    area = shapely.Polygon(
        square(*SHINJO, 0.004).exterior.coords,
        [square(SHINJO[0] + 0.001, SHINJO[1] + 0.001, 0.001).exterior.coords],
    )
    for turned in (area, area.reverse()):
        found = made([turned], zooms=(15,))
        for tile, content in found.items():
            drawn = shape(decoded(content)[1]["geometry"])
            true = in_units(area, tile)
            assert drawn.is_valid
            assert abs(drawn.area - true.area) <= true.length


def test_lines_are_cut_and_joined_again_without_a_gap() -> None:
    line = shapely.LineString([(140.2, 38.7), (140.3, 38.8), (140.4, 38.75)])
    found = made([line], zooms=(13,), kind=LINE)
    length = 0.0
    for content in found.values():
        drawn = shape(decoded(content)[1]["geometry"])
        length += drawn.intersection(shapely.box(0, 0, EXTENT, EXTENT)).length
    whole = shapely.transform(line, lambda p: world(p) * EXTENT * 2.0**13).length
    assert length == pytest.approx(whole, rel=0.001)


def test_nothing_of_a_safety_layer_is_left_out_however_small() -> None:
    rng = np.random.default_rng(1)
    places = rng.uniform((140.2, 38.7), (140.4, 38.8), (300, 2))
    areas = [square(x, y, 1e-5) for x, y in places]
    for zoom in (8, 10, 15):
        found = made(areas, zooms=(zoom,))
        shown = set().union(*(decoded(content).keys() for content in found.values()))
        assert shown == set(range(1, 301)), zoom
    few = made(areas, zooms=(8,), keep_all=False)
    assert few == {}  # the control: elsewhere what is smaller than a pixel is left out


def test_what_is_larger_than_a_pixel_is_never_left_out() -> None:
    areas = [square(*SHINJO, side) for side in (0.0001, 0.001, 0.01, 0.1)]
    shown = {
        zoom: set().union(
            *(decoded(c) for c in made(areas, zooms=(zoom,), keep_all=False).values())
        )
        for zoom in (8, 12, 15)
    }
    assert shown[8] == {3, 4}
    assert shown[12] == {2, 3, 4}
    assert shown[15] == {1, 2, 3, 4}


@pytest.mark.parametrize("shared", [(), ("rank",), ("name", "rank")])
def test_how_features_fall_into_batches_changes_no_byte(
    monkeypatch: Any, shared: tuple[str, ...]
) -> None:
    rng = np.random.default_rng(2)
    places = rng.uniform((140.2, 38.7), (140.3, 38.8), (400, 2))
    areas = [square(x, y, 0.002) for x, y in places]
    names = {"name": [f"{number % 150}" for number in range(400)], "rank": [1, None] * 200}
    monkeypatch.setattr("layers.tiling.tileset.MOST_SHARED", 40)
    whole = made(areas, names, zooms=(10, 13), shared=shared)
    monkeypatch.setattr("layers.tiling.tileset.HELD", 2000)
    aside = BytesIO()
    again = made(areas, names, zooms=(10, 13), batches=37, shared=shared, aside=aside)
    assert again == whole
    assert aside.getvalue(), "nothing was put aside"
    for content in whole.values():
        for number, feature in decoded(content).items():
            assert feature["properties"]["name"] == f"{(number - 1) % 150}"
            assert feature["properties"].get("rank") == (1 if number % 2 else None)


def test_only_the_wanted_tiles_are_made_and_they_are_the_same() -> None:
    areas = [square(140.2 + 0.01 * number, 38.7, 0.009) for number in range(20)]
    whole = made(areas)
    some = sorted(whole)[3:5]
    part = made(areas, wanted={14: {(tile.x, tile.y) for tile in some}})
    assert part == {tile: whole[tile] for tile in some}


def test_two_islands_far_apart_do_not_fill_the_sea_between() -> None:
    islands = shapely.MultiPolygon([square(122.9, 24.4, 0.01), square(145.8, 43.3, 0.01)])
    found = made([islands], zooms=(15,))
    assert 2 <= len(found) <= 12


def test_a_tile_s_box_and_range_agree() -> None:
    for tile in (Tile(15, 29153, 12531), Tile(8, 227, 98), Tile(0, 0, 0)):
        west, south, east, north = tile_box(tile, buffered=False)
        inner = (west + 1e-9, south + 1e-9, east - 1e-9, north - 1e-9)
        assert tile in list(tile_range(inner, tile.z))
        outer = tile_box(tile)
        if tile.z:
            assert len(tile_range(outer, tile.z)) == 9


def test_the_poles_are_put_on_the_edge() -> None:
    edge = world(np.array([(0.0, 90.0), (0.0, -90.0), (0.0, MOST_LATITUDE)]))
    assert edge[:, 1].tolist() == pytest.approx([0, 1, 0], abs=1e-9)


def test_nothing_in_gives_nothing_out() -> None:
    assert made([]) == {}
    assert made([shapely.Polygon()]) == {}


def test_each_point_is_once_in_each_zoom_where_it_stands() -> None:
    rng = np.random.default_rng(3)
    points = [shapely.Point(x, y) for x, y in rng.uniform((140.1, 38.6), (140.5, 38.9), (300, 2))]
    points.append(shapely.MultiPoint([(140.2, 38.7), (140.2001, 38.7001), (140.45, 38.85)]))
    points.append(shapely.Point())
    for zoom in (8, 12, 15):
        found = made(points, zooms=(zoom,), kind=POINT, keep_all=False, batches=3)
        shown: dict[int, list[Any]] = {}
        for tile, content in found.items():
            for number, feature in decoded(content).items():
                geometry = shape(feature["geometry"])
                side = EXTENT * 2.0**tile.z
                at = (shapely.get_coordinates(geometry) + 0.5 + np.array(tile[1:]) * EXTENT) / side
                shown.setdefault(number, []).extend(at.tolist())
                assert feature["properties"] == {"name": f"n{number}"}
        assert sorted(shown) == list(range(1, 302))
        for number, places in shown.items():
            true = world(shapely.get_coordinates(points[number - 1]))
            assert len(places) == len(true)
            assert np.allclose(np.sort(places, axis=0), np.sort(true, axis=0), atol=0.51 / side)


def test_points_of_wanted_tiles_are_those_of_all() -> None:
    points = [shapely.Point(140.1 + 0.01 * number, 38.7) for number in range(30)]
    whole = made(points, kind=POINT)
    some = sorted(whole)[1:3]
    part = made(points, kind=POINT, wanted={14: {(tile.x, tile.y) for tile in some}})
    assert part == {tile: whole[tile] for tile in some}


coordinate = st.tuples(st.floats(140.2, 140.4), st.floats(38.7, 38.8))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(coordinate, min_size=3, max_size=12), min_size=1, max_size=6),
       st.integers(8, 15))  # fmt: skip
def test_any_valid_area_is_drawn_as_it_is(rings: Any, zoom: int) -> None:
    """In each tile the drawn area differs from the true one by a thin seam along its edge."""
    areas = [shapely.make_valid(shapely.Polygon(ring)) for ring in rings]
    areas = [area for area in areas if area.geom_type in ("Polygon", "MultiPolygon")]
    found = made(areas, zooms=(zoom,), last_zoom=zoom, keep_all=False)
    for tile, content in found.items():
        for number, feature in decoded(content).items():
            drawn = shapely.make_valid(shape(feature["geometry"]))
            true = in_units(areas[number - 1], tile)
            assert drawn.symmetric_difference(true).area <= true.length + 8
