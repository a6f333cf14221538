"""What became of a nomination, for the group's leaders: steps with dates, the four gates, the outcome."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from journal.wording import day_in_zone, in_zone
from rounds.models import Candidacy, Nomination, Round
from voting import publication
from voting.publication import Audience


@dataclass(frozen=True)
class Step:
    """One step of a nomination's way: what it is, when or by when, and where it lies from now (done, now, next)."""

    label: str
    when: object
    state: str
    note: str = ""

    @property
    def state_words(self) -> str:
        """The state for those who do not see the dots."""
        return {
            "done": _("done"),
            "now": _("now"),
            "next": _("to come"),
        }[self.state]


def steps(nomination, response, review, *, zone):
    """The way of one nomination, from received to result; days in its notes are days of that zone."""
    candidacy, round = nomination.candidacy, nomination.candidacy.round
    received = Step(_("Received"), nomination.submitted_at, "done")
    accepted = nomination.state == Nomination.State.ACCEPTED
    checked = Step(
        _("Checked by staff"),
        nomination.decided_at,
        "done" if accepted else "now",
        nomination.decision_reason if not accepted else "",
    )
    answered = Step(
        _("Questionnaire"),
        response.submitted_at if response else None,
        "done" if response and response.submitted_at else "now" if accepted else "next",
        asked(response, zone),
    )
    decided = candidacy.state not in (Candidacy.State.NOMINATED, Candidacy.State.HELD)
    vetted = Step(
        _("Vetting"),
        review.decided_at if review else None,
        "done" if decided else "now" if answered.state == "done" else "next",
        review.get_decision_display() if review else "",
    )
    on_ballot = candidacy.state in (
        Candidacy.State.ON_BALLOT,
        Candidacy.State.ENDORSED,
        Candidacy.State.NOT_ENDORSED,
    )
    voting = Step(
        _("Members vote"),
        round.voting_opens_at if round else None,
        "next"
        if not on_ballot
        else "now"
        if round and round.stage in (Round.Stage.FROZEN, Round.Stage.VOTING)
        else "done",
    )
    ended = told(candidacy)
    result = Step(_("Result"), round.announce_at if round else None, "done" if ended else "next")
    return [received, checked, answered, vetted, voting, result]


def asked(response, zone):
    """Since when the campaign has its questions, and until when it may answer; "" before it has them."""
    if not response or not response.sent_at:
        return ""
    sent = _("The campaign got it on %(day)s.") % {"day": day_in_zone(response.sent_at, zone)}
    if response.submitted_at or not response.due_at:
        return sent
    return _("%(sent)s Its answers are due %(due)s.") % {"sent": sent, "due": in_zone(response.due_at, zone)}


def told(candidacy):
    """Whether the groups may know the result: it is certified."""
    return bool(candidacy.round) and candidacy.round.stage in (
        Round.Stage.CERTIFIED,
        Round.Stage.ANNOUNCED,
        Round.Stage.ARCHIVED,
    )


def outcome(candidacy):
    """The publication of the contest this candidacy stood in, for its groups; None before it is certified."""
    if not told(candidacy):
        return None
    option = candidacy.options.filter(contest__round=candidacy.round).select_related("contest__round").first()
    return publication.publishable(option.contest, Audience.GROUPS) if option else None
