"""What is chosen in a browser becomes one file, or gets a sentence."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.translation import override

from importers.samples import samples
from importers.upload import one_file
from tests.factories.shapefile import write_shapefile, zipped
from tests.importers.planner import HEADER, table
from tests.importers.reading import read


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with override("en"):
        yield


ENDINGS = [".shp", ".shx", ".dbf", ".prj"]


def parts(folder: Path, name: str = "公園") -> list[UploadedFile]:
    shapefile = write_shapefile(folder, name=name)
    return [SimpleUploadedFile(f.name, f.read_bytes()) for f in sorted(shapefile.iterdir())]


def taken(chosen: list[UploadedFile]) -> tuple[bytes, str]:
    file, name = one_file(chosen)
    with file:
        return file.read(), name


def test_one_file_is_taken_as_it_is() -> None:
    assert taken([SimpleUploadedFile("a.csv", b"x,y")]) == (b"x,y", "a.csv")


def test_the_parts_of_a_shapefile_become_a_zip_that_can_be_read(tmp_path: Path) -> None:
    data, name = taken(parts(tmp_path / "parts"))
    target = tmp_path / name
    target.write_bytes(data)
    assert name == "公園.zip"
    with zipfile.ZipFile(target) as archive:
        assert sorted(archive.namelist()) == [f"公園{e}" for e in sorted(ENDINGS)]
    assert len(read(target).candidates) == 2


def test_the_same_parts_make_the_same_zip_in_whatever_order(tmp_path: Path) -> None:
    there = parts(tmp_path / "a")
    back = parts(tmp_path / "b")[::-1]
    assert taken(there) == taken(back)


def test_labels_and_metadata_may_lie_beside_the_parts(tmp_path: Path) -> None:
    chosen = [
        *parts(tmp_path / "a"),
        SimpleUploadedFile("公園.shp.xml", b"<m/>"),
        SimpleUploadedFile("KS-META-1.xml", b"<m/>"),
        SimpleUploadedFile("attributes.csv", b"item,label"),
    ]
    archive = zipfile.ZipFile(BytesIO(taken(chosen)[0]))
    assert len(archive.namelist()) == 7


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["park.shp"], "only a part"),
        (["park.DBF"], "only a part"),
        (["park.shp", "road.dbf"], "not the parts of one shapefile"),
        (["park.shp", "park.dbf", "notes.txt"], "not the parts of one shapefile (notes.txt)"),
        (["a.csv", "b.csv"], "not the parts of one shapefile (a.csv, b.csv)"),
        (["park.shp", "park.shx"], ".dbf is missing"),
    ],
)
def test_what_is_not_one_thing_gets_a_sentence(names: list[str], told: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        one_file([SimpleUploadedFile(name, b"x") for name in names])
    assert told in str(refusal.value)


def test_what_is_too_big_together_gets_a_sentence(settings: Any) -> None:
    settings.IMPORT_MAX_MB = 1
    half = SimpleUploadedFile("park.shp", b"x" * 600_000)
    other = SimpleUploadedFile("park.dbf", b"x" * 600_000)
    with pytest.raises(ValidationError, match="more than the 1 MB"):
        one_file([half, other])


def test_the_first_lines_are_shown_in_each_encoding_and_the_one_that_fails(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    rows = [("1", f"会館{n}", "本町1", 38.7, 140.3) for n in range(9)]
    file.write_bytes(table(rows).decode().encode("euc-jp"))
    shown = samples(file, line=8)
    assert shown["euc-jp"][0] == ",".join(HEADER)
    assert shown["euc-jp"][-1] == "1,会館6,本町1,38.7,140.3"
    assert "�" in shown["utf-8"][0]
    assert "utf-16" not in shown


def test_the_first_records_of_a_zipped_table_are_shown_too(tmp_path: Path) -> None:
    folder = write_shapefile(tmp_path / "s", encoding="euc-jp")
    shown = samples(zipped(folder, tmp_path / "s.zip"))
    assert shown["euc-jp"][0].startswith("図書館")
