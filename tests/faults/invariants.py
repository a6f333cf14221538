"""What must hold whatever broke (trust.md 5, I1 to I12): each gives sentences, one for each breach."""

import re
import subprocess
import sys
from collections import Counter

from django.conf import settings
from django.core.signing import Signer
from django.db import connection

from journal import book, clock
from keys import files
from mailings.models import Letter
from rounds import staging
from rounds.models import Contest, Round
from tests.faults import sink, voters
from tests.living import PROJECT
from voting import casting, links, openedballots, opening, package, records, tickets
from voting.models import Count, Result, ResultLine, RollEntry

# Words that no column of the ballot's tables may have: they would tell when or from where.
TELLING = "(^|_)(ip|agent|session|created|updated|time|seq)($|_)"


def rows(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def only_the_roll_votes():
    """I1: no envelope without eligibility. (A second one is kept out by the primary key; see that it stands.)"""
    for credential, contest in rows(
        "SELECT e.credential, e.contest_id FROM envelope e LEFT JOIN eligibility g USING (credential, contest_id)"
        " WHERE g.credential IS NULL"
    ):
        yield f"I1: an envelope of a stranger in contest {contest} ({credential % 1000:03d})"
    keys = rows(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'envelope'::regclass AND contype = 'p'"
    )
    if keys != [("PRIMARY KEY (round_id, credential, contest_id)",)]:
        yield f"I1: the envelope's key is {keys}"


def close_and_open(round):
    """Close a round's polls and open its envelopes, as the tally does; how many contests were settled."""
    now = clock.now()
    round.refresh_from_db()
    if round.stage == Round.Stage.VOTING:
        staging.move(round, Round.Stage.POLLS_CLOSED, by=None, now=now)
    settled = 0
    while opening.open_step(round, now=now):
        settled += 1
    return settled


def told_is_counted(round, journal, only=None, key=None):
    """I2: whoever was given a receipt finds her line in the opened ballots, with her choice; nobody else has one.

    only: the credentials of this round, where the journal holds others' too. key: its cast key, where that is
    destroyed by now.
    """
    cast_key = key or files.read(files.CAST, records.key_name(round.pk))
    told = {one["credential"]: one for one in voters.journal_of(journal) if one["told"] == "receipt"}
    if only is not None:
        told = {credential: one for credential, one in told.items() if credential in only}
    right = {}
    for contest in Contest.objects.filter(round=round):
        right[contest.pk] = dict(openedballots.opened(contest))
    for credential, one in told.items():
        said = Signer(salt=tickets.SALT).unsign_object(one["ticket"])
        for contest, option in one["choices"].items():
            code = records.code(cast_key, credential, int(contest), bytes.fromhex(said[2]))
            found = right[int(contest)].pop(records.line_id(int(contest), code), None)
            if found is None:
                yield f"I2: a vote that was acknowledged is not there (contest {contest})"
            elif found != option:
                yield f"I2: a vote counts for another option (contest {contest})"
    for contest, more in right.items():
        if more:
            yield f"I2: {len(more)} opened ballots in contest {contest} that nobody was told of"


def figures_agree(round):
    """I3: envelopes = opened = people who took part = sum over the options, for each contest."""
    for contest in Contest.objects.filter(round=round):
        count = Count.objects.filter(contest=contest).first()
        result = Result.objects.filter(contest=contest).first()
        if count is None or result is None:
            yield f"I3: contest {contest.pk} has no result: {count and count.irregularity}"
            continue
        lines = sum(ResultLine.objects.filter(result=result).values_list("votes", flat=True))
        figures = {
            "envelopes": count.envelopes,
            "opened": len(openedballots.opened(contest)),
            "took part": openedballots.participation_count(contest),
            "counted": lines + result.skipped,
        }
        if len(set(figures.values())) > 1:
            yield f"I3: contest {contest.pk}: {figures}"


def every_letter_in_line_and_settled(round, name="voting.ballot", settled=True):
    """I5: each of the roll has her letter once, and none waits."""
    missing = RollEntry.objects.filter(round=round).exclude(
        pk__in=Letter.objects.about(round.topic).filter(name=name).values("seat")
    )
    if missing.exists():
        yield f"I5: {missing.count()} on the roll have no letter {name}"
    waiting = Letter.objects.about(round.topic).filter(name=name).waiting().count()
    if settled and waiting:
        yield f"I5: {waiting} letters {name} still wait"


def own_links(round):
    """{address: her link} of everybody on the roll."""
    entries = RollEntry.objects.filter(round=round).select_related("round", "member")
    return {entry.member.email: links.ballot_url(entry) for entry in entries}


def letters_reach_their_own(round, journal, repeats, missing_allowed=(), right=None):
    """I6: to each of the roll her own link, the same each time; at most so many letters twice; none missing.

    right: own_links(), asked while the keys stood.
    """
    right = right or own_links(round)
    got, twice = set(), 0
    ids = {}
    for letter in sink.accepted(journal):
        if not letter["links"]:
            continue
        if letter["header"] != [letter["to"]] or letter["links"] != [right.get(letter["to"])]:
            yield "I6: a letter with somebody else's link"
        known = ids.setdefault((letter["to"], letter["subject"]), letter["id"])
        if known != letter["id"]:
            yield "I6: a repeated letter has another Message-ID"
        twice += letter["to"] in got
        got.add(letter["to"])
    lost = set(right) - set(got) - set(missing_allowed)
    if lost:
        states = Counter(Letter.objects.filter(topic=round.topic, name="voting.ballot").values_list("state", "reason"))
        yield f"I6: {len(lost)} of {len(right)} got no letter: {dict(states)}"
    if twice > repeats:
        yield f"I6: {twice} letters were repeated, {repeats} may be"


def repeats_in(journal):
    """How many letters with a link came once more than once."""
    times = Counter(letter["to"] for letter in sink.accepted(journal) if letter["links"])
    return sum(times.values()) - len(times)


def each_stage_once(round):
    """I7: no stage was entered twice, none before its time, and the chain of the journal holds."""
    entered = Counter(entry.after["stage"] for entry in book.entries_of(round).filter(verb="round.stage"))
    for stage, times in entered.items():
        if times > 1:
            yield f"I7: the stage {stage} was entered {times} times"
    broken = book.verify()
    if broken:
        yield f"I7: the journal's chain is broken: {broken[1]}"


def recount_agrees(round, folder):
    """I8: tools/recount.py, which shares no line with us, comes to the published result."""
    path = folder / f"package-{round.pk}.zip"
    path.write_bytes(package.zipped(package.files(round), "package"))
    recount = [sys.executable, PROJECT / "tools" / "recount.py", path]
    done = subprocess.run(recount, capture_output=True, text=True)
    if done.returncode:
        yield f"I8: the recount says {done.returncode}: {done.stderr[:300]}"


def ballots_tell_nothing():
    """I9: no column that tells when or whence, and one transaction for all opened lines of a contest."""
    for table, column in rows(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name IN ('envelope', 'opened_ballot', 'participation') AND (data_type LIKE 'timestamp%%'"
        " OR data_type IN ('date', 'inet') OR is_identity = 'YES' OR column_default LIKE 'nextval%%'"
        f" OR column_name ~ '{TELLING}')"
    ):
        yield f"I9: the column {table}.{column} tells"
    for contest, stamps in rows(
        "SELECT contest_id, count(DISTINCT xmin::text) FROM opened_ballot GROUP BY 1"
        " HAVING count(DISTINCT xmin::text) > 1"
    ):
        yield f"I9: {stamps} transactions wrote the lines of contest {contest}"


def no_failures(home, journal, allowed=(), logs=True):
    """I12: nobody saw a page of ours that failed, beside the statuses allowed, and no log holds a mistake (logs)."""
    seen = Counter(status for one in voters.journal_of(journal) for status in one["statuses"])
    for status, times in seen.items():
        if status not in allowed:
            yield f"I12: {times} answers {status}"
    for line in home.mistakes()[:5] if logs else []:
        yield f"I12: in a log: {re.sub(settings.BASE_URL + '[^ ]*', '…', line)[:160]}"


def receipts_stand(round, journal):
    """The number in each receipt is the one that staff would find."""
    entries = RollEntry.objects.in_bulk([one["credential"] for one in voters.journal_of(journal)])
    for one in voters.journal_of(journal):
        if one["told"] == "receipt" and casting.receipt_number(entries[one["credential"]]) != one["number"]:
            yield "a receipt bears another number"
