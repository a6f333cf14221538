"""A round that asks for it: grave acts want two people, who agree to the same thing within a day."""

from datetime import timedelta

import pytest

from endorsements import chores, lifecycle, steering
from endorsements.models import Chore
from journal import approvals, clock
from journal.models import Approval, Entry
from rounds import seconding
from rounds.models import Contest, Round
from rounds.refusals import Refusal
from tests.factories.groups import UserFactory
from tests.factories.results import counted
from tests.factories.voting import polls
from voting import results
from voting.models import Result

pytestmark = pytest.mark.django_db(transaction=True)
Stage = Round.Stage
HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)


@pytest.fixture
def eve():
    return UserFactory(email="eve@example.org", name="Eve Eaton", is_staff=True, is_superuser=True)


@pytest.fixture
def open_vote():
    round, contests, _entries = polls(second_person=True)
    return round, contests[0], round.voting_opens_at + HOUR


def extend(round, by, now, later=HOUR):
    with clock.standing_at(now):
        closes = Round.objects.get(pk=round.pk).voting_closes_at + later
        return steering.extend(round, voting_closes_at=closes, by=by, now=now, reason="The mail was late.")


def test_the_first_asks_and_the_second_does_it(open_vote, dee, eve):
    round, _contest, now = open_vote
    closes = round.voting_closes_at

    assert extend(round, dee, now) is False
    assert Round.objects.get().voting_closes_at == closes
    assert extend(round, eve, now) is True
    assert Round.objects.get().voting_closes_at == closes + HOUR
    verbs = ["round.extend.asked", "round.extend.agreed", "round.extended"]
    told = Entry.objects.filter(verb__in=verbs).order_by("pk").values_list("verb", "actor")
    assert list(told) == list(zip(verbs, [f"user:{dee.pk}", f"user:{eve.pk}", f"user:{eve.pk}"], strict=True))


def test_nobody_agrees_with_herself(open_vote, dee):
    round, _contest, now = open_vote
    extend(round, dee, now)
    with pytest.raises(Refusal, match="You asked for this yourself"):
        extend(round, dee, now)
    assert Entry.objects.filter(verb="round.extended").count() == 0


def test_the_second_agrees_to_the_same_end_or_to_nothing(open_vote, dee, eve):
    round, _contest, now = open_vote
    extend(round, dee, now)
    with pytest.raises(Refusal, match="asked for something else"):
        extend(round, eve, now, later=2 * HOUR)
    assert Approval.objects.filter(agreed_by="").count() == 1


@pytest.mark.parametrize(("after", "done"), [(DAY - timedelta(seconds=1), True), (DAY, False)])
def test_a_request_lapses_after_a_day(open_vote, dee, eve, after, done):
    round, _contest, now = open_vote
    extend(round, dee, now)
    assert extend(round, eve, now + after) is done
    # Where it has lapsed, the second has only asked anew, and the first may agree to that.
    assert (approvals.standing("round.extend", round, now + after) is None) is done


def test_a_request_that_was_taken_back_is_none(open_vote, dee, eve):
    round, _contest, now = open_vote
    extend(round, dee, now)
    asked = Approval.objects.get()

    assert approvals.take_back(asked, by=dee, now=now) is True
    assert approvals.take_back(asked, by=dee, now=now) is False
    assert approvals.agree(asked, by=eve, now=now) is False
    assert extend(round, eve, now) is False
    assert Entry.objects.filter(verb="round.extend.taken_back").count() == 1


def test_cancelling_and_voiding_want_two(open_vote, dee, eve):
    round, contest, now = open_vote
    asked = steering.void(contest, by=dee, now=now, reason="A wrong name.")
    assert "A second person has to agree" in asked
    assert Contest.objects.get(pk=contest.pk).state == Contest.State.OPEN
    assert steering.void(contest, by=eve, now=now, reason="A wrong name.")
    assert Contest.objects.get(pk=contest.pk).state == Contest.State.VOID

    assert steering.cancel(round, by=dee, now=now, reason="Flood.") is False
    assert Round.objects.get().stage == Stage.VOTING
    assert steering.cancel(round, by=eve, now=now, reason="Flood.") is True
    assert Round.objects.get().stage == Stage.CANCELLED


def test_a_round_that_does_not_ask_for_it_wants_nobody_else(dee):
    round, _contests, _entries = polls()
    assert extend(round, dee, round.voting_opens_at + HOUR) is True
    assert Approval.objects.count() == 0


def test_the_vote_opens_only_when_two_want_it_and_by_the_dates_they_saw(dee, eve):
    round, _contests, _entries = polls(stage=Stage.FROZEN, second_person=True)
    now = round.voting_opens_at - HOUR

    def said():
        return [one.sentence for one in seconding.obstacles(Round.objects.get(), now)]

    when = "Sunday, March 8, 2026, 8:00 p.m. Eastern (5:00 p.m. Pacific)"
    assert said() == [f"Two people have to agree that the vote opens {when}. Nobody has yet."]
    assert seconding.agree_to(round, seconding.OPEN, by=dee, now=now, reason="All is ready.") is False
    assert said() == [f"{dee.name} wants it to be opened. A second person has to agree."]
    assert lifecycle.blocking(round, round.voting_opens_at)[0].sentence == said()[0]
    assert seconding.agree_to(round, seconding.OPEN, by=eve, now=now, reason="Yes.") is True
    assert said() == []
    with pytest.raises(Refusal, match="have agreed already"):
        seconding.agree_to(round, seconding.OPEN, by=eve, now=now, reason="Yes.")

    Round.objects.update(voting_opens_at=round.voting_opens_at + timedelta(minutes=1))
    assert len(said()) == 1


def test_envelopes_stay_closed_until_two_want_them_open(dee, eve):
    round, _contests, _entries = polls(stage=Stage.POLLS_CLOSED, second_person=True)
    now = round.voting_closes_at + HOUR
    chores.begin(round, [Chore.Name.OPEN_ENVELOPES])

    chores.work(round, now)
    assert (chores.left(round).count(), Result.objects.count()) == (1, 0)
    with pytest.raises(Refusal, match="nothing to open"):
        seconding.agree_to(round, seconding.OPEN, by=dee, now=now, reason="Yes.")
    seconding.agree_to(round, seconding.UNSEAL, by=dee, now=now, reason="Yes.")
    seconding.agree_to(round, seconding.UNSEAL, by=eve, now=now, reason="Yes.")
    chores.work(round, now)
    assert (chores.left(round).count(), Result.objects.count()) == (0, 1)


def test_endorsing_under_the_floor_wants_two_and_not_endorsing_one(dee, eve):
    result = counted({1: 20, 2: 1}, second_person=True)
    now = result.contest.round.voting_closes_at + HOUR
    decide = {"endorse": True, "now": now, "reason": "The hall was full, and all agreed."}

    assert results.decide(result, by=dee, **decide) is False
    assert Result.objects.get().outcome == Result.Outcome.NEEDS_REVIEW
    # Only a result that could be endorsed is asked about: that would tell, so the journal says nothing of it yet.
    assert not Entry.objects.filter(verb__startswith="result.endorse").exists()
    assert results.decide(result, by=eve, **decide) is True
    assert Result.objects.get().outcome == Result.Outcome.ENDORSED

    other = counted({1: 20, 2: 1}, second_person=True)
    assert results.decide(other, by=dee, **decide | {"endorse": False}) is True
