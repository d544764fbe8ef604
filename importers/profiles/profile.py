"""What is known of a list beforehand: its key, its columns, whose it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from importers.headers import Role, canonical, columns_by_role
from importers.problems import Problem, warning
from importers.profiles.layouts import Layout
from importers.profiles.names import likely_name
from importers.table import Column, Table
from importers.values import Rule

_Known = TypeVar("_Known")

Kind = Literal[
    "public_facility",
    "emergency_site",
    "shelter",
    "welfare",
    "medical",
    "childcare",
    "school",
    "heritage",
    "hazard",
    "planning",
]
Target = Literal["layer", "towns", "nothing"]
"""What a list can become: a layer, the city's towns (its gazetteer), or nothing on a map."""
Notice = Literal[
    "licence_non_commercial",
    "licence_conditions",
    "licence_unknown",
    "edition_unknown",
    "not_a_designation",
]
"""What a person should know of every file of a profile before it is shown to the public."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A known layout.

    ``markers`` are alternative sets of headers, compared by ``headers.canonical``: one set must
    be there in full, and the profile with the longest such set wins. ``layout`` takes their place
    for coded columns. ``keys`` are headers that identify a row, best first; with ``key_binding`` a
    blank or repeated one is an error, without it such a column is passed over. ``fields`` gives a
    role to a header where the common aliases would not. ``field_titles``, ``value_rules``,
    ``codes`` (what a code stands for) and ``missing`` (what stands for no value) are by header.
    Title, description and attribution are defaults for a new layer; texts are by language.
    ``alternatives`` are the profiles of which a person must choose one where the file does not say.
    ``roles_given`` are those a person settled (``mapping``): then no other is looked for, and
    headers are taken literally.
    """

    name: str
    title: dict[str, str]
    kind: Kind | None
    markers: tuple[tuple[str, ...], ...] = ((),)
    keys: tuple[str, ...] = ()
    key_binding: bool = False
    fields: dict[str, Role] = field(default_factory=dict)
    field_titles: dict[str, str] = field(default_factory=dict)
    value_rules: dict[str, Rule] = field(default_factory=dict)
    attribution: str = ""
    licence: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    target: Target = "layer"
    layout: Layout | None = None
    alternatives: tuple[str, ...] = ()
    roles_given: dict[Role, str] | None = None

    def recognises(self, headers: Sequence[str], file_name: str = "") -> float:
        """Return 0 if no set of markers is there, else the more the longer the set is."""
        if self.layout is not None:
            return self.layout.recognises(headers, file_name)
        present = {canonical(header) for header in headers}
        sizes = [
            0.1 + len(markers)
            for markers in self.markers
            if all(canonical(marker) in present for marker in markers)
        ]
        return max(sizes, default=0.0)

    # -- by header ----------------------------------------------------------------------------

    def rules(self, headers: Iterable[str]) -> dict[str, Rule]:
        """Return the rule of each of a file's columns that has one, by its own header."""
        return self._by_own_header(self.value_rules, headers, literally=self._is_settled)

    def code_lists(self, headers: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return what the codes of a file's columns stand for, by its own header."""
        return self._by_own_header(self.codes, headers)

    def missing_values(self, headers: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the texts that stand for no value in a file's columns, by its own header."""
        return self._by_own_header(self.missing, headers)

    def key_columns(self, headers: Sequence[str]) -> list[str]:
        """Return the headers of the file that may serve as key, best first."""
        known = {key: key for key in self.keys}
        first: dict[str, str] = {}
        for header, key in self._by_own_header(known, headers, literally=self._is_settled).items():
            first.setdefault(key, header)
        return [first[key] for key in self.keys if key in first]

    @property
    def _is_settled(self) -> bool:
        """Whether a person said what each column is, so that headers count to the letter."""
        return self.roles_given is not None

    def _by_own_header(
        self, known: Mapping[str, _Known], headers: Iterable[str], *, literally: bool = False
    ) -> dict[str, _Known]:
        if literally:
            return {header: known[header] for header in headers if header in known}
        by_form = {canonical(header): value for header, value in known.items()}
        found: dict[str, _Known] = {}
        for header in headers:
            if header in known:
                found[header] = known[header]
            elif (form := canonical(header)) in by_form:
                found[header] = by_form[form]
        return found

    # -- of a table ---------------------------------------------------------------------------

    def roles(self, table: Table) -> dict[Role, str]:
        """Return which column of a table plays which part; a name may be found by its look."""
        roles = self.known_roles(table)
        guessing = self.roles_given is None and not self.keys
        if guessing and "name" not in roles and (likely := likely_name(table)):
            roles["name"] = likely
        return roles

    def known_roles(self, table: Table) -> dict[Role, str]:
        """Return which column plays which part as headers, labels and profile say it."""
        headers = [column.name for column in table.columns]
        if self.roles_given is not None:
            return {role: name for role, name in self.roles_given.items() if name in headers}
        titles = [column.title for column in table.columns]
        labelled = [column.name for column in table.columns if column.label]
        roles = columns_by_role(headers, titles, labelled)
        own = self._by_own_header(self.fields, headers)
        return roles | {role: header for header, role in own.items()}

    def columns(self, table: Table) -> tuple[Column, ...]:
        """Return the table's columns with the titles this profile knows.

        A label that the publisher gave beside the file goes before, a person's own before all.
        """
        titles = self._by_own_header(self.field_titles, [c.name for c in table.columns])

        def title(column: Column) -> str:
            labelled = column.title != column.name
            if labelled and not (self._is_settled and column.name in self.field_titles):
                return column.title
            return titles.get(column.name, column.title)

        return tuple(Column(c.name, c.type, title(c), c.label) for c in table.columns)

    def schema(
        self, columns: Sequence[Column], units: Mapping[str, str] | None = None
    ) -> tuple[dict[str, Any], ...]:
        """Return a layer's schema as plain JSON: name, type and title of each column.

        Beside them, where there are any: its ``rule``, the ``codes`` it holds (the labels are
        Japanese) and the ``unit`` of its numbers, as ``values.read_column`` found it.
        """
        names = [column.name for column in columns]
        rules, codes = self.rules(names), self.code_lists(names)
        found: list[dict[str, Any]] = []
        for column in columns:
            entry: dict[str, Any] = {
                "name": column.name,
                "type": column.type,
                "title": column.title,
            }
            more = (
                ("rule", rules.get(column.name)),
                ("codes", codes.get(column.name)),
                ("unit", (units or {}).get(column.name)),
            )
            found.append(entry | {name: value for name, value in more if value})
        return tuple(found)

    def told(self) -> list[Problem]:
        """Return a warning for each thing a person should know of every such file."""
        return [self._told(notice) for notice in self.notices]

    def _told(self, notice: Notice) -> Problem:
        title = self.title.get("ja") or self.attribution or self.name
        if notice == "licence_non_commercial":
            return warning("licence_non_commercial", title=title)
        if notice == "licence_conditions":
            return warning("licence_conditions", title=title)
        if notice == "licence_unknown":
            return warning("licence_unknown", title=title)
        if notice == "edition_unknown":
            return warning("edition_unknown", title=title, profiles=list(self.alternatives))
        return warning("not_a_designation", title=title)
