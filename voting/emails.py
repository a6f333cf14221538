"""The letters of a vote: seat is a credential, subject its round; the text follows the state it is sent in."""

from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.utils import translation

from groups.members import email_key
from groups.models import Member
from journal import book
from mailings import suppression
from mailings.letters import ASKED, BY_ITSELF, WHERE_SKIPPED, Draft, Skip, owner_of_links, register
from rounds.models import Contest, Round
from voting import ballotbox, ballots, links, roll
from voting.models import LinkRequest, RollEntry

REMINDED_BEFORE = timedelta(hours=2)
HAS_VOTED = "the member has voted"
# What a letter is written from, of a roll entry and its member.
LETTER_NEEDS = ["round", "generation"] + [
    f"member__{name}" for name in ("email", "first_name", "language", "generation", "erased_at", "disowned_at")
]


@owner_of_links(links.PREFIX)
def owners(tokens, now):
    """Whose voting links these are: {token: address}."""
    return links.addresses_of(tokens)


@register("voting.notice", priority=20, circular=True)
def notice(letters, now):
    """To the roll, a day before the vote opens: what comes and when. Not a ballot, so it has no link of hers."""
    return drafted(letters, while_in={Round.Stage.FROZEN}, else_say="the vote has begun", with_link=False)


@register("voting.ballot", priority=10, circular=True, tells=WHERE_SKIPPED)
def ballot(letters, now):
    """To the roll as the vote opens: races, candidates, the rule, her link (process.md 11, letter 12)."""
    return unless_voted(letters, now)


@register("voting.reminder", priority=20, circular=True, tells=BY_ITSELF)
def reminder(letters, now):
    """To those who have not voted, midway and on the last morning: the same link (process.md 11, letter 13).

    One that comes late, after an outage, is left out where it would only press: trust.md 4, catch-up.
    """
    return unless_voted(letters, now, left=REMINDED_BEFORE)


@register("voting.extended", priority=8, circular=True)
def extended(letters, now):
    """To the roll when the end of the vote moved: the new time, and that nothing is lost."""
    return drafted(letters, while_in={Round.Stage.VOTING}, else_say="the vote is over", with_link=True, tell_voted=True)


@register("voting.stopped", priority=8, circular=True)
def stopped(letters, now):
    """To those whose race was stopped or void, or whose whole vote was cancelled: what, why, what now."""
    entries = entries_for(letters)
    eligible = ballotbox.contests_of(entries)
    gone = {
        contest.pk: contest
        for contest in roll.on_ballots({pk for pks in eligible.values() for pk in pks})
        if contest.state != Contest.State.OPEN
    }
    reasons = cancelled_because({entry.round for entry in entries.values()})
    answers = {}
    for letter in letters:
        entry = entries.get(letter.seat)
        hers = [gone[pk] for pk in eligible.get(letter.seat, []) if pk in gone]
        cancelled = entry is not None and entry.round.stage == Round.Stage.CANCELLED
        if entry is None or not (hers or cancelled):
            answers[letter.pk] = Skip("no race on this ballot was stopped")
            continue
        rest = len(eligible[letter.seat]) - len(hers)
        answers[letter.pk] = draft(
            entry,
            {"gone": hers, "cancelled": cancelled, "cancel_reason": reasons.get(entry.round_id, ""), "rest": rest},
            circular=(entry.round_id, tuple(contest.pk for contest in hers), cancelled, rest),
        )
    return answers


@register("voting.receipt", priority=0, kind=ASKED, tells=BY_ITSELF)
def receipt(letters, now):
    """To a voter who asked for it: that a vote is in. No choice, no number that leads to one."""
    entries = entries_for(letters)
    voted = voted_of(entries)
    return {
        letter.pk: draft(entries[letter.seat], {}) if letter.seat in voted else Skip("no vote is in")
        for letter in letters
    }


@register("voting.link", priority=0, kind=ASKED, tells=BY_ITSELF)
def link(letters, now):
    """To whoever asked on our page for her link and is on the roll of an open vote: the same link again.

    The request holds an address as it was typed; who that is, is looked up only here.
    """
    requests = LinkRequest.objects.in_bulk([letter.seat for letter in letters])
    keys = {pk: email_key(request.address) for pk, request in requests.items()}
    members = Member.objects.filter(email_key__in=set(keys.values()), erased_at=None)
    hers = {member.email_key: member.merged_into_id or member.pk for member in members}
    open_entries = {}
    standing = RollEntry.objects.filter(member__in=set(hers.values()), round__stage=Round.Stage.VOTING)
    for entry in standing.select_related("round", "member").order_by("-round__rehearsal", "-round__voting_closes_at"):
        open_entries[entry.member_id] = entry  # of several open votes, the one that closes first; a real one before all
    voted = voted_of({entry.pk: entry for entry in open_entries.values()})
    disowned = suppression.disowned([entry.member.email for entry in open_entries.values()])
    answers = {}
    for letter in letters:
        entry = open_entries.get(hers.get(keys.get(letter.seat)))
        if entry is None or entry.member.email_key in disowned or another_reads(entry):
            answers[letter.pk] = Skip("nobody with this address is on the roll of an open vote")
        else:
            answers[letter.pk] = draft(entry, {"voted": entry.pk in voted}, url=links.ballot_url(entry))
    return answers


def another_reads(entry) -> bool:
    """Whether the reader of her mailbox said "not me" after the freeze: who signs up from there votes next time."""
    return entry.member.disowned_at is not None and entry.member.disowned_at > entry.round.freeze_at


def unless_voted(letters, now, left=timedelta()):
    """The ballot or the reminder, with her link, for those who have not voted and have so much time left."""
    return drafted(
        letters, while_in={Round.Stage.VOTING}, else_say="the vote is over", with_link=True, now=now, left=left
    )


def drafted(letters, *, while_in, else_say, with_link, tell_voted=False, now=None, left=timedelta()):
    """One draft per letter, from a constant number of queries whatever the batch; what is shared is made once."""
    entries = entries_for(letters)
    voted = voted_of(entries) if with_link and not tell_voted else set()
    hers = roll.ballots_of(list(entries.values()))
    answers, shared = {}, {}
    for letter in letters:
        entry = entries.get(letter.seat)
        if entry is None or entry.member.erased_at:
            answers[letter.pk] = Skip("not on the roll any more")
        elif another_reads(entry):
            answers[letter.pk] = Skip("the mailbox is read by somebody else")
        elif entry.round.stage not in while_in or (now and now >= entry.round.voting_closes_at):
            answers[letter.pk] = Skip(else_say)
        elif now and not entry.round.rehearsal and entry.round.voting_closes_at - now < left:
            answers[letter.pk] = Skip("too close to the end")
        elif letter.seat in voted:
            answers[letter.pk] = Skip(HAS_VOTED)
        elif not hers[letter.seat]:
            answers[letter.pk] = Skip("no race on this ballot stands")
        else:
            contests = hers[letter.seat]
            # Candidates stand in the order of her ballot; those who see them in one order share a text.
            order = tuple((contest.pk, *ballots.order_of(contest, entry.pk)) for contest in contests)
            key = entry.round_id, entry.member.language, order
            if key not in shared:
                shared[key] = draft(entry, {}, contests=contests, circular=(entry.round_id, order))
            url = links.ballot_url(entry) if with_link else ""
            answers[letter.pk] = replace(shared[key], to=entry.member.email, name=entry.member.first_name, link=url)
    return answers


def draft(entry, context, *, contests=(), url="", circular=None) -> Draft:
    """A draft to a member on the roll; words that depend on her language are found in it."""
    member = entry.member
    with translation.override(member.language):
        papers = ballots.papers(contests, entry.pk)
        context = {
            **ballots.facts(entry.round),
            "papers": papers,
            "count": len(papers),
            "races": ballots.in_words([paper.contest.race.label for paper in papers]),
            "my_link": f"{settings.BASE_URL}/my-link/",
            **context,
        }
    return Draft(
        member.email,
        member.language,
        context,
        name=member.first_name,
        link=url,
        circular=circular,
        mark=entry.round.mark,
    )


def entries_for(letters) -> dict[int, RollEntry]:
    """{credential: entry} of a batch with its member, and one round for all entries of it."""
    entries = RollEntry.objects.select_related("member").only(*LETTER_NEEDS).in_bulk([one.seat for one in letters])
    rounds = Round.objects.in_bulk({entry.round_id for entry in entries.values()})
    for entry in entries.values():
        entry.round = rounds[entry.round_id]
    return entries


def voted_of(entries) -> set[int]:
    """Which credentials of a batch have voted; a batch may hold several rounds."""
    found = set()
    for round_id in {entry.round_id for entry in entries.values()}:
        found |= ballotbox.voted(round_id, [pk for pk, entry in entries.items() if entry.round_id == round_id])
    return found


def cancelled_because(rounds) -> dict[int, str]:
    """{round: why it was cancelled}, in the words that stand in the journal."""
    return {
        round.pk: entry.reason
        for round in rounds
        if round.stage == Round.Stage.CANCELLED
        for entry in book.entries_of(round).filter(verb="round.stage").order_by("-pk")[:1]
    }
