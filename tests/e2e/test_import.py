"""A planner at the importers' screens, from upload to undo, with a real worker beside the site."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection
from playwright.sync_api import Page, expect
from procrastinate.contrib.django.models import ProcrastinateWorker

from importers import imports
from importers.models import Import
from layers.models import ChangeSet, Layer
from tests.e2e.conftest import Visitor
from tests.e2e.test_accessibility import violations
from tests.e2e.test_map import tab_to
from tests.factories.shapefile import write_shapefile, zipped
from tests.importers.planner import FIRST, SECOND, planner, ready, received, signed_in, table
from tests.importers.planner import written as written_layer

pytestmark = pytest.mark.e2e

State = Import.State
Make = Callable[..., Visitor]
HOME = "/en/staff/imports/"
BAD = ("9", "海の上", "本町9", 10.5, 100.25)
SOON = 20_000  # milliseconds: for the worker


class Worker:
    """The site's worker as a process of its own, on the tests' database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it says that it lives."""
        base = os.environ.get("DATABASE_URL") or (site.LOCAL_DIR / "database-url").read_text()
        url = f"{base.strip().rpartition('/')[0]}/{connection.settings_dict['NAME']}"
        before = set(ProcrastinateWorker.objects.values_list("pk", flat=True))
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "procrastinate", "worker", "--queues", "default"],
            cwd=site.BASE_DIR,
            env={
                **os.environ,
                "DATABASE_URL": url,
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "IMPORT_DIR": str(self.folder),
            },
        )
        until = time.monotonic() + 30
        while not ProcrastinateWorker.objects.exclude(pk__in=before).exists():
            assert self.process.poll() is None, "the worker ended at once"
            assert time.monotonic() < until, "the worker did not start within 30 s"
            time.sleep(0.1)

    def kill(self) -> None:
        """End it without leave to tidy up."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        """End it as a supervisor does."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("imports")


@pytest.fixture(autouse=True)
def _own_folder(folder: Path, settings: Any, transactional_db: None) -> None:
    settings.IMPORT_DIR = folder
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture(scope="module")
def running(folder: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[Worker]:
    made = Worker(folder)
    with django_db_blocker.unblock():
        made.start()
    yield made
    made.stop()


@pytest.fixture
def worker(running: Worker) -> Worker:
    """The worker, alive."""
    if running.process is None or running.process.poll() is not None:
        running.start()
    return running


@pytest.fixture
def office(visitor: Make) -> Make:
    """Return a function that makes a planner who is signed in."""

    def make(*given: Any, **options: Any) -> Visitor:
        guest = visitor(*given, **options)
        cookie = signed_in(planner()).cookies["sessionid"].value
        guest.context.add_cookies([{"name": "sessionid", "value": cookie, "url": guest.server}])
        guest.context.set_default_timeout(SOON)
        return guest

    return make


def file(folder: Path, rows: Any, name: str = "places.csv") -> Path:
    path = folder / name
    path.write_bytes(table(rows))
    return path


def places() -> dict[str, tuple[str, float, float]]:
    features = Layer.objects.get().features.all()
    return {f.key: (f.name, *f.geom.coords) for f in features}


def send(page: Page, *files: Path, title: str = "場所") -> None:
    """Fill in the first step for a new layer, and send it."""
    page.get_by_label(re.compile("Choose a file")).set_input_files(files)
    page.get_by_label("Into a new layer").check()
    page.get_by_label("日本語", exact=True).fill(title)
    page.get_by_role("button", name="Send the file and read it").click()


# -- the whole way ----------------------------------------------------------------------------


def test_a_planner_goes_from_upload_to_undo(worker: Worker, office: Make, tmp_path: Path) -> None:
    guest = office()
    page = guest.open("/en/staff/")
    page.get_by_role("link", name="Import a file").click()
    send(page, file(tmp_path, FIRST))
    expect(page.get_by_role("heading", level=1)).to_have_text("What would change", timeout=60_000)
    expect(page.get_by_text("A new layer would be made, with 3 places.")).to_be_visible()
    assert not Layer.objects.exists()
    page.get_by_role("button", name="Write this: 3 new, 0 changed").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It is in")
    before = places()
    assert before["1"] == ("図書館", 140.30, 38.76)

    page.get_by_role("link", name="場所").first.click()
    page.get_by_role("link", name="Import a file").click()
    expect(page.get_by_label("Which layer")).to_have_value(str(Layer.objects.get().pk))
    chosen = file(tmp_path, (*SECOND, BAD), "places 2026.csv")
    page.get_by_label(re.compile("Choose a file")).set_input_files(chosen)
    page.get_by_role("button", name="Send the file and read it").click()
    expect(page.get_by_text("1 would be added and 2 changed.")).to_be_visible()
    expect(page.get_by_text("moves by 1,110 m", exact=True)).to_be_visible()
    page.wait_for_selector("#chart[data-ready]")
    expect(page.locator("#chart path.change-move")).to_have_count(1)
    expect(page.locator("#chart path.change-added")).to_have_count(1)
    page.get_by_role("link", name=re.compile("^Problems")).click()
    expect(page.get_by_text("lies outside Japan")).to_be_visible()
    page.get_by_label("Leave out the 1 rows that can't be taken").check()
    page.get_by_label("Remove the 1 places that are not in this file").check()
    assert places() == before
    page.get_by_role("button", name="Write this: 1 new, 2 changed").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It is in")
    assert set(places()) == {"1", "3", "4"}

    page.get_by_role("link", name="Undo this import…").click()
    expect(page.get_by_text("市立図書館").first).to_be_visible()
    page.get_by_role("button", name="Undo this: 4 places").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It was undone")
    assert places() == before
    page.get_by_role("link", name="Bring it back…").click()
    page.get_by_role("button", name="Undo this: 4 places").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It was undone")
    assert set(places()) == {"1", "3", "4"}
    page.get_by_role("link", name="See the layer on the map").click()
    expect(page.locator("#places")).to_be_visible()
    assert page.evaluate("window.violations") == []
    assert guest.errors == []


def test_the_whole_way_without_scripts(worker: Worker, office: Make, tmp_path: Path) -> None:
    page = office(java_script_enabled=False).open(f"{HOME}new/")
    send(page, file(tmp_path, FIRST))
    expect(page.get_by_role("heading", level=1)).to_have_text("What would change", timeout=60_000)
    expect(page.get_by_text("A new layer would be made, with 3 places.")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Not in the file")).click()
    expect(page.get_by_text("There is none of these.")).to_be_visible()
    page.get_by_role("button", name="Write this").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It is in")
    assert len(places()) == 3
    page.get_by_role("link", name="Undo this import…").click()
    page.get_by_role("button", name="Undo this: 3 places").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It was undone")
    assert places() == {}


def test_the_whole_way_by_keyboard_alone(worker: Worker, office: Make) -> None:
    written_layer(FIRST)
    act = ready((*SECOND, BAD))
    page = office().open(f"{HOME}{act.pk}/check/")
    page.wait_for_selector("#chart[data-ready]")
    tab_to(page, 'a[href="?show=new#list"]')
    page.keyboard.press("Enter")
    expect(page.get_by_text("美術館").first).to_be_visible()
    page.wait_for_selector("#chart[data-ready]")
    tab_to(page, "[data-show]")
    page.keyboard.press("Enter")
    tab_to(page, '[name="skip_rejected"]')
    page.keyboard.press("Space")
    tab_to(page, "#confirm button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("It is in")
    tab_to(page, 'a[href*="/changes/"]')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Undo this change?")
    tab_to(page, 'main button[type="submit"]')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("It was undone")
    assert set(places()) == {"1", "2", "3"}


# -- the first step ---------------------------------------------------------------------------


def test_the_parts_of_a_shapefile_are_chosen_together(
    worker: Worker, office: Make, tmp_path: Path
) -> None:
    page = office().open(f"{HOME}new/")
    send(page, *write_shapefile(tmp_path / "s", name="公園").iterdir())
    expect(page.get_by_text("A new layer would be made, with 2 places.")).to_be_visible()
    expect(page.get_by_text("公園.zip")).to_be_visible()


def test_a_file_can_be_dropped_and_its_name_and_size_are_shown(office: Make) -> None:
    page = office().open(f"{HOME}new/")
    dropped = page.evaluate_handle(
        """() => {
          const carried = new DataTransfer();
          carried.items.add(new File(["x".repeat(2500)], "drop.csv"));
          return carried;
        }"""
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": dropped})
    expect(page.locator("#chosen")).to_have_text("drop.csv (2.5 kB)")


def test_what_is_too_big_is_told_before_it_is_sent(
    office: Make, tmp_path: Path, settings: Any
) -> None:
    settings.IMPORT_MAX_MB = 1
    page = office().open(f"{HOME}new/")
    big = tmp_path / "big.csv"
    big.write_bytes(b"x" * 1_200_000)
    send(page, big)
    expect(page.locator("#chosen")).to_contain_text("more than the 1 MB")
    assert page.url.endswith("/new/")
    assert not Import.objects.exists()


def test_what_has_to_be_corrected_takes_the_focus_and_the_file_stays_chosen(
    worker: Worker, office: Make, tmp_path: Path
) -> None:
    page = office().open(f"{HOME}new/")
    send(page, file(tmp_path, FIRST), title="")
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(page.get_by_label("日本語", exact=True)).to_be_focused()
    page.keyboard.type("場所")
    page.get_by_role("button", name="Send the file and read it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What would change", timeout=60_000)


def test_a_connection_that_breaks_off_is_told_and_tried_again(
    worker: Worker, office: Make, tmp_path: Path
) -> None:
    guest = office()
    page = guest.open(f"{HOME}new/")
    guest.context.route(
        f"**{HOME}new/",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    send(page, file(tmp_path, FIRST))
    expect(page.get_by_text("the connection broke off")).to_be_visible()
    guest.context.unroute(f"**{HOME}new/")
    page.get_by_role("button", name="Send the file and read it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What would change", timeout=60_000)


# -- questions --------------------------------------------------------------------------------


def asked_for_a_system(tmp_path: Path) -> Import:
    """Return an import of a shapefile without .prj, with a proposal of two systems."""
    archive = zipped(write_shapefile(tmp_path / "s", prj=None), tmp_path / "s.zip")
    with archive.open("rb") as data:
        act = imports.examined(imports.received(data, slug="places", file_name="s.zip"))

    def placed(off: float) -> dict[str, Any]:
        points = [(140.30 + off, 38.76), (140.31 + off, 38.77)]
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"row": row},
                    "geometry": {"type": "Point", "coordinates": point},
                }
                for row, point in enumerate(points)
            ],
        }

    assert act.refusal is not None
    act.refusal["params"]["proposal"] = {
        "proposed": None,
        "candidates": [
            {"epsg": epsg, "label": f"EPSG:{epsg}", "swapped": False, "evidence": []}
            for epsg in (6668, 4301)
        ],
        "overlay": {"6668": placed(0), "4301": placed(0.005)},
    }
    act.save()
    return act


def test_the_map_shows_where_the_chosen_system_places_the_file(
    worker: Worker, office: Make, tmp_path: Path
) -> None:
    act = asked_for_a_system(tmp_path)
    page = office().open(f"{HOME}{act.pk}/")
    expect(page.locator("#chart path.candidate")).to_have_count(4)
    expect(page.locator("#chart path.candidate.is-chosen")).to_have_count(0)
    page.get_by_label("EPSG:4301").check()
    expect(page.locator("#chart path.candidate.is-chosen")).to_have_count(2)
    page.get_by_role("button", name="Read the file so").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What would change", timeout=60_000)
    assert Import.objects.get().found["crs"]["epsg"] == 4301


# -- the worker dies --------------------------------------------------------------------------


def test_when_the_worker_is_killed_the_import_is_found_and_tried_again(
    worker: Worker, office: Make, tmp_path: Path
) -> None:
    worker.kill()
    page = office().open(f"{HOME}new/")
    send(page, file(tmp_path, FIRST))
    expect(page.get_by_role("heading", level=1)).to_have_text("The file is being read")
    with connection.cursor() as cursor:
        # As if the worker had begun before it was killed, and a minute had passed since.
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing',"
            " worker_id = (SELECT max(id) FROM procrastinate_workers);"
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'"
        )
    expect(page.get_by_role("heading", level=1)).to_have_text("It did not work")
    expect(page.get_by_text("the worker was stopped or fell over")).to_be_visible()
    worker.start()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What would change", timeout=60_000)


# -- what every screen holds to ---------------------------------------------------------------


def every_screen(tmp_path: Path) -> list[str]:
    written_layer(FIRST)
    change_set = ChangeSet.objects.get().pk
    applied = Import.objects.get().pk
    act = ready((*SECOND, BAD)).pk
    waits, failed, refused = (received(FIRST, slug).pk for slug in ("a", "b", "c"))
    Import.objects.filter(pk=waits).update(state=State.READING, stage="checking", total=9, done=3)
    lost = {"code": "job_lost", "params": {}}
    Import.objects.filter(pk=failed).update(state=State.FAILED, refusal=lost)
    no = {"code": "topojson", "params": {}}
    Import.objects.filter(pk=refused).update(state=State.REFUSED, refusal=no)
    question = asked_for_a_system(tmp_path).pk
    return [
        "",
        "?state=dropped",
        "new/",
        f"{waits}/progress/",
        f"{question}/reading/",
        f"{refused}/reading/",
        f"{act}/reading/",
        f"{act}/columns/",
        f"{act}/check/",
        f"{act}/check/?show=new",
        f"{act}/check/?show=problems",
        f"{act}/check/?show=missing",
        f"{applied}/result/",
        f"{failed}/result/",
        f"changes/{change_set}/",
        "layers/places/",
    ]


@pytest.mark.long
@pytest.mark.parametrize(
    ("size", "scheme"), [((360, 740), "dark"), ((1440, 900), "light")], ids=["phone", "desk"]
)
def test_axe_finds_nothing_on_any_screen(
    office: Make, tmp_path: Path, size: tuple[int, int], scheme: str
) -> None:
    guest = office(*size, color_scheme=scheme)
    for path in every_screen(tmp_path):
        page = guest.open(HOME + path)
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        expect(page.locator("h1")).to_have_count(1)
        assert page.evaluate("window.violations") == [], path
        page.close()
    assert guest.errors == []


def test_every_screen_has_a_title_of_its_own_and_all_languages(
    office: Make, tmp_path: Path
) -> None:
    guest = office()
    titles = set()
    screens = [path for path in every_screen(tmp_path) if "?" not in path]
    for path in screens:
        page = guest.open(HOME + path)
        titles.add(page.title())
        for language in ("日本語", "やさしい日本語"):
            expect(page.get_by_role("link", name=language, exact=True)).to_be_visible()
        page.close()
    assert len(titles) == len(screens)
