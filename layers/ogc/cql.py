r"""CQL2 (OGC 21-065r2), text and JSON, read by the library cql2 into one tree: that of CQL2 JSON.

The library's parser goes as deep as its text does, and a thread's stack ends somewhere: 3,200
characters of nothing but brackets end the whole process. So a text is measured before the
library sees it (``tests/ogc/test_cql.py`` shows what happens without). It also knows only one of
the two ways to write a quotation mark in a literal (``''``, not ``\'``), so the other is rewritten.
"""

import re
from typing import Any

import cql2

from layers.ogc.params import LONGEST_VALUE, shown
from layers.ogc.problems import BadRequest

TEXT, JSON = "cql2-text", "cql2-json"
LANGUAGES = (TEXT, JSON)
DEEPEST = 16
"""Brackets in brackets; what a person or a program writes has five or six."""
MOST_BRACKETS = 600
"""Brackets in all, those in texts too: at this number no parser's stack ends, whatever it reads."""
MOST_NOTS = 32
Tree = Any
"""CQL2 JSON as Python holds it: dicts, lists, strings, floats, booleans."""

_LITERAL = re.compile(r"'(?:''|\\[\s\S]|[^'\\])*'|\"(?:\"\"|[^\"])*\"")
_ESCAPE = re.compile(r"\\([\s\S])")
_ESCAPED = {"'": "''", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_BLANK = '""'
"""What a literal is while the rest is measured: it holds nothing."""


def tree_of(text: str, language: str = TEXT) -> Tree:
    """Return the tree of a filter. Raises BadRequest where it can't be read."""
    if len(text) > LONGEST_VALUE:
        raise BadRequest(f"The filter has {len(text)} characters; {LONGEST_VALUE} are the most.")
    try:
        if language == JSON:
            return cql2.parse_json(text).to_json()
        _refuse_deep(text)
        return cql2.parse_text(_LITERAL.sub(_unescaped, text)).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError) as error:
        raise BadRequest(f"The filter is no {language}: {_place(str(error))}") from error


def _refuse_deep(text: str) -> None:
    bare = _LITERAL.sub(_BLANK, text)
    depth = deepest = 0
    for sign in re.findall("[()]", bare):
        depth += 1 if sign == "(" else -1
        deepest = max(deepest, depth)
    if text.count("(") > MOST_BRACKETS:
        raise BadRequest(f"The filter has more than {MOST_BRACKETS} brackets.")
    if deepest > DEEPEST:
        raise BadRequest(f"The filter has {deepest} brackets in brackets; {DEEPEST} are the most.")
    if len(re.findall(r"\bnot\b", bare, re.IGNORECASE)) > MOST_NOTS:
        raise BadRequest(f"The filter says NOT more than {MOST_NOTS} times.")
    if sign := re.search(r"[-+*/%^]", _NUMBER.sub("0", bare)):
        raise BadRequest(
            f"The filter calculates ({shown(sign[0])} outside of a text): only values themselves"
            " can be compared. A name with such a sign stands in double quotation marks."
        )


def _unescaped(literal: re.Match[str]) -> str:
    if literal[0].startswith('"'):
        return literal[0]
    return _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[0]), literal[0])


def _place(said: str) -> str:
    """Return the place and the reason out of the parser's picture of several lines."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    place = re.search(r"\d+:\d+", lines[0]) if lines else None
    if place and lines[-1].startswith("="):
        return f"at {place[0]} (line:character) {lines[-1].removeprefix('= ')}."
    return f"{' '.join(lines)[:200]}."
