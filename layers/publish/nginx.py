"""nginx's configuration for this site, from the template deploy/nginx.conf and the settings.

Both servers, nginx and the embedded one, take their rules from the same constants.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from layers.publish import addresses, tree
from layers.publish.answers import Headers
from layers.publish.media_types import MEDIA_TYPES
from layers.publish.serving import FOR_ALL, PREFLIGHT
from layers.publish.staff_files import INTERNAL

TEMPLATE = Path(settings.BASE_DIR) / "deploy" / "nginx.conf"
MODULE_FOLDERS = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules")
BROTLI = "ngx_http_brotli_static_module.so"
_PLACE = re.compile(r"(?<!\$)\{([a-z_]+)\}")


@dataclass(frozen=True)
class Site:
    """What of nginx's configuration the settings do not say.

    ``listen``: a port, or ``address:port``. ``upstream``: where the application answers.
    ``certificate`` and ``key``: files in PEM; without them TLS is somebody else's, or nobody's.
    ``brotli``: path of nginx's module for it; empty without. ``access_log``: as nginx takes it.
    """

    listen: str
    upstream: str
    certificate: str = ""
    key: str = ""
    brotli: str = ""
    access_log: str = "off"
    error_log: str = "error.log"


class CannotSay(ValueError):
    """A value that no configuration of nginx can hold."""


def brotli_module(folders: Sequence[str] = MODULE_FOLDERS) -> str:
    """Return the path of nginx's module for brotli; empty where it is not installed."""
    found = (Path(folder) / BROTLI for folder in folders)
    return str(next((path for path in found if path.is_file()), ""))


def unavailable_root() -> Path:
    """Return the folder of the pages that say that the site is not available, by language."""
    return Path(settings.BAKE_DIR) / "unavailable"


def write_unavailable() -> None:
    """Write those pages, as Django would show them: nginx has them when nobody else answers."""
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            page = render_to_string("503.html", {"nonce": ""})
        tree.write(unavailable_root() / f"{language}.html", page.encode())


def configuration(site: Site) -> str:
    """Return the whole text of nginx's configuration.

    Raises:
        CannotSay: a path or name holds a character that would end its place in the text.
    """
    secure = settings.HTTPS
    forwarded = "$http_x_forwarded_proto" if secure and not site.certificate else "$scheme"
    page_headers = [
        *addresses.page_headers(),
        ("Vary", "Cookie"),
        ("Cache-Control", "$kept_a_moment"),
    ]
    words = {
        "load_module": f"load_module {_quoted(site.brotli)};" if site.brotli else "",
        "user": _user(),
        "brotli_static": "brotli_static on;" if site.brotli else "",
        "error_log": _quoted(site.error_log),
        "access_log": site.access_log if site.access_log == "off" else _quoted(site.access_log),
        "types": _lines(8, (f'"{kind}" {end[1:]};' for end, kind in MEDIA_TYPES.items())),
        "language": settings.LANGUAGE_CODE,
        "other_languages": "|".join(map(re.escape, addresses.other_languages())) or "(?!)",
        "page_rest": addresses.PAGE_REST,
        "page_scheme": "https" if secure else "https?",
        "session_cookie": settings.SESSION_COOKIE_NAME,
        "forwarded_proto": forwarded,
        "never": addresses.NEVER,
        "hashed": addresses.HASHED,
        "kept_for_ever": _kept(addresses.IMMUTABLE),
        "kept_a_moment": _kept(addresses.CURRENT),
        "kept_a_minute": _kept(addresses.UNHASHED),
        "headers_for_ever": _file_headers("$kept_for_ever"),
        "headers_a_moment": _file_headers("$kept_a_moment"),
        "headers_a_minute": _file_headers("$kept_a_minute"),
        "preflight": _preflight(),
        "upstream": site.upstream,
        "listen": _lines(8, _listen(site)),
        "redirect_server": _redirect_server(site),
        "server_names": _server_names(),
        "public_root": _path(tree.public_root()),
        "static_root": f"{_path(Path(settings.STATIC_ROOT))}/",
        "staff_root": f"{_path(tree.staff_root())}/baked/",
        "unavailable_root": f"{_path(unavailable_root())}/",
        "internal": INTERNAL,
        "max_upload": f"{settings.IMPORT_MAX_MB + 10}m",
        "page_headers": _add_headers(12, page_headers),
        "error_headers": _add_headers(12, addresses.page_headers(), always=True),
    }
    template = TEMPLATE.read_text(encoding="utf-8")
    return _PLACE.sub(lambda found: words[found[1]], template)


def _lines(indent: int, lines: Sequence[str] | object) -> str:
    return ("\n" + " " * indent).join(lines)  # type: ignore[arg-type]


def _quoted(text: str) -> str:
    if {'"', "\\", "\n", "$"} & set(text):
        raise CannotSay(f"nginx's configuration cannot hold this: {text!r}")
    return f'"{text}"'


def _path(path: Path) -> str:
    return _quoted(str(path.absolute()))[1:-1]


def _user() -> str:
    """Return who nginx's workers run as: only root can say so, and then whoever owns the tree."""
    if os.geteuid() != 0:
        return ""
    root = tree.public_root()
    return f"user {(root if root.exists() else Path(settings.BASE_DIR)).owner()};"


def _server_names() -> str:
    names = [name.strip("[]") for name in settings.ALLOWED_HOSTS]
    # A name with colons is an IPv6 address; nginx knows that from the Host with its brackets.
    named = [f"[{name}]" if ":" in name else name for name in names if name]
    for name in named:
        if not re.fullmatch(r"[\w.:\[\]*-]+", name):
            raise CannotSay(f"ALLOWED_HOSTS has a name that nginx cannot hold: {name!r}")
    return " ".join("_" if name == "*" else name for name in named) or "_"


def _listen(site: Site) -> list[str]:
    more = " ssl http2" if site.certificate else ""
    places = [site.listen, f"[::]:{site.listen}"] if site.listen.isdecimal() else [site.listen]
    lines = [f"listen {place}{more};" for place in places]
    if site.certificate:
        lines += [
            f"ssl_certificate {_quoted(site.certificate)};",
            f"ssl_certificate_key {_quoted(site.key)};",
            "ssl_protocols TLSv1.2 TLSv1.3;",
            "ssl_session_cache shared:tls:2m;",
            "ssl_session_timeout 1d;",
        ]
    return lines


def _redirect_server(site: Site) -> str:
    """Return a server that sends those who come without TLS to the one with it."""
    if not site.certificate or site.listen != "443":
        return ""
    return (
        "server {\n        listen 80;\n        listen [::]:80;\n"
        f"        server_name {_server_names()};\n"
        "        return 301 https://$host$request_uri;\n    }"
    )


def _kept(control: str) -> str:
    """Return what a map of statuses says of Cache-Control."""
    kept = [f'{status} "{control}";' for status in (200, 206, 304)]
    return _lines(8, [*kept, f'404 "{addresses.NOTHING_HERE}";'])


def _file_headers(control: str) -> str:
    return _add_headers(12, [*FOR_ALL, ("Cache-Control", control)], always=True)


def _preflight() -> str:
    """Return the answer to sites that ask first whether they may ask for a part of a file."""
    headers = _add_headers(16, [*FOR_ALL, *PREFLIGHT])
    return (
        "if ($request_method = OPTIONS) {\n                "
        f"{headers}\n                return 204;\n            }}"
    )


def _add_headers(indent: int, headers: Headers, *, always: bool = False) -> str:
    more = " always" if always else ""
    return _lines(indent, [f'add_header {name} "{value}"{more};' for name, value in headers])
