"""Files that nobody here wrote: previewed, reported, written, and taken back."""

import io
from pathlib import Path

import pytest
from django.utils.translation import override

from importers import imports
from importers.models import Import
from importers.options import ImportOptions
from importers.preview import changes, geometry_changes, missing, near_duplicates, summary
from importers.spreadsheets import csv_report, xlsx_report
from importers.undo import undo_summary
from layers.changes import undo
from layers.models import ChangeSet, Feature, Layer
from tests.importers.staged import confirmed
from tests.shared_data import FOLDER, shared_data

pytestmark = pytest.mark.django_db

FILES = [
    *(("shapefiles", folder) for folder in (
        "yaizu_自治会区域", "yaizu_小学校区", "yaizu_埋蔵文化財",
        "yaizu_緊急輸送路_一次緊急輸送路", "yaizu_浸水履歴_平成10年", "yaizu_浸水履歴_令和4年",
        "yaizu_都市計画図_第一種住居地域",
    )),
    ("shapefiles-broken", "yaizu_浸水履歴_平成17年"),
    ("shapefiles-broken", "yaizu_標準宅地"),
    ("shapefiles-broken", "yaizu_行政区域界"),
    ("shinjo", "gsi_emergency_062057.geojson"),
    ("shinjo", "gsi_evacuation_062057.geojson"),
    ("geojson", "文化財マップ.geojson"),
    ("csv-own-layout", "takamatsu_hospital.csv"),
    ("csv-own-layout", "222127_hinannjo.csv"),
    ("csv-old-standard", "222127_aed.csv"),
    ("csv-old-standard", "222127_tourism.csv"),
    ("csv-new-standard", "222127_public_toilet.csv"),
    ("csv-new-standard", "222127_fire_hydrant.csv"),
    ("csv-new-standard", "nanao_shelters.csv"),
]  # fmt: skip


def examined(path: Path) -> Import:
    layer = Layer.objects.filter(slug="real").first()
    options = ImportOptions(key=layer.key_column or None) if layer else None
    act = imports.examined(imports.received(path, slug="real", options=options))
    assert act.state == Import.State.READY, act.refusal
    return act


def shown(act: Import) -> None:
    """Look at everything there is to see of an import, as pages and reports do."""
    told = summary(act)
    for verdict in ("new", "changed", "missing"):
        page = changes(act, verdict, per_page=1000)
        assert len(page.rows) == min(page.total, 1000)
        assert all(change.cells for change in page.rows)
    assert all(f["geometry"] for f in geometry_changes(act)["features"])
    missing(act)
    near = near_duplicates(act, per_page=1000)
    assert all(pair.metres <= 100 for pair in near.rows)
    assert near.total == (told["near"] or {"pairs": 0})["pairs"]
    for encoding in ("utf-8", "cp932"):
        assert b"".join(csv_report(act, encoding)).count(b"\n") > act.counts["new"]  # type: ignore[arg-type]
    xlsx_report(act, io.BytesIO())


@pytest.mark.parametrize("parts", FILES, ids=lambda parts: parts[1])
def test_a_real_file_is_previewed_written_known_again_and_taken_back(
    parts: tuple[str, str],
) -> None:
    path = shared_data(*parts)
    act = examined(path)
    shown(act)
    act = confirmed(act, skip_rejected=True)
    shown(act)
    again = examined(path)
    assert (again.counts["new"], again.counts["changed"], again.counts["missing"]) == (0, 0, 0)
    assert imports.already_imported(again) == act
    assert isinstance(act.change_set, ChangeSet)
    assert undo_summary(act.change_set)["counts"]["missing"] == Feature.objects.count() > 0
    undo(act.change_set)
    assert not Feature.objects.exists()
    # The layer is empty now: all of the file is new once more, and not "imported already".
    assert imports.already_imported(again) is None
    assert examined(path).counts["new"] == act.counts["new"]


def test_the_list_above_names_files_that_are_there() -> None:
    shared_data()
    assert all(FOLDER.joinpath(*parts).exists() for parts in FILES)


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
def test_every_language_has_a_report(language: str) -> None:
    act = examined(shared_data("shapefiles", "yaizu_浸水履歴_令和4年"))
    with override(language):
        rows = b"".join(csv_report(act)).decode("utf-8-sig").splitlines()
    assert len(rows) > 62
