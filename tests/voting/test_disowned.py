"""After "not me": whoever reads that mailbox gets no voting link, and who signs up from it votes in the next round."""

from datetime import timedelta

import pytest
from django.core import mail

from groups import leaving, members, signup
from groups.models import Member
from groups.signup import Request
from mailings import postroom
from tests.factories.voting import polls
from voting import links, posting

HOUR = timedelta(hours=1)


@pytest.fixture
def ben(db, set_clock):
    """On the roll of a vote that has been open for an hour; the reader of his mailbox has said "not me"."""
    round, _contests, [entry] = polls(contests=1)
    now = round.voting_opens_at + HOUR
    set_clock(now)
    leaving.disown(entry.member, now=now)
    return entry


def letters_of(entry, now):
    """What the mailbox gets when its reader asks for a link, and when the ballots and reminders go out."""
    mail.outbox.clear()
    posting.ask_for_link(Member.objects.get(pk=entry.member_id).email, now=now)
    posting.enqueue_ballots(entry.round, now=now)
    postroom.send_due(now)
    return [letter.subject for letter in mail.outbox]


def sign_up_again(entry, now):
    asked = Request(email=entry.member.email, first_name="Ida", last_name="Innes", zip="02139")
    signup.sign_up(asked, now=now)
    signup.confirm(Member.objects.get(pk=entry.member_id), now=now)


def test_no_link_goes_to_a_mailbox_that_is_somebody_elses(ben):
    assert letters_of(ben, ben.round.voting_opens_at + HOUR) == []


def test_who_signs_up_from_it_votes_in_the_next_round(ben):
    now = ben.round.voting_opens_at + HOUR
    sign_up_again(ben, now)
    postroom.send_due(now)
    assert letters_of(ben, now) == []


def test_a_mended_address_gets_the_link(ben, dee):
    now = ben.round.voting_opens_at + HOUR
    members.mend_address(Member.objects.get(pk=ben.member_id), "right@example.org", by=dee, now=now)
    postroom.send_due(now)
    ben.refresh_from_db()
    mail.outbox.clear()
    posting.ask_for_link("right@example.org", now=now)
    postroom.send_due(now)
    [letter] = mail.outbox
    assert links.ballot_url(ben) in letter.body.splitlines()
