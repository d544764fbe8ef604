"""A second city, 焼津市 (222127, zone VIII), runs from configuration and real files alone."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pyogrio
import pytest
import shapely
from django.conf import settings
from django.db import connection
from pyproj import Transformer

from tests.shared_data import shared_data

ROOT = Path(__file__).resolve().parents[2]

CITY = """
slug = "yaizu"
code = "222127"
plane_rectangular_zone = 8
languages = ["ja", "en"]
name = { ja = "焼津市", en = "Yaizu City" }
prefecture = { ja = "静岡県", en = "Shizuoka" }
portal_name = { ja = "焼津市の地図", en = "Map of Yaizu" }
contact = { name = { ja = "焼津市役所" } }
boundary = { file = "boundary.geojson", attribution = { ja = "焼津市" }, licence = "CC BY 4.0" }
start_view = { latitude = 34.867, longitude = 138.323, zoom = 13 }
[[base_maps]]
id = "pale"
title = { ja = "淡い地図" }
url = "https://tiles.example/{z}/{x}/{y}.png"
attribution = { ja = "出典" }
min_zoom = 5
max_zoom = 18
"""


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Return the city.toml; the boundary is the union of the city's own 自治会区域."""
    districts = shared_data("shapefiles", "yaizu_自治会区域", "自治会区域.shp")
    _, _, geometries, _ = pyogrio.raw.read(districts, columns=[])
    to_degrees = Transformer.from_crs(2450, 4612, always_xy=True)
    area = shapely.union_all(shapely.make_valid(shapely.from_wkb(geometries)))
    area = shapely.transform(
        area.simplify(20),
        lambda points: list(zip(*to_degrees.transform(points[:, 0], points[:, 1]), strict=True)),
    )
    (tmp_path / "boundary.geojson").write_text(shapely.to_geojson(area), encoding="utf-8")
    path = tmp_path / "city.toml"
    path.write_text(CITY, encoding="utf-8")
    return path


@pytest.fixture
def database() -> Iterator[str]:
    """Return the URL of an empty database of its own."""
    url = os.environ.get("DATABASE_URL") or (settings.LOCAL_DIR / "database-url").read_text()
    name = f"city_{uuid.uuid4().hex}"
    conninfo = {k: v for k, v in connection.get_connection_params().items() if v}
    parameters = {k: conninfo[k] for k in ("host", "port", "user", "password") if k in conninfo}
    with psycopg.connect(dbname="postgres", autocommit=True, **parameters) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield url.strip().rpartition("/")[0] + f"/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


VISIT = """
import json, django; django.setup()
from django.test import Client
client = Client()
layers = client.get("/api/v1/layers").json()
first = client.get(f"/api/v1/layers/{layers[0]['slug']}/features").json()["features"][0]
pages = {p: client.get(p) for p in ("/", "/en/", first["properties"]["url"])}
print(json.dumps({
    "title": client.get("/api/v1/").json()["title"],
    "counts": {one["slug"]: one["count"] for one in layers},
    "pages": {p: [a.status_code, a.content.decode()] for p, a in pages.items()},
}))
"""


@pytest.mark.long
@pytest.mark.django_db
def test_another_city_runs_from_its_configuration_and_its_real_files(
    city: Path, database: str
) -> None:
    environment = {
        **os.environ,
        "CITY": str(city),
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ALLOWED_HOSTS": "testserver",
    }

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("manage.py", "migrate", "--no-input", "--verbosity", "0")
    for slug, *parts in (
        ("aed", "csv-old-standard", "222127_aed.csv"),
        ("toilets", "csv-new-standard", "222127_public_toilet.csv"),
        ("floods", "shapefiles", "yaizu_浸水履歴_平成10年"),
    ):
        run("manage.py", "import_file", str(shared_data(*parts)), "--layer", slug, "--apply")

    seen = json.loads(run("-c", VISIT))
    assert seen["title"] == "焼津市の地図"
    assert seen["counts"]["floods"] == 209
    assert seen["counts"]["aed"] > 50
    assert seen["counts"]["toilets"] > 50
    for path, (status, page) in seen["pages"].items():
        assert status == 200, path
        assert ("Yaizu" if path.startswith("/en/") else "焼津市") in page
        for word in {settings.CITY.code, *settings.CITY.name.values()} - {"焼津市"}:
            assert word not in page
