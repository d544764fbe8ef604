"""Part of make bench-tiles: how soon a change is seen in the demo city, and how light it opens."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmark import PROJECT, Place, Server, hazard_areas
from processes import free_port, healthy

HAZARD_ROWS = 20_000
"""Areas of an import that must be seen within a minute: more than a prefecture's flood zones."""

_EDIT = """
import sys, time, django
django.setup()
from layers.changes import recording
from layers.models import Feature
feature = Feature.objects.filter(layer__slug="public-facilities").order_by("pk").first()
with recording(feature.layer, "edit"):
    feature.name = sys.argv[1]
    feature.save()
print(time.time())
"""
_REBAKE = """
import sys, time, django
django.setup()
from layers.changes import recording
from layers.models import Feature
from layers.publish import bake
slug, times = sys.argv[1], int(sys.argv[2])
feature = Feature.objects.filter(layer__slug=slug).order_by("pk").first()
bake.published(feature.layer)
for number in range(times):
    with recording(feature.layer, "edit"):
        feature.name = f"再 {number} {time.time()}"
        feature.save()
    began = time.perf_counter()
    bake.published(feature.layer)
    print(time.perf_counter() - began)
"""


def rebaked(place: Place, slug: str, times: int) -> float:
    """Change a name in a layer that is baked, and bake it, so many times; return the median."""
    seconds = [float(line) for line in place.python(_REBAKE, slug, str(times)).split()]
    return round(statistics.median(seconds), 2)


def seen_after(place: Place, slug: str, before: dict[str, Any], since: float) -> float:
    """Return the seconds since ``since`` until the manifest says something new of a layer."""
    while time.time() - since < 300:
        if (now := place.published(slug)) and now.get("parts", {}).get("map") != before:
            return time.time() - since
        time.sleep(0.05)
    raise SystemExit(f"no change of {slug} was seen within five minutes")


def city(server: Server, folder: Path, runs: int) -> dict[str, Any]:
    """Measure the demo city: the whole bake, the bake after one edit, and when edits are seen."""
    place = Place(server, "bench_city", folder)
    place.manage("load_demo")
    place.manage("bake", "--all")
    whole = [place.manage("bake", "--all")[0] for _ in range(runs)]
    again = rebaked(place, "public-facilities", 5)
    edits = []
    with place.publisher():
        for number in range(runs):
            before = place.published("public-facilities")["parts"]["map"]
            since = float(place.python(_EDIT, f"変更{number}").split()[-1])
            edits.append(seen_after(place, "public-facilities", before, since))
        hazard_areas(place, "zones", HAZARD_ROWS, folder)
        zones = seen_after(place, "zones", {}, time.time())
    return {
        **first_view(place),
        "bake_city_s": round(statistics.median(whole), 1),
        "rebake_s": again,
        "edit_visible_s": round(statistics.median(edits), 2),
        "import_visible_s": round(zones, 1),
    }


def first_view(place: Place) -> dict[str, Any]:
    """Open the demo's front page in Chromium; return its requests and kB as they were sent.

    From the embedded server, with nothing in the browser's cache; the base map can't be reached.
    """
    from playwright.sync_api import sync_playwright

    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "gis_portal.wsgi:application", "--interface", "wsgi",
         "--host", "127.0.0.1", "--port", str(port)],
        env={**os.environ, **place.environment}, cwd=PROJECT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 60
        while not healthy(port):
            if time.monotonic() > until:
                raise SystemExit("the site did not start")
            time.sleep(0.2)
        found = subprocess.run(
            ["tools/browser.sh"], cwd=PROJECT, capture_output=True, text=True, check=True
        )
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=found.stdout.strip(), args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page()
            sizes: dict[str, float] = {}
            ours: set[str] = set()
            watch = page.context.new_cdp_session(page)
            watch.send("Network.enable")
            root = f"http://127.0.0.1:{port}/"
            watch.on(
                "Network.responseReceived",
                lambda said: ours.add(said["requestId"])
                if said["response"]["url"].startswith(root) else None,
            )  # fmt: skip
            watch.on(
                "Network.loadingFinished",
                lambda said: sizes.update({said["requestId"]: said["encodedDataLength"]}),
            )
            page.goto(root)
            page.wait_for_selector("#map[data-ready]")
            page.wait_for_timeout(1000)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    of_ours = [size for number, size in sizes.items() if number in ours]
    return {"first_view_requests": len(of_ours), "first_view_kb": round(sum(of_ours) / 1000, 1)}
