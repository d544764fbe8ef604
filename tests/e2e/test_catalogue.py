"""The catalogue in a browser: found from any page, readable by everybody, and files that arrive."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Town, Visitor
from tests.e2e.test_accessibility import PREFIXES, violations
from tests.portal.test_catalogue import publish

pytestmark = pytest.mark.e2e

Make = Callable[..., Visitor]


@pytest.fixture(autouse=True)
def _own_tree(settings: Any, tmp_path: Path) -> None:
    settings.BAKE_DIR = tmp_path / "bake"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(360, 740), (1440, 900)], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
def test_axe_finds_nothing_in_the_catalogue(
    town: Town, visitor: Make, language: str, size: tuple[int, int], scheme: str
) -> None:
    publish(town.facilities)
    guest = visitor(*size, color_scheme=scheme)
    page = guest.open(f"{PREFIXES[language]}/catalogue/")
    expect(page.locator("h2")).to_have_count(3)
    expect(page.locator("a[download]")).to_have_count(6)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("window.violations") == []
    assert guest.errors == []
