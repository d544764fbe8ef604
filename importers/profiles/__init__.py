"""What is known of lists beforehand, as data: a module a family, by header, never by position.

The government's two standards (``standard_new``, ``standard_old``), 国土地理院 (``gsi``), the
census (``estat``), 国土数値情報 by edition (``ksj``, ``ksj_areas``), tables of towns
(``gazetteers``). An app registers its own with ``register``.
"""

# Of two profiles that recognise a file equally well the first registered reads it.
from importers.profiles import gsi, estat, gazetteers, standard_new, standard_old  # noqa: I001
from importers.profiles import ksj, ksj_areas
from importers.profiles.columns import HAZARDS, RULES
from importers.profiles.gsi import CommonId, common_id
from importers.profiles.names import likely_name
from importers.profiles.profile import Kind, Notice, Profile, Target
from importers.profiles.registry import (
    PROFILES,
    profile_for,
    recognised,
    refuse_what_is_no_layer,
    register,
)
from importers.values import Rule

FAMILIES = (gsi, estat, gazetteers, standard_new, standard_old, ksj, ksj_areas)
"""The modules whose import makes their profiles known."""

__all__ = [
    "FAMILIES",
    "HAZARDS",
    "PROFILES",
    "RULES",
    "CommonId",
    "Kind",
    "Notice",
    "Profile",
    "Rule",
    "Target",
    "common_id",
    "likely_name",
    "profile_for",
    "recognised",
    "refuse_what_is_no_layer",
    "register",
]
