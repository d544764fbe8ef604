"""How fast a baked tile is served: by nginx and by the embedded server, against a plain file.

    .venv/bin/python tools/bench_serving.py [--rounds 9] [--seconds 2] [--connections 16]

The peer is nginx with nothing but a folder: one file of as many bytes as the tile has in gzip. In
each round each of them is asked in turn by wrk over loopback, so that a machine that is busy is so
for all; ratios are taken within a round, and the median over the rounds. The load generator runs on
the same cores. The order changes from round to round. ``cpu_us_per_request`` is what the server's
own processes used, which a busy machine changes less. Prints one JSON object last. Needs nginx and
wrk (tools/packages.sh bench), and static files that were collected.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
PATHS = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"
TILE = "baked/layers/bench/map-0123456789abcdef/tiles/12/3640/1612.mvt"
WARM_UP = 1  # seconds
PLAIN = """
{user}
worker_processes auto;
pid nginx.pid;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 10000;
    open_file_cache max=1000;
    client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u;
    scgi_temp_path s;
    server {{ listen 127.0.0.1:{port}; root "{root}"; }}
}}
"""


def tile(size: int) -> bytes:
    """Return bytes whose gzip is about so many bytes long: half of them say nothing new."""
    rng = random.Random(15)  # noqa: S311  (the same tile each time)
    noise = rng.randbytes(size)
    return b"".join(noise[i : i + 64] + bytes(64) for i in range(0, len(noise), 64))


def say(text: str) -> None:
    """Print a line for whoever waits."""
    print(text, flush=True)


@dataclass
class Server:
    """A server that runs, and what was measured of it."""

    url: str
    pid: int
    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)

    def cpu_seconds(self) -> float:
        """Return the processor time of the process and all that it started, so far."""
        ticks = 0
        for pid in family(self.pid):
            with contextlib.suppress(OSError):  # ended meanwhile
                after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(after_name[11]) + int(after_name[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def ask(self, seconds: int, connections: int) -> None:
        """Let wrk ask for some seconds, and keep what that gave."""
        before = self.cpu_seconds()
        rate, count = asked(self.url, seconds, connections)
        self.rates.append(rate)
        self.cpu_us.append((self.cpu_seconds() - before) / count * 1e6)


def family(pid: int) -> list[int]:
    """Return a process and all that it started."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").glob("*/children")
        for child in task.read_text().split()
    ]
    return [pid, *(member for child in children for member in family(child))]


def asked(url: str, seconds: int, connections: int) -> tuple[float, int]:
    """Return requests a second and how many; ends the run where anything but 200 was answered."""
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "-H",
        "Accept-Encoding: gzip",
        url,
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in done or "Socket errors" in done:
        sys.exit(f"{url} did not answer 200 each time:\n{done}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done)
    count = re.search(r"(\d+) requests in", done)
    if rate is None or count is None or not int(count[1]):
        sys.exit(f"wrk printed no requests a second:\n{done}")
    return float(rate[1]), int(count[1])


@contextlib.contextmanager
def running(
    command: list[str | Path], port: int, path: str, env: dict[str, str]
) -> Iterator[Server]:
    """Run a server until it is asked no more."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 60
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    sys.exit(f"{command} did not start:\n{log.read().decode()}")
                time.sleep(0.1)
            yield Server(f"http://127.0.0.1:{port}/{path}", process.pid)
        finally:
            process.terminate()
            process.wait(30)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--bytes", type=int, default=30_000, help="of the tile in gzip, about")
    given = parser.parse_args()
    nginx_program = shutil.which("nginx", path=PATHS)
    if nginx_program is None or shutil.which("wrk") is None:
        sys.exit("nginx and wrk are needed: tools/packages.sh bench")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        result = measured(folder, nginx_program, given, stack)
    print(json.dumps(result))


def measured(
    folder: Path, nginx_program: str, given: argparse.Namespace, stack: contextlib.ExitStack
) -> dict[str, object]:
    """Start the three servers and ask them in turn."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "gis_portal.settings",
        "BAKE_DIR": str(folder / "bake"),
        # No database is asked for a file.
        "DATABASE_URL": os.environ.get("DATABASE_URL") or "postgis://nobody@127.0.0.1:9/nothing",
    }
    import django

    django.setup()
    from processes import commands, free_port

    from layers.publish import nginx, tree

    path = tree.public_root() / TILE
    tree.write(path, tile(given.bytes))
    size = path.with_name(path.name + ".gz").stat().st_size
    plain = folder / "plain"
    plain.mkdir()
    (plain / "file").write_bytes(random.Random(1).randbytes(size))  # noqa: S311
    ports = [free_port() for _ in range(3)]
    user = "user root;" if os.geteuid() == 0 else ""
    texts = {
        "plain": PLAIN.format(port=ports[0], root=plain, user=user),
        "site": nginx.configuration(
            nginx.Site(
                f"127.0.0.1:{ports[1]}", f"127.0.0.1:{ports[2]}", brotli=nginx.brotli_module()
            )
        ),
    }
    servers = {}
    for (name, text), port in zip(texts.items(), ports, strict=False):
        prefix = folder / f"nginx-{name}"
        prefix.mkdir()
        (prefix / "nginx.conf").write_text(text)
        command: list[str | Path] = [nginx_program, "-p", prefix, "-c", prefix / "nginx.conf"]
        command += ["-e", "stderr", "-g", "daemon off;"]
        asked_for = "file" if name == "plain" else TILE
        servers[name] = stack.enter_context(running(command, port, asked_for, dict(os.environ)))
    env = os.environ | {
        "PORT": str(ports[2]),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    web: list[str | Path] = ["sh", "-c", commands(ROOT / "Procfile")["web"]]
    servers["embedded"] = stack.enter_context(running(web, ports[2], TILE, env))
    return asked_in_turn(servers, size, given)


def asked_in_turn(
    servers: dict[str, Server], size: int, given: argparse.Namespace
) -> dict[str, object]:
    """Ask each server in each round; return the medians."""
    for server in servers.values():
        asked(server.url, WARM_UP, given.connections)
    order = list(servers)
    for number in range(given.rounds):
        for name in order:
            servers[name].ask(given.seconds, given.connections)
        order = order[1:] + order[:1]
        latest = ", ".join(f"{name} {found.rates[-1]:.0f}/s" for name, found in servers.items())
        say(f"round {number + 1}: {latest}")

    def ratio(name: str) -> float:
        pairs = zip(servers[name].rates, servers["plain"].rates, strict=True)
        return round(statistics.median(ours / theirs for ours, theirs in pairs), 3)

    return {
        "tile_gzip_bytes": size,
        "connections": given.connections,
        "rounds": given.rounds,
        "requests_per_second": {n: round(statistics.median(s.rates)) for n, s in servers.items()},
        # A busy machine only ever adds to it.
        "cpu_us_per_request": {n: round(min(s.cpu_us), 1) for n, s in servers.items()},
        "hot_vs_nginx": ratio("site"),
        "embedded_vs_nginx": ratio("embedded"),
    }


if __name__ == "__main__":
    main()
