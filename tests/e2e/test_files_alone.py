"""With the application and the database away, nginx alone serves map, lists and places."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect

from layers.changes import recording
from layers.publish import bake
from tests.e2e.conftest import VIOLATIONS, Town
from tests.nginx import ask, nginx

pytestmark = pytest.mark.e2e


@pytest.fixture
def alone(town: Town, settings: Any, tmp_path: Path) -> Iterator[str]:
    """The town as files, and nginx before them; where the application should be is nobody."""
    settings.BAKE_DIR, settings.STATIC_ROOT = tmp_path / "bake", tmp_path / "static"
    call_command("collectstatic", interactive=False, verbosity=0)
    for layer in (town.facilities, town.sites, town.flood):
        bake.published(layer)
    bake.finished()
    with nginx(tmp_path / "bake") as root:
        yield root


@pytest.fixture
def stranger(chromium: Browser) -> Iterator[Page]:
    """Somebody with a phone's browser who reaches nothing but the web server."""
    context = chromium.new_context(viewport={"width": 1200, "height": 800}, reduced_motion="reduce")
    context.route(
        "**/*",
        lambda route: route.continue_() if "127.0.0.1" in route.request.url else route.abort(),
    )
    context.add_init_script(VIOLATIONS)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def test_the_map_its_layers_and_the_list_work(alone: str, stranger: Page, town: Town) -> None:
    failed: list[str] = []
    stranger.on(
        "response",
        lambda answer: failed.append(answer.url) if answer.status >= 400 else None,
    )
    stranger.goto(f"{alone}/")
    stranger.wait_for_selector("#map[data-ready]")
    expect(stranger.locator("#places")).to_contain_text("中央会館")
    stranger.get_by_label("浸水の区域").check()
    expect(stranger.locator("#places")).to_contain_text("川ぞい")
    assert failed == []
    assert stranger.evaluate("window.violations") == []


@pytest.mark.parametrize(("path", "name"), [("/en/", "Library"), ("/ja-easy/", "図書館")])
def test_every_language_is_there(alone: str, stranger: Page, path: str, name: str) -> None:
    stranger.goto(alone + path)
    stranger.wait_for_selector("#map[data-ready]")
    expect(stranger.locator("#places")).to_contain_text(name)


def test_a_kept_address_opens_where_it_was(alone: str, stranger: Page, town: Town) -> None:
    stranger.goto(f"{alone}/?feature={town.park.pk}")
    stranger.wait_for_selector("#map[data-ready]")
    expect(stranger.get_by_role("dialog")).to_contain_text("北公園")


def test_a_place_s_page_is_there_without_a_script(alone: str, town: Town) -> None:
    for prefix, word in (("", "住所"), ("/en", "Address"), ("/ja-easy", "住所")):
        page = ask(alone, f"{prefix}/features/{town.hall.pk}/")
        assert page.status == 200
        text = page.body.decode()
        assert "中央会館" in text
        assert word in text
        assert "0100-00-0000" in text


def test_downloads_are_there(alone: str, town: Town) -> None:
    page = ask(alone, "/catalogue/").body.decode()
    assert "/facilities.csv" in page
    said = ask(alone, "/baked/manifest.json").body.decode()
    assert "facilities.csv" in said


def test_what_was_not_baked_is_told_as_away_and_not_as_empty(alone: str, town: Town) -> None:
    """The control: the application is away indeed."""
    assert ask(alone, "/api/v1/layers").status in (502, 503, 504)
    assert ask(alone, "/features/999999/").status == 503
    with recording(town.facilities, "edit"):
        town.hall.name = "変わった会館"
        town.hall.save()
    assert "変わった会館" not in ask(alone, "/").body.decode()
    bake.published(town.facilities)
    assert "変わった会館" in ask(alone, "/").body.decode()
