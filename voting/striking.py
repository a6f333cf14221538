"""Keeping somebody off a round's roll, before its freeze: a proven fake, or who is no member (trust.md T8)."""

from django.db import transaction
from django.utils.translation import gettext as _

from journal import book
from rounds import seconding
from rounds.models import Round
from voting.models import Strike
from voting.refusals import Refusal

ACT = "roll.strike"


def open_to(now):
    """Rounds whose roll is not frozen yet, the next one first."""
    return Round.objects.filter(stage__in=Round.BEFORE_FREEZE, freeze_at__gt=now).order_by("freeze_at")


def strike(member, round, *, by, now, reason) -> bool:
    """Keep her off the round's roll; False: by has only asked, and a second person has to agree.

    Refusal without a reason, from the freeze on, and where she is struck already.
    """
    needs(reason)
    with transaction.atomic():
        held = before_freeze(round, now)
        if Strike.objects.filter(round=held, member=member).exists():
            raise Refusal(_("The member is struck from the roll of %(round)s already.") % {"round": held})
        if not seconding.settled(held, ACT, member, facts={"round": held.pk}, by=by, now=now, reason=reason):
            return False
        Strike.objects.create(round=held, member=member, reason=reason, struck_at=now)
        book.record("roll.struck", member, by=by, now=now, reason=reason, after={"round": held.pk})
    return True


def readmit(member, round, *, by, now, reason) -> bool:
    """Take a strike back before the freeze; False where there is none."""
    needs(reason)
    with transaction.atomic():
        held = before_freeze(round, now)
        gone, _each = Strike.objects.filter(round=held, member=member).delete()
        if gone:
            book.record("roll.readmitted", member, by=by, now=now, reason=reason, after={"round": held.pk})
    return bool(gone)


def before_freeze(round, now) -> Round:
    """The round, held until the transaction ends; Refusal once its roll is frozen."""
    held = Round.objects.select_for_update(of=("self",)).get(pk=round.pk)
    if held.stage not in Round.BEFORE_FREEZE or now >= held.freeze_at:
        raise Refusal(_("The roll of %(round)s is frozen. Nobody is struck from it any more.") % {"round": held})
    return held


def needs(reason):
    """Refuse an act without a reason."""
    if not reason.strip():
        raise Refusal(_("Say why: the reason stands in the journal."))
