"""Which profiles there are, and which one reads a file.

A later app registers a profile of its own (``register``), and the one that recognises a file best
reads it; ``generic`` takes anything.
"""

from collections.abc import Sequence

from importers.problems import FileRefused
from importers.profiles.profile import Profile
from importers.table import Table

PROFILES: dict[str, Profile] = {}


def register(profile: Profile) -> None:
    """Make a profile known. A second one of the same name replaces the first."""
    PROFILES[profile.name] = profile


def titled(ja: str, easy: str, en: str) -> dict[str, str]:
    """Return a title by language."""
    return {"ja": ja, "ja-easy": easy, "en": en}


def recognised(headers: Sequence[str], file_name: str = "") -> Profile:
    """Return the profile that recognises a file's headers best.

    ``file_name`` says the edition of a data set whose codes change with it; it may hold the names
    of the zip and of the file in it, parted by a blank. Of equals the first one registered is
    taken. Usable before a file's coordinates were looked for: see ``Profile.target``.
    """
    return max(PROFILES.values(), key=lambda profile: profile.recognises(headers, file_name))


def profile_for(table: Table, name: str | None = None, file_name: str = "") -> Profile:
    """Return the profile asked for, else the one that recognises the table best.

    ``file_name`` is what the person named, where the table's own name says less. Raises
    FileRefused for a name that is not registered.
    """
    if name is not None:
        if name not in PROFILES:
            raise FileRefused("profile_unknown", {"name": name, "known": sorted(PROFILES)})
        return PROFILES[name]
    headers = [column.name for column in table.columns]
    return recognised(headers, f"{table.display_name} {file_name}".strip())


def refuse_what_is_no_layer(profile: Profile) -> None:
    """Raise FileRefused where a list is known and can't become a layer: it has no places."""
    if profile.target == "towns":
        raise FileRefused("list_of_towns", {"title": profile.title["ja"]})
    if profile.target == "nothing":
        raise FileRefused("list_without_places", {"title": profile.title["ja"]})


register(
    # Knows nothing of the list: title and kind are left to the file and its geometry.
    Profile("generic", title={}, kind=None)
)

__all__ = [
    "PROFILES",
    "profile_for",
    "recognised",
    "refuse_what_is_no_layer",
    "register",
    "titled",
]
