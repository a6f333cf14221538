"""F1 to F3: senders that are killed, that meet a bad mail server, that are stopped and wake."""

import json
import os
import signal
import time
from datetime import timedelta
from multiprocessing.sharedctypes import RawValue
from pathlib import Path

from django.db import InterfaceError, OperationalError, connections
from django.db.models import Max, Min, Q

from journal import clock
from mailings import checking, claiming, pace, postroom, ramp, sending
from mailings.models import Letter, Provider
from tests.faults import federation, invariants, nemesis, sink, steps
from tests.faults.plan import Fault, Seen

State = Letter.State
AHEAD = RawValue("d", 0)  # seconds by which all processes here are ahead of the clock on the wall


def say_steps():
    """Let this process say where it is in its work."""
    steps.watch(claiming, "tend", "take over")
    steps.watch(ramp, "carry_on", "ramp")
    steps.watch(pace.Turns, "next", "between")
    steps.watch(claiming, "claim", "claim")
    steps.watch(postroom, "write", "write")
    steps.watch(postroom, "share", "write for many")
    steps.watch(postroom, "render", "render")
    steps.watch(checking, "check", "check")
    steps.watch(sending.Line, "send", "send")
    steps.watch(claiming, "mark_sent", "mark")
    steps.watch(postroom, "send_batch", "between")


def keep_sending(until=lambda: False):
    """Send whatever comes due, at the time that is shared by all, through every trouble of the database."""
    say_steps()
    postroom.SECONDS = 1  # so that a moved clock is seen soon
    while not until():
        clock.shift_of_tests = timedelta(seconds=AHEAD.value)
        try:
            if not postroom.send_due(clock.now()):
                time.sleep(0.02)
        except (OperationalError, InterfaceError):
            connections.close_all()
            time.sleep(0.1)


def to_do():
    """The letters that are due now, or held by a sender whose lease is over."""
    now = clock.now()
    if Provider.objects.filter(paused_until__gt=now).exists():
        return Letter.objects.none()  # the mail server asked everybody to wait
    return Letter.objects.filter(claiming.due(now) | Q(state=State.LEASED, lease_until__lte=now))


def send_until_done():
    keep_sending(lambda: not to_do().exists())


def clear_up(home, senders):
    """Let so many senders work until nothing is due; back when all are gone."""
    for child in [home.fork(send_until_done) for _ in range(senders)]:
        child.wait(900)


def go_on_to_the_next():
    """Move the time to where the next letter is due, that a bad server put off or a dead sender held."""
    times = Letter.objects.filter(state__in=[State.READY, State.LEASED]).aggregate(
        ready=Min("not_before"), lease=Min("lease_until")
    )
    pause = Provider.objects.aggregate(until=Max("paused_until"))["until"]
    soonest = max(min(one for one in times.values() if one), pause or clock.now())
    let_pass(max(soonest - clock.now(), timedelta()) + timedelta(seconds=1))


def let_pass(span):
    """Move this process's clock and that of the senders, the one that nobody sets included."""
    AHEAD.value += span.total_seconds()
    clock.shift_of_tests = timedelta(seconds=AHEAD.value)


def start_of_time():
    AHEAD.value = 0


def play_kills(home, size, chance):
    """Kill one of the senders again and again, each time after a random part of a batch's time."""
    seen, kills = Seen(), nemesis.Kills()
    home.sink()
    start_of_time()
    round, _contests, _entries = federation.open_vote(size.letters, letters=True)
    senders = [home.fork(keep_sending) for _ in range(size.senders)]
    # The first batch of each compiles its templates; the time of a batch is judged by those after it.
    measured = max(size.letters // claiming.BATCH // 10, 1)
    nemesis.wait_until(lambda: len(sink.accepted(home.letters)) >= claiming.BATCH, "no letters go")
    began = time.monotonic()
    nemesis.wait_until(
        lambda: len(sink.accepted(home.letters)) >= (1 + measured) * claiming.BATCH, "letters do not go on"
    )
    of_a_batch = (time.monotonic() - began) / measured * size.senders
    while kills.count < size.kills and federation.left_in_line(round) > claiming.BATCH:
        place = chance.randrange(size.senders)
        nemesis.busy(senders[place].path(senders[place].pid))
        time.sleep(chance.uniform(0, of_a_batch))
        kills.kill(senders[place].pid, senders[place].path(senders[place].pid))
        senders[place].kill()
        senders[place] = home.fork(keep_sending)
    nemesis.wait_until(lambda: not to_do().exists(), "letters stay in line", 900, every=0.3)
    for child in senders:
        nemesis.wait_until(lambda one=child: not one.steps(), "a sender does not come to rest", every=0.001)
        child.kill()
    while federation.left_in_line(round):
        go_on_to_the_next()
        clear_up(home, size.senders)
    repeated = invariants.repeats_in(home.letters)
    seen.check(
        invariants.every_letter_in_line_and_settled(round),
        invariants.letters_reach_their_own(round, home.letters, repeats=kills.count * claiming.BATCH),
    )
    seen.killed(kills, size.kills)
    seen.figures |= {"letters accepted": len(sink.accepted(home.letters)), "repeated": repeated}
    return seen


def play_provider(home, size, chance):
    """A mail server that says 421, 550 or nothing, and hangs up in the middle."""
    seen = Seen()
    start_of_time()
    home.sink(seed=chance.randrange(1 << 30), keeps=0.05, closes=0.05, refuses=0.01, resets=0.001)
    round, _contests, entries = federation.open_vote(size.letters, letters=True)
    clear_up(home, size.senders)
    while federation.left_in_line(round):
        go_on_to_the_next()
        clear_up(home, size.senders)
    tried = sink.tried(home.letters)
    fates = [fate for some in tried.values() for fate in some]
    refused = [address for address, some in tried.items() if "refuses" in some]
    again = [address for address in refused if len(tried[address]) > 1]
    if again:
        seen.breaches.append(f"{len(again)} refused addresses were tried again")
    failed = {entry.member.email for entry in entries} & set(refused)
    marked = Letter.objects.about(round.topic).filter(state=State.FAILED).count()
    if marked != len(failed):
        seen.breaches.append(f"{marked} letters are marked as refused, {len(failed)} were")
    seen.check(
        invariants.every_letter_in_line_and_settled(round),
        invariants.letters_reach_their_own(
            round, home.letters, repeats=fates.count("keeps"), missing_allowed=set(refused)
        ),
    )
    seen.figures |= {
        "accepted and never said so": fates.count("keeps"),
        "times 421": fates.count("closes"),
        "times hung up": fates.count("resets"),
        "refused, each tried once": len(refused),
        "repeated": invariants.repeats_in(home.letters),
        "attempts at most": Letter.objects.about(round.topic).aggregate(most=Max("attempts"))["most"],
    }
    return seen


class Log:
    """Which process sent what in which batch and when, as the senders themselves write it."""

    def __init__(self, path):
        self.path = Path(path)

    def keep(self):
        """From now on this process writes it down."""
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        deliver, send = postroom.deliver, sending.Line.send
        held = {}

        def delivering(batch, *args):
            held["token"] = batch.token
            return deliver(batch, *args)

        def sent(line, message):
            os.write(file, json.dumps([os.getpid(), held["token"], time.monotonic()]).encode() + b"\n")
            return send(line, message)

        postroom.deliver, sending.Line.send = delivering, sent

    def read(self):
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []


class Monotonic:
    """The clock that nobody sets, for the leases of this process: moved with the others."""

    @staticmethod
    def monotonic():
        return time.monotonic() + AHEAD.value


def keep_sending_with(log):
    log.keep()
    claiming.time = postroom.time = Monotonic
    keep_sending()


def play_stops(home, size, chance):
    """Stop senders in the middle of a batch for twice its lease; others take it over; then they wake."""
    home.sink()
    start_of_time()
    seen, kills, log = Seen(), nemesis.Kills(), Log(home.folder / "sent.jsonl")
    round, _contests, _entries = federation.open_vote(size.letters, letters=True)
    senders = [home.fork(keep_sending_with, log) for _ in range(size.senders)]
    stopped, most, taken_over = 0, 0, 0
    while stopped < size.stops and federation.left_in_line(round) > size.senders * claiming.BATCH:
        asleep = {}
        for child in chance.sample(senders, min(size.senders - 1, size.stops - stopped)):
            nemesis.wait_until(lambda one=child: "send" in one.steps(), "a sender found no work", every=0.0005)
            time.sleep(chance.uniform(0, 0.2))
            os.kill(child.pid, signal.SIGSTOP)
            kills.hit[next(iter(child.steps()), "idle")] += 1
            asleep[child] = latest(log, child.pid)
            stopped += 1
        let_pass(2 * claiming.LEASE)
        held = Letter.objects.filter(lease_token__in=asleep.values())
        taken_over += held.count()
        nemesis.wait_until(lambda some=held: not some.exists(), "nobody takes over what a stopped sender held")
        woken = time.monotonic()
        for child in asleep:
            os.kill(child.pid, signal.SIGCONT)
        for child, token in asleep.items():
            nemesis.wait_until(
                lambda one=child, old=token: not one.steps() or latest(log, one.pid) != old, "a woken sender hangs"
            )
            extra = [1 for pid, batch, at in log.read() if pid == child.pid and batch == token and at > woken]
            most = max(most, len(extra))
    if most > 1:
        seen.breaches.append(f"a woken sender sent {most} more letters of the batch it had lost")
    nemesis.wait_until(lambda: not federation.left_in_line(round), "letters stay in line", 900, every=0.3)
    seen.check(
        invariants.every_letter_in_line_and_settled(round),
        invariants.letters_reach_their_own(round, home.letters, repeats=stopped * size.senders * claiming.BATCH),
    )
    seen.void += kills.missed(size.stops)
    seen.kills = dict(kills.hit.most_common())
    seen.figures |= {
        "stops": stopped,
        "% of them in mid-work": kills.in_work(),
        "letters taken over": taken_over,
        "at most sent after waking": most,
        "repeated in all": invariants.repeats_in(home.letters),
    }
    return seen


def latest(log, pid):
    mine = [token for one, token, _at in log.read() if one == pid]
    return mine[-1] if mine else ""


FAULTS = [
    Fault(
        "F1",
        "Senders killed (SIGKILL) at random points",
        "nobody on the roll without her letter; a kill repeats at most one batch of 100, with the same link and"
        " Message-ID (I5, I6)",
        play_kills,
        full={"letters": 10_000, "senders": 4, "kills": 50},
        small={"letters": 420, "senders": 2, "kills": 1},
    ),
    Fault(
        "F2",
        "A mail server with 5 % accepted without an answer, 5 % 421, 1 % 550, 0.1 % hanging up in mid-letter",
        "nobody missing; a refused address is not tried again; only what was accepted without an answer is"
        " repeated (I5, I6)",
        play_provider,
        full={"letters": 2000, "senders": 4},
        small={"letters": 100, "senders": 2},
    ),
    Fault(
        "F3",
        "Senders stopped (SIGSTOP) for twice their lease, then woken",
        "a woken sender sends at most one more letter of what others have taken over (I6)",
        play_stops,
        full={"letters": 5000, "senders": 4, "stops": 30},
        small={"letters": 260, "senders": 2, "stops": 1},
    ),
]
