"""Where the project's own PostgreSQL cluster lies, with which programs and as whom it runs.

Standard library only: tools/db.py uses this before anything is installed. The machine's own cluster
is neither used nor touched.

PostgreSQL refuses to run as root, so root runs it as the owner of the data, at first the system
user `postgres`. That user must be able to reach the data: where the clone lies in a folder closed
to others (/root/…), the data goes to a new folder in /var/lib/gis_portal and .local/pg links there.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
PG = LOCAL / "pg"
DATA = PG / "data"
ELSEWHERE = Path("/var/lib/gis_portal")
NAME = "gis_portal"  # of the role and of the database
MIN_SERVER, MIN_POSTGIS = 15, (3, 3)


class ClusterError(Exception):
    """Something the reader can mend; the message says what happened and what to do."""


# --- programs -------------------------------------------------------------------------------------


def printed(*command: str | Path) -> str:
    """What a command prints; nothing when it fails."""
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()


def servers() -> list[tuple[int, Path]]:
    """Every (major version, bin folder) on this machine, newest first, whatever its version."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    found: dict[Path, int] = {}
    for folder in folders:
        if not all(os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl", "psql")):
            continue
        if match := re.search(r"PostgreSQL\) (\d+)", printed(folder / "initdb", "--version")):
            found[folder] = int(match[1])
    return sorted(((major, folder) for folder, major in found.items()), reverse=True)


def postgis_of(major: int, bindir: Path) -> tuple[int, int]:
    """The PostGIS version that this server would install; (0, 0) when it has none."""
    sharedir = f"/usr/share/postgresql/{major}"
    if (bindir / "pg_config").exists():
        sharedir = printed(bindir / "pg_config", "--sharedir") or sharedir
    try:
        control = Path(sharedir, "extension", "postgis.control").read_text()
    except OSError:
        return (0, 0)
    match = re.search(r"default_version\s*=\s*'(\d+)\.(\d+)", control)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def data_version() -> int | None:
    """Major version of the data that is here already; None while there is none."""
    try:
        return int((DATA / "PG_VERSION").read_text())
    except (OSError, ValueError):
        return None


def usable() -> Path | None:
    """The bin folder to use: PostgreSQL ≥ 15 with PostGIS ≥ 3.3, and of the data's version."""
    data = data_version()
    for major, folder in servers():
        new_enough = major >= MIN_SERVER and postgis_of(major, folder) >= MIN_POSTGIS
        if new_enough and data in (None, major):
            return folder
    return None


def programs() -> Path:
    """Like usable(), but it is an error when there is nothing to use."""
    if found := usable():
        return found
    if data := data_version():
        raise ClusterError(
            f"The data in {PG} was made by PostgreSQL {data}, which is not here (with PostGIS) any "
            "more: install it again (`make setup`), or give the data up (`tools/db.py destroy`)."
        )
    raise ClusterError(
        "No PostgreSQL 15 or newer with PostGIS 3.3 or newer was found: run `make setup`, which "
        "installs them, or set DATABASE_URL to a database that has PostGIS."
    )


# --- the user -------------------------------------------------------------------------------------


def owner() -> pwd.struct_passwd:
    """Who runs the server: the owner of .local/pg; before that exists (or as root's) see below."""
    me = os.geteuid()
    whose = PG.stat().st_uid if PG.exists() else me
    if me not in (0, whose):
        raise ClusterError(
            f"The database in {PG} belongs to the user {pwd.getpwuid(whose).pw_name}: run this as "
            "that user, or as root, or work in a clone of your own."
        )
    if whose != 0:
        return pwd.getpwuid(whose)
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise ClusterError(
            "PostgreSQL refuses to run as root, and there is no system user `postgres` to run it "
            "as: create one (adduser --system --group postgres), or work as an ordinary user."
        ) from None


def as_owner(*command: str | Path) -> str:
    """Run a command as the server's user; return what it prints."""
    user = owner()
    # That user may reach the data only by the folder's real path, not through our symlink.
    real = [c.resolve() if isinstance(c, Path) and c.is_relative_to(PG) else c for c in command]
    more: dict[str, Any] = {}
    if os.geteuid() == 0:
        groups = os.getgrouplist(user.pw_name, user.pw_gid)
        more = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": groups}
    # No PGHOST and the like of the caller's; and "/" as the folder, which every user can enter.
    env = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    env |= {"LC_ALL": "C.UTF-8", "HOME": user.pw_dir}
    done = subprocess.run(
        real, check=True, text=True, capture_output=True, cwd="/", env=env, **more
    )
    return str(done.stdout)


def give_to_owner(path: Path) -> None:
    """Let a file that we made be the server's user's, and nobody else's."""
    user = owner()
    os.chown(path, user.pw_uid, user.pw_gid)
    path.chmod(0o700 if path.is_dir() else 0o600)


# --- the data -------------------------------------------------------------------------------------


def leave_what_is_not_ours() -> None:
    """Take away a .local/pg that points nowhere, or (in a copied clone) to the original's data."""
    if not PG.is_symlink():
        return
    try:
        maker = Path((PG / "clone").read_text().strip())
    except OSError:
        PG.unlink()
        return
    if maker == LOCAL:
        return
    still_there = (maker / "pg").is_symlink() and (maker / "pg").samefile(PG)
    if still_there and not maker.samefile(LOCAL):
        PG.unlink()  # what we share we would one day remove under the other's feet
    else:
        (PG / "clone").write_text(f"{LOCAL}\n")  # the clone was moved


def own_folder() -> None:
    """Make .local/pg, or see that the one that is here can still be used. The server is down."""
    PG.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        user = owner()
        if PG.stat().st_uid == 0:  # new, or a copy that root made of somebody's
            subprocess.run(["chown", "-RH", f"{user.pw_uid}:{user.pw_gid}", PG], check=True)
        if not PG.is_symlink() and not reachable():
            ELSEWHERE.mkdir(mode=0o755, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=f"{ROOT.name}-", dir=ELSEWHERE))
            for entry in PG.iterdir():
                shutil.move(entry, folder)
            PG.rmdir()
            PG.symlink_to(folder)
            (folder / "clone").write_text(f"{LOCAL}\n")
            subprocess.run(["chown", "-RH", f"{user.pw_uid}:{user.pw_gid}", PG], check=True)
            print(f"The data goes to {folder}: the user {user.pw_name} cannot enter {LOCAL}.")


def reachable() -> bool:
    """Whether the server's user can write in .local/pg."""
    try:
        as_owner("test", "-w", PG)
    except subprocess.CalledProcessError:
        return False
    return True


def make_cluster() -> None:
    """Run initdb, once. It works in data.new, so an interrupted run leaves no half-made cluster."""
    if DATA.exists():
        return
    print("Making the project's own database cluster …", flush=True)
    fresh, pwfile = PG / "data.new", PG / "pwfile"
    shutil.rmtree(fresh, ignore_errors=True)
    password = secrets.token_urlsafe(24) + "\n"
    write_private(LOCAL / "db-password", password)
    write_private(pwfile, password)
    give_to_owner(pwfile)
    # On the socket whoever can enter its folder (0700) is trusted; over TCP the password is asked.
    as_owner(
        programs() / "initdb", "-D", fresh, "-U", NAME, "--encoding=UTF8", "--locale=C.UTF-8",
        "--auth-local=trust", "--auth-host=scram-sha-256", "--data-checksums", "--pwfile", pwfile,
    )  # fmt: skip
    pwfile.unlink()
    conf = fresh / "postgresql.conf"
    conf.write_text(conf.read_text() + "\ninclude = 'gis_portal.conf'\n")
    fresh.rename(DATA)


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read, from its first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
