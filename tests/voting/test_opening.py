"""Opening: committed to first, one contest a call, all or nothing."""

import hashlib

import pytest

from journal.models import Entry
from keys import escrow, files, sealing
from rounds import candidacies
from rounds.models import Contest, ContestOption
from tests.factories.results import lines_of
from tests.factories.voting import keys_of, polls, vote
from voting import openedballots, opening, records, results
from voting.models import Count, Result

pytestmark = pytest.mark.django_db


def test_one_contest_is_opened_counted_and_matches_what_was_cast(voted, close):
    round, [contest], _entries = voted([1, 1, 1, 2])
    close(round)

    assert opening.left(round) == 1
    assert opening.open_step(round, now=round.voting_closes_at) is True

    count = Count.objects.get(contest=contest)
    assert (count.state, count.envelopes, count.opened, count.irregularity) == (Count.State.OPENED, 4, 4, "")
    assert lines_of(contest) == {1: 3, 2: 1}
    assert openedballots.participation_count(contest) == 4
    assert opening.left(round) == 0


def test_opening_again_does_nothing(voted, close):
    round, [contest], _entries = voted([1, 2])
    close(round)
    opening.open_step(round, now=round.voting_closes_at)
    opening.open_step(round, now=round.voting_closes_at)  # who was reached is noted once none is left
    before = Result.objects.get(contest=contest), openedballots.opened(contest), Entry.objects.count()

    assert opening.open_step(round, now=round.voting_closes_at) is False
    opening.open_and_count(contest, now=round.voting_closes_at)

    assert (Result.objects.get(contest=contest), openedballots.opened(contest), Entry.objects.count()) == before


def test_each_call_opens_one_contest(voted, close):
    round, contests, _entries = voted([1, 2], contests=3)
    close(round)

    left = []
    while opening.open_step(round, now=round.voting_closes_at):
        left.append(opening.left(round))

    assert left == [2, 1, 0]
    assert [lines_of(contest) for contest in contests] == [{1: 1, 2: 1}] * 3


def test_nothing_is_opened_while_the_vote_is_open(voted):
    round, _contests, _entries = voted([1])

    assert opening.open_step(round, now=round.voting_closes_at) is False
    assert Count.objects.count() == 0


def test_nothing_is_opened_on_a_host_without_the_seal_key(voted, close):
    round, _contests, _entries = voted([1])
    close(round)
    files.destroy(files.SEAL, records.key_name(round.pk))

    assert opening.open_step(round, now=round.voting_closes_at) is False
    assert Count.objects.count() == 0


def test_the_commitment_covers_the_sorted_macs_and_is_in_the_journal(voted, close, sql):
    round, [contest], _entries = voted([1, 2, 1])
    macs = sorted(bytes(mac) for (mac,) in sql("SELECT mac FROM envelope"))
    close(round)

    opening.open_step(round, now=round.voting_closes_at)

    right = hashlib.sha256(b"".join(macs)).hexdigest()
    assert Count.objects.get(contest=contest).commitment == right
    assert Entry.objects.get(verb="contest.committed").after == {"commitment": right}


def test_lines_are_sorted_by_their_codes_and_voters_by_theirs(voted, close, sql):
    round, [_contest], entries = voted([1, 2, 1, 2, 1])
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    lines = [bytes(line) for (line,) in sql("SELECT line_id FROM opened_ballot")]
    assert lines == sorted(lines)
    credentials = [credential for (credential,) in sql("SELECT credential FROM participation")]
    assert credentials == sorted(entry.pk for entry in entries)


def test_an_empty_box_is_counted_and_needs_review(close):
    round, [contest], _entries = polls(voters=3)
    close(round)

    assert opening.open_step(round, now=round.voting_closes_at) is True

    result = Result.objects.get(contest=contest)
    assert (result.outcome, result.ballots, result.roll) == (Result.Outcome.NEEDS_REVIEW, 0, 3)
    assert Count.objects.get(contest=contest).commitment == hashlib.sha256(b"").hexdigest()


def test_skips_are_opened_and_counted_apart(set_clock, close):
    round, contests, entries = polls(contests=2, voters=2)
    set_clock(round.voting_opens_at)
    for entry in entries:
        vote(entry, choices={contests[0].pk: 1, contests[1].pk: 0})
    close(round)
    while opening.open_step(round, now=round.voting_closes_at):
        pass

    skipped = Result.objects.get(contest=contests[1])
    assert (skipped.ballots, skipped.skipped) == (0, 2)
    assert lines_of(contests[1]) == {1: 0, 2: 0}


# A kill in the middle


@pytest.mark.parametrize("where", ["open_box", "check_figures"])
def test_a_kill_in_the_middle_leaves_nothing_and_the_next_run_gives_the_same(voted, close, monkeypatch, where):
    round, [contest], _entries = voted([1, 1, 2])
    close(round)
    real = getattr(opening, where)

    def die(*given):
        real(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(opening, where, die)
        with pytest.raises(KeyboardInterrupt):
            opening.open_step(round, now=round.voting_closes_at)

    assert openedballots.opened(contest) == []
    assert openedballots.participation_count(contest) == 0
    assert Result.objects.count() == 0
    assert Count.objects.get(contest=contest).state == Count.State.COMMITTED

    assert opening.open_step(round, now=round.voting_closes_at) is True
    assert lines_of(contest) == {1: 2, 2: 1}


def test_a_kill_after_counting_leaves_no_result(voted, close, monkeypatch):
    round, [contest], _entries = voted([1, 1, 2])
    close(round)
    real = results.count

    def die(contest, *, votes, now):
        real(contest, votes=votes, now=now)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(results, "count", die)
        with pytest.raises(KeyboardInterrupt):
            opening.open_step(round, now=round.voting_closes_at)

    assert (Result.objects.count(), openedballots.opened(contest)) == (0, [])
    opening.open_step(round, now=round.voting_closes_at)
    assert lines_of(contest) == {1: 2, 2: 1}


# Contests that are not opened


@pytest.mark.parametrize("state", [Contest.State.VOID, Contest.State.STOPPED])
def test_a_void_or_stopped_contest_is_settled_unopened(voted, close, dee, state):
    round, [contest], _entries = voted([1, 2])
    candidacies.move_contest(contest, state, by=dee, now=round.voting_opens_at, reason="She withdrew.")
    close(round)

    assert opening.open_step(round, now=round.voting_closes_at) is True
    assert opening.open_step(round, now=round.voting_closes_at) is False

    result = Result.objects.get(contest=contest)
    assert (result.outcome, result.ballots, result.lines.count()) == (Result.Outcome.VOID, 0, 0)
    assert openedballots.opened(contest) == []
    assert Count.objects.get(contest=contest).commitment == ""


# Escrow


def test_a_ballot_decrypts_with_two_escrow_shares_and_not_with_one_or_none(voted, sql):
    round, [contest], entries = voted([2])
    sealed = bytes(sql("SELECT sealed FROM envelope")[0][0])
    info = records.info(round.pk, entries[0].pk, contest.pk)
    shares = escrow.split(files.read(files.SEAL, records.key_name(round.pk)))

    for first, second in ((0, 1), (1, 2), (2, 0)):
        record = sealing.open_sealed(sealed, escrow.join(shares[first], shares[second]), info=info)
        option, _line = records.unpack(record, credential=entries[0].pk, contest=contest.pk)
        assert ContestOption.objects.get(contest=contest, number=option).kind == "no"

    for share in shares:
        with pytest.raises(escrow.BadShares):
            escrow.join(share, share)
        for piece in share.split("."):
            with pytest.raises(sealing.Unopenable):
                sealing.open_sealed(sealed, bytes.fromhex(piece[1:]), info=info)
    with pytest.raises(sealing.Unopenable):
        sealing.open_sealed(sealed, keys_of(round), info=info)
    with pytest.raises(sealing.Unopenable):
        sealing.open_sealed(sealed, bytes(range(32)), info=info)
