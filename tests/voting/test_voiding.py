"""Voiding: a ballot taken out before opening, its reason listed, its voter not."""

import pytest

from journal.models import Entry
from tests.factories.results import lines_of
from tests.factories.voting import vote
from voting import opening, voiding
from voting.models import Count, VoidedEnvelope
from voting.refusals import Refusal

pytestmark = pytest.mark.django_db


def test_a_voided_ballot_is_taken_out_listed_and_not_counted(voted, close, dee):
    round, contests, entries = voted([1, 2], contests=2)

    assert voiding.void_ballot(entries[0], by=dee, now=round.voting_opens_at, reason="Somebody else voted.") == 2
    assert voiding.void_ballot(entries[0], by=dee, now=round.voting_opens_at, reason="Somebody else voted.") == 0

    close(round)
    while opening.open_step(round, now=round.voting_closes_at):
        pass
    assert [Count.objects.get(contest=contest).voided for contest in contests] == [1, 1]
    assert [lines_of(contest) for contest in contests] == [{1: 0, 2: 1}] * 2
    assert VoidedEnvelope.objects.count() == 2
    entry = Entry.objects.filter(verb="ballot.voided").first()
    assert (entry.reason, entry.actor) == ("Somebody else voted.", f"user:{dee.pk}")
    assert str(entries[0].pk) not in f"{entry.subject}{entry.after}{entry.reason}"


def test_a_voided_voter_may_vote_anew_on_a_new_link(voted, close, dee):
    round, [contest], entries = voted([1, 1])
    voiding.void_ballot(entries[0], by=dee, now=round.voting_opens_at, reason="Somebody else voted.")
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
    voiding.void_ballot(entries[0], by=dee, now=round.voting_closes_at, reason="Proven fake.")
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
        voiding.void_ballot(entries[0], by=dee, now=round.voting_closes_at, reason="Too late.")
