"""What staff found and decided of a candidacy."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from rounds.models import Candidacy


class Review(models.Model):
    """What staff decided of a candidacy, and why. The newest stands; none is deleted."""

    class Decision(models.TextChoices):
        CLEAR = "clear", _("Cleared")
        HOLD = "hold", _("On hold")
        DECLINE = "decline", _("Declined")

    candidacy = models.ForeignKey("rounds.Candidacy", on_delete=models.PROTECT, related_name="reviews")
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices)
    reason = models.TextField(_("reason"))
    call_with_groups = models.TextField(_("talk with the groups"), blank=True)  # required to decline
    sources = models.TextField(_("sources"), blank=True)
    without_third = models.TextField(_("why without a third opinion"), blank=True)  # where two verdicts differed
    decided_by = models.ForeignKey("groups.User", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"))

    class Meta:
        ordering = ["-decided_at", "-id"]
        permissions = [("decide_review", "Can clear, hold or decline a candidacy")]

    def __str__(self):
        return f"{self.candidacy}: {self.get_decision_display()}"


class PartnerOrganisation(models.Model):
    """An organization whose endorsements count in vetting, for the picker. Imported; another may still be typed."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=80, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class PartnerEndorsement(models.Model):
    """Another organisation that endorses the candidate: a vetting factor."""

    candidacy = models.ForeignKey("rounds.Candidacy", on_delete=models.CASCADE, related_name="partner_endorsements")
    organisation = models.CharField(_("organization"), max_length=120)
    source = models.URLField(_("source"), blank=True)

    class Meta:
        verbose_name = _("partner endorsement")
        verbose_name_plural = _("partner endorsements")
        constraints = [models.UniqueConstraint(name="partner_endorsement_once", fields=["candidacy", "organisation"])]

    def __str__(self):
        return self.organisation


class VettingFile(Candidacy):
    """A candidacy as the vetting desk sees it: nominations, answers, gates and decisions on one page."""

    class Meta:
        proxy = True
        default_permissions = ["view"]
        verbose_name = _("vetting file")
        verbose_name_plural = _("vetting files")
