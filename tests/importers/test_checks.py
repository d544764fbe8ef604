"""manage.py check --deploy tells of datum grids that are missing, and of wrong ones."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from importers.checks import datum_grids, datum_grids_are_right
from tests.shared_data import shared_data


def told(*, deploy: bool = False) -> list[tuple[str | None, str]]:
    found = datum_grids_are_right() if deploy else datum_grids()
    return [(each.id, str(each.msg)) for each in found]


def test_without_a_folder_both_are_told_as_missing(settings: Any) -> None:
    settings.DATUM_GRIDS = None
    ((code, text),) = told()
    assert code == "importers.I001"
    assert "TKY2JGD, touhokutaiheiyouoki2011" in text
    assert told(deploy=True) == []


def test_with_both_grids_there_is_nothing_to_tell(settings: Any) -> None:
    settings.DATUM_GRIDS = shared_data("datum-grids")
    assert told() == told(deploy=True) == []


def test_a_folder_that_is_not_there_is_a_warning(settings: Any, tmp_path: Path) -> None:
    settings.DATUM_GRIDS = tmp_path / "nowhere"
    ((code, text),) = told()
    assert (code, str(tmp_path) in text) == ("importers.W001", True)


def test_a_city_where_the_ground_did_not_move_needs_one_grid_only(
    settings: Any, tmp_path: Path
) -> None:
    from tests.importers.cities import YAIZU

    settings.DATUM_GRIDS, settings.CITY = tmp_path, YAIZU
    ((_, text),) = told()
    assert "TKY2JGD." in text
    assert "touhoku" not in text
    settings.CITY = replace(YAIZU, bbox=(140.9, 38.2, 141.0, 38.3))
    assert "touhoku" in told()[0][1]


@pytest.mark.parametrize("content", [b"", b"not a grid"])
def test_a_file_that_is_no_grid_is_told_with_deploy(
    settings: Any, tmp_path: Path, content: bytes
) -> None:
    settings.DATUM_GRIDS = tmp_path
    shutil.copyfile(shared_data("datum-grids", "TKY2JGD.tif"), tmp_path / "TKY2JGD.tif")
    assert told(deploy=True) == []
    (tmp_path / "touhokutaiheiyouoki2011.par").write_bytes(content)
    assert told() == []
    ((code, text),) = told(deploy=True)
    assert (code, "touhokutaiheiyouoki2011.par" in text) == ("importers.W002", True)
