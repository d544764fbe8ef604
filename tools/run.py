#!/usr/bin/env python3
"""Run the whole site on this machine: demo (foreground), up and down (background).

Standard library only: it starts on the system's Python, before anything is installed. What runs is
said in the Procfile. PORT (8000) is the web's; the mail sink takes any free one. Whoever holds the
lock .local/run.lock serves; .local/run.json says who and where.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from processes import Running, end_all, ended, free_port, healthy, revive, start_all

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
STATE = LOCAL / "run.json"
LOG = LOCAL / "log" / "up.log"
PYTHON = ROOT / ".venv" / "bin" / "python"
STATIC_ROOT = ROOT / "staticfiles"
READY_WITHIN = 120  # seconds
REVIVE_AFTER = 3  # seconds between two looks at what may have ended


def fail(sentence: str) -> NoReturn:
    """End with one sentence."""
    sys.exit(f"\n{sentence}")


def on_signal(number: int, _frame: FrameType | None) -> None:
    """Make any wish to end a KeyboardInterrupt, once: while we clean up, more change nothing."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    raise KeyboardInterrupt(signal.Signals(number).name)


# --- who runs, and where --------------------------------------------------------------------------


def port() -> int:
    """The web's port, as PORT says."""
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        fail(f"PORT={given} is no port: give a number, e.g. PORT=8010.")
    return int(given)


def lock() -> IO[str] | None:
    """The lock of the one who serves; None when somebody else holds it."""
    LOCAL.mkdir(exist_ok=True)
    file = (LOCAL / "run.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def already_up() -> int | None:
    """The port of the site that this clone serves already; None when it serves none."""
    if held := lock():
        held.close()
        return None
    try:
        return int(json.loads(STATE.read_text())["port"])
    except (OSError, ValueError, KeyError):
        return port()


def check_port() -> None:
    """End with a sentence when the port is somebody else's."""
    with socket.socket() as probe:
        # As the server does: a connection that is only lingering does not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port()))
        except OSError as error:
            why = "needs root" if isinstance(error, PermissionError) else "is another program's"
            fail(f"Port {port()} {why}: choose another, e.g. `make demo PORT=8010`.")


# --- the steps ------------------------------------------------------------------------------------


def step(*command: str | Path, saying: str = "") -> None:
    """Run one step; end with its status when it fails (it has said why)."""
    if saying:
        print(saying, flush=True)
    if status := subprocess.run(command, check=False, cwd=ROOT, env=environment()).returncode:
        sys.exit(status)


def environment() -> dict[str, str]:
    """What Django and the Procfile see: the demo is switched on."""
    path = f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return os.environ | {"PATH": path, "GIS_PORTAL_DEMO": "1", "PYTHONUNBUFFERED": "1"}


def prepare() -> None:
    """Everything before the first request: packages, assets, tables, demo data. Fast when done."""
    step(os.environ.get("MAKE", "make"), "--no-print-directory", "setup", "assets")
    step(sys.executable, ROOT / "tools" / "db.py", "start")
    manage = (PYTHON, ROOT / "manage.py")
    step(*manage, "migrate", "--no-input", "-v0", saying="Bringing the tables up to date …")
    if static_is_old():
        step(*manage, "collectstatic", "--no-input", "-v0", saying="Collecting the static files …")
        (STATIC_ROOT / ".collected").touch()
    step(*manage, "load_demo", saying="Loading the demo city …")
    step(*manage, "bake", "--quick", "-v0", saying="Baking the public files …")


def static_is_old() -> bool:
    """Whether a static file, or a package that brings some, is newer than what was collected."""
    try:
        collected = (STATIC_ROOT / ".collected").stat().st_mtime
    except OSError:
        return True
    folders = [ROOT / "static", *ROOT.glob("*/static"), *ROOT.glob("gis_portal/*/static")]
    made_of = [ROOT / ".venv" / ".installed-run", ROOT / "gis_portal" / "settings.py"]
    made_of += [path for folder in folders for path in (folder, *folder.rglob("*"))]
    return any(path.exists() and path.stat().st_mtime > collected for path in made_of)


def database(command: str) -> int:
    """Run a command of tools/db.py quietly; return its status."""
    whole = (sys.executable, ROOT / "tools" / "db.py", command)
    return subprocess.run(whole, check=False, stdout=subprocess.DEVNULL).returncode


def database_runs() -> bool:
    """Whether the database runs (or is somebody else's: DATABASE_URL)."""
    return database("status") == 0


def stop_database() -> None:
    """Stop the project's own database."""
    database("stop")


def serve(ready: Callable[[], None]) -> int:
    """Run what the Procfile says until the web ends or we are asked to; leaves nothing behind."""
    held = lock()
    if held is None:
        fail("This clone's site runs already: `make down` stops it.")
    STATE.write_text(json.dumps({"pid": os.getpid(), "port": port()}))
    env = environment() | {"PORT": str(port()), "SMTP_PORT": str(free_port())}
    running: Running = {}
    try:
        running = start_all(env)
        until = time.monotonic() + READY_WITHIN
        while not healthy(port()):
            if ended(running):
                return 1
            if time.monotonic() > until:
                fail(f"The site did not answer on /healthz within {READY_WITHIN} s (see above).")
            time.sleep(0.2)
        ready()
        while not ended({"web": running["web"]}):
            revive(running, env)
            time.sleep(REVIVE_AFTER)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        end_all(running)
        STATE.unlink(missing_ok=True)
        held.close()


# --- the commands ---------------------------------------------------------------------------------


def say_ready(how_to_stop: str, how_to_stop_ja: str) -> None:
    """The line that everybody waits for."""
    where = f"http://127.0.0.1:{port()}/"
    print(f"\nReady: {where}  ({how_to_stop} stops it)", flush=True)
    print(f"準備ができました: {where}  （{how_to_stop_ja}）\n", flush=True)


def demo() -> int:
    """Everything in the foreground, until Ctrl-C."""
    was_running = database_runs()
    try:
        prepare()
        return serve(lambda: say_ready("Ctrl-C", "止めるには Ctrl-C"))
    except KeyboardInterrupt:
        return 130
    finally:
        if not was_running:
            stop_database()


def up() -> int:
    """The same in the background; returns when the site answers."""
    prepare()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    if LOG.exists():
        shutil.move(LOG, LOG.with_suffix(".log.1"))
    with LOG.open("w") as log:
        server = subprocess.Popen(
            [sys.executable, __file__, "serve"], cwd=ROOT, stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    until = time.monotonic() + READY_WITHIN + 5
    while not healthy(port()):
        if server.poll() is not None or time.monotonic() > until:
            server.terminate()
            tail = "\n".join(LOG.read_text(errors="replace").splitlines()[-30:])
            fail(f"{tail}\n\nThe site did not start; the end of {LOG} is above.")
        time.sleep(0.2)
    say_ready("`make down`", "止めるには make down")
    return 0


def down() -> int:
    """Stop the site, in whichever terminal it runs, and the database."""
    if already_up() is None:
        print("The site was not up.")
    else:
        os.kill(json.loads(STATE.read_text())["pid"], signal.SIGTERM)
        until = time.monotonic() + 30
        while already_up() is not None:
            if time.monotonic() > until:
                fail(f"The site did not stop within 30 s: see {LOG} and {STATE}.")
            time.sleep(0.1)
        print("The site is down.")
    stop_database()
    return 0


def main(command: str) -> int:
    """Carry one command out."""
    if command == "down":
        return down()
    if command not in ("demo", "up", "serve"):
        fail("usage: tools/run.py demo|up|down")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    if command == "serve":
        return serve(lambda: print("ready", flush=True))
    if running := already_up():
        print(f"Up already: http://127.0.0.1:{running}/  (`make down` stops it)")
        return 0
    check_port()
    return demo() if command == "demo" else up()


if __name__ == "__main__":
    try:
        sys.exit(main(" ".join(sys.argv[1:])))
    except KeyboardInterrupt:
        sys.exit(130)
