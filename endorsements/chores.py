"""The long work of a round: rows that say what is to be done, done by ticks, one small transaction at a time."""

from enum import Enum
from time import monotonic

from django.conf import settings
from django.utils.translation import gettext as _

from endorsements import endorsing, telling
from endorsements.models import Chore
from rounds import candidacies, seconding
from rounds.models import Round
from rounds.obstacles import Obstacle
from voting import ballotbox, ceremony, openedballots, opening, posting, roll

# A tick works for so many seconds and leaves the rest to the next one.
PATIENCE = 45


class Work(Enum):
    """What one call of a doer left behind."""

    DONE = 1
    MORE = 2  # a piece is done, call again
    STUCK = 3  # waits for somebody; the obstacles say for whom


def begin(round, names):
    """Write down work that begins now; twice is once."""
    Chore.objects.bulk_create(
        [Chore(round=round, name=name, position=Chore.Name.values.index(name)) for name in names],
        ignore_conflicts=True,
    )


def left(round):
    """The round's chores that are not done, in their order."""
    return Chore.objects.filter(round=round, done_at=None)


def work(round, now):
    """Do what is left, in order, until it is done, stuck, or the tick's patience ends."""
    until = monotonic() + PATIENCE
    for chore in left(round):
        state = Work.MORE
        while state is Work.MORE and monotonic() < until:
            state = DOERS[chore.name](round, now)
        if state is not Work.DONE:
            return
        Chore.objects.filter(pk=chore.pk, done_at=None).update(done_at=now)


def obstacles(round):
    """Each chore that is left, as a sentence; it keeps the next stage away, but never the end of a vote."""
    return [
        Obstacle(_("Still at work: %(chore)s.") % {"chore": chore}, blocking=round.stage != Round.Stage.VOTING)
        for chore in left(round)
    ]


# The doers. Each does one piece and may be called twice.


def tell_leaders(round, now):
    telling.nominations_open(round, now=now)
    return Work.DONE


def make_contests(round, now):
    candidacies.make_contests(round, now=now)
    return Work.STUCK if candidacies.contests_left(round) else Work.DONE


def build_roll(round, now):
    ballotbox.prepare(round)
    if roll.freeze_step(round, now=now):
        return Work.MORE
    return Work.STUCK if roll.left(round) else Work.DONE


def write_notice(round, now):
    posting.enqueue_notice(round, now=now)
    return Work.DONE


def make_keys(round, now):
    """The embedded default makes and rehearses its own keys; elsewhere people do (manage.py round_keys)."""
    if settings.EMBEDDED:
        ceremony.make_ready(round, now=now)
    return Work.STUCK if ceremony.ready(round) else Work.DONE


def write_ballots(round, now):
    posting.enqueue_ballots(round, now=now)
    return Work.DONE


def write_reminders(round, now):
    posting.enqueue_reminders(round, now=now)
    return Work.DONE


def open_envelopes(round, now):
    if not seconding.agreed(round, seconding.UNSEAL):
        return Work.STUCK
    if opening.open_some(round, now=now):
        return Work.MORE
    return Work.STUCK if opening.left(round) else Work.DONE


def issue(round, now):
    endorsing.issue_all(round, now=now)
    return Work.DONE


def tell_groups(round, now):
    telling.groups(round, now=now)
    return Work.DONE


def destroy(round, now):
    ballotbox.destroy_envelopes(round)
    ceremony.destroy_keys(round, by=None, now=now)
    return Work.DONE


def tell_members(round, now):
    telling.members(round, now=now)
    return Work.DONE


def destroy_participation(round, now):
    openedballots.destroy_participation(round)
    return Work.DONE


DOERS = {
    Chore.Name.TELL_LEADERS: tell_leaders,
    Chore.Name.MAKE_CONTESTS: make_contests,
    Chore.Name.BUILD_ROLL: build_roll,
    Chore.Name.WRITE_NOTICE: write_notice,
    Chore.Name.MAKE_KEYS: make_keys,
    Chore.Name.WRITE_BALLOTS: write_ballots,
    Chore.Name.WRITE_REMINDERS: write_reminders,
    Chore.Name.OPEN_ENVELOPES: open_envelopes,
    Chore.Name.ISSUE: issue,
    Chore.Name.TELL_GROUPS: tell_groups,
    Chore.Name.DESTROY: destroy,
    Chore.Name.TELL_MEMBERS: tell_members,
    Chore.Name.DESTROY_PARTICIPATION: destroy_participation,
}
