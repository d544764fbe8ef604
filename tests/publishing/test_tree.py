"""The tree of files: whole or not there, the same bytes under the same address."""

import gzip
from pathlib import Path

import brotli
import pytest

from layers.publish import tree


def built(files: dict[str, bytes], slug: str = "places") -> str:
    with tree.making(slug, "map", public=True) as folder:
        for name, content in files.items():
            tree.write(folder / name, content)
        return tree.settle(folder, slug, "map", public=True)


def test_what_compresses_lies_there_compressed_too(tmp_path: Path) -> None:
    content = b'{"a": 1}' * 100
    tree.write(tmp_path / "a" / "x.json", content)
    assert (tmp_path / "a" / "x.json").read_bytes() == content
    assert gzip.decompress((tmp_path / "a" / "x.json.gz").read_bytes()) == content
    assert brotli.decompress((tmp_path / "a" / "x.json.br").read_bytes()) == content
    tree.write(tmp_path / "y.zip", content)
    tree.write_pieces(tmp_path / "z.mvt", [content[:7], content[7:]])
    assert gzip.decompress((tmp_path / "z.mvt.gz").read_bytes()) == content
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["y.zip", "z.mvt", "z.mvt.gz"]


def test_the_same_content_has_the_same_address_whenever_it_is_baked() -> None:
    files = {"a.json": b"1", "b/c.json": b"2"}
    first = built(files)
    assert built(dict(reversed(files.items()))) == first
    assert built({**files, "b/c.json": b"3"}) != first
    assert built({"a.json": b"1", "b/d.json": b"2"}) != first


def test_a_part_that_fails_half_way_leaves_nothing(tree_of_the_test: Path) -> None:
    with pytest.raises(ZeroDivisionError), tree.making("places", "map", public=True) as folder:
        tree.write(folder / "a.json", b"1")
        raise ZeroDivisionError
    assert not [path for path in tree_of_the_test.rglob("*") if path.is_file()]


def test_a_linked_file_is_the_very_file(tmp_path: Path) -> None:
    tree.write_pieces(tmp_path / "old" / "a.mvt", [b"tile"])
    tree.link(tmp_path / "old" / "a.mvt", tmp_path / "new" / "x" / "a.mvt")
    for name in ("a.mvt", "a.mvt.gz"):
        old, new = tmp_path / "old" / name, tmp_path / "new" / "x" / name
        assert old.stat().st_ino == new.stat().st_ino


def test_what_is_linked_is_not_written_over(tmp_path: Path) -> None:
    tree.write_pieces(tmp_path / "old" / "a.mvt", [b"tile"])
    tree.link(tmp_path / "old" / "a.mvt", tmp_path / "new" / "a.mvt")
    with pytest.raises(FileExistsError):
        tree.write_pieces(tmp_path / "new" / "a.mvt", [b"other"])
    assert (tmp_path / "old" / "a.mvt").read_bytes() == b"tile"


def test_of_two_who_clear_a_folder_the_second_finds_nothing(tree_of_the_test: Path) -> None:
    folder = tree_of_the_test / "places"
    tree.write(folder / "a.json", b"1")
    tree.clear(folder)
    assert not folder.exists()
    tree.clear(folder)
    assert not list(tree.aside().iterdir())


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    tree.write(path, b"1")
    with path.open("rb") as reader:
        tree.write(path, b"22")
        assert reader.read() == b"1"  # who reads the old one reads it to its end
    assert path.read_bytes() == b"22"
    assert not list(tmp_path.glob(".*"))
