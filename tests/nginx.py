"""A real nginx in front of a tree of files, for any test that wants one."""

import http.client
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.test import override_settings

from layers.publish import nginx as conf


def free_port() -> int:
    """A loopback port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until somebody listens on a port; fail with the log when the process ends before."""
    until = time.monotonic() + 60
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        said = log.read_text() if log.exists() else ""
        assert process.poll() is None, said
        assert time.monotonic() < until, said
        time.sleep(0.05)


@contextmanager
def nginx(
    bake_dir: Path, upstream_port: int | None = None, *, brotli: bool = True
) -> Iterator[str]:
    """Run nginx before the tree in a folder and an application; give the address of its root.

    Without ``upstream_port`` nobody answers for the application.
    """
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    assert program, "No nginx: run `make test` once, which installs it"
    port = free_port()
    site = conf.Site(
        listen=f"127.0.0.1:{port}",
        upstream=f"127.0.0.1:{upstream_port or free_port()}",
        brotli=conf.brotli_module() if brotli else "",
    )
    with tempfile.TemporaryDirectory() as name, override_settings(BAKE_DIR=bake_dir):
        folder = Path(name)
        (bake_dir / "public").mkdir(parents=True, exist_ok=True)
        conf.write_unavailable()
        (folder / "nginx.conf").write_text(conf.configuration(site))
        log = folder / "error.log"
        command = [program, "-p", folder, "-c", folder / "nginx.conf", "-e", log]
        process = subprocess.Popen([*command, "-g", "daemon off;"])
        try:
            wait_for_port(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


@dataclass(frozen=True)
class Heard:
    """What a server answered. ``headers`` by lower-case name; several of one name in one."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def varies(self) -> set[str]:
        """What the answer varies by."""
        return {name.strip().lower() for name in self.headers.get("vary", "").split(",") if name}


def ask(
    root: str, path: str, headers: dict[str, str] | None = None, method: str = "GET",
    body: bytes | None = None,
) -> Heard:  # fmt: skip
    """Ask for exactly this path; nothing in it is made nicer, no redirect followed."""
    connection = http.client.HTTPConnection(root.removeprefix("http://"), timeout=30)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        found: dict[str, str] = {}
        for name, value in answer.getheaders():
            name = name.lower()
            found[name] = f"{found[name]}, {value}" if name in found else value
        return Heard(answer.status, found, answer.read())
    finally:
        connection.close()
