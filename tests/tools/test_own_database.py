"""tools/db.py: the project's own cluster in a clone that is moved, copied, killed, far away.

Each test has a clone of its own (the tools, nothing else) and a real server in it.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
TMP = Path("/tmp")
ELSEWHERE = Path("/var/lib/gis_portal")

sys.path.insert(0, str(TOOLS))
from cluster import usable  # noqa: E402

if not os.environ.get("CI"):
    pytestmark = pytest.mark.skipif(
        usable() is None, reason="no PostgreSQL with PostGIS on this machine to start"
    )


class Clone:
    """A folder with tools/, and what one does with its database."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.local = root / ".local"
        self.pg = self.local / "pg"

    def db(self, command: str, status: int = 0) -> str:
        env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        done = subprocess.run(
            [sys.executable, self.root / "tools" / "db.py", command],
            env=env, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def connect(self, **other: object) -> psycopg.Connection:
        url = urlsplit((self.local / "database-url").read_text().strip())
        host, _, port = url.netloc.partition("@")[2].partition(":")
        where = {"host": unquote(host), "port": port, "user": url.username, "dbname": url.path[1:]}
        return psycopg.connect(**(where | other), autocommit=True)  # type: ignore[arg-type]

    def note(self, text: str) -> None:
        with self.connect() as connection:
            connection.execute("create table if not exists note (text text)")
            connection.execute("insert into note values (%s)", [text])

    def notes(self) -> list[str]:
        with self.connect() as connection:
            return [row[0] for row in connection.execute("select text from note order by 1")]

    def server(self) -> int:
        """The server's process id, or 0 when none stands in this clone's data."""
        try:
            pid = int((self.pg / "data" / "postmaster.pid").read_text().split()[0])
            return pid if Path(f"/proc/{pid}/cwd").samefile(self.pg / "data") else 0
        except OSError:
            return 0


def runs(pid: int) -> bool:
    """Whether a process still runs: the ended ones that nobody has waited for stand nowhere."""
    try:
        return bool(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return False


def new_clone(root: Path) -> Clone:
    (root / "tools").mkdir(parents=True)
    for name in ("db.py", "cluster.py", "processes.py"):
        shutil.copy(TOOLS / name, root / "tools" / name)
    return Clone(root)


@pytest.fixture(scope="module")
def shared() -> Iterator[Clone]:
    """One clone for all tests that leave it as they found it: a cluster takes seconds to make."""
    yield from (
        new_clone(path / "city map") for path in open_folder()
    )  # a blank is nothing special


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the system user postgres can enter, as /srv or an open home is."""
    yield from open_folder()


def open_folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="clone.", dir=TMP))
    path.chmod(0o755)
    yield path
    for tools in path.rglob("tools"):
        Clone(tools.parent).db("destroy")
    shutil.rmtree(path)


@pytest.fixture
def clone(folder: Path) -> Clone:
    return new_clone(folder / "map")


def test_the_database_has_what_the_site_needs_and_keeps_it_through_a_restart(shared: Clone) -> None:
    assert "The database runs." in shared.db("start")
    assert "runs already" in shared.db("start")
    with shared.connect() as connection:
        row = connection.execute("select array_agg(extname::text) from pg_extension").fetchone()
        assert row is not None
        assert {"postgis", "pg_trgm", "btree_gist"} <= set(row[0])
        assert connection.info.parameter_status("server_encoding") == "UTF8"
        # What pytest-django does: a database of its own, with PostGIS in it.
        connection.execute("create database test_gis_portal")
        with shared.connect(dbname="test_gis_portal") as other:
            other.execute("create extension postgis")
        connection.execute("drop database test_gis_portal")
    shared.note("新庄")
    first = shared.server()
    assert first
    shared.db("stop")
    assert not runs(first)
    shared.db("status", status=3)
    shared.db("start")
    assert "新庄" in shared.notes()


def test_only_the_owner_reaches_it_and_tcp_asks_for_the_password(shared: Clone) -> None:
    shared.db("start")
    for name in ("database-url", "db-password"):
        assert (shared.local / name).stat().st_mode & 0o777 == 0o600
    for name in ("", "data", "run"):
        assert (shared.pg / name).stat().st_mode & 0o777 == 0o700
    with pytest.raises(psycopg.OperationalError, match="password"):
        shared.connect(host="127.0.0.1", password="wrong")
    password = (shared.local / "db-password").read_text().strip()
    shared.connect(host="127.0.0.1", password=password).close()


def test_a_server_that_was_killed_starts_again_with_its_data(shared: Clone) -> None:
    shared.db("start")
    shared.note("before")
    pid = shared.server()
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while runs(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(1)  # its children notice and go
    shared.db("start")
    assert "before" in shared.notes()


def test_a_lock_whose_number_is_now_another_process_is_not_believed(shared: Clone) -> None:
    shared.db("start")
    shared.note("before the reboot")
    lock = shared.pg / "data" / "postmaster.pid"
    stale = lock.read_text().split("\n")
    stat = lock.stat()
    shared.db("stop")
    # The number of a process of the same user, which the server itself would take for a rival.
    more = {"user": stat.st_uid} if os.geteuid() == 0 else {}
    other = subprocess.Popen(["sleep", "60"], **more)  # type: ignore[call-overload]
    try:
        lock.write_text("\n".join([str(other.pid), *stale[1:]]))
        os.chown(lock, stat.st_uid, stat.st_gid)
        lock.chmod(0o600)
        shared.db("status", status=3)
        shared.db("start")
        assert "before the reboot" in shared.notes()
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_taken_port_is_left_to_whom_it_belongs(shared: Clone) -> None:
    shared.db("start")
    port = urlsplit((shared.local / "database-url").read_text().strip()).port
    shared.db("stop")
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port or 0))
        other.listen()
        shared.db("start")
        assert urlsplit((shared.local / "database-url").read_text().strip()).port != port
        shared.note("reached")


def test_a_moved_clone_takes_its_running_database_along(clone: Clone, folder: Path) -> None:
    clone.db("start")
    clone.note("here")
    clone.root.rename(folder / "moved")
    moved = Clone(folder / "moved")
    moved.db("start")
    assert "moved" in (moved.local / "database-url").read_text()
    assert moved.notes() == ["here"]


def test_a_copied_clone_leaves_the_originals_database_alone(clone: Clone, folder: Path) -> None:
    clone.db("start")
    clone.note("original")
    pid = clone.server()
    copy = Clone(folder / "copy")
    subprocess.run(["cp", "-a", clone.root, copy.root], check=True)
    copy.db("status", status=3)
    copy.db("stop")
    copy.db("destroy")
    copy.db("start")
    copy.note("copy")
    assert clone.server() == pid
    assert clone.notes() == ["original"]
    copy.db("destroy")
    assert clone.notes() == ["original"]


def test_a_long_path_gets_a_private_socket_folder_that_goes_with_the_data(folder: Path) -> None:
    clone = new_clone(folder / ("a-long-name-" * 8))
    clone.db("start")
    clone.note("far")
    host = urlsplit((clone.local / "database-url").read_text().strip()).netloc.partition("@")[2]
    sockets = Path(unquote(host.partition(":")[0]))
    assert sockets.parent == TMP
    assert sockets.stat().st_mode & 0o777 == 0o700
    clone.db("stop")
    shutil.rmtree(sockets)  # as a reboot does
    clone.db("start")
    assert clone.notes() == ["far"]
    clone.db("destroy")
    assert not list(TMP.glob(f"{sockets.name}*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's clone can be out of its server's reach")
def test_the_data_of_a_clone_closed_to_others_lies_elsewhere_and_is_removed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    clone = new_clone(closed / "map")
    assert "cannot enter" in clone.db("start")
    data = clone.pg.resolve()
    try:
        assert data.parent == ELSEWHERE
        clone.note("kept")
        copy = Clone(closed / "copy")
        subprocess.run(["cp", "-a", clone.root, copy.root], check=True)
        copy.db("start")
        assert copy.pg.resolve() != data
        copy.db("destroy")
        assert clone.notes() == ["kept"]
        clone.root.rename(closed / "moved")
        clone = Clone(closed / "moved")
        clone.db("start")
        assert clone.pg.resolve() == data
        assert clone.notes() == ["kept"]
    finally:
        clone.db("destroy")
    assert not data.exists()
    assert not clone.pg.is_symlink()
