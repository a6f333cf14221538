"""Correcting what is published: by a dated note that stands, never by a silent edit (ux.md S5)."""

from django.db import transaction
from django.utils.translation import gettext as _

from endorsements.models import CorrectionNote
from endorsements.refusals import Refusal
from journal import book
from rounds.models import Round

LONGEST = 2000
OPEN_TO = [Round.Stage.ANNOUNCED, Round.Stage.ARCHIVED]


def correct(round, *, text, texts, by, now, endorsement=None) -> CorrectionNote:
    """Publish a note on the page of a round, and on an endorsement's if one is named; texts holds {"es": …}.

    The same note twice is one. Refusal before the announcement, for a rehearsal, for an endorsement of another round
    and for an empty note.
    """
    text = text.strip()
    if not 0 < len(text) <= LONGEST:
        raise Refusal(_("Say what was wrong and what is right, in at most %(n)d characters.") % {"n": LONGEST})
    if round.rehearsal:
        raise Refusal(_("A rehearsal has no public page to correct."))
    if round.stage not in OPEN_TO:
        raise Refusal(_("Nothing of %(round)s is published yet: mend it before the announcement.") % {"round": round})
    if endorsement is not None and endorsement.round_id != round.pk:
        raise Refusal(_("This endorsement was made in another round."))
    with transaction.atomic():
        Round.objects.select_for_update(of=("self",)).get(pk=round.pk)  # of two at once, the second finds the first
        facts = {"round": round, "endorsement": endorsement, "text": text, "texts": texts}
        note, new = CorrectionNote.objects.get_or_create(**facts, defaults={"noted_at": now})
        if new:
            after = {"note": note.pk, "endorsement": endorsement.pk if endorsement else None}
            book.record("round.corrected", round, by=by, now=now, reason=text, after=after)
    return note


def is_open(round) -> bool:
    """Whether anything of a round is published that a note could correct."""
    return round.stage in OPEN_TO and not round.rehearsal


def of_round(round):
    """A round's notes with whom they are about, the oldest first."""
    return round.correction_notes.select_related("endorsement__candidacy")
