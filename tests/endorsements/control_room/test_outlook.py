"""What the clock keeps of a round for the desk: shown while fresh, never once it is old or the round has moved."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from endorsements.control_room import outlook
from endorsements.desk import today
from endorsements.models import Outlook
from journal import clock
from rounds.models import Nomination, Round
from tests.factories.groups import MemberFactory
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.voting import polls

pytestmark = pytest.mark.django_db
Stage = Round.Stage
SECOND = timedelta(seconds=1)
WAITS = "1 nomination waits to be accepted or returned."


@pytest.fixture
def round():
    return RoundFactory(stage=Stage.NOMINATING)


def again(round):
    return Round.objects.select_related("outlook").get(pk=round.pk)


def sentences(look):
    return [one.sentence for one in look.obstacles]


def nominate(round):
    NominationFactory(candidacy=CandidacyFactory(round=round), state=Nomination.State.SUBMITTED)


def test_a_kept_look_is_the_look_itself(round):
    nominate(round)
    outlook.keep(round, START)

    kept = outlook.of(again(round), START + SECOND)

    assert kept == outlook.look(round, START)
    assert WAITS in sentences(kept)
    assert kept.why_not + kept.notes == kept.obstacles


def test_it_is_believed_for_two_minutes(round):
    outlook.keep(round, START)
    nominate(round)

    before = outlook.of(again(round), START + outlook.BELIEVED - SECOND)
    after = outlook.of(again(round), START + outlook.BELIEVED)

    assert (before.at, WAITS in sentences(before)) == (START, False)
    assert (after.at, WAITS in sentences(after)) == (START + outlook.BELIEVED, True)


def test_a_look_from_the_future_is_not_believed(round):
    outlook.keep(round, START + SECOND)
    assert outlook.of(again(round), START).at == START


def test_a_round_that_has_moved_is_looked_at_anew(round):
    outlook.keep(round, START)
    Round.objects.filter(pk=round.pk).update(stage=Stage.VETTING)

    found = outlook.of(again(round), START + SECOND)

    assert found.at == START + SECOND
    assert any("no contest" in one for one in sentences(found))


def test_the_clock_looks_once_in_thirty_seconds_at_each_round_and_once_at_what_has_ended(round):
    RoundFactory(stage=Stage.CANCELLED)
    later = START + timedelta(seconds=outlook.SECONDS)

    assert outlook.keep_all(START) == 2
    assert outlook.keep_all(later - SECOND) == 0
    assert outlook.keep_all(later) == 1
    assert Outlook.objects.get(round=round).at == later


def test_an_ended_round_keeps_its_numbers():
    ended = RoundFactory(stage=Stage.CANCELLED)
    outlook.keep_all(START)
    assert outlook.of(again(ended), START + timedelta(days=400)).at == START


def test_a_round_that_moved_is_looked_at_by_the_next_tick(round):
    outlook.keep_all(START)
    Round.objects.filter(pk=round.pk).update(stage=Stage.VETTING)
    assert outlook.keep_all(START + SECOND) == 1


def test_the_first_page_asks_once_for_all_rounds(round):
    RoundFactory(stage=Stage.VETTING)
    outlook.keep_all(START)
    with CaptureQueriesContext(connection) as captured:
        assert len(today.under_way(START + SECOND)) == 2
    assert len(captured) == 1


def test_the_page_says_as_of_when_and_looks_again_when_asked(round, client, dee):
    outlook.keep(round, START)
    nominate(round)
    client.force_login(dee)
    page = f"/desk/rounds/round/{round.pk}/change/"

    with clock.standing_at(START + SECOND):
        shown, anew = client.get(page).content.decode(), client.get(f"{page}?look=now").content.decode()

    assert "As it was at" in shown
    assert WAITS not in shown
    assert WAITS in anew
    assert Outlook.objects.get().at == START


def test_what_was_done_at_the_desk_is_seen_on_the_page_that_follows(round, client, dee):
    outlook.keep(round, START)
    nominate(round)
    client.force_login(dee)

    with clock.standing_at(START + SECOND):
        page = client.post(
            f"/desk/rounds/round/{round.pk}/steer/cancel/",
            {"reason": "Too few groups.", "typed": round.name},
            follow=True,
        )

    assert Outlook.objects.get().stage == Stage.CANCELLED
    assert "Cancelled" in page.content.decode()


def members_said(found):
    checks, at = found
    return next(one.said for one in checks if one.title == "List of members").split(" ", 1)[0], at


def test_the_pre_flight_list_is_kept_and_believed_for_seven_minutes():
    round = RoundFactory(stage=Stage.VETTING)
    outlook.keep(round, START)
    assert outlook.checks_of(again(round), START + SECOND) == (outlook.check(round, START), START)

    MemberFactory(confirmed_at=START)
    over = START + outlook.CHECKS_BELIEVED
    assert members_said(outlook.checks_of(again(round), over - SECOND)) == ("0", START)
    assert members_said(outlook.checks_of(again(round), over)) == ("1", over)
    assert members_said(outlook.checks_of(again(round), START - SECOND)) == ("1", START - SECOND)


def test_the_clock_looks_it_up_every_five_minutes_and_at_once_where_the_round_moved():
    round = RoundFactory(stage=Stage.VETTING)
    outlook.keep(round, START, anew=False)
    MemberFactory(confirmed_at=START)

    due = START + outlook.RECHECKED
    for now, number, at in [(due - SECOND, "0", START), (due, "1", due)]:
        outlook.keep(round, now, anew=False)
        assert members_said(outlook.checks_of(again(round), now)) == (number, at)
    MemberFactory(confirmed_at=START)
    outlook.keep(round, due + SECOND)
    assert members_said(outlook.checks_of(again(round), due + SECOND)) == ("2", due + SECOND)

    Round.objects.filter(pk=round.pk).update(stage=Stage.FROZEN)
    moved = again(round)
    titles = [one.title for one in outlook.checks_of(moved, due + SECOND)[0]]
    assert "Roll" in titles
    outlook.keep(moved, due + SECOND, anew=False)
    assert again(round).outlook.checked_at == due + SECOND
    assert [one["title"] for one in again(round).outlook.checks] == titles


def test_the_page_shows_the_kept_list_and_looks_again_when_it_is_asked_to(client, dee, set_clock):
    round = RoundFactory(stage=Stage.VETTING)
    outlook.keep(round, START)
    MemberFactory(confirmed_at=START)
    set_clock(START + SECOND)
    client.force_login(dee)
    page = f"/desk/rounds/round/{round.pk}/preflight/"

    assert members_said((client.get(page).context["checks"], None))[0] == "0"
    assert members_said((client.get(page, {"look": "now"}).context["checks"], None))[0] == "1"


def test_the_roll_is_counted_by_the_clock_once_it_is_frozen(django_assert_num_queries):
    round = polls(voters=3)[0]
    assert outlook.on_roll(again(round)) == 3
    outlook.keep(round, START)
    kept = again(round)
    with django_assert_num_queries(0):
        assert outlook.on_roll(kept) == 3
    kept.stage = Stage.POLLS_CLOSED
    assert outlook.on_roll(kept) == 3
    before = RoundFactory(stage=Stage.VETTING)
    outlook.keep(before, START)
    assert (again(before).outlook.on_roll, outlook.on_roll(again(before))) == (None, 0)
