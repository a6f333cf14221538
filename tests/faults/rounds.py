"""F9 and F10: whole rounds, while Redis forgets or is gone, beat is off or there are three of it."""

import time
from collections import Counter
from datetime import timedelta
from threading import Event, Thread

import redis
from django.db import models, transaction

from endorsements.models import Endorsement
from journal import book, clock
from keys import files
from mailings.models import Letter
from rounds.models import Round
from tests.faults import federation, invariants, nemesis, voters
from tests.faults.plan import Fault, Seen
from voting import records
from voting.models import RollEntry

Stage = Round.Stage
# The stages of the part of a round that is played, in their order.
PLAYED = [Stage.FROZEN, Stage.VOTING, Stage.POLLS_CLOSED, Stage.COUNTED, Stage.CERTIFIED, Stage.ANNOUNCED]


def let_come(round, date, more=timedelta(seconds=1)):
    """Let time pass until just after this date of the round: all that has an instant moves into the past."""
    with transaction.atomic():
        left = getattr(Round.objects.get(pk=round.pk), date) - clock.now() + more
        for rows in (Round.objects.all(), Letter.objects.filter(state=Letter.State.READY)):
            instants = [one.name for one in rows.model._meta.concrete_fields if isinstance(one, models.DateTimeField)]
            rows.update(**{name: models.F(name) - left for name in instants})


def reaches(round, stage):
    """Come back when the round is at this stage and no work of it is left."""

    def there():
        now = Round.objects.get(pk=round.pk)
        return now.stage == stage and not now.chores.filter(done_at=None).exists()

    nemesis.wait_until(there, f"the round does not come to “{stage}”", every=0.1)


def whole_round(seen, home, size, chance, *, before_the_close=lambda: None, at_the_close=lambda round: None):
    """Freeze, letters, vote over HTTP, close, count, certify, announce; whoever ticks was started before."""
    round = federation.round_to_come(size.voters)
    let_come(round, "freeze_at")
    reaches(round, Stage.FROZEN)
    let_come(round, "voting_opens_at")
    reaches(round, Stage.VOTING)
    began = time.monotonic()
    ballot_letters = Letter.objects.about(round.topic).filter(name="voting.ballot")
    nemesis.wait_until(lambda: not ballot_letters.waiting().exists(), "ballot letters stay in line", 300, every=0.1)
    seen.figures["seconds until the last ballot letter"] = round_up(time.monotonic() - began)
    entries = list(RollEntry.objects.filter(round=round).select_related("round", "member"))
    ballots = federation.ballots(round, entries, chance)
    # Read now: both keys are destroyed in the course of the round.
    key, right = files.read(files.CAST, records.key_name(round.pk)), invariants.own_links(round)
    for ballot in ballots:  # two of three say yes, so that there is something to endorse
        ballot["choices"] = {pk: 1 if chance.random() < 0.75 else 2 for pk in ballot["choices"]}
    late = ballots[: size.voters // 10]
    home.fork(voters.vote_all, home.url, ballots[len(late) :], home.journal, 8, chance.random()).wait(600)
    before_the_close()
    let_come(round, "voting_closes_at")
    home.fork(voters.vote_all, home.url, late, home.folder / "late.jsonl", 8, chance.random()).wait(600)
    at_the_close(round)
    let_in = Counter(one["told"] for one in voters.journal_of(home.folder / "late.jsonl"))
    if let_in != {"Voting has ended": len(late)}:
        seen.breaches.append(f"I4: after the end, voters were told {dict(let_in)}")
    reaches(round, Stage.CERTIFIED)
    let_come(round, "announce_at")
    reaches(round, Stage.ANNOUNCED)
    nemesis.wait_until(lambda: not federation.left_in_line(round), "letters stay in line", 300, every=0.1)
    check(seen, home, Round.objects.get(pk=round.pk), len(ballots) - len(late), key, right)


def check(seen, home, round, voted, key, right):
    """Everything that a round without faults would have brought about, once."""
    told = Counter(one["told"] for one in voters.journal_of(home.journal))
    if told != {"receipt": voted}:
        seen.breaches.append(f"of {voted} voters: {dict(told)}")
    stages = [entry.after["stage"] for entry in book.entries_of(round).filter(verb="round.stage").order_by("pk")]
    if stages != PLAYED:
        seen.breaches.append(f"I7: the round went through {stages}")
    endorsed = Endorsement.objects.filter(round=round, announced_at__isnull=False).count()
    if endorsed != 1:
        seen.breaches.append(f"{endorsed} endorsements are announced")
    seen.check(
        invariants.told_is_counted(round, home.journal, key=key),
        invariants.figures_agree(round),
        invariants.every_letter_in_line_and_settled(round),
        invariants.letters_reach_their_own(round, home.letters, repeats=0, right=right),
        invariants.each_stage_once(round),
        invariants.recount_agrees(round, home.folder),
        invariants.ballots_tell_nothing(),
        invariants.no_failures(home, home.journal),
    )
    seen.figures |= {"votes acknowledged and counted": told["receipt"], "stages, each once": len(stages)}


def round_up(seconds):
    return int(seconds) + 1


def play_forgetful_redis(home, size, chance):
    """A whole round while Redis is flushed again and again; then one more while there is no Redis at all."""
    seen = Seen()
    home.sink()
    url, stop, flushed = home.redis(), Event(), []
    home.web()
    home.celery("worker")
    home.celery("beat")

    def flush():
        server = redis.Redis.from_url(url)
        while not stop.wait(size.seconds_between_flushes):
            flushed.append(server.flushall())

    with_flushes(lambda: whole_round(seen, home, size, chance), flush, stop)
    seen.figures["flushes"] = len(flushed)
    if not flushed:
        seen.void.append("Redis was never flushed")
    return seen


def with_flushes(play, flush, stop):
    """Play while a thread flushes Redis; it touches no database, so that forks beside it are safe."""
    thread = Thread(target=flush, daemon=True)
    thread.start()
    try:
        play()
    finally:
        stop.set()
        thread.join()


def play_without_redis(home, size, chance):
    """A whole round while nobody answers where Redis should be: worker and beat try in vain, run_loop works."""
    seen = Seen()
    home.expected = "Connection refused"
    home.sink()
    home.web()
    home.celery("worker")
    home.celery("beat")
    home.loop()
    whole_round(seen, home, size, chance)
    return seen


def play_beat_off(home, size, chance):
    """Nobody ticks from before the close until two hours after it."""
    seen = Seen()
    home.sink()
    home.redis()
    home.web()
    home.celery("worker")
    home.celery("beat")

    def switch_off():
        home.stop("beat1")
        home.stop("worker1")  # with what it has in hand

    def two_hours_later(round):
        let_come(round, "voting_closes_at", timedelta(hours=2))
        if Round.objects.get(pk=round.pk).stage != Stage.VOTING:
            seen.void.append("somebody closed the vote while beat was off")
        home.celery("worker", 2)
        home.celery("beat", 2)

    whole_round(seen, home, size, chance, before_the_close=switch_off, at_the_close=two_hours_later)
    return seen


def play_three_beats(home, size, chance):
    """A whole round with three beats, two workers and loops beside them."""
    seen = Seen()
    home.sink()
    home.redis()
    home.web()
    for number in range(1, size.beats + 1):
        home.celery("beat", number)
    for number in range(1, size.workers + 1):
        home.celery("worker", number)
    for number in range(1, size.loops + 1):
        home.loop(number)
    whole_round(seen, home, size, chance)
    return seen


FAULTS = [
    Fault(
        "F9a",
        "Redis flushed every few seconds during a whole round",
        "the same result; every letter once, none late by more than 60 s (I2, I3, I5, I6, I7, I8)",
        play_forgetful_redis,
        full={"voters": 300, "seconds_between_flushes": 2},
        small={"voters": 40, "seconds_between_flushes": 1},
    ),
    Fault(
        "F9b",
        "Redis off for a whole round",
        "as F9a, by run_loop; voting does not notice (I2, I3, I5, I6, I7, I8)",
        play_without_redis,
        full={"voters": 300},
        small={"voters": 40},
    ),
    Fault(
        "F10a",
        "beat off from before the close until two hours after it",
        "no vote let in after the end; late by the outage only; the same result (I2, I3, I4, I7, I8)",
        play_beat_off,
        full={"voters": 300},
        small={"voters": 40},
    ),
    Fault(
        "F10b",
        "Several beats, workers and loops during a whole round",
        "each stage once, each letter once (I2, I3, I5, I6, I7, I8)",
        play_three_beats,
        full={"voters": 300, "beats": 3, "workers": 2, "loops": 2},
        small={"voters": 40, "beats": 2, "workers": 1, "loops": 1},
    ),
]
