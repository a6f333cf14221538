"""What became of a nomination, for the group's leaders: steps with dates, the next date, the outcome."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from journal.wording import day_in_zone, in_zone
from rounds.models import Candidacy, Contest, Nomination, Round
from vetting.models import Review
from vetting.scoring import score_in_words
from voting import publication, turnout
from voting.publication import Audience

DONE, NOW, NEXT = "done", "now", "next"
Stage, Standing = Round.Stage, Candidacy.State
# Within this time a group may ask to have a decision looked at again (process.md 8.10).
LOOK_AGAIN = timedelta(days=5)
VETTED = [Standing.CLEARED, Standing.DECLINED, Standing.ON_BALLOT, Standing.ENDORSED, Standing.NOT_ENDORSED]
ON_BALLOT = [Standing.ON_BALLOT, Standing.ENDORSED, Standing.NOT_ENDORSED]


@dataclass(frozen=True)
class Step:
    """One step of a nomination's way: what it is, when or by when, and where it lies from now (done, now, next)."""

    label: str
    when: datetime | None
    state: str
    note: str = ""

    @property
    def state_words(self) -> str:
        """The state for those who do not see the dots."""
        return {DONE: _("done"), NOW: _("now"), NEXT: _("to come")}[self.state]


@dataclass(frozen=True)
class Coming:
    """The next thing that happens, and when."""

    label: str
    at: datetime


def steps(nomination, response, review, contest, *, zone) -> list[Step]:
    """The way of one nomination, from received to result, or to where it ended; days in notes are of that zone."""
    way = [Step(_("Received"), nomination.submitted_at, DONE), checked(nomination)]
    if nomination.state in (Nomination.State.REFUSED, Nomination.State.WITHDRAWN):
        return way
    way += [questionnaire(nomination, response, zone), vetting(nomination.candidacy, response, review)]
    if nomination.candidacy.state == Standing.WITHDRAWN:
        reached = [step for step in way if step.state == DONE]
        return [*reached, Step(_("The candidate no longer stands"), None, DONE)]
    if nomination.candidacy.state == Standing.DECLINED:
        return way
    return [*way, *vote(nomination.candidacy, contest)]


def checked(nomination) -> Step:
    """What staff found when they looked whether everything is there."""
    state = Nomination.State(nomination.state)
    if state in (Nomination.State.REFUSED, Nomination.State.WITHDRAWN):
        return Step(str(state.label), nomination.decided_at, DONE, nomination.decision_reason)
    if state == Nomination.State.RETURNED:
        return Step(str(state.label), nomination.decided_at, NOW)
    done = state == Nomination.State.ACCEPTED
    return Step(_("Checked by staff"), nomination.decided_at, DONE if done else NOW)


def questionnaire(nomination, response, zone) -> Step:
    """Since when the campaign has its questions, until when it may answer, and how it answered."""
    accepted = nomination.state == Nomination.State.ACCEPTED
    answered = response is not None and response.submitted_at is not None
    note = score_in_words(response) if answered else asked(response, zone)
    when = response.submitted_at if answered else None
    return Step(_("Questionnaire"), when, DONE if answered else NOW if accepted else NEXT, note)


def asked(response, zone) -> str:
    if not response or not response.sent_at:
        return ""
    sent = _("The campaign got it on %(day)s.") % {"day": day_in_zone(response.sent_at, zone)}
    if not response.due_at:
        return sent
    return _("%(sent)s Its answers are due %(due)s.") % {"sent": sent, "due": in_zone(response.due_at, zone)}


def vetting(candidacy, response, review) -> Step:
    decided = candidacy.state in VETTED
    answered = response is not None and response.submitted_at is not None
    return Step(
        _("Vetting"),
        review.decided_at if review else None,
        DONE if decided else NOW if answered or candidacy.state == Standing.HELD else NEXT,
        review.get_decision_display() if review else "",
    )


def vote(candidacy, contest) -> list[Step]:
    """The ballot, the vote and the result; their days once the candidacy stands in a round."""
    round = candidacy.round
    on_ballot = candidacy.state in ON_BALLOT
    frozen = on_ballot and round is not None and round.stage == Stage.FROZEN
    voting = on_ballot and round is not None and round.stage == Stage.VOTING
    ended = told(candidacy)
    return [
        Step(_("On the ballot"), round.freeze_at if round else None, NOW if frozen else DONE if on_ballot else NEXT),
        Step(
            _("Members vote"),
            (round.voting_closes_at if voting else round.voting_opens_at) if round else None,
            NOW if voting else NEXT if frozen or not on_ballot else DONE,
            so_far(contest) if contest and (voting or contest.state != Contest.State.OPEN) else "",
        ),
        Step(
            _("Result"),
            round.announce_at if round else None,
            DONE if ended else NOW if on_ballot and not frozen and not voting else NEXT,
            _("We count and check.") if on_ballot and not (frozen or voting or ended) else "",
        ),
    ]


def so_far(contest) -> str:
    """How many have voted, as everybody may know it: rounded down, and nothing while they are few."""
    if contest.state != Contest.State.OPEN:
        return f"{contest.get_state_display()}: {contest.state_reason}"
    shown = turnout.shown(contest)
    if shown is None:
        return _("Open until the time above. Too few votes so far to show a number.")
    return _("Open until the time above. So far %(votes)s votes or more.") % {"votes": f"{shown:,}"}


def coming(nomination, response, next_round, *, now) -> Coming | None:
    """The next date in this nomination's way; None once it has ended and while none is known."""
    candidacy, round = nomination.candidacy, nomination.candidacy.round
    if over(nomination):
        return None
    dates = []
    if response and response.due_at and not response.submitted_at:
        dates.append(Coming(_("The campaign’s answers are due"), response.due_at))
    if round:
        dates.append(Coming(_("The ballot is made"), round.freeze_at))
        dates.append(Coming(_("Voting opens"), round.voting_opens_at))
        dates.append(Coming(_("Voting closes"), round.voting_closes_at))
        dates.append(Coming(_("The result is announced"), round.announce_at))
    elif next_round and candidacy.state in Candidacy.STANDING:
        entered = _("%(round)s opens; your candidate enters it") % {"round": next_round.name}
        dates.append(Coming(entered, next_round.nominations_open_at))
    return min((date for date in dates if date.at > now), key=lambda date: date.at, default=None)


def over(nomination) -> bool:
    """Whether nothing more happens to this nomination."""
    gone = nomination.state in (Nomination.State.REFUSED, Nomination.State.WITHDRAWN)
    state, round = nomination.candidacy.state, nomination.candidacy.round
    announced = told(nomination.candidacy) and round.stage != Stage.CERTIFIED
    return gone or announced or state in (Standing.WITHDRAWN, Standing.DECLINED)


def look_again_until(nomination, review) -> datetime | None:
    """Until when the group may ask to have the decision against it looked at again; None where there is none."""
    if nomination.state == Nomination.State.REFUSED:
        return nomination.decided_at + LOOK_AGAIN if nomination.decided_at else None
    declined = review is not None and review.decision == Review.Decision.DECLINE
    return review.decided_at + LOOK_AGAIN if declined else None


def told(candidacy):
    """Whether the groups may know the result: it is certified."""
    return bool(candidacy.round) and candidacy.round.stage in (Stage.CERTIFIED, Stage.ANNOUNCED, Stage.ARCHIVED)


def contest_of(candidacy):
    """The contest this candidacy stands in, in its round; None before the freeze."""
    if candidacy.round is None:
        return None
    option = candidacy.options.filter(contest__round=candidacy.round).select_related("contest__round").first()
    return option.contest if option else None


def outcome(candidacy, contest):
    """The publication of the candidacy's contest, for its groups; None before it is certified."""
    return publication.publishable(contest, Audience.GROUPS) if contest and told(candidacy) else None
