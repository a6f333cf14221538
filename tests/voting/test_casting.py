"""One vote each, by the database's clock, all contests or none, and the same answer to the same form."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from keys import files, sealing
from rounds.models import Contest, Round
from tests.factories.rounds import ContestFactory
from tests.factories.voting import RollEntryFactory, polls, vote
from voting import ballotbox, casting, links, records
from voting.casting import Outcome
from voting.refusals import Refusal

NONCE = b"n" * 16
MILLISECOND = timedelta(milliseconds=1)
# The test moves the clock and then time goes on: close enough to the edge, and never past it.
NEAR = timedelta(milliseconds=900)


@pytest.fixture
def open_polls(db, set_clock):
    """A round open for an hour already, with two contests and one voter."""
    round, contests, (entry,) = polls(contests=2)
    set_clock(round.voting_opens_at + timedelta(hours=1))
    return round, contests, entry


def in_box(round):
    return {contest.pk: ballotbox.envelope_count(contest) for contest in round.contests.all()}


def test_a_vote_is_one_envelope_per_contest_and_opens_to_what_was_chosen(open_polls):
    round, (first, second), entry = open_polls
    assert vote(entry, choices={first.pk: 2, second.pk: 0}, nonce=NONCE) == Outcome.RECORDED
    private = files.read(files.SEAL, records.key_name(round.pk))
    cast_key = files.read(files.CAST, records.key_name(round.pk))
    for contest, option in ((first, 2), (second, 0)):
        ((credential, sealed, mac),) = ballotbox.envelopes(contest)
        assert credential == entry.pk
        assert mac == records.envelope_mac(cast_key, round.pk, entry.pk, contest.pk, sealed)
        record = sealing.open_sealed(sealed, private, info=records.info(round.pk, entry.pk, contest.pk))
        line = records.line_id(contest.pk, records.code(cast_key, entry.pk, contest.pk, NONCE))
        assert records.unpack(record, credential=entry.pk, contest=contest.pk) == (option, line)
        assert casting.lines(entry, NONCE)[contest.pk] == records.line_text(line)


def test_the_same_form_again_gets_the_same_answer_and_another_choice_does_not(open_polls):
    round, (first, second), entry = open_polls
    choices = {first.pk: 1, second.pk: 2}
    assert vote(entry, choices=choices, nonce=NONCE) == Outcome.RECORDED
    before = list(ballotbox.envelopes(first))
    assert vote(entry, choices=choices, nonce=NONCE) == Outcome.SAME_AGAIN
    assert vote(entry, choices={**choices, first.pk: 2}, nonce=NONCE) == Outcome.ALREADY
    assert vote(entry, choices=choices, nonce=b"x" * 16) == Outcome.ALREADY
    assert list(ballotbox.envelopes(first)) == before
    assert casting.lines(entry, b"x" * 16) == {}
    assert casting.has_voted(entry)


@pytest.mark.parametrize(
    ("edge", "moved", "outcome"),
    [
        ("voting_opens_at", -NEAR, Outcome.NOT_YET),
        ("voting_opens_at", 5 * MILLISECOND, Outcome.RECORDED),
        ("voting_closes_at", -NEAR, Outcome.RECORDED),
        ("voting_closes_at", 5 * MILLISECOND, Outcome.CLOSED),
    ],
)
def test_the_database_clock_decides_at_both_ends(open_polls, set_clock, edge, moved, outcome):
    round, _contests, entry = open_polls
    set_clock(getattr(round, edge) + moved)
    assert vote(entry) == outcome
    assert set(in_box(round).values()) == {int(outcome == Outcome.RECORDED)}


@pytest.mark.parametrize(
    ("edge", "moved", "outcome"),
    [
        ("voting_opens_at", -MILLISECOND, Outcome.NOT_YET),
        ("voting_opens_at", timedelta(0), None),
        ("voting_closes_at", -MILLISECOND, None),
        ("voting_closes_at", timedelta(0), Outcome.CLOSED),
    ],
)
def test_the_edge_is_the_millisecond(open_polls, edge, moved, outcome):
    round, _contests, _entry = open_polls
    assert casting.outcome_at(round, getattr(round, edge) + moved) == outcome


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"stage": Round.Stage.FROZEN}, Outcome.NOT_YET),
        ({"stage": Round.Stage.POLLS_CLOSED}, Outcome.CLOSED),
        ({"stage": Round.Stage.CANCELLED}, Outcome.CANCELLED),
        ({"stage": Round.Stage.ARCHIVED}, Outcome.CLOSED),
        ({"paused_since": "now"}, Outcome.PAUSED),
    ],
)
def test_a_round_that_takes_no_votes_says_why(open_polls, changes, outcome):
    round, _contests, entry = open_polls
    if "paused_since" in changes:
        changes = {"paused_since": round.voting_opens_at}
    Round.objects.filter(pk=round.pk).update(**changes)
    assert vote(entry) == outcome
    assert set(in_box(round).values()) == {0}


def test_a_lost_answer_is_given_again_after_the_close(open_polls, set_clock):
    round, _contests, entry = open_polls
    assert vote(entry, nonce=NONCE) == Outcome.RECORDED
    set_clock(round.voting_closes_at + timedelta(minutes=1))
    assert vote(entry, nonce=NONCE) == Outcome.SAME_AGAIN


def test_all_contests_or_none(open_polls):
    round, (first, second), entry = open_polls
    assert vote(entry, choices={first.pk: 1}) == Outcome.CHANGED
    Contest.objects.filter(pk=second.pk).update(state=Contest.State.STOPPED)
    assert vote(entry, choices={first.pk: 1, second.pk: 1}) == Outcome.CHANGED
    assert set(in_box(round).values()) == {0}
    assert vote(entry, choices={first.pk: 1}) == Outcome.RECORDED
    assert in_box(round) == {first.pk: 1, second.pk: 0}


def test_nobody_votes_in_a_contest_that_is_not_hers(open_polls):
    round, (first, second), entry = open_polls
    other = RollEntryFactory(round=round, contests=[first])
    assert vote(other, choices={first.pk: 1, second.pk: 1}) == Outcome.CHANGED
    assert ballotbox.drop_in(round.pk, other.pk, {second.pk: (b"s" * 112, b"m" * 32, b"c" * 32)}) == 0
    assert set(in_box(round).values()) == {0}


@pytest.mark.parametrize("option", [3, -1, 99])
def test_an_option_that_is_not_on_the_ballot_is_refused(open_polls, option):
    _round, (first, second), entry = open_polls
    with pytest.raises(Refusal):
        vote(entry, choices={first.pk: option, second.pk: 1})


def test_a_ballot_that_skips_everything_is_refused_before_anything_is_sent(open_polls):
    round, _contests, entry = open_polls
    with pytest.raises(Refusal, match="You skipped every race"):
        vote(entry, option=0, choices={contest.pk: 0 for contest in round.contests.all()})
    assert set(in_box(round).values()) == {0}


def test_a_link_that_was_renewed_meanwhile_casts_nothing(open_polls):
    round, _contests, entry = open_polls
    links.renew(type(entry).objects.get(pk=entry.pk), by="desk", now=round.voting_opens_at, reason="not me")
    assert vote(entry) == Outcome.DEAD_LINK
    assert set(in_box(round).values()) == {0}


def test_a_voided_ballot_is_out_whole_and_may_be_cast_anew(open_polls):
    round, contests, entry = open_polls
    assert vote(entry) == Outcome.RECORDED
    assert set(ballotbox.void_envelope(round.pk, entry.pk)) == {contest.pk for contest in contests}
    assert set(in_box(round).values()) == {0}
    assert vote(entry) == Outcome.RECORDED


def test_the_statements_of_a_vote_do_not_grow_with_its_contests(set_clock, django_assert_num_queries, db):
    for number in (1, 3):
        round, _contests, (entry,) = polls(contests=number)
        set_clock(round.voting_opens_at + timedelta(hours=1))
        choices = {contest.pk: 1 for contest in round.contests.all()}
        # options; savepoint, lock (PostgreSQL), clock, entry, checks, eligibility, contests, insert; release
        expected = 10 if connection.vendor == "postgresql" else 9
        with django_assert_num_queries(expected):
            assert vote(entry, choices=choices) == Outcome.RECORDED


@pytest.mark.django_db(transaction=True)
def test_many_posts_of_one_link_at_once_are_one_vote(set_clock):
    threads, tries = (64, 2) if connection.vendor == "postgresql" else (8, 2)
    round, contests, entries = polls(contests=2, voters=tries)
    set_clock(round.voting_opens_at + timedelta(hours=1))
    for entry in entries:
        outcomes, wait = [], threading.Barrier(threads)

        def send(number, entry=entry, outcomes=outcomes, wait=wait):
            try:
                wait.wait()
                choices = {contest.pk: 1 + number % 2 for contest in contests}
                outcomes.append(casting.cast(entry, choices=choices, nonce=NONCE))
            except Exception as error:
                outcomes.append(error)
            finally:
                connection.close()

        workers = [threading.Thread(target=send, args=[number]) for number in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert outcomes.count(Outcome.RECORDED) == 1
        assert outcomes.count(Outcome.SAME_AGAIN) == threads // 2 - 1
        assert outcomes.count(Outcome.ALREADY) == threads // 2
    assert {ballotbox.envelope_count(contest) for contest in contests} == {tries}


def test_a_second_round_takes_votes_beside_the_first(open_polls):
    round, _contests, entry = open_polls
    other = ContestFactory(round__stage=Round.Stage.VOTING, race__office="senate").round
    assert other.pk != round.pk
    ballotbox.prepare(other)
    ballotbox.prepare(other)
    assert vote(entry) == Outcome.RECORDED
