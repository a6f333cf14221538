"""The story of a round, on one page: which stage is due, what keeps it from coming, and what begins with it.

DRAFT → NOMINATING → VETTING → FROZEN → VOTING → POLLS CLOSED → COUNTED → CERTIFIED → ANNOUNCED → ARCHIVED,
and CANCELLED from anywhere before certified.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from endorsements import chores
from endorsements.health import timekeeping, watching
from endorsements.models import Chore
from journal import ticks
from rounds import nominating, planning, seconding, staging
from rounds import obstacles as rounds_obstacles
from rounds.models import Round
from vetting import inviting
from vetting import obstacles as vetting_obstacles
from voting import ceremony, closing, packing, results
from voting import obstacles as voting_obstacles

Stage = Round.Stage
Name = Chore.Name
log = logging.getLogger(__name__)

# What is disputed is disputed within a month; then who voted is forgotten (trust.md 2.5).
DISPUTES = timedelta(days=30)

# The stage that follows, and the round's own instant at which it is due (None: as soon as the work is done).
NEXT = {
    Stage.DRAFT: (Stage.NOMINATING, lambda round: round.nominations_open_at),
    Stage.NOMINATING: (Stage.VETTING, lambda round: round.nominations_close_at),
    Stage.VETTING: (Stage.FROZEN, lambda round: round.freeze_at),
    Stage.FROZEN: (Stage.VOTING, lambda round: round.voting_opens_at),
    Stage.VOTING: (Stage.POLLS_CLOSED, lambda round: round.voting_closes_at),
    Stage.POLLS_CLOSED: (Stage.COUNTED, None),
    Stage.COUNTED: (Stage.CERTIFIED, None),
    Stage.CERTIFIED: (Stage.ANNOUNCED, lambda round: round.announce_at),
    Stage.ANNOUNCED: (Stage.ARCHIVED, lambda round: round.announce_at + DISPUTES),
}

# The work that begins with a stage, in its order.
BEGINS = {
    Stage.NOMINATING: [Name.TELL_LEADERS],
    Stage.FROZEN: [Name.MAKE_CONTESTS, Name.BUILD_ROLL, Name.WRITE_NOTICE, Name.MAKE_KEYS],
    Stage.VOTING: [Name.WRITE_BALLOTS, Name.WRITE_REMINDERS],
    Stage.POLLS_CLOSED: [Name.OPEN_ENVELOPES],
    Stage.CERTIFIED: [Name.ISSUE, Name.TELL_GROUPS, Name.DESTROY],
    Stage.ANNOUNCED: [Name.TELL_MEMBERS],
    Stage.ARCHIVED: [Name.DESTROY_PARTICIPATION],
}


def wake(now):
    """The clock's tick: before it ends a silence, staff are told of it; then every round is carried on."""
    watching.note_silence(now)
    return advance_all(now)


def advance_all(now):
    """Carry every live round as far as its dates allow; answers how many steps were taken."""
    ticks.note(now)
    inviting.invite_due(now)
    inviting.remind_due(now)
    steps = 0
    at_work = Q(pk__in=Chore.objects.filter(done_at=None).values("round"))
    for round in Round.objects.filter(~Q(stage__in=Round.ENDED) | at_work).order_by("pk"):
        try:
            while advance(round, now):
                steps += 1
        except Exception:  # one round's fault must not keep the others from their deadlines
            log.exception("Round %s could not be carried on", round.pk)
    ceremony.destroy_due(now)
    packing.pack_due(now)
    return steps


def advance(round, now):
    """Do the present stage's work, then take the one step that is due. True when the round moved.

    Twice, late, or on two machines at once changes nothing: the step is one conditional UPDATE.
    """
    if round.stage == Stage.NOMINATING:
        nominating.take_in(round, now=now)  # what came between the rounds, or was left off an earlier one
    chores.work(round, now)
    to = due(round, now)
    if to is None or blocking(round, now):
        return False
    if to == Stage.CERTIFIED and round.certification != Round.Certification.AUTOMATIC:
        return False  # a person certifies: endorsements.certifying
    if to in timekeeping.BY_BOTH_CLOCKS and not ticks.clocks_agree():
        return False
    return step(round, to, by=None, now=now)


def due(round, now):
    """The stage whose time has come by the round's own dates, or None. Pure."""
    if round.stage not in NEXT or round.paused_since:
        return None
    to, when = NEXT[round.stage]
    return to if when is None or when(round) <= now else None


def step(round, to, *, by, now, reason=""):
    """Move to a stage and write down the work that begins with it, in one transaction; False: somebody was faster."""
    with transaction.atomic():
        if to == Stage.ANNOUNCED and due(planning.hold(round), now) != to:
            return False  # somebody has put the announcement off meanwhile
        if to == Stage.POLLS_CLOSED:
            moved = closing.close(round, now=now)  # waits for the votes in flight
        else:
            moved = staging.move(round, to, by=by, now=now, reason=reason)
        if not moved:
            return False
        if to == Stage.CERTIFIED:
            results.certify(round, by=by, now=now)
        if to == Stage.ANNOUNCED and not round.rehearsal:  # without that instant no page ever shows one
            round.endorsements.filter(announced_at=None).update(announced_at=now)
        chores.begin(round, BEGINS.get(to, []))
    return True


def obstacles(round, now):
    """Everything that stands between this round and its next stage, or that somebody should look at, in sentences."""
    return [
        *timekeeping.obstacles(round, now),
        *chores.obstacles(round),
        *seconding.obstacles(round, now),
        *rounds_obstacles.obstacles(round, now),
        *vetting_obstacles.obstacles(round, now),
        *voting_obstacles.obstacles(round, now),
    ]


def blocking(round, now):
    """The obstacles without which the next stage would come."""
    return [obstacle for obstacle in obstacles(round, now) if obstacle.blocking]
