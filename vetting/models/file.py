"""What reviewers keep in a file: who owns it, their verdicts, who stays out, and what they noted."""

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _


class Assignment(models.Model):
    """Who looks after a file at present."""

    candidacy = models.OneToOneField("rounds.Candidacy", on_delete=models.CASCADE, related_name="assignment")
    owner = models.ForeignKey("groups.User", on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()

    def __str__(self):
        return f"{self.candidacy}: {self.owner}"


class VerdictQuerySet(models.QuerySet):
    def counting(self):
        """Verdicts of reviewers who have not recused themselves since."""
        out = Recusal.objects.filter(candidacy=OuterRef("candidacy"), person=OuterRef("reviewer"))
        return self.filter(~Exists(out))


class Verdict(models.Model):
    """What one reviewer recommends, and why. Given once; others read it when theirs is given too."""

    class Recommendation(models.TextChoices):
        CLEAR = "clear", _("Clear")
        HOLD = "hold", _("Hold")
        DECLINE = "decline", _("Decline")

    candidacy = models.ForeignKey("rounds.Candidacy", on_delete=models.PROTECT, related_name="verdicts")
    reviewer = models.ForeignKey("groups.User", on_delete=models.PROTECT, related_name="+")
    recommendation = models.CharField(_("recommendation"), max_length=10, choices=Recommendation.choices)
    reason = models.TextField(_("reason"))
    sources = models.TextField(_("sources"), blank=True)
    acquaintance = models.TextField(_("what I know of them"), blank=True)  # said beside "no conflict of interest"
    given_at = models.DateTimeField(_("given"))

    objects = VerdictQuerySet.as_manager()

    class Meta:
        ordering = ["given_at", "id"]
        constraints = [models.UniqueConstraint(name="verdict_once", fields=["candidacy", "reviewer"])]

    def __str__(self):
        return f"{self.candidacy}: {self.reviewer}"


class Recusal(models.Model):
    """Somebody has a tie to a candidacy and stays out: its file is hidden from her from then on."""

    candidacy = models.ForeignKey("rounds.Candidacy", on_delete=models.PROTECT, related_name="recusals")
    person = models.ForeignKey("groups.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(_("the tie"))
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="recusal_once", fields=["candidacy", "person"])]

    def __str__(self):
        return f"{self.candidacy}: {self.person}"


class Note(models.Model):
    """A finding, a source, a call with groups. One about the verdict is kept from who has not given hers."""

    class Kind(models.TextChoices):
        FACT = "fact", _("Finding")
        SOURCE = "source", _("Source")
        CALL = "call", _("Call with the nominating groups")
        SELF = "self", _("How the candidates describe themselves, in their own words")
        VERDICT = "verdict", _("About the verdict: others see it after their own")

    candidacy = models.ForeignKey("rounds.Candidacy", on_delete=models.PROTECT, related_name="file_notes")
    kind = models.CharField(_("what"), max_length=10, choices=Kind.choices)
    text = models.TextField(_("text"))
    source = models.URLField(_("where it stands"), blank=True)
    author = models.ForeignKey("groups.User", on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("written"))

    class Meta:
        ordering = ["written_at", "id"]

    def __str__(self):
        return f"{self.candidacy}: {self.get_kind_display()}"
