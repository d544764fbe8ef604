"""Panels: what an app has to say about a feature, baked with the feature and shown on its page.

An app registers its panel when it is ready. What a panel says is public: it is asked only of
features, never of who looks.
"""

from collections.abc import Callable
from typing import Any

from layers.models import Feature

Panel = Callable[[Feature, str], Any]
"""Takes a feature (its layer is loaded) and a language, which is active; returns what JSON can
hold, None where it has nothing to say."""

_panels: dict[str, Panel] = {}


def register(name: str, panel: Panel) -> None:
    """Take in a panel under a name. Raises ValueError where the name is taken by another."""
    if _panels.setdefault(name, panel) is not panel:
        raise ValueError(f"there is a panel {name!r} already")


def public_data(feature: Feature, language: str) -> dict[str, Any]:
    """Return what every panel says about a feature, by the panel's name."""
    said = {name: panel(feature, language) for name, panel in _panels.items()}
    return {name: data for name, data in said.items() if data is not None}
