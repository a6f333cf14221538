"""A group answers what staff asked of its nomination, without filling it in again (ux.md 1b 6)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from groups.models import Group
from journal import book
from rounds import admission, nominating
from rounds.models import Nomination
from rounds.refusals import Refusal

LONGEST = 4000
REPLIED = "nomination.replied"
State = Nomination.State


@dataclass(frozen=True)
class Said:
    """One side's words in the exchange about a nomination."""

    by_staff: bool
    name: str
    at: datetime
    words: str


def reply(nomination, *, words, by, now) -> bool:
    """Keep the answer with the nomination, and send it back to staff as it stood; False when it is with them already.

    A draft that was changed since is not taken along: then the answer is kept, and the leader checks and sends.
    Raises Refusal for an empty answer, and for a nomination that can't be sent any more.
    """
    words = words.replace("\r\n", "\n").strip()
    if not 0 < len(words) <= LONGEST or "\x00" in words:
        raise Refusal(_("Write your answer, in at most %(most)s characters.") % {"most": f"{LONGEST:,}"})
    with transaction.atomic():
        # As in submit: two leaders of one group act one after the other.
        group = Group.objects.select_for_update().get(pk=nomination.group_id)
        nomination.refresh_from_db()
        nominating.check_leads(by, group)
        if nomination.state != State.RETURNED:
            return False
        said = {"reply": words, "replied_by": by, "replied_at": now}
        Nomination.objects.filter(pk=nomination.pk, state=State.RETURNED).update(**said)
        book.record(REPLIED, nomination, by=by, now=now, reason=words)
        changed = draft_changed(nomination)
        back = not changed and send_back(nomination, group, by=by, now=now)
    nomination.refresh_from_db()
    return back


def send_back(nomination, group, *, by, now) -> bool:
    """The nomination goes to staff again as it stood, and its candidate stands again if nobody else held her up."""
    candidacy = nomination.candidacy
    admission.check_group(group)
    admission.check_reach(group, nomination.race.place)
    admission.check_one_nominee(group, nomination.race, besides=nomination)
    admission.check_candidacy(candidacy, group)
    back = nominating.move(nomination, State.SUBMITTED, by=by, now=now, decided_at=None)
    if back:
        nominating.stand_again(candidacy, by=by, now=now)
        nominating.enter_open_round(candidacy, now=now)
    return back


def draft_changed(nomination) -> bool:
    """Whether the draft was changed since staff asked: then it is checked and sent as a whole."""
    saved, asked = nomination.draft_saved_at, nomination.decided_at
    return bool(nomination.state == State.RETURNED and saved and asked and saved > asked)


def answered(nomination) -> bool:
    """Whether the group has answered what staff asked last; an earlier answer was to an earlier question."""
    asked, replied = nomination.decided_at, nomination.replied_at
    return bool(nomination.state == State.RETURNED and replied and (asked is None or replied >= asked))


def exchange(nomination) -> list[Said]:
    """What staff asked and what the group answered, from the first question to the last answer."""
    asked = Q(verb="nomination.state", after__state=State.RETURNED)
    lines = book.entries_of(nomination).filter(asked | Q(verb=REPLIED)).order_by("id")
    return [Said(one.verb != REPLIED, one.actor_name, one.at, one.reason) for one in lines]


def before_this_question(exchange) -> list[Said]:
    """The exchange without the question that is open now, and without what was answered to it already."""
    last = max((at for at, said in enumerate(exchange) if said.by_staff), default=0)
    return exchange[:last]
