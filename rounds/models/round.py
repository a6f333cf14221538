"""Cycles and rounds: the calendar and the rules of one pass through the process."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Cycle(models.Model):
    """One election year and its rounds."""

    # The "year" in which what rehearsals invent stands: no election was held in it, and no group nominates in it.
    REHEARSALS = 1

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        ordering = ["-year"]
        verbose_name = _("cycle")
        verbose_name_plural = _("cycles")

    def __str__(self):
        return self.name


class RoundQuerySet(models.QuerySet):
    def live(self):
        """Rounds that the clock still carries."""
        return self.exclude(stage__in=Round.ENDED)

    def shown(self):
        """Rounds that members and the public may see: begun, and no rehearsal."""
        return self.filter(rehearsal=False).exclude(stage__in=[Round.Stage.DRAFT, Round.Stage.CANCELLED])


class Round(models.Model):
    """One pass through the process. Its dates and rules are its own; its stage moves by staging.move alone.

    Instants are stored in UTC; time_zone is the zone they are shown in. Shares are in hundredths of a percent.
    """

    class Stage(models.TextChoices):
        DRAFT = "draft", _("Draft")
        NOMINATING = "nominating", _("Nominations")
        VETTING = "vetting", _("Vetting")
        FROZEN = "frozen", _("Roll frozen")
        VOTING = "voting", _("Voting")
        POLLS_CLOSED = "polls_closed", _("Polls closed")
        COUNTED = "counted", _("Counted")
        CERTIFIED = "certified", _("Certified")
        ANNOUNCED = "announced", _("Announced")
        ARCHIVED = "archived", _("Archived")
        CANCELLED = "cancelled", _("Cancelled")

    ENDED = [Stage.ARCHIVED, Stage.CANCELLED]
    BEFORE_FREEZE = [Stage.DRAFT, Stage.NOMINATING, Stage.VETTING]
    BEFORE_CERTIFIED = [*BEFORE_FREEZE, Stage.FROZEN, Stage.VOTING, Stage.POLLS_CLOSED, Stage.COUNTED]
    WITH_ROLL = [
        Stage.FROZEN,
        Stage.VOTING,
        Stage.POLLS_CLOSED,
        Stage.COUNTED,
        Stage.CERTIFIED,
        Stage.ANNOUNCED,
        Stage.ARCHIVED,
    ]

    class Comparison(models.TextChoices):
        AT_LEAST = "at_least", _("at least this share")
        MORE_THAN = "more_than", _("more than this share")

    class Certification(models.TextChoices):
        AUTOMATIC = "automatic", _("by itself, unless a contest needs review")
        ONE = "one", _("one person")
        TWO = "two", _("two people")

    class Publish(models.TextChoices):
        ENDORSED = "endorsed", _("the endorsed contests")
        ALL = "all", _("all contests")

    class ReceiptMode(models.TextChoices):
        OPEN = "open", _("open ballots: each line shows its choice")
        COUNTED = "counted", _("counted only: lines without choices")

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="rounds", verbose_name=_("cycle"))
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("address on this site"), max_length=80, unique=True)
    rehearsal = models.BooleanField(_("rehearsal"), default=False)
    stage = models.CharField(_("stage"), max_length=14, choices=Stage.choices, default=Stage.DRAFT)
    time_zone = models.CharField(_("time zone"), max_length=40, default="America/New_York")

    nominations_open_at = models.DateTimeField(_("nominations open"))
    nominations_close_at = models.DateTimeField(_("nominations close"))
    freeze_at = models.DateTimeField(_("roll frozen"))
    voting_opens_at = models.DateTimeField(_("voting opens"))
    voting_closes_at = models.DateTimeField(_("voting closes"))
    announce_at = models.DateTimeField(_("announcement"))
    # What pages and letters named from the opening of the vote on, where the announcement was moved since.
    announce_was = models.DateTimeField(null=True, blank=True)
    questionnaire_days = models.PositiveSmallIntegerField(
        _("days to answer the questionnaire"), default=7, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    paused_since = models.DateTimeField(_("paused since"), null=True, blank=True)
    schedule_version = models.PositiveIntegerField(default=0)  # counts changes to the dates

    threshold = models.PositiveIntegerField(_("support needed"), default=6000, validators=[MaxValueValidator(10_000)])
    comparison = models.CharField(
        _("counted as"), max_length=10, choices=Comparison.choices, default=Comparison.AT_LEAST
    )
    turnout_min_votes = models.PositiveIntegerField(_("turnout floor, votes"), default=25)
    turnout_min_share = models.PositiveIntegerField(
        _("turnout floor, share of the roll"), default=100, validators=[MaxValueValidator(10_000)]
    )
    certification = models.CharField(
        _("certified"), max_length=10, choices=Certification.choices, default=Certification.ONE
    )
    second_person = models.BooleanField(
        _("a second person for grave acts"),
        default=False,
        help_text=_(
            "Opening the vote or the envelopes, certifying, extending, cancelling, taking a contest or a candidate "
            "out, endorsing under the turnout floor: one person asks, and another has to agree within 24 hours."
        ),
    )
    publish = models.CharField(_("published"), max_length=10, choices=Publish.choices, default=Publish.ENDORSED)
    receipt_mode = models.CharField(_("receipts"), max_length=10, choices=ReceiptMode.choices, default=ReceiptMode.OPEN)
    rules_locked_at = models.DateTimeField(_("rules locked"), null=True, blank=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["-nominations_open_at"]
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        permissions = [
            ("steer_round", "Can open, extend, pause and cancel a round"),
            ("certify_round", "Can see results before they are certified, and certify them"),
        ]
        constraints = [
            models.CheckConstraint(
                name="round_dates_in_order",
                condition=Q(nominations_open_at__lt=F("nominations_close_at"))
                & Q(nominations_close_at__lt=F("freeze_at"))
                & Q(freeze_at__lt=F("voting_opens_at"))
                & Q(voting_opens_at__lt=F("voting_closes_at"))
                & Q(voting_closes_at__lt=F("announce_at")),
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("endorsements:round_page", args=[self.slug])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def topic(self) -> str:
        """The name under which the post room knows this round's letters."""
        return f"round:{self.pk}"

    @property
    def questionnaire_time(self) -> timedelta:
        """How long each campaign has, from its own letter: whole times 24 hours."""
        return timedelta(hours=24 * self.questionnaire_days)

    @property
    def mark(self):
        """What stands before the subject of its letters, in their language: "Rehearsal", or nothing."""
        return _("Rehearsal") if self.rehearsal else ""

    def takes_nominations(self, now) -> bool:
        return self.stage == self.Stage.NOMINATING and now < self.nominations_close_at

    def is_open(self, now) -> bool:
        """Whether a vote sent at this instant counts: opens_at <= now < closes_at, and not paused."""
        return (
            self.stage == self.Stage.VOTING
            and self.paused_since is None
            and self.voting_opens_at <= now < self.voting_closes_at
        )
