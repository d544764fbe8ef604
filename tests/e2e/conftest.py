"""A real browser on a real server, with a small city in it."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from layers.models import Feature, Layer
from tests.factories import places

FLAGS = [
    "--no-sandbox",  # a container's root has no user namespaces
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    # Nothing but the pages under test is asked for.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VIOLATIONS = """
  window.violations = [];
  addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI, sourceFile}) =>
    window.violations.push([violatedDirective, blockedURI, sourceFile].join(" ")));
"""


@pytest.fixture(scope="session", autouse=True)
def _django_beside_an_event_loop() -> Iterator[None]:
    """Playwright runs a loop in this thread; Django must not take that for async code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture(autouse=True)
def _nothing_was_published_before(settings: Any, tmp_path: Path) -> None:
    """Give each test a tree of files of its own, empty: what another published is not there."""
    settings.BAKE_DIR = tmp_path / "published"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The distribution's browser."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "No Chromium: run `make test` once, which installs it, or set CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """Somebody with a browser. Base map tiles can't be reached, unless a test says so."""

    context: BrowserContext
    server: str
    errors: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Open a page in a new tab; wait until the map is ready where there is one."""
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.server + path)
        if self.script and page.locator("#map").count():
            page.wait_for_selector("#map[data-ready]")
        return page

    @property
    def script(self) -> bool:
        """Whether scripts run."""
        return getattr(self, "_script", True)

    def _hear(self, message: ConsoleMessage) -> None:
        refused = message.location["url"].startswith(tuple(b.url[:20] for b in site.CITY.base_maps))
        if message.type in {"error", "warning"} and not refused:
            self.errors.append(message.text)


@pytest.fixture
def visitor(chromium: Browser, live_server: LiveServer) -> Iterator[Callable[..., Visitor]]:
    """Return a function that makes a visitor; its arguments are the browser context's."""
    contexts = []

    def make(width: int = 1440, height: int = 900, **options: Any) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", **options
        )
        context.set_default_timeout(10_000)
        contexts.append(context)

        def only_here(route: Route) -> None:
            if route.request.url.startswith(live_server.url):
                route.continue_()
            else:
                route.abort()

        context.route("**/*", only_here)
        context.add_init_script(VIOLATIONS)
        made = Visitor(context, live_server.url)
        made._script = options.get("java_script_enabled", True)  # type: ignore[attr-defined]
        return made

    yield make
    for context in contexts:
        context.close()


@dataclass
class Town:
    """The places of the tests."""

    facilities: Layer
    sites: Layer
    flood: Layer
    hall: Feature
    park: Feature
    far: Feature


@pytest.fixture
def town(transactional_db: None) -> Town:
    """A few layers around the start of the map: points, two at one spot, areas, one far away."""
    x, y = site.CITY.start_longitude, site.CITY.start_latitude
    facilities = places.layer(
        "facilities",
        title={"ja": "公共施設", "ja-easy": "みんなの 施設", "en": "Public facilities"},
        order=1,
        attribution="市の資料",
    )
    sites = places.layer(
        "sites",
        title={"ja": "指定緊急避難場所", "en": "Emergency sites"},
        kind="emergency_site",
        order=2,
        shown_at_start=False,
        source_date="2025-10-27",
        attribution="国土地理院",
    )
    flood = places.layer(
        "flood",
        title={"ja": "浸水の区域", "en": "Flooded areas"},
        kind="hazard",
        geometry_type="polygon",
        order=3,
        shown_at_start=False,
        sample=True,
    )
    hall = places.feature(
        facilities,
        "hall",
        (x, y),
        name="中央会館",
        name_kana="チュウオウカイカン",
        address="中央1-1",
        properties={"電話番号": "0100-00-0000", "種別": "集会所"},
    )
    places.feature(facilities, "library", (x + 0.008, y + 0.004), name="図書館", name_en="Library")
    places.feature(facilities, "twin-1", (x - 0.01, y + 0.006), name="西会館")
    places.feature(facilities, "twin-2", (x - 0.01, y + 0.006), name="西図書室")
    far = places.feature(facilities, "far", (x + 0.3, y + 0.3), name="遠くの小屋")
    designations = {"災害種別_洪水": "1", "災害種別_地震": ""}
    park = places.feature(
        sites, "park", (x + 0.004, y - 0.006), name="北公園", properties=designations
    )
    places.feature(sites, "school", (x - 0.004, y - 0.004), name="校庭", provenance="address_town")
    ring = f"{x} {y}, {x + 0.01} {y}, {x + 0.01} {y + 0.01}, {x} {y + 0.01}, {x} {y}"
    places.feature(flood, "1", f"POLYGON(({ring}))", name="川ぞい")
    # Its box reaches into the first view, the area itself does not: an L around the corner.
    places.feature(flood, "2", _around_the_corner(x, y), name="山ぞい")
    return Town(facilities, sites, flood, hall, park, far)


def _around_the_corner(x: float, y: float) -> str:
    west, east, south, north = x - 0.5, x + 0.5, y - 0.5, y + 0.5
    corners = [
        (west, south), (east, south), (east, north), (east - 0.01, north),
        (east - 0.01, south + 0.01), (west, south + 0.01), (west, south),
    ]  # fmt: skip
    return "POLYGON((" + ", ".join(f"{lon} {lat}" for lon, lat in corners) + "))"
