"""The desk of candidacies and contests, whose buttons may touch an open vote: they go by steering."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from endorsements import steering
from endorsements.refusals import Refusal
from groups.admin_deciding import Decision
from rounds.admin import CandidacyAdmin, ContestAdmin
from rounds.models import Candidacy, Contest
from rounds.refusals import Refusal as RoundsRefusal


@admin.register(Candidacy)
class CandidacyDesk(CandidacyAdmin):
    """Candidacies with their gates. A candidate may withdraw while a vote on her is open."""

    refusal = (Refusal, RoundsRefusal)
    decisions = {
        "withdraw": Decision(
            _("The candidate withdraws"),
            _("The candidate leaves the round, and the groups that named the candidate are told. Once voting has "
              "opened, the contest of a sole candidate is void, any other is stopped, and its voters get a letter. "
              "This can’t be undone."),
            steering.withdraw,
            [*Candidacy.STANDING, Candidacy.State.DECLINED, Candidacy.State.ON_BALLOT],
            asks="candidacy.withdraw",
            named=lambda candidacy: candidacy.round.name if on_ballot(candidacy) else "",
        ),
    }  # fmt: skip

    def may_decide(self, request, obj) -> bool:
        """Whoever decides about nominations may, until it touches a ballot: then it is for those who steer rounds."""
        return request.user.has_perm("rounds.steer_round") if on_ballot(obj) else super().may_decide(request, obj)


def on_ballot(candidacy) -> bool:
    return candidacy.state == Candidacy.State.ON_BALLOT


@admin.register(Contest)
class ContestDesk(ContestAdmin):
    """What is on the ballots. A contest can be taken out of the vote before it is counted."""

    refusal = (Refusal, RoundsRefusal)
    decisions = {
        "void": Decision(
            _("Take it out of the vote"),
            _("The contest is void: its envelopes are never opened and no shares are computed. Its voters get a letter "
              "with your reason. Whoever stood in it waits for the next round. This can’t be undone."),
            steering.void,
            [Contest.State.OPEN],
            hint=_("Members and the public read it. Name nobody who is not on the ballot."),
            asks="contest.void",
            named=lambda contest: contest.round.name,
        ),
    }  # fmt: skip

    def may_decide(self, request, obj) -> bool:
        return request.user.has_perm("rounds.steer_round")
