"""The text of a description that was written as HTML."""

import html
import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    [
        *("p", "div", "br", "tr", "li", "ul", "ol", "table", "hr", "dl", "dt", "dd", "blockquote"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer", "pre"),
    ]
)
_UNSEEN = frozenset(["script", "style", "head", "title", "template"])
_TAG = re.compile(r"<[A-Za-z!/][^<>]*>")
_LONGEST = 100_000
"""A text longer than this is no description; a parser of broken HTML may take its square."""


def html_text(text: str) -> str:
    """Return what a person sees of a text that may hold HTML: lines, no markup, no scripts.

    A cell of a table is set off by a tab. The address of a link follows its text, unless that is
    it; pictures are left out.
    """
    if not _TAG.search(text) or len(text) > _LONGEST:
        return html.unescape(text).strip()
    parser = _Text()
    parser.feed(text)
    parser.close()
    lines = (re.sub(r"[ \u00a0]+", " ", line).strip() for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0
        self._link: str | None = None
        self._link_text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append("\t")
        elif tag == "a":
            address = dict(attrs).get("href") or ""
            self._link = address if address.startswith(("http:", "https:", "mailto:")) else None
            self._link_text = []

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "a" and self._link:
            if self._link.split(":", 1)[1].strip("/") not in "".join(self._link_text):
                self.parts.append(f" {self._link}")
            self._link = None

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            # Line ends of the source are blanks in HTML.
            lines = data.split("\n")
            self.parts.append(" ".join(map(str.strip, lines)) if len(lines) > 1 else data)
            self._link_text.append(data)
