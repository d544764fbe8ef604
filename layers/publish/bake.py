"""The use case of publishing: bake what is stale of a layer, then switch over to it."""

from layers.models import Layer, Publication
from layers.publish import manifest, pages, parts, rows, tree
from layers.publish.parts import Old
from layers.publish.published import folder, newest, newest_of

Part = Publication.Part

MOST_CHANGES = 2_000
"""Changed features up to which only what they touch is baked; beyond, all is, in less time."""
QUICK = (Part.MAP, Part.DETAILS)
"""The parts that somebody who made a change waits for."""


def published(*layers: Layer) -> list[Publication]:
    """Bake what somebody waits for: map, details, the map's page, the pages of what changed.

    Returns the publications that were made; none where everything was current.
    """
    changed: set[int] = set()
    for layer in layers:
        layer.refresh_from_db()
        if not layer.is_public:
            withdrawn(layer)
        before = newest(layer, Part.DETAILS)
        changes = rows.touched(layer, before.layer_version, MOST_CHANGES) if before else None
        if layer.is_public and changes:
            changed.update(changes[0])
    # The map first: it is seen while the details of many thousand places are written.
    made = [one for layer in layers if (one := baked(layer, Part.MAP))]
    manifest.switched()
    pages.front(pages.MAP)
    made += [one for layer in layers if (one := baked(layer, Part.DETAILS))]
    manifest.switched()
    pages.of_features(changed)
    return made


def finished() -> list[Publication]:
    """Bake what can wait: downloads, the catalogue that lists them, and the pages of all places.

    A place's page names the places near it, so that any change may touch any page.
    """
    made = [
        one
        for layer in Layer.objects.all()
        for part in parts.BUILDERS
        if part not in QUICK and (one := baked(layer, part))
    ]
    manifest.switched()
    pages.front(pages.CATALOGUE)
    pages.of_all()
    return made


def baked(layer: Layer, part: str) -> Publication | None:
    """Bake a part of a layer where it is stale, and make it the current one; None where it isn't.

    The layer's version is that of before anything is read: what changes meanwhile has a job of its
    own, which starts from there.
    """
    version, recipe, before = layer.version, parts.recipe(layer, part), newest(layer, part)
    if before and _current(layer, before, recipe):
        return None
    old = None
    if before and folder(layer, before).is_dir():
        changes = rows.touched(layer, before.layer_version, MOST_CHANGES)
        old = Old(folder(layer, before), before.facts, *changes) if changes else None
    public = layer.is_public
    try:
        with tree.making(layer.slug, part, public=public) as place:
            facts = parts.BUILDERS[part](layer, place, old)
            digest = tree.settle(place, layer.slug, part, public=public)
    except FileNotFoundError:
        if not _became_hidden(layer, public=public):
            raise
        return None
    if _became_hidden(layer, public=public):
        return None
    return Publication.objects.create(
        layer=layer, part=part, public=public, digest=digest, layer_version=version,
        facts={"recipe": recipe, **facts},
    )  # fmt: skip


def _became_hidden(layer: Layer, *, public: bool) -> bool:
    """Return whether a layer became staff's own while it was baked; then nothing of it stays.

    Whoever said so cleared the public tree, with the half of a folder in it; but what was written
    after that must go, too.
    """
    layer.refresh_from_db(fields=["visibility"])
    if layer.is_public or not public:
        return False
    withdrawn(layer)
    return True


def stale() -> list[Layer]:
    """Return the layers that have a part which is not current, or whose files are gone."""
    layers = list(Layer.objects.all())
    found = newest_of(layers)
    return [
        layer
        for layer in layers
        if any(
            (one := found.get(layer.pk, {}).get(part)) is None
            or not _current(layer, one, parts.recipe(layer, part))
            for part in parts.BUILDERS
        )
    ]


def _current(layer: Layer, publication: Publication, recipe: str) -> bool:
    return (
        publication.layer_version == layer.version
        and publication.facts["recipe"] == recipe
        and folder(layer, publication).is_dir()
    )


def withdrawn(layer: Layer) -> None:
    """Take what was public of a layer that is staff's own out of the public tree, at once.

    The pages of places go, all of them, since any may name one of the layer's; they come again with
    the next bake, and from the application until then.
    """
    place = tree.layers_folder(public=True, slug=layer.slug)
    if place.is_dir():
        manifest.switched()
        pages.forget_places()
        pages.front(pages.MAP, pages.CATALOGUE)
        tree.clear(place)
