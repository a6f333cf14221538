"""Races, the people who stand in them, and the contests that our members decide."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Race(models.Model):
    """One office in one place in one cycle."""

    class Office(models.TextChoices):
        HOUSE = "house", _("U.S. House")
        SENATE = "senate", _("U.S. Senate")
        GOVERNOR = "governor", _("Governor")

    cycle = models.ForeignKey("rounds.Cycle", on_delete=models.PROTECT, related_name="races")
    office = models.CharField(_("office"), max_length=10, choices=Office.choices)
    place = models.ForeignKey("groups.Place", on_delete=models.PROTECT, related_name="races")
    primary_on = models.DateField(_("primary"), null=True, blank=True)
    general_on = models.DateField(_("general election"), null=True, blank=True)

    class Meta:
        ordering = ["place__usps", "office", "place__number"]
        verbose_name = _("race")
        verbose_name_plural = _("races")
        constraints = [models.UniqueConstraint(name="race_once", fields=["cycle", "office", "place"])]

    def __str__(self):
        return self.name

    @property
    def label(self) -> str:
        """MA-07, WY-AL, MA-Sen, MA-Gov."""
        if self.office == self.Office.HOUSE:
            return self.place.label
        return f"{self.place.usps}-{'Sen' if self.office == self.Office.SENATE else 'Gov'}"

    @property
    def name(self) -> str:
        """U.S. House, Massachusetts 7th district; Governor, Wyoming."""
        return f"{self.get_office_display()}, {self.place.title}"


class CandidacyQuerySet(models.QuerySet):
    def standing(self):
        """Candidacies that may still reach a ballot."""
        return self.filter(state__in=Candidacy.STANDING)

    def with_race(self):
        return self.select_related("race__place__state", "race__cycle", "round")


class Candidacy(models.Model):
    """One person in one race in one cycle, however many groups named her. round is where she stands now."""

    class State(models.TextChoices):
        NOMINATED = "nominated", _("Nominated")
        CLEARED = "cleared", _("Cleared")
        HELD = "held", _("On hold")
        DECLINED = "declined", _("Declined")
        ON_BALLOT = "on_ballot", _("On the ballot")
        ENDORSED = "endorsed", _("Endorsed")
        NOT_ENDORSED = "not_endorsed", _("Not endorsed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    STANDING = [State.NOMINATED, State.CLEARED, State.HELD]

    race = models.ForeignKey(Race, on_delete=models.PROTECT, related_name="candidacies")
    round = models.ForeignKey(
        "rounds.Round", on_delete=models.PROTECT, null=True, blank=True, related_name="candidacies"
    )
    state = models.CharField(_("state"), max_length=14, choices=State.choices, default=State.NOMINATED)
    name = models.CharField(_("name as on the ballot"), max_length=120)
    name_key = models.CharField(max_length=120)  # folded, so that two spellings of one name meet
    party = models.CharField(_("party"), max_length=60, blank=True)
    incumbent = models.BooleanField(_("holds the office now"), default=False)
    first_run = models.BooleanField(_("first run"), default=False)
    campaign_name = models.CharField(_("campaign contact"), max_length=120)
    campaign_email = models.EmailField(_("campaign’s e-mail"))
    campaign_phone = models.CharField(_("campaign’s phone"), max_length=40, blank=True)
    website = models.URLField(_("website"), blank=True)
    social = models.URLField(_("social page"), blank=True)
    fec_candidate = models.CharField(_("FEC candidate id"), max_length=9, blank=True)
    fec_committee = models.CharField(_("FEC committee id"), max_length=9, blank=True)
    blurb = models.TextField(_("who they are, for the ballot"), max_length=1200, blank=True)

    objects = CandidacyQuerySet.as_manager()

    class Meta:
        ordering = ["race", "name"]
        verbose_name = _("candidacy")
        verbose_name_plural = _("candidacies")
        constraints = [models.UniqueConstraint(name="candidacy_once", fields=["race", "name_key"])]

    def __str__(self):
        return f"{self.name}, {self.race.label}"


class Gate(models.Model):
    """One of the four gates that a candidacy has passed, with its date and evidence (process.md 1)."""

    class Kind(models.TextChoices):
        LOCAL = "local", _("Endorsed by a local group")
        RECOMMENDED = "recommended", _("Recommended by its group")
        CLEARED = "cleared", _("Cleared in vetting")
        CARRIED = "carried", _("Carried by the members")

    ORDER = [Kind.LOCAL, Kind.RECOMMENDED, Kind.CLEARED, Kind.CARRIED]

    candidacy = models.ForeignKey(Candidacy, on_delete=models.CASCADE, related_name="gates")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    passed_at = models.DateTimeField()
    evidence = models.CharField(max_length=300)

    class Meta:
        ordering = ["passed_at"]
        constraints = [models.UniqueConstraint(name="gate_once", fields=["candidacy", "kind"])]

    def __str__(self):
        return self.get_kind_display()


class Contest(models.Model):
    """A race as put to our members in one round. Made at the freeze, for races with cleared candidates."""

    class Ballot(models.TextChoices):
        YES_NO = "yes_no", _("Yes or No")
        CHOOSE_ONE = "choose_one", _("Choose one, or No endorsement")

    class State(models.TextChoices):
        OPEN = "open", _("stands")
        STOPPED = "stopped", _("stopped")
        VOID = "void", _("void")

    round = models.ForeignKey("rounds.Round", on_delete=models.PROTECT, related_name="contests")
    race = models.ForeignKey(Race, on_delete=models.PROTECT, related_name="contests")
    ballot = models.CharField(_("ballot"), max_length=12, choices=Ballot.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    state_reason = models.TextField(_("why"), blank=True)

    class Meta:
        ordering = ["race__place__usps", "race__office", "race__place__number"]
        verbose_name = _("contest")
        verbose_name_plural = _("contests")
        constraints = [models.UniqueConstraint(name="contest_once", fields=["round", "race"])]

    def __str__(self):
        return f"{self.race} ({self.round})"

    @property
    def slug(self) -> str:
        """The contest's name in files and addresses within its round: ma-07, ma-sen."""
        return self.race.label.lower()


class ContestOption(models.Model):
    """What a voter may choose, numbered once at the freeze. Number 0 is always "skip this race"."""

    class Kind(models.TextChoices):
        SKIP = "skip", _("Skip this race")
        YES = "yes", _("Yes")
        NO = "no", _("No")
        CANDIDATE = "candidate", _("Candidate")
        NONE = "none", _("No endorsement")

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="options")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # Who is endorsed when this option carries: set for Yes and for each candidate.
    candidacy = models.ForeignKey(Candidacy, on_delete=models.PROTECT, null=True, related_name="options")
    # Names of groups that endorsed her at home without a nomination, as they stood at the freeze.
    co_endorsing = models.JSONField(default=list)

    class Meta:
        ordering = ["contest", "number"]
        constraints = [
            models.UniqueConstraint(name="option_number_once", fields=["contest", "number"]),
            models.CheckConstraint(
                name="option_skip_is_zero", condition=Q(kind="skip", number=0) | (~Q(kind="skip") & Q(number__gt=0))
            ),
            models.CheckConstraint(
                name="option_names_whom_it_endorses",
                condition=Q(kind__in=["yes", "candidate"], candidacy__isnull=False)
                | Q(kind__in=["skip", "no", "none"], candidacy=None),
            ),
        ]

    def __str__(self):
        return self.candidacy.name if self.kind == self.Kind.CANDIDATE else self.get_kind_display()
