"""/metrics: sums for a watchman with the token; nobody else learns that it is there, and nobody is named."""

from datetime import timedelta

import pytest

from endorsements.health import metrics_views
from endorsements.models import Verification
from journal import approvals, clock, ticks
from mailings.models import Letter
from rounds.models import Round
from tests.factories.mailings import LetterFactory
from tests.factories.rounds import RoundFactory
from tests.factories.voting import polls, vote

pytestmark = pytest.mark.django_db
TOKEN = "a-long-token-of-the-watchman"


@pytest.fixture(autouse=True)
def token(settings):
    settings.METRICS_TOKEN = TOKEN


def read(client):
    response = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert response["Content-Type"] == metrics_views.TYPE
    found = [line.rsplit(" ", 1) for line in response.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in found}


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", TOKEN[:-1], "Bearer é"])
def test_without_the_token_there_is_nothing(client, given):
    assert client.get("/metrics", headers={"authorization": given}).status_code == 404


def test_where_no_token_is_set_there_is_nothing(client, settings):
    settings.METRICS_TOKEN = ""
    for given in ("Bearer ", "", "Bearer"):
        assert client.get("/metrics", headers={"authorization": given}).status_code == 404


def test_nothing_is_posted_to_it(client):
    assert client.post("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 405


def test_the_sums(client, dee, set_clock, at):
    set_clock(at("2026-03-12 12:00"))
    now = clock.now()
    ticks.note(now - timedelta(seconds=60))
    RoundFactory(stage=Round.Stage.NOMINATING)
    round = RoundFactory(stage=Round.Stage.VETTING)
    for state in (Letter.State.READY, Letter.State.READY, Letter.State.FAILED, Letter.State.SENT):
        LetterFactory(state=state)
    approvals.ask("round.cancel", round, by=dee, reason="A flood.", now=now)
    Verification.objects.create(at=now, wrong="Journal entry 3: edited.\nResult of Round 1: edited.")

    found = read(client)

    assert 60 <= found.pop("endorsements_tick_age_seconds") < 65
    assert {name: value for name, value in found.items() if value} == {
        'endorsements_rounds{stage="nominating"}': 1,
        'endorsements_rounds{stage="vetting"}': 1,
        'endorsements_letters{state="ready"}': 2,
        'endorsements_letters{state="failed"}': 1,
        "endorsements_second_person_waiting": 1,
        "endorsements_verification_faults": 2,
    }


def test_a_receipt_that_waits_tells_nobody_that_somebody_has_voted(client):
    before = read(client)
    LetterFactory(name="voting.receipt", state=Letter.State.READY)
    assert read(client) == before


def test_a_clock_that_never_ticked_is_told(client):
    assert read(client)["endorsements_tick_age_seconds"] == -1


def test_a_vote_moves_nothing_of_it(client, set_clock):
    round, _contests, entries = polls(voters=2)
    set_clock(round.voting_opens_at + timedelta(hours=1))
    before = read(client)
    vote(entries[0], option=1)
    assert read(client) == before


def test_it_asks_the_same_however_much_there_is(client, django_assert_num_queries):
    for _more in range(2):
        RoundFactory()
        LetterFactory()
        with django_assert_num_queries(8):
            read(client)
