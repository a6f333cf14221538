"""The dates of rounds as calendars read them."""

from datetime import timedelta

import pytest

from rounds import icalendar
from rounds.models import Round
from tests.factories.rounds import START, RoundFactory

pytestmark = pytest.mark.django_db


def lines_of(text):
    """The calendar's lines, unfolded; each physical one within 75 octets and ended by CRLF."""
    assert text.endswith("\r\n")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    return text.replace("\r\n ", "").split("\r\n")


def feed(*rounds):
    return lines_of(icalendar.feed(rounds, name="Rounds", base_url="https://vote.example.org", now=START))


def test_six_dates_of_a_round():
    round = RoundFactory(stage=Round.Stage.VOTING, name="Spring, 2026; one", slug="spring")

    lines = feed(round)

    assert [line for line in lines if line.startswith("DTSTART")] == [
        "DTSTART:20260202T140000Z",
        "DTSTART:20260223T140000Z",
        "DTSTART:20260308T045900Z",
        "DTSTART:20260309T000000Z",
        "DTSTART:20260312T000000Z",
        "DTSTART:20260314T140000Z",
    ]
    assert "SUMMARY:Voting opens (Spring\\, 2026\\; one)" in lines
    assert f"UID:round-{round.pk}-freeze_at@vote.example.org" in lines
    assert "URL:https://vote.example.org/rounds/spring/" in lines
    assert (lines.count("BEGIN:VEVENT"), lines.count("END:VEVENT")) == (6, 6)
    assert (lines[0], lines[-2]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")


def test_a_moved_date_keeps_its_name_and_counts_up():
    round = RoundFactory(stage=Round.Stage.VOTING, schedule_version=3)
    assert feed(round).count("SEQUENCE:3") == 6


def test_a_cancelled_round_is_struck():
    lines = feed(RoundFactory(stage=Round.Stage.CANCELLED))
    assert (lines.count("STATUS:CANCELLED"), lines.count("SEQUENCE:1")) == (6, 6)


def test_long_names_are_folded_between_letters():
    name = "Año " * 20
    assert f"SUMMARY:Voting opens ({name.strip()})" in feed(RoundFactory(name=name.strip()))


def test_a_line_break_in_a_name_makes_no_line_of_its_own():
    assert [line for line in feed(RoundFactory(name="One\r\nEND:VCALENDAR")) if line == "END:VCALENDAR"] == [
        "END:VCALENDAR"
    ]


def test_everybody_may_subscribe(client):
    RoundFactory(stage=Round.Stage.NOMINATING, slug="spring")
    RoundFactory(stage=Round.Stage.NOMINATING, slug="summer", starts_at=START + timedelta(days=42))

    one, every = client.get("/rounds/spring/dates.ics"), client.get("/rounds/dates.ics")

    assert (one.status_code, every.status_code) == (200, 200)
    assert one.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert [answer.content.count(b"BEGIN:VEVENT") for answer in (one, every)] == [6, 12]


@pytest.mark.parametrize("which", [{"stage": Round.Stage.DRAFT}, {"stage": Round.Stage.VOTING, "rehearsal": True}])
def test_drafts_and_rehearsals_are_nobodys_business(client, which):
    RoundFactory(slug="spring", **which)

    assert client.get("/rounds/spring/dates.ics").status_code == 404
    assert client.get("/rounds/dates.ics").content.count(b"BEGIN:VEVENT") == 0
