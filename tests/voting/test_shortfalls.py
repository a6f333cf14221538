"""What a vote would lack: when keys, a roll under the floor and a missing language are told, and when they are not."""

from datetime import timedelta

import pytest

from groups.models import Place
from rounds.models import Candidacy, Contest, Race, Round
from tests.factories.groups import MemberFactory, district
from tests.factories.rounds import CandidacyFactory, RoundFactory
from tests.factories.voting import keys_of, polls
from voting import ceremony, shortfalls
from voting.models import ContestRoll

pytestmark = pytest.mark.django_db
Stage = Round.Stage
SECOND, HOURS = timedelta(seconds=1), timedelta(hours=1)


def kinds(round, now):
    return [alarm.kind for alarm in shortfalls.found(round, now)]


# Keys


@pytest.fixture
def apart(settings):
    """An installation on several hosts, whose keys people hold."""
    settings.EMBEDDED = False


@pytest.mark.parametrize(
    ("stage", "before_freeze", "wrong"),
    [
        (Stage.VETTING, 48 * HOURS + SECOND, False),
        (Stage.VETTING, 48 * HOURS, True),
        (Stage.NOMINATING, SECOND, False),
        (Stage.FROZEN, -SECOND, True),
        (Stage.VOTING, -30 * HOURS, True),
        (Stage.POLLS_CLOSED, -99 * HOURS, True),
        (Stage.COUNTED, -99 * HOURS, False),
    ],
)
def test_keys_that_nobody_else_holds_are_told_from_two_days_before_the_freeze(apart, stage, before_freeze, wrong):
    round = RoundFactory(stage=stage)
    assert kinds(round, round.freeze_at - before_freeze) == ([shortfalls.NOT_ESCROWED] if wrong else [])


def test_keys_are_escrowed_once_two_holders_have_opened_a_test_envelope(apart):
    round = RoundFactory(stage=Stage.FROZEN)
    private = keys_of(round)
    ceremony.test_host(round, by=None, now=round.freeze_at)
    assert kinds(round, round.freeze_at) == [shortfalls.NOT_ESCROWED]
    ceremony.rehearse(round, private, "escrow", by=None, now=round.freeze_at)
    assert kinds(round, round.freeze_at) == []
    round.key_tests.filter(holder="escrow").update(fingerprint="another key")
    assert kinds(round, round.freeze_at) == [shortfalls.NOT_ESCROWED]


def test_the_embedded_default_holds_all_keys_itself():
    round = RoundFactory(stage=Stage.FROZEN)
    assert kinds(round, round.freeze_at) == []


# The floor


@pytest.mark.parametrize(("eligible", "wrong"), [(24, [shortfalls.SMALL_ROLL]), (25, [])])
@pytest.mark.parametrize("stage", [Stage.FROZEN, Stage.VOTING])
def test_a_roll_under_the_floor(stage, eligible, wrong):
    round, [contest], _entries = polls(stage=stage)
    ContestRoll.objects.update(eligible=eligible)
    found = shortfalls.found(round, round.voting_opens_at)
    assert [one.kind for one in found] == wrong
    assert [one.url for one in found] == [f"/desk/rounds/contest/{contest.pk}/change/"] * len(wrong)
    assert [one.about for one in found] == [f"race {contest.race_id}"] * len(wrong)
    assert [one.sentence for one in found] == [
        "U.S. House, Massachusetts 7th District: 24 people can vote in it, and the turnout floor is 25."
    ] * len(wrong)


def test_a_contest_that_is_out_of_the_vote_and_a_rehearsal_need_no_floor():
    round, _contests, _entries = polls()
    Contest.objects.update(state=Contest.State.VOID)
    assert kinds(round, round.voting_opens_at) == []
    Contest.objects.update(state=Contest.State.OPEN)
    assert kinds(round, round.voting_opens_at) == [shortfalls.SMALL_ROLL]
    round.rehearsal = True
    assert kinds(round, round.voting_opens_at) == []
    round.rehearsal, round.turnout_min_votes = False, 0
    assert kinds(round, round.voting_opens_at) == []


def test_before_the_freeze_the_members_who_live_there_are_counted():
    round = RoundFactory(stage=Stage.VETTING, turnout_min_votes=2)
    candidacy = CandidacyFactory(round=round)
    now = round.freeze_at - 99 * HOURS
    MemberFactory(district=district("MA", 7))
    MemberFactory(district=district("WY", 0))
    assert kinds(round, now) == []  # nobody is cleared yet
    Candidacy.objects.update(state=Candidacy.State.CLEARED)
    [alarm] = shortfalls.found(round, now)
    assert (alarm.kind, alarm.url) == (shortfalls.SMALL_ROLL, f"/desk/rounds/race/{candidacy.race_id}/change/")
    assert "1 person can vote in it, and the turnout floor is 2." in alarm.sentence
    MemberFactory(district=district("MA", 7))
    assert kinds(round, now) == []


# Languages


def test_a_language_without_words_is_missing_for_each_race_on_the_ballot(settings):
    round, contests, _entries = polls(contests=2, turnout_min_votes=0)
    assert kinds(round, round.voting_opens_at) == []
    settings.LANGUAGES = [*settings.LANGUAGES, ("cy", "Cymraeg")]
    found = shortfalls.found(round, round.voting_opens_at)
    assert [one.kind for one in found] == [shortfalls.NO_LANGUAGE] * 2
    assert {one.about for one in found} == {f"race {contest.race_id}" for contest in contests}
    assert found[0].sentence.endswith(": its ballot is not whole in Cymraeg.")
    round.stage = Stage.POLLS_CLOSED
    assert kinds(round, round.voting_opens_at) == []


def test_a_place_that_has_a_name_in_one_language_only_is_missing_in_the_others():
    round, _contests, _entries = polls(turnout_min_votes=0)
    place = Place.objects.create(kind="state", usps="ZZ", name="Zembla")
    Race.objects.update(place=place)
    [alarm] = shortfalls.found(round, round.voting_opens_at)
    assert alarm.sentence == "U.S. House, Zembla: its ballot is not whole in Español."


@pytest.mark.parametrize(("state", "wrong"), [("cleared", [shortfalls.NO_LANGUAGE]), ("nominated", [])])
def test_before_the_freeze_it_is_asked_of_who_is_cleared(settings, state, wrong):
    settings.LANGUAGES = [*settings.LANGUAGES, ("cy", "Cymraeg")]
    round = RoundFactory(stage=Stage.VETTING, turnout_min_votes=0)
    CandidacyFactory(round=round, state=state)
    assert kinds(round, round.freeze_at - 99 * HOURS) == wrong
