"""Election dates: read, kept, given to races; and a plan held against them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from journal.models import Entry
from rounds import elections, planning
from rounds.models import Election, Race, Round
from rounds.refusals import Refusal
from tests.factories.groups import district, state
from tests.factories.rounds import START, CycleFactory, RaceFactory

pytestmark = pytest.mark.django_db
HEAD = "cycle,usps,event,date,general_date,governor_race,status,source,note\n"
MA = "2026,MA,congressional primary,2026-09-01,2026-11-03,,provisional,https://example.org,\n"
TX = (
    "2026,TX,congressional primary,2026-03-03,2026-11-03,,final,,\n"
    "2026,TX,primary runoff,2026-05-26,2026-11-03,,final,,\n"
)


def load(text, now=START):
    return elections.load(text.encode(), by=None, now=now)


def test_dates_are_kept_and_twice_changes_nothing():
    assert load(HEAD + MA + TX) == elections.Loaded(new=2, changed=0, races=0)
    assert load(HEAD + MA + TX) == elections.Loaded(new=0, changed=0, races=0)

    texas = Election.objects.get(usps="TX")
    assert (texas.primary_on, texas.runoff_on, texas.provisional) == (date(2026, 3, 3), date(2026, 5, 26), False)
    assert Election.objects.get(usps="MA").provisional
    assert Entry.objects.filter(verb="elections.imported").count() == 1


def test_races_take_the_dates_and_keep_those_that_somebody_typed():
    cycle = CycleFactory()
    house, senate = RaceFactory(cycle=cycle), RaceFactory(cycle=cycle, office="senate", place=state("MA"))
    governor = RaceFactory(cycle=cycle, office="governor", place=state("MA"))
    Race.objects.filter(pk=senate.pk).update(primary_on=date(2026, 9, 8))

    assert load(HEAD + MA).races == 3
    for race in (house, senate, governor):
        race.refresh_from_db()
    assert (house.primary_on, senate.primary_on, governor.primary_on) == (date(2026, 9, 1), date(2026, 9, 8), None)
    assert {house.general_on, senate.general_on, governor.general_on} == {date(2026, 11, 3)}

    assert load(HEAD + MA.replace("09-01", "09-15")) == elections.Loaded(new=0, changed=1, races=3)
    house.refresh_from_db(), senate.refresh_from_db()
    assert (house.primary_on, senate.primary_on) == (date(2026, 9, 15), date(2026, 9, 8))


def test_a_new_race_has_its_dates():
    load(HEAD + MA)
    cycle = CycleFactory()

    assert elections.race_of(cycle, "house", district("MA", 7)).primary_on == date(2026, 9, 1)
    assert elections.race_of(cycle, "governor", state("MA")).primary_on is None
    assert elections.race_of(cycle, "house", district("WY", 0)).general_on is None
    assert Race.objects.count() == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cycle,usps\n2026,MA\n", "columns are missing: event, date"),
        (HEAD + MA + MA.replace("MA", "XX"), "Wrong rows, nothing was kept: 3"),
        (HEAD + MA.replace("2026-09-01", "2025-09-01"), "Wrong rows, nothing was kept: 2"),
        (HEAD + MA + MA, "Wrong rows, nothing was kept: 3"),
        (HEAD + TX.splitlines(keepends=True)[1], "The runoff of TX 2026 has no primary before it"),
        (HEAD + '"', "no CSV file"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(text, words):
    with pytest.raises(Refusal, match=words):
        load(text)
    assert Election.objects.count() == 0


def test_the_command(tmp_path, capsys):
    file = tmp_path / "dates.csv"
    file.write_text(HEAD + MA)
    call_command("import_election_dates", str(file))
    assert capsys.readouterr().out == "1 new, 0 changed, 0 races dated.\n"
    with pytest.raises(CommandError, match="can't be read"):
        call_command("import_election_dates", str(tmp_path / "none.csv"))


@pytest.mark.parametrize(
    ("announced", "found"),
    [
        ("2026-02-01", []),
        ("2026-02-02", [("TX", date(2026, 3, 3), False)]),
        ("2026-03-02", [("TX", date(2026, 3, 3), False)]),
        ("2026-03-03", []),  # the runoff is far
        ("2026-05-01", [("TX", date(2026, 5, 26), False)]),
        ("2026-05-26", [("TX", date(2026, 3, 3), True)]),
    ],
)
def test_a_runoff_stands_for_its_primary_once_that_is_over(announced, found):
    load(HEAD + MA + TX)
    assert [(one.usps, one.on, one.past) for one in elections.near(2026, date.fromisoformat(announced))] == found


def test_rounds_follow_each_other_every_six_weeks_at_the_same_local_time():
    names = planning.series("Round 9", START, ZoneInfo("America/New_York"), 3)

    assert [name for name, _start in names] == ["Round 9", "Round 10", "Round 11"]
    assert [start for _name, start in names][1:] == [
        datetime(2026, 3, 16, 13, tzinfo=UTC),  # 9 a.m. again, though clocks changed
        datetime(2026, 4, 27, 13, tzinfo=UTC),
    ]
    assert [name for name, _start in planning.series("Spring", START, ZoneInfo("UTC"), 2)] == ["Spring", "Spring 2"]


def test_a_plan_is_shown_before_it_is_made(client, dee, set_clock):
    set_clock(START)
    load(HEAD + MA + TX)
    client.force_login(dee)
    said = {"cycle": CycleFactory().pk, "name": "Round 1", "starts_at_0": "2026-02-02", "starts_at_1": "09:00"}
    address = "/desk/rounds/round/add/"

    page = client.post(address, said | {"count": "2", "propose": "1"}).content.decode()

    assert Round.objects.count() == 0
    assert "Saturday, March 14, 2026, 10:00 a.m. Eastern (7:00 a.m. Pacific)" in page
    # Announced on March 14 and April 25: the runoff on May 26 is more than 30 days after either.
    assert "primary" not in page.split("desk-card", 1)[1]
    assert "Round 2" in page

    assert client.post(address, said | {"count": "2"}).status_code == 302
    first, second = Round.objects.order_by("nominations_open_at")
    assert (first.name, second.name) == ("Round 1", "Round 2")
    assert second.nominations_open_at - first.nominations_open_at == timedelta(weeks=6) - timedelta(hours=1)


def test_a_plan_says_for_which_states_it_comes_late_and_that_clocks_change(client, dee, set_clock):
    set_clock(START)
    client.force_login(dee)
    said = {"cycle": CycleFactory().pk, "name": "Round 1", "starts_at_0": "2026-08-01", "starts_at_1": "09:00"}
    address = "/desk/rounds/round/add/"
    assert "No election dates are known for 2026" in client.post(address, said | {"propose": "1"}).content.decode()

    load(HEAD + MA + TX)
    page = client.post(address, said | {"propose": "1"}).content.decode()
    assert "2 states’ primaries are over by the announcement: TX, MA." in page
    assert "Clocks change" not in page

    said["starts_at_0"] = "2026-09-26"  # voting from October 30 to November 2
    assert "Clocks change while the vote runs" in client.post(address, said | {"propose": "1"}).content.decode()
