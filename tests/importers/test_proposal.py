"""What a person is asked where a file leaves its system open."""

import json
import pickle
from datetime import date
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from django.utils.translation import override

from importers.age import DataDate
from importers.guess import asked, candidates
from importers.known import datum_by_known
from importers.messages import message
from importers.problems import FileRefused
from importers.proposal import Clues, CrsProposal, overlay
from tests.factories.shapefile import prj_plane, write_shapefile
from tests.importers.cities import SHINJO
from tests.importers.reading import read, refused
from tests.shared_data import shared_data

HALL = (140.301944, 38.764722)


def in_zone(*places: tuple[float, float]) -> list[shapely.Point]:
    """Return numbers of zone X; they look alike in every datum."""
    system = pyproj.Transformer.from_crs(6668, 6678, always_xy=True)
    return [shapely.Point(*system.transform(*place)) for place in places]


def proposal_of(refusal: FileRefused) -> CrsProposal:
    plain = json.loads(json.dumps(refusal.params["proposal"]))
    return CrsProposal.from_record(plain)


def test_a_file_without_prj_is_refused_with_what_a_screen_needs_to_ask(tmp_path: Path) -> None:
    shapes = in_zone(HALL, (140.31, 38.77))
    refusal = refused(write_shapefile(tmp_path, shapes=shapes, prj=None))
    assert refusal.code == "crs_missing"
    found = proposal_of(refusal)
    assert [each.epsg for each in found.candidates] == [6678, 2452, 30170]
    assert {(each.share, each.swapped) for each in found.candidates} == {(1.0, False)}
    assert found.proposed is None  # zone and axes are known, the datum is not
    assert pickle.loads(pickle.dumps(refusal)).params == refusal.params
    with override("en"):
        assert "EPSG:6678" in message(refusal)
        told = [message(each) for each in found.candidates[0].evidence]
        assert told[0] == "100% of the places lie in the city"


def test_an_ambiguous_prj_is_refused_with_its_own_candidates_only(tmp_path: Path) -> None:
    prj = prj_plane().replace("2011", "unknown")
    refusal = refused(write_shapefile(tmp_path, shapes=in_zone(HALL, HALL), prj=prj))
    assert refusal.code == "crs_ambiguous"
    assert [each.epsg for each in proposal_of(refusal).candidates] == [6678, 2452]


def test_a_file_whose_prj_names_the_datum_is_never_asked_about(tmp_path: Path) -> None:
    for datum in ("2011", "2000"):
        folder = tmp_path / datum
        shapes = in_zone(HALL, HALL)
        found = read(write_shapefile(folder, shapes=shapes, prj=prj_plane(datum=datum)))
        assert found.checked.crs.evidence == "crs_prj"


def test_a_person_who_has_chosen_is_not_asked_again(tmp_path: Path) -> None:
    shapes = in_zone(HALL, (140.31, 38.77))
    path = write_shapefile(tmp_path, shapes=shapes, prj=None)
    proposed = proposal_of(refused(path)).candidates[2].epsg
    assert read(path, crs=proposed).checked.crs.name == "EPSG:30170"


def test_exchanged_axes_are_shown_turned_round(tmp_path: Path) -> None:
    turned = [shapely.Point(each.y, each.x) for each in in_zone(HALL, (140.31, 38.77))]
    refusal = refused(write_shapefile(tmp_path, shapes=turned, prj=None))
    assert refusal.code == "crs_missing_swapped"
    found = proposal_of(refusal)
    assert all(each.swapped for each in found.candidates)
    shown = shapely.from_geojson(json.dumps(found.overlay[6678]))
    assert shapely.distance(shapely.get_geometry(shown, 0), shapely.Point(HALL)) < 1e-6


def test_a_table_of_x_and_y_is_asked_about_with_the_same_proposal(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{n},{p.y},{p.x}" for n, p in enumerate(in_zone(HALL, (140.31, 38.77)))]
    path.write_text("\n".join(["名称,X座標,Y座標", *rows]), encoding="utf-8")
    refusal = refused(path)
    assert refusal.code == "crs_missing"
    found = proposal_of(refusal)
    assert {each.epsg for each in found.candidates} >= {6678, 2452, 30170}
    assert len(found.overlay[6678]["features"]) == 2


def test_the_overlays_lie_as_far_apart_as_the_datums() -> None:
    shapes = np.array(in_zone(HALL), dtype=object)
    found = asked(candidates(shapely.get_coordinates(shapes), SHINJO))["proposal"]
    places = CrsProposal.from_record(json.loads(json.dumps(found))).candidates
    shown = overlay(shapes, places, shared_data("datum-grids"))
    at = {code: each["features"][0]["geometry"]["coordinates"] for code, each in shown.items()}
    geod = pyproj.Geod(ellps="GRS80")
    assert geod.inv(*at[6678], *HALL)[2] < 0.02  # seven decimals
    assert geod.inv(*at[6678], *at[2452])[2] == pytest.approx(2.04, abs=0.2)
    assert geod.inv(*at[6678], *at[30170])[2] == pytest.approx(428, abs=6)


def test_an_overlay_of_many_long_outlines_stays_small_and_looks_like_them() -> None:
    rng = np.random.default_rng(1)
    centres = rng.uniform((-50_000, -140_000), (-35_000, -125_000), (700, 2))
    angles = np.linspace(0, 2 * np.pi, 3000)
    rings = np.stack([np.cos(angles), np.sin(angles)], axis=1) * (
        300 + 20 * np.sin(40 * angles[:, None])
    )
    shapes = np.array([shapely.Polygon(rings + centre) for centre in centres], dtype=object)
    shapes[3] = None
    shapes[5] = shapely.Polygon()
    found = candidates(shapely.get_coordinates(shapes[[0, 9]]), SHINJO)
    record = asked(found, Clues(shapes))["proposal"]
    assert len(json.dumps(record)) < 3_000_000
    shown = record["overlay"]["6678"]["features"]  # type: ignore[index]
    assert len(shown) == 200
    assert {3, 5}.isdisjoint(each["properties"]["row"] for each in shown)
    drawn = [shapely.from_geojson(json.dumps(each["geometry"])) for each in shown]
    assert shapely.get_num_coordinates(drawn).sum() <= 20_000
    there = pyproj.Transformer.from_crs(6668, 6678, always_xy=True)
    row = shown[50]["properties"]["row"]
    back = shapely.transform(
        drawn[50], lambda points: np.column_stack(there.transform(points[:, 0], points[:, 1]))
    )
    assert shapely.hausdorff_distance(back, shapes[row]) < 20


def test_known_places_are_added_as_evidence_and_proposed_only_when_clear() -> None:
    rng = np.random.default_rng(2)
    points = rng.uniform((-55693, -144463), (-29406, -121752), (30, 2))
    shapes = np.array(shapely.points(points), dtype=object)
    fitting = candidates(points, SHINJO)
    dates = [DataDate("table", date(1998, 3, 31))]
    start = CrsProposal.from_record(asked(fitting, Clues(shapes, dates=dates))["proposal"])  # type: ignore[arg-type]
    assert start.proposed is None  # a date alone proposes nothing
    by_code = {
        code: {
            str(each["properties"]["row"]): tuple(each["geometry"]["coordinates"])
            for each in shown["features"]
        }
        for code, shown in start.overlay.items()
    }
    clear = start.with_known(datum_by_known(by_code, by_code[30170]))
    assert clear.proposed == 30170
    codes = [each.evidence for each in clear.candidates[2].evidence]
    assert codes == ["crs_share", "datum_date_fits", "datum_known_places"]
    early = [each.evidence for each in clear.candidates[0].evidence]
    assert early == ["crs_share", "datum_date_too_early", "datum_known_places"]
    few = dict(list(by_code[30170].items())[:4])
    assert start.with_known(datum_by_known(by_code, few)) == start
    assert CrsProposal.from_record(json.loads(json.dumps(clear.record()))) == clear
    with override("en"):
        sentences = [message(each) for each in clear.candidates[0].evidence]
    assert "the header of the .dbf bears the date 1998-03-31: there was no JGD2011" in sentences[1]
    assert "30 places already known" in sentences[2]
