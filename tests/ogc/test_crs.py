"""OGC API – Features Part 2: systems by name, with the axes that they say they have."""

from collections.abc import Callable
from typing import Any

import pyproj
import pytest
from django.conf import settings
from django.http import HttpResponse
from hypothesis import given
from hypothesis import strategies as st

from layers.models import Layer
from layers.ogc.crs import CRS84, Crs, box_shape, offered, shape_in_degrees
from layers.ogc.problems import BadRequest
from tests.factories import places
from tests.ogc.conftest import Get
from tests.ogc.requirements import requirement

pytestmark = pytest.mark.django_db

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
PLANE = f"{EPSG}{settings.CITY.plane_epsg}"
ALL = [CRS84, f"{EPSG}4326", f"{EPSG}6668", f"{EPSG}3857", PLANE]
LON, LAT = 140.3, 38.76
Items = Callable[..., HttpResponse]


def in_system(uri: str, lon: float = LON, lat: float = LAT) -> tuple[float, float]:
    """Return a place in a system by PROJ alone, in the axes that the system's authority gives."""
    if uri == CRS84:
        return lon, lat
    base = 4326 if uri.endswith("3857") else 6668
    step = pyproj.Transformer.from_crs(base, int(uri.rsplit("/", 1)[1]), always_xy=False)
    first, second = step.transform(lat, lon)
    return first, second


def around(uri: str, degrees: float = 0.002) -> str:
    """Return a small box around the first place, its numbers in the system's order."""
    corners = [
        in_system(uri, LON + east, LAT + north)
        for east in (-degrees, degrees)
        for north in (-degrees, degrees)
    ]
    firsts, seconds = zip(*corners, strict=True)
    return ",".join(map(str, (min(firsts), min(seconds), max(firsts), max(seconds))))


@requirement("features-2/crs/crs-uri")
def test_systems_are_named_by_ogc_s_addresses(get: Get, library: Layer) -> None:
    for uri in get("collections/places").json()["crs"]:
        assert uri.startswith("http://www.opengis.net/def/crs/")


@requirement("features-2/crs/fc-md-crs-list")
def test_a_collection_lists_its_systems_the_default_first(get: Get, library: Layer) -> None:
    assert get("collections/places").json()["crs"] == ALL


@requirement("features-2/crs/fc-md-crs-list-global")
def test_the_list_of_collections_lists_the_systems_of_all(get: Get, library: Layer) -> None:
    assert get("collections").json()["crs"] == ALL


@requirement("features-2/crs/fc-md-storageCrs")
def test_a_collection_says_in_what_its_places_are_kept(get: Get, library: Layer) -> None:
    assert get("collections/places").json()["storageCrs"] == CRS84


@requirement("features-2/crs/fc-md-storageCrs-valid-value")
def test_what_they_are_kept_in_is_one_of_the_systems(get: Get, library: Layer) -> None:
    told = get("collections/places").json()
    assert told["storageCrs"] in told["crs"]


@requirement("features-2/crs/fc-bbox-crs-definition")
def test_bbox_crs_is_defined_for_items(get: Get, library: Layer) -> None:
    _defined(get, "/collections/places/items", "bbox-crs")


@requirement("features-2/crs/fc-crs-definition")
def test_crs_is_defined_for_items_and_for_one(get: Get, library: Layer) -> None:
    _defined(get, "/collections/places/items", "crs")
    _defined(get, "/collections/{collectionId}/items/{featureId}", "crs")


def _defined(get: Get, path: str, name: str) -> None:
    described = get("api").json()["paths"][path]["get"]["parameters"]
    told = next(one for one in described if one["name"] == name)
    assert (told["in"], told["required"], told["style"]) == ("query", False, "form")
    assert told["explode"] is False
    assert told["schema"]["type"] == "string"
    assert told["schema"]["enum"] == ALL
    assert told["schema"]["default"] == CRS84


@requirement("features-2/crs/fc-bbox-crs-valid-value", "features-2/crs/fc-bbox-crs-action")
@pytest.mark.parametrize("uri", ALL)
def test_a_box_is_read_in_its_system(
    keys: Callable[..., list[str]], library: Layer, uri: str
) -> None:
    assert keys(bbox=around(uri), bbox_crs=uri) == ["a"]


@requirement("features-2/crs/fc-bbox-crs-default-value")
def test_a_box_without_a_system_is_longitude_and_latitude(
    keys: Callable[..., list[str]], library: Layer
) -> None:
    assert keys(bbox=around(CRS84)) == ["a"]


def test_the_first_number_of_epsg_4326_is_a_latitude(items: Items, library: Layer) -> None:
    """The negative control of the order of axes: longitude first is refused there."""
    answer = items({"bbox": around(CRS84), "bbox-crs": f"{EPSG}4326"})
    assert answer.status_code == 400
    assert "order of the axes" in answer.json()["detail"]


@requirement("features-2/crs/bbox-crs-exception", "features-2/crs/crs-exception")
@pytest.mark.parametrize("name", ["crs", "bbox-crs", "filter-crs"])
@pytest.mark.parametrize("uri", [f"{EPSG}2451", "EPSG:4326", "urn:ogc:def:crs:OGC::CRS84", ""])
def test_another_system_is_400_and_says_which_there_are(
    items: Items, library: Layer, name: str, uri: str
) -> None:
    answer = items({name: uri, "bbox": "140,38,141,39"})
    assert answer.status_code == 400
    assert PLANE in answer.json()["detail"]


@requirement("features-2/crs/fc-crs-valid-value", "features-2/crs/fc-crs-action")
@pytest.mark.parametrize("uri", ALL)
def test_places_come_in_the_system_asked_for_as_proj_has_them(
    items: Items, get: Get, library: Layer, uri: str
) -> None:
    listed = items({"crs": uri}).json()["features"][0]
    alone = get(f"collections/places/items/{listed['id']}", crs=uri).json()
    metres = uri in (PLANE, f"{EPSG}3857")
    for told in (listed, alone):
        assert told["geometry"]["coordinates"] == pytest.approx(
            list(in_system(uri)), abs=0.001 if metres else 1e-8, rel=0
        )
        assert "crs" not in told["geometry"]


@requirement("features-2/crs/fc-crs-default-value")
def test_places_without_a_system_asked_for_are_longitude_and_latitude(
    items: Items, library: Layer
) -> None:
    assert items().json()["features"][0]["geometry"]["coordinates"] == [LON, LAT]


@requirement("features-2/crs/ogc-crs-header", "features-2/crs/ogc-crs-header-value")
@pytest.mark.parametrize("uri", [None, *ALL])
def test_the_header_says_the_system_in_angle_brackets(
    items: Items, get: Get, library: Layer, uri: str | None
) -> None:
    query = {"crs": uri} if uri else {}
    answer = items(query)
    place = answer.json()["features"][0]["id"]
    for one in (answer, get(f"collections/places/items/{place}", **query)):
        assert one["Content-Crs"] == f"<{uri or CRS84}>"


@requirement("features-2/crs/geojson")
def test_another_system_is_told_only_by_who_asked_for_it(items: Items, library: Layer) -> None:
    """RFC 7946, section 4: other systems only by prior arrangement."""
    assert items({"crs": PLANE})["Content-Type"] == "application/geo+json"
    assert items()["Content-Crs"] == f"<{CRS84}>"


def test_the_plane_system_has_its_northing_first(items: Items, library: Layer) -> None:
    north_of_it = places.feature(library, "n", at=(LON, LAT + 0.01))
    told = {one["id"]: one for one in items({"crs": PLANE}).json()["features"]}
    first = told[library.features.get(key="a").pk]["geometry"]["coordinates"]
    second = told[north_of_it.pk]["geometry"]["coordinates"]
    assert second[0] - first[0] == pytest.approx(1110, abs=5)
    assert abs(second[1] - first[1]) < 20


def test_areas_turn_as_a_whole(hazard: Layer, get: Get) -> None:
    def ring(**query: str) -> list[list[float]]:
        told = get("collections/flood/items", **query).json()["features"][0]
        corners: list[list[float]] = told["geometry"]["coordinates"][0]
        return corners

    assert ring(crs=f"{EPSG}4326") == [[lat, lon] for lon, lat in ring()]
    assert ring(crs=PLANE)[0] == pytest.approx(list(in_system(PLANE, 140.30, 38.75)), abs=0.001)


SYSTEMS = list(offered(settings.CITY.plane_epsg).values())


@given(
    lon=st.floats(139.0, 142.0),
    lat=st.floats(37.0, 40.0),
    crs=st.sampled_from(SYSTEMS),
    size=st.floats(0, 0.5),
)
def test_a_box_around_a_place_holds_it_in_every_system(
    lon: float, lat: float, crs: Crs, size: float
) -> None:
    first, second = in_system(crs.uri, lon, lat)
    reach = (size if crs.geographic else size * 1e5) + 1e-6
    found = box_shape((first - reach, second - reach, first + reach, second + reach), crs)
    west, south, east, north = found.bounds
    assert west <= lon <= east
    assert south <= lat <= north


@pytest.mark.parametrize("crs", [crs for crs in SYSTEMS if not crs.geographic])
@pytest.mark.parametrize("far", [1e300, 1e18, 9e9])
def test_what_a_projection_can_t_say_is_refused(crs: Crs, far: float) -> None:
    with pytest.raises(BadRequest):
        box_shape((far, far, far * 1.1, far * 1.1), crs)


@pytest.mark.parametrize(
    "numbers",
    [(140.0, 39.0, 141.0, 38.0), (181.0, 0.0, 182.0, 1.0), (0.0, -91.0, 1.0, 0.0)],
)
def test_a_box_that_is_none_is_refused(numbers: tuple[float, ...]) -> None:
    with pytest.raises(BadRequest):
        box_shape(numbers, SYSTEMS[0])


def test_six_numbers_are_for_degrees_only() -> None:
    with pytest.raises(BadRequest, match="six numbers"):
        box_shape((0, 0, 0, 1, 1, 1), SYSTEMS[-1])


def test_a_shape_s_axes_are_turned_with_it() -> None:
    import shapely

    latitude_first = next(crs for crs in SYSTEMS if crs.epsg == 4326)
    turned: Any = shape_in_degrees(shapely.Point(LAT, LON), latitude_first)
    assert (turned.x, turned.y) == (LON, LAT)
