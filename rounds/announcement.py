"""When the results of a round go public: moved by itself, from the opening of the vote to the announcement."""

from django.db import transaction
from django.utils.translation import gettext as _

from journal import book
from rounds import planning
from rounds.models import Round
from rounds.refusals import Refusal

Stage = Round.Stage

# Before the vote it is one of the dates that reschedule moves; after the announcement it is the past.
STAGES = [Stage.VOTING, Stage.POLLS_CLOSED, Stage.COUNTED, Stage.CERTIFIED]


def move(round, *, announce_at, by, now, reason) -> bool:
    """Let the announcement come later or sooner, with a reason; False when it comes at that instant already.

    Refusal outside of STAGES, for an instant that is past, and for one that is not after the end of the vote.
    """
    with transaction.atomic():
        held = planning.hold(round)
        if held.stage not in STAGES:
            raise Refusal(_("The announcement is changed by itself from the opening of the vote until it is made."))
        if announce_at == held.announce_at:
            return False
        planning.need_reason(reason)
        if announce_at <= now:
            raise Refusal(_("“%(date)s” must lie in the future.") % {"date": planning.label_of("announce_at")})
        if announce_at <= held.voting_closes_at:
            raise Refusal(
                _("“%(later)s” must come after “%(earlier)s”.")
                % {"later": planning.label_of("announce_at"), "earlier": planning.label_of("voting_closes_at")}
            )
        before, after = {"announce_at": held.announce_at}, {"announce_at": announce_at}
        first = held.announce_was or held.announce_at
        planning.keep(held, {**after, "announce_was": None if first == announce_at else first})
        book.record("round.rescheduled", held, by=by, now=now, reason=reason, before=before, after=after)
    round.refresh_from_db()
    return True
