"""Links and forms that our pages did not send cast nothing, and are never a server error."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client

from journal import clock
from tests.factories.voting import polls
from tests.voting.walking import fields, heading, in_box, in_order, open_link, press, walk
from voting import links, tickets

HOUR = timedelta(hours=1)


@pytest.fixture
def open_polls(db, set_clock):
    """A round open for an hour, with two contests and two voters, and a client each."""
    round, contests, entries = polls(contests=2, voters=2)
    set_clock(round.voting_opens_at + HOUR)
    return round, contests, entries


def but_for_its_instant(page):
    """A page without the mark of the second at which its form was opened."""
    return re.sub(rb'name="opened" value="[^"]+"', b"", page.content)


def test_a_token_with_any_character_changed_is_unknown(open_polls):
    _round, _contests, (entry, _other) = open_polls
    token, client = links.ballot_token(entry), Client()
    pages = {but_for_its_instant(client.get("/v/nonsense"))}
    for at in range(len(token)):
        for other in ("A" if token[at] != "A" else "B", "-", "%00", "/"):
            page = client.get(f"/v/{token[:at]}{other}{token[at + 1 :]}")
            if other == "-" and token[at] == "-":
                continue
            # The last character of each half carries bits that encode nothing.
            if page.status_code == 200:
                assert at in (10, len(token) - 1)
                continue
            assert page.status_code == 404
            pages.add(but_for_its_instant(page))
    assert len(pages) == 1


def test_a_link_as_mail_programs_mangle_it_still_opens(open_polls):
    _round, _contests, (entry, _other) = open_polls
    token = links.ballot_token(entry)
    for mangled in (f"{token}.", f"{token}>", f"{token})", f"%20{token}", f"{token[:20]}%0D%0A{token[20:]}"):
        assert Client().get(f"/v/{mangled}").status_code == 200


def test_an_older_link_and_its_open_pages_are_dead(open_polls):
    _round, _contests, (entry, _other) = open_polls
    token, check = links.ballot_token(entry), walk(entry, 1, 1)
    links.renew(type(entry).objects.select_related("member").get(pk=entry.pk), by="desk", now=clock.now(), reason="x")
    assert Client().get(f"/v/{token}").status_code == 404
    assert press(check, "send").status_code == 403
    entry.refresh_from_db()
    assert open_link(entry).status_code == 200


def test_the_link_of_another_round_opens_nothing_here(open_polls, db):
    _round, _contests, (entry, _other) = open_polls
    _other_round, _contests, (stranger,) = polls()
    said = [entry.pk, 0, "00" * 16, int(clock.now().timestamp())]
    forged = signing.Signer(key="another", salt=tickets.SALT).sign_object(said)
    page = open_link(entry)
    assert Client().post("/vote/", {**fields(page), "ticket": forged, "go": "start"}).status_code == 403
    strange = tickets.issue(stranger, now=clock.now()).text
    answer = Client().post("/vote/", {f"c{in_order(entry)[0]}": "01", "ticket": strange, "go": "send"})
    assert answer.status_code == 400


def test_an_old_ticket_asks_to_open_the_link_again(open_polls, set_clock):
    round, _contests, (entry, _other) = open_polls
    check = walk(entry, 1, 1)
    set_clock(round.voting_opens_at + HOUR + timedelta(minutes=59))
    assert press(check, "back").status_code == 200
    set_clock(round.voting_opens_at + HOUR + timedelta(minutes=61))
    page = press(check, "send")
    assert (page.status_code, heading(page)) == (403, "Open your link again")
    assert in_box(round) == {0}


@pytest.mark.parametrize(
    "extra",
    [
        {"c99999": "01"},
        {"c{one}": "03"},
        {"c{one}": "99"},
        {"c{one}": "1"},
        {"c{one}": "-1"},
        {"c{one}": "0\x00"},
        {"c{one}": ["01", "02"]},
        {"c{one}": ""},
        {"c{one}": "٠١"},
        {"c999999999999999999999999": "01"},
        {"unknown": "1"},
        {"go": "fly"},
        {"go": ["next", "send"]},
        {"go": "change:abc"},
        {"go": "change:99999999999999999999999"},
        {"at": "'; DROP TABLE envelope; --"},
        {"at": "²"},
        {"to": "elsewhere"},
        {"ticket": "", "go": "send"},
        {"ticket": "\x00", "go": "send"},
        {"ticket": "a:b", "go": "send"},
        {"ticket": "x" * 100_000},
        {f"f{number}": "1" for number in range(1001)},
    ],
    ids=str,
)
def test_forms_that_are_not_ours_are_refused(open_polls, extra):
    round, _contests, (entry, _other) = open_polls
    one = in_order(entry)[0]
    extra = {name.format(one=one): value for name, value in extra.items()}
    answer = Client(raise_request_exception=False).post("/vote/", {**fields(walk(entry, 1, 1)), "go": "send", **extra})
    assert answer.status_code in (400, 403)
    assert in_box(round) == {0}


def test_bodies_that_are_no_form_are_refused(open_polls):
    client = Client(raise_request_exception=False)
    for body, kind in (
        (b"\xff\xfe=\xff", "application/x-www-form-urlencoded"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"", "multipart/form-data"),
        (b"go=send&ticket=%ff%fe", "application/x-www-form-urlencoded; charset=nonsense"),
    ):
        assert client.generic("POST", "/vote/", body, content_type=kind).status_code in (400, 403)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_a_form_of_another_site_is_refused(open_polls, headers):
    round, _contests, (entry, _other) = open_polls
    check = walk(entry, 1, 1)
    answer = Client(headers=headers).post("/vote/", {**fields(check), "go": "send"})
    assert answer.status_code == 403
    assert in_box(round) == {0}
