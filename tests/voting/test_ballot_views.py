"""The ballot’s pages from the mailed link to the receipt, and what each of them says."""

import gzip
import itertools
import re
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from journal import clock
from journal.wording import in_zone
from keys import files
from mailings.models import Letter
from rounds import announcement
from rounds.models import Contest, Round
from tests.factories.groups import GroupFactory
from tests.factories.rounds import NominationFactory
from tests.factories.voting import RollEntryFactory, polls, vote
from tests.voting.walking import fields, heading, in_box, in_order, open_link, press, walk
from voting import ballotbox, casting, ceremony, links, receipts, records, roll, tickets

HOUR = timedelta(hours=1)


@pytest.fixture
def open_polls(db, set_clock):
    """A round open for an hour, with two contests and two voters, and a client each."""
    round, contests, entries = polls(contests=2, voters=2)
    set_clock(round.voting_opens_at + HOUR)
    return round, contests, entries


def test_from_the_link_to_the_receipt_without_script_or_cookie(open_polls):
    round, _contests, (entry, _other) = open_polls
    one, two = in_order(entry)
    client = Client(enforce_csrf_checks=True)
    page = open_link(entry, client)
    assert heading(page) == "Hello Ben. You have 2 votes."
    page = press(page, "start", client)
    assert heading(page).startswith("Should we endorse (support in public) Candidate")
    assert "checked" not in page.content.decode()
    page = press(page, "next", client, **{f"c{one}": "01"})
    assert "Race 2 of 2" in page.content.decode()
    page = press(page, "next", client, **{f"c{two}": "00"})
    assert heading(page) == "Check your votes"
    assert in_box(round) == {0}
    page = press(page, "send", client)
    assert page.status_code == 200
    assert heading(page) == "We have your vote"
    assert casting.receipt_number(entry) in page.content.decode()
    assert in_box(round) == {1}
    assert client.cookies == {}
    assert heading(open_link(entry)) == "We already have your vote"


def test_back_change_and_language_keep_what_was_chosen(open_polls):
    _round, _contests, (entry, _other) = open_polls
    one, two = in_order(entry)
    check = walk(entry, 1, 2)
    changed = press(check, f"change:{one}")
    assert f'name="c{one}" value="01" id="choice-1" checked' in changed.content.decode()
    assert fields(changed)[f"c{two}"] == "02"
    again = press(changed, "next", **{f"c{one}": "00"})
    assert heading(again) == "Check your votes"
    assert fields(again) == {**fields(check), f"c{one}": "00"}
    back = press(again, "back")
    assert "Race 2 of 2" in back.content.decode()
    first = press(back, "back")
    assert f'name="c{one}" value="00" id="choice-3" checked' in first.content.decode()
    spanish = press(first, "language:es", **{f"c{one}": "02"})
    assert spanish["Content-Language"] == "es"
    assert f'name="c{one}" value="02" id="choice-2" checked' in spanish.content.decode()
    assert fields(spanish)["language"] == "es"
    start = press(first, "back")
    assert heading(start) == "Hello Ben. You have 2 votes."
    assert fields(press(start, "start"))[f"c{two}"] == "02"


def test_without_a_choice_the_page_says_so_and_keeps_the_others(open_polls):
    round, _contests, (entry, _other) = open_polls
    one, two = in_order(entry)
    page = press(press(open_link(entry), "start"), "next", **{f"c{one}": "01"})
    wrong = press(page, "next")
    assert wrong.status_code == 422
    assert "Choose yes, no, or skip" in wrong.content.decode()
    assert "<title>Error:" in wrong.content.decode()
    assert fields(wrong)[f"c{one}"] == "01"
    assert press(page, "send").status_code == 422
    assert in_box(round) == {0}


def test_skipping_everything_is_refused_kindly_before_sending(open_polls):
    round, _contests, (entry, _other) = open_polls
    page = press(walk(entry, 0, 0), "send")
    assert page.status_code == 422
    assert "You skipped every race" in page.content.decode()
    assert in_box(round) == {0}


def test_a_double_tap_gets_the_same_receipt(open_polls):
    round, _contests, (entry, _other) = open_polls
    check = walk(entry, 1, 2)
    first, second = press(check, "send"), press(check, "send")
    assert (first.status_code, first.content) == (200, second.content)
    assert in_box(round) == {1}


def test_another_choice_after_the_vote_changes_nothing(open_polls):
    round, (contest, _), (entry, _other) = open_polls
    other_tab = walk(entry, 2, 2)
    press(walk(entry, 1, 2), "send")
    before = list(ballotbox.envelopes(contest))
    page = press(other_tab, "send")
    assert (page.status_code, heading(page)) == (409, "We already have your vote")
    assert list(ballotbox.envelopes(contest)) == before


@pytest.mark.parametrize("order", sorted(set(itertools.permutations("AABB"))))
def test_two_people_in_two_tabs_vote_each_for_herself(open_polls, order):
    """A shared computer: whatever the order of their steps, each vote lands on its own credential."""
    round, contests, (ada, ben) = open_polls
    people = {"A": (ada, 1), "B": (ben, 2)}
    client, pages = Client(), {}
    for who in order:
        entry, option = people[who]
        if who not in pages:
            one, two = in_order(entry)
            page = press(open_link(entry, client), "start", client)
            page = press(page, "next", client, **{f"c{one}": f"{option:02d}"})
            pages[who] = press(page, "next", client, **{f"c{two}": f"{option:02d}"})
        else:
            assert heading(press(pages[who], "send", client)) == "We have your vote"
    private = files.read(files.SEAL, records.key_name(round.pk))
    found = {}
    for contest in contests:
        for credential, sealed, _mac in ballotbox.envelopes(contest):
            info = records.info(round.pk, credential, contest.pk)
            record = casting.sealing.open_sealed(sealed, private, info=info)
            found[credential, contest.pk] = records.unpack(record, credential=credential, contest=contest.pk)[0]
    assert found == {(entry.pk, contest.pk): option for entry, option in people.values() for contest in contests}


def test_scanners_cast_nothing(open_polls):
    round, _contests, (entry, _other) = open_polls
    client, address = Client(), f"/v/{links.ballot_token(entry)}"
    for method in ("get", "head", "options"):
        for _ in range(3):  # a thousand times: tests/test_scanners.py
            response = getattr(client, method)(address)
            assert response.status_code == 200
            assert not response.cookies
    page = client.get(address)
    for go in ("start", "next", "check", "send"):  # a robot that presses every button of untouched forms
        page = press(page, go) if page.status_code == 200 else page
    assert client.post(address).status_code == 405
    assert client.get("/vote/").status_code == 405
    assert in_box(round) == {0}


def test_opening_a_link_writes_nothing(open_polls):
    _round, _contests, (entry, _other) = open_polls
    with CaptureQueriesContext(connection) as caught:
        open_link(entry)
    assert {query["sql"].split()[0] for query in caught.captured_queries} == {"SELECT"}


def test_the_headers_of_every_page_keep_it_private(open_polls):
    _round, _contests, (entry, _other) = open_polls
    check = walk(entry, 1, 1)
    pages = [open_link(entry), check, press(check, "send"), Client().get("/v/nonsense"), Client().post("/vote/")]
    for page in pages:
        assert page["Cache-Control"] == "no-store"
        assert page["X-Robots-Tag"] == "noindex, nofollow"
        assert page["Referrer-Policy"] == "same-origin"
        assert not page.cookies
        assert links.ballot_token(entry) not in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "clock_at", "title"),
    [
        ({"stage": Round.Stage.FROZEN}, "voting_opens_at", "Voting has not opened yet"),
        ({"stage": Round.Stage.VOTING}, "voting_closes_at", "Voting has ended"),
        ({"stage": Round.Stage.POLLS_CLOSED}, "voting_closes_at", "Voting has ended"),
        ({"stage": Round.Stage.CANCELLED}, "voting_opens_at", "This vote was called off"),
        ({"paused_since": True}, "voting_opens_at", "Voting is paused"),
    ],
)
def test_each_state_has_its_own_page(open_polls, set_clock, changes, clock_at, title):
    round, _contests, (entry, _other) = open_polls
    check = walk(entry, 1, 1)
    if "paused_since" in changes:
        changes = {"paused_since": clock.now()}
    Round.objects.filter(pk=round.pk).update(**changes)
    set_clock(getattr(round, clock_at) + timedelta(minutes=1))
    text = open_link(entry)
    assert (text.status_code, heading(text)) == (200, title)
    if clock_at == "voting_opens_at":
        set_clock(round.voting_opens_at + HOUR)
        for go in ("send", "next"):
            sent = press(check, go)
            assert (sent.status_code, heading(sent)) == (409, title)
    assert in_box(round) == {0}


def test_sent_at_the_close_is_closed(open_polls, set_clock):
    round, _contests, (entry, _other) = open_polls
    set_clock(round.voting_closes_at - timedelta(minutes=10))
    early, late = walk(entry, 1, 1), walk(open_polls[2][1], 1, 1)
    set_clock(round.voting_closes_at - timedelta(seconds=5))
    assert heading(press(early, "send")) == "We have your vote"
    set_clock(round.voting_closes_at)
    sent = press(late, "send")
    assert (sent.status_code, heading(sent)) == (409, "Voting has ended")
    assert heading(press(early, "send")) == "We have your vote"
    assert in_box(round) == {1}


def test_where_the_announcement_was_moved_the_pages_say_from_when(open_polls, set_clock):
    round, _contests, (entry, other) = open_polls
    now = round.voting_opens_at + HOUR
    later = round.announce_at + timedelta(days=1)
    announcement.move(round, announce_at=later, by=None, now=now, reason="The mayor speaks.")
    was = in_zone(later - timedelta(days=1), round.time_zone)
    receipts.facts_of.cache_clear()
    pages = [press(walk(entry, 1, 2), "send"), open_link(entry)]
    set_clock(round.voting_closes_at)
    for page in [*pages, open_link(other)]:
        said = page.content.decode()
        assert f"the result on {in_zone(later, round.time_zone)}." in said
        assert f"This has changed: it was to be {was}." in said


def test_a_race_that_was_stopped_meanwhile_is_shown_as_such_and_nothing_is_sent(open_polls):
    round, _contests, (entry, _other) = open_polls
    one, two = in_order(entry)
    check = walk(entry, 1, 2)
    Contest.objects.filter(pk=one).update(state=Contest.State.VOID, state_reason="The candidate left.")
    page = press(check, "send")
    assert (page.status_code, heading(page)) == (409, "Check your votes")
    assert "The candidate left." in page.content.decode()
    assert in_box(round) == {0}
    assert heading(press(page, "send")) == "We have your vote"
    Contest.objects.filter(pk=two).update(state=Contest.State.STOPPED)
    other = open_polls[2][1]
    assert heading(open_link(other)) == "There is nothing to vote on now"


def test_a_lost_answer_is_given_again_though_a_race_was_stopped_since(open_polls):
    _round, _contests, (entry, _other) = open_polls
    check = walk(entry, 1, 2)
    first = press(check, "send")
    Contest.objects.filter(pk=in_order(entry)[0]).update(state=Contest.State.STOPPED)
    again = press(check, "send")
    assert (again.status_code, heading(again)) == (200, heading(first))


def test_the_line_is_shown_on_request_alone_and_the_receipt_is_mailed_without_it(open_polls):
    round, _contests, (entry, _other) = open_polls
    receipt = press(walk(entry, 1, 2), "send")
    nonce = tickets.read(fields(receipt)["ticket"], now=clock.now()).nonce
    lines = casting.lines(entry, nonce)
    assert len(lines) == 2
    assert not any(line in receipt.content.decode() for line in lines.values())
    shown = press(receipt, "lines")
    assert all(line in shown.content.decode() for line in lines.values())
    mailed = press(receipt, "mail")
    assert "A receipt is on its way to m•••@example.org" in mailed.content.decode()
    press(receipt, "mail")
    assert Letter.objects.filter(name="voting.receipt", seat=entry.pk, subject=round.pk).count() == 1


def test_lines_are_not_shown_where_ballots_are_only_counted(open_polls):
    round, _contests, (entry, _other) = open_polls
    Round.objects.filter(pk=round.pk).update(receipt_mode=Round.ReceiptMode.COUNTED)
    receipt = press(walk(entry, 1, 2), "send")
    assert "public file" not in receipt.content.decode()
    assert press(receipt, "lines").status_code == 400


def test_nothing_is_mailed_or_shown_to_somebody_who_has_not_voted(open_polls):
    _round, _contests, (entry, _other) = open_polls
    check = walk(entry, 1, 2)
    assert press(check, "mail").status_code == 403
    assert press(check, "lines").status_code == 403


@pytest.mark.parametrize("go", ["send", "mail", "lines"])
def test_once_the_keys_are_destroyed_her_open_pages_say_that_the_vote_has_ended(open_polls, go, dee):
    round, _contests, (entry, _other) = open_polls
    check = walk(entry, 1, 2)
    receipt = press(check, "send")
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.CERTIFIED)
    round.refresh_from_db()
    ceremony.destroy_keys(round, by=dee, now=clock.now())

    page = press(check if go == "send" else receipt, go)

    assert (page.status_code, heading(page)) == (409, "Voting has ended")
    assert Letter.objects.filter(name="voting.receipt").count() == 0


def test_when_the_database_fails_between_two_races_nobody_loses_a_choice(open_polls, monkeypatch):
    _round, _contests, (entry, _other) = open_polls
    check = walk(entry, 1, 2)

    def away(entry):
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(roll, "contests_on", away)
        page = press(check, "check")

    assert (page.status_code, heading(page)) == (503, "Try again in a minute")
    assert heading(press(page, "check")) == "Check your votes"


def test_without_keys_nobody_loses_a_choice(open_polls):
    round, _contests, (entry, _other) = open_polls
    check = walk(entry, 1, 2)
    files.destroy(files.CAST, records.public_name(round.pk))
    page = press(check, "send")
    assert (page.status_code, heading(page)) == (503, "Try again in a minute")
    assert {name: value for name, value in fields(page).items() if name.startswith("c")} == {
        name: value for name, value in fields(check).items() if name.startswith("c")
    }
    assert heading(press(page, "check")) == "Check your votes"


def test_several_candidates_stand_in_an_order_of_her_own_that_stays(db, set_clock):
    round, _contests, entries = polls(candidates=4, voters=12)
    set_clock(round.voting_opens_at + HOUR)

    def order(entry):
        page = press(open_link(entry), "start").content.decode()
        return tuple(re.findall(r'name="c\d+" value="(\d\d)"', page))

    seen = {order(entry) for entry in entries}
    assert len(seen) > 3
    assert all(sorted(one[:4]) == ["01", "02", "03", "04"] and one[4:] == ("05", "00") for one in seen)
    assert order(entries[0]) == order(entries[0])


def test_the_page_names_the_groups_that_endorsed_and_what_they_say(open_polls):
    _round, (contest, _second), (entry, _other) = open_polls
    nomination = NominationFactory(
        candidacy=contest.options.get(number=1).candidacy, group=GroupFactory(name="Alpha"), statement="She <listens>."
    )
    nomination.local_endorsement.joint_groups.add(GroupFactory(name="Beta"), GroupFactory(name="Gamma"))
    page = press(open_link(entry), "start").content.decode()
    assert "Endorsed by Alpha, Beta and Gamma." in page
    assert "Alpha says:" in page
    assert "She &lt;listens&gt;." in page
    assert "To be endorsed, a candidate needs at least 60% of the votes in that race" in page


@pytest.mark.parametrize("step", ["landing", "race", "check", "send"])
def test_the_queries_do_not_grow_with_races_and_groups(step, set_clock, db, django_assert_num_queries):
    expected = {"landing": 10, "race": 10, "check": 10, "send": 10}[step]
    if connection.vendor == "postgresql" and step == "send":
        expected += 1  # the lock
    for number in (1, 3):
        round, contests, (entry,) = polls(contests=number)
        set_clock(round.voting_opens_at + HOUR)
        for contest in contests:
            for _ in range(number):
                nomination = NominationFactory(candidacy=contest.options.get(number=1).candidacy)
                nomination.local_endorsement.joint_groups.add(*[GroupFactory() for _ in range(number)])
        chosen = {f"c{contest.pk}": "01" for contest in contests}
        page = open_link(entry)
        check = press(page, "next", at="check", **chosen)
        with django_assert_num_queries(expected):
            if step == "landing":
                open_link(entry)
            elif step == "race":
                press(page, "start")
            elif step == "check":
                press(page, "next", at="check", **chosen)
            else:
                assert heading(press(check, "send")) == "We have your vote"


def test_the_pages_are_small(open_polls):
    _round, _contests, (entry, _other) = open_polls
    check = walk(entry, 1, 2)
    for page in (open_link(entry), press(check, "change:1"), check, press(check, "send"), open_link(entry)):
        assert len(gzip.compress(page.content)) < 10_000


def test_a_member_without_races_of_hers_is_told_so(open_polls):
    round, _contests, _entries = open_polls
    entry = RollEntryFactory(round=round, contests=[])
    assert heading(open_link(entry)) == "There is nothing to vote on now"
    assert vote(open_polls[2][0]) == casting.Outcome.RECORDED
