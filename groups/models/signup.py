"""A sign-up as it was typed, before anybody has looked up whom it is of."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SignUp(models.Model):
    """What somebody typed into the sign-up form: one row for every address, known or not. Kept a week.

    The clock takes it in (groups/arrivals.py). network is a keyed hash, never an address. rule says which pattern
    of many sign-ups it is part of, and keeps nobody off the list.
    """

    class Rule(models.TextChoices):
        SERIAL = "serial", _("addresses in a series, like name01, name02")
        TAGGED = "tagged", _("one mailbox under many spellings")
        SAME_NAME = "same_name", _("the same name again and again from one network")
        NO_NAME = "no_name", _("a name that is a number or a placeholder")
        SHAPE = "shape", _("addresses made by one pattern")
        DOMAIN = "domain", _("many addresses of one small mail domain at once")
        REFERRAL = "referral", _("one group’s link used faster than people type, from one network")
        NETWORK = "network", _("one network, faster than people type")

    email = models.CharField(_("address"), max_length=320)
    first_name = models.CharField(_("first name"), max_length=80)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    zip = models.CharField(_("ZIP code"), max_length=5)
    usps = models.CharField(max_length=2, blank=True)
    district = models.ForeignKey("groups.Place", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    group = models.ForeignKey("groups.Group", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    came_by = models.ForeignKey(
        "groups.Group",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by the link of"),
    )
    language = models.CharField(max_length=5, default="en")
    wants_news = models.BooleanField(default=False)
    network = models.CharField(max_length=32, blank=True, editable=False)
    asked_at = models.DateTimeField(_("signed up"), db_index=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    rule = models.CharField(_("why"), max_length=10, choices=Rule.choices, blank=True)
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)
    seen_by = models.ForeignKey("groups.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups of the last week")
        indexes = [models.Index(name="sign_up_waiting", fields=["id"], condition=models.Q(taken_at=None))]

    def __str__(self):
        return f"sign-up {self.pk}"
