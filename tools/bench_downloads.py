"""Downloads of a large layer: seconds and bytes of each format, and the memory of all of them.

Fills a layer with polygons of 8 corners and 5 columns in a database of its own on the server of
DATABASE_URL, then writes its downloads in a process of its own, whose most memory (VmHWM) is what
counts. The last line is one JSON object. Exit 1 where the memory is above the limit.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gis_portal.settings")

DATABASE = "bench_downloads"
MOST_MIB = 512

_FILL = """
    INSERT INTO layers_feature (layer_id, key, name, name_kana, name_en, address, properties,
                                provenance, geom, updated_at)
    SELECT %(layer)s, i::text, '区域' || i, '', '', '',
           jsonb_build_object('番号', i, '名称', '区域' || i, '面積', i * 0.5,
                              '区分', (ARRAY['髙橋', '①番', '沖の町'])[1 + i %% 3],
                              '指定日', '2025-10-27'),
           'surveyed',
           ST_SetSRID(ST_Buffer(ST_Point(140.2 + (i %% 1000) * 3e-4, 38.7 + (i / 1000) * 2e-4),
                                8e-5, 2), 4326), now()
    FROM generate_series(1, %(rows)s) i
"""


def fill(rows: int) -> None:
    """Make the layer."""
    from django.db import connection

    from layers.changes import recording
    from layers.models import Layer

    kinds = {"番号": "integer", "名称": "text", "面積": "number", "区分": "text", "指定日": "date"}
    layer = Layer.objects.create(
        slug="areas",
        title={"ja": "区域", "en": "Areas"},
        kind="planning",
        geometry_type="polygon",
        schema=[{"name": name, "type": kind, "title": name} for name, kind in kinds.items()],
        key_column="番号",
        attribution="bench",
        licence="CC BY 4.0",
    )
    with recording(layer, "import"), connection.cursor() as cursor:
        cursor.execute(_FILL, {"layer": layer.pk, "rows": rows})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE layers_feature")


def write(folder: Path) -> None:
    """Write the downloads; print what is there, and this process's most memory."""
    from layers.exports.downloads import written
    from layers.models import Layer

    began, worked = time.perf_counter(), time.process_time()
    found = written(Layer.objects.get(slug="areas"), folder)
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    said = {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(worked, 1),
        "peak_mib": round(int(peak.split()[1]) / 1024),
        "mb": {each.name: round(each.bytes / 1e6, 1) for each in found},
    }
    print(json.dumps(said))


def main() -> None:
    """Measure, and print one JSON object last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    import django

    django.setup()
    if asked.fill:
        fill(asked.rows)
        return
    if asked.write:
        write(asked.write)
        return
    from benchmark import Server, run

    server = Server()
    server.fresh(DATABASE)
    url = server.url(DATABASE)
    script = [sys.executable, __file__, "--rows", str(asked.rows)]
    try:
        run([sys.executable, "manage.py", "migrate"], DATABASE_URL=url)
        run([*script, "--fill"], DATABASE_URL=url)
        server.settle()
        with tempfile.TemporaryDirectory(prefix="bench-", dir=PROJECT / ".local") as folder:
            said = subprocess.run(
                [*script, "--write", folder],
                env={**os.environ, "DATABASE_URL": url},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            ).stdout
    finally:
        with server.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    result: dict[str, Any] = {"rows": asked.rows, **json.loads(said)}
    print(json.dumps(result))
    if result["peak_mib"] > MOST_MIB:
        raise SystemExit(f"{result['peak_mib']} MiB are more than {MOST_MIB}")


if __name__ == "__main__":
    main()
