"""Layers, features, and the record of every change to them."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from layers import spatial_index
from layers.texts import text_in


class LayerQuerySet(models.QuerySet["Layer"]):
    """Layers, as a person may see them."""

    def visible_to(self, user: User | AnonymousUser) -> "LayerQuerySet":
        """Return the public layers, and for staff who may view layers the staff layers too."""
        if user.is_active and user.has_perm("layers.view_layer"):
            return self
        return self.filter(visibility=Layer.Visibility.PUBLIC)

    def with_counts(self) -> "LayerQuerySet":
        """Return the layers with ``feature_count``, in the order of the map."""
        return self.annotate(feature_count=models.Count("features")).order_by("order", "slug")


class Layer(models.Model):
    """A named set of features of one kind and one geometry type."""

    class Kind(models.TextChoices):
        """What the places of a layer are; decides shape, colour and symbol."""

        PUBLIC_FACILITY = "public_facility", _("Public facilities")
        EMERGENCY_SITE = "emergency_site", _("Designated emergency evacuation sites")
        SHELTER = "shelter", _("Designated shelters")
        WELFARE = "welfare", _("Welfare and care")
        MEDICAL = "medical", _("Medical care")
        CHILDCARE = "childcare", _("Childcare")
        SCHOOL = "school", _("Schools")
        HERITAGE = "heritage", _("Cultural property")
        HAZARD = "hazard", _("Hazard areas")
        PLANNING = "planning", _("Planning")

    class GeometryType(models.TextChoices):
        """The dimension of a layer's geometries; single and multi parts both fit."""

        POINT = "point", _("Points")
        LINE = "line", _("Lines")
        POLYGON = "polygon", _("Areas")

    class Visibility(models.TextChoices):
        """Who may see a layer."""

        PUBLIC = "public", _("Everybody")
        STAFF = "staff", _("Staff only")

    slug = models.SlugField(_("short name for addresses"), max_length=60, unique=True)
    title = models.JSONField(_("title"), help_text=_("by language"))
    description = models.JSONField(_("description"), default=dict, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    geometry_type = models.CharField(_("geometry"), max_length=10, choices=GeometryType)
    schema = models.JSONField(
        _("fields"),
        default=list,
        blank=True,
        help_text=_("A list of {name, type, title}; type is text, integer, number, boolean, date"),
    )
    style = models.JSONField(_("style"), default=dict, blank=True)
    order = models.PositiveIntegerField(_("order"), default=100)
    visibility = models.CharField(
        _("visible to"), max_length=10, choices=Visibility, default=Visibility.PUBLIC
    )
    shown_at_start = models.BooleanField(_("shown at start"), default=False)
    sample = models.BooleanField(
        _("sample"), default=False, help_text=_("Invented for the demonstration; marked as such")
    )
    attribution = models.TextField(_("attribution"), blank=True)
    licence = models.CharField(_("licence"), max_length=200, blank=True)
    source_date = models.DateField(_("date of the source"), null=True, blank=True)
    profile = models.CharField(_("import profile"), max_length=60, blank=True, editable=False)
    key_column = models.CharField(_("key column"), max_length=200, blank=True, editable=False)
    version = models.PositiveBigIntegerField(_("version"), default=0, editable=False)
    updated_at = models.DateTimeField(_("last change"), auto_now=True)

    objects = LayerQuerySet.as_manager()

    class Meta:
        verbose_name = _("layer")
        verbose_name_plural = _("layers")
        ordering = ["order", "slug"]

    def __str__(self) -> str:
        """Return the title in the first language given."""
        return next(iter(self.title.values()), self.slug)

    def title_in(self, language: str) -> str:
        """Return the title in a language, falling back to the city's first."""
        return text_in(self.title, language) or self.slug

    @property
    def is_public(self) -> bool:
        """Whether everybody may see the layer."""
        return self.visibility == Layer.Visibility.PUBLIC

    @property
    def is_safety(self) -> bool:
        """Whether somebody's safety hangs on the layer: nothing of it is ever left out of a map."""
        return self.kind in (Layer.Kind.HAZARD, Layer.Kind.EMERGENCY_SITE, Layer.Kind.SHELTER)

    def wrong_geometry_text(self) -> str:
        """Return what to tell somebody whose geometry does not fit the layer."""
        return _("This layer holds %(type)s. Draw one of that kind.") % {
            "type": self.get_geometry_type_display()
        }

    def description_in(self, language: str) -> str:
        """Return the description in a language; empty where there is none."""
        return text_in(self.description, language)


class Feature(models.Model):
    """One place (or line, or area) of a layer. Its id never changes, so what hangs on it stays.

    Features are written only inside ``layers.changes.recording``: a trigger records before and
    after, and refuses a write that nobody answers for.
    """

    class Provenance(models.TextChoices):
        """How the position is known."""

        SURVEYED = "surveyed", _("Coordinates of the source")
        ADDRESS_TOWN = "address_town", _("From the address, to the town only")
        HAND = "hand", _("Placed by hand")

    # No index of its own: that of (layer, key) begins with the layer. No constraint either: the
    # triggers of layers/sql/recording.sql hold both its halves, once a statement.
    layer = models.ForeignKey(
        Layer, models.PROTECT, related_name="features", db_index=False, db_constraint=False
    )
    key = models.CharField(
        _("key"), max_length=200, help_text=_("Identifies the row in its source, within the layer")
    )
    name = models.CharField(_("name"), max_length=300, blank=True)
    name_kana = models.CharField(_("name in kana"), max_length=300, blank=True)
    name_en = models.CharField(_("name in English"), max_length=300, blank=True)
    address = models.CharField(_("address"), max_length=500, blank=True)
    # Its index is named below.
    geom = models.GeometryField(_("geometry"), srid=4326, spatial_index=False)
    properties = models.JSONField(_("properties"), default=dict, blank=True)
    provenance = models.CharField(
        _("position"), max_length=20, choices=Provenance, default=Provenance.SURVEYED
    )
    updated_at = models.DateTimeField(_("last change"), auto_now=True)

    class Meta:
        verbose_name = _("feature")
        verbose_name_plural = _("features")
        indexes = [GistIndex(fields=["geom"], name=spatial_index.NAME)]
        constraints = [
            models.UniqueConstraint(fields=["layer", "key"], name="feature_key_once_a_layer"),
            models.CheckConstraint(condition=~Q(key=""), name="feature_key_not_blank"),
            models.CheckConstraint(condition=Q(geom__isvalid=True), name="feature_geom_valid"),
            models.CheckConstraint(
                condition=Q(provenance__in=["surveyed", "address_town", "hand"]),
                name="feature_provenance_known",
            ),
        ]

    def __str__(self) -> str:
        """Return the name in the city's first language."""
        return self.name or self.key

    def name_in(self, language: str) -> str:
        """Return the name in a language; a nameless feature goes by its layer and a number.

        The number is the key where a column of the source is one, else the permanent id: a digest
        of the geometry says nothing to people.
        """
        if language == "en" and self.name_en:
            return self.name_en
        number = self.key if self.layer.key_column else self.pk
        return self.name or f"{self.layer.title_in(language)} {number}"

    def get_absolute_url(self) -> str:
        """Return the permanent address of the feature's page."""
        return reverse("feature", args=[self.pk])


class ChangeSet(models.Model):
    """One act that changed features of one layer: an import, an edit, an undo."""

    class Act(models.TextChoices):
        """What was done."""

        IMPORT = "import", _("Import")
        EDIT = "edit", _("Edit by hand")
        UNDO = "undo", _("Undo")

    layer = models.ForeignKey(Layer, models.PROTECT, related_name="change_sets")
    act = models.CharField(_("act"), max_length=10, choices=Act)
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("when"), auto_now_add=True)
    created_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, verbose_name=_("who")
    )
    source = models.JSONField(
        _("source"),
        default=dict,
        help_text=_("For an import: file, digest, encoding, CRS and the datum step taken"),
    )
    counts = models.JSONField(_("counts"), default=dict)
    layer_version = models.PositiveBigIntegerField(
        _("layer version"), help_text=_("The version of the layer that this act made")
    )
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="undone_by"
    )

    class Meta:
        verbose_name = _("change set")
        verbose_name_plural = _("change sets")
        ordering = ["-pk"]

    def __str__(self) -> str:
        """Return a short line for lists."""
        return f"{self.get_act_display()} {self.pk}: {self.layer}"


class Change(models.Model):
    """One feature before an act. Written by the database's trigger, never by hand.

    What it was afterwards stands in ``ChangeState``.
    """

    class Operation(models.TextChoices):
        """What happened to the feature."""

        INSERT = "insert", _("New")
        UPDATE = "update", _("Changed")
        DELETE = "delete", _("Removed")

    # No foreign keys: the trigger that writes the row has just read its change set (another keeps
    # that from going), and the record outlives the feature.
    change_set = models.ForeignKey(
        ChangeSet, models.DO_NOTHING, related_name="changes", db_constraint=False
    )
    feature_id: Any = models.BigIntegerField(_("feature"))
    key = models.CharField(_("key"), max_length=200)
    operation = models.CharField(_("operation"), max_length=10, choices=Operation)
    before = models.JSONField(_("before"), null=True)
    before_geom = models.GeometryField(srid=4326, null=True, spatial_index=False)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["pk"]
        indexes = [models.Index(fields=["feature_id", "id"], name="change_of_feature")]

    def __str__(self) -> str:
        """Return a short line for lists."""
        return f"{self.get_operation_display()} {self.key}"


class ChangeState(models.Model):
    """A change with both its sides, by a view that finds what came after (sql/recording.sql)."""

    id = models.BigIntegerField(primary_key=True)
    change_set = models.ForeignKey(
        ChangeSet, models.DO_NOTHING, related_name="states", db_constraint=False
    )
    feature_id: Any = models.BigIntegerField()
    key = models.CharField(max_length=200)
    operation = models.CharField(max_length=10, choices=Change.Operation)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    before_geom = models.GeometryField(srid=4326, null=True)
    after_geom = models.GeometryField(srid=4326, null=True)

    class Meta:
        managed = False
        db_table = "layers_changestate"
        ordering = ["id"]


class Publication(models.Model):
    """A part of a layer that was baked; the newest of each part is what the public reads."""

    class Part(models.TextChoices):
        """The parts of a layer, each baked and switched by itself (docs/publishing.md)."""

        MAP = "map", _("Map")
        DETAILS = "details", _("Details")
        DOWNLOADS = "downloads", _("Downloads")

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="publications")
    part = models.CharField(_("part"), max_length=10, choices=Part)
    public = models.BooleanField(_("public"))
    digest = models.CharField(_("digest"), max_length=16)
    layer_version = models.PositiveBigIntegerField(_("layer version"))
    facts = models.JSONField(
        _("facts"), help_text=_("What the manifest says of the part, and what it was made from")
    )
    published_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["layer", "part", "-id"], name="publication_newest")]

    def __str__(self) -> str:
        """Return a short line for lists."""
        return f"{self.get_part_display()} {self.digest}: {self.layer}"
