"""The letters of a vote in one call: what a voter reads is what she would have read by a letter of her own."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailings import postroom, suppression
from mailings.models import Letter
from mailings.prose import in_short_lines
from rounds.models import Contest, Round
from tests.factories.groups import MemberFactory
from tests.factories.voting import RollEntryFactory, polls
from tests.providers import MERGES, named
from voting import links, posting

State = Letter.State


@pytest.fixture
def roll(db, set_clock):
    """Twelve voters of two languages, two contests with two candidates each: (round, entries, now).

    Eight kinds of letter at most (language, and who stands first in each), so some of them share a text.
    """
    round, contests, _entries = polls(contests=2, candidates=2, voters=0)
    members = [
        MemberFactory(first_name=name, language=language)
        for name, language in [("Ben", "en"), ("O'Neill & Co", "en"), ("Ana", "es"), ("Zoë", "es")] * 3
    ]
    entries = [RollEntryFactory(round=round, contests=contests, member=member) for member in members]
    now = round.voting_opens_at + timedelta(hours=1)
    set_clock(now)
    return round, entries, now


def ballots(round, now):
    posting.enqueue_ballots(round, now=now)


def reminders(round, now):
    posting.enqueue_reminders(round, now=now)
    Letter.objects.update(not_before=now)


def notices(round, now):
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.FROZEN)
    posting.enqueue_notice(round, now=now)


def extended(round, now):
    posting.enqueue_extended(round, now=now)
    Letter.objects.exclude(name="voting.extended").delete()


def stopped(round, now):
    Contest.objects.filter(pk=round.contests.first().pk).update(state=Contest.State.VOID, state_reason="He left.")
    posting.enqueue_stopped(round, now=now)


@pytest.mark.parametrize("enqueue", [ballots, reminders, notices, extended, stopped])
def test_many_read_what_each_would_have_read(roll, provider, settings, enqueue):
    round, entries, now = roll
    chosen = provider("mailgun")
    enqueue(round, now)
    postroom.send_due(now)
    together = {letter.to: letter for letter in chosen.letters()}
    assert set(Letter.objects.values_list("state", flat=True)) == {State.SENT}
    assert max(len(MERGES[named(path)](body)) for path, _head, body in chosen.requests) > 1

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Letter.objects.update(state=State.READY)
    postroom.send_due(now)
    alone = {message.recipients()[0].rpartition("<")[2].rstrip(">"): message for message in mail.outbox}
    assert together.keys() == alone.keys() == {entry.member.email for entry in entries}
    for address, letter in together.items():
        message = alone[address]
        assert (letter.subject, letter.text) == (message.subject, message.body)
        assert in_short_lines(letter.page) == message.alternatives[0].content
        assert not {name for name in letter.headers if name.lower().startswith("list-")}
    if enqueue is ballots:
        for entry in entries:
            assert links.ballot_url(entry) in together[entry.member.email].text.splitlines()


def test_who_has_an_address_not_written_to_is_in_no_batch(roll, provider):
    round, entries, now = roll
    chosen = provider("mailgun")
    suppression.suppress([entries[0].member.email], "bounced", now=now)
    posting.enqueue_ballots(round, now=now)
    assert postroom.send_due(now) == 11
    assert entries[0].member.email not in {letter.to for letter in chosen.letters()}


def test_a_batch_costs_as_many_queries_however_many_are_in_it(db, provider, set_clock):
    round, contests, _entries = polls(voters=0)
    now = round.voting_opens_at + timedelta(hours=1)
    set_clock(now)
    chosen, counts = provider("mailgun"), []
    for more in (2, 2, 20):
        for _ in range(more):
            RollEntryFactory(round=round, contests=contests)
        posting.enqueue_ballots(round, now=now)
        with CaptureQueriesContext(connection) as queries:
            assert postroom.send_due(now) == more
        counts.append(len(queries))
    assert len(chosen.requests) == 3
    assert counts[1] == counts[2]
