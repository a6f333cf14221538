"""A simulated federation: of the size asked for, the same for one seed, and its round comes to a result."""

import random
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from endorsements.models import Endorsement
from endorsements.simulation import federation, votes
from groups.models import Group, Member, Place
from mailings.models import Suppression
from rounds.models import Contest, Race, Round
from tests.factories.groups import MemberFactory
from tests.factories.rounds import START
from tests.factories.voting import polls
from voting import ballotbox
from voting.models import ContestRoll, Result


def simulate(*words):
    said = StringIO()
    call_command("simulate", *words, stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_a_federation_has_the_size_that_was_asked_for():
    round = federation.build(federation.Size(members=1200, contests=6, statewide=2), now=START)

    assert (Member.objects.count(), Group.objects.count(), Race.objects.count()) == (1200, 2, 6)
    assert Race.objects.exclude(office=Race.Office.HOUSE).count() == 2
    assert Suppression.objects.count() == 12
    assert round.stage == Round.Stage.VETTING
    # A hundredth or two are unconfirmed and unsettled; by this seed:
    assert Member.objects.filter(confirmed_at=None).count() == 21
    assert Member.objects.filter(district=None, state__isnull=False, doubt="split").count() == 15


@pytest.mark.parametrize(("seed", "same"), [(7, True), (8, False)])
def test_one_seed_makes_one_federation(seed, same):
    def people(seed):
        size, draw = federation.Size(members=50, contests=4, seed=seed), random.Random(seed)
        places = [Place(pk=pk, state_id=pk + 10) for pk in (1, 2, 3)]
        return list(federation.members(size, places, [Group(pk=1)], draw, now=START))

    assert (people(seed) == people(7)) is same


@pytest.mark.django_db
def test_a_round_is_played_to_its_announcement():
    said = simulate("--members", "12", "--contests", "2", "--turnout", "0.9", "--play")

    round = Round.objects.get()
    assert round.stage == Round.Stage.ANNOUNCED
    assert said.splitlines()[-1].endswith("stands at “Announced”")
    assert Result.objects.filter(contest__round=round).count() == 2
    rolls = dict(ContestRoll.objects.values_list("contest", "eligible"))
    assert dict(Result.objects.values_list("contest", "roll")) == rolls
    announced = Endorsement.objects.filter(round=round).exclude(announced_at=None)
    assert announced.count() == Result.objects.filter(outcome=Result.Outcome.ENDORSED).count()


@pytest.mark.django_db
def test_who_votes_votes_in_all_her_contests(set_clock):
    round, contests, entries = polls(contests=2, voters=30)

    assert votes.vote(round, turnout=1.0, seed=1, cores=1) == sum(
        bool(ballotbox.retry_checks(round.pk, entry.pk)) for entry in entries
    )
    assert {len(ballotbox.retry_checks(round.pk, entry.pk)) for entry in entries} <= {0, 2}
    assert len(set(ballotbox.envelope_counts(round.pk).values())) == 1


@pytest.mark.django_db
def test_nobody_votes_at_a_turnout_of_none():
    round, _contests, _entries = polls(voters=5)

    assert votes.vote(round, turnout=0.0, seed=1, cores=1) == 0
    assert ballotbox.envelope_counts(round.pk) == {}


def test_many_processes_answer_in_order_and_all():
    with votes.sealers(2) as each:
        assert list(each(abs, range(-20, 0))) == list(range(20, 0, -1))


@pytest.mark.django_db
def test_nothing_is_invented_beside_real_people():
    MemberFactory()
    with pytest.raises(CommandError, match="Simulate on an empty one"):
        simulate("--members", "10", "--contests", "1")
    assert (Member.objects.count(), Contest.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_there_are_no_more_races_than_offices():
    with pytest.raises(CommandError, match="there are 442 races of these kinds, not 500"):
        simulate("--members", "10", "--contests", "500", "--statewide", "1")


@pytest.mark.parametrize(
    ("words", "why"), [(["--members", "0"], "at least 1"), (["--members", "1", "--turnout", "2"], "share")]
)
def test_impossible_sizes_are_refused(words, why):
    with pytest.raises(CommandError, match=why):
        simulate(*words)
