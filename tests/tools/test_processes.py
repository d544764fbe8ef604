"""tools/processes.py and tools/run.py: what runs the site leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

from processes import end_all, ended, healthy, revive, start_all  # noqa: E402

# Starts a child of its own, as a web server does, and writes both numbers down.
PARENT = "(trap '' TERM; exec sleep 300) & echo $$ $! > pids.{name}; {then}\n"


def runs(pid: int) -> bool:
    """Whether a process still runs: the ended ones that nobody has waited for stand nowhere."""
    try:
        return bool(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return False


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def procfile(tmp_path: Path) -> Path:
    path = tmp_path / "Procfile"
    one = PARENT.format(name="one", then="wait")
    path.write_text(f"# the demo\none: cd {tmp_path}; {one}\ntwo: exec sleep 300\n")
    return path


def numbers(procfile: Path) -> list[int]:
    written = procfile.parent / "pids.one"
    wait_for(lambda: written.exists() and written.read_text().count(" "))
    return [int(number) for number in written.read_text().split()]


def test_everything_is_ended_even_grandchildren_that_will_not_hear(procfile: Path) -> None:
    running = start_all(dict(os.environ), procfile)
    assert sorted(running) == ["one", "two"]
    parent, deaf = numbers(procfile)
    assert runs(parent)
    assert runs(deaf)
    end_all(running, patience=0.5)
    wait_for(lambda: not runs(parent) and not runs(deaf))
    assert not runs(running["two"].pid)


def test_a_worker_that_ends_is_started_anew_and_the_web_is_not(tmp_path: Path) -> None:
    path = tmp_path / "Procfile"
    path.write_text("web: exec sleep 300\nworker: exec sleep 300\n")
    running = start_all(dict(os.environ), path)
    try:
        first = dict(running)
        revive(running, dict(os.environ), path)
        assert running == first
        for process in first.values():
            process.kill()
            process.wait()
        revive(running, dict(os.environ), path)
        assert running["web"] is first["web"]
        assert running["worker"] is not first["worker"]
        assert runs(running["worker"].pid)
    finally:
        end_all(running, patience=0.5)


def test_one_that_ends_is_named(procfile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    running = start_all(dict(os.environ), procfile)
    try:
        assert not ended(running)
        running["two"].kill()
        running["two"].wait()
        assert ended(running)
        assert "two has ended with status -9" in capsys.readouterr().out
    finally:
        end_all(running, patience=0.5)


def test_the_processes_hear_of_it_when_their_parent_is_killed(procfile: Path) -> None:
    code = (
        "import os, sys, time, pathlib; sys.path.insert(0, sys.argv[1]); import processes; "
        "r = processes.start_all(dict(os.environ), pathlib.Path(sys.argv[2])); "
        "print(r['two'].pid, flush=True); time.sleep(300)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, TOOLS, procfile], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    two = int(parent.stdout.readline())
    one, deaf = numbers(procfile)
    assert runs(two)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: not runs(one) and not runs(two))
    os.kill(deaf, signal.SIGKILL)  # nobody's fault but the test's


def test_a_port_on_which_nothing_or_something_else_answers_is_not_healthy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        assert not healthy(port)


@pytest.mark.parametrize("command", ["demo", "up"])
def test_a_taken_port_is_said_in_one_sentence_before_anything_is_done(
    command: str, tmp_path: Path
) -> None:
    # In a clone of its own: this one's site may be up.
    (tmp_path / "tools").mkdir()
    for name in ("run.py", "processes.py"):
        shutil.copy(TOOLS / name, tmp_path / "tools" / name)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = subprocess.run(
            [sys.executable, tmp_path / "tools" / "run.py", command],
            env=os.environ | {"PORT": str(port)}, text=True, capture_output=True, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"Port {port} is another program's: choose another, e.g. `make demo PORT=8010`."
    )
    assert done.stdout == ""
