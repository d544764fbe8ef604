"""One page serves every address: the script reads it as the server does."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Town, Visitor

pytestmark = pytest.mark.e2e

Make = Callable[..., Visitor]

CHECKED = """
() => [...document.querySelectorAll("#layers input:checked, input[name=base]:checked")]
  .map(({value}) => value)
"""
QUERIES = [
    "",
    "?layers=",
    "?layers=sites,flood",
    "?layers=sites&layers=facilities,nope",
    "?base=BASE&layers=",
    "?base=nope",
    "?feature=x&at=1,2",
    "?feature=-1&layers=flood&at=%EF%BC%91,,",
]


@pytest.fixture
def one_page(visitor: Make) -> Iterator[Callable[[str], Page]]:
    """Return a function that opens an address with what `/` answers: as from a file."""
    guest = visitor()

    def plain(route: Route) -> None:
        if route.request.resource_type == "document":
            route.fulfill(response=guest.context.request.get(guest.server + "/"))
        else:
            route.fallback()

    guest.context.route("**/*", plain)
    yield guest.open
    assert guest.errors == []


@pytest.mark.parametrize("query", QUERIES)
def test_the_script_reads_an_address_as_the_server_does(
    town: Town, visitor: Make, one_page: Callable[[str], Page], query: str
) -> None:
    query = query.replace("BASE", settings.CITY.base_maps[-1].id)
    served = visitor(java_script_enabled=False).open(f"/{query}")
    assert one_page(f"/{query}").evaluate(CHECKED) == served.evaluate(CHECKED)


def test_a_position_is_read_where_it_is_one(town: Town, one_page: Callable[[str], Page]) -> None:
    city = settings.CITY
    usual = (city.start_latitude, city.start_longitude, city.start_zoom)
    for text, position in {
        "38.5,140.2,15": (38.5, 140.2, 15),
        " 38.5 ,%2B140.2,15.9": (38.5, 140.2, 15),
        "3.85e1,140.2,12": (38.5, 140.2, 12),
        "38.5,140.2": usual,
        "38.5,140.2,23": usual,
        "86,140.2,15": usual,
        "nan,140.2,15": usual,
        "0x10,140.2,15": usual,
        ",,": usual,
    }.items():
        page = one_page(f"/?layers=sites&at={text}")
        page.get_by_role("checkbox", name="浸水").check()  # writes the address
        page.wait_for_url(lambda url: "layers=sites,flood" in url)
        written = page.url.split("at=")[1].split("&")[0].split(",")
        # Leaflet keeps the middle to the pixel.
        assert [float(part) for part in written] == pytest.approx(position, abs=0.0005), text
        page.close()


def test_a_page_from_a_file_shows_what_another_address_asks_for(
    town: Town, one_page: Callable[[str], Page]
) -> None:
    x, y = settings.CITY.start_longitude, settings.CITY.start_latitude
    page = one_page(f"/?layers=sites,flood&at={y - 0.006},{x + 0.004},15")
    expect(page.locator("#places")).to_contain_text("北公園")
    expect(page.locator("#places")).not_to_contain_text("中央会館")
    english = page.get_by_role("link", name="English").get_attribute("href")
    assert english is not None
    assert "layers=sites" in english


def test_a_place_of_a_layer_that_is_not_shown_brings_its_layer(
    town: Town, one_page: Callable[[str], Page]
) -> None:
    page = one_page(f"/?feature={town.park.pk}")
    expect(page.get_by_role("dialog", name="北公園")).to_be_visible()
    expect(page.get_by_role("checkbox", name="指定緊急避難場所")).to_be_checked()
    expect(page.locator("#places .is-chosen")).to_contain_text("北公園")
