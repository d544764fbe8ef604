"""manage.py nginx_conf: a whole configuration that nginx takes, and no half one."""

import re
import shutil
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from layers.publish import nginx
from tests.nginx import free_port


@pytest.fixture
def bake(tmp_path: Path, settings: Any) -> Path:
    settings.BAKE_DIR = tmp_path / "bake"
    (settings.BAKE_DIR / "public").mkdir(parents=True)
    return settings.BAKE_DIR


def said(**options: Any) -> str:
    out = StringIO()
    call_command("nginx_conf", stdout=out, **options)
    return out.getvalue()


def check(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "nginx.conf").write_text(text)
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") or "nginx"
    command = [program, "-t", "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("brotli", [True, False])
def test_nginx_takes_it(brotli: bool, bake: Path, tmp_path: Path) -> None:
    text = said(listen=f"127.0.0.1:{free_port()}", no_brotli=not brotli)
    assert ("brotli" in text) is (brotli and bool(nginx.brotli_module()))
    done = check(tmp_path, text)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr
    # The negative control: nginx does look at what it is given.
    assert check(tmp_path, text.replace("gzip_static on;", "gzip_static perhaps;")).returncode != 0


def test_with_a_certificate_it_is_https_and_http_is_sent_there(bake: Path, tmp_path: Path) -> None:
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    subprocess.run(
        [*make, "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem", "-days", "1"],
        check=True, capture_output=True,
    )  # fmt: skip
    with override_settings(
        HTTPS=True,
        SECURE_HSTS_SECONDS=31536000,
        ALLOWED_HOSTS=["a.example"],
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    ):
        text = said(certificate=str(tmp_path / "cert.pem"), key=str(tmp_path / "key.pem"))
    assert "listen 443 ssl http2;" in text
    assert "return 301 https://$host$request_uri;" in text
    assert 'add_header Strict-Transport-Security "max-age=31536000"' in text
    # Not everybody may listen on these ports, not even for a look.
    ports = {"443": free_port(), "80": free_port()}
    text = re.sub(r"(listen \S*?)\b(443|80)\b", lambda found: f"{found[1]}{ports[found[2]]}", text)
    done = check(tmp_path, text)
    assert done.returncode == 0, done.stderr


def test_no_place_of_the_template_stays_empty(bake: Path) -> None:
    text = said(listen="8080")
    assert not nginx._PLACE.search(text.replace("${", "$("))
    assert "listen 8080;" in text
    assert "listen [::]:8080;" in text


@pytest.mark.parametrize(
    ("hosts", "names"),
    [
        (["map.example.jp", ".example.org"], "map.example.jp .example.org"),
        (["*"], "_"),
        (["localhost", "[::1]"], "localhost [::1]"),
    ],
)
def test_the_names_are_those_that_django_answers_to(
    hosts: list[str], names: str, bake: Path
) -> None:
    with override_settings(ALLOWED_HOSTS=hosts):
        assert f"server_name {names};" in said()


def test_what_would_end_its_place_in_the_text_is_refused(bake: Path, tmp_path: Path) -> None:
    with override_settings(ALLOWED_HOSTS=["a; } server {"]), pytest.raises(CommandError):
        said()
    with override_settings(BAKE_DIR=tmp_path / 'a"b'), pytest.raises(CommandError):
        said()
    with pytest.raises(CommandError, match="both"):
        said(certificate="x")


def test_it_writes_a_file_and_the_pages_for_when_nobody_answers(bake: Path, tmp_path: Path) -> None:
    assert said(out=tmp_path / "out.conf") == ""
    assert (tmp_path / "out.conf").read_text().startswith("# nginx for the whole site.")
    pages = bake / "unavailable"
    assert "not available" in (pages / "en.html").read_text()
    assert {path.name for path in pages.glob("*.html")} == {"ja.html", "en.html", "ja-easy.html"}
