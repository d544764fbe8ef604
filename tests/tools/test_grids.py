"""tools/grids.py: only what is a grid is taken, and what is there is told with its digest."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.shared_data import shared_data

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def run(tool: str, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOLS / tool), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_grids_are_found_below_a_folder_verified_and_copied(tmp_path: Path) -> None:
    into = tmp_path / "made" / "grids"
    done = run("grids.py", into, shared_data("datum-grids").parent)
    assert (done.returncode, done.stderr) == (0, "")
    names = ["TKY2JGD.tif", "touhokutaiheiyouoki2011.tif"]
    assert sorted(path.name for path in into.iterdir()) == names
    for name in names:
        digest = hashlib.sha256((into / name).read_bytes()).hexdigest()
        assert digest in done.stdout
        # The builds that docs/import.md records.
        assert digest in (TOOLS.parent / "docs" / "import.md").read_text(encoding="utf-8")
    assert done.stdout.count("verified") == 2
    assert run("grids.py", into, "--has", "TKY2JGD").returncode == 0


def test_a_file_that_is_not_what_its_name_says_stays_where_it_is(tmp_path: Path) -> None:
    start, into = tmp_path / "given", tmp_path / "grids"
    start.mkdir()
    wrong = start / "touhokutaiheiyouoki2011.tif"
    shutil.copyfile(shared_data("datum-grids", "TKY2JGD.tif"), wrong)
    done = run("grids.py", into, start)
    assert done.returncode == 1
    assert "451.04 m towards 317°" in done.stderr
    assert not into.exists()
    assert wrong.exists()


def test_what_is_missing_is_told_with_where_it_comes_from(tmp_path: Path) -> None:
    done = run("grids.py", tmp_path / "grids")
    assert done.returncode == 0
    assert done.stdout.count("not there") == 2
    assert "JapanGridShift" in done.stdout
    assert run("grids.py", tmp_path / "grids", "--has", "TKY2JGD").returncode == 1
    for start in (tmp_path, tmp_path / "nowhere"):
        assert run("grids.py", tmp_path / "grids", start).returncode == 1


def test_the_bench_prints_one_json_object_last() -> None:
    folder = shared_data("datum-grids")
    done = run("bench_datum.py", "--grids", folder, "--points", 500, "--timed", 10_000)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["check_point_off_mm"] < 10
    assert 1.7 < found["2000_to_2011"]["mean_m"] < 2.4
    assert 430 < found["tokyo_to_2011"]["mean_m"] < 445
    assert found["without_grids"]["tokyo"]["max_m"] < 4.5
    assert found["speed"]["30170"]["points_per_s"] > 10_000
