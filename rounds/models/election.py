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
