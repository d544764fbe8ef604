"""An import from its upload to its end, and the mapping of a source's columns remembered."""

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from layers.models import ChangeSet, Layer


class Import(models.Model):
    """One file on its way into one layer: received, read, checked, confirmed, written.

    What it would write lies in staging tables of its own (``staging.Staging``) from ``reading`` to
    its end, so that confirming writes just what was shown.
    """

    class State(models.TextChoices):
        """Where an import stands."""

        RECEIVED = "received", _("Received")
        READING = "reading", _("Being read")
        QUESTION = "question", _("Needs an answer")
        READY = "ready", _("Ready to confirm")
        APPLYING = "applying", _("Being written")
        APPLIED = "applied", _("Written")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("Dropped")

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RECEIVED)
    file_name = models.CharField(_("file"), max_length=255)
    size = models.PositiveBigIntegerField(_("bytes"))
    digest = models.CharField(
        max_length=64, help_text=_("SHA-256 of what was received: the same file is known again")
    )
    stored = models.CharField(max_length=500, blank=True, editable=False)
    slug = models.SlugField(_("layer's short name"), max_length=60)
    layer = models.ForeignKey(
        Layer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="imports",
        help_text=_("None while the layer is not made yet"),
    )
    new_layer = models.JSONField(default=dict, blank=True)
    choices = models.JSONField(default=dict, blank=True)
    stage = models.CharField(max_length=20, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    found = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    refusal = models.JSONField(null=True, blank=True)
    target_version = models.PositiveBigIntegerField(null=True)
    change_set = models.OneToOneField(
        ChangeSet, models.PROTECT, null=True, blank=True, related_name="made_by_import"
    )
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="imports"
    )
    created_at = models.DateTimeField(_("when"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["digest"], name="import_digest")]

    def __str__(self) -> str:
        """Return a short line for lists."""
        return f"{self.file_name} → {self.slug}"


class ImportProblem(models.Model):
    """One thing to tell about one row (or the whole file) of an import."""

    import_of = models.ForeignKey(Import, models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField(null=True)
    field = models.CharField(max_length=200, blank=True)
    severity = models.CharField(max_length=10)
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)


class SourceMapping(models.Model):
    """What the columns of a layout mean, as a person settled it; used for the next such file.

    ``fingerprint`` tells the layout: its headers and format (``mapping.fingerprint``).
    """

    fingerprint = models.CharField(max_length=64, unique=True)
    mapping = models.JSONField()
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)
