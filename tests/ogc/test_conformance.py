"""What is claimed, what is tested and what docs/conformance.md says are the same."""

import importlib
import re
from collections import Counter
from pathlib import Path

from django.conf import settings

from layers.ogc.conformance import CLASSES
from tests.ogc import requirements

MODULES = (
    "test_features_core",
    "test_features_params",
    "test_features_items",
    "test_crs",
    "test_filter",
    "test_cql_semantics",
    "test_cql_spatial",
    "test_tiles",
)
DOC = Path(settings.BASE_DIR) / "docs" / "conformance.md"


def held() -> Counter[str]:
    """Return how many tests say that they hold each requirement."""
    found: Counter[str] = Counter()
    for name in MODULES:
        for test in vars(importlib.import_module(f"tests.ogc.{name}")).values():
            for mark in getattr(test, "pytestmark", []):
                if mark.name == "requirement":
                    found.update(mark.args)
    return found


def test_every_requirement_of_a_claimed_class_has_a_test() -> None:
    assert requirements.ALL - set(held()) == set()


def test_no_test_holds_a_requirement_that_nobody_knows() -> None:
    assert set(held()) - requirements.ALL == set()


def test_every_class_that_is_claimed_has_requirements_and_the_other_way_about() -> None:
    claimed = {
        re.sub(r"^.*/spec/(?:ogcapi-)?([^/]+)/1\.0/conf/(.+)$", r"\1/\2", uri) for uri in CLASSES
    }
    assert claimed == requirements.CLASSES


def test_the_document_lists_every_class_and_every_requirement() -> None:
    text = DOC.read_text(encoding="utf-8")
    assert [uri for uri in CLASSES if uri not in text] == []
    named = set(re.findall(r"`([a-z0-9-]+/[a-z0-9-]+/[A-Za-z0-9-]+)`", text))
    assert requirements.ALL - named == set()
    assert named - requirements.ALL == set()
