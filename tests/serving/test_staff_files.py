"""Files of layers that only staff may see: sent by Django itself, or by nginx at its word."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from layers.models import Layer
from layers.publish import tree
from tests.factories import places
from tests.nginx import Heard, ask, nginx
from tests.serving.conftest import write_all

FILE = "/staff-baked/layers/plans/map-0123456789abcdef/features.ja.geojson"
PMTILES = "/staff-baked/layers/plans/downloads-0123456789abcdef/plans.pmtiles"
COMPARED = (
    "content-type", "content-encoding", "content-length", "content-range", "cache-control",
    "accept-ranges", "etag", "last-modified", "x-content-type-options",
    "access-control-allow-origin",
)  # fmt: skip


@pytest.fixture
def plans(transactional_db: None, tmp_path: Path, settings: Any) -> Layer:
    """A staff layer with files."""
    settings.BAKE_DIR = tmp_path / "bake"
    write_all(settings.BAKE_DIR)
    return places.layer("plans", visibility="staff")


@pytest.fixture
def planner(plans: Layer, client: Client) -> dict[str, str]:
    """The headers of somebody who may view layers."""
    user = User.objects.create_user("planner", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_layer"))
    return signed_in(client, user)


def signed_in(client: Client, user: User) -> dict[str, str]:
    client.force_login(user)
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies['sessionid'].value}"}


@pytest.fixture
def before_django(plans: Layer, live_server: LiveServer, settings: Any) -> Iterator[str]:
    """nginx before Django, which leaves sending to it."""
    settings.X_ACCEL = True
    with nginx(settings.BAKE_DIR, live_server.thread.port) as root:
        yield root


def both(
    path: str, headers: dict[str, str], django: str, nginx_root: str, settings: Any
) -> tuple[Heard, Heard]:
    theirs = ask(nginx_root, path, headers)
    settings.X_ACCEL = False
    ours = ask(django, path, headers)
    settings.X_ACCEL = True
    return ours, theirs


ASKED: list[tuple[str, dict[str, str], int]] = [
    (FILE, {}, 200),
    (FILE, {"Accept-Encoding": "gzip"}, 200),
    (FILE, {"Accept-Encoding": "gzip, br"}, 200),
    (FILE, {"If-None-Match": "*"}, 304),
    (FILE, {"If-Match": '"other"'}, 412),
    (PMTILES, {"Accept-Encoding": "gzip, br"}, 200),
    (PMTILES, {"Range": "bytes=5-500", "Accept-Encoding": "gzip"}, 206),
    (PMTILES, {"Range": "bytes=99999-"}, 416),
]


def test_staff_get_the_same_from_django_and_from_nginx(
    planner: dict[str, str], before_django: str, live_server: LiveServer, settings: Any
) -> None:
    for path, more, status in ASKED:
        ours, theirs = both(path, planner | more, live_server.url, before_django, settings)
        assert (path, more, ours.status, theirs.status) == (path, more, status, status)
        if status in (200, 206, 304):
            for name in COMPARED:
                if status == 304 and name == "content-length":
                    continue
                assert (name, ours.headers.get(name)) == (name, theirs.headers.get(name))
            assert "cookie" in theirs.varies
            assert theirs.varies <= ours.varies  # Django's middlewares name more
            assert ours.headers["cache-control"] == "private, max-age=31536000, immutable"
            assert "access-control-allow-origin" not in ours.headers
            assert ours.body == theirs.body
        if status == 200:
            assert ours.body
            again = {**planner, **more, "If-None-Match": ours.headers["etag"]}
            ours, theirs = both(path, again, live_server.url, before_django, settings)
            assert (ours.status, theirs.status) == (304, 304)


def test_nobody_else_learns_that_there_is_a_file(
    before_django: str, live_server: LiveServer, client: Client, settings: Any
) -> None:
    somebody = signed_in(client, User.objects.create_user("somebody", is_staff=True))
    none = FILE.replace("plans", "nothing")
    for headers in ({}, somebody, {"Cookie": "sessionid=guessed"}):
        for path in (FILE, PMTILES, FILE.replace("ja", "xx"), none):
            ours, theirs = both(path, headers, live_server.url, before_django, settings)
            assert (ours.status, theirs.status) == (404, 404)
            assert ours.headers.get("x-accel-redirect") is None
            assert "immutable" not in ours.headers.get("cache-control", "")
            nothing = ask(live_server.url, none, headers).body
            assert ours.body.replace(path.encode(), b"") == nothing.replace(none.encode(), b"")


def test_the_permission_is_asked_about_that_layer(
    plans: Layer, rf: Any, django_user_model: Any
) -> None:
    """Whoever may see one layer may not see another: the layer is part of the question."""
    from django.http import Http404

    from layers.publish.staff_files import staff_file

    other = places.layer("other", visibility="staff")
    asked = []

    class OnlyPlans:
        def has_perm(self, permission: str, layer: Layer) -> bool:
            asked.append((permission, layer))
            return layer == plans

    request = rf.get("/")
    request.user = OnlyPlans()
    rest = "map-0123456789abcdef/features.ja.geojson"
    assert staff_file(request, "plans", rest).status_code == 200
    with pytest.raises(Http404):
        staff_file(request, "other", rest)
    assert asked == [("layers.view_layer", plans), ("layers.view_layer", other)]


NOWHERE = [
    "/staff-baked/layers/plans/../../../../public/baked/manifest.json",
    "/staff-baked/layers/plans/..%2f..%2f..%2f..%2fsecret",
    "/staff-baked/layers/plans/%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret",
    "/staff-baked/layers/plans//etc/passwd",
    "/staff-baked/layers/plans/map-0123456789abcdef/",
    "/staff-baked/layers/plans/map-0123456789abcdef/features.ja.geojson.gz",
    "/staff-baked/layers/plans/making-map-00aa11bb/features.ja.geojson",
    "/staff-baked/layers/plans/map-0123456789abcdef/.hidden",
    "/staff-baked/layers/plans/map-0123456789abcdef/%00",
    "/staff-baked/manifest.json",
    "/_staff/layers/plans/map-0123456789abcdef/features.ja.geojson",
]


def test_not_even_staff_reach_anything_else(
    planner: dict[str, str], before_django: str, live_server: LiveServer, settings: Any
) -> None:
    (settings.BAKE_DIR.parent / "secret").write_text("for nobody")
    layer = tree.layers_folder(public=False, slug="plans")
    tree.write(layer / "making-map-00aa11bb/features.ja.geojson", b"for nobody")
    tree.write(layer / "map-0123456789abcdef/.hidden", b"for nobody")
    tree.write(layer / "map-0123456789abcdef/shown", b"for nobody")
    for path in NOWHERE:
        for heard in both(path, planner, live_server.url, before_django, settings):
            assert heard.status in (400, 404), path
            assert b"for nobody" not in heard.body
    # The negative control: it is the names that are refused.
    shown = NOWHERE[7].replace(".hidden", "shown")
    for heard in both(shown, planner, live_server.url, before_django, settings):
        assert heard.body == b"for nobody"


def test_a_staff_layers_files_are_not_at_the_publics_address(
    planner: dict[str, str], before_django: str
) -> None:
    assert ask(before_django, FILE, planner).status == 200
    public = FILE.replace("/staff-baked/", "/baked/")
    assert ask(before_django, public, planner).status == 404


def test_a_file_that_is_too_large_to_be_read_at_once_is_sent_whole(
    planner: dict[str, str], live_server: LiveServer
) -> None:
    content = bytes(range(256)) * 8000
    path = "downloads-0123456789abcdef/large.gpkg"
    tree.write(tree.layers_folder(public=False, slug="plans") / path, content)
    heard = ask(live_server.url, f"/staff-baked/layers/plans/{path}", planner)
    assert (heard.status, heard.body) == (200, content)
