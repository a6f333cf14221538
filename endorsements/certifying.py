"""Certifying a counted round: by itself, by one person or by two (DESIGN, certification)."""

from django.db import transaction
from django.utils.translation import gettext as _

from endorsements import lifecycle
from endorsements.refusals import Refusal
from journal import approvals
from rounds.models import Round
from voting import results

ACTION = "round.certify"


def certify(round, *, by, now, reason=""):
    """Certify a counted round; with two people the first only asks. True when it is certified now.

    Refusal while a contest needs review, before the count, and for the same person twice.
    """
    if round.stage != Round.Stage.COUNTED:
        raise Refusal(_("Only a counted round can be certified; this one is at “%s”.") % round.get_stage_display())
    undecided = list(results.undecided(round))
    if undecided:
        raise Refusal(
            _("First decide what needs review: %s.") % "; ".join(str(result.contest.race) for result in undecided)
        )
    stopped = [obstacle.sentence for obstacle in lifecycle.blocking(round, now)]
    if stopped:
        raise Refusal(" ".join(stopped))
    with transaction.atomic():
        if by_two(round):
            waiting = approvals.standing(ACTION, round, now)
            if waiting is None:
                approvals.ask(ACTION, round, by=by, reason=reason or _("The count is right."), now=now)
                return False
            if not approvals.agree(waiting, by=by, now=now):
                raise Refusal(_("You asked for this yourself. A second person has to agree."))
        return lifecycle.step(round, Round.Stage.CERTIFIED, by=by, now=now, reason=reason)


def by_two(round) -> bool:
    """Whether two people certify: so says the round, or it asks for a second person wherever one would do."""
    one = round.certification == Round.Certification.ONE
    return round.certification == Round.Certification.TWO or (one and round.second_person)
