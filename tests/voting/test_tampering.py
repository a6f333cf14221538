"""What a database administrator may try with the ballot box: each is noticed and named, and nothing is counted."""

import pytest

from journal.models import Entry
from keys import files, sealing
from rounds.models import Round
from tests.factories.results import lines_of
from tests.factories.voting import RollEntryFactory, polls, vote
from voting import ceremony, openedballots, opening, records, voiding
from voting.models import Count, Result, Turnout
from voting.refusals import Refusal

pytestmark = pytest.mark.django_db


def stopped_by(contest):
    """The sentence that stopped the contest, after checking that nothing of it was written."""
    count = Count.objects.get(contest=contest)
    assert count.state == Count.State.IRREGULAR
    assert openedballots.opened(contest) == []
    assert not Result.objects.filter(contest=contest).exists()
    assert Entry.objects.get(verb="contest.irregular").reason == count.irregularity
    assert contest.race.name in count.irregularity
    return count.irregularity


def test_a_copied_envelope_is_named(voted, close, sql):
    round, [contest], entries = voted([1, 2])
    first, second = (entry.pk for entry in entries)
    sealed, mac = sql("SELECT sealed, mac FROM envelope WHERE credential = %s", first)[0]
    sql("UPDATE envelope SET sealed = %s, mac = %s WHERE credential = %s", sealed, mac, second)
    close(round)

    assert opening.open_step(round, now=round.voting_closes_at) is True

    assert "was changed, copied from another" in stopped_by(contest)


def test_a_copy_with_a_right_mac_does_not_open_in_its_new_place(voted, close, sql):
    round, [contest], entries = voted([1, 2])
    sealed = bytes(sql("SELECT sealed FROM envelope WHERE credential = %s", entries[0].pk)[0][0])
    key = files.read(files.CAST, records.key_name(round.pk))
    mac = records.envelope_mac(key, round.pk, entries[1].pk, contest.pk, sealed)
    sql("UPDATE envelope SET sealed = %s, mac = %s WHERE credential = %s", sealed, mac, entries[1].pk)
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert "does not open with this round’s key" in stopped_by(contest)


def test_two_swapped_envelopes_are_named(voted, close, sql):
    round, [contest], entries = voted([1, 2])
    rows = {entry.pk: sql("SELECT sealed, mac FROM envelope WHERE credential = %s", entry.pk)[0] for entry in entries}
    first, second = rows
    for to, of in ((first, second), (second, first)):
        sql("UPDATE envelope SET sealed = %s, mac = %s WHERE credential = %s", *rows[of], to)
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert "was changed, copied from another" in stopped_by(contest)


def test_an_inserted_envelope_is_named(voted, close, sql):
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
def test_one_changed_byte_is_named(voted, close, byte, sql):
    round, [contest], entries = voted([1, 2])
    sealed = bytearray(sql("SELECT sealed FROM envelope WHERE credential = %s", entries[0].pk)[0][0])
    sealed[byte] ^= 1
    sql("UPDATE envelope SET sealed = %s WHERE credential = %s", bytes(sealed), entries[0].pk)
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert "was changed" in stopped_by(contest)


def test_an_envelope_deleted_while_the_vote_ran_is_missed_against_the_turnout(voted, close, sql):
    round, [contest], entries = voted([1] * 11)
    Turnout.objects.create(contest=contest, ballots=10, refreshed_at=round.voting_opens_at)
    sql("DELETE FROM envelope WHERE credential IN (%s, %s)", entries[0].pk, entries[1].pk)
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert "at least 10 envelopes were there" in stopped_by(contest)


def test_an_envelope_deleted_after_the_commitment_is_missed(voted, close, sql):
    round, [contest], entries = voted([1, 2])
    close(round)
    opening.commit(contest, now=round.voting_closes_at)
    sql("DELETE FROM envelope WHERE credential = %s", entries[0].pk)
    opening.open_step(round, now=round.voting_closes_at)

    assert "2 envelopes were committed to, and 1 are there now" in stopped_by(contest)


def test_an_envelope_changed_after_the_commitment_is_noticed(voted, close, sql):
    round, [contest], entries = voted([1, 2])
    close(round)
    opening.commit(contest, now=round.voting_closes_at)
    sql("UPDATE envelope SET mac = %s WHERE credential = %s", bytes(32), entries[0].pk)
    opening.open_step(round, now=round.voting_closes_at)

    assert "changed after the commitment" in stopped_by(contest)


def test_a_replayed_envelope_that_was_voided_is_named(voted, close, dee, set_clock, sql):
    round, [contest], entries = voted([1, 2])
    row = sql(
        "SELECT round_id, credential, contest_id, sealed, mac, retry_check FROM envelope WHERE credential = %s",
        entries[0].pk,
    )[0]
    voiding.void_ballot(entries[0], by=dee, now=round.voting_opens_at, reason="Her neighbor used the link.")
    sql(
        "INSERT INTO envelope (round_id, credential, contest_id, sealed, mac, retry_check) VALUES (%s,%s,%s,%s,%s,%s)",
        *row,
    )
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert "that was voided has been put back" in stopped_by(contest)


def test_an_option_off_the_ballot_is_named_without_saying_which(voted, close, sql):
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
    assert "7" not in sentence.replace(voiding.mark_of(mac)[:12], "").replace(contest.race.name, "")


def test_two_envelopes_with_one_line_are_named(voted, close, sql):
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


def test_a_swapped_public_key_is_named_by_the_first_envelope_sealed_with_it(voted, close, set_clock):
    """Somebody who has the web's files puts in a key of her own, to read votes: nothing sealed with it is counted."""
    round, [contest], _entries = voted([1])
    late = RollEntryFactory(round=round, contests=[contest])
    files.destroy(files.CAST, records.public_name(round.pk))
    files.make(files.CAST, records.public_name(round.pk), sealing.make_pair()[1])
    vote(late, option=2)
    close(round)
    opening.open_step(round, now=round.voting_closes_at)

    assert "does not open with this round’s key" in stopped_by(contest)


def test_a_public_key_swapped_before_the_vote_keeps_it_from_opening(db):
    round, _contests, _entries = polls(stage=Round.Stage.FROZEN)
    ceremony.test_host(round, by=None, now=round.voting_opens_at)
    before = ceremony.fingerprint(round)
    files.destroy(files.CAST, records.public_name(round.pk))
    files.make(files.CAST, records.public_name(round.pk), sealing.make_pair()[1])

    assert ceremony.fingerprint(round) != before  # the one on the public page
    assert any("has not opened a test envelope" in sentence for sentence in ceremony.ready(round))
    with pytest.raises(Refusal, match="does not open a test envelope"):
        ceremony.test_host(round, by=None, now=round.voting_opens_at)


def test_one_irregular_contest_does_not_stop_the_others(voted, close, sql):
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


def test_a_stopped_contest_can_be_looked_at_again_once_mended(voted, close, dee, sql):
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
