"""The page that says a vote is in: written once for everybody, and each gets her own number on it."""

import re
from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from rounds.models import Round
from tests.factories.rounds import START, RoundFactory
from tests.factories.voting import polls
from tests.voting import walking
from voting import ballots, receipts

pytestmark = pytest.mark.django_db

AT = START + timedelta(days=35)


@pytest.fixture(autouse=True)
def nothing_kept():
    receipts.pattern.cache_clear()
    yield
    receipts.pattern.cache_clear()


@pytest.fixture
def round(db):
    return RoundFactory(stage=Round.Stage.VOTING)


def hers(round, number="K7-12", ticket="a:ticket", language="en", after=0):
    with translation.override(language):
        now = AT + timedelta(seconds=after)
        return receipts.page(round.pk, language=language, number=number, ticket=ticket, now=now)


def test_two_voters_differ_in_number_and_ticket_alone(round):
    first, second = hers(round, "K7-12", "one:ticket"), hers(round, "Q3-88", "two:ticket")

    assert first.replace("K7-12", "Q3-88").replace("one:ticket", "two:ticket") == second
    assert (first.count("K7-12"), first.count("one:ticket")) == (1, 1)
    assert receipts.pattern.cache_info().misses == 1


@pytest.mark.parametrize("mode", Round.ReceiptMode.values)
def test_it_is_the_template_and_nothing_else(round, rf, mode):
    round.receipt_mode = mode
    round.save()
    request = rf.get("/vote/")
    request.resolver_match = type("Match", (), {"app_name": "voting"})
    said = {"number": "K7-12", "ticket": "a:ticket", "language": "en", "shows_lines": mode == Round.ReceiptMode.OPEN}

    assert hers(round) == render_to_string("voting/receipt.html", {**ballots.facts(round), **said}, request)


def test_each_language_and_each_change_of_the_round_has_its_own(round):
    pages = [hers(round), hers(round, language="es")]
    Round.objects.update(voting_closes_at=round.voting_closes_at + timedelta(hours=1))
    pages.append(hers(round, after=receipts.FRESH))
    Round.objects.update(receipt_mode=Round.ReceiptMode.COUNTED)
    pages.append(hers(round, after=2 * receipts.FRESH))

    assert len(set(pages)) == 4


def test_the_round_is_asked_for_once_in_five_seconds(round, django_assert_num_queries):
    for seconds, queries in [(0, 1), (receipts.FRESH - 1, 0), (receipts.FRESH, 1)]:
        with django_assert_num_queries(queries):
            hers(round, after=seconds)


def test_another_federations_words_are_not_kept(round, settings):
    settings.FEDERATION_NAME = "First"
    first = hers(round)
    settings.FEDERATION_NAME = "Second"

    assert ("First" in first, "First" in hers(round)) == (True, False)


def test_nothing_of_a_voter_is_kept(set_clock):
    round, (contest,), entries = polls(voters=2)
    set_clock(round.voting_opens_at + timedelta(hours=1))
    shown = []
    for entry in entries:
        page = walking.press(walking.open_link(entry), "start")
        page = walking.press(page, "next", **{f"c{contest.pk}": "01"})
        shown.append(walking.press(page, "send").content.decode())

    numbers = [re.search(r'class="number">([^<]+)<', page)[1] for page in shown]
    assert len(set(numbers)) == 2
    assert receipts.pattern.cache_info().misses == 1
    [first, second] = [re.sub(r'name="ticket" value="[^"]+"', "", page) for page in shown]
    assert first.replace(numbers[0], numbers[1]) == second
