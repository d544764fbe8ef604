"""A tree of files, and the two servers that answer from it."""

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.test import override_settings

from layers.publish import tree
from tests.nginx import free_port, nginx, wait_for_port

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from processes import commands, end_all, start  # noqa: E402

NO_DATABASE = "postgis://nobody@127.0.0.1:9/nothing"
"""Port 9 (discard) on loopback: nothing listens, so the connection is refused at once."""
LAYER = "layers/facilities"
PART = f"{LAYER}/map-0123456789abcdef"
DOWNLOADS = f"{LAYER}/downloads-00112233445566aa"
SECRET = b"only staff may read this"


@dataclass(frozen=True)
class Tree:
    """A tree as publishing leaves it, and a folder of static files."""

    bake: Path
    static: Path


def write_all(bake: Path) -> None:
    """Write a small city."""
    with override_settings(BAKE_DIR=bake):
        baked, staff = tree.public_root() / "baked", tree.staff_root() / "baked"
        tree.write(baked / "manifest.json", b'{"layers": [], "languages": ["ja"]}' * 20)
        tree.write(baked / "shared/boundary-0123456789abcdef.geojson", b'{"type": "x"}' * 50)
        tree.write(baked / PART / "tiles/10/909/403.mvt", bytes(range(256)) * 150)
        tree.write(baked / PART / "features.ja.geojson", b'{"type": "FeatureCollection"}' * 99)
        tree.write(baked / LAYER / "details-ffeeddccbbaa9988/ja/0.json", b'{"1": {}}' * 99)
        tree.write_pieces(baked / DOWNLOADS / "facilities.csv", ["名称\n会館\n".encode() * 99])
        tree.write_pieces(baked / DOWNLOADS / "facilities.kml", [b"<kml></kml>" * 99])
        tree.write(baked / DOWNLOADS / "facilities.pmtiles", os.urandom(5000))
        tree.write(baked / DOWNLOADS / "facilities.gpkg", os.urandom(3_000_000))
        tree.write(baked / DOWNLOADS / "facilities.zip", os.urandom(3000))
        # What is on its way, and what a process that was killed left behind.
        (baked / LAYER / "making-map-00aa11bb").mkdir()
        (baked / LAYER / "making-map-00aa11bb/features.ja.geojson").write_bytes(b"half")
        (baked / PART / ".features.ja.geojson.00aa11bb").write_bytes(b"half")
        for language in ("ja", "en", "ja-easy"):
            for place in ("", "features/12/"):
                page = f"<!doctype html><title>{language} {place}</title>" * 40
                path = tree.public_root() / f"pages/{language}/{place}index.html"
                tree.write(path, page.encode())
        tree.write(staff / "layers/plans/map-0123456789abcdef/features.ja.geojson", SECRET * 99)
        tree.write(staff / "layers/plans/downloads-0123456789abcdef/plans.pmtiles", SECRET * 99)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The tree of these tests. Nobody changes it."""
    made = Tree(tmp_path_factory.mktemp("bake"), tmp_path_factory.mktemp("static"))
    write_all(made.bake)
    for name in ("map.js", "map.0123456789ab.js"):
        content = b"export const map = 1;\n" * 200
        (made.static / name).write_bytes(content)
        (made.static / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
        (made.static / f"{name}.br").write_bytes(brotli.compress(content))
    (made.static / "empty.png").write_bytes(b"\x89PNG")
    return made


@contextmanager
def run_embedded(
    bake: Path, static: Path, log: Path, replaced: tuple[str, str] = ("", ""), **environment: str
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Run the web as the Procfile says; give its address and its process.

    ``replaced``: a word of the command, and what to write instead.
    """
    port = free_port()
    env = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PORT": str(port),
        "BAKE_DIR": str(bake),
        "DATABASE_URL": NO_DATABASE,
        "DJANGO_SETTINGS_MODULE": "tests.serving.settings",
        "TEST_STATIC_ROOT": str(static),
    }
    command = f"{commands(ROOT / 'Procfile')['web'].replace(*replaced)} >'{log}' 2>&1"
    process = start(command, env | environment)
    try:
        wait_for_port(port, process, log)
        yield f"http://127.0.0.1:{port}", process
    finally:
        end_all({"web": process})


@pytest.fixture(scope="session")
def embedded(city: Tree, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded server, a process as the Procfile starts it; its database is away."""
    log = tmp_path_factory.mktemp("log") / "web.log"
    with run_embedded(city.bake, city.static, log) as (root, _):
        yield root


@pytest.fixture(scope="session")
def before_nothing(city: Tree) -> Iterator[str]:
    """nginx; neither application nor database behind it."""
    with override_settings(STATIC_ROOT=city.static):
        with nginx(city.bake) as root:
            yield root


@pytest.fixture(scope="session")
def before_embedded(city: Tree, embedded: str) -> Iterator[str]:
    """nginx before the embedded server."""
    with override_settings(STATIC_ROOT=city.static):
        with nginx(city.bake, int(embedded.rpartition(":")[2])) as root:
            yield root


@pytest.fixture(scope="session")
def session_cookie() -> dict[str, str]:
    """The header of somebody who is signed in (whether the session is any good, nobody looks)."""
    return {"Cookie": f"theme=dark; {settings.SESSION_COOKIE_NAME}=abc"}
