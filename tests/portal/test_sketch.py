"""The map drawn by the server."""

import re
from xml.etree import ElementTree

import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis_portal.portal.sketch import Frame, Mark, sketch

CITY = shapely.box(140.2, 38.6, 140.4, 38.9)
FRAME = Frame.around(CITY.bounds, 400, 300)
TILES = "https://tiles.example/{z}/{x}/{y}.png"


def drawn(*marks: Mark, frame: Frame = FRAME, tiles: str | None = None) -> ElementTree.Element:
    text = sketch(frame, CITY, marks, label='A "map" & more', symbols="/s.svg", tiles=tiles)
    assert "style=" not in text  # the security policy would refuse it
    return ElementTree.fromstring(text.replace('alt="">', 'alt=""/>'))


def point(x: float, y: float, **facts: object) -> Mark:
    return Mark("shelter", shapely.Point(x, y), **facts)  # type: ignore[arg-type]


def test_it_is_one_picture_with_a_name() -> None:
    svg = drawn()
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == 'A "map" & more'


def test_a_box_lies_inside_its_frame_with_a_margin_around() -> None:
    west, south, east, north = CITY.bounds
    left, bottom = FRAME.point(west, south)
    right, top = FRAME.point(east, north)
    assert min(left, top) >= 23.9
    assert right <= 376.1
    assert bottom <= 276.1
    assert abs((top + bottom) / 2 - 150) < 1


@given(st.floats(-179, 179), st.floats(-80, 80), st.integers(0, 18))
def test_the_centre_of_a_frame_is_in_its_middle(x: float, y: float, zoom: int) -> None:
    across, down = Frame.centred(y, x, zoom, 400, 300).point(x, y)
    assert abs(across - 200) < 0.01
    assert abs(down - 150) < 0.01


def test_tiles_cover_the_frame_at_a_whole_zoom() -> None:
    frame = Frame.around((140.299, 38.759, 140.301, 38.761), 400, 300, whole_zoom=True)
    assert frame.zoom == int(frame.zoom)
    places = [(left, top) for *_, left, top in frame.tiles()]
    assert min(left for left, _ in places) <= 0
    assert max(left for left, _ in places) + 256 >= 400
    assert min(top for _, top in places) <= 0
    assert max(top for _, top in places) + 256 >= 300
    images = drawn(frame=frame, tiles=TILES).findall(".//img")
    assert len(images) == len(places)
    assert all(re.search(r"/\d+/\d+/\d+\.png$", image.get("src", "")) for image in images)


def test_places_are_symbols_of_their_kind_and_those_at_one_spot_are_drawn_once() -> None:
    svg = drawn(point(140.3, 38.7), point(140.3, 38.7), point(140.25, 38.8), point(10, 10))
    symbols = svg.findall(".//use")
    assert [symbol.get("href") for symbol in symbols] == ["/s.svg#shelter"] * 2
    assert {symbol.get("class") for symbol in symbols} == {"kind-shelter"}


def test_numbers_at_one_spot_stand_together_and_none_hides_the_chosen_place() -> None:
    svg = drawn(
        point(140.3, 38.7, chosen=True),
        point(140.3, 38.7, number=1),
        point(140.25, 38.8, number=2),
        point(140.25, 38.8, number=3),
        point(140.35, 38.8, number=4),
    )
    assert [text.text for text in svg.findall(".//text")] == ["2–3", "4"]


def test_areas_and_lines_are_paths_and_hazards_are_hatched() -> None:
    area = shapely.box(140.25, 38.7, 140.3, 38.75)
    line = shapely.LineString([(140.25, 38.7), (140.3, 38.75)])
    svg = drawn(Mark("hazard", area), Mark("planning", line), Mark("planning", area))
    hazard, street, zone = svg.findall("path")[1:]
    assert hazard.get("fill") == "url(#hatch)"
    assert street.get("class") == "sketch-line kind-planning"
    assert (zone.get("class"), zone.get("fill")) == ("sketch-area kind-planning", None)
    assert hazard.get("d", "").endswith("Z")
    assert not street.get("d", "").endswith("Z")


def test_what_lies_outside_leaves_no_broken_path() -> None:
    far = Mark("hazard", shapely.box(10, 10, 11, 11))
    assert drawn(far).findall("path")[1].get("d") == ""
