"""Who on a roll was not reached by her ballot letter, whether that could matter, and what staff can do about it.

Nothing here says who has voted: whoever did not need her letter any more is not listed.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils.translation import gettext as _

from groups import members
from groups.models import Member
from journal import book
from mailings import queue, suppression
from mailings.models import Letter, Suppression
from rounds.models import Contest, Round
from voting import links
from voting.margin import margin
from voting.models import ContestRoll, Result, RollEntry
from voting.refusals import Refusal
from voting.results import tallied
from voting.tally import ENDORSABLE, Rule

State = Letter.State
BALLOT = "voting.ballot"
# The letter failed, or was left out because of the address. "She has voted" is no such reason.
FAILED = Q(state__in=[State.FAILED, State.EXPIRED, State.SET_ASIDE]) | Q(
    state=State.SKIPPED, reason=suppression.NOT_WRITTEN_TO
)


OUT = [State.SENT, *Letter.OPEN]


def ballots_of(round_id):
    """The ballot letters of a round."""
    return Letter.objects.filter(name=BALLOT, subject=round_id)


def unreached(round):
    """Those on the roll whose ballot letter did not come: no letter of hers is out, or her address takes none."""
    ballots = ballots_of(round.pk)
    out = ballots.filter(seat=OuterRef("seat"), state__in=OUT)
    failed = ballots.filter(FAILED, topic=round.topic).exclude(Exists(out)).order_by().values("seat")
    silent = Member.objects.filter(email_key__in=suppression.suppressed_keys_query())
    # Two small sets by their indexes, and not one walk over a roll of millions.
    silenced = RollEntry.objects.filter(round=round, member__in=silent).order_by().values("credential")
    return RollEntry.objects.filter(round=round, credential__in=failed.union(silenced), member__erased_at=None)


@dataclass(frozen=True)
class Why:
    """Why somebody was not reached, in words, and whether her address takes letters at all."""

    words: str
    silent: bool


def reasons(round, entries) -> dict[int, Why]:
    """{credential: why she was not reached}; two queries for a whole page."""
    keys = [entry.member.email_key for entry in entries]
    silent: dict[str, list[str]] = {}
    for note in Suppression.objects.filter(address__in=keys).exclude(reason__in=Suppression.NEWS_ONLY).order_by("pk"):
        silent.setdefault(note.address, []).append(str(note.get_reason_display()))
    letters = Letter.objects.filter(name=BALLOT, subject=round.pk, seat__in=[entry.pk for entry in entries])
    last = {letter.seat: letter for letter in letters.filter(FAILED).order_by("wave")}
    found = {}
    for entry in entries:
        if notes := silent.get(entry.member.email_key):
            found[entry.pk] = Why(", ".join(notes), silent=True)
        elif letter := last.get(entry.pk):
            words = ": ".join(filter(None, [str(letter.get_state_display()), letter.reason]))
            found[entry.pk] = Why(words, silent=False)
    return found


@dataclass(frozen=True)
class Reach:
    """One contest: its roll, how many of it were not reached, and how close its result was (tellers only)."""

    contest: Contest
    eligible: int
    unreached: int
    margin: int | None = None

    @property
    def contestable(self) -> bool:
        """Whether those who were not reached could have changed the outcome."""
        return self.margin is not None and self.unreached >= self.margin


def by_contest(round, counted: dict[int, int], *, with_margins=False) -> list[Reach]:
    """Every contest of the round whose roll is built, in the ballot's order; counted: {contest: not reached}.

    One query, and two more with the margins, which are for tellers alone.
    """
    rolls = ContestRoll.objects.filter(contest__round=round, frozen_at__isnull=False)
    rolls = rolls.select_related("contest__race__place__state", "contest__round").order_by("contest")
    if with_margins:
        rolls = rolls.select_related("contest__result").prefetch_related("contest__result__lines", "contest__options")
    return [
        Reach(
            roll.contest,
            roll.eligible or 0,
            counted.get(roll.contest_id, 0),
            margin_of(roll.contest) if with_margins else None,
        )
        for roll in rolls
    ]


def margin_of(contest) -> int | None:
    """The fewest more votes that could have changed what was counted; None where nothing was, or nothing can."""
    result = getattr(contest, "result", None)
    if result is None or result.outcome == Result.Outcome.VOID:
        return None
    options = list(contest.options.all())
    numbers = {option.pk: option.number for option in options}
    votes = {numbers[line.option_id]: line.votes for line in result.lines.all()}
    figures = tallied(votes, options, roll=result.roll, rule=result.rule)
    names = [option.number for option in options if option.kind in ENDORSABLE]
    return margin(figures, Rule(**result.rule), names)


# What staff can do.


def mend(member, email, *, by, now, reason) -> bool:
    """Give a member another address: old links die, both addresses are told, her letter of an open vote goes again.

    False when it is hers already.
    """
    needs(reason)
    with transaction.atomic():
        mended = members.mend_address(member, email, by=by, now=now, reason=reason)
        if mended:
            for entry in entries_of(member, [Round.Stage.VOTING]):
                if is_voting(entry.round, now):
                    write_again(entry, now=now)
    return mended


def entries_of(member, stages) -> list[RollEntry]:
    """Her places on the rolls of the rounds at these stages, with their rounds, by the index of (round, member)."""
    rounds = Round.objects.filter(stage__in=stages).in_bulk()
    entries = list(RollEntry.objects.filter(round__in=rounds, member=member))
    for entry in entries:
        entry.round, entry.member = rounds[entry.round_id], member
    return sorted(entries, key=lambda entry: entry.round.voting_closes_at)


def renew(entry, *, by, now, reason) -> bool:
    """Let every older voting link of hers die, and send her letter with a new one; False where one waits in line.

    For a letter that others read. The vote that is in stays in.
    """
    needs(reason)
    if not is_voting(entry.round, now):
        raise Refusal(_("The vote is not open. Nobody gets a link now."))
    with transaction.atomic():
        links.renew(entry, by=by, now=now, reason=reason)
        return write_again(entry, now=now)


def resend(entry, *, by, now, reason) -> bool:
    """Send her ballot letter again with the same link; False where one is in line already."""
    needs(reason)
    if not is_voting(entry.round, now):
        raise Refusal(_("The vote is not open. Nobody gets a link now."))
    if suppression.blocked([entry.member.email], "service"):
        raise Refusal(_("This address is not written to. Mend it first."))
    with transaction.atomic():
        again = write_again(entry, now=now)
        if again:
            book.record("roll.resent", f"member:{entry.member_id}", by=by, now=now, reason=reason)
    return again


def write_again(entry, *, now) -> bool:
    """Put her ballot letter in line once more, before the others; False where one still waits there."""
    hers = Letter.objects.filter(name=BALLOT, subject=entry.round_id, seat=entry.pk)
    if hers.filter(state__in=Letter.OPEN).exists():
        return False
    number = (hers.aggregate(last=Max("wave"))["last"] or 0) + 1
    return bool(
        queue.enqueue(
            BALLOT, seats=[entry.pk], now=now, topic=entry.round.topic, subject=entry.round_id, wave=number, priority=0
        )
    )


def is_voting(round, now) -> bool:
    return round.stage == Round.Stage.VOTING and now < round.voting_closes_at


def needs(reason):
    """Refuse an act without a reason."""
    if not reason.strip():
        raise Refusal(_("Say why: the reason stands in the journal."))
