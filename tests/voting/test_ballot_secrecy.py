"""Nothing of a choice stays anywhere but in the envelope."""

import logging
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from journal import clock
from tests.factories.voting import polls
from tests.voting.walking import fields, heading, in_order, open_link, press, walk
from voting import casting, tickets

HOUR = timedelta(hours=1)


@pytest.fixture
def open_polls(db, set_clock):
    """A round open for an hour, with two contests and two voters, and a client each."""
    round, contests, entries = polls(contests=2, voters=2)
    set_clock(round.voting_opens_at + HOUR)
    return round, contests, entries


def test_no_page_is_longer_or_shorter_for_a_choice(open_polls):
    _round, _contests, (entry, _other) = open_polls
    sizes, receipts = {}, {}
    for option in (0, 1, 2):
        page = press(open_link(entry), "start")
        one, two = in_order(entry)
        second = press(page, "next", **{f"c{one}": f"{option:02d}"})
        check = press(second, "next", **{f"c{two}": "01"})
        sizes[option] = [len(second.content), len(check.content), len(press(check, f"change:{one}").content)]
    assert sizes[0] == sizes[1] == sizes[2]
    for option in (0, 1, 2):
        _round, _contests, (voter,) = polls(contests=2)
        receipts[option] = press(walk(voter, option, 1), "send", Client(headers={"accept-encoding": "gzip"}))
        assert "Content-Encoding" not in receipts[option]
        main = re.search(r"<main.*</main>", receipts[option].content.decode(), re.S)[0]
        assert not re.search(r"\b(Skip|Yes|No)\b", main)
    assert len({len(page.content) for page in receipts.values()}) == 1


@pytest.mark.django_db(transaction=True)
def test_a_choice_is_in_no_table_log_cookie_or_address_before_or_after_sending(set_clock, caplog, settings):
    settings.DEBUG = True  # so that Django logs every statement
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="django.db.backends")
    round, _contests, (entry,) = polls(contests=2)
    set_clock(round.voting_opens_at + HOUR)
    one, _two = in_order(entry)
    client = Client()
    page = press(open_link(entry, client), "start", client)
    page = press(page, "next", client, **{f"c{one}": "02"})
    assert every_row("django_session") == every_row("cache") == []
    check = press(page, "next", client, **{f"c{_two}": "00"})
    receipt = press(check, "send", client)
    assert heading(receipt) == "We have your vote"
    press(receipt, "lines", client)
    assert client.cookies == {}
    assert every_row("django_session") == every_row("cache") == []
    assert every_row("opened_ballot") == every_row("participation") == []
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "INSERT INTO envelope" in logged
    assert fields(check)["ticket"] not in logged
    assert not re.search(rf"\bc{one}\b", logged)
    nonce = tickets.read(fields(check)["ticket"], now=clock.now()).nonce
    for line in casting.lines(entry, nonce).values():
        assert line not in logged


def every_row(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return cursor.fetchall()
