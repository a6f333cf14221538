"""F4, F7, F12, F14: voters over HTTP, while web workers are killed, PostgreSQL crashes, and answers are lost."""

import random
import socket
import socketserver
import time
from collections import Counter
from multiprocessing.sharedctypes import RawValue

from django.db import connections

from mailings import claiming
from mailings.models import Letter
from tests import servers
from tests.faults import federation, invariants, nemesis, sending, sink, steps, voters
from tests.faults.plan import Fault, Seen
from voting import ballotbox


def settle(seen, home, round, *, allowed=()):
    """After the vote: open it, and hold what voters were told against what was counted."""
    told = voters.journal_of(home.journal)
    invariants.close_and_open(round)
    seen.check(
        invariants.only_the_roll_votes(),
        invariants.told_is_counted(round, home.journal),
        invariants.receipts_stand(round, home.journal),
        invariants.figures_agree(round),
        invariants.ballots_tell_nothing(),
        # While the database is away each request says so in the log, as it should.
        invariants.no_failures(home, home.journal, allowed=allowed, logs=not allowed),
    )
    seen.figures |= {
        "votes acknowledged": sum(one["told"] == "receipt" for one in told),
        "answers lost": sum(one["lost"] for one in told),
    }


def everybody_is_told(seen, home, wanted):
    """Each voter got a receipt: no vote was refused, none is unclear."""
    told = Counter(one["told"] for one in voters.journal_of(home.journal))
    if told != {"receipt": wanted}:
        seen.breaches.append(f"of {wanted} voters: {dict(told)}")


def play_web_kills(home, size, chance):
    """Kill web workers, each at a random moment of a request that it has in hand."""
    seen, kills = Seen(), nemesis.Kills()
    round, _contests, entries = federation.open_vote(size.voters, contests=2)
    ballots = federation.ballots(round, entries, chance)
    web = home.web()
    crowd = home.fork(voters.vote_all, home.url, ballots, home.journal, size.at_a_time, chance.random())
    while crowd.runs() and kills.count < size.kills:
        ready = home.workers()
        if not ready or web.poll() is not None:
            time.sleep(0.005)
            continue
        pid = chance.choice(ready)
        path = steps.of_process(home.folder, pid)
        deadline = time.monotonic() + 20
        while not steps.read(path) and crowd.runs() and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.05))
        if crowd.runs() and steps.read(path):
            kills.kill(pid, path)
            path.unlink()
    crowd.wait(900)
    everybody_is_told(seen, home, size.voters)
    settle(seen, home, round)
    seen.killed(kills, size.kills)
    return seen


def play_crashes(home, size, chance):
    """Stop PostgreSQL without warning, again and again, while people vote and letters go."""
    seen, postgres = Seen(), home.ground.postgres
    home.sink()
    sending.start_of_time()
    round, _contests, entries = federation.open_vote(size.voters + size.who_wait_for_letters, contests=2, letters=True)
    ballots = federation.ballots(round, entries[: size.voters], chance)
    home.web()
    sender = home.fork(sending.keep_sending)
    crowd = home.fork(
        voters.vote_all,
        home.url,
        ballots,
        home.journal,
        size.at_a_time,
        chance.random(),
        size.at_a_time / size.a_second,
    )
    crashes, slowest, in_work = 0, 0, 0
    connections.close_all()
    while crowd.runs() and crashes < size.crashes:
        before = len(voters.journal_of(home.journal))
        nemesis.wait_until(
            lambda seen_before=before: len(voters.journal_of(home.journal)) > seen_before or not crowd.runs(),
            "nobody votes any more",
        )
        time.sleep(chance.uniform(0, 0.5))
        in_work += bool(sender.steps() or any(steps.read(steps.of_process(home.folder, pid)) for pid in home.workers()))
        postgres.crash()
        crashes += 1
        slowest = max(slowest, postgres.start())
    crowd.wait(900)
    connections.close_all()
    nemesis.wait_until(lambda: not sending.to_do().exists(), "letters stay in line", 900, every=0.3)
    nemesis.wait_until(lambda: not sender.steps(), "the sender does not come to rest", every=0.001)
    sender.kill()
    while federation.left_in_line(round):
        sending.go_on_to_the_next()
        sending.clear_up(home, 1)
    everybody_is_told(seen, home, size.voters)
    settle(seen, home, round, allowed={503})
    # Who had voted before her letter was written is not written to any more.
    skipped = Letter.objects.about(round.topic).filter(state=Letter.State.SKIPPED, reason="the member has voted")
    seats = set(skipped.values_list("seat", flat=True))
    spared = {entry.member.email for entry in entries if entry.pk in seats}
    seen.check(
        invariants.every_letter_in_line_and_settled(round),
        invariants.letters_reach_their_own(
            round, home.letters, repeats=crashes * claiming.BATCH, missing_allowed=spared
        ),
    )
    if crashes < size.crashes:
        seen.void.append(f"only {crashes} of {size.crashes} crashes")
    if in_work * 10 < crashes * 8:
        seen.void.append(f"only {in_work} of {crashes} crashes hit work in hand")
    if slowest > 60:
        seen.breaches.append(f"PostgreSQL took {slowest:.0f} s to come back")
    statuses = Counter(status for one in voters.journal_of(home.journal) for status in one["statuses"])
    seen.figures |= {
        "crashes": crashes,
        "of them with work in hand": in_work,
        "pages 503": statuses[503],
        "letters accepted": len(sink.accepted(home.letters)),
        "of them repeated": invariants.repeats_in(home.letters),
    }
    return seen


def play_rush(home, size, chance):
    """Send one link's ballot many times at once, from as many open pages, with mixed choices; so for each link."""
    seen = Seen()
    round, contests, entries = federation.open_vote(size.links)
    pages = [federation.ballots(round, entries, chance, tickets_too=True) for _ in range(size.posts_each)]
    home.web(threads=16)
    for here in range(0, size.links, size.links_at_once):
        together = [one for page in pages for one in page[here : here + size.links_at_once]]
        chance.shuffle(together)
        together.sort(key=lambda one: one["credential"])  # all posts of one link go at the same time
        crowd = home.fork(voters.vote_all, home.url, together, home.journal, size.posts_each, chance.random())
        crowd.wait(900)
    told = voters.journal_of(home.journal)
    accepted = Counter(one["credential"] for one in told if one["told"] == "receipt")
    if accepted != dict.fromkeys([entry.pk for entry in entries], 1):
        seen.breaches.append(f"{accepted.total()} posts were accepted, of {len(accepted)} links")
    others = Counter(one["told"] for one in told if one["told"] != "receipt")
    if set(others) != {"We already have your vote"}:
        seen.breaches.append(f"the other posts were told: {dict(others)}")
    in_box = ballotbox.envelope_count(contests[0])
    if in_box != size.links:
        seen.breaches.append(f"{in_box} envelopes for {size.links} links")
    settle(seen, home, round)
    seen.figures |= {"envelopes": in_box, "told that a vote is in": others.total()}
    return seen


class Thief(socketserver.BaseRequestHandler):
    """Between a voter and the web server: passes a request on, and steals some of the answers."""

    def handle(self):
        try:
            request = self.request_of()
            with socket.create_connection(("127.0.0.1", self.server.behind), timeout=30) as web:
                web.sendall(request)
                answer = b""
                while said := web.recv(1 << 16):
                    answer += said
            if request.startswith(b"POST") and self.server.chance.random() < self.server.share:
                self.server.stolen.value += 1
                return
            self.request.sendall(answer)
        except OSError:
            pass  # either side has hung up

    def request_of(self):
        """A whole request, asking for the connection to end with its answer."""
        said = b""
        while b"\r\n\r\n" not in said:
            more = self.request.recv(1 << 16)
            if not more:
                raise ConnectionError
            said += more
        head, _blank, body = said.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        length = next((int(one.split(b":")[1]) for one in lines if one.lower().startswith(b"content-length:")), 0)
        while len(body) < length:
            body += self.request.recv(1 << 16)
        return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body


class Proxy(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 128


def steal(port, behind, share, seed, stolen):
    """Serve as the thief until killed."""
    with Proxy(("127.0.0.1", port), Thief) as proxy:
        proxy.behind, proxy.share, proxy.chance, proxy.stolen = behind, share, random.Random(seed), stolen
        proxy.serve_forever()


def play_lost_replies(home, size, chance):
    """Drop a tenth of the answers to sent ballots after the server has given them."""
    seen, port, stolen = Seen(), servers.free_port(), RawValue("l", 0)
    round, _contests, entries = federation.open_vote(size.voters, contests=2)
    ballots = federation.ballots(round, entries, chance)
    home.web()
    home.fork(steal, port, home.port, 0.1, chance.random(), stolen)
    nemesis.wait_until(lambda: nemesis.listens(port), "the proxy does not listen")
    crowd = home.fork(
        voters.vote_all, f"http://127.0.0.1:{port}", ballots, home.journal, size.at_a_time, chance.random()
    )
    crowd.wait(900)
    everybody_is_told(seen, home, size.voters)
    settle(seen, home, round)
    if not stolen.value:
        seen.void.append("no answer was dropped")
    seen.figures |= {"answers dropped after the commit": stolen.value}
    return seen


FAULTS = [
    Fault(
        "F4",
        "Web workers killed (SIGKILL) under voters who retry",
        "no acknowledged vote lost, none counted twice, no failed page after the retry (I1, I2, I3, I12)",
        play_web_kills,
        full={"voters": 3000, "at_a_time": 64, "kills": 50},
        small={"voters": 60, "at_a_time": 8, "kills": 2},
    ),
    Fault(
        "F7",
        "PostgreSQL stopped immediately and started, under voters and a sender",
        "as F4; pages say 503 and “try again”, never 500; no letter lost; back within 60 s (I1, I2, I5, I6)",
        play_crashes,
        full={"voters": 3000, "who_wait_for_letters": 1000, "at_a_time": 32, "a_second": 20, "crashes": 50},
        small={"voters": 40, "who_wait_for_letters": 40, "at_a_time": 4, "a_second": 20, "crashes": 1},
    ),
    Fault(
        "F12",
        "One link's ballot sent many times at once, with mixed choices",
        "one envelope and one acceptance for each link; all others hear that a vote is in (I1, I2)",
        play_rush,
        full={"links": 500, "posts_each": 64, "links_at_once": 50},
        small={"links": 4, "posts_each": 16, "links_at_once": 4},
    ),
    Fault(
        "F14",
        "A tenth of the answers lost after the commit",
        "every retry shows the same receipt (I2)",
        play_lost_replies,
        full={"voters": 2000, "at_a_time": 32},
        small={"voters": 40, "at_a_time": 8},
    ),
]
