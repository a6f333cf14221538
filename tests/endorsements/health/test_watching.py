"""Alarms: kept while they stand, told by letter once as they begin and once after, taken by name, sorted by harm."""

from datetime import timedelta

import pytest
from django.core import mail

from endorsements import lifecycle
from endorsements.health import watching
from endorsements.models import StandingAlarm
from endorsements.refusals import Refusal
from groups.models import Role
from groups.roles import make_roles
from journal import clock
from journal.models import Entry, Tick
from journal.wording import in_zone
from mailings import postroom, queue
from mailings.models import Letter
from rounds.models import Round
from tests.factories.groups import UserFactory
from tests.factories.mailings import LetterFactory, ProviderFactory
from tests.factories.rounds import START, RoundFactory
from tests.factories.voting import polls
from voting import alarms, posting
from voting.alarms import Alarm

pytestmark = pytest.mark.django_db
Stage, State = Round.Stage, Letter.State
MINUTE, SECOND, HOUR = timedelta(minutes=1), timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def vote(set_clock):
    """An open vote with one voter: its ballot letter is in line, and letters of others go all the time."""
    round, _contests, [entry] = polls(turnout_min_votes=0)
    set_clock(round.voting_opens_at)
    posting.enqueue_ballots(round, now=round.voting_opens_at)
    ProviderFactory(sent_at=round.voting_opens_at + 100 * HOUR)
    return round, entry


def standing_kinds(now, round=None):
    return [one.kind for one in watching.standing(now, round)]


def ticked(now, skew=0.0, host="worker-1"):
    Tick.objects.update_or_create(host=host, defaults={"at": now, "skew": skew})


def letters(name=watching.BEGAN_LETTER):
    return list(Letter.objects.filter(name=name).order_by("seat").values_list("seat", flat=True))


# Beginning and ending


def test_who_steers_is_told_once_that_it_begins_and_once_that_it_is_over(vote, dee):
    round, _entry = vote
    UserFactory(email="eve@example.org", is_staff=True)  # staff, but she steers nothing
    now = round.voting_opens_at + 40 * MINUTE
    ticked(now + HOUR)
    queue.stop(round.topic, reason="a look first", now=now)  # so that the ballot letter stays

    assert [watching.watch(now), watching.watch(now), watching.watch(now + MINUTE)] == [2, 0, 0]
    assert letters() == [dee.pk, dee.pk]
    assert postroom.send_due(now + MINUTE) == 2
    said = [message.body.replace("\n", " ") for message in mail.outbox]
    assert sum("All letters of this round are stopped: a look first" in text for text in said) == 1
    assert sum("has not taken one ballot letter" in text for text in said) == 1
    assert all(f"/desk/rounds/round/{round.pk}/change/" in text for text in said)
    assert f"Since {in_zone(round.voting_opens_at, round.time_zone)}." in said[0] + said[1]

    mail.outbox.clear()
    Letter.objects.filter(name="voting.ballot").update(state=State.SENT)
    mended = now + 2 * MINUTE
    assert [watching.watch(mended), watching.watch(mended + watching.SETTLED - SECOND)] == [0, 0]
    assert watching.watch(mended + watching.SETTLED) == 1
    assert watching.watch(mended + 2 * watching.SETTLED) == 0
    assert postroom.send_due(mended + 2 * watching.SETTLED) == 1
    [message] = mail.outbox
    assert message.subject == f"{round.name}: over: Open, and nothing mailed"
    assert "It lasted 42 minutes." in message.body.replace("\n", " ")
    assert standing_kinds(mended + 6 * MINUTE, round)[-1] == alarms.STOPPED


def test_what_comes_back_within_minutes_is_the_same_alarm(vote, dee):
    round, _entry = vote
    now = round.voting_opens_at + 40 * MINUTE
    watching.watch(now)
    Letter.objects.filter(name="voting.ballot").update(state=State.SENT)
    watching.watch(now + MINUTE)
    assert StandingAlarm.objects.get().missed_at == now + MINUTE
    Letter.objects.filter(name="voting.ballot").update(state=State.READY)
    watching.watch(now + 2 * MINUTE)
    watching.watch(now + 9 * MINUTE)
    kept = StandingAlarm.objects.get()
    assert (kept.missed_at, kept.over_at, kept.since) == (None, None, round.voting_opens_at)
    assert letters() == [dee.pk]


def test_what_comes_back_later_is_another_alarm(vote, dee):
    round, _entry = vote
    now = round.voting_opens_at + 40 * MINUTE
    for minutes, state in ((0, State.READY), (1, State.SENT), (6, State.SENT), (7, State.READY)):
        Letter.objects.filter(name="voting.ballot").update(state=state)
        watching.watch(now + minutes * MINUTE)
    assert StandingAlarm.objects.count() == 2
    assert letters() == [dee.pk, dee.pk]


def test_an_alarm_that_is_mended_before_its_letter_goes_is_not_mailed_nor_its_end(vote, dee):
    round, _entry = vote
    now = round.voting_opens_at + 40 * MINUTE
    watching.watch(now)
    Letter.objects.filter(name="voting.ballot").update(state=State.SENT)
    watching.watch(now + MINUTE)
    assert postroom.send_due(now + MINUTE) == 0
    assert Letter.objects.get(name=watching.BEGAN_LETTER).reason == "it is mended"
    watching.watch(now + 6 * MINUTE)
    assert postroom.send_due(now + 6 * MINUTE) == 0
    assert Letter.objects.get(name=watching.OVER_LETTER).reason == "this person was not told that it began"


def test_two_clocks_at_once_keep_one_alarm(dee):
    round = RoundFactory(stage=Stage.VOTING)
    wrong = Alarm(alarms.STALLED, "It stands still.")
    assert [watching.begin(round, wrong, now=START), watching.begin(round, wrong, now=START)] == [True, False]
    kept = StandingAlarm.objects.get()
    StandingAlarm.objects.update(missed_at=START)
    assert watching.end(kept, now=START + HOUR) is False  # it read the row before somebody wrote into it
    kept.refresh_from_db()
    assert [watching.end(kept, now=START + HOUR), watching.end(kept, now=START + HOUR)] == [True, False]
    assert [letters(), letters(watching.OVER_LETTER)] == [[dee.pk], [dee.pk]]


def test_the_sentence_follows_what_is_so(dee):
    round = RoundFactory(stage=Stage.VOTING)
    for n in (3, 2):
        watching.compare(round, [Alarm(alarms.LATE, f"{n} letters are not sent.")], START)
    assert StandingAlarm.objects.get().sentence == "2 letters are not sent."
    assert letters() == [dee.pk]


def test_the_alarms_of_a_round_that_ended_are_over(vote, dee):
    round, _entry = vote
    now = round.voting_opens_at + 40 * MINUTE
    watching.watch(now)
    Round.objects.update(stage=Stage.CANCELLED)
    watching.watch(now + MINUTE)
    watching.watch(now + 6 * MINUTE)
    assert StandingAlarm.objects.get().over_at == now + 6 * MINUTE


def test_one_rounds_fault_hides_nothing_of_the_others(vote, dee, monkeypatch):
    round, _entry = vote
    other = RoundFactory(stage=Stage.VETTING)
    assert other.pk > round.pk
    look = alarms.found
    monkeypatch.setattr(alarms, "found", lambda one, now: 1 / 0 if one.pk == other.pk else look(one, now))
    assert watching.watch(round.voting_opens_at + 40 * MINUTE) == 1


# The clock


@pytest.mark.parametrize(("ago", "began"), [(2 * MINUTE, []), (2 * MINUTE + SECOND, ["silent"])])
def test_a_silence_of_two_minutes_is_told_also_by_the_tick_that_ends_it(dee, ago, began):
    ticked(START)
    lifecycle.wake(START + ago)
    lifecycle.wake(START + ago + SECOND)
    assert list(StandingAlarm.objects.values_list("kind", flat=True)) == began
    assert letters() == [dee.pk] * len(began)
    if began:
        watching.watch(START + ago + SECOND)
        assert StandingAlarm.objects.get().since == START
        assert standing_kinds(START + ago + SECOND) == []
        assert postroom.send_due(START + ago + SECOND) == 1  # that it stood still is worth a letter
        assert "has not ticked for 2 minutes" in mail.outbox[0].body.replace("\n", " ")


def test_another_tick_tells_of_a_clock_that_stands_still_while_it_does(dee):
    ticked(START)
    assert [watching.watch(START + 3 * MINUTE), watching.watch(START + 4 * MINUTE)] == [1, 0]
    assert StandingAlarm.objects.get().sentence.startswith("The clock has not ticked for 4 minutes")
    ticked(START + 5 * MINUTE)
    assert [watching.watch(START + (5 + minutes) * MINUTE) for minutes in (0, 1)] == [0, 0]
    ticked(START + 10 * MINUTE)
    assert watching.watch(START + 10 * MINUTE) == 1
    assert letters(watching.OVER_LETTER) == [dee.pk]


def test_a_house_that_never_ticked_shows_it_and_writes_to_nobody(dee):
    assert watching.watch(START) == 0
    assert standing_kinds(START) == ["silent"]
    assert letters() == []


def test_clocks_that_are_apart_are_told_by_host(dee):
    ticked(START, skew=2.1)
    ticked(START, skew=9.0, host="worker-2")
    assert watching.watch(START) == 2
    assert [(one.kind, one.pk is None) for one in watching.standing(START)] == [("skewed", False)] * 2
    assert len(letters()) == 2


# The order, and whose it is


def test_the_greatest_harm_comes_first_and_of_it_the_oldest():
    ticked(START)
    round, other = RoundFactory(stage=Stage.VOTING), RoundFactory(stage=Stage.VOTING)
    for one, kind, hours in (
        (round, "bounced", 9),
        (round, "late", 1),
        (other, "nothing_sent", 1),
        (round, "nothing_sent", 2),
        (None, "of_another_time", 3),
    ):
        StandingAlarm.objects.create(round=one, kind=kind, sentence=kind, since=START - hours * HOUR)
    StandingAlarm.objects.create(round=round, kind="stalled", sentence="s", since=START, over_at=START)
    order = [("nothing_sent", round), ("nothing_sent", other), ("late", round), ("bounced", round)]
    unknown = ("of_another_time", None)
    assert [(one.kind, one.round) for one in watching.standing(START)] == [*order, unknown]
    mine = [*(pair for pair in order if pair[1] == round), unknown]
    assert [(one.kind, one.round) for one in watching.standing(START, round)] == mine


@pytest.fixture
def alarm(dee):
    ticked(START)
    round = RoundFactory(stage=Stage.VOTING)
    return StandingAlarm.objects.create(
        round=round, kind="stalled", sentence="Letters wait.", url="/desk/", since=START - HOUR
    )


def test_taking_an_alarm_is_journaled_and_it_stands_until_it_is_over(alarm, dee):
    eve = UserFactory(email="eve@example.org", name="Eve Ertel", is_staff=True)
    assert watching.see(alarm, by=dee, now=START, reason="I call the provider.") is True
    assert watching.see(alarm, by=eve, now=START + MINUTE, reason="Dee is asleep.") is True
    [shown] = watching.standing(START + MINUTE)
    assert (shown.owner, shown.reason, shown.seen_at) == ("Eve Ertel", "Dee is asleep.", START + MINUTE)
    entries = Entry.objects.filter(verb="alarm.seen", subject=f"round:{alarm.round_id}").order_by("id")
    assert [(one.actor_name, one.reason, one.before) for one in entries] == [
        ("Dee Dorn", "I call the provider.", None),
        ("Eve Ertel", "Dee is asleep.", {"by": "Dee Dorn"}),
    ]


def test_of_two_who_take_it_at_once_one_has_it(alarm, dee):
    eve = UserFactory(email="eve@example.org", is_staff=True)
    hers, his = StandingAlarm.objects.get(), StandingAlarm.objects.get()
    assert watching.see(hers, by=dee, now=START, reason="Mine.") is True
    assert watching.see(his, by=eve, now=START, reason="Mine too.") is False
    assert Entry.objects.filter(verb="alarm.seen").count() == 1


def test_an_alarm_that_is_over_is_not_taken(alarm, dee):
    alarm.over_at = START
    with pytest.raises(Refusal, match="over"):
        watching.see(alarm, by=dee, now=START, reason="Late.")
    assert not Entry.objects.filter(verb="alarm.seen").exists()


# The pages


def test_the_room_shows_each_with_its_age_and_takes_it_with_a_reason(client, alarm, dee):
    client.force_login(dee)
    room, take = f"/desk/rounds/round/{alarm.round_id}/change/", f"/desk/endorsements/standingalarm/{alarm.pk}/see/"
    with clock.standing_at(START):
        before = client.get(room).content.decode()
        empty = client.post(take, {"reason": " "})
        done = client.post(take, {"reason": "I call the provider."}, follow=True).content.decode()
        first = client.get("/desk/").content.decode()
    assert [words in before for words in ("Letters wait.", "(for 1 hour)", "Nobody has taken it.", take)] == [True] * 4
    assert (empty.status_code, "Letters wait." in empty.content.decode()) == (400, True)
    for page in (done, first):
        assert "Dee Dorn took it" in page
        assert "I call the provider." in page
        assert "Take it over" in page
    assert str(alarm.round) in first


def test_the_page_refuses_one_that_is_over_and_keeps_what_was_typed(client, alarm, dee):
    StandingAlarm.objects.update(over_at=START)
    client.force_login(dee)
    answer = client.post(f"/desk/endorsements/standingalarm/{alarm.pk}/see/", {"reason": "I am at it."})
    page = answer.content.decode()
    assert (answer.status_code, "This alarm is over." in page, "I am at it." in page) == (400, True, True)
    assert client.get("/desk/endorsements/standingalarm/999/see/").status_code == 404


def test_who_may_not_steer_sees_an_alarm_and_cannot_take_it(client, alarm):
    make_roles()
    eve = UserFactory(email="eve@example.org", is_staff=True)
    eve.groups.set([Role.objects.get(name="Auditor")])
    client.force_login(eve)
    take = f"/desk/endorsements/standingalarm/{alarm.pk}/see/"
    with clock.standing_at(START):
        room = client.get(f"/desk/rounds/round/{alarm.round_id}/change/").content.decode()
    assert ("Letters wait." in room, take in room) == (True, False)
    assert client.get(f"/desk/endorsements/standingalarm/{alarm.pk}/change/").status_code == 200
    assert [client.get(take).status_code, client.post(take, {"reason": "x"}).status_code] == [403, 403]


def test_a_manager_is_written_to_and_may_take_it(client, alarm):
    make_roles()
    eve = UserFactory(email="eve@example.org", is_staff=True)
    eve.groups.set([Role.objects.get(name="Round manager")])
    assert eve in watching.those_who_steer()
    eve.is_active = False
    eve.save()
    assert eve not in watching.those_who_steer()
    eve.is_active = True
    eve.save()
    client.force_login(eve)
    assert client.get(f"/desk/endorsements/standingalarm/{alarm.pk}/see/").status_code == 200


def test_letters_about_alarms_are_no_letters_of_the_round(vote, dee):
    """Else a stopped round could not say so."""
    round, _entry = vote
    LetterFactory(topic=round.topic)
    queue.stop(round.topic, reason="x", now=round.voting_opens_at)
    watching.watch(round.voting_opens_at)
    assert postroom.send_due(round.voting_opens_at) == 1
