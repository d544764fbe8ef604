"""What the screens of an import ask: the file and where it goes, and how it is to be read."""

import re
import unicodedata
from typing import Any, Literal

from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from importers.apply import LayerFacts
from importers.crs import SYSTEMS
from importers.encoding import ENCODINGS
from importers.imports import may_import
from importers.models import Import
from importers.upload import one_file
from importers.values import Rule
from layers.models import Layer

EXISTING, NEW = "existing", "new"
Choices = list[tuple[str, Any]]


class _Files(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:
        return list(files.getlist(name)) if hasattr(files, "getlist") else []


class FilesField(forms.FileField):
    """One file, or several that are one (``upload.one_file``)."""

    widget = _Files

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return file and name. Raises ValidationError with a sentence."""
        chosen: list[UploadedFile] = [super(FilesField, self).clean(each) for each in data or []]
        if not chosen:
            raise ValidationError(self.error_messages["required"], "required")
        return one_file(chosen)


class LayerChoice(forms.ModelChoiceField):
    """A layer, called by its title in the page's language."""

    def label_from_instance(self, obj: Any) -> str:
        """Return title and short name: two layers may have the same title."""
        return f"{obj.title_in(get_language() or '')} ({obj.slug})"


class StartForm(forms.Form):
    """A file, and the layer it goes into: one there is, or a new one."""

    file = FilesField(
        label=_("File"),
        error_messages={
            "required": _("No file was chosen. Choose one."),
            "empty": _("The file is empty. Get it again from its source."),
        },
    )
    target = forms.ChoiceField(label=_("Layer"), widget=forms.RadioSelect, choices=[])
    layer = LayerChoice(
        label=_("Which layer"),
        queryset=Layer.objects.none(),
        required=False,
        empty_label=_("Choose"),
    )
    slug = forms.SlugField(
        label=_("Short name for addresses"),
        max_length=60,
        required=False,
        help_text=_("Letters a–z, digits and -. Left blank, one is made from the English title."),
        error_messages={"invalid": _("Use only the letters a–z, digits, - and _.")},
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("As the list in the file suggests")), *Layer.Kind.choices],
    )
    visibility = forms.ChoiceField(
        label=_("Who sees it"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (Layer.Visibility.STAFF.value, _("Staff only, for now")),
            (Layer.Visibility.PUBLIC.value, _("Everybody")),
        ],
    )
    attribution = forms.CharField(label=_("Source, as it is to be shown"), required=False)
    licence = forms.CharField(label=_("Licence"), max_length=200, required=False)
    source_date = forms.DateField(
        label=_("Date of the data"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        error_messages={"invalid": _("Write the date as 2026-04-01.")},
    )

    def __init__(self, *args: Any, user: User | AnonymousUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        layers = [layer for layer in Layer.objects.all() if may_import(user, layer)]
        targets: Choices = []
        if layers:
            targets.append((EXISTING, _("Into a layer that is there")))
        if may_import(user, None):
            targets.append((NEW, _("Into a new layer")))
        self.fields["target"].choices = targets  # type: ignore[attr-defined]
        self.fields["layer"].queryset = Layer.objects.filter(  # type: ignore[attr-defined]
            pk__in=[layer.pk for layer in layers]
        )
        for code, name in settings.LANGUAGES:
            self.fields[f"title_{code}"] = forms.CharField(
                label=name,
                max_length=200,
                required=False,
                widget=forms.TextInput({"lang": code.split("-")[0]}),
            )
        self.initial.setdefault("target", targets[0][0] if targets else "")
        self.initial.setdefault("visibility", Layer.Visibility.STAFF.value)

    @property
    def titles(self) -> list[forms.BoundField]:
        """The fields of a new layer's titles, in the order of the city's languages."""
        return [self[f"title_{code}"] for code, _name in settings.LANGUAGES]

    def clean(self) -> dict[str, Any]:
        """Check the part that was chosen; the other one does not matter."""
        given = super().clean() or {}
        if given.get("target") == EXISTING and not given.get("layer"):
            self.add_error("layer", _("Choose the layer."))
        if given.get("target") == NEW:
            first = f"title_{settings.LANGUAGE_CODE}"
            if not given.get(first):
                self.add_error(first, _("Give the new layer a title."))
            slug = given.get("slug") or self._proposed(given)
            if Layer.objects.filter(slug=slug).exists():
                self.add_error(
                    "slug",
                    _("There is a layer of this short name. Choose that, or give another."),
                )
            given["slug"] = slug
        return given

    def _proposed(self, given: dict[str, Any]) -> str:
        """Return a short name that is free: of the English title, the file's name, or a number."""
        _file, name = given.get("file") or (None, "")
        stem = unicodedata.normalize("NFKC", re.sub(r"\.[^.]+$", "", name))
        words = given.get("title_en") or (stem if stem.isascii() else "")
        base = slugify(words)[:50].strip("-") or "layer"
        taken = set(Layer.objects.filter(slug__startswith=base).values_list("slug", flat=True))
        taken |= set(Import.objects.filter(slug__startswith=base).values_list("slug", flat=True))
        numbers = range(1 if base == "layer" else 2, len(taken) + 3)
        names = ([] if base == "layer" else [base]) + [f"{base}-{number}" for number in numbers]
        return next(name for name in names if name not in taken)

    @property
    def chosen_slug(self) -> str:
        """The short name of the layer that was chosen or is to be made."""
        layer = self.cleaned_data["layer"] if self.cleaned_data["target"] == EXISTING else None
        return layer.slug if layer else self.cleaned_data["slug"]

    @property
    def facts(self) -> LayerFacts | None:
        """What the new layer is to be; None for one that is there."""
        given = self.cleaned_data
        if given["target"] == EXISTING:
            return None
        titles = {code: given[f"title_{code}"] for code, _name in settings.LANGUAGES}
        return LayerFacts(
            title={code: title for code, title in titles.items() if title},
            kind=given["kind"] or None,
            visibility=given["visibility"] or Layer.Visibility.STAFF,
            attribution=given["attribution"] or None,
            licence=given["licence"] or None,
            source_date=given["source_date"],
            shown_at_start=False,
        )


class ReadingForm(forms.Form):
    """How a file is to be read, where a person decides instead of the file."""

    layer_name = forms.CharField(label=_("Layer in the file"), required=False)
    crs = forms.ChoiceField(label=_("Coordinate system"), required=False)
    encoding = forms.ChoiceField(
        label=_("Encoding of the text"),
        required=False,
        choices=[
            ("", _("None: place and values of the row")),
            *((name, name) for name in ENCODINGS),
        ],
    )
    key = forms.CharField(label=_("Column that tells rows apart"), required=False)

    def __init__(self, act: Import, data: Any = None) -> None:
        names = ("layer_name", "crs", "encoding", "key")
        chosen = {name: act.choices.get(name) or "" for name in names}
        super().__init__(data, initial=chosen)
        self.act = act
        crs = self.fields["crs"]
        crs.choices = [("", _("As the file says it")), *systems()]  # type: ignore[attr-defined]
        if columns := columns_of(act):
            blank = [("", _("None: place and values of the row"))]
            self.fields["key"] = forms.ChoiceField(
                label=self.fields["key"].label, required=False, choices=[*blank, *columns]
            )

    def answers(self) -> dict[str, Any]:
        """Return the choices that were sent, None where one is left to the file again.

        What is on no field of the page that was sent stays as it is.
        """
        given = self.cleaned_data
        sent = {name: given[name] or None for name in self.fields if name in self.data}
        if crs := sent.get("crs"):
            sent["crs"] = int(crs)
        return sent


def columns_of(act: Import) -> list[tuple[str, str]]:
    """Return the file's columns as choices: what was found, or what a refusal named."""
    if found := act.found.get("columns"):
        return [(column["name"], _labelled(column)) for column in found]
    named = (act.refusal or {}).get("params", {}).get("columns", [])
    return [(name, name) for name in named]


def _labelled(column: dict[str, Any]) -> str:
    title = column.get("title") or column["name"]
    return title if title == column["name"] else f"{title} ({column['name']})"


def systems() -> Choices:
    """Return the coordinate systems as grouped choices: degrees, the city's zone, all others."""
    zone = settings.CITY.zone
    groups: dict[Any, Choices] = {
        _("Longitude and latitude"): [],
        _("Plane rectangular system of the city"): [],
        _("Other plane rectangular systems"): [],
        _("UTM and Web Mercator"): [],
    }
    degrees, own, other, rest = groups.values()
    for epsg, system in SYSTEMS.items():
        plane = own if system.zone == zone else other
        by_kind = {"geographic": degrees, "plane": plane}
        by_kind.get(system.kind, rest).append((str(epsg), system.label))
    return list(groups.items())


ROLES: tuple[tuple[str, Any], ...] = (
    ("name", _("Name")),
    ("name_kana", _("Name in kana")),
    ("name_en", _("Name in English")),
    ("address", _("Address")),
    ("lat", _("Latitude")),
    ("lon", _("Longitude")),
    ("x", _("X")),
    ("y", _("Y")),
)
RULES: tuple[tuple[Rule | Literal[""], Any], ...] = (
    ("", _("As it is written")),
    ("designation", _("Designated or not (1, ○; blank: not)")),
    ("flag", _("Yes or no (1, ○, 有; blank: not known)")),
    ("weekdays", _("Days of the week")),
    ("time", _("Time of day")),
    ("date", _("Date (also of Japanese eras)")),
    ("number", _("Number (also with a unit)")),
    ("list", _("Several values in one cell")),
    ("phones", _("Telephone numbers")),
    ("postal", _("Postal code")),
    ("url", _("Address on the web")),
    ("local_government", _("Local government code")),
    ("corporate_number", _("Corporate number")),
)
"""How a column's cells can be read (``values``); a test holds that none is missing."""


class MappingForm(forms.Form):
    """Which column plays which part, and how the values of a column are to be read."""

    def __init__(self, act: Import, settled: dict[str, Any], data: Any = None) -> None:
        super().__init__(data)
        self.columns = columns_of(act)
        roles, rules = settled.get("roles", {}), settled.get("rules", {})
        for role, label in ROLES:
            self.fields[f"role_{role}"] = forms.ChoiceField(
                label=label,
                required=False,
                choices=[("", _("None")), *self.columns],
                initial=roles.get(role, ""),
            )
        self.fields["key"] = forms.ChoiceField(
            label=_("Tells rows apart"),
            required=False,
            choices=[("", _("None: place and values of the row")), *self.columns],
            initial=act.found.get("key", {}).get("column") or settled.get("key") or "",
        )
        for number, (name, title) in enumerate(self.columns):
            self.fields[f"rule_{number}"] = forms.ChoiceField(
                label=title, required=False, choices=RULES, initial=rules.get(name, "")
            )

    @property
    def roles(self) -> list[forms.BoundField]:
        """The fields for the parts that columns play, the key first."""
        return [self["key"], *(self[f"role_{role}"] for role, _label in ROLES)]

    @property
    def rules(self) -> list[forms.BoundField]:
        """The fields for the values of each column."""
        return [self[f"rule_{number}"] for number in range(len(self.columns))]

    def clean(self) -> dict[str, Any]:
        """Refuse one column in two parts."""
        given = super().clean() or {}
        seen: dict[str, str] = {}
        for role, label in ROLES:
            column = given.get(f"role_{role}")
            if column and column in seen:
                text = _("The column “%(column)s” can't be this and “%(other)s” at once.")
                self.add_error(f"role_{role}", text % {"column": column, "other": seen[column]})
            elif column:
                seen[column] = str(label)
        return given

    def mapping(self) -> dict[str, Any]:
        """Return the mapping as plain JSON."""
        given = self.cleaned_data
        return {
            "roles": {role: c for role, _label in ROLES if (c := given[f"role_{role}"])},
            "rules": {
                name: rule
                for number, (name, _title) in enumerate(self.columns)
                if (rule := given[f"rule_{number}"])
            },
            "key": given["key"] or None,
        }


class ListForm(forms.Form):
    """Which imports the list shows."""

    layer = LayerChoice(
        label=_("Layer"),
        queryset=Layer.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=_("All layers"),
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All states")), *Import.State.choices]
    )
