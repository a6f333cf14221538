"""Who did what, and who asked and who agreed."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One line of the journal: appended by journal.book.record, chained by hash, never changed.

    subject is "<model>:<pk>" in words of the caller; the journal knows nothing of the domain.
    """

    at = models.DateTimeField(_("when"))
    actor = models.CharField(_("who"), max_length=120)  # "user:3", "clock", "campaign:12"
    actor_name = models.CharField(_("name"), max_length=200, blank=True)
    verb = models.CharField(_("what"), max_length=60)
    subject = models.CharField(_("on what"), max_length=80, db_index=True)
    reason = models.TextField(_("why"), blank=True)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")
        # For its list at the desk: by day, by kind, by person, and the few that have a reason.
        indexes = [
            models.Index(name="entry_at", fields=["at"]),
            models.Index(name="entry_verb", fields=["verb", "id"]),
            models.Index(name="entry_actor", fields=["actor", "id"]),
            models.Index(name="entry_reasoned", fields=["id"], condition=~models.Q(reason="")),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.verb} {self.subject}"


class Tick(models.Model):
    """When a host of the clock ticked last, and how its clock stood to the database's: one row a host."""

    host = models.CharField(max_length=120, primary_key=True)
    at = models.DateTimeField()
    skew = models.FloatField(default=0)  # seconds by which the host is ahead of the database

    def __str__(self):
        return f"{self.host} {self.at:%Y-%m-%d %H:%M:%S}"


class Approval(models.Model):
    """An act that two people must want: the first asks with a reason, the second agrees."""

    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, db_index=True)
    reason = models.TextField()
    asked_by = models.CharField(max_length=120)  # as the journal names actors: "user:3"
    asked_name = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=120, blank=True)
    agreed_name = models.CharField(max_length=200, blank=True)
    agreed_at = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict)  # what exactly is asked for, such as the new end of a vote
    ended_at = models.DateTimeField(null=True)  # taken back, or too old when somebody asked anew

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="approval_by_a_second_person", condition=~Q(agreed_by=F("asked_by"))),
            models.UniqueConstraint(
                name="approval_asked_once", fields=["action", "subject"], condition=Q(agreed_by="", ended_at=None)
            ),
        ]

    def __str__(self):
        return f"{self.action} {self.subject}"
