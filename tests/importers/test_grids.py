"""GSI's correction grids: every form gives the same values, and what is not GSI's is told apart."""

import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from importers import grids
from importers.grids import BEYOND, CARRIED, GIVEN, KINDS, MOVED, TOKYO, Kind
from importers.problems import FileRefused
from tests.factories.grid import Corner, write_gsb, write_par
from tests.shared_data import shared_data

GEOD = Geod(ellps="GRS80")
YAMAGATA = (139.5, 37.7, 140.7, 39.3)


def tif(kind: Kind) -> Path:
    return shared_data("datum-grids", f"{kind.name}.tif")


@cache
def places(kind: Kind, box: grids.Box, count: int) -> np.ndarray:
    """Return random places of a box that GSI's grid has a value for."""
    rng = np.random.default_rng(5)
    points = rng.uniform(box[:2], box[2:], (count * 40, 2))
    _, found = grids.window(tif(kind), kind, box).moved(points)
    return points[found == GIVEN][:count]


def by_proj(path: Path) -> Transformer:
    return Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        f'+step +proj=hgridshift +grids="{path}" +step +proj=unitconvert +xy_in=rad +xy_out=deg'
    )


def corners_of(kind: Kind, box: grids.Box) -> list[Corner]:
    """Return the corners of the meshes wholly known in a box, as PROJ reads them."""
    rows = np.arange(int(box[1] * 120) + 1, int(box[3] * 120))
    columns = np.arange(int((box[0] - 100) * 80) + 1, int((box[2] - 100) * 80))
    lon, lat = np.meshgrid(100 + columns / 80, rows / 120)
    x, y = by_proj(tif(kind)).transform(lon, lat)
    return [
        (int(row), int(column), (y[i, j] - lat[i, j]) * 3600, (x[i, j] - lon[i, j]) * 3600)
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
        if abs(x[i, j] - lon[i, j]) > 1e-9
    ]


@pytest.mark.parametrize(
    ("kind", "box"),
    [
        (TOKYO, YAMAGATA),
        (TOKYO, (141.0, 42.8, 142.5, 43.8)),  # Sapporo
        (TOKYO, (139.0, 35.2, 140.5, 36.2)),
        (TOKYO, (132.5, 33.0, 134.0, 34.0)),
        (TOKYO, (124.0, 24.3, 124.4, 24.7)),  # Ishigaki
        (MOVED, YAMAGATA),
        (MOVED, (140.8, 38.0, 141.7, 39.5)),
    ],
)
def test_on_land_the_shift_is_what_proj_interpolates(kind: Kind, box: grids.Box) -> None:
    points = places(kind, box, 5_000)
    assert len(points) == 5_000
    moved, _ = grids.window(tif(kind), kind, box).moved(points)
    x, y = by_proj(tif(kind)).transform(points[:, 0], points[:, 1])
    assert np.abs(moved - np.column_stack([x, y])).max() < 1e-10  # 0.01 mm


def test_gsis_check_point_is_met_to_the_millimetre() -> None:
    """GSI publishes it for TKY2JGD; a centimetre is asked, the grid keeps a tenth of a mm."""
    start, end = grids.CHECK_POINT
    moved, found = grids.window(tif(TOKYO), TOKYO, (*start, *start)).moved(np.array([start]))
    assert found[0] == GIVEN
    assert GEOD.inv(*moved[0], *end)[2] < 0.001
    assert GEOD.inv(*start, *end)[2] > 430


@pytest.mark.parametrize("header", [1, 15])
def test_gsis_text_form_gives_the_same_as_the_geotiff(tmp_path: Path, header: int) -> None:
    box = (140.0, 38.5, 140.6, 39.0)
    path = write_par(tmp_path / "TKY2JGD.par", corners_of(TOKYO, box), header)
    inner = (140.02, 38.52, 140.56, 38.97)
    points = np.random.default_rng(1).uniform(inner[:2], inner[2:], (5000, 2))
    text, told = grids.window(path, TOKYO, inner).moved(points)
    tiff, _ = grids.window(tif(TOKYO), TOKYO, inner).moved(points)
    assert (told == GIVEN).all()
    # Five decimals of a second: 0.15 mm in each direction.
    assert np.abs(text - tiff).max() < 0.5e-5 / 3600 + 1e-10


def test_ntv2_gives_the_same_as_the_geotiff_where_corners_are_missing_too(tmp_path: Path) -> None:
    box = (139.6, 38.7, 139.95, 39.1)  # the coast of Yamagata
    path = write_gsb(tmp_path / "tky2jgd.gsb", corners_of(TOKYO, box))
    assert grids.file_of(tmp_path, TOKYO) == path
    inner = (139.76, 38.86, 139.8, 38.94)
    points = np.random.default_rng(1).uniform(inner[:2], inner[2:], (2000, 2))
    ours, found = grids.window(path, TOKYO, inner).moved(points)
    tiff, same = grids.window(tif(TOKYO), TOKYO, inner).moved(points)
    assert {GIVEN, CARRIED} <= set(found)
    assert (found == same)[found == GIVEN].all()
    assert np.abs(ours - tiff)[found == GIVEN].max() < 1e-9  # NTv2 keeps floats of seconds


def test_off_the_coast_the_shift_is_carried_on_instead_of_fading_to_nothing() -> None:
    on_land, at_sea, far_out = (139.83, 38.88), (139.78, 38.90), (138.9, 38.6)
    window = grids.window(tif(TOKYO), TOKYO, YAMAGATA)
    moved, found = window.moved(np.array([on_land, at_sea, far_out]))
    assert list(found) == [GIVEN, CARRIED, BEYOND]
    shifts = [GEOD.inv(*a, *b)[2] for a, b in zip((on_land, at_sea), moved, strict=False)]
    assert shifts[0] == pytest.approx(shifts[1], abs=1.5)
    assert tuple(moved[2]) == far_out
    # The negative control: PROJ alone interpolates towards the zeros of the sea.
    x, y = by_proj(tif(TOKYO)).transform(*at_sea)
    assert GEOD.inv(*at_sea, x, y)[2] < 430


def test_where_the_2011_grid_ends_on_land_nothing_is_carried_on() -> None:
    """South of it nothing moved officially; 0.4 m of the neighbours' must not creep in."""
    for longitude in (136.3, 136.8, 137.5, 138.0, 138.5, 138.9, 139.1):
        line = np.array([(longitude, latitude) for latitude in np.arange(35.0, 35.7, 0.004)])
        moved, found = grids.window(tif(MOVED), MOVED, (136, 35, 139.2, 35.7)).moved(line)
        assert set(found) == {GIVEN, BEYOND}
        assert (moved[found == BEYOND] == line[found == BEYOND]).all()
    off_miyagi = np.array([(141.62, 38.25)])
    there, told = grids.window(tif(MOVED), MOVED, (141, 38, 142, 39)).moved(off_miyagi)
    assert told[0] == CARRIED
    assert GEOD.inv(*off_miyagi[0], *there[0])[2] > 5


@settings(deadline=None)
@given(
    st.tuples(st.floats(139.6, 140.6), st.floats(37.8, 39.2)),
    st.tuples(st.floats(0, 0.4), st.floats(0, 0.4)),
    st.tuples(st.floats(0, 0.4), st.floats(0, 0.4)),
)
def test_a_place_moves_the_same_whatever_else_is_in_the_file(
    at: tuple[float, float], before: tuple[float, float], after: tuple[float, float]
) -> None:
    alone, small = grids.window(tif(TOKYO), TOKYO, (*at, *at)).moved(np.array([at]))
    box = (at[0] - before[0], at[1] - before[1], at[0] + after[0], at[1] + after[1])
    among, large = grids.window(tif(TOKYO), TOKYO, box).moved(np.array([at]))
    assert small[0] == large[0]
    assert np.abs(alone - among).max() < 1e-13


def test_what_is_no_place_stays_as_it_is() -> None:
    window = grids.window(tif(TOKYO), TOKYO, YAMAGATA)
    strange = np.array([(np.nan, 38.0), (np.inf, np.inf), (1e308, -1e308), (0.0, 0.0)])
    moved, found = window.moved(strange)
    assert (found == BEYOND).all()
    assert np.array_equal(moved, strange, equal_nan=True)
    nowhere = grids.window(tif(TOKYO), TOKYO, (np.nan,) * 4)
    assert nowhere.moved(np.array([(140.0, 38.5)]))[1][0] == BEYOND


def test_a_folder_holds_a_grid_in_any_form_and_case_the_quickest_first(tmp_path: Path) -> None:
    assert grids.file_of(None, TOKYO) is None
    assert grids.file_of(tmp_path / "nothing", TOKYO) is None
    for name in ("TKY2JGD.PAR", "tky2jgd.GSB", "Tky2jgd.tif"):
        (tmp_path / name).touch()
        found = grids.file_of(tmp_path, TOKYO)
        assert found is not None
        assert found.name == name
    assert grids.file_of(tmp_path, MOVED) is None


def test_the_folder_may_have_a_japanese_name_with_blanks_and_be_named_relatively(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "格子 データ"
    folder.mkdir()
    shutil.copyfile(tif(TOKYO), folder / "TKY2JGD.tif")
    monkeypatch.chdir(tmp_path)
    path = grids.file_of(Path("格子 データ"), TOKYO)
    assert path is not None
    assert grids.wrong_with(path, TOKYO) == ""


@pytest.mark.parametrize("ending", grids.ENDINGS)
@pytest.mark.parametrize(
    "content", [b"", b"II*\0 nonsense", b"MeshCode dB dL\nx y z\n", b"\0" * 999]
)
def test_a_broken_grid_is_refused_by_name(tmp_path: Path, ending: str, content: bytes) -> None:
    path = tmp_path / f"TKY2JGD{ending}"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as refusal:
        grids.window(path, TOKYO, YAMAGATA)
    assert (refusal.value.code, refusal.value.params) == ("grid_unreadable", {"name": path.name})
    assert grids.wrong_with(path, TOKYO)


def test_a_grid_is_known_by_its_values_not_by_its_name(tmp_path: Path) -> None:
    for kind in KINDS:
        assert grids.wrong_with(tif(kind), kind) == ""
    for kind, other in (KINDS, KINDS[::-1]):
        copy = tmp_path / f"{kind.name}.tif"
        shutil.copyfile(tif(other), copy)
        assert grids.wrong_with(copy, kind)


def test_a_grid_that_is_two_centimetres_off_is_found_out(tmp_path: Path) -> None:
    box = (139.9, 38.4, 140.2, 38.7)
    right = corners_of(TOKYO, box)
    assert grids.wrong_with(write_par(tmp_path / "a.par", right), TOKYO) == ""
    off = [(row, column, dlat + 0.00065, dlon) for row, column, dlat, dlon in right]
    assert "0.02 m" in grids.wrong_with(write_par(tmp_path / "b.par", off), TOKYO)
    elsewhere = corners_of(TOKYO, (140.3, 38.4, 140.5, 38.7))
    assert "no value" in grids.wrong_with(write_par(tmp_path / "c.par", elsewhere), TOKYO)
