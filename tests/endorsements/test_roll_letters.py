"""The letter that answers "Am I on the roll?": every state somebody may be in, and strangers get none."""

from datetime import timedelta

import pytest
from django.core import mail

from endorsements import roll_letters
from endorsements.roll_letters import ON_ROLL_LETTER
from groups import asking, members
from groups.models import Member
from mailings import postroom
from mailings.models import Letter
from rounds.models import Round
from tests.factories.groups import MemberFactory, district, state
from tests.factories.rounds import START, RoundFactory
from tests.factories.voting import RollEntryFactory, polls, vote

pytestmark = pytest.mark.django_db

DURING = START + timedelta(days=35)


def answer(address="ben@example.org", now=DURING):
    """The text of the letter that goes to an address; "" when none goes."""
    mail.outbox.clear()
    asking.ask(ON_ROLL_LETTER, address, now=now)
    postroom.send_due(now)
    return " ".join(mail.outbox[0].body.split()) if mail.outbox else ""


def test_who_is_on_the_roll_of_an_open_vote_reads_her_races(ben):
    round, contests, _entries = polls(contests=2, voters=1, name="Spring round")
    RollEntryFactory(round=round, member=ben, contests=contests)
    said = answer()
    assert "You are on the list of Sample Federation, and your address is confirmed." in said
    assert "On our list you live in: Massachusetts 7th District" in said
    assert "You are on the roll of Spring round. You vote on: MA-07 and MA-Sen." in said
    assert "The vote is open until Wednesday, March 11, 2026, 8:00 p.m. Eastern" in said
    assert "/my-link/" in said
    assert "/my-entry/moved/" in said


def test_whose_vote_is_in_reads_so_and_not_how(ben, set_clock):
    round, contests, _entries = polls(name="Spring round")
    set_clock(DURING)
    vote(RollEntryFactory(round=round, member=ben, contests=contests))
    assert "We already have your vote, and it is final." in answer()


def test_before_it_opens_she_reads_when(ben):
    round, contests, _entries = polls(name="Spring round", stage=Round.Stage.FROZEN)
    RollEntryFactory(round=round, member=ben, contests=contests)
    said = answer(now=round.freeze_at + timedelta(hours=1))
    assert "The vote opens Sunday, March 8, 2026, 8:00 p.m. Eastern" in said


def test_who_confirmed_too_late_reads_why_and_what_comes(ben):
    round, _contests, _entries = polls(name="Spring round")
    RoundFactory(name="Summer round", starts_at=START + timedelta(weeks=6))
    Member.objects.filter(pk=ben.pk).update(confirmed_at=round.freeze_at + timedelta(seconds=1))
    said = answer()
    assert "You are not on the roll of Spring round: it was closed before you confirmed." in said
    assert "You can vote in Summer round, if there is a race where you live." in said


def test_who_lives_where_no_race_is_reads_that(ben):
    polls(name="Spring round")
    said = answer()
    assert "You are not on the roll of Spring round: it has no race where you lived when the roll was closed." in said


def test_who_has_not_confirmed_gets_her_link_and_until_when():
    ben = MemberFactory(email="ben@example.org", confirmed_at=None)
    round = RoundFactory(name="Spring round", stage="vetting", starts_at=START)
    said = answer(now=round.freeze_at - timedelta(hours=1))
    assert members.confirm_url(ben) in said
    assert "To vote in Spring round, confirm by Saturday, March 7, 2026, 11:59 p.m. Eastern" in said


def test_whose_district_is_not_known_reads_what_she_misses(ben):
    Member.objects.filter(pk=ben.pk).update(district=None, state=state("MA"), doubt="split")
    said = answer()
    assert "On our list you live in: Massachusetts" in said
    assert "We do not know your House district yet" in said


def test_a_stranger_gets_no_letter(ben):
    assert answer("nobody@example.org") == ""
    assert Letter.objects.get(name=ON_ROLL_LETTER).state == Letter.State.SKIPPED


def test_a_rehearsal_is_told_to_nobody(ben):
    round, contests, _entries = polls(name="A rehearsal", rehearsal=True)
    RollEntryFactory(round=round, member=ben, contests=contests)
    assert "rehearsal" not in answer()


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_asks_the_same_for_one_and_for_three(count, django_assert_num_queries):
    round, contests, _entries = polls(name="Spring round")
    for n in range(count):
        member = MemberFactory(email=f"p{n}@example.org", district=district("MA", 7))
        RollEntryFactory(round=round, member=member, contests=contests)
        asking.ask(ON_ROLL_LETTER, f"p{n}@example.org", now=DURING)
    rows = list(Letter.objects.filter(name=ON_ROLL_LETTER))
    with django_assert_num_queries(10):
        drafts = roll_letters.on_roll(rows, DURING)
    assert {draft.context["votes"][0]["races"] for draft in drafts.values()} == {"MA-07"}
