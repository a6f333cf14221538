"""When each state votes: imported, and the source of the dates of its races."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Election(models.Model):
    """One state's elections in one year. Provisional dates are imported again when they are final."""

    year = models.PositiveSmallIntegerField(_("year"))
    usps = models.CharField(_("state"), max_length=2)
    primary_on = models.DateField(_("primary"))
    runoff_on = models.DateField(_("primary runoff"), null=True, blank=True)
    general_on = models.DateField(_("general election"))
    provisional = models.BooleanField(_("provisional"), default=False)
    source = models.CharField(_("source"), max_length=300, blank=True)

    class Meta:
        ordering = ["year", "usps"]
        verbose_name = _("election")
        verbose_name_plural = _("elections")
        constraints = [models.UniqueConstraint(name="election_once", fields=["year", "usps"])]

    def __str__(self):
        return f"{self.usps} {self.year}"


class Legislator(models.Model):
    """A sitting member of Congress, as a public list says; gone where a later list no longer names her."""

    bioguide = models.CharField(max_length=10, unique=True)
    name = models.CharField(_("name"), max_length=120)
    first_key = models.CharField(max_length=1)  # by which a candidate is recognised: her first initial …
    last_key = models.CharField(max_length=80)  # … and her last name, as names are compared (admission.name_key)
    office = models.CharField(max_length=10)
    usps = models.CharField(_("state"), max_length=2)
    district = models.PositiveSmallIntegerField(null=True, blank=True)
    party = models.CharField(_("party"), max_length=40, blank=True)
    term_ends_on = models.DateField(_("term ends"))
    gone = models.BooleanField(default=False)

    class Meta:
        ordering = ["usps", "office", "district", "name"]
        indexes = [models.Index(name="legislator_of_place", fields=["usps", "office"])]

    def __str__(self):
        return self.name
