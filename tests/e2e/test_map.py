"""The front page in a browser: list and map are one, by keyboard as by mouse."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Town, Visitor

pytestmark = pytest.mark.e2e

Make = Callable[..., Visitor]

DRAWN = """
() => {
  const map = document.querySelector("#map").getBoundingClientRect();
  const ids = [];
  for (const marker of document.querySelectorAll("#map .marker")) {
    const box = marker.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const inside = x >= map.left && x <= map.right && y >= map.top && y <= map.bottom;
    if (inside) ids.push(...marker.dataset.features.split(" ").map(Number));
  }
  for (const path of document.querySelectorAll("#map path[data-feature]")) {
    // Painted anywhere in the map's rectangle? Asked of the drawing, not of the list's code.
    const point = path.ownerSVGElement.createSVGPoint();
    const matrix = path.getScreenCTM().inverse();
    let seen = false;
    for (let x = map.left + 1; x < map.right && !seen; x += 16)
      for (let y = map.top + 1; y < map.bottom && !seen; y += 16) {
        [point.x, point.y] = [x, y];
        seen = path.isPointInFill(point.matrixTransform(matrix));
      }
    if (seen) ids.push(Number(path.dataset.feature));
  }
  return ids.sort((a, b) => a - b);
}
"""
LISTED = """
() => [...document.querySelectorAll("#places [data-feature]")]
  .map((entry) => Number(entry.dataset.feature)).sort((a, b) => a - b)
"""


def tab_to(page: Page, selector: str, limit: int = 80) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
    raise AssertionError(f"{selector} was not reached in {limit} tabs")


def test_a_layer_is_switched_on_and_a_place_opened_by_keyboard_alone(
    town: Town, visitor: Make
) -> None:
    page = visitor().open("/")
    expect(page.locator("#places").get_by_role("link", name="北公園")).to_have_count(0)
    tab_to(page, 'input[value="sites"]')
    page.keyboard.press("Space")
    expect(page.locator("#places").get_by_role("link", name="北公園")).to_be_visible()
    tab_to(page, f'#places a[href="/features/{town.park.pk}/"]')
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/features/{town.park.pk}/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("北公園")


def test_the_list_is_what_the_map_shows(town: Town, visitor: Make) -> None:
    page = visitor().open("/?layers=facilities,sites,flood")
    everything = page.evaluate(LISTED)
    assert everything == page.evaluate(DRAWN)
    assert len(everything) == 7  # neither the far cabin nor the area around the corner
    for name in ("拡大", "拡大", "縮小"):
        page.get_by_role("button", name=name).click()
        page.wait_for_timeout(300)
        assert page.evaluate(LISTED) == page.evaluate(DRAWN)
    page.locator("#map").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(300)  # Leaflet moves once for keys that come faster
    assert page.evaluate(LISTED) == page.evaluate(DRAWN)
    assert page.evaluate(LISTED) != everything


def test_the_comparison_of_list_and_map_sees_a_difference(town: Town, visitor: Make) -> None:
    """The negative control."""
    page = visitor().open("/?layers=facilities,flood")
    assert page.evaluate(LISTED) == page.evaluate(DRAWN)
    page.evaluate("document.querySelector('#map .marker').remove()")
    assert page.evaluate(LISTED) != page.evaluate(DRAWN)
    page.reload()
    page.wait_for_selector("#map[data-ready]")
    river = town.flood.features.get(name="川ぞい")
    page.evaluate(f"document.querySelector('#map path[data-feature=\"{river.pk}\"]').remove()")
    assert page.evaluate(LISTED) != page.evaluate(DRAWN)


def test_the_list_is_in_the_order_of_layers_then_of_readings(town: Town, visitor: Make) -> None:
    page = visitor().open("/?layers=facilities,sites")
    names = page.locator("#places .place-name a").all_inner_texts()
    assert names[0] == "中央会館"  # チュウオウカイカン: kana before what has no reading
    assert set(names[-2:]) == {"北公園", "校庭"}


def test_the_count_is_announced(town: Town, visitor: Make) -> None:
    page = visitor().open("/")
    status = page.locator("#count")
    expect(status).to_have_attribute("role", "status")
    expect(status).to_have_text("地図に見えている 4 件")
    page.get_by_role("checkbox", name="公共施設").uncheck()
    expect(status).to_have_text("地図に出すものを選んでください。")


def test_a_layer_that_is_elsewhere_says_so_and_can_be_reached(town: Town, visitor: Make) -> None:
    page = visitor().open(f"/?at={town.far.geom.y - 0.1},{town.far.geom.x},15")
    expect(page.locator("#away")).to_contain_text("公共施設")
    page.get_by_role("button", name="全体を見る").click()
    expect(page.locator("#count")).to_have_text("地図に見えている 5 件")
    assert page.evaluate(LISTED) == page.evaluate(DRAWN)


def test_escape_closes_the_popup_and_brings_the_focus_back(town: Town, visitor: Make) -> None:
    page = visitor().open("/")
    button = page.locator(f'#places [data-feature="{town.hall.pk}"] button')
    button.focus()
    page.keyboard.press("Enter")
    popup = page.get_by_role("dialog", name="中央会館")
    expect(popup).to_be_focused()
    page.keyboard.press("Tab")
    expect(popup.get_by_role("link")).to_be_focused()
    page.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    expect(button).to_be_focused()

    marker = page.locator(f'#map [data-features="{town.hall.pk}"]')
    marker.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="中央会館")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(f'#map [data-features="{town.hall.pk}"]')).to_be_focused()


def test_a_group_tells_what_it_holds_and_opens_by_keyboard(town: Town, visitor: Make) -> None:
    page = visitor().open("/")
    group = page.locator("#map .cluster")
    expect(group).to_have_accessible_name("2 件：公共施設 2")
    group.focus()
    page.keyboard.press("Enter")  # both are at one spot: no zoom parts them
    crowd = page.get_by_role("dialog")
    expect(crowd.get_by_role("link")).to_have_text(["西会館", "西図書室"])
    page.keyboard.press("Escape")
    expect(page.locator("#map .cluster")).to_be_focused()


def test_pointing_at_an_entry_lights_its_marker_and_the_other_way(
    town: Town, visitor: Make
) -> None:
    page = visitor().open("/")
    entry = page.locator(f'#places [data-feature="{town.hall.pk}"]')
    marker = page.locator(f'#map [data-features="{town.hall.pk}"]')
    entry.hover()
    expect(marker).to_have_class(re.compile("is-lit"))
    marker.hover()
    expect(entry).to_have_class(re.compile("is-lit"))
    page.mouse.move(10, 10)
    expect(entry).not_to_have_class(re.compile("is-lit"))


def test_the_address_holds_what_the_map_shows(town: Town, visitor: Make) -> None:
    guest = visitor()
    page = guest.open("/")
    assert "?" not in page.url
    page.get_by_role("checkbox", name="指定緊急避難場所").check()
    page.get_by_role("button", name="拡大").click()
    page.locator(f'#places [data-feature="{town.park.pk}"] button').click()
    page.locator("summary", has_text="背景").click()
    page.locator('input[name="base"]').nth(1).check()
    page.wait_for_url(re.compile(rf"at=.*layers=facilities,sites.*base=.*feature={town.park.pk}"))
    before = (page.evaluate(LISTED), page.evaluate(DRAWN))
    english = page.get_by_role("link", name="English").get_attribute("href")
    assert english is not None
    assert f"feature={town.park.pk}" in english

    again = guest.open(page.url.removeprefix(guest.server))
    assert (again.evaluate(LISTED), again.evaluate(DRAWN)) == before
    expect(again.get_by_role("dialog", name="北公園")).to_be_visible()
    expect(again.get_by_role("checkbox", name="指定緊急避難場所")).to_be_checked()
    assert again.locator('input[name="base"]').nth(1).is_checked()
    assert again.url == page.url


def test_when_no_tile_comes_the_page_says_so_and_shows_the_rest(town: Town, visitor: Make) -> None:
    page = visitor().open("/")
    message = page.locator('.map-message[role="status"]')
    expect(message).to_contain_text("背景の地図を読み込めません")
    expect(page.locator("#map path.city-edge").first).to_be_visible()
    assert page.evaluate(DRAWN)
    page.get_by_role("button", name="もう一度読み込む").click()
    expect(message).to_contain_text("背景の地図を読み込めません")  # tried, and failed again
    page.get_by_role("button", name="閉じる").click()
    expect(message.get_by_text("背景の地図")).to_be_hidden()


def test_when_tiles_come_nothing_is_said(town: Town, visitor: Make) -> None:
    """The other half: the sentence tells of a failure, not of the test's browser."""
    guest = visitor()
    pixel = guest.server + "/static/dist/empty.png"
    body = guest.context.request.get(pixel).body()
    guest.context.route(
        re.compile(r"\d+/\d+/\d+\.(png|jpg)$"),
        lambda route: route.fulfill(body=body, content_type="image/png"),
    )
    page = guest.open("/")
    page.wait_for_selector("img.leaflet-tile-loaded")
    expect(page.get_by_text("背景の地図を読み込めません")).to_be_hidden()


def test_a_place_that_cannot_be_loaded_is_told_and_tried_again(town: Town, visitor: Make) -> None:
    guest = visitor()
    page = guest.open("/")
    guest.context.route("**/layers/sites/features*", lambda route: route.abort())
    page.get_by_role("checkbox", name="指定緊急避難場所").check()
    expect(page.get_by_text("読み込めなかった場所があります")).to_be_visible()
    guest.context.unroute("**/layers/sites/features*")
    page.get_by_role("button", name="もう一度読み込む").last.click()
    expect(page.locator("#places").get_by_role("link", name="北公園")).to_be_visible()


def test_refusing_to_tell_where_one_is_gets_a_sentence(town: Town, visitor: Make) -> None:
    page = visitor(permissions=[]).open("/")
    page.evaluate(
        "() => {navigator.geolocation.getCurrentPosition = (_, fail) =>"
        " fail({code: 1, PERMISSION_DENIED: 1})}"
    )
    page.get_by_role("button", name="現在地").click()
    expect(page.get_by_text("現在地の利用が許可されていません")).to_be_visible()


def test_where_one_is_can_be_shown(town: Town, visitor: Make) -> None:
    here = {"latitude": town.hall.geom.y, "longitude": town.hall.geom.x, "accuracy": 30}
    page = visitor(permissions=["geolocation"], geolocation=here).open("/")
    page.get_by_role("button", name="現在地").click()
    expect(page.get_by_text("青い点が現在地です")).to_be_visible()
    expect(page.locator("#map .me")).to_be_visible()


def test_on_a_phone_the_list_comes_over_the_map_by_a_button(town: Town, visitor: Make) -> None:
    page = visitor(360, 740).open("/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    button = page.get_by_role("button", name="一覧を広げる")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    back = page.get_by_role("button", name="地図にもどる")
    expect(back).to_have_attribute("aria-expanded", "true")
    assert page.evaluate("document.querySelector('h1').getBoundingClientRect().top") < 120
    assert page.evaluate(LISTED) == page.evaluate(DRAWN)
    back.click()
    expect(page.get_by_role("button", name="一覧を広げる")).to_be_visible()
