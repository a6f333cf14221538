"""A simulated round, played to its announcement by the real verbs; only time is made to pass."""

from django.db.models import F

from endorsements import certifying, lifecycle
from endorsements.models import Endorsement
from endorsements.simulation import votes
from endorsements.simulation.federation import STAFF
from groups.models import User
from keys import escrow, files
from mailings import postroom
from mailings.models import Letter
from rounds import planning
from rounds.models import Round
from voting import ceremony, records, results
from voting.models import RollEntry

Stage = Round.Stage
# A step that takes longer than so many ticks is stuck, and is said.
TICKS = 500


class Stuck(Exception):
    """The round does not move on; the text is what the control room would say."""


def play(round, *, turnout, seed, clock, say=lambda text: None, cores=None) -> None:
    """From vetting to the announcement: freeze, letters, votes, opening, count, certification.

    clock gives the present instant. Where the round waits for a date, its dates are moved into the past.
    """
    carry_to(round, Stage.FROZEN, clock)
    make_keys(round, now=clock())
    carry_to(round, Stage.VOTING, clock)
    say(f"{RollEntry.objects.filter(round=round).count()} on the roll, {round.contests.count()} contests")
    finish_chores(round, clock)
    say(f"{send(clock)} letters sent, {Letter.objects.waiting().count()} waiting")
    say(f"{votes.vote(round, turnout=turnout, seed=seed, cores=cores)} voted")
    let_come(round, "voting_closes_at", now=clock())
    carry_to(round, Stage.COUNTED, clock)
    say(f"{round.contests.filter(result__isnull=False).count()} contests counted")
    staff = User.objects.get(email=STAFF)
    for result in results.undecided(round):
        results.decide(result, endorse=results.may_endorse(result), by=staff, now=clock(), reason="Simulated.")
    certifying.certify(round, by=staff, now=clock(), reason="Simulated.")
    let_come(round, "announce_at", now=clock())
    carry_to(round, Stage.ANNOUNCED, clock)
    finish_chores(round, clock)
    say(f"{Endorsement.objects.filter(round=round).count()} endorsements announced; {send(clock)} letters sent")


def carry_to(round, stage, clock) -> None:
    """Tick until the round stands at this stage; Stuck says what keeps it."""
    for _tick in range(TICKS):
        if round.stage == stage:
            return
        lifecycle.advance(round, clock())
        if stage == Stage.FROZEN == round.stage:
            return
    raise Stuck(" ".join(obstacle.sentence for obstacle in lifecycle.blocking(round, clock())))


def finish_chores(round, clock) -> None:
    """Tick until the present stage's own work is done."""
    for _tick in range(TICKS):
        lifecycle.advance(round, clock())
        if not lifecycle.chores.left(round).exists():
            return
    raise Stuck(" ".join(obstacle.sentence for obstacle in lifecycle.obstacles(round, clock())))


def make_keys(round, *, now) -> None:
    """The ceremony, with both holders' shares in our own hands: this round protects nobody."""
    ceremony.make_keys(round, by=None, now=now)
    ceremony.test_host(round, by=None, now=now)
    first, second, _third = escrow.split(files.read(files.SEAL, records.key_name(round.pk)))
    ceremony.test_escrow(round, first, second, by=None, now=now)


def send(clock) -> int:
    """Send all that is due; how many letters went."""
    sent = 0
    while some := postroom.send_due(clock()):
        sent += some
    return sent


def let_come(round, date, *, now) -> None:
    """Let time pass until this date of the round: all of its dates move into the past."""
    left = getattr(round, date) - now
    Round.objects.filter(pk=round.pk).update(**{name: F(name) - left for name in planning.DATES})
    round.refresh_from_db()
