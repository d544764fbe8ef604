"""The site's processes: start what the Procfile says, end it whole.

Standard library only, like tools/run.py, which uses this. The Procfile is of the usual kind, so
honcho or foreman can run it too. Honcho was tried here and left out: when its terminal was closed
it could not print that it was ending, and so kept its children running for ever.
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROCFILE = ROOT / "Procfile"
Running = dict[str, subprocess.Popen[bytes]]


def healthy(number: int) -> bool:
    """Whether the site answers 200 on /healthz."""
    connection = http.client.HTTPConnection("127.0.0.1", number, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port(wanted: int = 0) -> int:
    """The wanted loopback port when nobody has it now, else one that nobody has."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def die_with_parent() -> None:
    """In a child: be told to end should the parent be killed with no chance to say so (Linux)."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def commands(procfile: Path) -> dict[str, str]:
    """The Procfile's commands by name."""
    lines = [line.partition(":") for line in procfile.read_text().splitlines()]
    return {
        name: command.strip() for name, _, command in lines if command and not name.startswith("#")
    }


def start(command: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a command as a group of its own that can be ended as one."""
    return subprocess.Popen(
        ["sh", "-c", command],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C is ours to pass on, once
        preexec_fn=die_with_parent,  # there are no threads that it could harm
    )


def start_all(env: dict[str, str], procfile: Path = PROCFILE) -> Running:
    """Start every line of the Procfile."""
    return {name: start(command, env) for name, command in commands(procfile).items()}


def revive(running: Running, env: dict[str, str], procfile: Path = PROCFILE) -> None:
    """Start anew what has ended, except the web, without which there is no site.

    A worker ends when the database goes away; the pages must go on saying so, and the worker must
    be back when the database is.
    """
    for name, process in list(running.items()):
        if name != "web" and process.poll() is not None:
            print(f"\n{name} has ended with status {process.returncode}: started anew.", flush=True)
            end_all({name: process}, patience=0)  # what it may have left behind
            running[name] = start(commands(procfile)[name], env)


def end_all(running: Running, patience: float = 10) -> None:
    """Ask all to end, and after some seconds of patience end them."""
    until = time.monotonic() + patience
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in running.values():
            with contextlib.suppress(ProcessLookupError):  # also the group of one that has ended
                os.killpg(process.pid, number)
        for process in running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))


def ended(running: Running) -> bool:
    """Whether one of them has ended; says which."""
    for name, process in running.items():
        if process.poll() is not None:
            print(f"\n{name} has ended with status {process.returncode} (see above).", flush=True)
            return True
    return False
