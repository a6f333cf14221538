"""The one gate of a round's stage: a table of allowed moves, a conditional UPDATE, a journal row."""

from django.db import transaction
from django.utils.translation import gettext as _

from journal import book
from rounds.models import Round
from rounds.refusals import Refusal

Stage = Round.Stage

# from: where the round may go. CANCELLED is open to every stage before CERTIFIED (DESIGN, the story of a round).
MOVES = {
    Stage.DRAFT: [Stage.NOMINATING, Stage.CANCELLED],
    Stage.NOMINATING: [Stage.VETTING, Stage.CANCELLED],
    Stage.VETTING: [Stage.FROZEN, Stage.CANCELLED],
    Stage.FROZEN: [Stage.VOTING, Stage.CANCELLED],
    Stage.VOTING: [Stage.POLLS_CLOSED, Stage.CANCELLED],
    Stage.POLLS_CLOSED: [Stage.COUNTED, Stage.CANCELLED],
    Stage.COUNTED: [Stage.CERTIFIED, Stage.CANCELLED],
    Stage.CERTIFIED: [Stage.ANNOUNCED],
    Stage.ANNOUNCED: [Stage.ARCHIVED],
    Stage.ARCHIVED: [],
    Stage.CANCELLED: [],
}


def move(round, to, *, by, now, reason="") -> bool:
    """Move the round to a stage; True when this call did it, False when it stood there or somebody was faster.

    round is refreshed either way. Opening the vote locks the rules (process.md 4.0). Raises Refusal for a
    move that is not in the table, and for cancelling without a reason.
    """
    before, to = Stage(round.stage), Stage(to)
    if before == to:
        return False
    if to not in MOVES[before]:
        raise Refusal(
            _("%(round)s can’t go from “%(before)s” to “%(after)s”.")
            % {"round": round, "before": before.label, "after": to.label}
        )
    if to == Stage.CANCELLED and not reason.strip():
        raise Refusal(_("Say why the round is cancelled."))
    changes = {"stage": to}
    if to == Stage.VOTING:
        changes["rules_locked_at"] = now
    with transaction.atomic():
        # Two ticks may meet here: the stage we read is the condition, so one of them changes no row.
        moved = Round.objects.filter(pk=round.pk, stage=before).update(**changes)
        if moved:
            book.record(
                "round.stage", round, by=by, now=now, reason=reason, before={"stage": before}, after={"stage": to}
            )
    round.refresh_from_db()
    return bool(moved)
