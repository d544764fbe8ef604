"""XML from files that nobody vouches for, read as a stream of small trees.

Expat alone, with every document type declaration refused: without one there are no entities to
blow up, no file and no address to fetch. The text is decoded beforehand by the rules of
``encoding``, because city files declare Shift_JIS and hold CP932, which no XML parser reads.
Names are local ones (``gml:pos`` is ``pos``): prefixes are written without being declared, and
GML's and KML's elements differ from the publisher's by what they stand in.
"""

import re
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from importers.encoding import decoded, known
from importers.problems import Evidence, FileRefused

_CHUNK = 1_048_576
_DEPTH = 200
_DECLARED = re.compile(rb"<\?xml[^>]{0,100}?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]{2,20})[\"']")


class Node:
    """An element: its local name, attributes by local name, own text, and its children."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.text = ""
        self.children: list[Node] = []

    def child(self, *names: str) -> "Node | None":
        """Return the first child with one of these names, or None."""
        return next((node for node in self.children if node.name in names), None)

    def said(self, name: str) -> str:
        """Return the trimmed text of a child, "" without one."""
        node = self.child(name)
        return node.text.strip() if node else ""

    def walk(self) -> Iterator["Node"]:
        """Yield the element and everything in it, in the order of the document."""
        yield self
        for node in self.children:
            yield from node.walk()

    def whole_text(self) -> str:
        """Return the text of the element and of everything in it."""
        return "\n".join(node.text for node in self.walk() if node.text.strip())


def xml_text(data: bytes, forced: str | None = None) -> tuple[str, Evidence]:
    """Return an XML document's text and the evidence for its encoding.

    The declaration counts where the bytes agree with it; else they decide. Raises FileRefused.
    """
    match = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf").lstrip()[:200])
    name = known(match.group(1).decode("ascii")) if match else None
    if forced is None and name is not None and name not in ("utf-8", "utf-16"):
        try:
            return decoded(data, name)[0], Evidence(name, "encoding_xml_declared")
        except FileRefused:
            pass
    return decoded(data, forced)


def elements(
    text: str, containers: frozenset[str] = frozenset()
) -> Iterator[tuple[list[Node], Node]]:
    """Yield (what it stands in, element) for the children of the root and of ``containers``.

    Each element comes whole, once it is closed, and is not kept; a container is not kept either
    and comes only as part of the first item (the list changes as the document is walked: copy
    what is to last). Raises FileRefused for XML that is broken, or that declares a document type.
    """
    builder = _Builder(containers)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.buffer_size = _CHUNK
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.texts.append
    try:
        for start in range(0, max(len(text), 1), _CHUNK):
            parser.Parse(text[start : start + _CHUNK], start + _CHUNK >= len(text))
            yield from builder.ready
            builder.ready.clear()
    except expat.ExpatError as broken:
        raise FileRefused(
            "xml_broken", {"line": broken.lineno, "column": broken.offset + 1}
        ) from broken


def root(text: str) -> Node:
    """Return a whole document as one tree. Raises FileRefused; only for documents known small."""
    top = Node("", {})
    for within, node in elements(text):
        top = within[0]
        top.children.append(node)
    return top


def refuse_doctype(*_: Any) -> None:
    """Raise FileRefused: the handler for a document type declaration."""
    raise FileRefused("xml_doctype")


class _Builder:
    """Expat's handlers: builds the tree of what lies outside the containers, and lets it go."""

    def __init__(self, containers: frozenset[str]) -> None:
        self.containers = containers
        self._locals: dict[str, str] = {}
        self.within: list[Node] = []  # containers, the root first
        self.open: list[Node] = []  # the element being built and the one it is part of …
        self.texts: list[str] = []
        self.ready: list[tuple[list[Node], Node]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = self._locals.get(name)
        if local is None:
            local = self._locals[name] = _local(name)
        if attributes:
            attributes = {_local(key): value for key, value in attributes.items()}
        node = Node(local, attributes)
        if self.open:
            if self.texts:
                self.open[-1].text += "".join(self.texts)
            self.open[-1].children.append(node)
            if len(self.open) > _DEPTH:
                raise FileRefused("xml_too_deep", {"limit": _DEPTH})
            self.open.append(node)
        elif self.within and local not in self.containers:
            self.open.append(node)
        else:
            self.within.append(node)
            if len(self.within) > _DEPTH:
                raise FileRefused("xml_too_deep", {"limit": _DEPTH})
        self.texts.clear()

    def end(self, name: str) -> None:
        if not self.open:
            self.within.pop()
        else:
            node = self.open.pop()
            if self.texts:
                node.text += "".join(self.texts)
            if not self.open:
                self.ready.append((self.within.copy(), node))
        self.texts.clear()


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name
