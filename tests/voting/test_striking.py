"""Keeping somebody off a roll: before the freeze, with a reason, and taken back until then."""

from datetime import timedelta

import pytest

from journal.models import Entry
from rounds.models import Round
from rounds.refusals import Refusal as RoundsRefusal
from tests.factories.groups import MemberFactory, UserFactory
from tests.factories.rounds import ContestFactory, RoundFactory
from voting import ballotbox, roll, striking
from voting.models import Exclusion, RollEntry, Strike
from voting.refusals import Refusal

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def to_come(at):
    return RoundFactory(stage=Round.Stage.VETTING)


def frozen(round):
    """The members on the roll once it is frozen."""
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.FROZEN)
    round.refresh_from_db()
    ballotbox.prepare(round)
    while roll.freeze_step(round, now=round.freeze_at):
        pass
    return set(RollEntry.objects.filter(round=round).values_list("member", flat=True))


def test_a_struck_member_is_not_on_the_roll_and_the_contest_says_why(to_come, dee):
    contest = ContestFactory(round=to_come)
    fake, real = MemberFactory(), MemberFactory()
    now = to_come.freeze_at - SECOND
    assert striking.strike(fake, to_come, by=dee, now=now, reason="A made-up name.") is True
    assert frozen(to_come) == {real.pk}
    assert list(Exclusion.objects.filter(contest=contest).values_list("member", "reason")) == [(fake.pk, "struck")]
    entry = Entry.objects.get(verb="roll.struck")
    assert (entry.subject, entry.reason, entry.after) == (
        f"member:{fake.pk}",
        "A made-up name.",
        {"round": to_come.pk},
    )


def test_a_strike_of_another_round_changes_nothing(to_come, dee):
    ContestFactory(round=to_come)
    ben = MemberFactory()
    other = RoundFactory(stage=Round.Stage.VETTING)
    striking.strike(ben, other, by=dee, now=to_come.freeze_at - SECOND, reason="Only there.")
    assert frozen(to_come) == {ben.pk}


def test_a_strike_is_taken_back_once(to_come, dee):
    ContestFactory(round=to_come)
    ben, now = MemberFactory(), to_come.freeze_at - SECOND
    striking.strike(ben, to_come, by=dee, now=now, reason="A mistake.")
    assert striking.readmit(ben, to_come, by=dee, now=now, reason="She is real.") is True
    assert striking.readmit(ben, to_come, by=dee, now=now, reason="She is real.") is False
    assert frozen(to_come) == {ben.pk}
    assert list(Entry.objects.filter(subject=f"member:{ben.pk}").order_by("id").values_list("verb", flat=True)) == [
        "roll.struck",
        "roll.readmitted",
    ]


def test_from_the_freeze_on_nobody_is_struck_or_readmitted(to_come, dee):
    ben = MemberFactory()
    for verb in (striking.strike, striking.readmit):
        with pytest.raises(Refusal, match="is frozen"):
            verb(ben, to_come, by=dee, now=to_come.freeze_at, reason="Late.")
    assert list(striking.open_to(to_come.freeze_at)) == []
    assert list(striking.open_to(to_come.freeze_at - SECOND)) == [to_come]
    assert not Strike.objects.exists()


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_strike_has_a_reason(to_come, dee, reason):
    with pytest.raises(Refusal, match="Say why"):
        striking.strike(MemberFactory(), to_come, by=dee, now=to_come.freeze_at - SECOND, reason=reason)


def test_nobody_is_struck_twice(to_come, dee):
    ben, now = MemberFactory(), to_come.freeze_at - SECOND
    striking.strike(ben, to_come, by=dee, now=now, reason="A made-up name.")
    with pytest.raises(Refusal, match="already"):
        striking.strike(ben, to_come, by=dee, now=now, reason="A made-up name.")
    assert Strike.objects.count() == 1


def test_where_the_round_asks_for_it_two_people_strike(to_come, dee):
    Round.objects.update(second_person=True)
    ben, now = MemberFactory(), to_come.freeze_at - SECOND
    assert striking.strike(ben, to_come, by=dee, now=now, reason="A made-up name.") is False
    with pytest.raises(RoundsRefusal, match="yourself"):
        striking.strike(ben, to_come, by=dee, now=now, reason="A made-up name.")
    assert not Strike.objects.exists()
    assert striking.strike(ben, to_come, by=UserFactory(), now=now, reason="I looked too.") is True
    assert Strike.objects.get().member == ben
