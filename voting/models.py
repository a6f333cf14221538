"""The roll and the results.

Eligibility, envelopes, participation and opened ballots are no models: ballotbox.py makes and asks them in SQL,
so that no admin page, no reverse accessor and no stray query can reach a ballot.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RollEntry(models.Model):
    """A member's place on a round's frozen roll. The credential is random (63 bits) and says nothing of her.

    generation raises with a mended address or "not me": every older link dies. There is no "voted" here.
    """

    credential = models.BigIntegerField(primary_key=True)
    # Without constraints and indexes of their own: to check a million rows one by one, and to lock each member for
    # it, takes longer than to make them out of the members themselves. Neither is ever deleted (PROTECT, erasure).
    round = models.ForeignKey(
        "rounds.Round", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    member = models.ForeignKey(
        "groups.Member", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    generation = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="roll_once", fields=["round", "member"])]

    def __str__(self):
        return f"roll {self.round_id}"


class Exclusion(models.Model):
    """Why somebody who might have been on a contest's roll is not."""

    class Reason(models.TextChoices):
        UNCONFIRMED = "unconfirmed", _("address not confirmed by the freeze")
        DISTRICT = "district", _("district not settled")
        DUPLICATE = "duplicate", _("same person as another entry")
        STRUCK = "struck", _("struck by staff")

    # Without constraints in the database, as a roll entry: it is made from the members themselves.
    contest = models.ForeignKey(
        "rounds.Contest", on_delete=models.CASCADE, related_name="exclusions", db_index=False, db_constraint=False
    )
    member = models.ForeignKey("groups.Member", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    reason = models.CharField(max_length=12, choices=Reason.choices)

    class Meta:
        constraints = [models.UniqueConstraint(name="exclusion_once", fields=["contest", "member"])]

    def __str__(self):
        return self.get_reason_display()


class Strike(models.Model):
    """That staff keep somebody off a round's roll, said before its freeze, with a reason."""

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey("groups.Member", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    reason = models.TextField()
    struck_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="strike_once", fields=["round", "member"]),
            models.CheckConstraint(name="strike_has_reason", condition=~Q(reason="")),
        ]

    def __str__(self):
        return f"strike {self.round_id}"


class ContestRoll(models.Model):
    """That one contest's roll is built, and its figures: work for the freeze tick."""

    contest = models.OneToOneField("rounds.Contest", on_delete=models.CASCADE, related_name="roll")
    frozen_at = models.DateTimeField(null=True)
    eligible = models.PositiveIntegerField(null=True)
    not_mailed = models.PositiveIntegerField(null=True)  # on the roll, but suppressed: they vote by "send me my link"

    def __str__(self):
        return f"roll of {self.contest_id}"


class UnreachedList(models.Model):
    """Who on a round's roll her ballot letter had not reached when the clock looked last (reached.py)."""

    round = models.OneToOneField("rounds.Round", on_delete=models.CASCADE, primary_key=True, related_name="unreached")
    at = models.DateTimeField()
    counts = models.JSONField()  # {contest: how many}
    first = models.JSONField()  # the credentials of the first of them, by member

    def __str__(self):
        return f"{self.round_id}: {len(self.first)} and more"


class KeyTest(models.Model):
    """Proof that a round's seal key is in hand: who opened a test envelope, under which fingerprint."""

    class Holder(models.TextChoices):
        HOST = "host", _("the tally host")
        ESCROW = "escrow", _("two escrow holders")

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="key_tests")
    holder = models.CharField(max_length=10, choices=Holder.choices)
    fingerprint = models.CharField(max_length=60)
    tested_at = models.DateTimeField()
    tested_by = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(name="key_test_once", fields=["round", "holder", "fingerprint"])]

    def __str__(self):
        return f"{self.holder} {self.fingerprint}"


class Turnout(models.Model):
    """What the public may know while the vote runs: refreshed every 15 minutes, rounded down to 10."""

    contest = models.OneToOneField("rounds.Contest", on_delete=models.CASCADE, related_name="turnout")
    ballots = models.PositiveIntegerField(default=0)  # rounded down to 10; shown from 20 on
    refreshed_at = models.DateTimeField()

    def __str__(self):
        return f"{self.contest_id}: {self.ballots}"


class LinkRequest(models.Model):
    """Somebody asked for the link of an address, as she typed it. The post room decides who she is; kept a day."""

    address = models.CharField(max_length=320)
    asked_at = models.DateTimeField(db_index=True)

    def __str__(self):
        return f"link request {self.pk}"


class Count(models.Model):
    """The opening of one contest: what was committed to before, what came out, what stopped it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        COMMITTED = "committed", _("committed")
        OPENED = "opened", _("opened")
        IRREGULAR = "irregular", _("stopped: irregular envelope")

    contest = models.OneToOneField("rounds.Contest", on_delete=models.PROTECT, related_name="count")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    commitment = models.CharField(max_length=64, blank=True)  # SHA-256 over the sorted MACs, before opening
    envelopes = models.PositiveIntegerField(null=True)
    opened = models.PositiveIntegerField(null=True)
    voided = models.PositiveIntegerField(default=0)
    irregularity = models.TextField(blank=True)
    opened_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"{self.contest_id}: {self.state}"


class Result(models.Model):
    """The outcome of one contest, with the figures and the rule it rests on."""

    class Outcome(models.TextChoices):
        ENDORSED = "endorsed", _("endorsed")
        NOT_ENDORSED = "not_endorsed", _("not endorsed")
        NEEDS_REVIEW = "needs_review", _("needs review")
        VOID = "void", _("void")

    contest = models.OneToOneField("rounds.Contest", on_delete=models.PROTECT, related_name="result")
    roll = models.PositiveIntegerField(_("on the roll"))
    delivered = models.PositiveIntegerField(_("reached by letter"), null=True)
    ballots = models.PositiveIntegerField(_("votes, without skips"))
    skipped = models.PositiveIntegerField(_("skipped"))
    outcome = models.CharField(_("outcome"), max_length=14, choices=Outcome.choices)
    leading = models.ForeignKey("rounds.ContestOption", on_delete=models.PROTECT, null=True, related_name="+")
    rule = models.JSONField(_("rule"))  # the round's rule as it was, so that an old result can be recounted
    counted_at = models.DateTimeField(_("counted"))
    review_reason = models.TextField(_("why it needs review"), blank=True)
    decided_by = models.ForeignKey("groups.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_reason = models.TextField(_("decision’s reason"), blank=True)
    certified_at = models.DateTimeField(_("certified"), null=True)
    salt = models.CharField(
        max_length=32, default="", editable=False
    )  # of its fingerprint in the journal (fingerprints.py)

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        permissions = [("see_uncertified", "Can see results before they are certified")]

    def __str__(self):
        return f"{self.contest}: {self.get_outcome_display()}"


class ResultLine(models.Model):
    """The votes of one option."""

    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="lines")
    option = models.ForeignKey("rounds.ContestOption", on_delete=models.PROTECT, related_name="+")
    votes = models.PositiveIntegerField()

    class Meta:
        ordering = ["option__number"]
        constraints = [models.UniqueConstraint(name="result_line_once", fields=["result", "option"])]

    def __str__(self):
        return f"{self.option}: {self.votes}"


class VoidedEnvelope(models.Model):
    """That an envelope was voided before opening, and why. It does not say whose.

    mark is a hash of the envelope's MAC: a voided envelope that somebody puts back is known by it.
    """

    contest = models.ForeignKey("rounds.Contest", on_delete=models.PROTECT, related_name="voided")
    mark = models.CharField(max_length=64)
    reason = models.TextField()
    voided_on = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(name="voided_has_reason", condition=~Q(reason=""))]

    def __str__(self):
        return self.reason


class PackageFile(models.Model):
    """One file of a round's public package, kept as it was published; the whole of it is there as a zip."""

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=300)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    packed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="package_file_once", fields=["round", "path"])]

    def __str__(self):
        return self.path
