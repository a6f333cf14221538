"""The public extract of a round's journal: what stands in it. What never does: test_extract_secrets.py."""

import csv
import html
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from endorsements.health import verifying
from endorsements.models import Verification
from journal import book, clock, reading
from journal.models import Entry
from rounds import candidacies, planning, staging
from rounds.models import Contest, Round
from tests.factories.groups import MemberFactory, district
from tests.factories.results import counted
from tests.factories.rounds import START, CandidacyFactory, ContestFactory, RaceFactory, RoundFactory
from voting import results

pytestmark = pytest.mark.django_db

Stage = Round.Stage
HOUR = timedelta(hours=1)
HASH = re.compile(r"\b[0-9a-f]{64}\b")


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


@pytest.fixture
def voting(dee):
    """A round whose vote is open, planned by Dee and carried by the clock."""
    round = RoundFactory(name="Spring round", slug="spring", stage=Stage.FROZEN)
    book.record("round.planned", round, by=dee, now=START)
    staging.move(round, Stage.VOTING, by=None, now=round.voting_opens_at)
    return round


def text(client, slug="spring", **query):
    """What a reader sees of the page's main part, on one line."""
    cache.clear()
    said = client.get(f"/rounds/{slug}/journal/", query)
    main = said.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", f"<main{main}")).split())


def rows(client, slug="spring"):
    cache.clear()
    return list(csv.DictReader(StringIO(client.get(f"/rounds/{slug}/journal.csv").content.decode())))


# What stands in it


def test_it_tells_in_the_rounds_own_time_who_did_what_by_role_and_why(client, voting, dee):
    closes = voting.voting_closes_at + HOUR
    at = voting.voting_opens_at + HOUR
    planning.extend(voting, voting_closes_at=closes, by=dee, now=at, reason="The letters were late.")

    page = text(client)

    assert "8:00 p.m. Eastern The clock opened the vote." in page
    assert (
        "9:00 p.m. Eastern A round manager extended the vote. “voting closes” is now: Wednesday, March 11, 2026, "
        "9:00 p.m. Eastern (6:00 p.m. Pacific). Why: The letters were late."
    ) in page
    assert "Dee" not in page


def test_a_round_and_the_method_page_lead_to_it(client, voting):
    assert 'href="/rounds/spring/journal/"' in client.get("/rounds/spring/").content.decode()
    assert 'href="/rounds/spring/journal/"' in client.get("/method/").content.decode()


@pytest.mark.parametrize("fields", [{"stage": Stage.DRAFT}, {"stage": Stage.VOTING, "rehearsal": True}])
@pytest.mark.parametrize("address", ["/rounds/hidden/journal/", "/rounds/hidden/journal.csv"])
def test_a_round_nobody_should_see_has_none(client, fields, address):
    RoundFactory(slug="hidden", **fields)

    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/rounds/spring/journal/", "/rounds/spring/journal.csv"])
def test_it_is_read_only_and_sets_no_cookie(client, voting, address):
    assert not client.get(address).cookies
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405


def test_a_round_without_entries_says_so(client):
    RoundFactory(slug="spring", stage=Stage.NOMINATING)

    assert "Nothing was decided yet." in text(client)
    assert rows(client) == []


def test_it_speaks_spanish(client, voting, dee):
    planning.pause(voting, by=dee, now=voting.voting_opens_at + HOUR, reason="Un error.")

    page = text(client, lang="es")

    assert "El reloj abrió la votación." in page
    assert "puso en pausa la votación" in page
    assert "Por qué: Un error." in page


def test_contests_alike_of_one_day_stand_together_and_few_by_name(client, voting):
    made = [ContestFactory(round=voting, race__place=district("MA", number)) for number in range(1, 6)]
    for contest in made[:3]:
        book.record("contest.made", contest, by=None, now=START)
    for contest in made:
        book.record("contest.opened", contest, by=None, now=voting.voting_closes_at, after={"envelopes": 7})

    page = text(client)

    assert (
        "The clock made the ballot: U.S. House, Massachusetts 1st District; U.S. House, Massachusetts 2nd District; "
        "U.S. House, Massachusetts 3rd District."
    ) in page
    assert "The clock opened and counted the envelopes: 5 contests." in page
    assert page.count("opened and counted") == 1
    assert [row["what"] for row in rows(client)].count(
        "The clock opened and counted the envelopes: U.S. House, Massachusetts 5th District."
    ) == 1


def test_the_table_has_a_row_for_each_entry_with_its_time_in_utc(client, voting, dee):
    planning.pause(voting, by=dee, now=voting.voting_opens_at + HOUR, reason="=A fault.")

    first, opened, paused = rows(client)

    assert first["who"] == "A round manager" and first["what"] == "A round manager planned the round."
    assert opened == {
        "at": voting.voting_opens_at.isoformat(),
        "who": "The clock",
        "what": "The clock opened the vote.",
        "why": "",
        "hash": "",
    }
    assert paused["why"] == "'=A fault."  # no spreadsheet runs it


def test_changed_rules_and_dates_are_named(client, dee):
    round = RoundFactory(slug="spring", stage=Stage.NOMINATING)
    later = {"announce_at": round.announce_at + HOUR}
    planning.reschedule(round, by=dee, now=START, reason="A holiday.", **later)
    planning.change_rules(round, by=dee, now=START, reason="Two people should agree.", second_person=True)

    page = text(client)

    assert "changed dates. “announcement” is now: Saturday, March 14" in page
    assert "changed the rules. Changed: a second person for grave acts. Why: Two people should agree." in page


# The hash at the day's end


def test_each_day_ends_with_the_hash_that_the_nightly_look_wrote(client, voting):
    night = voting.voting_opens_at + 5 * HOUR
    assert "The clock closes this day in the journal at night." in text(client)

    verifying.nightly(night)
    closed = Entry.objects.get(verb=verifying.CLOSED)

    page = text(client)
    # Both days that have entries were closed by the same night.
    assert re.findall(HASH, page) == [closed.hash, closed.hash]
    assert "Last checked Monday, March 9, 2026, 1:00 a.m. Eastern" in page
    assert "the journal and all results were whole" in page
    assert [row["hash"] for row in rows(client) if row["hash"]] == [closed.hash]


def test_an_act_after_the_close_has_the_next_one(client, voting, dee):
    night = voting.voting_opens_at + 5 * HOUR
    verifying.nightly(night)
    planning.pause(voting, by=dee, now=night + HOUR, reason="A fault.")
    last = text(client)
    assert last.count("The clock closes this day in the journal at night.") == 1

    verifying.nightly(night + 20 * HOUR)
    verifying.nightly(night + 40 * HOUR)

    first, second, _third = (entry.hash for entry in reversed(verifying.closed()))
    assert re.findall(HASH, text(client)) == [first, first, second]
    assert [row["hash"] for row in rows(client) if row["hash"]] == [first, second]


def test_a_days_hash_cannot_be_guessed_from_what_it_closes(voting):
    first = verifying.close(START)
    second = verifying.close(START)
    salts = [entry.after["salt"] for entry in verifying.closed()]

    assert first != second
    assert len(set(salts)) == 2 and {len(salt) for salt in salts} == {32}
    assert book.verify() is None


def test_a_reader_sees_a_changed_journal_by_the_hash_and_by_the_look(client, voting):
    verifying.nightly(START)
    Entry.objects.filter(verb="round.planned").update(reason="Another.")
    verifying.nightly(START + 21 * HOUR)

    page = text(client)

    assert "something did not fit" in page
    assert "were whole" not in page
    assert Verification.objects.first().wrong.startswith("Journal entry")


# Reasons


@pytest.mark.parametrize(
    "reason",
    [
        "Write to ben@example.org.",
        "Write to ben＠example.org.",
        "See https://example.org/x",
        "See example.org",
        "Call 617 555 0100.",
        "Call (617) 555-0100.",
        "ZIP 02139 got none.",
        "Token k3jH8sLq0Zp4VbN7xYwA1c was lost.",
        "Dee asked for it.",
        "DORN asked for it.",
        "dee dorn asked for it.",
        "Ben Brook did not get his letter.",
        "For ben brook.",
        "For Mary Ann Lee.",
        "Ángel Ibáñez asked.",
        "Ada Adams asked.",
    ],
)
def test_a_reason_that_might_name_somebody_is_kept_back(client, voting, dee, ben, ada, reason):
    MemberFactory(first_name="Mary Ann", last_name="Lee")
    MemberFactory(first_name="Ángel", last_name="Ibáñez")
    planning.pause(voting, by=dee, now=voting.voting_opens_at + HOUR, reason=reason)

    page = text(client)

    assert "A round manager paused the vote. The reason is not shown." in page
    assert reason not in page
    assert {row["why"] for row in rows(client)} == {""}


@pytest.mark.parametrize(
    "reason", ["Ben is a common name.", "At 8 p.m. on March 9, 12,000 letters waited.", "U.S. mail."]
)
def test_a_reason_that_names_nobody_is_shown(client, voting, dee, ben, reason):
    planning.pause(voting, by=dee, now=voting.voting_opens_at + HOUR, reason=reason)

    assert f"Why: {reason}" in text(client)


def test_no_reason_is_shown_that_was_given_after_the_close(client, dee):
    round = RoundFactory(slug="spring", stage=Stage.VOTING)
    first, second = (ContestFactory(round=round, race__place=district("MA", number)) for number in (1, 2))
    void = Contest.State.VOID
    candidacies.move_contest(first, void, by=dee, now=round.voting_closes_at - HOUR, reason="Wrong race.")
    staging.move(round, Stage.POLLS_CLOSED, by=None, now=round.voting_closes_at)
    candidacies.move_contest(second, void, by=dee, now=round.voting_closes_at + HOUR, reason="She has 40 of 60.")
    staging.move(round, Stage.CANCELLED, by=dee, now=round.voting_closes_at + HOUR, reason="She has 40 of 60.")

    page = text(client)

    assert "Massachusetts 1st District. Why: Wrong race." in page
    assert page.count("The reason is not shown.") == 2
    assert "40 of 60" not in page


def test_the_reason_of_a_certification_or_of_asking_is_not_for_the_public(client, dee):
    round = RoundFactory(slug="spring", stage=Stage.VOTING)
    book.record("round.extend.asked", round, by=dee, now=START, reason="A secret.")
    book.record("mailings.stop", round.topic, by=None, now=START, reason="A secret.")
    book.record("round.stage", round, by=dee, now=START, reason="A secret.", after={"stage": "certified"})

    page = text(client)

    assert "A round manager asked to extend the vote." in page
    assert "A teller certified the results." in page
    assert "secret" not in page and "The reason is not shown" not in page


# What is left out, and counted


def test_what_is_about_single_people_is_counted_and_what_is_read_is_not(client, voting, dee):
    candidacy = CandidacyFactory(round=voting)
    for verb in ("candidacy.corrected", "verdict.given"):
        book.record(verb, candidacy, by=dee, now=START)
    reading.read(candidacy, by=dee, now=START)
    contest = ContestFactory(round=voting, race__place=district("MA", 3))
    book.record("ballot.voided", contest, by=dee, now=START, reason="Ben asked.")
    book.record("round.noted", voting, by=dee, now=START)
    other = CandidacyFactory(race=RaceFactory(place=district("MA", 4)))
    book.record("candidacy.corrected", other, by=dee, now=START)

    page = text(client)

    assert "And 3 entries about single people, groups or campaigns, which are not shown." in page
    assert "And 1 entry about the work behind it, which is not shown." in page
    assert "Ben" not in page


def test_until_the_announcement_nothing_is_counted_that_tells_of_results(client, dee):
    round = RoundFactory(slug="spring", stage=Stage.POLLS_CLOSED)
    result = counted({1: 6, 2: 4}, round=round)
    candidacy = result.contest.options.get(number=1).candidacy
    Round.objects.filter(pk=round.pk).update(stage=Stage.COUNTED)
    before = text(client)
    results.decide(result, endorse=False, by=dee, now=round.voting_closes_at, reason="Too few.")
    book.record("candidacy.state", candidacy, by=None, now=round.voting_closes_at, after={"state": "endorsed"})

    assert HASH.sub("", text(client)) == HASH.sub("", before)

    Round.objects.filter(pk=round.pk).update(stage=Stage.ANNOUNCED)
    assert "1 entry about single people" in text(client)
    # Its fingerprint at the count, the decision, and the fingerprint after it.
    assert "3 entries about the work behind it" in text(client)


# What it costs


@pytest.mark.parametrize("number", [1, 4])
@pytest.mark.parametrize("address", ["/rounds/spring/journal/", "/rounds/spring/journal.csv"])
def test_it_asks_little_and_the_second_time_next_to_nothing(client, voting, dee, number, address):
    for at in range(number):
        contest = ContestFactory(round=voting, race__place=district("MA", at + 1))
        book.record("contest.made", contest, by=None, now=START)
        book.record("round.paused", voting, by=dee, now=START, reason=f"Reason {at}.")
    for most in (12, 2):
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        asked = [one["sql"] for one in captured if not re.match(r"(RELEASE )?SAVEPOINT", one["sql"])]
        assert len(asked) <= most, asked


def test_what_is_kept_follows_the_stage_at_once(client, voting):
    assert b"closed the vote." not in client.get("/rounds/spring/journal/").content
    staging.move(voting, Stage.POLLS_CLOSED, by=None, now=voting.voting_closes_at)

    assert b"closed the vote." in client.get("/rounds/spring/journal/").content


def test_the_desk_says_where_a_reason_is_for_the_public(client, dee):
    round = RoundFactory(stage=Stage.VOTING)
    client.force_login(dee)
    with clock.standing_at(round.voting_opens_at + HOUR):
        for act, told in (("extend", True), ("cancel", True), ("unseal", False)):
            page = client.get(f"/desk/rounds/round/{round.pk}/steer/{act}/").content.decode()
            assert ("public extract" in page, act) == (told, act)
