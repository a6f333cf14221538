"""The announcement moved from the round's page: the clock, the public pages, and the groups that knew another time."""

import html
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from endorsements import certifying, lifecycle, steering, telling
from groups.models import User
from journal.models import Entry
from journal.wording import in_zone
from mailings import postroom
from mailings.models import Letter
from rounds import staging
from rounds.models import Candidacy, Round
from tests.factories.groups import LeadershipFactory, UserFactory
from tests.factories.results import counted
from tests.factories.rounds import NominationFactory, RoundFactory

pytestmark = pytest.mark.django_db

Stage = Round.Stage
SECOND, DAY, HOUR = timedelta(seconds=1), timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


@pytest.fixture
def told(settings, dee):
    """A certified round whose result one leader was told: (round, leader, now)."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    result = counted({1: 66, 2: 34})
    nomination = NominationFactory(candidacy=result.leading.candidacy)
    Candidacy.objects.update(round=result.contest.round)
    leader = UserFactory(email="leader@example.org", name="Lea")
    LeadershipFactory(group=nomination.group, user=leader)
    round = result.contest.round
    now = round.voting_closes_at + DAY
    certifying.certify(round, by=dee, now=now)
    lifecycle.advance(round, now)
    postroom.send_due(now)
    assert Letter.objects.filter(name=telling.GROUPS_LETTER, state=Letter.State.SENT).count() == 1
    return round, leader, now


def typed(at, zone, reason="The mayor speaks then."):
    local = at.astimezone(zone)
    named = {"reason": reason, "typed": Round.objects.get().name}
    return {"announce_at_0": f"{local:%Y-%m-%d}", "announce_at_1": f"{local:%H:%M:%S}", **named}


def act_of(round):
    return f"/desk/rounds/round/{round.pk}/steer/announcement/"


def text_of(response):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.mark.parametrize("stage", Stage.values)
def test_the_act_stands_on_the_page_from_the_vote_to_the_announcement(desk, stage):
    round = RoundFactory(stage=stage)
    offered = stage in ("voting", "polls_closed", "counted", "certified")

    assert (act_of(round) in desk.get(f"/desk/rounds/round/{round.pk}/change/").content.decode()) is offered


def test_it_is_changed_from_the_rounds_page_and_the_leader_is_told(desk, told, set_clock, mailoutbox, dee):
    round, _leader, now = told
    set_clock(now + HOUR)
    later = round.announce_at + DAY
    del mailoutbox[:]

    answer = desk.post(act_of(round), typed(later, round.zone), follow=True)

    assert "The announcement is changed. 1 leader gets a letter." in text_of(answer)
    assert Round.objects.get().announce_at == later
    assert Entry.objects.get(verb="round.rescheduled").actor == f"user:{dee.pk}"
    postroom.send_due(now + 2 * HOUR)
    [letter] = mailoutbox
    assert letter.to == ["Lea <leader@example.org>"]
    assert letter.subject.startswith("Embargoed until a new time")
    said = " ".join(letter.body.split())
    assert in_zone(later, round.time_zone) in said
    assert "Please share nothing of it before." in said
    assert "66" not in said and "endorsed for" not in said  # the result stood in the other letter


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"reason": " "}, "This field is required"),
        ({"typed": "Another round"}, "That is not its name. Nothing was done."),
        ({"announce_at_0": "2026-01-01"}, "must lie in the future"),
        ({"announce_at_0": "9999-12-31", "announce_at_1": "23:59:59"}, "valid date"),
        ({"announce_at_0": "x" * 5000}, "valid date"),
        ({"announce_at_0": "", "announce_at_1": ""}, "This field is required"),
        ({"reason": "a\x00b"}, "Null characters"),
    ],
)
def test_what_cant_be_is_refused_and_what_was_typed_stays(desk, told, set_clock, wrong, says):
    round, _leader, now = told
    set_clock(now)

    answer = desk.post(act_of(round), typed(round.announce_at + DAY, round.zone) | wrong)

    assert (answer.status_code, says in text_of(answer)) == (200, True)
    assert Round.objects.get().announce_at == round.announce_at
    assert not Letter.objects.filter(name=telling.MOVED_LETTER).exists()


def test_who_only_certifies_cant_move_it(client, told):
    round, _leader, _now = told
    teller = UserFactory(is_staff=True)
    teller.user_permissions.set(Permission.objects.filter(codename__in=["certify_round", "view_round"]))
    client.force_login(teller)

    assert client.get(act_of(round)).status_code == 403
    assert client.post(act_of(round), {}).status_code == 403


def test_the_public_page_says_that_it_was_moved_until_it_is_made(told, client, dee, set_clock):
    round, _leader, now = told
    first, page = round.announce_at, f"/rounds/{round.slug}/"
    set_clock(now)
    assert "it was to be" not in text_of(client.get(page))

    steering.move_announcement(round, announce_at=first + DAY, by=dee, now=now, reason="So.")
    said = text_of(client.get(page))
    assert f"We announce the results on {in_zone(first + DAY, round.time_zone)}." in said
    assert f"This has changed: it was to be {in_zone(first, round.time_zone)}." in said

    set_clock(first + DAY)
    lifecycle.advance(round, first + DAY)
    lifecycle.advance(round, first + DAY)
    assert "it was to be" not in text_of(client.get(page))


@pytest.mark.parametrize("by_how_much", [DAY, -5 * HOUR])
def test_the_clock_announces_at_the_new_time(told, by_how_much, dee):
    round, _leader, now = told
    moved = round.announce_at + by_how_much
    steering.move_announcement(round, announce_at=moved, by=dee, now=now, reason="So.")
    lifecycle.advance(round, now)

    lifecycle.advance(round, moved - SECOND)
    assert Round.objects.get().stage == Stage.CERTIFIED
    lifecycle.advance(round, moved)
    assert Round.objects.get().stage == Stage.ANNOUNCED


def test_a_clock_that_read_the_old_time_does_not_announce(told, dee):
    round, _leader, now = told
    stale = Round.objects.get()
    steering.move_announcement(round, announce_at=stale.announce_at + DAY, by=dee, now=now, reason="So.")

    assert lifecycle.step(stale, Stage.ANNOUNCED, by=None, now=stale.announce_at) is False
    assert Round.objects.get().stage == Stage.CERTIFIED


def test_a_result_letter_that_still_waits_says_the_new_time_itself(told, dee, mailoutbox):
    round, _leader, now = told
    Letter.objects.update(state=Letter.State.READY, not_before=now)
    del mailoutbox[:]

    assert steering.move_announcement(round, announce_at=round.announce_at + DAY, by=dee, now=now, reason="So.") == 0
    postroom.send_due(now)

    [letter] = mailoutbox
    assert in_zone(round.announce_at, round.time_zone) in " ".join(letter.body.split())


def test_moved_twice_before_the_post_goes_only_the_newest_letter_is_sent(told, dee, mailoutbox):
    round, _leader, now = told
    del mailoutbox[:]
    for days in (1, 2):
        at = round.announce_at + days * DAY
        assert steering.move_announcement(round, announce_at=at, by=dee, now=now, reason="So.") == 1

    postroom.send_due(now)

    [letter] = mailoutbox
    assert in_zone(round.announce_at, round.time_zone) in " ".join(letter.body.split())


@pytest.mark.parametrize("gone", ["announced", "left"])
def test_a_letter_that_came_too_late_is_not_sent(told, dee, mailoutbox, gone):
    round, leader, now = told
    steering.move_announcement(round, announce_at=round.announce_at + DAY, by=dee, now=now, reason="So.")
    del mailoutbox[:]
    if gone == "left":
        User.objects.filter(pk=leader.pk).update(is_active=False)
    else:
        Round.objects.update(stage=Stage.ANNOUNCED)

    postroom.send_due(now)

    assert mailoutbox == []


@pytest.mark.parametrize("stage", [Stage.VOTING, Stage.POLLS_CLOSED, Stage.COUNTED])
def test_before_the_certification_nobody_is_written_to(dee, stage):
    round = RoundFactory(stage=stage)

    assert (
        steering.move_announcement(
            round, announce_at=round.announce_at + DAY, by=dee, now=round.voting_opens_at, reason="So."
        )
        == 0
    )
    assert not Letter.objects.exists()


def test_a_leader_who_reads_spanish_is_told_in_spanish(told, dee, mailoutbox):
    round, leader, now = told
    User.objects.filter(pk=leader.pk).update(language="es")
    del mailoutbox[:]
    steering.move_announcement(round, announce_at=round.announce_at + DAY, by=dee, now=now, reason="So.")

    postroom.send_due(now)

    assert mailoutbox[0].subject.startswith("Bajo embargo hasta una nueva hora")
    assert "se hacen públicos ahora" in " ".join(mailoutbox[0].body.split())


def test_public_pages_and_calendars_name_the_new_day(client, told, dee, set_clock):
    round, _leader, now = told
    set_clock(now)
    assert "March 14" in text_of(client.get(round.get_absolute_url()))
    steering.move_announcement(round, announce_at=round.announce_at + 3 * DAY, by=dee, now=now, reason="So.")

    for page in ("/", round.get_absolute_url()):
        said, _was, _rest = text_of(client.get(page)).partition("This has changed: it was to be")
        assert "We announce the results on" in said and "March 17" in said and "March 14" not in said
    for calendar in ("/rounds/dates.ics", f"{round.get_absolute_url()}dates.ics"):
        said = client.get(calendar).content.decode()
        assert "DTSTART:20260317T140000Z" in said and "DTSTART:20260314T140000Z" not in said


@pytest.mark.parametrize(("stage", "shown"), [(Stage.VOTING, True), (Stage.CERTIFIED, False)])
def test_the_public_extract_names_the_new_time_and_as_ever_no_reason_from_after_the_close(
    client, dee, desk, stage, shown, set_clock
):
    round = RoundFactory(stage=Stage.FROZEN)
    now = round.voting_opens_at
    set_clock(now)
    order = [Stage.VOTING, Stage.POLLS_CLOSED, Stage.COUNTED, Stage.CERTIFIED]
    for to in order[: order.index(stage) + 1]:
        staging.move(round, to, by=None, now=now)
    later = round.announce_at + DAY
    note = "stands in the public extract" in text_of(desk.get(act_of(round)))
    desk.post(act_of(round), typed(later, round.zone))

    said = text_of(client.get(f"{round.get_absolute_url()}journal/"))

    assert f"“announcement” is now: {in_zone(later, round.time_zone)}" in said
    assert ("The mayor speaks then." in said, note) == (shown, shown)
