"""Opening: committed to first, all or nothing, and every irregular envelope stops its contest by name."""

import hashlib
from datetime import timedelta

import pytest
from django.db import connection

from journal.models import Entry
from keys import escrow, files, sealing
from rounds import candidacies, staging
from rounds.models import Contest, ContestOption, Round
from tests.factories.voting import RollEntryFactory, keys_of, polls, vote
from voting import ballotbox, opening, records, results
from voting.models import Count, Result, Turnout, VoidedEnvelope
from voting.refusals import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def close():
    """Close a round's polls: close(round)."""

    def move(round):
        staging.move(round, Round.Stage.POLLS_CLOSED, by=None, now=round.voting_closes_at)

    return move


@pytest.fixture
def voted(set_clock):
    """A round whose voters chose by a list of options: voted([1, 1, 2], candidates=1) is (round, contest, entries)."""

    def build(options, **fields):
        round, contests, entries = polls(voters=len(options), **fields)
        set_clock(round.voting_opens_at + timedelta(hours=1))
        for entry, option in zip(entries, options, strict=True):
            vote(entry, choices={contest.pk: option for contest in contests})
        return round, contests, entries

    return build


def sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def lines_of(contest):
    return dict(Result.objects.get(contest=contest).lines.values_list("option__number", "votes"))


def test_one_contest_is_opened_counted_and_matches_what_was_cast(voted, close):
    round, [contest], _entries = voted([1, 1, 1, 2])
    close(round)

    assert opening.left(round) == 1
    assert opening.open_step(round, now=round.voting_closes_at) is True

    count = Count.objects.get(contest=contest)
    assert (count.state, count.envelopes, count.opened, count.irregularity) == (Count.State.OPENED, 4, 4, "")
    assert lines_of(contest) == {1: 3, 2: 1}
    assert ballotbox.participation_count(contest) == 4
    assert opening.left(round) == 0


def test_opening_again_does_nothing(voted, close):
    round, [contest], _entries = voted([1, 2])
    close(round)
    opening.open_step(round, now=round.voting_closes_at)
    before = Result.objects.get(contest=contest), ballotbox.opened(contest), Entry.objects.count()

    assert opening.open_step(round, now=round.voting_closes_at) is False
    opening.open_and_count(contest, now=round.voting_closes_at)

    assert (Result.objects.get(contest=contest), ballotbox.opened(contest), Entry.objects.count()) == before


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


def test_the_commitment_covers_the_sorted_macs_and_is_in_the_journal(voted, close):
    round, [contest], _entries = voted([1, 2, 1])
    macs = sorted(bytes(mac) for (mac,) in sql("SELECT mac FROM envelope"))
    close(round)

    opening.open_step(round, now=round.voting_closes_at)

    right = hashlib.sha256(b"".join(macs)).hexdigest()
    assert Count.objects.get(contest=contest).commitment == right
    assert Entry.objects.get(verb="contest.committed").after == {"commitment": right}


def test_lines_are_sorted_by_their_codes_and_voters_by_theirs(voted, close):
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


@pytest.mark.parametrize("where", ["opened_lines", "check_figures"])
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

    assert ballotbox.opened(contest) == []
    assert ballotbox.participation_count(contest) == 0
    assert Result.objects.count() == 0
    assert Count.objects.get(contest=contest).state == Count.State.COMMITTED

    assert opening.open_step(round, now=round.voting_closes_at) is True
    assert lines_of(contest) == {1: 2, 2: 1}


def test_a_kill_after_counting_leaves_no_result(voted, close, monkeypatch):
    round, [contest], _entries = voted([1, 1, 2])
    close(round)
    real = results.count

    def die(contest, *, now):
        real(contest, now=now)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(results, "count", die)
        with pytest.raises(KeyboardInterrupt):
            opening.open_step(round, now=round.voting_closes_at)

    assert (Result.objects.count(), ballotbox.opened(contest)) == (0, [])
    opening.open_step(round, now=round.voting_closes_at)
    assert lines_of(contest) == {1: 2, 2: 1}


# What a database administrator may try


def stopped_by(contest):
    """The sentence that stopped the contest, after checking that nothing of it was written."""
    count = Count.objects.get(contest=contest)
    assert count.state == Count.State.IRREGULAR
    assert ballotbox.opened(contest) == []
    assert not Result.objects.filter(contest=contest).exists()
    assert Entry.objects.get(verb="contest.irregular").reason == count.irregularity
    assert contest.race.name in count.irregularity
    return count.irregularity


def test_a_copied_envelope_is_named(voted, close):
    round, [contest], entries = voted([1, 2])
    first, second = (entry.pk for entry in entries)
    sealed, mac = sql("SELECT sealed, mac FROM envelope WHERE credential = %s", first)[0]
    sql("UPDATE envelope SET sealed = %s, mac = %s WHERE credential = %s", sealed, mac, second)
    close(round)

    assert opening.open_step(round, now=round.voting_closes_at) is True

    assert "was changed, copied from another" in stopped_by(contest)


def test_a_copy_with_a_right_mac_does_not_open_in_its_new_place(voted, close):
    round, [contest], entries = voted([1, 2])
    sealed = bytes(sql("SELECT sealed FROM envelope WHERE credential = %s", entries[0].pk)[0][0])
    key = files.read(files.CAST, records.key_name(round.pk))
    mac = records.envelope_mac(key, round.pk, entries[1].pk, contest.pk, sealed)
    sql("UPDATE envelope SET sealed = %s, mac = %s WHERE credential = %s", sealed, mac, entries[1].pk)
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert "does not open with this round’s key" in stopped_by(contest)


def test_two_swapped_envelopes_are_named(voted, close):
    round, [contest], entries = voted([1, 2])
    rows = {entry.pk: sql("SELECT sealed, mac FROM envelope WHERE credential = %s", entry.pk)[0] for entry in entries}
    first, second = rows
    for to, of in ((first, second), (second, first)):
        sql("UPDATE envelope SET sealed = %s, mac = %s WHERE credential = %s", *rows[of], to)
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert "was changed, copied from another" in stopped_by(contest)


def test_an_inserted_envelope_is_named(voted, close):
    round, [contest], _entries = voted([1, 2])
    stranger = RollEntryFactory(round=round, contests=[contest])
    sql(
        "INSERT INTO envelope (round_id, credential, contest_id, sealed, mac, retry_check) VALUES (%s,%s,%s,%s,%s,%s)",
        round.pk,
        stranger.pk,
        contest.pk,
        bytes(112),
        bytes(32),
        bytes(32),
    )
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert "was changed, copied from another, or put in by hand" in stopped_by(contest)


@pytest.mark.parametrize("byte", [0, 31, 32, 60, 111])
def test_one_changed_byte_is_named(voted, close, byte):
    round, [contest], entries = voted([1, 2])
    sealed = bytearray(sql("SELECT sealed FROM envelope WHERE credential = %s", entries[0].pk)[0][0])
    sealed[byte] ^= 1
    sql("UPDATE envelope SET sealed = %s WHERE credential = %s", bytes(sealed), entries[0].pk)
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert "was changed" in stopped_by(contest)


def test_an_envelope_deleted_while_the_vote_ran_is_missed_against_the_turnout(voted, close):
    round, [contest], entries = voted([1] * 11)
    Turnout.objects.create(contest=contest, ballots=10, refreshed_at=round.voting_opens_at)
    sql("DELETE FROM envelope WHERE credential IN (%s, %s)", entries[0].pk, entries[1].pk)
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert "at least 10 envelopes were there" in stopped_by(contest)


def test_an_envelope_deleted_after_the_commitment_is_missed(voted, close):
    round, [contest], entries = voted([1, 2])
    close(round)
    opening.commit(contest, now=round.voting_closes_at)
    sql("DELETE FROM envelope WHERE credential = %s", entries[0].pk)
    opening.open_step(round, now=round.voting_closes_at)

    assert "2 envelopes were committed to, and 1 are there now" in stopped_by(contest)


def test_an_envelope_changed_after_the_commitment_is_noticed(voted, close):
    round, [contest], entries = voted([1, 2])
    close(round)
    opening.commit(contest, now=round.voting_closes_at)
    sql("UPDATE envelope SET mac = %s WHERE credential = %s", bytes(32), entries[0].pk)
    opening.open_step(round, now=round.voting_closes_at)

    assert "changed after the commitment" in stopped_by(contest)


def test_a_replayed_envelope_that_was_voided_is_named(voted, close, dee, set_clock):
    round, [contest], entries = voted([1, 2])
    row = sql(
        "SELECT round_id, credential, contest_id, sealed, mac, retry_check FROM envelope WHERE credential = %s",
        entries[0].pk,
    )[0]
    opening.void_ballot(entries[0], by=dee, now=round.voting_opens_at, reason="Her neighbor used the link.")
    sql(
        "INSERT INTO envelope (round_id, credential, contest_id, sealed, mac, retry_check) VALUES (%s,%s,%s,%s,%s,%s)",
        *row,
    )
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert "that was voided has been put back" in stopped_by(contest)


def test_an_option_off_the_ballot_is_named_without_saying_which(voted, close):
    round, [contest], entries = voted([1, 2])
    key, public = (files.read(files.CAST, name(round.pk)) for name in (records.key_name, records.public_name))
    record = records.pack(credential=entries[0].pk, contest=contest.pk, option=7, line_id=bytes(13))
    sealed = sealing.seal(record, public, info=records.info(round.pk, entries[0].pk, contest.pk))
    mac = records.envelope_mac(key, round.pk, entries[0].pk, contest.pk, sealed)
    sql("UPDATE envelope SET sealed = %s, mac = %s WHERE credential = %s", sealed, mac, entries[0].pk)
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    sentence = stopped_by(contest)
    assert "holds an option that is not on the ballot" in sentence
    assert "7" not in sentence.replace(opening.mark_of(mac)[:12], "").replace(contest.race.name, "")


def test_two_envelopes_with_one_line_are_named(voted, close):
    round, [contest], entries = voted([1, 2])
    key, public = (files.read(files.CAST, name(round.pk)) for name in (records.key_name, records.public_name))
    for entry in entries:
        record = records.pack(credential=entry.pk, contest=contest.pk, option=1, line_id=b"the same line")
        sealed = sealing.seal(record, public, info=records.info(round.pk, entry.pk, contest.pk))
        mac = records.envelope_mac(key, round.pk, entry.pk, contest.pk, sealed)
        sql("UPDATE envelope SET sealed = %s, mac = %s WHERE credential = %s", sealed, mac, entry.pk)
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert "has the line of another envelope" in stopped_by(contest)


def test_one_irregular_contest_does_not_stop_the_others(voted, close):
    round, contests, entries = voted([1, 2], contests=3)
    sql(
        "UPDATE envelope SET mac = %s WHERE contest_id = %s AND credential = %s",
        bytes(32),
        contests[1].pk,
        entries[0].pk,
    )
    close(round)
    while opening.open_step(round, now=round.voting_closes_at):
        pass

    assert [Count.objects.get(contest=contest).state for contest in contests] == ["opened", "irregular", "opened"]
    assert opening.left(round) == 1
    assert [count.contest for count in opening.irregular(round)] == [contests[1]]


def test_a_stopped_contest_can_be_looked_at_again_once_mended(voted, close, dee):
    round, [contest], entries = voted([1, 2])
    right = sql("SELECT mac FROM envelope WHERE credential = %s", entries[0].pk)[0][0]
    close(round)
    opening.commit(contest, now=round.voting_closes_at)
    sql("UPDATE envelope SET mac = %s WHERE credential = %s", bytes(32), entries[0].pk)
    opening.open_step(round, now=round.voting_closes_at)
    count = Count.objects.get(contest=contest)
    with pytest.raises(Refusal):
        opening.retry(count, by=dee, now=round.voting_closes_at, reason=" ")
    sql("UPDATE envelope SET mac = %s WHERE credential = %s", bytes(right), entries[0].pk)

    assert opening.retry(count, by=dee, now=round.voting_closes_at, reason="Restored from the backup.") is True
    assert opening.retry(count, by=dee, now=round.voting_closes_at, reason="Again.") is False
    opening.open_step(round, now=round.voting_closes_at)

    assert lines_of(contest) == {1: 1, 2: 1}


# Voiding, and contests that are not opened


def test_a_voided_ballot_is_taken_out_listed_and_not_counted(voted, close, dee):
    round, contests, entries = voted([1, 2], contests=2)

    assert opening.void_ballot(entries[0], by=dee, now=round.voting_opens_at, reason="Somebody else voted.") == 2
    assert opening.void_ballot(entries[0], by=dee, now=round.voting_opens_at, reason="Somebody else voted.") == 0

    close(round)
    while opening.open_step(round, now=round.voting_closes_at):
        pass
    assert [Count.objects.get(contest=contest).voided for contest in contests] == [1, 1]
    assert [lines_of(contest) for contest in contests] == [{1: 0, 2: 1}] * 2
    assert VoidedEnvelope.objects.count() == 2
    entry = Entry.objects.filter(verb="contest.voided").first()
    assert (entry.reason, entry.actor) == ("Somebody else voted.", f"user:{dee.pk}")
    assert str(entries[0].pk) not in f"{entry.subject}{entry.after}{entry.reason}"


def test_a_voided_voter_may_vote_anew_on_a_new_link(voted, close, dee):
    round, [contest], entries = voted([1, 1])
    opening.void_ballot(entries[0], by=dee, now=round.voting_opens_at, reason="Somebody else voted.")
    assert entries[0].generation == 1
    vote(entries[0], option=2)
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert lines_of(contest) == {1: 1, 2: 1}


def test_voiding_after_the_close_makes_a_new_commitment(voted, close, dee):
    round, [contest], entries = voted([1, 2])
    close(round)
    opening.commit(contest, now=round.voting_closes_at)
    old = Count.objects.get(contest=contest).commitment
    opening.void_ballot(entries[0], by=dee, now=round.voting_closes_at, reason="Proven fake.")
    opening.open_step(round, now=round.voting_closes_at)

    assert [entry.after["commitment"] for entry in Entry.objects.filter(verb="contest.committed").order_by("id")] == [
        old,
        Count.objects.get(contest=contest).commitment,
    ]
    assert lines_of(contest) == {1: 0, 2: 1}


def test_an_opened_ballot_can_not_be_voided(voted, close, dee):
    round, _contests, entries = voted([1, 2])
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    with pytest.raises(Refusal, match="opened already"):
        opening.void_ballot(entries[0], by=dee, now=round.voting_closes_at, reason="Too late.")


@pytest.mark.parametrize("state", [Contest.State.VOID, Contest.State.STOPPED])
def test_a_void_or_stopped_contest_is_settled_unopened(voted, close, dee, state):
    round, [contest], _entries = voted([1, 2])
    candidacies.move_contest(contest, state, by=dee, now=round.voting_opens_at, reason="She withdrew.")
    close(round)

    assert opening.open_step(round, now=round.voting_closes_at) is True
    assert opening.open_step(round, now=round.voting_closes_at) is False

    result = Result.objects.get(contest=contest)
    assert (result.outcome, result.ballots, result.lines.count()) == (Result.Outcome.VOID, 0, 0)
    assert ballotbox.opened(contest) == []
    assert Count.objects.get(contest=contest).commitment == ""


# Escrow


def test_a_ballot_decrypts_with_two_escrow_shares_and_not_with_one_or_none(voted):
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
