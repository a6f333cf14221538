from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from journal.models import Entry
from rounds import planning
from rounds.models import Round
from rounds.refusals import Refusal
from tests.factories.rounds import START, CycleFactory, RoundFactory

pytestmark = pytest.mark.django_db
Stage = Round.Stage
EASTERN = ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)


def local(round, field):
    return getattr(round, field).astimezone(round.zone).strftime("%a %b %d %H:%M")


def test_round_plans_itself_from_one_date(dee):
    round = planning.new_round(CycleFactory(), name="Round 1", starts_at=START, by=dee, now=START)
    assert [local(round, field) for field in planning.DATES] == [
        "Mon Feb 02 09:00",
        "Mon Feb 23 09:00",
        "Sat Mar 07 23:59",
        "Sun Mar 08 20:00",
        "Wed Mar 11 20:00",
        "Sat Mar 14 10:00",
    ]
    assert (round.slug, round.stage, round.time_zone) == ("2026-round-1", "draft", "America/New_York")
    assert Entry.objects.get().verb == "round.planned"
    assert planning.start_of_next(round) == datetime(2026, 3, 16, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize("start", ["2026-01-31 02:30", "2026-02-15 02:30", "2026-09-26 20:00", "2026-10-11 01:30"])
def test_planned_dates_always_satisfy_the_minimums(start):
    starts_at = datetime.fromisoformat(start).replace(tzinfo=EASTERN)
    round = planning.new_round(CycleFactory(), name="Over a clock change", starts_at=starts_at, by=None, now=START)
    assert round.voting_closes_at - round.voting_opens_at == timedelta(hours=72)
    assert round.freeze_at - round.nominations_close_at >= timedelta(days=7)


ZONES = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("start", "closes"), [("2026-02-01", "Tue Mar 10 21:00"), ("2026-09-27", "Tue Nov 03 19:00")])
def test_a_vote_over_a_clock_change_lasts_72_elapsed_hours_in_every_zone(zone, start, closes):
    starts_at = datetime.fromisoformat(f"{start} 09:00").replace(tzinfo=ZoneInfo(zone))
    round = planning.new_round(
        CycleFactory(), name="Over a change", starts_at=starts_at, by=None, now=START, time_zone=zone
    )
    round.refresh_from_db()
    assert local(round, "voting_opens_at").endswith("20:00")
    assert local(round, "voting_closes_at") == closes
    assert round.voting_closes_at - round.voting_opens_at == timedelta(hours=72)


def test_two_rounds_of_one_name_have_two_addresses():
    slugs = [
        planning.new_round(CycleFactory(), name="Round 1", starts_at=START, by=None, now=START).slug for _ in range(3)
    ]
    assert slugs == ["2026-round-1", "2026-round-1-2", "2026-round-1-3"]


def test_unknown_zone_is_refused():
    for zone in ("Mars/Olympus", "../etc/passwd"):
        with pytest.raises(Refusal, match="There is no time zone"):
            planning.new_round(CycleFactory(), name="R", starts_at=START, by=None, now=START, time_zone=zone)


@pytest.mark.parametrize("short", [timedelta(), MINUTE])
def test_questionnaires_have_seven_full_days(short):
    round = RoundFactory()
    round.nominations_close_at = round.freeze_at - timedelta(hours=7 * 24) + short
    if not short:
        planning.check_dates(round)
        return
    with pytest.raises(Refusal, match="7 full days for the questionnaire"):
        planning.check_dates(round)
    round.rehearsal = True
    planning.check_dates(round)


@pytest.mark.parametrize("short", [timedelta(), MINUTE])
def test_voting_lasts_72_elapsed_hours(short):
    # The clocks go back on Sunday, November 1, 2026: by the wall it looks an hour shorter than it is.
    round = RoundFactory(starts_at=datetime(2026, 9, 25, 14, 0, tzinfo=UTC))
    round.voting_opens_at = datetime(2026, 10, 30, 20, 0, tzinfo=EASTERN)
    round.voting_closes_at = datetime(2026, 11, 2, 19, 0, tzinfo=EASTERN) - short
    round.announce_at = datetime(2026, 11, 5, 10, 0, tzinfo=EASTERN)
    if not short:
        planning.check_dates(round)
        return
    with pytest.raises(Refusal, match="at least 72 hours"):
        planning.check_dates(round)
    round.rehearsal = True
    planning.check_dates(round)


def test_questionnaire_days_under_seven_are_for_rehearsals():
    round = RoundFactory(questionnaire_days=6)
    with pytest.raises(Refusal, match="at least 7 days"):
        planning.check_dates(round)


@pytest.mark.parametrize("at", range(5))
def test_dates_follow_each_other_even_in_a_rehearsal(at):
    round = RoundFactory(rehearsal=True)
    earlier, later = planning.DATES[at : at + 2]
    setattr(round, later, getattr(round, earlier))
    with pytest.raises(Refusal, match="must come after"):
        planning.check_dates(round)


def test_reschedule_moves_a_date_once(dee):
    round = RoundFactory(stage=Stage.NOMINATING)
    later = round.announce_at + timedelta(days=2)
    for moved in (True, False):
        assert planning.reschedule(round, announce_at=later, by=dee, now=START, reason="a holiday") is moved
    assert (round.announce_at, round.schedule_version) == (later, 1)
    entry = Entry.objects.get()
    assert (entry.verb, entry.reason, list(entry.after)) == ("round.rescheduled", "a holiday", ["announce_at"])


@pytest.mark.parametrize(
    ("stage", "fixed"),
    [(Stage.DRAFT, 0), (Stage.NOMINATING, 1), (Stage.VETTING, 2), (Stage.FROZEN, 3), (Stage.VOTING, 6)],
)
def test_dates_behind_the_stage_are_fixed(stage, fixed):
    round = RoundFactory(stage=stage, rehearsal=True)
    for at, field in enumerate(planning.DATES):
        change = {field: getattr(round, field) + MINUTE}
        if at < fixed:
            with pytest.raises(Refusal):
                planning.reschedule(round, by=None, now=START - MINUTE, reason="x", **change)
        else:
            assert planning.reschedule(round, by=None, now=START - MINUTE, reason="x", **change) is True


@pytest.mark.parametrize(("ahead", "good"), [(-MINUTE, False), (timedelta(), False), (MINUTE, True)])
def test_only_future_dates_can_be_set(ahead, good):
    round = RoundFactory(rehearsal=True)
    now = round.nominations_close_at - timedelta(days=1)
    if good:
        assert planning.reschedule(round, nominations_close_at=now + ahead, by=None, now=now, reason="x") is True
        return
    with pytest.raises(Refusal, match="must lie in the future"):
        planning.reschedule(round, nominations_close_at=now + ahead, by=None, now=now, reason="x")


def test_reschedule_keeps_the_minimums_and_asks_why():
    round = RoundFactory()
    with pytest.raises(Refusal, match="72 hours"):
        planning.reschedule(round, voting_closes_at=round.voting_closes_at - MINUTE, by=None, now=START, reason="x")
    with pytest.raises(Refusal, match="Say why"):
        planning.reschedule(round, announce_at=round.announce_at + MINUTE, by=None, now=START, reason=" ")
    with pytest.raises(TypeError):
        planning.reschedule(round, stage="voting", by=None, now=START, reason="x")
    assert Entry.objects.count() == 0


@pytest.mark.parametrize(("ahead", "good"), [(-MINUTE, True), (timedelta(), False), (MINUTE, False)])
def test_extend_only_while_open(ahead, good):
    round = RoundFactory(stage=Stage.VOTING)
    closes = round.voting_closes_at
    later = closes + timedelta(hours=12)
    if not good:
        with pytest.raises(Refusal, match="Only an open vote"):
            planning.extend(round, voting_closes_at=later, by=None, now=closes + ahead, reason="mail was late")
        return
    for moved in (True, False):
        assert (
            planning.extend(round, voting_closes_at=later, by=None, now=closes + ahead, reason="mail was late") is moved
        )
    assert round.voting_closes_at == later
    assert Entry.objects.get().verb == "round.extended"


def test_extend_only_later_and_with_a_reason():
    round = RoundFactory(stage=Stage.VOTING)
    now, closes = round.voting_opens_at, round.voting_closes_at
    with pytest.raises(Refusal, match="only end later"):
        planning.extend(round, voting_closes_at=closes - MINUTE, by=None, now=now, reason="x")
    with pytest.raises(Refusal, match="Say why"):
        planning.extend(round, voting_closes_at=closes + MINUTE, by=None, now=now, reason="")
    round = RoundFactory(stage=Stage.FROZEN)
    with pytest.raises(Refusal, match="Only an open vote"):
        planning.extend(round, voting_closes_at=closes + MINUTE, by=None, now=now, reason="x")


def test_a_vote_is_extended_twice_at_most_and_a_pause_does_not_count():
    round = RoundFactory(stage=Stage.VOTING)
    now = round.voting_opens_at

    def extend():
        later = round.voting_closes_at + MINUTE
        return planning.extend(round, voting_closes_at=later, by=None, now=now, reason="mail was late")

    assert extend() is True
    planning.pause(round, by=None, now=now, reason="x")
    planning.resume(round, by=None, now=now + MINUTE, reason="x")
    assert extend() is True
    closes = round.voting_closes_at
    with pytest.raises(Refusal, match="twice already"):
        extend()
    round.refresh_from_db()
    assert round.voting_closes_at == closes


@pytest.mark.parametrize(("days", "moves"), [(1, False), (3, True)])
def test_extension_takes_the_announcement_along_when_needed(days, moves):
    round = RoundFactory(stage=Stage.VOTING)
    announced = round.announce_at
    later = round.voting_closes_at + timedelta(days=days)
    planning.extend(round, voting_closes_at=later, by=None, now=round.voting_opens_at, reason="x")
    assert round.announce_at - announced == timedelta(days=days if moves else 0)


def test_pause_and_resume_give_the_lost_time_back(dee):
    round = RoundFactory(stage=Stage.VOTING)
    at, closes = round.voting_opens_at + timedelta(hours=1), round.voting_closes_at
    for done in (True, False):
        assert planning.pause(round, by=dee, now=at, reason="a wrong name") is done
    assert round.is_open(at) is False
    for done in (True, False):
        assert planning.resume(round, by=dee, now=at + timedelta(hours=5), reason="mended") is done
    assert round.voting_closes_at == closes + timedelta(hours=5)
    assert round.is_open(at + timedelta(hours=5)) is True
    assert list(Entry.objects.order_by("id").values_list("verb", flat=True)) == ["round.paused", "round.resumed"]


def test_only_an_open_vote_is_paused():
    round = RoundFactory(stage=Stage.VOTING)
    with pytest.raises(Refusal):
        planning.pause(round, by=None, now=round.voting_closes_at, reason="x")
    with pytest.raises(Refusal, match="Say why"):
        planning.pause(round, by=None, now=round.voting_opens_at, reason="")


def test_rules_change_until_voting_opens(dee):
    round = RoundFactory(stage=Stage.FROZEN)
    for changed in (True, False):
        assert planning.change_rules(round, threshold=6667, by=dee, now=START, reason="bylaws") is changed
    assert round.threshold == 6667
    assert Entry.objects.get().after == {"threshold": 6667}
    Round.objects.update(stage=Stage.VOTING)
    with pytest.raises(Refusal, match="locked"):
        planning.change_rules(round, threshold=5000, by=dee, now=START, reason="x")


@pytest.mark.parametrize("bad", [{"threshold": 10_001}, {"comparison": "about"}, {"threshold": -1}])
def test_impossible_rules_are_refused(bad):
    with pytest.raises(Refusal):
        planning.change_rules(RoundFactory(), by=None, now=START, reason="x", **bad)
    assert Entry.objects.count() == 0


def test_next_dates_are_soonest_first_and_hide_rehearsals():
    round = RoundFactory(name="Round 1", stage=Stage.NOMINATING)
    RoundFactory(name="Rehearsal", rehearsal=True)
    RoundFactory(name="Cancelled", stage=Stage.CANCELLED)
    after = planning.next_dates(round.cycle, round.freeze_at)
    assert [(date.field, date.round) for date in after] == [
        ("voting_opens_at", round),
        ("voting_closes_at", round),
        ("announce_at", round),
    ]


@pytest.mark.parametrize(("ahead", "is_open"), [(-MINUTE, True), (timedelta(), False)])
def test_open_round_takes_nominations_until_its_close(ahead, is_open):
    round = RoundFactory(stage=Stage.NOMINATING)
    found = planning.open_round(round.cycle, round.nominations_close_at + ahead)
    assert (found == round) is is_open


def test_current_cycle_is_that_of_the_next_round():
    CycleFactory(year=2028, name="2028")
    round = RoundFactory()
    assert planning.current_cycle(START) == round.cycle
    assert planning.current_cycle(round.nominations_close_at).year == 2028
