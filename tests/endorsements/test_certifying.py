import pytest

from endorsements import certifying
from endorsements.models import Chore
from endorsements.refusals import Refusal
from journal import approvals
from rounds.models import Round
from tests.factories.groups import UserFactory
from tests.factories.results import counted
from tests.factories.rounds import START

pytestmark = pytest.mark.django_db


def test_one_person_certifies_and_twice_is_refused(dee):
    round = counted({1: 60, 2: 40}).contest.round

    assert certifying.certify(round, by=dee, now=START) is True
    assert Round.objects.get(pk=round.pk).stage == Round.Stage.CERTIFIED
    with pytest.raises(Refusal, match="Only a counted round"):
        certifying.certify(round, by=dee, now=START)


def test_two_people_are_two(dee):
    round = counted({1: 60, 2: 40}, certification=Round.Certification.TWO).contest.round

    assert certifying.certify(round, by=dee, now=START, reason="Counted.") is False
    with pytest.raises(Refusal, match="second person"):
        certifying.certify(round, by=dee, now=START)
    assert Round.objects.get(pk=round.pk).stage == Round.Stage.COUNTED

    assert certifying.certify(round, by=UserFactory(is_staff=True), now=START) is True
    assert Round.objects.get(pk=round.pk).stage == Round.Stage.CERTIFIED


def test_a_request_to_certify_that_has_lapsed_is_asked_anew(dee):
    round = counted({1: 60, 2: 40}, certification=Round.Certification.TWO).contest.round
    second, later = UserFactory(is_staff=True), START + approvals.KEPT
    certifying.certify(round, by=dee, now=START, reason="Counted.")

    assert certifying.certify(round, by=second, now=later, reason="Counted.") is False
    assert certifying.certify(round, by=dee, now=later, reason="Yes.") is True


def test_a_contest_under_the_floor_is_decided_first(dee):
    round = counted({1: 12, 2: 3}).contest.round

    with pytest.raises(Refusal, match="First decide what needs review: U.S. House, Massachusetts 7th"):
        certifying.certify(round, by=dee, now=START)


def test_certifying_starts_the_work_that_follows(dee):
    round = counted({1: 60, 2: 40}).contest.round

    certifying.certify(round, by=dee, now=START)

    assert list(Chore.objects.filter(round=round).values_list("name", flat=True)) == ["issue", "tell_groups", "destroy"]
