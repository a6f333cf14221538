"""A rehearsal leaves the ballot box, and nothing else ever does so by the same way."""

import pytest
from django.db import DatabaseError, connection, transaction

from groups.models import User
from rounds.models import Round
from tests.factories.groups import UserFactory
from tests.factories.rounds import START
from tests.factories.voting import polls, vote
from tests.voting.test_boxroles import being, refused
from voting import ballotbox, boxroles
from voting.refusals import Refusal
from voting.statements import asked

pytestmark = pytest.mark.django_db

Stage = Round.Stage


def over(rehearsal=True, stage=Stage.CANCELLED, voters=1):
    """A round with votes in its box, then at that stage."""
    round, _contests, entries = polls(voters=voters, rehearsal=rehearsal)
    for entry in entries:
        vote(entry)
    Round.objects.filter(pk=round.pk).update(stage=stage)
    round.refresh_from_db()
    return round


def left(round):
    return asked("SELECT count(*) FROM envelope WHERE round_id = %s", [round.pk])


def test_everything_of_it_goes_and_of_another_round_nothing(dee, set_clock):
    set_clock(START + (polls()[0].voting_opens_at - START))
    rehearsal, other = over(), over(rehearsal=False)
    assert ballotbox.wipe_rehearsal(rehearsal) == {
        "eligibility": 1,
        "opened_ballot": 0,
        "participation": 0,
        "envelope": 1,
    }
    assert (left(rehearsal), left(other)) == (0, 1)
    assert asked("SELECT count(*) FROM eligibility") == 2


@pytest.mark.parametrize(("rehearsal", "stage"), [(False, Stage.CANCELLED), (False, Stage.ANNOUNCED)])
def test_a_real_round_is_refused_in_the_database_too(dee, set_clock, rehearsal, stage):
    set_clock(polls()[0].voting_opens_at)
    round = over(rehearsal=rehearsal, stage=stage)
    with pytest.raises((Refusal, DatabaseError)), transaction.atomic():
        ballotbox.wipe_rehearsal(round)
    assert left(round) == 1


@pytest.mark.postgresql
@pytest.mark.parametrize("stage", [Stage.VOTING, Stage.POLLS_CLOSED, Stage.COUNTED, Stage.CERTIFIED])
def test_one_that_is_not_over_is_refused(dee, set_clock, stage):
    set_clock(polls()[0].voting_opens_at)
    round = over(stage=stage)
    with pytest.raises(DatabaseError, match="only a rehearsal that is over"), transaction.atomic():
        ballotbox.wipe_rehearsal(round)
    assert left(round) == 1


@pytest.mark.postgresql
def test_a_real_round_that_somebody_calls_a_rehearsal_is_refused_for_the_length_of_its_roll(dee, set_clock):
    set_clock(polls()[0].voting_opens_at)
    round = over(rehearsal=False, voters=User.objects.count() + 1)
    Round.objects.filter(pk=round.pk).update(rehearsal=True)
    with pytest.raises(DatabaseError, match="more people are on this roll than staff could be"), transaction.atomic():
        ballotbox.wipe_rehearsal(round)
    UserFactory(email="one.more@example.org")
    assert ballotbox.wipe_rehearsal(round)["envelope"] == 2


@pytest.mark.postgresql
def test_the_web_may_not_and_the_clock_may(dee, set_clock, monkeypatch):
    monkeypatch.setattr(boxroles, "name_of", lambda role: f"{connection.settings_dict['NAME']}_{role}")
    set_clock(polls()[0].voting_opens_at)
    round = over()
    boxroles.grant_all()
    with being("web"):
        with pytest.raises(Refusal, match="Do it at the desk of the mail host"):
            ballotbox.wipe_rehearsal(round)
        assert refused(f"SELECT wipe_rehearsal({round.pk})")
    with being("post"):
        assert ballotbox.wipe_rehearsal(round)["envelope"] == 1


def test_whether_anybody_has_voted_is_told_of_a_rehearsal_alone(dee, set_clock):
    set_clock(polls()[0].voting_opens_at)
    empty, _contests, _entries = polls(rehearsal=True)
    voted, real = over(), over(rehearsal=False)
    assert [ballotbox.rehearsal_voted(one) for one in (empty, voted, real)] == [False, True, False]
