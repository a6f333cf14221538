"""Casting a vote: sealed in memory, one synchronous commit, first vote final (trust.md 2.3)."""

from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from journal import clock
from keys import files, sealing
from rounds.models import Contest, ContestOption, Round
from voting import ballotbox, links, records, roll
from voting.models import RollEntry
from voting.refusals import Refusal


class Outcome(StrEnum):
    """What became of a ballot that was sent."""

    RECORDED = "recorded"
    SAME_AGAIN = "same_again"  # the same form with the same choices: the answer was lost, and is given again
    ALREADY = "already"  # another vote of hers is in; it stays
    CHANGED = "changed"  # a contest was stopped while she chose; nothing is recorded
    NOT_YET = "not_yet"
    PAUSED = "paused"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    DEAD_LINK = "dead_link"  # a newer link was made since she opened this one


IN_THE_BOX = {Outcome.RECORDED, Outcome.SAME_AGAIN}


@sensitive_variables()
def cast(entry, *, choices: dict[int, int], nonce: bytes) -> Outcome:
    """Put the ballot {contest: option number} of somebody on the roll into the box: see cast_by."""
    return cast_by(links.voter_of(entry), choices=choices, nonce=nonce)


@sensitive_variables()
def cast_by(voter, *, choices: dict[int, int], nonce: bytes) -> Outcome:
    """Put the ballot {contest: option number} into the box, all of it or nothing of it.

    Returns after the commit. The database's clock decides, read under the lock that the closer takes alone.
    Raises Refusal for an option that is not on the ballot, KeyMissing where the round's keys do not stand.
    """
    check_options(choices)
    checks, sealed = seal(voter, choices, nonce)
    if ballotbox.on_postgresql() and not clock.offset():
        return Outcome(ballotbox.cast(voter.round_id, voter.credential, voter.generation, sealed))
    # SQLite, and clocks that tests move: the same in statements of our own.
    with transaction.atomic(durable=True):
        ballotbox.lock_shared(voter.round_id)
        # Statements of their own, after the lock: together with it they would see the state from before a wait.
        now = clock.database_now()
        standing = RollEntry.objects.select_related("round", "member").filter(pk=voter.credential).first()
        if standing is None or links.voter_of(standing) != voter:
            return Outcome.DEAD_LINK
        in_box = ballotbox.retry_checks(voter.round_id, voter.credential)
        if in_box:
            return again(in_box, checks)
        outcome = outcome_at(standing.round, now)
        if outcome is None and not covers_her_ballot(voter, choices):
            outcome = Outcome.CHANGED
        if outcome is not None:
            return outcome
        new = ballotbox.drop_in(voter.round_id, voter.credential, sealed)
        if new == len(sealed):
            return Outcome.RECORDED
        if new:
            # Can't happen while ballots go in and out whole; the rollback keeps it so.
            raise Refusal(_("Your vote could not be recorded. Write to us, so that we can look into it."))
        return again(ballotbox.retry_checks(voter.round_id, voter.credential), checks)


@sensitive_variables()
def check_options(choices: dict[int, int]) -> None:
    """Refuse an empty ballot, one that skips everything, and options that do not exist."""
    if not any(choices.values()):
        raise Refusal(_("You skipped every race, so there is no vote to send."))
    known = roll.options_of(choices)
    if not known.issuperset(choices.items()):
        raise Refusal(_("This choice is not on the ballot."))


@sensitive_variables()
def seal(voter, choices, nonce):
    """({contest: retry check}, {contest: (sealed, mac, retry check)}): what may reach SQL of each choice."""
    round_id, credential = voter.round_id, voter.credential
    cast_key = files.read(files.CAST, records.key_name(round_id))
    public = files.read(files.CAST, records.public_name(round_id))
    checks, sealed = {}, {}
    for contest, option in choices.items():
        line = records.line_id(contest, records.code(cast_key, credential, contest, nonce))
        record = records.pack(credential=credential, contest=contest, option=option, line_id=line)
        envelope = sealing.seal(record, public, info=records.info(round_id, credential, contest))
        mac = records.envelope_mac(cast_key, round_id, credential, contest, envelope)
        checks[contest] = records.retry_check(cast_key, credential, contest, nonce, option)
        sealed[contest] = (envelope, mac, checks[contest])
    return checks, sealed


@sensitive_variables()
def again(in_box: dict[int, bytes], checks: dict[int, bytes]) -> Outcome:
    """What to say to somebody whose vote is in already: the same answer only for the same form and choices."""
    return Outcome.SAME_AGAIN if in_box == checks else Outcome.ALREADY


def outcome_at(round, now) -> Outcome | None:
    """Why no vote is taken at this instant; None when one is. opens_at counts in, closes_at does not."""
    if round.stage == Round.Stage.CANCELLED:
        return Outcome.CANCELLED
    if round.stage in (*Round.BEFORE_FREEZE, Round.Stage.FROZEN) or now < round.voting_opens_at:
        return Outcome.NOT_YET
    if round.stage != Round.Stage.VOTING:
        return Outcome.CLOSED
    if round.paused_since is not None:
        return Outcome.PAUSED
    return None if round.is_open(now) else Outcome.CLOSED


def covers_her_ballot(voter, choices) -> bool:
    """Whether the choices name exactly the contests on her ballot that stand."""
    eligible = [contest for contest, _check, _part in ballotbox.status(voter.round_id, voter.credential)]
    standing = Contest.objects.filter(pk__in=eligible, state=Contest.State.OPEN).values_list("pk", flat=True)
    return set(standing) == set(choices)


def has_voted(entry) -> bool:
    """Whether a vote of hers is in the box, or was opened."""
    return any(check or part for _contest, check, part in ballotbox.status(entry.round_id, entry.pk))


def receipt_number(voter) -> str:
    """The number of her receipt; it says that a vote is in, never how. voter: a place on the roll, or a Voter."""
    key = files.read(files.CAST, records.key_name(voter.round_id))
    return records.receipt_number(key, voter.round_id, voter.credential)


def lines(entry, nonce: bytes) -> dict[int, str]:
    """{contest: her line in the public file} for the form she sent; empty when her vote came from another form.

    Shown once, on request, never stored or mailed. The retry check proves the form without telling the choice.
    """
    cast_key = files.read(files.CAST, records.key_name(entry.round_id))
    found = {}
    for contest, check in ballotbox.retry_checks(entry.round_id, entry.pk).items():
        options = ContestOption.objects.filter(contest=contest).values_list("number", flat=True)
        if check in {records.retry_check(cast_key, entry.pk, contest, nonce, option) for option in options}:
            code = records.code(cast_key, entry.pk, contest, nonce)
            found[contest] = records.line_text(records.line_id(contest, code))
    return found
