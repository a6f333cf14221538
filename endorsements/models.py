"""The endorsement itself, as the public sees it."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from journal.languages import in_hers


class EndorsementQuerySet(models.QuerySet):
    def public(self, now):
        """Endorsements whose time has come, newest first."""
        return self.filter(announced_at__lte=now)

    def with_everything(self):
        return self.select_related("candidacy__race__place__state", "candidacy__race__cycle", "round")


class Endorsement(models.Model):
    """An endorsement issued at certification and shown from its announcement on (process.md 3, 9)."""

    class Status(models.TextChoices):
        ISSUED = "issued", _("Endorsed")
        LOST_PRIMARY = "lost_primary", _("Lost the primary")
        LOST_GENERAL = "lost_general", _("Lost the election")
        WON = "won", _("Won")
        RESCINDED = "rescinded", _("Withdrawn by the federation")
        LAPSED = "lapsed", _("Ended: the race changed")

    candidacy = models.OneToOneField("rounds.Candidacy", on_delete=models.PROTECT, related_name="endorsement")
    round = models.ForeignKey("rounds.Round", on_delete=models.PROTECT, related_name="endorsements")
    slug = models.SlugField(_("address on this site"), max_length=160, unique=True)
    status = models.CharField(_("status"), max_length=14, choices=Status.choices, default=Status.ISSUED)
    status_note = models.TextField(_("dated note on the status"), blank=True)
    issued_at = models.DateTimeField(_("issued"))
    announced_at = models.DateTimeField(_("announced"), null=True)
    title = models.CharField(_("title"), max_length=60, blank=True)  # Representative, Mayor; before the name
    photo = models.ImageField(_("photo"), upload_to="endorsed/", blank=True)
    photo_credit = models.CharField(_("photo credit"), max_length=200, blank=True)
    photo_alt = models.CharField(_("what the photo shows"), max_length=200, blank=True)
    reason = models.TextField(_("why we endorse"), max_length=6000, blank=True)

    objects = EndorsementQuerySet.as_manager()

    class Meta:
        ordering = ["-announced_at", "slug"]
        verbose_name = _("endorsement")
        verbose_name_plural = _("endorsements")

    def __str__(self):
        return str(self.candidacy)

    def get_absolute_url(self):
        return reverse("endorsements:endorsement_page", args=[self.slug])


class CorrectionNote(models.Model):
    """A dated note on what was published and was wrong. Nothing that is out is edited silently, and no note goes."""

    round = models.ForeignKey("rounds.Round", on_delete=models.PROTECT, related_name="correction_notes")
    endorsement = models.ForeignKey(
        Endorsement, on_delete=models.PROTECT, null=True, blank=True, related_name="correction_notes"
    )  # on whose page it stands too
    text = models.TextField(_("note"))
    texts = models.JSONField(default=dict, blank=True)  # in other languages, {"es": …}
    noted_at = models.DateTimeField(_("published"))

    class Meta:
        ordering = ["noted_at", "pk"]
        verbose_name = _("correction note")
        verbose_name_plural = _("correction notes")

    def __str__(self):
        return self.text[:80]

    @property
    def words(self) -> str:
        """The note in the reader's language."""
        return in_hers(self.text, self.texts)


class Chore(models.Model):
    """A piece of a round's work, written when a stage begins and done by ticks. While one is left, no next stage."""

    class Name(models.TextChoices):
        TELL_LEADERS = "tell_leaders", _("tell the leaders that nominations are open")
        MAKE_CONTESTS = "make_contests", _("make the contests")
        BUILD_ROLL = "build_roll", _("build the roll")
        WRITE_NOTICE = "write_notice", _("write the notice of the vote")
        MAKE_KEYS = "make_keys", _("make and rehearse the keys")
        WRITE_BALLOTS = "write_ballots", _("write the ballot letters")
        WRITE_REMINDERS = "write_reminders", _("write the reminders")
        OPEN_ENVELOPES = "open_envelopes", _("open and count the envelopes")
        ISSUE = "issue", _("issue the endorsements")
        TELL_GROUPS = "tell_groups", _("tell the nominating groups")
        DESTROY = "destroy", _("destroy envelopes and keys")
        TELL_MEMBERS = "tell_members", _("tell the members")
        DESTROY_PARTICIPATION = "destroy_participation", _("destroy the list of who voted")

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="chores")
    name = models.CharField(max_length=24, choices=Name.choices)
    position = models.PositiveSmallIntegerField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(name="chore_once", fields=["round", "name"])]

    def __str__(self):
        return self.get_name_display()


class Verification(models.Model):
    """What a look at the journal and the results has found: one sentence a line, nothing where all was whole."""

    at = models.DateTimeField()
    wrong = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.wrong or 'whole'}"


class Outlook(models.Model):
    """What the clock last saw of a round, so that no page of the desk walks the house: obstacles, numbers, checks."""

    round = models.OneToOneField("rounds.Round", on_delete=models.CASCADE, primary_key=True, related_name="outlook")
    stage = models.CharField(max_length=20)
    at = models.DateTimeField()
    obstacles = models.JSONField()
    panels = models.JSONField()
    checks = models.JSONField(default=list)
    checked_at = models.DateTimeField(null=True)
    on_roll = models.IntegerField(null=True)  # people, from the freeze on

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.round_id}"


class StandingAlarm(models.Model):
    """Something that is wrong, from when the clock found it until it is over; then it stays as what there was.

    round is None for what is about the whole house, as the clock. Whose it is: seen_by, who acknowledged it last.
    """

    round = models.ForeignKey(
        "rounds.Round", on_delete=models.CASCADE, null=True, related_name="standing_alarms", verbose_name=_("round")
    )
    kind = models.CharField(_("kind"), max_length=20)
    about = models.CharField(max_length=160, blank=True)
    sentence = models.TextField(_("what is wrong"))
    url = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField(_("since"))
    missed_at = models.DateTimeField(null=True)  # since when a look has not found it any more
    over_at = models.DateTimeField(_("over"), null=True)
    seen_by = models.ForeignKey(
        "groups.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("taken by")
    )
    seen_at = models.DateTimeField(null=True)
    seen_reason = models.TextField(_("what they say"), blank=True)

    class Meta:
        ordering = ["-since", "-pk"]
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        constraints = [
            models.UniqueConstraint(
                name="alarm_stands_once",
                fields=["round", "kind", "about"],
                condition=Q(over_at=None, round__isnull=False),
            ),
            models.UniqueConstraint(
                name="alarm_of_the_house_once", fields=["kind", "about"], condition=Q(over_at=None, round=None)
            ),
        ]

    def __str__(self):
        return self.sentence
