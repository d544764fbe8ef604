"""Take pictures of the pages, to be looked at.

    .venv/bin/python tools/screens.py [ADDRESS]

The site must be running (`make up`); ADDRESS is http://127.0.0.1:8000 unless given. All pictures go
to .local/screens/: each page at two sizes, light and dark, in three languages, and what is seldom
seen. The few that the documents show go to docs/screens/ as well.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / ".local" / "screens"
KEPT = ROOT / "docs" / "screens"

SIZES = {"phone": (360, 740), "desk": (1440, 900)}
LANGUAGES = {"ja": "", "easy": "/ja-easy", "en": "/en"}
SHOWN_IN_DOCUMENTS = {
    "front-desk-light-ja": "front.png",
    "front-phone-dark-ja": "front-phone-dark.png",
    "site-phone-light-ja": "place-phone.png",
}


@dataclass(frozen=True)
class Shot:
    """One picture: its name, the address, and how the browser is set."""

    name: str
    path: str
    size: tuple[int, int]
    dark: bool = False
    script: bool = True


def shots(site: int) -> Iterator[Shot]:
    """Return all pictures; ``site`` is the id of an emergency site."""
    pages = {"front": "/", "site": f"/features/{site}/"}
    for page, path in pages.items():
        for size, pixels in SIZES.items():
            for scheme in ("light", "dark"):
                for language, prefix in LANGUAGES.items():
                    name = f"{page}-{size}-{scheme}-{language}"
                    yield Shot(name, prefix + path, pixels, dark=scheme == "dark")
    for size, pixels in SIZES.items():
        yield Shot(f"chosen-{size}", f"/?feature={site}", pixels)
        yield Shot(f"empty-{size}", "/?layers=", pixels)
        yield Shot(f"missing-{size}", "/features/999999999/", pixels)
        yield Shot(f"without-script-{size}", "/", pixels, script=False)


def an_emergency_site(address: str) -> int:
    """Return the id of an emergency site of the running demo."""
    with urlopen(f"{address}/api/v1/layers") as answer:  # noqa: S310 -- our own server
        slugs = [la["slug"] for la in json.load(answer) if la["kind"] == "emergency_site"]
    if not slugs:
        sys.exit("There is no layer of emergency sites: start the demo first (make up)")
    with urlopen(f"{address}/api/v1/layers/{slugs[0]}/features") as answer:  # noqa: S310
        return int(json.load(answer)["features"][0]["id"])


def take(browser: Browser, address: str, shot: Shot) -> None:
    """Take one picture."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
        java_script_enabled=shot.script,
    )
    page = context.new_page()
    page.goto(address + shot.path)
    if shot.script and page.locator("#map").count():
        page.wait_for_selector("#map[data-ready]")
        page.wait_for_timeout(1000)  # for tiles
        # That no tile comes is told of this machine's network, not of the page.
        if (close := page.locator('[data-message="tiles"] [data-answer="close"]')).is_visible():
            close.click()
    page.screenshot(path=PICTURES / f"{shot.name}.png")
    context.close()


def main(address: str = "http://127.0.0.1:8000") -> None:
    """Take all pictures, and copy those of the documents."""
    found = subprocess.run(["tools/browser.sh"], cwd=ROOT, capture_output=True, text=True)
    if found.returncode:
        sys.exit("There is no Chromium: `make test` installs it, or set CHROMIUM")
    PICTURES.mkdir(parents=True, exist_ok=True)
    KEPT.mkdir(parents=True, exist_ok=True)
    site = an_emergency_site(address)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.stdout.strip(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for shot in shots(site):
            take(browser, address, shot)
        browser.close()
    for name, kept in SHOWN_IN_DOCUMENTS.items():
        shutil.copyfile(PICTURES / f"{name}.png", KEPT / kept)
    print(f"{len(list(PICTURES.glob('*.png')))} pictures are in {PICTURES}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
