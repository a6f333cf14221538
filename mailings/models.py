"""Letters waiting, sent and bounced; topics that can be stopped; addresses that are not written to."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LetterQuerySet(models.QuerySet):
    def about(self, topic):
        return self.filter(topic=topic)

    def waiting(self):
        return self.filter(state__in=Letter.OPEN)


class Letter(models.Model):
    """One letter to one seat. Never an address, a body or a token: those are read and derived as it is sent.

    name is the registered letter ("voting.ballot"); topic is opaque ("round:7"); subject and seat are
    whatever numbers the letter's own app gave meaning to (a round and a credential, a nomination and a user).
    """

    class State(models.IntegerChoices):
        READY = 0, _("waiting")
        LEASED = 1, _("being sent")
        SENT = 2, _("sent")
        FAILED = 3, _("refused by the mail server")
        SKIPPED = 4, _("not needed")
        EXPIRED = 5, _("too late")
        SET_ASIDE = 6, _("set aside")
        HELD = 7, _("held back")

    OPEN = [State.READY, State.LEASED, State.HELD]

    name = models.CharField(_("letter"), max_length=60)
    topic = models.CharField(_("topic"), max_length=60, blank=True)
    subject = models.BigIntegerField(default=0)
    seat = models.BigIntegerField()
    wave = models.BigIntegerField(default=0)
    priority = models.SmallIntegerField(default=20)
    not_before = models.DateTimeField(_("not before"))
    expires = models.DateTimeField(_("expires"), null=True)
    state = models.SmallIntegerField(_("state"), choices=State.choices, default=State.READY)
    attempts = models.SmallIntegerField(_("attempts"), default=0)
    reason = models.CharField(_("why"), max_length=200, blank=True)
    lease_token = models.CharField(max_length=32, null=True)
    lease_until = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=200, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.UniqueConstraint(name="letter_once", fields=["name", "subject", "seat", "wave"]),
        ]
        indexes = [
            models.Index(name="letter_next", fields=["priority", "id"], condition=Q(state=0)),
            models.Index(name="letter_lapsing", fields=["expires"], condition=Q(state=0)),
            models.Index(name="letter_leased", fields=["lease_until"], condition=Q(state=1)),
            models.Index(name="letter_topic", fields=["topic", "name", "state"]),
            models.Index(name="letter_held", fields=["name", "subject", "wave", "id"], condition=Q(state=7)),
        ]

    def __str__(self):
        return f"{self.name} {self.subject}/{self.seat}/{self.wave}"

    @property
    def outcome(self) -> str:
        """How far it got, in words: what the provider reported last, else what its own state says."""
        reported = getattr(self, "delivery", None)
        if reported:
            return reported.get_state_display()
        if self.state == self.State.SENT:
            return str(_("accepted"))
        return str(_("queued")) if self.state in self.OPEN else self.get_state_display()


class StoppedTopic(models.Model):
    """A topic whose letters wait until somebody lets them go: the stop button."""

    topic = models.CharField(_("topic"), max_length=60, unique=True)
    stopped_at = models.DateTimeField(_("stopped"))
    reason = models.TextField(_("why"))

    class Meta:
        verbose_name = _("stopped topic")
        verbose_name_plural = _("stopped topics")

    def __str__(self):
        return self.topic


class Wave(models.Model):
    """A mailing to many: how far it was checked and let go, step by step (ramp.py), and what stopped it.

    Its letters are those of (name, subject, number). Of a small one all are let go at once.
    """

    class Step(models.IntegerChoices):
        WRITING = 0, _("being put in line")
        CHECKING = 1, _("being checked")
        CANARIES = 2, _("the first 50")
        THOUSAND = 3, _("the first 1,000")
        TEN_THOUSAND = 4, _("the first 10,000")
        ALL = 5, _("all")
        DONE = 6, _("done")

    name = models.CharField(_("letter"), max_length=60)
    topic = models.CharField(_("topic"), max_length=60)
    subject = models.BigIntegerField()
    number = models.BigIntegerField()
    letters = models.PositiveIntegerField(_("letters"))
    held = models.BooleanField(default=False)  # whether it goes by steps
    not_before = models.DateTimeField(_("not before"))
    step = models.PositiveSmallIntegerField(_("step"), choices=Step.choices, default=Step.WRITING)
    released = models.PositiveIntegerField(_("let go"), default=0)
    released_to = models.BigIntegerField(default=0)  # the last letter that was let go
    quiet_since = models.DateTimeField(null=True)  # since when all of the step are tried
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    stop_reason = models.TextField(_("why it is stopped"), blank=True)
    judged_from = models.BigIntegerField(default=0)  # what the breaker looks at begins after this letter …
    judged_since = models.DateTimeField()  # … and after this instant: somebody let the wave go on
    # How many of its letters stood in which state when they were counted last (waves.py); final: none was open.
    counts = models.JSONField(default=dict)
    counted_at = models.DateTimeField(null=True)
    counts_final = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("wave")
        verbose_name_plural = _("waves")
        constraints = [models.UniqueConstraint(name="wave_once", fields=["name", "subject", "number"])]
        indexes = [models.Index(name="wave_under_way", fields=["not_before"], condition=~Q(step=6))]

    def __str__(self):
        return f"{self.name} {self.subject}/{self.number}"

    @property
    def all_letters(self):
        return Letter.objects.filter(name=self.name, subject=self.subject, wave=self.number)


class Piece(models.Model):
    """Some of a wave's letters for the dry run: who looks at them until when, and what was found."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="pieces")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    lease_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    checked = models.PositiveIntegerField(default=0)
    faulty = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="piece_once", fields=["wave", "first"])]

    def __str__(self):
        return f"{self.first} to {self.last}"


class Provider(models.Model):
    """How fast letters may go through one mail provider (the configured backend); all processes share the row.

    The desk changes the limits; pace.py alone keeps the account below them. turn makes each change of it one
    process's: an update that finds another turn does nothing.
    """

    name = models.CharField(_("mail backend"), max_length=120, unique=True)
    rate = models.FloatField(_("letters a second"), null=True, blank=True, validators=[MinValueValidator(0.01)])
    daily_limit = models.PositiveIntegerField(
        _("letters a day"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    first_day = models.PositiveIntegerField(
        _("letters on the first day"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    warm_up_from = models.DateField(_("first day"), null=True, blank=True)

    tokens = models.FloatField(default=0)
    filled_at = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    sent_today = models.IntegerField(_("sent today"), default=0)
    sent_at = models.DateTimeField(_("last letter"), null=True)
    paused_until = models.DateTimeField(_("waits until"), null=True)
    pauses = models.PositiveSmallIntegerField(default=0)
    pause_reason = models.CharField(_("why it waits"), max_length=200, blank=True)
    turn = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("mail provider")
        verbose_name_plural = _("mail providers")

    def __str__(self):
        return self.name


class Suppression(models.Model):
    """An address that is not written to. It says nothing about anybody's vote (DESIGN: not mailed)."""

    class Reason(models.TextChoices):
        NEWS = "news", _("wants no news")
        UNSUBSCRIBED = "unsubscribed", _("imported as unsubscribed")
        COMPLAINED = "complained", _("complained")
        BOUNCED = "bounced", _("bounces")
        LEFT = "left", _("left the list")
        DISOWNED = "disowned", _("read by somebody else")

    # An address that only wants no news still gets its ballot letter; every other reason stops all letters.
    NEWS_ONLY = [Reason.NEWS]

    address = models.CharField(_("address"), max_length=320)  # normalised by the caller
    reason = models.CharField(_("why"), max_length=20, choices=Reason.choices)
    since = models.DateTimeField(_("since"))
    source = models.CharField(_("where it comes from"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("address not written to")
        verbose_name_plural = _("addresses not written to")
        constraints = [models.UniqueConstraint(name="suppression_once", fields=["address", "reason"])]

    def __str__(self):
        return f"{self.address} ({self.get_reason_display()})"


class Delivery(models.Model):
    """What a mail provider reported of a letter that it accepted. No row: nothing yet, or by SMTP.

    A table of its own, so that a round of millions is not written again: a row comes with a report. States are
    ranks: a report never takes back a higher one, so that order and repetition do not matter (ledger.py).
    """

    class State(models.IntegerChoices):
        DEFERRED = 2, _("put off by the server")
        DELIVERED = 3, _("delivered")
        RETURNED = 4, _("came back")
        BOUNCED = 5, _("no such address")
        SUPPRESSED = 6, _("kept back by the provider")
        COMPLAINED = 7, _("complained")

    # What the certifier and the list of those without a letter count as not having arrived.
    NOT_ARRIVED = [State.RETURNED, State.BOUNCED, State.SUPPRESSED]

    letter = models.OneToOneField(Letter, models.CASCADE, primary_key=True, related_name="delivery")
    state = models.SmallIntegerField(_("reported"), choices=State.choices)
    at = models.DateTimeField(_("at"))
    provider = models.CharField(_("by"), max_length=20)
    reason = models.CharField(_("why"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("report of a letter")
        verbose_name_plural = _("reports of letters")
        indexes = [
            models.Index(name="delivery_failed", fields=["state", "letter"], condition=Q(state__gte=4)),
        ]

    def __str__(self):
        return f"{self.letter_id}: {self.get_state_display()}"


class ProviderReport(models.Model):
    """A report that was acted on, by the provider's own number for it: the same again changes nothing."""

    provider = models.CharField(max_length=20)
    event = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="report_once", fields=["provider", "event"])]

    def __str__(self):
        return f"{self.provider} {self.event}"
