"""manage.py import_file: what a planner sees, and what is written."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from importers import imports
from importers.problems import FileRefused
from importers.staging import Staging
from layers.changes import undo
from layers.models import ChangeSet, Feature, Layer
from tests.factories import places
from tests.factories.shapefile import PRJ_4612, write_shapefile
from tests.shared_data import shared_data

pytestmark = pytest.mark.django_db

GSI = ("shinjo", "gsi_emergency_062057.geojson")
FLOODS = ("shapefiles", "yaizu_浸水履歴_平成10年")


def imported(file: Path, *options: str, layer: str = "places") -> tuple[int, Any, str]:
    """Run the command as a person does; return exit code, what --json printed, and stderr."""
    out, errors = io.StringIO(), io.StringIO()
    code: Any = 0
    try:
        call_command(
            "import_file",
            str(file),
            "--layer",
            layer,
            "--json",
            *options,
            stdout=out,
            stderr=errors,
        )
    except SystemExit as stop:
        code = stop.code
    return code, json.loads(out.getvalue()) if out.getvalue() else None, errors.getvalue()


def csv(folder: Path, *rows: Sequence[object], name: str = "places.csv") -> Path:
    path = folder / name
    text = "\n".join(",".join(str(cell) for cell in row) for row in rows)
    path.write_text(text + "\n", encoding="utf-8")
    return path


HEADER = ("ID", "名称", "所在地_連結表記", "緯度", "経度")


def test_the_cities_emergency_sites_come_in_and_again_change_nothing() -> None:
    file = shared_data(*GSI)
    code, told, _ = imported(file, "--apply")
    assert code == 0
    assert told["counts"] == {
        "read": 34, "new": 34, "changed": 0, "unchanged": 0, "missing": 0, "rejected": 0,
    }  # fmt: skip
    assert (told["format"], told["crs"]["epsg"], told["encoding"]["name"]) == (
        "geojson",
        4326,
        "utf-8",
    )
    layer = Layer.objects.get(slug="places")
    assert (layer.kind, layer.geometry_type, layer.features.count()) == (
        "emergency_site",
        "point",
        34,
    )
    site = layer.features.get(key="E0620500001201")
    assert (site.name, site.address, site.provenance) == (
        "足達前公園",
        "山形県新庄市栄町12-2",
        "surveyed",
    )
    assert site.geom.coords == (140.295082, 38.757927)
    assert site.properties["地震"] == "1"

    version = layer.version
    code, told, _ = imported(file, "--apply")
    assert (code, told["counts"]["new"], told["counts"]["changed"], told["change_set"]) == (
        0,
        0,
        0,
        None,
    )
    assert told["counts"]["unchanged"] == 34
    layer.refresh_from_db()
    assert layer.version == version


def test_a_cp932_shapefile_in_jgd2000_comes_in_with_its_japanese_fields() -> None:
    file = shared_data(*FLOODS)
    code, told, _ = imported(file, "--apply", layer="floods")
    assert code == 0
    assert (told["counts"]["read"], told["counts"]["new"], told["counts"]["rejected"]) == (
        209,
        209,
        0,
    )
    assert (told["encoding"]["name"], told["crs"]["epsg"]) == ("cp932", 4612)
    layer = Layer.objects.get(slug="floods")
    assert layer.geometry_type == "polygon"
    assert {"日付", "異常気象名", "地域"} <= {column["name"] for column in layer.schema}
    assert {"日付", "異常気象名", "地域"} <= set(layer.features.first().properties)

    code, told, _ = imported(file, "--apply", layer="floods")
    assert (told["counts"]["new"], told["counts"]["changed"], told["counts"]["unchanged"]) == (
        0,
        0,
        209,
    )


def test_without_apply_nothing_is_written() -> None:
    code, told, _ = imported(shared_data(*GSI))
    assert (code, told["counts"]["new"]) == (0, 34)
    assert Layer.objects.count() == Feature.objects.count() == ChangeSet.objects.count() == 0


def test_a_second_file_shows_what_changed_what_is_new_and_what_it_does_not_mention(
    tmp_path: Path,
) -> None:
    first = csv(
        tmp_path, HEADER,
        ("1", "図書館", "本町1", 38.76, 140.30),
        ("2", "体育館", "本町2", 38.77, 140.30),
        ("3", "公民館", "本町3", 38.78, 140.30),
    )  # fmt: skip
    imported(first, "--apply")
    ids = dict(Feature.objects.values_list("key", "pk"))
    second = csv(
        tmp_path, HEADER,
        ("4", "美術館", "本町4", 38.75, 140.30),
        ("3", "公民館", "本町3", 38.79, 140.30),
        ("1", "市立図書館", "本町1", 38.76, 140.30),
    )  # fmt: skip
    expected = {
        "read": 3, "new": 1, "changed": 2, "unchanged": 0, "missing": 1, "rejected": 0,
    }  # fmt: skip
    assert imported(second)[1]["counts"] == expected
    code, told, _ = imported(second, "--apply")
    assert (code, told["counts"]) == (0, expected)
    assert dict(Feature.objects.exclude(key="4").values_list("key", "pk")) == ids
    assert Feature.objects.get(key="1").name == "市立図書館"
    assert Feature.objects.get(key="3").geom.y == 38.79
    assert Feature.objects.filter(key="2").exists()


def test_an_import_can_be_undone(tmp_path: Path) -> None:
    imported(csv(tmp_path, HEADER, ("1", "図書館", "本町1", 38.76, 140.30)), "--apply")
    changed = csv(
        tmp_path, HEADER, ("1", "分館", "本町1", 38.7, 140.30), ("2", "新館", "", 38.76, 140.3)
    )
    _, told, _ = imported(changed, "--apply")
    undo(ChangeSet.objects.get(pk=told["change_set"]))
    assert list(Feature.objects.values_list("key", "name")) == [("1", "図書館")]


def test_a_column_keeps_its_type_when_one_cell_is_no_number_any_more(tmp_path: Path) -> None:
    header = ("ID", "席", "緯度", "経度")
    first = csv(tmp_path, header, ("1", "10", 38.76, 140.3), ("2", "20", 38.77, 140.3))
    imported(first, "--apply", "--key", "ID")
    assert Feature.objects.get(key="1").properties["席"] == 10
    second = csv(tmp_path, header, ("1", "10", 38.76, 140.3), ("2", "20席", 38.77, 140.3))
    _, told, _ = imported(second, "--apply")
    assert (told["counts"]["unchanged"], told["counts"]["changed"]) == (1, 1)
    assert Feature.objects.get(key="2").properties["席"] == "20席"
    assert ("number_kept_as_text", 3) in [(p["code"], p["row"]) for p in told["problems"]]


def test_the_record_keeps_where_an_import_came_from() -> None:
    _, told, _ = imported(shared_data(*FLOODS), "--apply")
    source = ChangeSet.objects.get(pk=told["change_set"]).source
    assert source["encoding"]["name"] == "cp932"
    assert source["crs"]["epsg"] == 4612
    assert len(source["digest"]) == 64
    assert source["datum"]["pipeline"]
    assert source["datum"]["accuracy_m"] > 0


def test_the_sites_grids_are_used_and_kept_in_the_record(settings: Any, tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path, prj=PRJ_4612)
    _, without, _ = imported(folder)
    assert [problem["code"] for problem in without["problems"]] == ["datum_grid_missing"]
    settings.DATUM_GRIDS = shared_data("datum-grids")
    _, told, _ = imported(folder, "--apply")
    assert told["problems"] == []
    record = ChangeSet.objects.get(pk=told["change_set"]).source["datum"]
    assert list(record["grids"]) == ["touhokutaiheiyouoki2011.tif"]
    assert len(record["grids"]["touhokutaiheiyouoki2011.tif"]) == 64
    assert (record["accuracy_m"], record["points"]) == (0.2, 2)
    assert "touhokutaiheiyouoki2011.tif" in record["pipeline"]
    assert str(settings.DATUM_GRIDS) not in json.dumps(record)


def test_a_rejected_row_stops_the_whole_import_and_is_named(tmp_path: Path) -> None:
    file = csv(
        tmp_path, HEADER,
        ("1", "図書館", "本町1", 38.76, 140.30),
        ("2", "外国", "", 51.5, -0.12),
    )  # fmt: skip
    code, told, errors = imported(file, "--apply")
    assert code == 2
    assert told["counts"]["rejected"] == 1
    assert [p["row"] for p in told["problems"] if p["code"] == "outside_japan"] == [3]
    assert "Traceback" not in errors
    assert Layer.objects.count() == Feature.objects.count() == 0

    code, told, _ = imported(file, "--apply", "--skip-rejected")
    assert code == 3
    assert list(Feature.objects.values_list("key", flat=True)) == ["1"]


def test_a_row_without_a_coordinate_is_placed_from_its_address_and_says_so(tmp_path: Path) -> None:
    from django.conf import settings

    town = next(iter(settings.CITY.gazetteer._towns.values()))
    file = csv(
        tmp_path, HEADER,
        ("1", "図書館", "本町1", 38.76, 140.30),
        ("2", "分館", f"{town.town}12-3", "", ""),
    )  # fmt: skip
    code, told, _ = imported(file, "--apply")
    placed = Feature.objects.get(key="2")
    assert (code, placed.provenance) == (0, "address_town")
    assert placed.geom.coords == (town.lon, town.lat)
    assert [p["row"] for p in told["problems"]] == [3]


def test_a_file_of_areas_does_not_go_into_a_layer_of_points() -> None:
    imported(shared_data(*FLOODS), "--apply")
    code, told, errors = imported(shared_data(*GSI), "--apply")
    assert (code, told["problems"][0]["code"]) == (2, "geometry_type_differs")
    assert errors.count("\n") == 1
    assert Feature.objects.count() == 209


def test_another_key_than_the_layers_own_is_refused(tmp_path: Path) -> None:
    file = csv(tmp_path, HEADER, ("1", "図書館", "本町1", 38.76, 140.30))
    imported(file, "--apply", "--key", "ID")
    code, told, _ = imported(file, "--apply", "--key", "名称")
    assert (code, told["problems"][0]["code"]) == (2, "key_differs")


def test_the_same_keys_in_a_column_of_another_name_are_the_same_places(tmp_path: Path) -> None:
    imported(csv(tmp_path, HEADER, ("1", "図書館", "本町1", 38.76, 140.30)), "--apply")
    before = Feature.objects.get().pk
    other = csv(
        tmp_path, ("番号", "施設名", "緯度", "経度"), ("1", "図書館", 38.76, 140.30), name="b.csv"
    )
    code, told, _ = imported(other, "--apply", "--key", "番号")
    assert (code, told["counts"]["changed"], told["counts"]["new"]) == (0, 1, 0)
    assert Feature.objects.get().pk == before


def test_a_layer_filled_by_hand_takes_the_key_of_its_first_import(tmp_path: Path) -> None:
    by_hand = places.feature(places.layer("places"), "1", name="手で書いた名前")
    file = csv(tmp_path, HEADER, ("1", "図書館", "本町1", 38.76, 140.30))
    code, told, _ = imported(file, "--apply")
    assert (code, told["counts"]["changed"], told["counts"]["new"]) == (0, 1, 0)
    assert Feature.objects.get().pk == by_hand.pk
    assert imported(file, "--apply", "--key", "名称")[1]["problems"][0]["code"] == "key_differs"


def test_a_list_that_no_profile_knows_is_named_after_its_file(tmp_path: Path) -> None:
    file = csv(tmp_path, ("番号", "lat", "lon"), ("1", 38.76, 140.30), name="ごみ集積所.csv")
    imported(file, "--apply")
    layer = Layer.objects.get()
    assert (layer.title_in("ja"), layer.kind) == ("ごみ集積所", "public_facility")


def bad_files(folder: Path) -> dict[str, Path]:
    """Return a file for each way to be refused, by the code that is expected."""
    from tests.factories.shapefile import write_shapefile

    unknown = folder / "letter.docx"
    unknown.write_bytes(b"\xd0\xcf\x11\xe0 nothing we read")
    shapes = write_shapefile(folder / "shapes", with_shp=False)
    attributes = write_shapefile(folder / "attributes", with_dbf=False)
    return {
        "unknown_format": unknown,
        "no_shp": shapes,
        "no_dbf": attributes,
        "no_coordinates": csv(folder, ("ID", "名称"), ("1", "図書館"), name="names.csv"),
        "outside_japan": csv(folder, HEADER, ("1", "外国", "", 51.5, -0.12), name="abroad.csv"),
        "topojson": shared_data("shinjo", "N03-21_06_210101_s0010.topojson"),
        "empty_archive": shared_data("shapefiles-broken", "pyshp", "empty_zipfile.zip"),
    }


@pytest.mark.parametrize(
    "code",
    [
        "unknown_format",
        "no_shp",
        "no_dbf",
        "no_coordinates",
        "outside_japan",
        "topojson",
        "empty_archive",
    ],
)
def test_bad_input_gives_one_sentence_and_exit_code_2_and_writes_nothing(
    tmp_path: Path, code: str
) -> None:
    exit_code, told, errors = imported(bad_files(tmp_path)[code], "--apply")
    assert exit_code == 2
    assert [problem["code"] for problem in told["problems"]] == [code]
    assert errors.strip().count("\n") == 0
    assert errors.strip() == told["problems"][0]["message"]
    assert len(errors) > 20
    assert Layer.objects.count() == Feature.objects.count() == ChangeSet.objects.count() == 0


def test_a_failure_while_writing_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importers.apply

    broken = importers.apply._INSERT + "; SELECT 1/0"
    monkeypatch.setattr(importers.apply, "_INSERT", broken)
    with pytest.raises(Exception, match="division by zero"):
        imported(csv(tmp_path, HEADER, ("1", "図書館", "本町1", 38.76, 140.30)), "--apply")
    assert Layer.objects.count() == Feature.objects.count() == ChangeSet.objects.count() == 0


def test_staged_rows_that_a_crash_took_are_not_written_as_if_they_were_there(
    tmp_path: Path,
) -> None:
    """PostgreSQL empties unlogged tables when it recovers."""
    file = csv(tmp_path, HEADER, ("1", "図書館", "本町1", 38.76, 140.30))
    act = imports.examined(imports.received(file, slug="places"))
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {Staging(act.pk).rows}")
    with pytest.raises(FileRefused) as refusal:
        imports.applied(act, imports.token(act))
    assert refusal.value.code == "staging_lost"
    assert Layer.objects.count() == 0


def test_unknown_options_are_refused_before_the_file_is_read(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="profile"):
        imported(tmp_path / "none.csv", "--profile", "unheard-of")


def test_the_report_for_people_is_in_japanese_and_names_what_to_do(tmp_path: Path) -> None:
    out = io.StringIO()
    file = csv(tmp_path, HEADER, ("1", "図書館", "本町1", 38.76, 140.30))
    call_command("import_file", str(file), "--layer", "places", stdout=out, stderr=out)
    assert "追加 1 件" in out.getvalue()
    assert "--apply" in out.getvalue()


def test_comparing_a_layer_uses_the_key_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT f.id FROM layers_feature f WHERE f.layer_id = 1 AND f.key = 'x'"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "feature_key_once_a_layer" in plan


def test_places_already_there_tell_the_datum_of_a_file_that_names_none(tmp_path: Path) -> None:
    """A proposal with its evidence, and still a person's decision."""
    import numpy as np
    import shapely

    from importers.crs import system
    from importers.datum import to_wgs
    from tests.factories.shapefile import Field, write_shapefile

    random = np.random.default_rng(5)
    east, north = random.uniform(-50_000, -40_000, 12), random.uniform(-140_000, -125_000, 12)
    old = shapely.points(east, north)
    today, _ = to_wgs(old, 30170)
    rows = [{"番号": str(i)} for i in range(12)]
    fields = [Field("番号", "C", 10)]
    known = csv(
        tmp_path, ("ID", "緯度", "経度"),
        *((str(i), f"{p.y:.9f}", f"{p.x:.9f}") for i, p in enumerate(today)),
    )  # fmt: skip
    imported(known, "--apply", "--key", "ID")
    file = write_shapefile(tmp_path / "old", shapes=list(old), rows=rows, fields=fields, prj=None)
    act = imports.examined(imports.received(file, slug="places"))
    assert (act.state, act.refusal["code"]) == ("question", "crs_missing")
    asked = act.refusal["params"]["proposal"]
    assert asked["proposed"] == 30170
    assert {c["epsg"] for c in asked["candidates"]} == {30170, 2452, 6678}
    assert system(30170).datum == "Tokyo"
    # Without the known places the three are alike.
    other = imports.examined(imports.received(file, slug="elsewhere"))
    assert other.refusal["params"]["proposal"]["proposed"] is None
