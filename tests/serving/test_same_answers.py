"""nginx and the embedded server answer the same requests alike, header by header."""

from typing import Any

import pytest
from django.test import override_settings

from layers.publish.addresses import CURRENT, IMMUTABLE, NOTHING_HERE, UNHASHED
from tests.nginx import Heard, ask, nginx
from tests.serving.conftest import DOWNLOADS, LAYER, PART, Tree

TILE = f"/baked/{PART}/tiles/10/909/403.mvt"
GEOJSON = f"/baked/{PART}/features.ja.geojson"
PMTILES = f"/baked/{DOWNLOADS}/facilities.pmtiles"
LARGE = f"/baked/{DOWNLOADS}/facilities.gpkg"
MANIFEST = "/baked/manifest.json"
BOTH = {"Accept-Encoding": "gzip, deflate, br, zstd"}
GZIP = {"Accept-Encoding": "gzip"}
COMPARED = (
    "content-type", "content-encoding", "content-length", "content-range", "content-language",
    "cache-control", "accept-ranges", "etag", "last-modified", "access-control-allow-origin",
    "access-control-expose-headers", "access-control-allow-methods", "access-control-max-age",
    "access-control-allow-headers", "content-security-policy", "x-content-type-options",
    "x-frame-options", "referrer-policy", "cross-origin-opener-policy", "x-served",
    "strict-transport-security",
)  # fmt: skip

Row = tuple[str, dict[str, str], int, dict[str, Any]]

ROWS: dict[str, Row] = {
    "a tile": (TILE, {}, 200, {
        "content-type": "application/vnd.mapbox-vector-tile", "cache-control": IMMUTABLE,
        "access-control-allow-origin": "*", "accept-ranges": "bytes", "content-encoding": None,
        "x-content-type-options": "nosniff", "content-length": "38400"}),
    "a tile in gzip": (TILE, GZIP, 200, {"content-encoding": "gzip", "cache-control": IMMUTABLE}),
    "a tile in brotli": (TILE, BOTH, 200, {"content-encoding": "br"}),
    "brotli refused": (TILE, {"Accept-Encoding": "br;q=0, gzip;q=0.5"}, 200,
        {"content-encoding": "gzip"}),
    "gzip refused": (TILE, {"Accept-Encoding": "gzip;q=0.0"}, 200, {"content-encoding": None}),
    "identity": (TILE, {"Accept-Encoding": "identity"}, 200, {"content-encoding": None}),
    "any coding": (TILE, {"Accept-Encoding": "*"}, 200, {"content-encoding": None}),
    "nothing accepted": (TILE, {"Accept-Encoding": ""}, 200, {"content-encoding": None}),
    "a coding that only sounds like ours": (TILE, {"Accept-Encoding": "brx, xgzip"}, 200,
        {"content-encoding": None}),
    "GeoJSON": (GEOJSON, BOTH, 200, {"content-type": "application/geo+json"}),
    "details": (f"/baked/{LAYER}/details-ffeeddccbbaa9988/ja/0.json", BOTH, 200,
        {"content-type": "application/json", "cache-control": IMMUTABLE}),
    "the boundary": ("/baked/shared/boundary-0123456789abcdef.geojson", BOTH, 200,
        {"cache-control": IMMUTABLE}),
    "the manifest": (MANIFEST, BOTH, 200,
        {"content-type": "application/json", "cache-control": CURRENT, "content-encoding": "br"}),
    "CSV, which has no brotli": (f"/baked/{DOWNLOADS}/facilities.csv", BOTH, 200,
        {"content-type": "text/csv; charset=utf-8", "content-encoding": "gzip"}),
    "KML": (f"/baked/{DOWNLOADS}/facilities.kml", {}, 200,
        {"content-type": "application/vnd.google-earth.kml+xml"}),
    "PMTiles": (PMTILES, BOTH, 200,
        {"content-type": "application/vnd.pmtiles", "content-encoding": None}),
    "a shapefile": (f"/baked/{DOWNLOADS}/facilities.zip", BOTH, 200,
        {"content-type": "application/zip"}),
    "a large GeoPackage": (LARGE, BOTH, 200,
        {"content-type": "application/geopackage+sqlite3", "content-length": "3000000"}),
    "a question behind a file changes nothing": (f"{TILE}?v=1", GZIP, 200,
        {"content-encoding": "gzip"}),
    "a cookie changes nothing": (TILE, {"Cookie": "sessionid=abc"}, 200,
        {"cache-control": IMMUTABLE}),
    "a static file with its digest": ("/static/map.0123456789ab.js", BOTH, 200,
        {"content-type": "text/javascript; charset=utf-8", "cache-control": IMMUTABLE,
         "content-encoding": "br"}),
    "a static file without": ("/static/map.js", GZIP, 200,
        {"cache-control": UNHASHED, "content-encoding": "gzip"}),
    "a picture": ("/static/empty.png", BOTH, 200, {"content-type": "image/png"}),
    # -- parts -----------------------------------------------------------------------------------
    "a part": (PMTILES, {"Range": "bytes=10-19"}, 206,
        {"content-range": "bytes 10-19/5000", "content-length": "10", "cache-control": IMMUTABLE}),
    "the first byte": (PMTILES, {"Range": "bytes=0-0"}, 206, {"content-range": "bytes 0-0/5000"}),
    "the rest": (PMTILES, {"Range": "bytes=4990-"}, 206, {"content-length": "10"}),
    "the last bytes": (PMTILES, {"Range": "bytes=-7"}, 206,
        {"content-range": "bytes 4993-4999/5000"}),
    "more than there is": (PMTILES, {"Range": "bytes=4990-99999"}, 206,
        {"content-range": "bytes 4990-4999/5000"}),
    "more last bytes than there are": (PMTILES, {"Range": "bytes=-99999"}, 206,
        {"content-range": "bytes 0-4999/5000"}),
    "a part behind the end": (PMTILES, {"Range": "bytes=5000-"}, 416,
        {"content-range": "bytes */5000"}),
    "no last bytes": (PMTILES, {"Range": "bytes=-0"}, 416, {}),
    "a part that ends before it begins": (PMTILES, {"Range": "bytes=9-3"}, 416, {}),
    "a part that is no number": (PMTILES, {"Range": "bytes=a-b"}, 416, {}),
    "another unit": (PMTILES, {"Range": "tiles=1-2"}, 200, {"content-length": "5000"}),
    "several parts: all of it": (PMTILES, {"Range": "bytes=0-1,5-6"}, 200,
        {"content-length": "5000"}),
    "a part of a large file": (LARGE, {"Range": "bytes=1000000-2999999"}, 206,
        {"content-length": "2000000"}),
    "a part of what lies compressed, uncompressed": (TILE, {"Range": "bytes=0-9"}, 206,
        {"content-length": "10"}),
    "a part of the compressed: all of it": (TILE, {"Range": "bytes=0-9", **GZIP}, 200,
        {"content-encoding": "gzip", "accept-ranges": None}),
    "a part if it is the same, which it is not": (PMTILES,
        {"Range": "bytes=0-9", "If-Range": '"other"'}, 200, {"content-length": "5000"}),
    "a part if it is of that time, which it is not": (PMTILES,
        {"Range": "bytes=0-9", "If-Range": "Mon, 01 Jan 2001 00:00:00 GMT"}, 200, {}),
    # -- conditions ------------------------------------------------------------------------------
    "another tag": (TILE, {"If-None-Match": '"other"'}, 200, {}),
    "any tag": (TILE, {"If-None-Match": "*"}, 304, {"cache-control": IMMUTABLE}),
    "an older time": (TILE, {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 200, {}),
    "a time that is none": (TILE, {"If-Modified-Since": "yesterday"}, 200, {}),
    "only another content": (TILE, {"If-Match": '"other"'}, 412, {}),
    "only this content": (TILE, {"If-Match": "*"}, 200, {}),
    "only what is older": (TILE, {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 412, {}),
    # -- what is not there -----------------------------------------------------------------------
    "no such tile": (f"/baked/{PART}/tiles/10/0/0.mvt", BOTH, 404,
        {"cache-control": NOTHING_HERE, "access-control-allow-origin": "*"}),
    "no such part": (f"/baked/{LAYER}/map-ffffffffffffffff/tiles.json", {}, 404, {}),
    "no such static file": ("/static/none.js", {}, 404, {"cache-control": NOTHING_HERE}),
    "a folder": (f"/baked/{PART}/tiles/10/", {}, None, {}),
    "a twin by its name": (f"{TILE}.gz", {}, 404, {}),
    "the other twin by its name": (f"{TILE}.br", {}, 404, {}),
    "a static twin": ("/static/map.js.gz", {}, 404, {}),
    "a file that is being written": (f"/baked/{PART}/.features.ja.geojson.00aa11bb", {}, 404, {}),
    "a part that is being made": (f"/baked/{LAYER}/making-map-00aa11bb/features.ja.geojson", {},
        404, {"cache-control": NOTHING_HERE}),
    "a very long name": (f"/baked/{'x' * 3000}.mvt", {}, 404, {}),
    # -- pages -----------------------------------------------------------------------------------
    "the first page": ("/", BOTH, 200, {
        "content-type": "text/html; charset=utf-8", "cache-control": CURRENT,
        "content-language": "ja", "content-encoding": "br", "x-frame-options": "DENY",
        "x-served": None, "referrer-policy": "strict-origin-when-cross-origin",
        "cross-origin-opener-policy": "same-origin", "access-control-allow-origin": None}),
    "the English page": ("/en/", GZIP, 200,
        {"content-language": "en", "content-encoding": "gzip"}),
    "the easy page": ("/ja-easy/", {}, 200, {"content-language": "ja-easy"}),
    "a place": ("/features/12/", BOTH, 200, {"content-language": "ja"}),
    "a place in English": ("/en/features/12/", {}, 200, {"content-language": "en"}),
    "a page with other cookies": ("/", {"Cookie": "theme=dark; mysessionid=1"}, 200,
        {"x-served": None}),
    "a page with an empty session": ("/", {"Cookie": "sessionid="}, 200, {"x-served": None}),
    "a page if it is another": ("/", {"If-None-Match": "*"}, 304, {"cache-control": CURRENT}),
    # -- pages of an application that is away ----------------------------------------------------
    "a page with a question": ("/?layers=flood", BOTH, 200,
        {"x-served": "snapshot", "content-language": "ja", "cache-control": CURRENT}),
    "a page for somebody who is signed in": ("/en/features/12/", {"Cookie": "a=b; sessionid=x"},
        200, {"x-served": "snapshot", "content-language": "en"}),
    "a page that was never baked": ("/features/13/", {}, 503,
        {"retry-after": "30"}),
    "one in English": ("/en/features/13/", {}, 503, {"retry-after": "30"}),
}  # fmt: skip


def compare(one: Heard, other: Heard, expected: int | None) -> None:
    assert one.status == other.status
    if expected in (200, 206, 304) or one.status in (200, 206, 304):
        left = {name: one.headers.get(name) for name in COMPARED}
        assert left == {name: other.headers.get(name) for name in COMPARED}
        assert one.varies == other.varies
        assert one.body == other.body
    if one.status == 404:
        for name in ("cache-control", "access-control-allow-origin", "x-content-type-options"):
            assert one.headers.get(name) == other.headers.get(name)


@pytest.mark.parametrize("row", ROWS)
def test_both_answer_alike(row: str, embedded: str, before_nothing: str) -> None:
    path, headers, status, expected = ROWS[row]
    ours = ask(embedded, path, headers)
    theirs = ask(before_nothing, path, headers)
    if status is None:  # neither lists folders; how they refuse is theirs
        assert (ours.status, theirs.status) == (404, 403)
        return
    assert ours.status == status
    for name, value in expected.items():
        assert (name, ours.headers.get(name)) == (name, value)
        assert (name, theirs.headers.get(name)) == (name, value)
    compare(ours, theirs, status)
    compare(ask(embedded, path, headers), theirs, status)  # from memory, too


@pytest.mark.parametrize("row", ROWS)
def test_head_says_what_get_says(row: str, embedded: str, before_nothing: str) -> None:
    path, headers, status, _ = ROWS[row]
    if status not in (200, 206, 304):
        return
    ours = ask(embedded, path, headers, "HEAD")
    assert (ours.status, ours.body) == (status, b"")
    compare(ours, ask(before_nothing, path, headers, "HEAD"), status)
    whole = ask(embedded, path, headers)
    assert ours.headers.get("content-length") == whole.headers.get("content-length")


@pytest.mark.parametrize("path", [TILE, PMTILES, MANIFEST, "/", "/static/map.js"])
@pytest.mark.parametrize("coding", ["", "gzip", "br"])
def test_what_was_said_is_understood_again(
    path: str, coding: str, embedded: str, before_nothing: str
) -> None:
    headers = {"Accept-Encoding": coding}
    for root in (embedded, before_nothing):
        first = ask(root, path, headers)
        etag, time = first.headers["etag"], first.headers["last-modified"]
        assert not etag.startswith("W/")
        for known in (etag, f"W/{etag}", f'"other", {etag}'):
            again = ask(root, path, {**headers, "If-None-Match": known})
            assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
        assert ask(root, path, {**headers, "If-Modified-Since": time}).status == 304
        assert ask(root, path, {**headers, "If-Match": etag}).status == 200
        assert ask(root, path, {**headers, "If-Unmodified-Since": time}).status == 200
        if not first.headers.get("content-encoding"):
            for known in (etag, time):
                part = ask(root, path, {**headers, "Range": "bytes=1-3", "If-Range": known})
                assert (part.status, part.body) == (206, first.body[1:4])


def test_each_coding_has_a_tag_of_its_own(embedded: str, before_nothing: str) -> None:
    for root in (embedded, before_nothing):
        tags = {
            ask(root, TILE, {"Accept-Encoding": coding}).headers["etag"]
            for coding in ("", "gzip", "br")
        }
        assert len(tags) == 3


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nobody_writes_to_files(method: str, embedded: str, before_nothing: str) -> None:
    for root in (embedded, before_nothing):
        assert ask(root, TILE, method=method, body=b"x").status == 405


@pytest.mark.parametrize("path", [TILE, MANIFEST, "/static/map.js"])
def test_another_site_may_ask_for_parts(path: str, embedded: str, before_nothing: str) -> None:
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET",
             "Access-Control-Request-Headers": "range"}  # fmt: skip
    ours, theirs = (ask(root, path, asked, "OPTIONS") for root in (embedded, before_nothing))
    assert ours.status == theirs.status == 204
    for name in COMPARED:
        if name.startswith("access-control"):
            assert ours.headers.get(name) == theirs.headers.get(name)
    assert "Range" in ours.headers["access-control-allow-headers"]


def test_without_its_brotli_module_nginx_sends_gzip(city: Tree) -> None:
    with override_settings(STATIC_ROOT=city.static), nginx(city.bake, brotli=False) as root:
        heard = ask(root, TILE, BOTH)
    assert (heard.status, heard.headers["content-encoding"]) == (200, "gzip")
