"""What a round's page in the desk shows: the stages with their dates, and what may be pressed now."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from endorsements import noting
from rounds import announcement
from rounds.models import Round

Stage = Round.Stage

# Each stage of the timeline, with the round's own field that says when it is planned.
PLANNED = [
    (Stage.NOMINATING, "nominations_open_at"),
    (Stage.VETTING, "nominations_close_at"),
    (Stage.FROZEN, "freeze_at"),
    (Stage.VOTING, "voting_opens_at"),
    (Stage.POLLS_CLOSED, "voting_closes_at"),
    (Stage.COUNTED, None),
    (Stage.CERTIFIED, None),
    (Stage.ANNOUNCED, "announce_at"),
]


@dataclass(frozen=True)
class Step:
    """One stage on the timeline: its name, when it is planned, when it came, and where it lies from now."""

    label: str
    planned: object
    came: object
    state: str  # done | now | next


@dataclass(frozen=True)
class Act:
    """Something that may be pressed: its name in addresses, its button, and what it will do, in a sentence."""

    name: str
    label: str
    effect: str


ACTS = {
    "reschedule": Act(
        "reschedule",
        _("Change dates"),
        _(
            "The dates that still lie ahead are changed. Our pages and calendars name them at once; nobody gets a "
            "letter. They can be changed again until they come."
        ),
    ),
    "rules": Act(
        "rules",
        _("Change rules"),
        _(
            "The rules are changed. Our pages name them at once; nobody gets a letter. They are locked "
            "once voting opens."
        ),
    ),
    "open": Act(
        "open",
        _("Agree to the opening"),
        _(
            "Two people have to agree before the vote opens at its time. "
            "If its dates are changed after, they are asked anew."
        ),
    ),
    "unseal": Act(
        "unseal",
        _("Agree to open the envelopes"),
        _("Two people have to agree before the envelopes are opened and counted. Then the clock opens them."),
    ),
    "extend": Act(
        "extend", _("Extend the vote"), _("The vote ends later, and everybody on the roll gets a letter about it.")
    ),
    "announcement": Act(
        "announcement",
        _("Change the announcement"),
        _(
            "The results go public at another time, and our pages and calendars name it at once. "
            "The leaders whose letter named the old time under embargo get a letter about the new one. Members get "
            "none: the round’s public page, and the pages of the ballot and the receipt, say from when it was moved."
        ),
    ),
    "pause": Act("pause", _("Pause the vote"), _("No vote is taken until you resume. The ballot page says so.")),
    "resume": Act(
        "resume", _("Resume the vote"), _("Votes are taken again, and the end moves by as long as the pause took.")
    ),
    "certify": Act(
        "certify", _("Certify the results"), _("The results are final. The nominating groups get their letters now.")
    ),
    "correct": Act(
        "correct",
        _("Publish a correction note"),
        _("The note stands on the round’s public page from now on. What was published stays as it was."),
    ),
    "cancel": Act(
        "cancel",
        _("Cancel the round"),
        _("The round ends here. Envelopes and keys are destroyed unopened. This can’t be undone."),
    ),
}


# Whoever presses these types the round's name first (ux.md 3, classes B and C); of other acts, their own forms ask.
NAMED = {"open", "unseal", "extend", "certify", "cancel"}
# Whose reason the public reads (extract_words.WITH_REASON).
FOR_THE_PUBLIC = {"reschedule", "rules", "extend", "announcement", "pause", "resume", "cancel"}
# From the close of the vote on no reason is shown: some staff know results then (extract.reason_of).
REASONS_SHOWN = [*Round.BEFORE_FREEZE, Stage.FROZEN, Stage.VOTING]


def timeline(round, came):
    """The stages in their order; came maps a stage to the instant it was entered (from the journal)."""
    order = list(Stage.values)
    here = order.index(round.stage)
    steps = []
    for stage, field in PLANNED:
        place = order.index(stage)
        state = "done" if place < here else "now" if place == here else "next"
        if round.stage == Stage.CANCELLED:
            state = "done" if stage in came else "next"
        steps.append(Step(stage.label, getattr(round, field) if field else None, came.get(stage), state))
    return steps


def acts(round, now):
    """What may be done to the round now, the usual before the grave."""
    names = []
    if round.stage in Round.BEFORE_FREEZE or round.stage == Stage.FROZEN:
        names += ["reschedule", "rules"]
    if round.second_person and round.stage == Stage.FROZEN:
        names.append("open")
    if round.second_person and round.stage == Stage.POLLS_CLOSED:
        names.append("unseal")
    if round.stage == Stage.VOTING and now < round.voting_closes_at:
        names += ["resume"] if round.paused_since else ["extend", "pause"]
    if round.stage == Stage.COUNTED:
        names.append("certify")
    if round.stage in announcement.STAGES:
        names.append("announcement")
    if noting.is_open(round):
        names.append("correct")
    if round.stage in Round.BEFORE_CERTIFIED:
        names.append("cancel")
    return [ACTS[name] for name in names]
