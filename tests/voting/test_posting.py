"""Who gets which letter of a vote, once each, and what the letters say."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core import mail

from keys.links import TOKEN
from mailings import postroom, queue, suppression
from mailings.letters import find
from mailings.models import Letter
from rounds import staging
from rounds.models import Contest, Round
from tests.factories.groups import GroupFactory, MemberFactory, district
from tests.factories.rounds import NominationFactory, RoundFactory
from tests.factories.voting import RollEntryFactory, polls, vote
from tests.forms import guarded
from voting import links, posting
from voting.models import LinkRequest, RollEntry

HOUR = timedelta(hours=1)
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def open_polls(db, set_clock):
    """A round open for an hour, with two contests and one voter: Ben."""
    round, contests, entries = polls(contests=2)
    now = round.voting_opens_at + HOUR
    set_clock(now)
    return round, contests, entries[0], now


def seats(name):
    return sorted(Letter.objects.filter(name=name).values_list("seat", flat=True))


def send(now):
    mail.outbox.clear()
    postroom.send_due(now)
    aside = Letter.objects.filter(state__in=[Letter.State.SET_ASIDE, Letter.State.FAILED])
    assert list(aside.values_list("name", "reason")) == []
    return mail.outbox


def parts(message):
    return message.body, message.alternatives[0][0]


# Rows


def test_everybody_on_the_roll_gets_one_ballot_however_often_it_is_asked_for(open_polls):
    round, contests, entry, now = open_polls
    other = RollEntryFactory(round=round, contests=contests)
    RollEntryFactory()  # of another round
    assert posting.enqueue_ballots(round, now=now) == 2
    assert posting.enqueue_ballots(round, now=now) == 0
    assert seats("voting.ballot") == sorted([entry.pk, other.pk])


def test_neighbors_stand_in_line_together(open_polls):
    round, _contests, _entry, now = open_polls
    for number in range(12):
        RollEntryFactory(round=round, member=MemberFactory(district=district("MA", 1 + number % 3)))

    posting.enqueue_ballots(round, now=now)

    line = Letter.objects.order_by("pk").values_list("seat", flat=True)
    places = dict(RollEntry.objects.values_list("pk", "member__district_id"))
    assert [places[seat] for seat in line] == sorted(places.values())
    letter = Letter.objects.filter(name="voting.ballot").first()
    assert (letter.topic, letter.subject, letter.priority) == (round.topic, round.pk, 10)
    assert (letter.not_before, letter.expires) == (round.voting_opens_at, None)


def test_a_large_roll_is_written_in_pieces(open_polls, monkeypatch):
    round, contests, entry, now = open_polls
    others = [RollEntryFactory(round=round, contests=contests) for _ in range(8)]
    RollEntryFactory(credential=0, round=round, contests=contests)
    RollEntryFactory(credential=2**63 - 1, round=round, contests=contests)
    monkeypatch.setattr(posting, "CHUNK", 3)
    assert posting.enqueue_ballots(round, now=now) == 11
    assert seats("voting.ballot") == sorted([0, 2**63 - 1, entry.pk, *(other.pk for other in others)])


def test_the_notice_goes_a_day_before(open_polls):
    round, _contests, _entry, _now = open_polls
    posting.enqueue_notice(round, now=round.freeze_at)
    assert Letter.objects.get(name="voting.notice").not_before == round.voting_opens_at - 24 * HOUR


def test_reminders_are_set_midway_and_for_the_last_morning(open_polls):
    round, _contests, _entry, now = open_polls
    # The vote runs from Sunday to Wednesday, 8 p.m.: midway is 8 in the morning, too early to write.
    local = [moment.astimezone(NEW_YORK) for moment in posting.reminder_moments(round)]
    assert local == [datetime(2026, 3, day, 9, 0, tzinfo=NEW_YORK) for day in (10, 11)]
    assert posting.enqueue_reminders(round, now=now) == 2
    assert posting.enqueue_reminders(round, now=now) == 0


def test_a_reminder_whose_hour_is_past_is_not_written(open_polls):
    round, *_ = open_polls
    midway, last = posting.reminder_moments(round)
    assert posting.enqueue_reminders(round, now=midway + timedelta(minutes=1)) == 1
    assert posting.enqueue_reminders(round, now=last + timedelta(minutes=1)) == 0


@pytest.mark.parametrize(
    ("clock", "written_to"),
    [
        ("08:59:59", "9:00"),
        ("09:00:00", "9:00"),
        ("19:00:00", "19:00"),
        ("19:00:01", "9:00 tomorrow"),
        ("23:59:59", "9:00 tomorrow"),
    ],
)
def test_people_are_written_to_by_day(clock, written_to):
    moment = datetime.combine(date(2026, 3, 10), time.fromisoformat(clock), NEW_YORK)
    hour, _, tomorrow = written_to.partition(" ")
    expected = datetime(2026, 3, 11 if tomorrow else 10, int(hour.partition(":")[0]), tzinfo=NEW_YORK)
    assert posting.by_day(moment) == expected


@pytest.mark.parametrize(
    ("zone", "opens", "closes", "reminders"),
    [
        # Midway falls into the night, and the close leaves three hours after nine, or a second less.
        ("America/New_York", "2026-03-16 12:00", "2026-03-19 12:00", ["2026-03-18 09:00", "2026-03-19 09:00"]),
        ("America/New_York", "2026-03-16 12:00", "2026-03-19 11:59", ["2026-03-18 09:00"]),
        # The clocks go forward on March 8 and back on November 1: nine is nine, and midway is by elapsed hours.
        ("America/New_York", "2026-03-06 10:00", "2026-03-09 11:00", ["2026-03-08 09:00"]),
        ("America/New_York", "2026-03-07 20:00", "2026-03-08 21:00", ["2026-03-08 09:00"]),
        ("America/New_York", "2026-10-31 06:00", "2026-11-02 05:00", ["2026-11-01 09:00"]),
        ("America/Chicago", "2026-10-31 12:00", "2026-11-03 12:00", ["2026-11-02 09:00", "2026-11-03 09:00"]),
        ("Pacific/Honolulu", "2026-03-07 12:00", "2026-03-10 12:00", ["2026-03-09 09:00", "2026-03-10 09:00"]),
    ],
)
def test_reminders_stay_in_the_daytime_of_the_rounds_zone(zone, opens, closes, reminders, at):
    round = RoundFactory.build(
        cycle=None, time_zone=zone, voting_opens_at=at(opens, zone), voting_closes_at=at(closes, zone)
    )
    said = [f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" for moment in posting.reminder_moments(round)]
    assert said == reminders


@pytest.mark.parametrize(("before", "sent"), [(2 * HOUR, 1), (2 * HOUR - timedelta(seconds=1), 0)])
def test_a_reminder_that_comes_late_is_left_out_when_under_two_hours_remain(open_polls, before, sent):
    round, _contests, _entry, now = open_polls
    posting.enqueue_reminders(round, now=now)
    Letter.objects.filter(not_before__lt=posting.reminder_moments(round)[-1]).delete()
    assert len(send(round.voting_closes_at - before)) == sent
    assert Letter.objects.get().reason == ("" if sent else "too close to the end")


def test_a_ballot_letter_goes_until_the_very_end(open_polls):
    round, _contests, _entry, now = open_polls
    posting.enqueue_ballots(round, now=now)
    assert len(send(round.voting_closes_at - timedelta(seconds=1))) == 1


def test_an_extension_is_told_once_and_sets_a_reminder_for_the_new_last_morning(open_polls):
    round, _contests, _entry, now = open_polls
    posting.enqueue_reminders(round, now=now)
    round.voting_closes_at += 48 * HOUR
    round.announce_at += 48 * HOUR
    round.schedule_version = 1
    round.save()
    assert posting.enqueue_extended(round, now=now) == 1
    assert posting.enqueue_extended(round, now=now) == 0
    last = posting.reminder_moments(round)[-1]
    assert Letter.objects.filter(name="voting.reminder", not_before=last).count() == 1


def test_only_those_whose_race_was_stopped_are_told(open_polls):
    round, (house, senate), entry, now = open_polls
    RollEntryFactory(round=round, contests=[senate])
    assert posting.enqueue_stopped(round, now=now) == 0
    Contest.objects.filter(pk=house.pk).update(state=Contest.State.VOID, state_reason="The candidate left.")
    assert posting.enqueue_stopped(round, now=now) == 1
    assert posting.enqueue_stopped(round, now=now) == 0
    assert seats("voting.stopped") == [entry.pk]


# Letters


def test_the_ballot_letter_says_all_that_a_voter_needs(open_polls):
    round, (house, _senate), entry, now = open_polls
    candidacy = house.options.get(number=1).candidacy
    type(candidacy).objects.filter(pk=candidacy.pk).update(name="Jane Rivera", blurb="A nurse from Lynn & a fighter.")
    nomination = NominationFactory(candidacy=candidacy, group=GroupFactory(name="Alpha"), statement="She listens.")
    nomination.local_endorsement.joint_groups.add(GroupFactory(name="Beta"))
    posting.enqueue_ballots(round, now=now)
    (letter,) = send(now)
    text, page = parts(letter)
    url = links.ballot_url(entry)
    assert letter.to == [f"Ben <{entry.member.email}>"]
    assert letter.subject == f"Your {settings.FEDERATION_NAME} vote: MA-07 and MA-Sen"
    assert "List-Unsubscribe" not in letter.extra_headers
    first_lines = " ".join(text.splitlines()[:3])
    assert "Vote by Wednesday, March 11, 2026" in first_lines
    assert "Eastern" in first_lines
    assert url in text.splitlines()
    assert TOKEN.match(url.rpartition("/")[2])
    for said in (
        "Should we endorse (support in public) Jane Rivera for",
        "Endorsed by Alpha and Beta.",
        "Alpha says: “She listens.”",
        "at least 60% of the votes",
        "Why isn’t everyone in the race here?",
        "Once you send it, it is final",
        "It is only for you",
        settings.CONTACT_EMAIL,
        "not a government election",
    ):
        assert said in " ".join(text.split())
    assert "A nurse from Lynn & a fighter." in text
    assert "A nurse from Lynn &amp; a fighter." in page
    assert f'href="{url}"' in page
    assert len(page.encode()) < 30_000


def test_the_link_fits_a_line_of_seventy(open_polls, settings):
    _round, _contests, entry, _now = open_polls
    settings.BASE_URL = "https://vote.federation.org"
    assert len(links.ballot_url(entry)) <= 70


def test_who_has_voted_gets_no_reminder_and_others_get_the_same_link(open_polls):
    round, contests, entry, now = open_polls
    other = RollEntryFactory(round=round, contests=contests)
    posting.enqueue_reminders(round, now=now)
    vote(entry)
    (letter,) = send(posting.reminder_moments(round)[0])
    assert letter.to == [f"Ben <{other.member.email}>"]
    assert links.ballot_url(other) in letter.body
    assert "the same link" not in letter.subject
    assert list(Letter.objects.filter(state=Letter.State.SKIPPED).values_list("seat", "reason")) == [
        (entry.pk, "the member has voted")
    ]


def test_after_the_close_no_ballot_is_sent(open_polls):
    round, _contests, _entry, now = open_polls
    posting.enqueue_ballots(round, now=now)
    assert send(round.voting_closes_at) == []
    assert Letter.objects.get().state == Letter.State.SKIPPED


def test_who_is_not_written_to_gets_no_ballot_but_her_link_when_she_asks(open_polls):
    round, _contests, entry, now = open_polls
    suppression.suppress([entry.member.email], "unsubscribed", now=now)
    posting.enqueue_ballots(round, now=now)
    assert send(now) == []
    posting.ask_for_link(entry.member.email.upper(), now=now)
    (letter,) = send(now)
    assert links.ballot_url(entry) in letter.body.splitlines()


def test_the_notice_is_no_ballot(open_polls):
    round, _contests, _entry, _now = open_polls
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.FROZEN)
    round.refresh_from_db()
    posting.enqueue_notice(round, now=round.freeze_at)
    (letter,) = send(round.voting_opens_at - 24 * HOUR)
    assert "/v/" not in letter.body
    assert "U.S. House, Massachusetts 7th District" in letter.body


def test_the_receipt_says_that_a_vote_is_in_and_nothing_else(open_polls):
    round, _contests, entry, now = open_polls
    posting.enqueue_receipt(entry, now=now)
    assert send(now) == []
    Letter.objects.all().delete()
    vote(entry)
    posting.enqueue_receipt(entry, now=now)
    (letter,) = send(now)
    assert "We have your vote." in letter.body
    assert not {"Yes", "No", "Skip"} & set(letter.body.replace(".", " ").split())
    assert "/v/" not in letter.body


def test_the_new_closing_time_is_told_to_voters_too(open_polls):
    round, _contests, entry, now = open_polls
    vote(entry)
    round.schedule_version = 1
    round.save()
    posting.enqueue_extended(round, now=now)
    (letter,) = send(now)
    assert "Our vote now closes Wednesday, March 11, 2026" in letter.body
    assert links.ballot_url(entry) in letter.body


def test_a_stopped_race_and_a_cancelled_vote_are_told_with_their_reason(open_polls):
    round, (house, _senate), _entry, now = open_polls
    Contest.objects.filter(pk=house.pk).update(state=Contest.State.VOID, state_reason="The candidate left.")
    posting.enqueue_stopped(round, now=now)
    (letter,) = send(now)
    assert "The candidate left." in letter.body
    assert "The rest of your ballot stands." in letter.body
    staging.move(round, Round.Stage.CANCELLED, by=None, now=now, reason="A break-in.")
    posting.enqueue_stopped(round, now=now)
    (letter,) = send(now)
    assert "Our vote was called off." in letter.body
    assert "Why: A break-in." in letter.body


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("voting.ballot", 11),
        ("voting.reminder", 11),
        ("voting.extended", 10),
        ("voting.stopped", 10),
        ("voting.receipt", 3),
    ],
)
def test_a_batch_costs_as_many_queries_as_one_letter(name, queries, open_polls, django_assert_num_queries):
    round, contests, entry, now = open_polls
    for contest in contests:
        for _ in range(2):
            nomination = NominationFactory(candidacy=contest.options.get(number=1).candidacy)
            nomination.local_endorsement.joint_groups.add(GroupFactory())
    for number in (1, 3):
        letters = [
            Letter(pk=at, name=name, subject=round.pk, seat=RollEntryFactory(round=round, contests=contests).pk)
            for at in range(number)
        ]
        with django_assert_num_queries(queries):
            assert len(find(name).write(letters, now)) == number


# Send me my link


def ask(client, email, **extra):
    return client.post("/my-link/", guarded(email), **extra)


def test_the_answer_and_the_work_are_the_same_for_members_and_strangers(open_polls, client, django_assert_num_queries):
    _round, _contests, entry, now = open_polls
    pages = []
    for email in (entry.member.email, "nobody@example.org"):
        with django_assert_num_queries(17):
            pages.append(ask(client, email))
        assert pages[-1].status_code == 200
    assert pages[0].content == pages[1].content
    assert client.cookies == {}
    assert LinkRequest.objects.count() == Letter.objects.filter(name="voting.link").count() == 2
    (letter,) = send(now + HOUR)
    assert letter.to == [f"Ben <{entry.member.email}>"]
    assert links.ballot_url(entry) in letter.body.splitlines()


def test_three_an_hour_for_one_address_and_the_answer_stays_the_same(open_polls, client):
    _round, _contests, entry, _now = open_polls
    pages = {ask(client, entry.member.email).content for _ in range(5)}
    assert len(pages) == 1
    assert LinkRequest.objects.count() == 3


def test_who_has_voted_gets_a_link_that_says_so(open_polls):
    _round, _contests, entry, now = open_polls
    vote(entry)
    posting.ask_for_link(entry.member.email, now=now)
    (letter,) = send(now)
    assert "We already have your vote" in letter.body


def test_somebody_off_the_roll_gets_no_letter(open_polls):
    _round, _contests, _entry, now = open_polls
    posting.ask_for_link(MemberFactory().email, now=now)
    assert send(now) == []


def test_requests_are_forgotten_after_a_day(open_polls):
    _round, _contests, entry, now = open_polls
    posting.ask_for_link(entry.member.email, now=now)
    posting.ask_for_link("other@example.org", now=now + 25 * HOUR)
    assert list(LinkRequest.objects.values_list("address", flat=True)) == ["other@example.org"]


@pytest.mark.parametrize("email", ["", "nonsense", "a\x00b@example.org", "x" * 400 + "@example.org", "a@b@c"])
def test_what_is_no_address_is_said_and_kept(open_polls, client, email):
    page = ask(client, email)
    assert page.status_code == 422
    assert "Enter" in page.content.decode()
    assert LinkRequest.objects.count() == 0


def test_a_form_of_another_site_asks_for_nothing(open_polls, client):
    page = ask(client, "ben@example.org", headers={"sec-fetch-site": "cross-site"})
    assert page.status_code == 403
    assert queue.left("links") == 0
