"""A member's pages at the desk: how she is found, what they tell, and what they never tell."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from endorsements.desk import support
from journal.models import Entry
from mailings import postroom, suppression
from mailings.models import Delivery, Letter
from rounds.models import Round
from tests.factories.groups import MemberFactory, state
from tests.factories.voting import polls, vote
from voting import posting
from voting.models import Exclusion

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WHY = "She called us."


def text_of(page):
    """The words of a page's main part, without tags."""
    words = re.sub(r"<[^>]+>", " ", page.content.decode().split("<main", 1)[-1])
    return " ".join(unescape(words).split())


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


@pytest.fixture
def vote_open(set_clock):
    """An open vote with two contests and three voters, an hour after its letters were sent."""
    round, contests, entries = polls(contests=2, voters=3, name="Spring round")
    posting.enqueue_ballots(round, now=round.voting_opens_at)
    Letter.objects.update(state=Letter.State.SENT, settled_at=round.voting_opens_at, message_id="<abc@example.org>")
    set_clock(round.voting_opens_at + HOUR)
    return round, contests, entries


def page_of(member, name="change", *more):
    return reverse(f"admin:groups_member_{name}", args=[member.pk, *more])


def read(desk, member, name="change"):
    return text_of(desk.get(page_of(member, name)))


def verbs(member):
    return list(Entry.objects.filter(subject=f"member:{member.pk}").order_by("id").values_list("verb", "reason"))


# Found


def test_a_member_is_found_by_a_letters_number(desk, vote_open):
    _round, _contests, entries = vote_open
    Letter.objects.filter(seat=entries[1].pk).update(message_id="<this@example.org>")
    found = text_of(desk.get(reverse("admin:groups_member_changelist"), {"q": "<this@example.org>"}))
    assert entries[1].member.email in found
    assert entries[0].member.email not in found
    for nobody in ("<none@example.org>", "<", "<>"):
        answer = desk.get(reverse("admin:groups_member_changelist"), {"q": nobody})
        assert entries[1].member.email not in text_of(answer)


def test_a_letter_to_staff_leads_to_no_member(vote_open):
    Letter.objects.create(
        name="voting.alarm", seat=vote_open[2][0].pk, message_id="<x@y.z>", not_before="2026-03-08T00:00Z"
    )
    assert list(support.by_reference("<x@y.z>")) == []
    assert support.by_reference("ben@example.org") is None


# What the pages tell


def test_whether_a_vote_is_in_is_told_and_nothing_else_of_it(desk, vote_open, set_clock):
    round, contests, entries = vote_open
    before, other = read(desk, entries[0].member), read(desk, entries[1].member)
    assert "No vote is in" in before
    set_clock(round.voting_opens_at + 2 * HOUR)
    vote(entries[0])
    after = read(desk, entries[0].member)
    assert after == before.replace("No vote is in", "A vote is in")
    assert read(desk, entries[1].member) == other
    for contest in contests:
        assert str(contest.race) in after
    assert str(entries[0].pk) not in after


@pytest.mark.parametrize(
    ("stage", "told"),
    [("voting", True), ("polls_closed", True), ("counted", True), ("certified", False), ("announced", False)],
)
def test_a_vote_is_told_of_until_the_result_stands(vote_open, stage, told):
    round, _contests, entries = vote_open
    Round.objects.update(stage=stage)
    [found] = support.rounds_of(entries[0].member)
    assert found.voted == (False if told else None)


def test_the_letters_page_is_the_same_before_and_after_her_vote(desk, vote_open, set_clock):
    round, _contests, entries = vote_open
    Delivery.objects.create(
        letter=Letter.objects.get(seat=entries[0].pk),
        state=Delivery.State.DELIVERED,
        at=round.voting_opens_at,
        provider="x",
    )
    before = read(desk, entries[0].member, "letters")
    assert "Ballot Spring round Delivered" in before
    vote(entries[0])
    now = round.voting_opens_at + HOUR
    posting.enqueue_receipt(entries[0], now=now)
    posting.enqueue_reminders(round, now=now)
    postroom.send_due(now)
    assert Letter.objects.filter(name="voting.receipt", state=Letter.State.SENT).count() == 1
    assert read(desk, entries[0].member, "letters") == before


def test_a_letter_that_was_kept_back_is_on_the_letters_page_with_its_reason(desk, vote_open):
    _round, _contests, entries = vote_open
    ben = entries[0].member
    suppression.suppress([ben.email], "bounced", now=vote_open[0].voting_opens_at, source="reported by a provider")
    Letter.objects.filter(seat=entries[0].pk).update(state=Letter.State.SKIPPED, reason=suppression.NOT_WRITTEN_TO)
    page = read(desk, ben, "letters")
    assert "The address is not written to" in page
    assert suppression.NOT_WRITTEN_TO in page


def test_who_is_left_out_is_told_why(desk, vote_open):
    round, contests, _entries = vote_open
    eve = MemberFactory(district=None, state=state("MA"), doubt="split")
    Exclusion.objects.create(contest=contests[0], member=eve, reason="district")
    page = read(desk, eve)
    assert f"Not in {contests[0].race}: district not settled." in page
    assert "Not on the roll." in page
    assert "the member votes in the state's races only" in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"confirmed_at": None}, "The address is not confirmed"),
        ({"state": None, "district": None}, "Nobody knows where the member lives"),
    ],
)
def test_why_she_would_not_be_on_a_roll(desk, fields, sentence):
    assert sentence in read(desk, MemberFactory(**fields))


def test_nothing_keeps_a_settled_member_off_the_roll():
    assert support.obstacles(MemberFactory()) == []
