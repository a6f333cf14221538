from datetime import timedelta

import pytest

from endorsements import steering
from endorsements.refusals import Refusal
from journal import clock
from keys import files
from mailings import queue
from mailings.models import Letter
from rounds.models import Candidacy, Contest, Round
from rounds.refusals import Refusal as RoundsRefusal
from tests.factories.rounds import RoundFactory
from tests.factories.voting import polls, vote
from voting import ballotbox, casting, records

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


def test_extending_moves_the_end_and_tells_the_roll(dee):
    round, _contests, entries = polls(voters=2)
    now, later = round.voting_opens_at + HOUR, round.voting_closes_at + HOUR

    with clock.standing_at(now):
        steering.extend(round, voting_closes_at=later, by=dee, now=now, reason="The mail was late.")

    assert Round.objects.get(pk=round.pk).voting_closes_at == later
    told = Letter.objects.filter(name="voting.extended").values_list("seat", flat=True)
    assert sorted(told) == sorted(entry.pk for entry in entries)
    with clock.standing_at(later - timedelta(seconds=1)):
        assert vote(entries[0]) == casting.Outcome.RECORDED
    with clock.standing_at(later):
        assert vote(entries[1]) == casting.Outcome.CLOSED


@pytest.mark.parametrize(("shift", "reason"), [(-HOUR, "Earlier."), (HOUR, "  ")])
def test_extending_is_only_later_and_only_with_a_reason(dee, shift, reason):
    round, _contests, _entries = polls()
    now = round.voting_opens_at + HOUR

    with pytest.raises((Refusal, RoundsRefusal)):
        steering.extend(round, voting_closes_at=round.voting_closes_at + shift, by=dee, now=now, reason=reason)

    assert Letter.objects.count() == 0


def test_a_closed_vote_is_not_extended(dee):
    round, _contests, _entries = polls()
    now = round.voting_closes_at

    with pytest.raises(RoundsRefusal, match="Only an open vote"):
        steering.extend(round, voting_closes_at=now + HOUR, by=dee, now=now, reason="Too late.")


def test_a_pause_takes_no_vote_and_its_time_is_given_back(dee):
    round, _contests, [entry] = polls()
    paused, resumed = round.voting_opens_at + HOUR, round.voting_opens_at + 3 * HOUR
    closes = round.voting_closes_at

    with clock.standing_at(paused):
        steering.pause(round, by=dee, now=paused, reason="Links went wrong.")
        assert queue.stopped(round.topic).reason == "Links went wrong."
        assert vote(entry) == casting.Outcome.PAUSED
    with clock.standing_at(resumed):
        steering.resume(round, by=dee, now=resumed, reason="Mended.")
        assert queue.stopped(round.topic) is None
        assert vote(entry) == casting.Outcome.RECORDED

    assert abs(Round.objects.get(pk=round.pk).voting_closes_at - closes - 2 * HOUR) < timedelta(seconds=5)


def test_cancelling_destroys_unopened_and_lets_candidacies_wait(dee):
    round, [contest], [entry] = polls()
    now = round.voting_opens_at + HOUR
    with clock.standing_at(now):
        vote(entry)
        Letter.objects.create(name="voting.reminder", topic=round.topic, seat=entry.pk, not_before=now)

        assert steering.cancel(round, by=dee, now=now, reason="A wrong roll.") is True
        assert steering.cancel(round, by=dee, now=now, reason="A wrong roll.") is False

    assert Round.objects.get(pk=round.pk).stage == Round.Stage.CANCELLED
    assert ballotbox.envelope_count(contest) == 0
    assert files.stands(files.SEAL, records.key_name(round.pk)) is False
    candidacy = Candidacy.objects.get()
    assert (candidacy.state, candidacy.round) == (Candidacy.State.CLEARED, None)
    assert Letter.objects.get(name="voting.reminder").state == Letter.State.EXPIRED
    assert Letter.objects.filter(name="voting.stopped", seat=entry.pk).count() == 1


def test_a_certified_round_is_not_cancelled(dee):
    round = RoundFactory(stage=Round.Stage.CERTIFIED)

    with pytest.raises(Refusal, match="can’t be cancelled"):
        steering.cancel(round, by=dee, now=round.announce_at, reason="Oh.")


def test_a_sole_candidate_who_leaves_voids_the_contest_and_its_voters_are_told(dee):
    round, contests, [entry] = polls(contests=2)
    now = round.voting_opens_at + HOUR

    with clock.standing_at(now):
        steering.withdraw(contests[0].options.get(number=1).candidacy, by=dee, now=now, reason="She withdraws.")
        outcome = vote(entry, choices={contests[1].pk: 1})

    assert [Contest.objects.get(pk=contest.pk).state for contest in contests] == ["void", "open"]
    assert outcome == casting.Outcome.RECORDED
    assert Letter.objects.filter(name="voting.stopped", seat=entry.pk).count() == 1


def test_a_void_contest_is_void_once(dee):
    round, [contest], _entries = polls()
    now = round.voting_opens_at + HOUR

    assert steering.void(contest, by=dee, now=now, reason="Wrong blurb.") is True
    assert steering.void(contest, by=dee, now=now, reason="Wrong blurb.") is False
