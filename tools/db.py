#!/usr/bin/env python3
"""The project's own PostgreSQL: start, stop, status, url, destroy.

Standard library only: it runs on the system's Python, before anything is installed. With
DATABASE_URL set nothing is started or stopped: that database is only asked whether it will do.

    .local/pg/data        the cluster              .local/pg/server.log   what the server says
    .local/pg/run         its socket's folder, 0700 (a short one under /tmp when that path is long)
    .local/db-password    for the role gis_portal over TCP (0600)
    .local/database-url   what Django reads while DATABASE_URL is unset (0600)
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import cluster
from cluster import DATA, ELSEWHERE, LOCAL, NAME, PG, ROOT, ClusterError, as_owner, programs
from processes import free_port

URL_FILE = LOCAL / "database-url"
CONF = DATA / "gis_portal.conf"
LOG = PG / "server.log"
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
# A socket's path may have 107 bytes, of which "/.s.PGSQL.65535" takes 15.
LONGEST_SOCKET_DIR = 107 - 15
TMP = Path("/tmp")  # noqa: S108  mktemp -d makes a new 0700 folder in it

# For a small machine, which does other things too: an eighth of its memory, PostgreSQL's own advice
# being a quarter for a server that does nothing else. Nothing here trades safety for speed: fsync
# and synchronous_commit stay on.
SETTINGS = """\
# tools/db.py writes this at every start: put settings of your own into postgresql.conf, at its end.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = 80
shared_buffers = {shared}MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
random_page_cost = 1.1
jit = off
log_timezone = 'UTC'
timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
"""


# --- what runs ------------------------------------------------------------------------------------


def postmaster() -> int | None:
    """Process id of the server that serves exactly our data; None when there is none.

    postmaster.pid alone may be stale (a reboot, another process has the number now) or another
    server's (a copied clone). A server stands in its data folder, wherever that was moved to.
    """
    try:
        pid = int((DATA / "postmaster.pid").read_text().split("\n")[0])
    except (OSError, ValueError):
        return None
    return pid if stands_in(pid) == str(DATA.resolve()) else None


def stands_in(pid: int) -> str:
    """The folder that a process stands in; empty when it is gone (or not for us to know)."""
    try:
        return as_owner("readlink", f"/proc/{pid}/cwd").strip()
    except subprocess.CalledProcessError:
        return ""


def conf(name: str) -> str:
    """A setting out of the file written at the last start; empty when there is none."""
    try:
        lines = CONF.read_text().splitlines()
    except OSError:
        return ""
    values = [line.partition(" = ")[2] for line in lines if line.startswith(f"{name} = ")]
    return values[0].strip("'").replace("''", "'") if values else ""


def socket_dir() -> Path:
    """The folder for the socket: .local/pg/run, or a short one under /tmp that is remembered."""
    own = PG.resolve() / "run"
    if len(os.fsencode(own)) <= LONGEST_SOCKET_DIR:
        if not own.exists():
            own.mkdir(mode=0o700)
            cluster.give_to_owner(own)
        return own
    last = Path(conf("unix_socket_directories") or "/nowhere")
    if last.is_dir() and last.parent == TMP:
        there = last.stat()
        if there.st_uid == cluster.owner().pw_uid and there.st_mode & 0o077 == 0:
            return last
    return Path(as_owner("mktemp", "-d", TMP / "gis_portal.XXXXXXXX").strip())


def psql(database: str, statement: str) -> str:
    """Ask our server one thing over its socket."""
    return as_owner(
        programs() / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statement,
        "-h", conf("unix_socket_directories"), "-p", conf("port"), "-U", NAME, "-d", database,
    ).strip()  # fmt: skip


def answers() -> bool:
    """Whether our server can be reached where its last start has put it."""
    try:
        return psql("postgres", "select 1") == "1"
    except subprocess.CalledProcessError:
        return False


# --- the commands ---------------------------------------------------------------------------------


def start() -> bool:
    """Start the server where it does not run yet; True when this call has started it."""
    cluster.leave_what_is_not_ours()
    started = False
    if not (postmaster() and socket_dir() == Path(conf("unix_socket_directories")) and answers()):
        stop()  # it runs but its socket is gone, or the clone was moved
        cluster.own_folder()
        cluster.make_cluster()
        launch()
        started = True
    if NAME not in psql("postgres", "select datname from pg_database").split():
        psql("postgres", f"create database {NAME}")
    for extension in EXTENSIONS:
        psql(NAME, f"set client_min_messages = error; create extension if not exists {extension}")
    where = quote(conf("unix_socket_directories"), safe="")
    url = f"postgis://{NAME}@{where}:{conf('port')}/{NAME}\n"
    if not URL_FILE.exists() or URL_FILE.read_text() != url:
        cluster.write_private(URL_FILE, url)
    return started


def launch() -> None:
    """Start the server on the remembered port, or on another when that is taken."""
    print("Starting the project's own database …", flush=True)
    forget_foreign_lock()
    folder = socket_dir()
    for left in folder.glob(".s.PGSQL.*"):
        left.unlink()
    for _attempt in range(3):  # somebody may take the port between our look and the server's
        port = free_port(int(conf("port") or 0))
        quoted = str(folder).replace("'", "''")
        CONF.write_text(SETTINGS.format(port=port, socket_dir=quoted, shared=shared_buffers()))
        cluster.give_to_owner(CONF)
        try:
            as_owner(programs() / "pg_ctl", "start", "-w", "-t", "120", "-s", "-D", DATA, "-l", LOG)
        except subprocess.CalledProcessError:
            continue
        return
    said = "\n".join(LOG.read_text(errors="replace").splitlines()[-12:]) if LOG.exists() else ""
    raise ClusterError(f"{said}\n\nThe database did not start; all that it said is in {LOG}.")


def shared_buffers() -> int:
    """MiB of memory for PostgreSQL's own use: 128 at least, 1024 at most."""
    mib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_048_576
    return min(max(mib // 8, 128), 1024)


def forget_foreign_lock() -> None:
    """Remove a postmaster.pid whose number is now another process's: the server would believe it.

    A number that nobody has is left alone: the server looks for survivors of a crash itself.
    """
    lock = DATA / "postmaster.pid"
    try:
        pid = int(lock.read_text().split("\n")[0])
    except (OSError, ValueError):
        return
    if Path(f"/proc/{pid}").exists():
        lock.unlink()


def stop() -> bool:
    """Stop the server if it runs; True when it ran."""
    pid = postmaster()
    if pid is None:
        return False
    os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown: ends sessions, keeps every commit
    deadline = time.monotonic() + 60
    while stands_in(pid):
        if time.monotonic() > deadline:
            raise ClusterError(f"The database (process {pid}) did not stop in 60 s: see {LOG}.")
        time.sleep(0.05)
    return True


def destroy() -> None:
    """Stop the server and remove every byte of it, data included."""
    cluster.leave_what_is_not_ours()
    if PG.exists():
        cluster.owner()  # a stranger to the data is told so before anything is removed
        stop()
        last = Path(conf("unix_socket_directories") or "/nowhere")
        if last.parent == TMP:
            shutil.rmtree(last, ignore_errors=True)
        shutil.rmtree(PG.resolve())
    if PG.is_symlink():
        PG.unlink()
        if ELSEWHERE.is_dir() and not any(ELSEWHERE.iterdir()):
            ELSEWHERE.rmdir()
    for path in (URL_FILE, LOCAL / "db-password"):
        path.unlink(missing_ok=True)


def check_given() -> None:
    """Ask the database that DATABASE_URL names whether it will do."""
    python = ROOT / ".venv" / "bin" / "python"
    if not python.exists():
        raise ClusterError("Run `make setup` first: asking the database of DATABASE_URL needs it.")
    if subprocess.run([python, ROOT / "tools" / "check_database.py"], check=False).returncode:
        sys.exit(1)


def status() -> int:
    """Say what there is; 0 when the server runs."""
    if not postmaster():
        print("stopped" if DATA.exists() else "not made yet (make db)")
        return 3
    print(f"running: data in {DATA.resolve()}, TCP on 127.0.0.1:{conf('port')}")
    print(URL_FILE.read_text().strip())
    return 0


def main(arguments: list[str]) -> int:
    """Carry one command out."""
    command = arguments[0] if len(arguments) == 1 else ""
    given = os.environ.get("DATABASE_URL", "")
    if command == "usable":
        return 0 if cluster.usable() else 1
    if command == "data-version":
        print(cluster.data_version() or "")
        return 0
    if command not in ("start", "stop", "status", "url", "destroy"):
        print("usage: tools/db.py start|stop|status|url|destroy", file=sys.stderr)
        return 2
    if given and command != "destroy":
        if command == "start":
            check_given()
        elif command == "url":
            print(given)
        return 0
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make -j`, two shells
        if command == "start":
            print("The database runs." if start() else "The database runs already.")
        elif command == "stop":
            print("The database is stopped." if stop() else "The database was not running.")
        elif command == "url":
            print(URL_FILE.read_text().strip() if URL_FILE.exists() else "")
        elif command == "destroy":
            destroy()
        elif command == "status":
            return status()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout or "").strip()
        sys.exit(f"{said}\n\nThis command failed (its words are above): {error.cmd[0]} …")
    except ClusterError as trouble:
        sys.exit(str(trouble))
