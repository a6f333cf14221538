"""A group answers what staff asked of its nomination, without filling it in again (ux.md 1b 6)."""

from django.db import transaction
from django.utils.translation import gettext as _

from journal import book
from rounds import admission, nominating
from rounds.models import Nomination
from rounds.refusals import Refusal

LONGEST = 4000
State = Nomination.State


def reply(nomination, *, words, by, now) -> bool:
    """Keep the answer with the nomination, and send it back to staff as it stood; False when it is with them already.

    A draft that was changed since is not taken along: then the answer is kept, and the leader checks and sends.
    Raises Refusal for an empty answer, and for a nomination that can't be sent any more.
    """
    words = words.replace("\r\n", "\n").strip()
    if not 0 < len(words) <= LONGEST or "\x00" in words:
        raise Refusal(_("Write your answer, in at most %(most)s characters.") % {"most": f"{LONGEST:,}"})
    with transaction.atomic():
        held = (
            Nomination.objects.select_for_update(of=("self",))
            .select_related("group", "race__place")
            .get(pk=nomination.pk)
        )
        nominating.check_leads(by, held.group)
        if held.state != State.RETURNED:
            nomination.refresh_from_db()
            return False
        said = {"reply": words, "replied_by": by, "replied_at": now}
        Nomination.objects.filter(pk=held.pk).update(**said)
        book.record("nomination.replied", held, by=by, now=now, reason=words)
        changed = draft_changed(held)
        if not changed:
            admission.check_group(held.group)
            admission.check_one_nominee(held.group, held.race, besides=held)
            nominating.move(held, State.SUBMITTED, by=by, now=now, decided_at=None)
    nomination.refresh_from_db()
    return not changed


def draft_changed(nomination) -> bool:
    """Whether the draft was changed since staff asked: then it is checked and sent as a whole."""
    saved, asked = nomination.draft_saved_at, nomination.decided_at
    return bool(nomination.state == State.RETURNED and saved and asked and saved > asked)
