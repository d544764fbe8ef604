"""Staff move a place on the map in the staff screens, and the public map changes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from layers.models import ChangeSet, Feature
from layers.publish import bake, tree
from layers.publish.published import folder, newest
from tests.e2e.conftest import Town, Visitor
from tests.publisher import worked

pytestmark = pytest.mark.e2e


def public_place(town: Town) -> tuple[str, list[float]]:
    """What the public's file says of the hall: its name and position."""
    current = newest(town.facilities, "map")
    assert current is not None
    path = folder(town.facilities, current) / "features.ja.geojson"
    features = json.loads(path.read_bytes())["features"]
    hall = next(feature for feature in features if feature["id"] == town.hall.pk)
    return hall["properties"]["name"], hall["geometry"]["coordinates"]


def test_a_place_that_staff_move_moves_on_the_public_map(
    town: Town, visitor: Callable[..., Visitor], live_server: LiveServer, settings: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    settings.BAKE_DIR = tmp_path
    bake.published(town.facilities)
    name, (longitude, latitude) = public_place(town)
    assert name == "中央会館"

    client = Client()
    client.force_login(User.objects.create_superuser("officer"))
    somebody = visitor()
    cookie = {"name": site.SESSION_COOKIE_NAME, "value": client.cookies["sessionid"].value}
    somebody.context.add_cookies([{**cookie, "url": live_server.url}])
    page = somebody.open(f"/staff/layers/feature/{town.hall.pk}/change/")
    page.wait_for_selector(".leaflet-marker-icon")
    page.locator(".leaflet-draw-edit-edit").click()
    marker = page.locator(".leaflet-marker-icon").first.bounding_box()
    assert marker is not None
    x, y = marker["x"] + marker["width"] / 2, marker["y"] + marker["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 5, steps=5)
    page.mouse.up()
    page.locator(".leaflet-draw-actions a").first.click()  # leaflet.draw's own "Save"
    page.locator("#id_name").fill("中央会館（移転）")
    page.locator("input[name=_save]").click()
    expect(page.locator(".messagelist")).to_contain_text("数秒で")

    assert ChangeSet.objects.filter(act="edit", created_by__username="officer").count() == 1
    worked()
    name, (new_longitude, new_latitude) = public_place(town)
    assert name == "中央会館（移転）"
    assert new_longitude > longitude
    assert new_latitude < latitude
    assert "中央会館（移転）" in (tree.public_root() / "pages/ja/index.html").read_text()
    assert Feature.objects.get(pk=town.hall.pk).provenance == "hand"
