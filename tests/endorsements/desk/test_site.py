import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from endorsements.models import Endorsement
from journal import book, clock
from journal.models import Entry
from rounds.models import Cycle, Round
from tests.factories.groups import UserFactory
from tests.factories.results import counted
from tests.factories.rounds import START, CandidacyFactory, RoundFactory
from tests.factories.voting import polls

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
PAGES = [
    "/desk/",
    "/desk/rounds/round/",
    "/desk/rounds/round/add/",
    "/desk/endorsements/endorsement/",
    "/desk/journal/entry/",
]


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_the_desk_is_for_staff(client, ada, page):
    assert client.get(page).status_code == 302
    client.force_login(ada)
    assert client.get(page).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_the_desk_opens_for_staff(desk, page):
    assert desk.get(page).status_code == 200


def test_a_second_factor_is_asked_where_it_is_forced(desk, settings):
    settings.SECOND_FACTOR_FORCED = True

    response = desk.get("/desk/", follow=True)

    assert "/accounts/2fa/" in [address for address, _status in response.redirect_chain]


def test_a_round_is_planned_from_one_date(desk, set_clock):
    set_clock(START + timedelta(hours=23))
    cycle = Cycle.objects.create(year=2026, name="2026")
    said = {"cycle": cycle.pk, "name": "Round 1", "starts_at_0": "2026-02-02", "starts_at_1": "09:00"}

    response = desk.post("/desk/rounds/round/add/", said)

    round = Round.objects.get()
    assert response["Location"] == f"/desk/rounds/round/{round.pk}/change/"
    assert round.nominations_open_at == START
    assert round.nominations_close_at == START + timedelta(days=21)


def test_no_round_is_planned_for_a_day_that_is_over_or_by_a_name_that_is_taken(desk, set_clock):
    set_clock(START + timedelta(days=1, seconds=1))
    taken = RoundFactory(name="Round 1")
    said = {"cycle": taken.cycle_id, "name": "Round 1", "starts_at_0": "2026-02-02", "starts_at_1": "09:00"}

    for asked in (said, said | {"propose": "1"}):
        page = desk.post("/desk/rounds/round/add/", asked).content.decode()
        assert "This day is over." in page
        assert "There is a round of this name in the cycle already." in page
    assert Round.objects.count() == 1


def test_what_was_typed_stays_when_a_round_cannot_be_planned(desk):
    response = desk.post("/desk/rounds/round/add/", {"name": "Round <b>1</b>", "starts_at_0": "x" * 5000})

    assert response.status_code == 200
    assert b"Round &lt;b&gt;1&lt;/b&gt;" in response.content
    assert Round.objects.count() == 0


@pytest.mark.parametrize("stage", Round.Stage.values)
def test_a_rounds_page_opens_at_every_stage(desk, stage):
    round = RoundFactory(stage=stage)
    CandidacyFactory(round=round)

    response = desk.get(f"/desk/rounds/round/{round.pk}/change/")

    assert response.status_code == 200
    assert round.get_stage_display() in response.content.decode()


def test_the_vote_is_extended_with_a_reason(desk, dee):
    round, _contests, _entries = polls()
    later = round.voting_closes_at + 5 * HOUR
    local = later.astimezone(round.zone)
    said = {
        "voting_closes_at_0": f"{local:%Y-%m-%d}",
        "voting_closes_at_1": f"{local:%H:%M:%S}",
        "reason": "Late mail.",
        "typed": round.name,
    }
    address = f"/desk/rounds/round/{round.pk}/steer/extend/"

    with clock.standing_at(round.voting_opens_at + HOUR):
        assert desk.get(address).status_code == 200
        without = desk.post(address, said | {"reason": " "})
        extended = desk.post(address, said)

    assert (without.status_code, extended.status_code) == (200, 302)
    assert Round.objects.get().voting_closes_at == later
    entry = Entry.objects.get(verb="round.extended")
    assert (entry.actor, entry.reason) == (f"user:{dee.pk}", "Late mail.")


def test_an_earlier_end_is_refused_and_what_was_typed_stays(desk):
    round, _contests, _entries = polls()
    said = {
        "voting_closes_at_0": "2026-03-09",
        "voting_closes_at_1": "10:00",
        "reason": "Earlier, please.",
        "typed": round.name,
    }

    with clock.standing_at(round.voting_opens_at + HOUR):
        response = desk.post(f"/desk/rounds/round/{round.pk}/steer/extend/", said)

    assert response.status_code == 200
    assert b"Earlier, please." in response.content
    assert "only end later" in response.content.decode()


@pytest.mark.parametrize(
    ("act", "field"), [("add", "starts_at"), ("extend", "voting_closes_at"), ("reschedule", "announce_at")]
)
@pytest.mark.parametrize(
    ("day", "time", "words"), [("2027-03-14", "02:30:00", "does not come"), ("2026-11-01", "01:30:00", "comes twice")]
)
def test_a_local_time_that_is_none_or_two_is_refused_and_what_was_typed_stays(desk, act, field, day, time, words):
    round, _contests, _entries = polls(stage=Round.Stage.VOTING if act == "extend" else Round.Stage.FROZEN)
    address = "/desk/rounds/round/add/" if act == "add" else f"/desk/rounds/round/{round.pk}/steer/{act}/"

    with clock.standing_at(round.voting_opens_at - HOUR if act == "reschedule" else round.voting_opens_at + HOUR):
        page = desk.post(address, {f"{field}_0": day, f"{field}_1": time, "reason": "A reason."}).content.decode()

    assert words in page
    assert all(f'value="{typed}"' in page for typed in (day, time))
    assert list(Round.objects.values_list("schedule_version", flat=True)) == [0]


def test_a_rounds_page_says_its_dates_in_its_zone_and_in_utc(desk):
    round = RoundFactory(stage=Round.Stage.NOMINATING)

    page = desk.get(f"/desk/rounds/round/{round.pk}/change/").content.decode()

    assert "March 8, 8:00 p.m. Eastern" in page
    assert "2026-03-09 00:00 UTC" in page


def test_cancelling_needs_the_right_and_a_post(client):
    round = RoundFactory(stage=Round.Stage.NOMINATING)
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_round", "change_round"]))
    client.force_login(clerk)
    address = f"/desk/rounds/round/{round.pk}/steer/cancel/"

    assert client.get(address).status_code == 403
    assert client.post(address, {"reason": "No."}).status_code == 403

    clerk.user_permissions.add(Permission.objects.get(codename="steer_round"))
    client.force_login(type(clerk).objects.get(pk=clerk.pk))
    assert client.get(address).status_code == 200
    assert Round.objects.get().stage == Round.Stage.NOMINATING
    assert client.post(address, {"reason": "No.", "typed": round.name}).status_code == 302
    assert Round.objects.get().stage == Round.Stage.CANCELLED


def test_a_counted_round_is_certified_from_its_page(desk):
    round = counted({1: 60, 2: 40}).contest.round

    assert "Certify the results" in desk.get(f"/desk/rounds/round/{round.pk}/change/").content.decode()
    said = {"reason": "Counted.", "typed": round.name}
    assert desk.post(f"/desk/rounds/round/{round.pk}/steer/certify/", said).status_code == 302

    assert Round.objects.get().stage == Round.Stage.CERTIFIED


def test_unknown_acts_and_rounds_are_not_found(desk):
    round = RoundFactory()

    assert desk.get(f"/desk/rounds/round/{round.pk}/steer/explode/").status_code == 404
    assert desk.get("/desk/rounds/round/99/steer/cancel/").status_code == 404


RULES = {
    "name": "Round 1",
    "threshold": "65",
    "comparison": "more_than",
    "turnout_min_votes": "30",
    "turnout_min_share": "2",
    "certification": "two",
    "publish": "all",
    "receipt_mode": "counted",
    "questionnaire_days": "8",
}


def test_rules_are_changed_with_a_reason_and_no_stage_is_overwritten(desk, dee):
    round = RoundFactory(stage=Round.Stage.NOMINATING)
    address = f"/desk/rounds/round/{round.pk}/steer/rules/"

    named = RULES | {"typed": round.name}
    assert desk.post(address, named).status_code == 200
    assert "That is not its name." in desk.post(address, RULES | {"typed": "X", "reason": "x"}).content.decode()
    assert desk.post(address, named | {"reason": "As voted.", "stage": "draft"}).status_code == 302

    round.refresh_from_db()
    assert (round.stage, round.threshold, round.certification) == (Round.Stage.NOMINATING, 6500, "two")
    assert round.turnout_min_share == 200
    assert Entry.objects.get(verb="round.rules").reason == "As voted."


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": "100.01"},
        {"threshold": "49.99"},
        {"threshold": "6000"},
        {"threshold": "60.001"},
        {"turnout_min_share": "-1"},
        {"questionnaire_days": "6"},
        {"comparison": "about"},
    ],
)
def test_rules_that_cannot_be_are_refused(desk, wrong):
    round = RoundFactory(stage=Round.Stage.NOMINATING)

    response = desk.post(f"/desk/rounds/round/{round.pk}/steer/rules/", RULES | {"reason": "Why not."} | wrong)

    assert (response.status_code, b"Why not." in response.content) == (200, True)
    assert Round.objects.get().threshold == 6000


def test_the_rules_are_locked_once_the_vote_is_open(desk):
    round, _contests, _entries = polls()
    Round.objects.update(rules_locked_at=START)

    response = desk.post(f"/desk/rounds/round/{round.pk}/steer/rules/", RULES | {"reason": "Too late."})

    assert (response.status_code, "locked" in response.content.decode()) == (200, True)
    assert Round.objects.get().threshold == 6000


def test_shares_are_shown_and_typed_in_percent(desk):
    round = RoundFactory(stage=Round.Stage.NOMINATING, threshold=6667, turnout_min_share=100)

    page = desk.get(f"/desk/rounds/round/{round.pk}/steer/rules/").content.decode()

    assert 'name="threshold" value="66.67"' in page
    assert 'name="turnout_min_share" value="1"' in page


def test_a_forged_save_of_a_rounds_page_writes_nothing(desk, monkeypatch):
    round = RoundFactory(stage=Round.Stage.NOMINATING)
    monkeypatch.setattr(Round, "save", lambda *_args, **_rest: pytest.fail("the whole row was written"))

    desk.post(f"/desk/rounds/round/{round.pk}/change/", {"name": "Forged", "threshold": "1"})

    round.refresh_from_db()
    assert (round.name != "Forged", round.threshold) == (True, 6000)


def test_a_paused_vote_says_so_before_all_else(desk):
    round = RoundFactory(stage=Round.Stage.VOTING, paused_since=START)

    page = desk.get(f"/desk/rounds/round/{round.pk}/change/").content.decode()

    assert "nobody can vote until it is resumed." in page
    assert f"/desk/rounds/round/{round.pk}/steer/resume/" in page
    assert "Nothing holds this round up." not in page


def test_a_page_with_dates_loads_what_its_scripts_need(desk, set_clock):
    set_clock(START)
    round = RoundFactory(stage=Round.Stage.NOMINATING)

    page = desk.get(f"/desk/rounds/round/{round.pk}/steer/reschedule/").content.decode()

    scripts = re.findall(r'<script src="([^"]+)"', page)
    needed = ["jsi18n", "core", "calendar", "DateTimeShortcuts"]
    places = [next(at for at, script in enumerate(scripts) if name in script) for name in needed]
    assert places == sorted(places)


def test_the_history_of_a_record_is_the_journals(desk, dee):
    round = RoundFactory()
    book.record("round.rescheduled", round, by=dee, now=START, reason="Snow.")

    page = " ".join(desk.get(f"/desk/rounds/round/{round.pk}/history/").content.decode().split())

    assert "<strong>Dee Dorn</strong> changed the dates<br>“Snow.”" in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_rounds_asks_the_same_for_one_and_three(desk, number, django_assert_num_queries):
    for _ in range(number):
        RoundFactory()

    with django_assert_num_queries(6):
        desk.get("/desk/rounds/round/")


def test_the_words_of_an_endorsement_are_kept_with_the_journal(desk):
    endorsement = Endorsement.objects.create(
        candidacy=CandidacyFactory(gates=4), round=RoundFactory(), slug="ayo", issued_at=START
    )
    said = {"title": "Mayor", "reason": "Because.", "photo_credit": "", "photo_alt": ""}

    desk.post(f"/desk/endorsements/endorsement/{endorsement.pk}/change/", said)

    endorsement.refresh_from_db()
    assert (endorsement.title, endorsement.reason) == ("Mayor", "Because.")
    assert Entry.objects.get(verb="endorsement.edited").after == {"title": "Mayor", "reason": "Because."}


SAID = {"status": "won", "note": "November 3."}


def test_a_won_race_stands_on_the_page(desk):
    endorsement = Endorsement.objects.create(
        candidacy=CandidacyFactory(gates=4), round=RoundFactory(), slug="ayo", issued_at=START
    )

    desk.post(f"/desk/endorsements/endorsement/{endorsement.pk}/settle/", SAID | {"typed": "Somebody"})
    endorsement.refresh_from_db()
    assert endorsement.status == "issued"
    desk.post(f"/desk/endorsements/endorsement/{endorsement.pk}/settle/", SAID | {"typed": endorsement.candidacy.name})

    endorsement.refresh_from_db()
    assert (endorsement.status, endorsement.status_note) == ("won", "November 3.")


@pytest.mark.parametrize("key", ["abc", "9" * 30, "-1", ""])
@pytest.mark.parametrize("field", ["places", "leaderships-0-user", "leaderships-0-id"])
def test_forged_keys_in_a_form_of_the_desk_are_no_mistake_of_ours(desk, ada, group, field, key, caplog):
    counts = {"TOTAL_FORMS": "1", "INITIAL_FORMS": "1", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "1000"}
    said = {f"leaderships-{name}": value for name, value in counts.items()}

    response = desk.post(f"/desk/groups/group/{group.pk}/change/", said | {"name": "Forged", field: key})

    assert response.status_code in (200, 400)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    group.refresh_from_db()
    assert group.name == "Boston Common Group"
