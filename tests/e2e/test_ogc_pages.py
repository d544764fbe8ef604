"""The OGC API's pages for people: axe finds nothing, they fit a phone, and need no script."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Town
from tests.e2e.test_accessibility import Make, violations

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("size", [(360, 740), (1440, 900)], ids=["phone", "desk"])
def test_axe_finds_nothing_on_the_api_s_pages(
    town: Town, visitor: Make, language: str, size: tuple[int, int]
) -> None:
    guest = visitor(*size, color_scheme="dark" if language == "en" else "light")
    for path in (
        "",
        "conformance",
        "api",
        "collections",
        "collections/facilities",
        "collections/facilities/queryables",
        "collections/facilities/items",
        f"collections/facilities/items/{town.hall.pk}",
        "tileMatrixSets",
        "tileMatrixSets/WebMercatorQuad",
        "collections/none",
    ):
        page = guest.open(f"/ogc/{path}?lang={language}")
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        expect(page.locator("h1")).to_have_count(1)
        page.close()


def test_one_gets_from_the_start_to_a_place_s_page_without_a_script(
    town: Town, visitor: Make
) -> None:
    page = visitor(java_script_enabled=False).open("/ogc/?lang=en")
    page.locator("main a[href*='/collections']").click()
    page.get_by_role("link", name="Public facilities").click()
    page.locator("a.button[href*='/items']").click()
    page.get_by_role("link", name="Library", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Library")
    assert page.url.endswith(f"/en/features/{town.facilities.features.get(key='library').pk}/")
