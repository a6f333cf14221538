"""Who may vote in what, and why somebody may not."""

from datetime import timedelta

import pytest
from django.db import connection

from groups.models import Member
from mailings import suppression
from rounds.models import Contest, Race, Round
from tests.factories.groups import MemberFactory, UserFactory, district, state
from tests.factories.rounds import ContestFactory, CycleFactory, RoundFactory
from voting import ballotbox, roll
from voting.models import ContestRoll, Exclusion, RollEntry


@pytest.fixture
def round(db):
    return RoundFactory(stage=Round.Stage.FROZEN)


@pytest.fixture
def house(round):
    return ContestFactory(round=round)


@pytest.fixture
def senate(round):
    return ContestFactory(round=round, race__office=Race.Office.SENATE, race__place=state("MA"))


def freeze(round):
    steps = 0
    while roll.freeze_step(round, now=round.freeze_at):
        steps += 1
    return steps


def on_roll(contest):
    entries = RollEntry.objects.filter(round=contest.round)
    eligible = ballotbox.contests_of(entries.values_list("pk", flat=True))
    return {entry.member.email for entry in entries.select_related("member") if contest.pk in eligible[entry.pk]}


def test_those_who_live_there_are_on_the_roll_and_nobody_else(round, house, senate):
    MemberFactory(email="in@example.org")
    MemberFactory(email="near@example.org", district=district("MA", 5))
    MemberFactory(email="statewide@example.org", district=None, state=state("MA"))
    MemberFactory(email="far@example.org", district=district("WY", 0))
    assert freeze(round) == 2
    assert on_roll(house) == {"in@example.org"}
    assert on_roll(senate) == {"in@example.org", "near@example.org", "statewide@example.org"}
    assert [contest.roll.eligible for contest in (house, senate)] == [1, 3]
    assert RollEntry.objects.count() == 3
    assert roll.left(round) == 0


def test_each_exclusion_keeps_its_reason(round, house, senate):
    kept = MemberFactory(email="in@example.org")
    MemberFactory(email="late@example.org", confirmed_at=round.voting_opens_at)
    MemberFactory(email="never@example.org", confirmed_at=None)
    MemberFactory(email="unsettled@example.org", district=None, state=state("MA"))
    MemberFactory(email="double@example.org", merged_into=kept)
    MemberFactory(email="gone@example.org", erased_at=round.freeze_at)
    freeze(round)
    reasons = {contest: set(contest.exclusions.values_list("member__email", "reason")) for contest in (house, senate)}
    everywhere = {
        ("late@example.org", Exclusion.Reason.UNCONFIRMED),
        ("never@example.org", Exclusion.Reason.UNCONFIRMED),
        ("double@example.org", Exclusion.Reason.DUPLICATE),
    }
    assert reasons[senate] == everywhere
    assert reasons[house] == everywhere | {("unsettled@example.org", Exclusion.Reason.DISTRICT)}
    assert on_roll(house) == {"in@example.org"}


@pytest.mark.parametrize(("minutes", "counts"), [(0, 1), (1, 0)])
def test_confirmed_by_the_freeze_counts_and_a_minute_later_does_not(round, house, minutes, counts):
    MemberFactory(confirmed_at=round.freeze_at + timedelta(minutes=minutes))
    freeze(round)
    assert roll.eligible_count(house) == counts


def test_who_stands_on_the_roll_keeps_her_credential_for_her_other_contests(round, house, senate):
    MemberFactory.create_batch(2)
    freeze(round)
    eligible = ballotbox.contests_of(RollEntry.objects.values_list("pk", flat=True))
    assert sorted(eligible.values()) == [[house.pk, senate.pk]] * 2


def test_a_credential_that_is_taken_is_drawn_again(round, house, monkeypatch):
    drawn = iter([5, 6, 5, 7])  # the second contest's first draw is one that stands
    monkeypatch.setattr(roll.secrets, "randbits", lambda bits: next(drawn))
    monkeypatch.setitem(roll.CREDENTIAL, "postgresql", "nextval('few')")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY SEQUENCE few MINVALUE 0 MAXVALUE 2 START 1 CYCLE")
    MemberFactory.create_batch(2)
    freeze(round)
    other = ContestFactory(round=round, race__place=district("MA", 5))
    MemberFactory(district=other.race.place)
    freeze(round)
    assert RollEntry.objects.count() == 3


def test_freezing_twice_changes_nothing(round, house, senate):
    MemberFactory.create_batch(3)
    freeze(round)
    before = set(RollEntry.objects.values_list("credential", "member"))
    assert roll.freeze_step(round, now=round.freeze_at) is False
    MemberFactory(confirmed_at=round.freeze_at)
    assert freeze(round) == 0
    assert set(RollEntry.objects.values_list("credential", "member")) == before


def test_a_frozen_contest_keeps_its_roll_when_another_is_built_later(round, house):
    MemberFactory()
    freeze(round)
    first = ContestRoll.objects.get(contest=house).frozen_at
    ContestFactory(round=round, race__office=Race.Office.SENATE, race__place=state("MA"))
    assert roll.left(round) == 1
    assert freeze(round) == 1
    assert ContestRoll.objects.get(contest=house).frozen_at == first
    assert RollEntry.objects.count() == 1


def test_somebody_who_moves_while_the_roll_is_built_votes_for_one_district(round, house, monkeypatch):
    monkeypatch.setattr(roll, "MEMBERS", 1)
    other = ContestFactory(round=round, race__place=district("MA", 5))
    member, there = MemberFactory(), MemberFactory(district=other.race.place)
    assert roll.freeze_step(round, now=round.freeze_at)
    Member.objects.filter(pk=member.pk).update(district=other.race.place)
    assert freeze(round) == 1
    assert (on_roll(house), on_roll(other)) == ({member.email}, {there.email})
    assert (house.roll.eligible, other.roll.eligible) == (1, 1)


@pytest.mark.parametrize(("most", "steps"), [(6, 1), (5, 2), (4, 2), (3, 2), (2, 3), (0, 3)])
def test_a_step_takes_contests_until_they_have_so_many_members(round, house, monkeypatch, most, steps):
    contests = [house, *(ContestFactory(round=round, race__place=district("MA", number)) for number in (5, 6))]
    monkeypatch.setattr(roll, "MEMBERS", most)
    for contest, living in zip(contests, (1, 2, 3), strict=True):
        MemberFactory.create_batch(living, district=contest.race.place)
    assert freeze(round) == steps
    assert [contest.roll.eligible for contest in contests] == [1, 2, 3]
    assert RollEntry.objects.count() == 6


def test_a_step_takes_no_two_contests_in_which_one_person_lives(round, house, senate):
    later = CycleFactory(year=house.race.cycle.year + 2)
    again = ContestFactory(round=round, race__cycle=later, race__place=house.race.place)
    member = MemberFactory()
    assert list(pieces(round)) == [[house], [senate], [again]]
    assert (on_roll(house), on_roll(senate), on_roll(again)) == ({member.email}, {member.email}, set())


def pieces(round):
    while piece := roll.next_piece(round):
        roll.freeze_step(round, now=round.freeze_at)
        yield piece


def test_who_is_not_written_to_is_on_the_roll_and_counted(round, house):
    MemberFactory(email="news@example.org")
    MemberFactory(email="Left@example.org")
    suppression.suppress(["news@example.org"], "news", now=round.freeze_at)
    suppression.suppress(["left@example.org"], "left", now=round.freeze_at)
    freeze(round)
    assert (house.roll.eligible, house.roll.not_mailed) == (2, 1)


@pytest.mark.django_db
def test_on_the_roll_of_a_rehearsal_are_staff_alone():
    rehearsal = RoundFactory(stage=Round.Stage.FROZEN, rehearsal=True)
    contest = ContestFactory(round=rehearsal)
    MemberFactory(email="ben@example.org")
    MemberFactory(email="dee@example.org", district=district("WY", 0))
    UserFactory(email="dee@example.org", is_staff=True)
    freeze(rehearsal)
    assert on_roll(contest) == {"dee@example.org"}


def test_nothing_is_frozen_before_its_stage(round, house):
    MemberFactory()
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.VETTING)
    round.refresh_from_db()
    assert roll.freeze_step(round, now=round.freeze_at) is False
    assert RollEntry.objects.count() == 0


def test_credentials_are_random_and_fit_63_bits(round, house):
    MemberFactory.create_batch(40)
    freeze(round)
    credentials = set(RollEntry.objects.values_list("credential", flat=True))
    assert len(credentials) == 40
    assert all(0 <= credential < 2**63 for credential in credentials)
    # Each of the upper and lower bits is set in some and not in others: 2**-39 to fail by chance.
    for bit in (0, 1, 30, 61, 62):
        assert {credential >> bit & 1 for credential in credentials} == {0, 1}


def test_a_roll_of_nobody_is_built_and_empty(round, house):
    assert freeze(round) == 1
    assert (house.roll.eligible, house.roll.not_mailed) == (0, 0)


def test_the_queries_do_not_grow_with_the_members(round, django_assert_max_num_queries):
    for office, members in ((Race.Office.SENATE, 1), (Race.Office.GOVERNOR, 30)):
        ContestFactory(round=round, race__office=office, race__place=state("MA"))
        MemberFactory.create_batch(members)
        with django_assert_max_num_queries(24 if connection.vendor == "postgresql" else 22):
            assert roll.freeze_step(round, now=round.freeze_at)


def test_the_ballot_of_somebody_holds_her_contests_that_stand(round, house, senate, django_assert_num_queries):
    MemberFactory()
    freeze(round)
    entry = RollEntry.objects.get()
    with django_assert_num_queries(5):
        assert roll.ballot_of(entry) == [house, senate]
    Contest.objects.filter(pk=house.pk).update(state=Contest.State.VOID)
    assert roll.ballot_of(entry) == [senate]
