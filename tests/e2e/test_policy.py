"""What the pages ask of the browser: no breach of the security policy, and little to load."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Response, expect

from layers.models import Layer
from tests.e2e.conftest import Town, Visitor
from tests.factories import baked

pytestmark = pytest.mark.e2e

Make = Callable[..., Visitor]

MOST_REQUESTS = 15
MOST_BYTES = 200_000


def test_no_page_breaks_the_security_policy_or_logs_an_error(town: Town, visitor: Make) -> None:
    guest = visitor()
    page = guest.open(f"/?layers=facilities,sites,flood&feature={town.park.pk}")
    page.get_by_role("button", name="拡大").click()
    page.get_by_role("button", name="縮小").click()
    page.get_by_role("button", name="縮小").click()
    page.locator("summary", has_text="背景").click()
    page.locator('input[name="base"]').last.check()
    page.wait_for_timeout(300)
    assert page.evaluate("window.violations") == []
    for path in (f"/features/{town.park.pk}/", f"/features/{town.hall.pk}/"):
        page = guest.open(path)
        assert page.evaluate("window.violations") == []
    assert guest.errors == []


def test_a_breach_would_be_seen(town: Town, visitor: Make) -> None:
    """The negative control."""
    guest = visitor()
    page = guest.open("/")
    page.evaluate("document.querySelector('#count').setAttribute('style', 'color: red')")
    page.wait_for_timeout(100)
    assert page.evaluate("window.violations")
    assert guest.errors


def test_the_first_view_is_light(town: Town, visitor: Make) -> None:
    guest = visitor()
    answers: list[Response] = []
    page = guest.context.new_page()
    page.on("response", lambda answer: answers.append(answer))
    page.goto(guest.server + "/")
    page.wait_for_selector("#map[data-ready]")
    expect(page.locator("#count")).to_contain_text("件")
    here = [answer for answer in answers if answer.url.startswith(guest.server)]
    # As a server with compression sends them.
    size = sum(len(gzip.compress(answer.body())) for answer in here)
    assert len(here) <= MOST_REQUESTS, [answer.url for answer in here]
    assert size <= MOST_BYTES, size


def test_the_first_view_is_light_with_areas_from_tiles_too(
    town: Town, visitor: Make, settings: Any, tmp_path: Path
) -> None:
    settings.BAKE_DIR, settings.ROOT_URLCONF = tmp_path, "tests.urls"
    Layer.objects.update(shown_at_start=True)
    for layer in (town.facilities, town.sites, town.flood):
        baked.publish(layer)
    guest = visitor()
    answers: list[Response] = []
    guest.context.on("response", lambda answer: answers.append(answer))
    guest.open("/")
    here = [answer for answer in answers if answer.url.startswith(guest.server)]
    size = sum(len(gzip.compress(answer.body())) for answer in here)
    assert any(answer.url.endswith(".mvt") for answer in here)
    assert not any("/api/v1/layers" in answer.url for answer in here)
    assert len(here) <= MOST_REQUESTS, [answer.url for answer in here]
    assert size <= MOST_BYTES, size
