"""Lists taken in: the batch, what it changed, and uploaded files that wait to be checked."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportBatch(models.Model):
    """One list taken in: what it was, who vouched for it, what it did, and whether that was undone."""

    file_name = models.CharField(_("file"), max_length=200)
    file_hash = models.CharField(max_length=64)
    format = models.CharField(_("format"), max_length=20)
    vouched_by = models.CharField(_("vouched for by"), max_length=120, blank=True)  # that "subscribed" means so
    taken_at = models.DateTimeField(_("taken in"))
    counts = models.JSONField(default=dict)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone = models.JSONField(default=dict, blank=True)  # what undoing it did, and what it had to leave

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]

    def __str__(self):
        return f"{self.file_name} ({self.taken_at:%Y-%m-%d})"

    @property
    def note(self) -> str:
        """What stands beside an address that this batch says is not written to."""
        return f"import {self.pk}: {self.format}: {self.file_name}"[:120]


class ImportChange(models.Model):
    """What a batch changed of a member or a source that it did not make: the fields before and after.

    before is empty for a source that the batch added to a member who was here already.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="changes")
    member = models.BigIntegerField()  # no foreign keys: a change is kept as it was written
    source = models.BigIntegerField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(name="change_of_member", fields=["member"])]

    def __str__(self):
        return f"change {self.pk}"


class Upload(models.Model):
    """A list that staff have uploaded and not yet taken in: kept a week, then thrown away."""

    file_name = models.CharField(_("file"), max_length=200)
    size = models.BigIntegerField()
    format = models.CharField(_("format"), max_length=20)
    columns = models.JSONField(default=dict)  # our cell: the header that holds it, where staff matched them
    vouched_by = models.CharField(_("vouched for by"), max_length=120, blank=True)
    by = models.ForeignKey("groups.User", on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded"))
    checked_at = models.DateTimeField(_("checked"), null=True)
    counts = models.JSONField(default=dict)
    batch = models.OneToOneField(ImportBatch, on_delete=models.PROTECT, null=True, related_name="upload")

    class Meta:
        ordering = ["-id"]
        default_permissions = []

    def __str__(self):
        return self.file_name


class UploadPiece(models.Model):
    """A piece of an uploaded list, or of the table of its bad rows: any web process finds it in the database."""

    LIST, BAD_ROWS = "list", "bad rows"

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pieces")
    kind = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["number"]
        default_permissions = []
        constraints = [models.UniqueConstraint(name="upload_piece_once", fields=["upload", "kind", "number"])]

    def __str__(self):
        return f"piece {self.number}"
