"""The lists before the certification and before the announcement: both sides of each thing that is looked at."""

from datetime import timedelta

import pytest

from endorsements import certifying
from endorsements.control_room import preflight
from endorsements.models import Endorsement
from mailings.models import Letter
from rounds.models import Contest, Round
from tests.factories.mailings import LetterFactory
from tests.factories.results import counted
from tests.factories.rounds import CandidacyFactory, ContestFactory, RoundFactory
from tests.factories.voting import polls
from voting import ceremony, openedballots
from voting.models import KeyTest

pytestmark = pytest.mark.django_db
Stage = Round.Stage
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def seen(round, now=None):
    """{title: (state, what is said)}."""
    return {one.title: (one.state, one.said) for one in preflight.checks(round, now or round.announce_at - HOUR)}


def said(round, title, now=None):
    return seen(round, now)[title]


# Before the certification


def test_every_contest_is_counted():
    round = RoundFactory(stage=Stage.COUNTED, turnout_min_votes=0)
    title, none_waits = "Contests decided", "0 of 1 contests wait for a decision."
    assert said(round, title) == ("look", "0 of 0 contests wait for a decision.")
    result = counted({1: 600, 2: 400}, round=round)
    type(result).objects.update(outcome="endorsed")
    assert said(round, title) == ("good", none_waits)
    ContestFactory(round=round, race__office="senate")
    not_yet = "1 of 2 contests are not counted. 0 of 2 contests wait for a decision."
    assert said(round, title) == ("look", not_yet)
    Contest.objects.filter(round=round, result=None).delete()
    assert said(round, title) == ("good", none_waits)


def test_whether_the_envelopes_could_be_opened_once_more():
    round = RoundFactory(stage=Stage.COUNTED)
    assert said(round, "Opening once more")[0] == "look"
    ready, _contests, _entries = polls(stage=Stage.COUNTED)
    assert said(ready, "Opening once more") == (
        "good",
        "The host that looked can open the envelopes once more. After the certification nobody can.",
    )
    KeyTest.objects.create(
        round=ready,
        holder=KeyTest.Holder.ESCROW,
        fingerprint=ceremony.fingerprint(ready),
        tested_at=ready.freeze_at,
    )
    assert said(ready, "Opening once more")[1].startswith("Two holders of shares")


@pytest.mark.parametrize(
    ("certification", "second", "words"),
    [
        ("automatic", False, "The clock does it, as soon as nothing keeps the round."),
        ("one", False, "One person does it, on the round’s page."),
        ("one", True, "Two people do it, on the round’s page. Nobody has asked for it yet."),
        ("two", False, "Two people do it, on the round’s page. Nobody has asked for it yet."),
    ],
)
def test_who_certifies(certification, second, words):
    round = RoundFactory(stage=Stage.COUNTED, certification=certification, second_person=second)
    assert said(round, "Who certifies") == ("good", words)


def test_who_has_asked_to_certify_waits_for_a_second_person_for_a_day(dee):
    round = counted({1: 600, 2: 400}, turnout_min_votes=0, certification="two").contest.round
    now = round.voting_closes_at + HOUR
    assert not certifying.certify(round, by=dee, now=now)
    waits = ("look", f"{dee} has asked for it. A second person has to agree.")
    assert said(round, "Who certifies", now + 24 * HOUR - SECOND) == waits
    assert said(round, "Who certifies", now + 24 * HOUR)[0] == "good"


def test_letters_that_wait_but_none_that_would_tell_who_voted():
    round = RoundFactory(stage=Stage.COUNTED)
    LetterFactory(name="voting.receipt", topic=round.topic)
    LetterFactory(name="voting.reminder", topic=round.topic)
    LetterFactory(name="voting.extended", topic=round.topic, state=Letter.State.SENT)
    LetterFactory(name="voting.extended", topic=RoundFactory().topic)
    assert said(round, "Letters left") == ("good", "No letter of this round waits.")
    LetterFactory(name="voting.extended", topic=round.topic)
    assert said(round, "Letters left") == ("look", "1 letter of this round waits.")


# Before the announcement


def endorsed(round, **words):
    made = CandidacyFactory(round=round)
    return Endorsement.objects.create(
        candidacy=made, round=round, slug=f"slug-{made.pk}", issued_at=round.voting_closes_at, **words
    )


def test_the_words_of_the_public_pages():
    round = RoundFactory(stage=Stage.CERTIFIED)
    assert said(round, "Public pages") == ("good", "This round has issued no endorsement.")
    whole = {"title": "Mayor", "reason": "She keeps her word.", "photo": "endorsed/a.jpg"}
    endorsed(round, **whole)
    assert said(round, "Public pages") == ("good", "Each has a title, a reason and a photo.")
    endorsed(round, title="Mayor", reason=" ")
    assert said(round, "Public pages") == ("look", "1 of 2 lack a reason; 1 of 2 lack a photo.")
    endorsed(round, **{**whole, "title": ""})
    assert said(round, "Public pages")[1].startswith("1 of 3 lack a title; ")
    endorsed(round, status=Endorsement.Status.RESCINDED)
    assert said(round, "Public pages")[1].startswith("1 of 3 lack a title; ")


def test_how_far_away_the_announcement_is():
    round = RoundFactory(stage=Stage.CERTIFIED)
    assert ", in 1 day 1 hour; in the other zones: " in said(round, "Announcement", round.announce_at - 25 * HOUR)[1]
    assert said(round, "Announcement", round.announce_at)[0] == "look"


def test_who_can_make_the_package(monkeypatch):
    round = RoundFactory(stage=Stage.CERTIFIED)
    assert said(round, "Package")[0] == "good"
    monkeypatch.setattr(openedballots, "may_read_opened", lambda: False)
    assert said(round, "Package")[0] == "look"
    assert said(RoundFactory(stage=Stage.CERTIFIED, rehearsal=True), "Package")[0] == "good"


def test_result_letters_of_a_rehearsal_and_not_its_ballots():
    round = RoundFactory(stage=Stage.CERTIFIED)
    rehearsal = RoundFactory(rehearsal=True, cycle=round.cycle)
    sent = {"topic": rehearsal.topic, "state": Letter.State.SENT, "settled_at": round.voting_opens_at}
    LetterFactory(name="voting.ballot", **sent)
    assert said(round, "Test letters") == ("look", "No rehearsal of this cycle has sent its result letters.")
    LetterFactory(name="endorsements.result", **sent)
    state, words = said(round, "Test letters")
    assert (state, words[:50]) == ("good", "Result letters of a rehearsal went to staff on Sun")


@pytest.mark.parametrize("stage", ["counted", "certified"])
def test_the_longest_lists_need_no_more_queries_than_any_page(client, dee, django_assert_max_num_queries, stage):
    round, _contests, _entries = polls(stage=stage, certification="two")
    rehearsal = RoundFactory(rehearsal=True, cycle=round.cycle)
    LetterFactory(name="endorsements.result", topic=rehearsal.topic, state=Letter.State.SENT)
    endorsed(round)
    client.force_login(dee)
    address = f"/desk/rounds/round/{round.pk}/preflight/"
    assert client.get(address).status_code == 200
    with django_assert_max_num_queries(12):
        client.get(address)
