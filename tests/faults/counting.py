"""F5 and F24: the tally killed in its work, and a database administrator who plays with the box."""

import time
from collections import Counter

from django.db import connection

from journal import book, clock
from journal.models import Entry
from keys import files, sealing
from rounds import staging
from rounds.models import Contest, Round
from tests.factories.groups import district
from tests.factories.voting import RollEntryFactory
from tests.faults import federation, invariants, nemesis, steps, voters
from tests.faults.plan import Fault, Seen
from voting import casting, openedballots, opening, records, results, tickets
from voting.models import Count, Result, ResultLine

# Contests of one district each; so many does California have.
DISTRICTS = 52


def count_all(round):
    """The tally's work: one contest after the other until none is left."""
    steps.watch(opening, "commit", "committing to the box")
    steps.watch(opening, "check_box", "checking")
    steps.watch(opening, "open_box", "opening")
    steps.watch(openedballots, "record_opened", "writing the lines")
    steps.watch(results, "count", "counting")
    steps.watch(opening, "open_and_count", "in the transaction")
    steps.watch(opening, "open_some", "between contests")
    now = clock.now()
    while opening.open_some(round, now=now):
        pass


def everybody_votes(home, round, entries, chance):
    """All cast, in this process; what they were told is kept."""
    told = voters.Told(home.journal)
    for ballot in federation.ballots(round, entries, chance, tickets_too=True):
        ticket = tickets.read(ballot["ticket"], now=clock.now())
        outcome = casting.cast(ticket.entry, choices=ballot["choices"], nonce=ticket.nonce)
        told(told="receipt" if outcome in casting.IN_THE_BOX else str(outcome), lost=0, statuses=[], **ballot)


def districts(count):
    return [district("CA", number) for number in range(1, count + 1)]


def play_tally_kills(home, size, chance):
    """Kill the tally after a random part of the time that one contest takes, until all is counted."""
    seen, kills = Seen(), nemesis.Kills()
    round, contests, entries = federation.open_vote(size.voters, places=districts(size.contests))
    everybody_votes(home, round, entries, chance)
    staging.move(round, Round.Stage.POLLS_CLOSED, by=None, now=clock.now())
    began = time.monotonic()
    opening.open_step(round, now=clock.now())
    of_a_contest = time.monotonic() - began
    while kills.count < size.kills and opening.left(round) > 1:
        child = home.fork(count_all, round)
        nemesis.wait_until(lambda one=child: one.steps() or not one.runs(), "the tally does not begin", every=0.0005)
        time.sleep(chance.uniform(0, of_a_contest))
        if child.runs():
            kills.kill(child.pid, child.path(child.pid))
        child.kill()
        seen.check(nothing_is_half(round))
    home.fork(count_all, round).wait(300)
    seen.check(
        invariants.figures_agree(round),
        invariants.told_is_counted(round, home.journal),
        as_voted(contests, home.journal),
        invariants.ballots_tell_nothing(),
        invariants.each_stage_once(round),
    )
    seen.killed(kills, size.kills)
    return seen


def nothing_is_half(round):
    """A contest has its result, its lines and who took part, or none of it."""
    for contest in Contest.objects.filter(round=round):
        found = {
            Result.objects.filter(contest=contest).exists(),
            bool(openedballots.opened(contest)),
            bool(openedballots.participation_count(contest)),
            Count.objects.filter(contest=contest, state=Count.State.OPENED).exists(),
        }
        if len(found) > 1:
            yield f"contest {contest.pk} is half counted"


def as_voted(contests, journal):
    """The results are what a clean run gives: the votes as they were cast, added up."""
    cast = Counter()
    for one in voters.journal_of(journal):
        cast.update((int(contest), option) for contest, option in one["choices"].items())
    for contest in contests:
        lines = dict(ResultLine.objects.filter(result__contest=contest).values_list("option__number", "votes"))
        right = {number: cast[contest.pk, number] for number in lines}
        if lines != right:
            yield f"contest {contest.pk} was counted as {lines}, the votes were {right}"


# What an administrator of the database may try with one contest's box: (name, part of the sentence that names it).


def sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else cursor.rowcount


class Administrator:
    """All rights in the database, no key."""

    def __init__(self, round, contest, chance):
        self.round, self.contest, self.chance = round, contest, chance
        found = sql("SELECT credential FROM envelope WHERE contest_id = %s ORDER BY credential", contest.pk)
        self.one, self.other = chance.sample([credential for (credential,) in found], 2)

    def envelope(self, credential):
        [row] = sql(
            "SELECT sealed, mac FROM envelope WHERE credential = %s AND contest_id = %s", credential, self.contest.pk
        )
        return [bytes(part) for part in row]

    def put(self, credential, sealed, mac):
        sql("UPDATE envelope SET sealed = %s, mac = %s WHERE credential = %s", sealed, mac, credential)

    def insert(self, sealed=None, mac=None):
        stranger = RollEntryFactory(round=self.round, contests=[self.contest])
        sealed = sealed or self.chance.randbytes(112)
        columns = "(round_id, credential, contest_id, sealed, mac, retry_check)"
        row = [self.round.pk, stranger.pk, self.contest.pk, sealed, mac or bytes(32), bytes(32)]
        sql(f"INSERT INTO envelope {columns} VALUES (%s, %s, %s, %s, %s, %s)", *row)

    def inserts(self):
        self.insert()

    def inserts_with_a_seal_of_the_public_key(self):
        # The public key is no secret, so the envelope opens; the house's seal on it can't be made.
        stranger = self.one
        name = records.public_name(self.round.pk)
        record = records.pack(credential=stranger, contest=self.contest.pk, option=1, line_id=self.chance.randbytes(13))
        info = records.info(self.round.pk, stranger, self.contest.pk)
        self.put(stranger, sealing.seal(record, files.read(files.CAST, name), info=info), bytes(32))

    def copies(self):
        self.put(self.other, *self.envelope(self.one))

    def swaps(self):
        one, other = self.envelope(self.one), self.envelope(self.other)
        self.put(self.one, *other)
        self.put(self.other, *one)

    def changes_a_byte(self):
        sealed, mac = self.envelope(self.one)
        at = self.chance.randrange(len(sealed))
        self.put(self.one, sealed[:at] + bytes([sealed[at] ^ (1 << self.chance.randrange(8))]) + sealed[at + 1 :], mac)

    def changes_the_mac(self):
        sealed, mac = self.envelope(self.one)
        self.put(self.one, sealed, self.chance.randbytes(32))

    def deletes_after_the_commitment(self):
        opening.commit(self.contest, now=clock.now())
        sql("DELETE FROM envelope WHERE credential = %s", self.one)

    def deletes_and_inserts_after_the_commitment(self):
        self.deletes_after_the_commitment()
        self.insert()

    def brings_back_from_another_contest(self):
        [row] = sql(
            "SELECT sealed, mac FROM envelope WHERE contest_id <> %s AND round_id = %s LIMIT 1",
            self.contest.pk,
            self.round.pk,
        )
        self.put(self.one, *[bytes(part) for part in row])

    PLAYS = [
        inserts, inserts_with_a_seal_of_the_public_key, copies, swaps, changes_a_byte, changes_the_mac,
        deletes_after_the_commitment, deletes_and_inserts_after_the_commitment, brings_back_from_another_contest,
    ]  # fmt: skip


def play_administrator(home, size, chance):
    """One play of an administrator's in each contest but the last; the tally must stop each of them by name."""
    seen = Seen()
    plays, done, rounds = list(Administrator.PLAYS), Counter(), 0
    while done.total() < size.plays:
        contests = min(DISTRICTS, size.plays - done.total() + 1)
        home.ground.enter(f"{home.folder.name}_{rounds}")
        rounds += 1
        round, made, entries = federation.open_vote(contests * 6, places=districts(contests))
        everybody_votes(home, round, entries, chance)
        staging.move(round, Round.Stage.POLLS_CLOSED, by=None, now=clock.now())
        played = {}
        for contest in made[:-1]:
            play = plays[done.total() % len(plays)]
            play(Administrator(round, contest, chance))
            done[play.__name__] += 1
            played[contest.pk] = play.__name__
        while opening.open_step(round, now=clock.now()):
            pass
        seen.check(each_is_named(made[:-1], played), untouched(made[-1]))
        seen.check(journal_edits(chance))
    seen.figures |= {
        "plays": done.total(),
        "of so many kinds": len(done),
        "stopped by name": done.total() - len(seen.breaches),
    }
    return seen


def each_is_named(contests, played):
    """Every contest that was played with is stopped by a sentence that names it; nothing of it is counted."""
    for contest in contests:
        count = Count.objects.get(contest=contest)
        named = contest.race.name in count.irregularity
        if count.state != Count.State.IRREGULAR or not named or openedballots.opened(contest):
            yield f"{played[contest.pk]}: {count.state} “{count.irregularity}”"


def untouched(contest):
    """The contest that nobody played with is counted."""
    if Count.objects.get(contest=contest).state != Count.State.OPENED:
        yield "an honest contest was stopped"


def journal_edits(chance):
    """An entry of the journal that is changed, and one that is deleted, are found by their place in the chain."""
    if book.verify():
        yield "the journal's chain is broken before anybody touched it"
    entries = list(Entry.objects.order_by("pk").values_list("pk", flat=True))
    victim = chance.choice(entries[1:-1])
    reason = sql("SELECT reason FROM journal_entry WHERE id = %s", victim)[0][0]
    sql("UPDATE journal_entry SET reason = %s WHERE id = %s", "something else", victim)
    found = book.verify()
    if not found or found[0].pk != victim:
        yield "an edit of the journal was not found"
    sql("UPDATE journal_entry SET reason = %s WHERE id = %s", reason, victim)
    sql("DELETE FROM journal_entry WHERE id = %s", victim)
    if not book.verify():
        yield "a deleted entry of the journal was not missed"


FAULTS = [
    Fault(
        "F5",
        "The tally killed (SIGKILL) at random points",
        "no contest half counted; the result is that of a clean run (I2, I3, I9)",
        play_tally_kills,
        full={"voters": 5200, "contests": 52, "kills": 50},
        small={"voters": 60, "contests": 6, "kills": 2},
    ),
    Fault(
        "F24",
        "A database administrator inserts, deletes, copies and swaps envelopes, and edits the journal",
        "each play is stopped by name and nothing of that contest is counted; the others are",
        play_administrator,
        full={"plays": 200},
        small={"plays": 9},
    ),
]
