"""Opening the envelopes after the vote: committed to, verified, opened in memory, shuffled, counted (trust.md 2).

One contest a call. An envelope that does not fit stops its contest by name; it is never skipped.
"""

import hashlib
import time
from array import array
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journal import book
from keys import files
from rounds.models import Contest, Round
from voting import ballotbox, openedballots, openers, records, results
from voting.models import Count, Turnout, VoidedEnvelope
from voting.packed import ENVELOPE, Lines, Packed, credentials_of
from voting.refusals import Refusal
from voting.voiding import mark_of

# A round with fewer envelopes is opened here: starting other processes would take longer.
FEW = 5_000
# Contests in hand at once where there are many.
AT_A_TIME = 3
# Pieces of a contest that are kept from the commitment to the opening, 30 MB; more are read twice.
KEPT = 100
# Seconds after which opening many contests comes back to the tick.
PATIENCE = 40


class Irregular(Exception):
    """Something in a contest's box is not as it was cast. The text names the contest and what, never a choice."""


def open_some(round, *, now) -> bool:
    """Open and count contests for PATIENCE seconds; True when there were some, False when there is nothing to do.

    As open_step, of which it does many. Where there are many envelopes all cores open them, several contests at a
    time, so that no core waits while a contest is read or written down.
    """
    waiting = deque(to_do(round, now=now))
    if not waiting:
        return False
    until = time.monotonic() + PATIENCE
    with openers.Pool(processes_for(round)) as pool:
        if pool.processes < 2:
            settle_in_turn(waiting, until, now, pool)
            return True
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            for done in [threads.submit(apart, waiting, until, now, pool) for _ in range(AT_A_TIME)]:
                done.result()
    return True


def processes_for(round) -> int:
    """How many processes open a round's envelopes."""
    many = ballotbox.on_postgresql() and sum(ballotbox.envelope_counts(round.pk).values()) >= FEW
    return openers.cores() if many else 1


def apart(waiting, until, now, pool) -> None:
    """As settle_in_turn, in a thread with a connection of its own."""
    try:
        settle_in_turn(waiting, until, now, pool)
    finally:
        connection.close()


def settle_in_turn(waiting, until, now, pool) -> None:
    """Settle the contests that wait, while there is time; others may take some of them."""
    while time.monotonic() < until:
        try:
            contest = waiting.popleft()
        except IndexError:
            return
        settle(contest, now, pool)


def open_step(round, *, now) -> bool:
    """Open and count the next contest of a closed round; True when one was settled, False when there is nothing to do.

    Does nothing on a host that can't read the seal key. A kill at any point leaves the contest unopened, and
    the next call gives the same result. Not to be called inside a transaction: the commitment is committed first.
    """
    for contest in to_do(round, now=now)[:1]:
        settle(contest, now, openers.Pool(1))
        return True
    return False


def to_do(round, *, now) -> list[Contest]:
    """The contests that can be settled on this host now; when the last is, who was reached is noted for all of them."""
    if round.stage != Round.Stage.POLLS_CLOSED or not can_open(round):
        return []
    contests = list(unopened(round).select_related("race__place__state", "round"))
    if not contests:
        results.note_delivered(round, now=now)
    return contests


def settle(contest, now, pool) -> None:
    """Open and count one contest, with the pool's processes; a stopped or void one stays sealed."""
    if contest.state != Contest.State.OPEN:
        results.settle_void(contest, now=now)
        return
    try:
        box = commit(contest, now=now)
        open_and_count(contest, now=now, pool=pool, box=box)
    except Irregular as irregular:
        stop(contest, str(irregular), now=now)


def can_open(round) -> bool:
    """Whether this host holds the round's seal key and the key of its envelopes."""
    name = records.key_name(round.pk)
    return files.stands(files.SEAL, name) and files.stands(files.CAST, name)


def unopened(round):
    """The contests that the next calls will settle; one stopped by an irregular envelope waits for people."""
    stopped = Count.objects.filter(state=Count.State.IRREGULAR, contest__state=Contest.State.OPEN)
    return Contest.objects.filter(round=round, result=None).exclude(pk__in=stopped.values("contest")).order_by("pk")


def left(round) -> int:
    """How many contests have no result yet, the stopped ones among them."""
    return Contest.objects.filter(round=round, result=None).count()


def irregular(round):
    """The contests that an irregular envelope stopped, as counts with their sentence."""
    stopped = Count.objects.filter(
        contest__round=round, contest__result=None, contest__state=Contest.State.OPEN, state=Count.State.IRREGULAR
    )
    return stopped.select_related("contest__race__place__state", "contest__round").order_by("contest")


@dataclass
class Box:
    """What one reading of a contest's box gave, packed: about 55 bytes an envelope, and no list of envelopes."""

    credentials: array = field(default_factory=lambda: array("q"))  # as they were read: sorted
    macs: Packed = field(default_factory=lambda: Packed(32))
    pieces: list[bytes] | None = field(default_factory=list)  # the sealed envelopes; None where they are too many
    lines: Lines = field(default_factory=Lines)
    irregular: openers.Answer | None = None  # the first one

    def read(self, contest):
        """Every piece of a contest's box, taken in and given out."""
        for piece in ballotbox.pieces(contest, openers.PIECE):
            self.credentials += credentials_of(piece)
            self.macs.add_all(piece, behind=ENVELOPE.size - 32)
            yield piece

    def keep(self, contest):
        """Read a box, and keep its envelopes if they are not too many."""
        for piece in self.read(contest):
            if self.pieces is not None:
                self.pieces.append(piece)
                if len(self.pieces) > KEPT:
                    self.pieces = None

    def commitment(self) -> tuple[str, int]:
        """(SHA-256 in hex over the sorted MACs, one after the other; how many they are)."""
        digest = hashlib.sha256()
        for some in self.macs.parts():
            digest.update(b"".join(some))
        return digest.hexdigest(), len(self.macs)


def commit(contest, *, now) -> Box | None:
    """Write down the number of envelopes and SHA-256 over their sorted MACs, before anybody can know what is inside.

    Gives what was read for it; None for a contest that was committed to before.
    """
    with transaction.atomic(durable=True):
        ballotbox.lock_shared(contest.round_id)  # no ballot is voided meanwhile: that takes the lock alone
        Count.objects.get_or_create(contest=contest)
        count = Count.objects.select_for_update().get(contest=contest)
        if count.state != Count.State.WAITING:
            return None
        box = Box()
        box.keep(contest)
        count.commitment, count.envelopes = box.commitment()
        count.state = Count.State.COMMITTED
        count.voided = VoidedEnvelope.objects.filter(contest=contest).count()
        count.save(update_fields=["commitment", "envelopes", "state", "voided"])
        book.record("contest.committed", contest, by=None, now=now, after={"commitment": count.commitment})
    return box


def open_and_count(contest, *, now, pool=None, box=None) -> None:
    """Everything from the sealed envelopes to the result in one transaction, choices in memory only.

    box is what the commitment was made of; without it the box is read again.
    """
    with transaction.atomic(durable=True):
        ballotbox.lock_shared(contest.round_id)
        # Two tally hosts may meet here: the second waits for the row and then finds the contest opened.
        count = Count.objects.select_for_update().get(contest=contest)
        if count.state != Count.State.COMMITTED or (box and box.commitment() != (count.commitment, count.envelopes)):
            return  # opened by another host, or committed to anew since an envelope was voided
        box = open_box(contest, pool or openers.Pool(1), box)
        check_box(contest, count, box)
        openedballots.record_opened(contest, box.lines, credentials=box.credentials)
        votes = check_figures(contest, count, box)
        results.count(contest, votes=votes, now=now)
        count.state, count.opened, count.opened_at = Count.State.OPENED, len(box.lines), now
        count.save(update_fields=["state", "opened", "opened_at"])
        book.record("contest.opened", contest, by=None, now=now, after={"envelopes": len(box.lines)})


def open_box(contest, pool, box=None) -> Box:
    """Open every envelope of a contest, once: what is opened is what is then held against the commitment.

    Each piece is answered in the order of line ids, so whose a line was is known to nobody afterwards.
    """
    if box is None or box.pieces is None:
        box = Box()
        pieces = box.read(contest)
    else:
        pieces, box.pieces = iter(box.pieces), None
    for answer in pool.answers(opener_of(contest), pieces):
        if answer.fault:
            box.irregular = box.irregular or answer
        elif box.irregular is None:
            box.lines.add_packed(answer.content)
    return box


def opener_of(contest) -> openers.Opener:
    """What opens this contest's envelopes on this host."""
    name = records.key_name(contest.round_id)
    return openers.Opener(
        round_id=contest.round_id,
        contest_id=contest.pk,
        options=contest.options.values_list("number", flat=True),
        private=files.read(files.SEAL, name),
        key=files.read(files.CAST, name),
    )


def check_box(contest, count, box) -> None:
    """Compare the box with what was committed to, with the turnout seen while it was open, and with the voided ones.

    Then each envelope has to be regular, and each line to be there once.
    """
    commitment, there = box.commitment()
    if there != count.envelopes:
        raise Irregular(
            _("%(contest)s: %(then)d envelopes were committed to, and %(now)d are there now.")
            % {"contest": contest.race, "then": count.envelopes, "now": there}
        )
    if commitment != count.commitment:
        raise Irregular(
            _("%(contest)s: an envelope was changed after the commitment to all of them.") % {"contest": contest.race}
        )
    voided = set(VoidedEnvelope.objects.filter(contest=contest).values_list("mark", flat=True))
    back = voided & set(map(mark_of, box.macs)) if voided else voided
    if back:
        raise Irregular(
            _("%(contest)s: an envelope that was voided has been put back (%(mark)s).")
            % {"contest": contest.race, "mark": min(back)[:12]}
        )
    seen = Turnout.objects.filter(contest=contest).first()
    if seen and seen.ballots > there + len(voided):
        raise Irregular(
            _("%(contest)s: at least %(then)d envelopes were there on %(day)s, and %(now)d are there now.")
            % {
                "contest": contest.race,
                "then": seen.ballots,
                "day": date_format(seen.refreshed_at.astimezone(contest.round.zone), "DATETIME_FORMAT"),
                "now": there,
            }
        )
    if box.irregular:
        raise odd(contest, box.irregular.content, FAULTS[box.irregular.fault])
    line = box.lines.twice()
    if line:
        raise odd(contest, second_with(contest, line), gettext_lazy("has the line of another envelope"))


FAULTS = {
    openers.Fault.MAC: gettext_lazy(
        "was changed, copied from another, or put in by hand: its seal of this house is wrong"
    ),
    openers.Fault.KEY: gettext_lazy("does not open with this round’s key in its place"),
    openers.Fault.RECORD: gettext_lazy("holds a record of another envelope, or none"),
    openers.Fault.OPTION: gettext_lazy("holds an option that is not on the ballot"),
}


def second_with(contest, line: bytes) -> bytes:
    """The MAC of the second envelope that has this line. Opens them once more, to give the fault its name."""
    opener, before = opener_of(contest), False
    for credential, sealed, mac in ballotbox.envelopes(contest):
        with suppress(openers.Irregular):
            if opener.look_into(credential, sealed)[1] == line:
                if before:
                    return mac
                before = True
    return b""


def odd(contest, mac, what) -> Irregular:
    """Name an envelope by its mark: a person with the database finds it, nobody else learns whose it is."""
    return Irregular(
        _("%(contest)s: the envelope %(mark)s %(what)s.")
        % {"contest": contest.race, "mark": mark_of(mac)[:12], "what": what}
    )


def check_figures(contest, count, box) -> dict[int, int]:
    """Envelopes = opened = people who took part = sum over the options, or nothing is written (trust.md 2.4).

    Gives the count by option: it is made once.
    """
    votes = openedballots.counts(contest)
    figures = {
        "envelopes": count.envelopes,
        "opened": len(box.lines),
        "participation": openedballots.participation_count(contest),
        "sum": sum(votes.values()),
    }
    if len(set(figures.values())) > 1:
        raise Irregular(
            _("%(contest)s: %(envelopes)d envelopes, %(opened)d lines, %(participation)d voters and %(sum)d counted.")
            % {"contest": contest.race, **figures}
        )
    return votes


def stop(contest, sentence, *, now) -> None:
    """Stop a contest by name. Nothing of it was written; people decide what to do."""
    with transaction.atomic():
        stopped = Count.objects.filter(contest=contest, state__in=[Count.State.WAITING, Count.State.COMMITTED]).update(
            state=Count.State.IRREGULAR, irregularity=sentence
        )
        if stopped:
            book.record("contest.irregular", contest, by=None, now=now, reason=sentence)


def retry(count, *, by, now, reason) -> bool:
    """Look again at a contest that was stopped, under the commitment it has. False when it is not stopped."""
    if not reason.strip():
        raise Refusal(_("Say what was mended before the envelopes are looked at again."))
    with transaction.atomic():
        again = Count.State.COMMITTED if count.commitment else Count.State.WAITING
        freed = Count.objects.filter(pk=count.pk, state=Count.State.IRREGULAR).update(state=again, irregularity="")
        if freed:
            book.record("contest.retried", count.contest, by=by, now=now, reason=reason)
    return bool(freed)
