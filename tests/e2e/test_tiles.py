"""Lines and areas from published tiles: drawn, asked about, listed, kept in the address."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from playwright.sync_api import Page, expect

from layers.models import Feature, Layer
from layers.publish import published
from tests.e2e.conftest import Town, Visitor
from tests.e2e.test_accessibility import violations
from tests.e2e.test_map import LISTED, tab_to
from tests.factories import baked, places

pytestmark = pytest.mark.e2e

Make = Callable[..., Visitor]

PIXEL = """
([longitude, latitude, dx, dy]) => {
  // The colour of the tiles' pictures where a place is: [red, green, blue, alpha].
  const [x, y] = window.placeOf(longitude, latitude);
  for (const picture of document.querySelectorAll("#map canvas.area-picture:not([hidden])")) {
    const box = picture.getBoundingClientRect();
    const [u, v] = [(x + dx - box.left) / box.width, (y + dy - box.top) / box.height];
    if (u < 0 || u >= 1 || v < 0 || v >= 1) continue;
    const copy = new OffscreenCanvas(picture.width, picture.height);
    const on = copy.getContext("2d");
    on.drawImage(picture, 0, 0);
    const [column, row] = [Math.floor(u * picture.width), Math.floor(v * picture.height)];
    const { data } = on.getImageData(column, row, 1, 1);
    if (data[3]) return [...data];
  }
  return [0, 0, 0, 0];
}
"""
PLACE_OF = """
  // Where a place is on the screen, by the address's own word of what the map shows.
  window.placeOf = (longitude, latitude) => {
    const [lat, lon, zoom] = new URLSearchParams(location.search).get("at").split(",").map(Number);
    const world = 256 * 2 ** zoom;
    const x = (value) => ((value + 180) / 360) * world;
    const mercator = (value) => Math.asinh(Math.tan((value * Math.PI) / 180));
    const y = (value) => (0.5 - mercator(value) / (2 * Math.PI)) * world;
    const map = document.querySelector("#map").getBoundingClientRect();
    return [
      map.left + map.width / 2 + x(longitude) - x(lon),
      map.top + map.height / 2 + y(latitude) - y(lat),
    ];
  };
"""


@pytest.fixture(autouse=True)
def _published_files(settings: Any, tmp_path: Path) -> None:
    settings.BAKE_DIR = tmp_path
    settings.ROOT_URLCONF = "tests.urls"


@pytest.fixture
def flood(town: Town) -> Layer:
    """The town's flooded areas and a line, published as tiles; two areas lie over each other."""
    x, y = site.CITY.start_longitude, site.CITY.start_latitude
    style = {
        "field": "rank",
        "classes": [
            {
                "value": "2",
                "title": {"ja": "0.5 m から 3 m", "en": "0.5 to 3 m"},
                "colour": "#ffd8c0",
            },
            {"value": "3", "title": {"ja": "3 m から 5 m", "en": "3 to 5 m"}, "colour": "#ffb7b7"},
        ],
    }
    Layer.objects.filter(pk=town.flood.pk).update(style=style)
    area = square(x + 0.006, y + 0.006, 0.008)
    places.feature(town.flood, "3", area, name="", properties={"rank": "3"})
    baked.publish(town.flood)
    return town.flood


def square(x: float, y: float, side: float) -> str:
    return f"POLYGON(({x} {y}, {x + side} {y}, {x + side} {y + side}, {x} {y + side}, {x} {y}))"


def river(flood: Layer) -> Feature:
    return flood.features.get(name="川ぞい")


def at(zoom: int, dx: float = 0.0, dy: float = 0.0) -> str:
    x, y = site.CITY.start_longitude + dx, site.CITY.start_latitude + dy
    return f"at={y:.5f},{x:.5f},{zoom}"


def start(dx: float, dy: float) -> tuple[float, float]:
    return site.CITY.start_longitude + dx, site.CITY.start_latitude + dy


def pixel(page: Page, dx: float, dy: float, right: int = 0, down: int = 0) -> list[int]:
    page.evaluate(PLACE_OF)
    found: list[int] = page.evaluate(PIXEL, [*start(dx, dy), right, down])
    return found


def wait_for_pixel(page: Page, dx: float, dy: float) -> None:
    page.evaluate(PLACE_OF)
    page.wait_for_function(f"(place) => ({PIXEL})(place)[3] > 0", arg=[*start(dx, dy), 0, 0])


def click_at(page: Page, dx: float, dy: float) -> None:
    page.evaluate(PLACE_OF)
    x, y = page.evaluate("([x, y]) => window.placeOf(x, y)", list(start(dx, dy)))
    page.mouse.click(x, y)


def test_areas_from_tiles_are_drawn_and_listed(flood: Layer, visitor: Make) -> None:
    guest = visitor()
    page = guest.open(f"/?layers=flood&{at(14, 0.005, 0.005)}")
    wait_for_pixel(page, 0.003, 0.003)
    assert pixel(page, -0.003, -0.003) == [0, 0, 0, 0]  # beside it nothing
    assert page.evaluate(LISTED) == sorted(
        [river(flood).pk, flood.features.get(key="3").pk]
    )  # and not the area around the corner
    expect(page.locator("#count")).to_have_text("地図に見えている 2 件")
    nameless = flood.features.get(key="3")
    link = page.locator(f'#places [data-feature="{nameless.pk}"] .place-name a')
    expect(link).to_have_text(f"浸水の区域 {nameless.pk}")
    expect(link).to_have_attribute("href", f"/features/{nameless.pk}/")
    expect(page.locator(f'#places [data-feature="{nameless.pk}"]')).to_contain_text("3 m から 5 m")
    assert guest.errors == []
    assert page.evaluate("window.violations") == []


def test_the_list_of_areas_is_what_is_drawn_wherever_one_goes(flood: Layer, visitor: Make) -> None:
    page = visitor().open(f"/?layers=flood&{at(14, 0.005, 0.005)}")
    corner = flood.features.get(name="山ぞい")
    for view, listed in (
        (at(18, 0.0135, 0.012), [flood.features.get(key="3")]),
        (at(15, 0.003, 0.003), None),
        (at(14, 0.5, 0.0), [corner]),
        (at(14, 0.2, 0.0), []),
        (at(9), [river(flood), flood.features.get(key="3"), corner]),
        (at(8), [river(flood), flood.features.get(key="3"), corner]),
    ):
        page.goto(page.url.split("?")[0] + f"?layers=flood&{view}")
        page.wait_for_selector("#map[data-ready]")
        if listed is not None:
            assert page.evaluate(LISTED) == sorted(each.pk for each in listed), view


def test_one_area_opens_by_a_click_and_several_are_named(flood: Layer, visitor: Make) -> None:
    page = visitor().open(f"/?layers=flood&{at(14, 0.005, 0.005)}")
    wait_for_pixel(page, 0.002, 0.002)
    click_at(page, 0.002, 0.002)
    popup = page.get_by_role("dialog", name="川ぞい")
    expect(popup).to_be_focused()
    expect(page.locator("#places .is-chosen")).to_contain_text("川ぞい")
    page.wait_for_url(re.compile(f"feature={river(flood).pk}"))
    page.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    page.wait_for_url(lambda url: "feature" not in url)
    click_at(page, 0.008, 0.008)
    crowd = page.get_by_role("dialog")
    expect(crowd.get_by_role("link")).to_have_count(2)
    expect(crowd).to_contain_text("川ぞい")
    expect(crowd).to_contain_text("3 m から 5 m")
    page.keyboard.press("Escape")
    click_at(page, -0.003, -0.003)
    page.wait_for_timeout(300)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_enter_tells_what_is_in_the_middle_of_the_map(flood: Layer, visitor: Make) -> None:
    page = visitor().open(f"/?layers=flood&{at(14, 0.002, 0.002)}")
    tab_to(page, "#map")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="川ぞい")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#map")).to_be_focused()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(300)
    page.keyboard.press("Enter")
    expect(page.locator('[data-message="here-none"]')).to_be_visible()


def test_a_line_is_met_within_a_fingers_width(town: Town, visitor: Make) -> None:
    x, y = start(0, 0)
    roads = places.layer(
        "roads", title={"ja": "道"}, kind="planning", geometry_type="line", key_column="番号"
    )
    places.feature(roads, "国道7", f"LINESTRING({x - 0.01} {y}, {x + 0.01} {y})", name="")
    baked.publish(roads)
    page = visitor().open(f"/?layers=roads&{at(15)}")
    wait_for_pixel(page, 0, 0)
    page.evaluate(PLACE_OF)
    left, top = page.evaluate("([x, y]) => window.placeOf(x, y)", [x, y])
    page.mouse.click(left, top + 16)
    page.wait_for_timeout(300)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.mouse.click(left, top + 8)
    expect(page.get_by_role("dialog", name="道 国道7")).to_be_visible()


def test_the_list_lights_an_area_and_shows_it_on_the_map(flood: Layer, visitor: Make) -> None:
    page = visitor().open(f"/?layers=flood&{at(13, 0.005, 0.005)}")
    wait_for_pixel(page, 0.003, 0.003)
    pictures = page.locator("#map canvas.area-picture:not([hidden])")
    before = pictures.count()
    entry = page.locator(f'#places [data-feature="{river(flood).pk}"]')
    entry.hover()
    expect(pictures).not_to_have_count(before)
    page.mouse.move(5, 5)
    expect(pictures).to_have_count(before)
    entry.get_by_role("button").click()
    expect(page.get_by_role("dialog", name="川ぞい")).to_be_visible()
    expect(pictures).not_to_have_count(before)


def test_pointing_at_an_area_lights_its_entry(flood: Layer, visitor: Make) -> None:
    page = visitor().open(f"/?layers=flood&{at(14, 0.005, 0.005)}")
    wait_for_pixel(page, 0.002, 0.002)
    entry = page.locator(f'#places [data-feature="{river(flood).pk}"]')
    x, y = page.evaluate("([x, y]) => window.placeOf(x, y)", list(start(0.002, 0.002)))
    page.mouse.move(x, y)
    expect(entry).to_have_class(re.compile("is-lit"))
    page.mouse.move(5, 5)
    expect(entry).not_to_have_class(re.compile("is-lit"))


@pytest.mark.parametrize("view", [f"&{at(15, 0.005, 0.005)}", ""], ids=["with", "without"])
def test_an_address_with_an_area_opens_it_with_or_without_a_position(
    flood: Layer, visitor: Make, view: str
) -> None:
    guest = visitor()
    page = guest.open(f"/en/?feature={river(flood).pk}{view}")
    expect(page.get_by_role("dialog", name="川ぞい")).to_be_visible()
    expect(page.get_by_role("checkbox", name=re.compile("Flooded"))).to_be_checked()
    expect(page.locator("#places .is-chosen a")).to_have_attribute(
        "href", f"/en/features/{river(flood).pk}/"
    )
    assert guest.errors == []


def test_nearer_than_the_tiles_go_they_are_drawn_from_the_last_ones(
    flood: Layer, visitor: Make
) -> None:
    guest = visitor()
    asked: list[str] = []
    guest.context.on("request", lambda request: asked.append(request.url))
    page = guest.open(f"/?layers=flood&{at(18, 0.002, 0.0)}")  # on the southern edge
    wait_for_pixel(page, 0.002, 0.0002)
    assert pixel(page, 0.002, -0.0002) == [0, 0, 0, 0]
    assert page.evaluate(LISTED) == [river(flood).pk]
    zooms = {match[1] for url in asked if (match := re.search(r"/tiles/(\d+)/", url))}
    assert zooms == {"12"}


def test_tiles_that_are_known_to_be_empty_are_not_asked_for(flood: Layer, visitor: Make) -> None:
    guest = visitor()
    asked: list[str] = []
    guest.context.on("request", lambda request: asked.append(request.url))
    guest.open(f"/?layers=flood&{at(14, 0.2, 0.0)}")
    assert not [url for url in asked if ".mvt" in url]
    guest.open(f"/?layers=flood&{at(14)}")
    assert [url for url in asked if ".mvt" in url]  # the control


def test_a_layer_published_anew_is_found_by_its_manifest(flood: Layer, visitor: Make) -> None:
    guest = visitor()
    page = guest.open(f"/?layers=flood&{at(14, 0.005, 0.005)}")
    wait_for_pixel(page, 0.003, 0.003)
    old = published.newest(flood, "map")
    assert old
    places.feature(flood, "new", square(*start(-0.012, 0.0), 0.008), name="新しい区域")
    baked.publish(flood)
    shutil.rmtree(published.folder(flood, old))
    for _ in range(2):  # farther away other tiles are needed: they are gone
        page.get_by_role("button", name="縮小").click()
        page.wait_for_timeout(300)
    expect(page.locator("#places").get_by_role("link", name="新しい区域")).to_be_visible()
    expect(page.locator("#places").get_by_role("link", name="川ぞい")).to_be_visible()
    wait_for_pixel(page, -0.008, 0.004)
    expect(page.get_by_text("読み込めなかった場所があります")).to_be_hidden()


def test_points_published_anew_are_found_too(town: Town, visitor: Make) -> None:
    baked.publish(town.facilities)
    old = baked.publish(town.sites)
    guest = visitor()
    page = guest.open("/")
    asked: list[str] = []
    guest.context.on("request", lambda request: asked.append(request.url))
    places.feature(town.sites, "new", start(0.001, 0.001), name="新しい公園")
    baked.publish(town.sites)
    shutil.rmtree(published.folder(town.sites, old))
    page.get_by_role("checkbox", name="指定緊急避難場所").check()
    expect(page.locator("#places").get_by_role("link", name="新しい公園")).to_be_visible()
    assert not [url for url in asked if "/api/" in url]


def test_a_page_that_was_out_of_sight_looks_whether_something_is_new(
    town: Town, visitor: Make
) -> None:
    baked.publish(town.facilities)
    guest = visitor()
    guest.context.clock.install()
    page = guest.open("/")
    places.feature(town.facilities, "new", start(0.002, 0.002), name="新しい会館")
    baked.publish(town.facilities)
    page.clock.fast_forward(60_000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(200)
    expect(page.get_by_role("link", name="新しい会館")).to_have_count(0)  # not yet
    page.clock.fast_forward(300_000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#places").get_by_role("link", name="新しい会館")).to_be_visible()


def test_a_tile_that_cannot_be_had_is_told_and_tried_again(flood: Layer, visitor: Make) -> None:
    guest = visitor()
    guest.context.route("**/*.mvt", lambda route: route.abort())
    page = guest.open(f"/?layers=flood&{at(14, 0.005, 0.005)}")
    expect(page.get_by_text("読み込めなかった場所があります")).to_be_visible()
    guest.context.unroute("**/*.mvt")
    page.get_by_role("button", name="もう一度読み込む").last.click()
    wait_for_pixel(page, 0.003, 0.003)
    expect(page.locator("#places").get_by_role("link", name="川ぞい")).to_be_visible()
    expect(page.get_by_text("読み込めなかった場所があります")).to_be_hidden()


@pytest.mark.parametrize("has_manifest", [True, False])
def test_a_missing_tile_is_an_empty_one_only_if_the_manifest_says_so(
    flood: Layer, visitor: Make, has_manifest: bool
) -> None:
    guest = visitor()
    guest.context.route("**/*.mvt", lambda route: route.fulfill(status=404))
    if not has_manifest:
        guest.context.route("**/manifest.json", lambda route: route.abort())
    page = guest.open(f"/?layers=flood&{at(14, 0.005, 0.005)}")
    told = page.get_by_text("読み込めなかった場所があります")
    expect(told).to_be_hidden() if has_manifest else expect(told).to_be_visible()
    assert page.evaluate(LISTED) == []


def test_too_many_areas_are_drawn_and_the_list_says_so(town: Town, visitor: Make) -> None:
    many = places.layer(
        "many", title={"ja": "こまかい区域"}, kind="hazard", geometry_type="polygon"
    )
    places.grid(many, *start(-0.02, -0.02), columns=50, rows=42, side=0.0008)
    baked.publish(many)
    page = visitor().open(f"/?layers=many&{at(14)}")
    expect(page.locator("#many")).to_contain_text("こまかい区域")
    expect(page.locator("#count")).to_contain_text("2,000")
    assert page.evaluate(LISTED) == []
    assert violations(page) == []
    for _ in range(2):
        page.locator("#many").get_by_role("button").click()
        page.wait_for_timeout(400)
        if not page.locator("#many button").count():
            break
    expect(page.locator("#many")).to_be_empty()
    expect(page.locator("#count")).to_be_focused()
    assert page.evaluate(LISTED)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(360, 740), (1440, 900)], ids=["phone", "desk"])
def test_axe_finds_nothing_on_a_map_with_areas(
    flood: Layer, visitor: Make, size: tuple[int, int], scheme: str
) -> None:
    guest = visitor(*size, color_scheme=scheme)
    page = guest.open(f"/?layers=flood&feature={river(flood).pk}&{at(14, 0.005, 0.005)}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page = guest.open(f"/?layers=flood&{at(14, 0.008, 0.008)}")
    click_at(page, 0.008, 0.008)
    expect(page.get_by_role("dialog").get_by_role("link")).to_have_count(2)
    assert violations(page) == []
    assert page.evaluate("window.violations") == []


def test_colours_follow_the_readers_choice(flood: Layer, visitor: Make) -> None:
    page = visitor().open(f"/?layers=flood&{at(14, 0.005, 0.005)}")
    wait_for_pixel(page, 0.003, 0.003)
    edge = (0.0, 0.003)
    light = pixel(page, *edge)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        f"([place, light]) => ({PIXEL})(place).join() !== light",
        arg=[[*start(*edge), 0, 0], ",".join(map(str, light))],
    )
    page.emulate_media(color_scheme="light", forced_colors="active")
    page.wait_for_function(
        f"(place) => /^0,0,0,[1-9]/.test(({PIXEL})(place).join())", arg=[*start(*edge), 0, 0]
    )
