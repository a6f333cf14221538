"""The page that certifies says before what follows: results, letters, the announcement, and what is destroyed."""

import html
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from endorsements import certifying, lifecycle, telling
from endorsements.control_room import consequences
from groups.models import Role
from groups.roles import make_roles
from journal.models import Entry
from journal.wording import in_zone
from mailings.models import Letter
from rounds.models import Candidacy, Contest, Nomination, Round
from tests.factories.groups import LeadershipFactory, UserFactory, district, state
from tests.factories.results import counted
from tests.factories.rounds import ContestFactory, NominationFactory, RaceFactory, RoundFactory
from voting import results

pytestmark = pytest.mark.django_db

Stage = Round.Stage
SECOND = timedelta(seconds=1)


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


@pytest.fixture
def round():
    return RoundFactory(stage=Stage.COUNTED)


def act_of(round):
    return f"/desk/rounds/round/{round.pk}/steer/certify/"


def text_of(response):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def race(number=7):
    return RaceFactory(place=district("MA", number))


def stood(result, *, leaders=1, **fields):
    """The candidate of a contest, nominated by a group with so many leaders."""
    candidacy = result.contest.options.get(number=1).candidacy
    Candidacy.objects.filter(pk=candidacy.pk).update(round=result.contest.round, state=Candidacy.State.ON_BALLOT)
    nomination = NominationFactory(candidacy=candidacy, **fields)
    for _ in range(leaders):
        LeadershipFactory(group=nomination.group, user=UserFactory())
    return nomination


def test_the_numbers_that_it_says_are_those_that_happen(desk, dee, round, set_clock):
    now = round.voting_closes_at + timedelta(days=1)
    set_clock(now)
    first = stood(counted({1: 60, 2: 40}, round=round), leaders=2)
    LeadershipFactory(group=first.group, user=UserFactory(), confirmed_at=None)
    LeadershipFactory(group=first.group, user=UserFactory(is_active=False))
    also = stood(counted({1: 40, 2: 60}, round=round, contest__race=race(8)), leaders=0)
    LeadershipFactory(group=also.group, user=first.group.leaderships.first().user)  # one leader of both
    NominationFactory(candidacy=first.candidacy, group=also.group, state=Nomination.State.WITHDRAWN)
    gone = ContestFactory(round=round, race=race(9), state=Contest.State.VOID, state_reason="She left.")
    results.settle_void(gone, now=now)
    nominated = NominationFactory(candidacy=gone.options.get(number=1).candidacy)
    Candidacy.objects.filter(pk=nominated.candidacy_id).update(round=round, state=Candidacy.State.ON_BALLOT)
    LeadershipFactory(group=nominated.group, user=UserFactory())

    said = text_of(desk.get(act_of(round)))

    assert "Final and not to be changed: 1 endorsed, 1 not endorsed, 0 need a decision, 1 void." in said
    assert "3 letters go out at once, to 2 leaders of the nominating groups, under embargo." in said
    assert f"the public are told {in_zone(round.announce_at, round.time_zone)}." in said
    assert "200 envelopes and the keys of this round are destroyed." in said
    assert "Met: " in said and "Not met: " in said

    certifying.certify(round, by=dee, now=now)
    lifecycle.advance(round, now)
    letters = Letter.objects.filter(name=telling.GROUPS_LETTER)
    assert (letters.count(), letters.values("seat").distinct().count()) == (3, 2)


def test_what_needs_review_is_named_with_a_link_and_refuses_as_before(desk, round):
    result = counted({1: 16, 2: 4}, round=round, roll=1250)
    link = reverse("admin:voting_result_change", args=[result.pk]) + "#decide"

    page = desk.get(act_of(round))
    refused = desk.post(act_of(round), {"reason": "Counted.", "typed": round.name})

    for answer in (page, refused):
        assert answer.status_code == 200 and link in answer.content.decode()
        assert f"{result.contest.race}: Under the turnout floor: 20 votes were cast" in text_of(answer)
    assert "First decide what needs review" in text_of(refused)
    assert Round.objects.get().stage == Stage.COUNTED


@pytest.mark.parametrize(("late", "at_once"), [(-SECOND, False), (timedelta(), True)])
def test_an_announcement_that_is_due_comes_at_once_and_the_page_says_so(round, late, at_once):
    assert consequences.of_certifying(round, round.announce_at + late).at_once is at_once


def test_two_people_are_told_whose_word_does_it(desk, round, dee):
    Round.objects.update(certification=Round.Certification.TWO)
    counted({1: 60, 2: 40}, round=round)
    assert "the first only asks" in text_of(desk.get(act_of(round)))
    desk.post(act_of(round), {"reason": "Counted.", "typed": round.name})

    other = UserFactory(is_staff=True)
    other.user_permissions.set(
        Permission.objects.filter(codename__in=["certify_round", "see_uncertified", "view_round"])
    )
    desk.force_login(other)

    assert f"{dee} has asked for this : “Counted.”" in text_of(desk.get(act_of(round)))


def test_in_a_rehearsal_the_letters_go_to_staff(desk, dee):
    round = RoundFactory(stage=Stage.COUNTED, rehearsal=True)
    stood(counted({1: 60, 2: 40}, round=round), leaders=3)

    assert "1 letter goes out at once, to 1 staffer" in text_of(desk.get(act_of(round)))


def test_looking_is_written_down_and_who_may_see_no_results_sees_none(client, round):
    counted({1: 613, 2: 387}, round=round)
    people = {}
    for rights in (["certify_round", "view_round"], ["certify_round", "view_round", "see_uncertified"]):
        user = UserFactory(is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=rights))
        client.force_login(user)
        people[len(rights)] = (user, text_of(client.get(act_of(round))))

    assert "613" not in people[2][1] and "endorsed," not in people[2][1]
    assert "613 (61.30%)" in people[3][1]
    assert [entry.actor for entry in Entry.objects.filter(verb="read.opened")] == [f"user:{people[3][0].pk}"]


def test_for_a_teller_as_many_queries_for_one_contest_as_for_four(client, round, settings):
    make_roles()
    settings.SECOND_FACTOR_FORCED = True
    teller = UserFactory(is_staff=True)
    teller.groups.add(Role.objects.get(name="Teller"))
    Authenticator.objects.create(user=teller, type=Authenticator.Type.TOTP, data={"secret": ""})
    client.force_login(teller)
    Round.objects.update(certification=Round.Certification.TWO)
    stood(counted({1: 60, 2: 40}, round=round))
    client.get(act_of(round))
    with CaptureQueriesContext(connection) as one:
        client.get(act_of(round))
    for number in (8, 9):
        stood(counted({1: 60, 2: 40}, round=round, contest__race=race(number)), leaders=2)
    counted({1: 16, 2: 4}, round=round, contest__race=RaceFactory(office="senate", place=state("MA")))
    with CaptureQueriesContext(connection) as four:
        assert client.get(act_of(round)).status_code == 200
    assert len(one) == len(four) <= 12


@pytest.mark.parametrize("stage", Stage.values)
def test_the_page_opens_at_every_stage(desk, stage):
    round = RoundFactory(stage=stage)

    assert desk.get(act_of(round)).status_code == 200


def test_who_stood_in_a_void_contest_hears_no_result(dee, round):
    result = counted({1: 60, 2: 40}, round=round)
    kept = stood(result)
    gone = ContestFactory(round=round, race=race(9), state=Contest.State.VOID, state_reason="She left.")
    results.settle_void(gone, now=round.voting_closes_at)
    Candidacy.objects.filter(options__contest=gone).update(round=round, state=Candidacy.State.ON_BALLOT)
    certifying.certify(round, by=dee, now=round.voting_closes_at)

    telling.members(round, now=round.announce_at)

    told = Letter.objects.filter(name="endorsements.campaign_result")
    assert [letter.subject for letter in told] == [kept.candidacy_id]
