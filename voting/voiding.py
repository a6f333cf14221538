"""Voiding a ballot before opening: taken out, listed with its reason and without its voter (trust.md 2.4)."""

import hashlib

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from journal import book
from rounds import seconding
from rounds.models import Contest, Round
from voting import ballotbox
from voting.models import Count, RollEntry, VoidedEnvelope
from voting.refusals import Refusal

ACT = "ballot.void"


def void_ballot(entry: RollEntry, *, by, now, reason) -> int | None:
    """Take one member's whole ballot out before opening, so that she may vote anew on a new link; how many envelopes.

    None: by has only asked, and a second person has to agree; the journal does not say of whom. Each is listed with
    the reason and without her name, and its contest is committed to anew, which the journal says. Her generation
    raises: the link that cast it is dead. Refusal once a contest of hers is opened.
    """
    if not reason.strip():
        raise Refusal(_("Say why the ballot is voided: the reason stands in the report."))
    with transaction.atomic():
        ballotbox.lock_exclusive(entry.round_id)
        round = Round.objects.get(pk=entry.round_id)
        if round.stage not in [Round.Stage.VOTING, Round.Stage.POLLS_CLOSED]:
            raise Refusal(_("A ballot can be voided only between the start of the vote and the opening."))
        asked = {"facts": {"round": round.pk}, "by": by, "now": now, "reason": reason, "tell": False}
        if not seconding.settled(round, ACT, entry.member, **asked):
            return None
        contests = list(Contest.objects.filter(pk__in=ballotbox.retry_checks(round.pk, entry.credential)))
        if Count.objects.filter(contest__in=contests, state=Count.State.OPENED).exists():
            raise Refusal(_("Envelopes of this ballot are opened already. Nobody can tell them from the others now."))
        taken = ballotbox.void_envelope(round.pk, entry.credential)
        for contest in contests:
            mark, today = mark_of(taken[contest.pk]), now.astimezone(round.zone).date()
            VoidedEnvelope.objects.create(contest=contest, mark=mark, reason=reason, voided_on=today)
            forget_commitment(contest)
            book.record("ballot.voided", contest, by=by, now=now, reason=reason)
        if contests:
            RollEntry.objects.filter(pk=entry.pk).update(generation=F("generation") + 1)
            entry.refresh_from_db()
    return len(contests)


def forget_commitment(contest) -> None:
    """Let the next tick commit anew. The journal keeps the old commitment."""
    Count.objects.filter(contest=contest).exclude(state=Count.State.OPENED).update(
        state=Count.State.WAITING, commitment="", envelopes=None, irregularity=""
    )


def mark_of(mac: bytes) -> str:
    """The name of an envelope in sentences and among the voided: a hash of its MAC."""
    return hashlib.sha256(b"mark|" + mac).hexdigest()
