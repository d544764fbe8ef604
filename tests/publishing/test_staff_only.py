"""Nothing of a layer that is staff's own is ever in the public tree."""

from typing import Any

import pytest

from layers.models import Layer
from layers.publish import bake, parts, tree
from layers.publish.published import folder, newest
from tests.factories import places
from tests.publishing.test_bake import square

pytestmark = pytest.mark.django_db


def everything() -> bytes:
    """Every byte under the public tree, names too."""
    found = sorted(path for path in tree.public_root().rglob("*"))
    plain = [
        path.read_bytes() for path in found if path.is_file() and path.suffix not in (".gz", ".br")
    ]
    names = [str(path.relative_to(tree.public_root())) for path in found]
    return "\n".join(names).encode() + b"\n".join(plain)


def secret(geometry_type: str, at: Any, **facts: Any) -> Layer:
    layer = places.layer(f"geheim-{geometry_type}", kind="planning", geometry_type=geometry_type,
                         visibility="staff", title={"ja": "秘密の層"},
                         attribution="秘密の出典")  # fmt: skip
    places.feature(layer, "1", at=at, name="秘密の場所", properties={"x": "秘密の事実"}, **facts)
    return layer


def test_nothing_of_a_staff_layer_is_ever_in_the_public_tree() -> None:
    layers = [secret("point", (140.3, 38.76)), secret("polygon", square(140.3, 38.76))]
    public = places.layer("library", title={"ja": "公開の層"})
    places.feature(public, "1", name="公開の場所")
    for layer in (*layers, public):
        bake.published(layer)
    bake.finished()
    assert "公開の場所".encode() in everything()  # the control: what is public is found like this
    for word in ("秘密", "geheim"):
        assert word.encode() not in everything()
    for layer in layers:
        one = newest(layer, "map")
        assert one is not None
        assert folder(layer, one).is_relative_to(tree.staff_root())
        assert folder(layer, one).is_dir()


def test_a_layer_that_becomes_staff_s_own_is_gone_from_the_public_at_once(
    django_capture_on_commit_callbacks: Any,
) -> None:
    layer = places.layer("becomes", title={"ja": "秘密になる層"})
    places.feature(layer, "1", name="秘密になる場所")
    other = places.layer("other")
    places.feature(other, "1", at=(140.3001, 38.76), name="隣の場所")
    for one in (layer, other):
        bake.published(one)
    bake.finished()
    assert "秘密になる場所".encode() in everything()
    with django_capture_on_commit_callbacks(execute=True):
        layer.visibility = "staff"
        layer.save()
    assert "秘密になる".encode() not in everything()
    assert b"becomes" not in everything()
    bake.published(layer)
    bake.finished()
    assert "秘密になる".encode() not in everything()
    assert "隣の場所".encode() in everything()
    layer.visibility = "public"
    layer.save()
    bake.published(layer)
    assert "秘密になる場所".encode() in everything()


def test_a_layer_that_becomes_staff_s_own_while_it_is_baked_is_not_published(
    monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    layer = places.layer("becomes")
    places.feature(layer, "1", name="秘密になる場所")
    build = parts.BUILDERS["map"]

    def hidden_meanwhile(*arguments: Any) -> dict[str, Any]:
        facts = build(*arguments)
        with django_capture_on_commit_callbacks(execute=True):
            other = Layer.objects.get(pk=layer.pk)
            other.visibility = "staff"
            other.save()
        return facts

    monkeypatch.setitem(parts.BUILDERS, "map", hidden_meanwhile)
    assert bake.baked(layer, "map") is None
    assert "秘密になる".encode() not in everything()
    assert b"becomes" not in everything()
    assert newest(layer, "map") is None
