"""What a group decided at home, and its request to take that national."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class LocalEndorsement(models.Model):
    """A group's own endorsement, for any office, whether or not it asks for a national one."""

    class Method(models.TextChoices):
        MEETING = "meeting", _("A vote at a meeting")
        ONLINE = "online", _("An online vote")
        SURVEY = "survey", _("A survey")
        CONSENSUS = "consensus", _("Consensus")
        COALITION = "coalition", _("A joint vote with other groups")

    group = models.ForeignKey("groups.Group", on_delete=models.PROTECT, related_name="local_endorsements")
    candidate = models.CharField(_("candidate"), max_length=120)
    office = models.CharField(_("office"), max_length=120)  # any office, in words
    race = models.ForeignKey(
        "rounds.Race", on_delete=models.PROTECT, null=True, blank=True, related_name="local_endorsements"
    )
    method = models.CharField(_("how it was decided"), max_length=12, choices=Method.choices)
    decided_on = models.DateField(_("when"))
    eligible = models.PositiveIntegerField(_("could vote"), null=True, blank=True)
    yes = models.PositiveIntegerField(_("in favor"))
    no = models.PositiveIntegerField(_("against"))
    abstain = models.PositiveIntegerField(_("abstained"), default=0)
    threshold_words = models.CharField(_("share that was needed"), max_length=120, blank=True)
    joint_groups = models.ManyToManyField("groups.Group", blank=True, related_name="joint_endorsements")
    allies = models.TextField(_("allied organizations"), blank=True)
    proof = models.TextField(_("where this is written down"), blank=True)
    recorded_by = models.ForeignKey("groups.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-decided_on"]
        verbose_name = _("local endorsement")
        verbose_name_plural = _("local endorsements")
        constraints = [
            models.CheckConstraint(
                name="local_votes_within_eligible",
                condition=Q(eligible=None) | Q(eligible__gte=F("yes") + F("no") + F("abstain")),
            ),
        ]

    def __str__(self):
        return f"{self.group}: {self.candidate}"


class Admission(models.Model):
    """Staff let a group nominate where none of its places lies: for a reason that stays (ux.md 1b 3)."""

    group = models.ForeignKey(
        "groups.Group", on_delete=models.CASCADE, related_name="admissions", verbose_name=_("group")
    )
    place = models.ForeignKey("groups.Place", on_delete=models.PROTECT, related_name="+", verbose_name=_("place"))
    reason = models.TextField(_("why"), max_length=2000)
    granted_at = models.DateTimeField(_("since"))
    granted_by = models.ForeignKey("groups.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        ordering = ["-granted_at"]
        verbose_name = _("group let into another place")
        verbose_name_plural = _("groups let into another place")
        constraints = [models.UniqueConstraint(name="admission_once", fields=["group", "place"])]

    def __str__(self):
        return f"{self.group}: {self.place.label}"


class NominationQuerySet(models.QuerySet):
    def counting(self):
        """Nominations that hold a candidacy up."""
        return self.filter(state__in=Nomination.COUNTING)


class Nomination(models.Model):
    """A group's request to take its local endorsement national.

    A draft is kept as it was typed (draft, a dict of form fields); sending validates it and fills the rest.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Received")
        RETURNED = "returned", _("Returned for correction")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    COUNTING = [State.SUBMITTED, State.ACCEPTED]
    EDITABLE = [State.DRAFT, State.RETURNED]

    group = models.ForeignKey("groups.Group", on_delete=models.PROTECT, related_name="nominations")
    cycle = models.ForeignKey("rounds.Cycle", on_delete=models.PROTECT, related_name="nominations")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    reference = models.CharField(_("reference"), max_length=20, unique=True, null=True)
    draft = models.JSONField(default=dict)
    draft_saved_at = models.DateTimeField(null=True)
    draft_saved_by = models.ForeignKey("groups.User", on_delete=models.SET_NULL, null=True, related_name="+")

    race = models.ForeignKey("rounds.Race", on_delete=models.PROTECT, null=True, related_name="nominations")
    candidacy = models.ForeignKey("rounds.Candidacy", on_delete=models.PROTECT, null=True, related_name="nominations")
    local_endorsement = models.OneToOneField(
        LocalEndorsement, on_delete=models.PROTECT, null=True, related_name="nomination"
    )
    stands_for = models.TextField(_("what the group stands for"), blank=True)
    measures_up = models.TextField(_("how the candidate measures up"), blank=True)
    statement = models.TextField(_("statement for voters"), max_length=1200, blank=True)
    will_people = models.TextField(_("what the group will do: people"), blank=True)
    will_media = models.TextField(_("what the group will do: media"), blank=True)
    will_money = models.TextField(_("what the group will do: small gifts"), blank=True)
    media_name = models.CharField(_("media contact"), max_length=120, blank=True)
    media_email = models.EmailField(_("media contact’s e-mail"), blank=True)
    media_phone = models.CharField(_("media contact’s phone"), max_length=40, blank=True)
    conflict = models.TextField(_("ties to the campaign"), blank=True)
    submitted_by = models.ForeignKey("groups.User", on_delete=models.PROTECT, null=True, related_name="nominations")
    submitted_at = models.DateTimeField(_("sent"), null=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    decision_reason = models.TextField(_("reason"), blank=True)
    reply = models.TextField(_("the group’s answer"), blank=True)  # to what staff asked
    replied_by = models.ForeignKey("groups.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    replied_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = NominationQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-id"]
        verbose_name = _("nomination")
        verbose_name_plural = _("nominations")
        constraints = [
            models.UniqueConstraint(
                name="nomination_one_per_race",
                fields=["group", "race"],
                condition=Q(state__in=["submitted", "accepted"]),
            ),
            models.CheckConstraint(
                name="nomination_sent_is_whole",
                condition=Q(state__in=["draft", "returned", "withdrawn"])
                | Q(candidacy__isnull=False, local_endorsement__isnull=False, reference__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.reference or 'draft'}: {self.group}"


class Commitment(models.Model):
    """So many of one thing that the group will do for its candidate; the later plan starts from these."""

    class Kind(models.TextChoices):
        REGISTER = "register", _("Voters registered")
        DOORS = "doors", _("Doors knocked on")
        CALLS = "calls", _("Phone calls made")
        TEXTS = "texts", _("Texts sent")
        TRAINING = "training", _("New volunteers trained")
        RIDES = "rides", _("Rides to the polls")
        SHOWING_UP = "showing_up", _("Opponents’ events where you show up")
        RELEASE = "release", _("Press releases")
        OP_ED = "op_ed", _("Op-eds")
        LETTERS = "letters", _("Letters to the editor")
        RALLIES = "rallies", _("Rallies")
        FORUMS = "forums", _("Forums")
        SOCIAL = "social", _("Posts on social media")
        DONORS = "donors", _("Members who give a small gift of their own")

    PEOPLE = [Kind.REGISTER, Kind.DOORS, Kind.CALLS, Kind.TEXTS, Kind.TRAINING, Kind.RIDES, Kind.SHOWING_UP]
    MEDIA = [Kind.RELEASE, Kind.OP_ED, Kind.LETTERS, Kind.RALLIES, Kind.FORUMS, Kind.SOCIAL]
    MONEY = [Kind.DONORS]

    nomination = models.ForeignKey(Nomination, on_delete=models.CASCADE, related_name="commitments")
    kind = models.CharField(_("what"), max_length=12, choices=Kind.choices)
    quantity = models.PositiveIntegerField(_("how many"))

    class Meta:
        ordering = ["id"]
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        constraints = [
            models.UniqueConstraint(name="commitment_once", fields=["nomination", "kind"]),
            models.CheckConstraint(name="commitment_of_something", condition=Q(quantity__gt=0)),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.quantity}"
