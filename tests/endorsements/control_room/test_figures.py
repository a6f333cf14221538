"""The numbers of the control room: each out of something, none of a choice, the same queries however large."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from endorsements.control_room import figures, outlook
from journal import clock
from mailings import queue
from mailings.models import Delivery, Letter
from rounds.models import Candidacy, Nomination, Round
from tests.factories.groups import MemberFactory
from tests.factories.mailings import LetterFactory
from tests.factories.rounds import CandidacyFactory, NominationFactory, RaceFactory, RoundFactory
from tests.factories.vetting import ResponseFactory
from tests.factories.voting import polls, vote
from voting.models import Exclusion, Turnout

pytestmark = pytest.mark.django_db
Stage = Round.Stage
HOUR = timedelta(hours=1)


def shown(round, now=None):
    """{panel's key: {label: its number in words}}."""
    found = figures.panels(round, queue.counts(round.topic), now or round.nominations_open_at)
    return {panel.key: {row.label: row.words for row in panel.rows} for panel in found}


def test_the_way_from_nomination_to_ballot_has_its_denominators():
    round = RoundFactory(stage=Stage.VETTING)
    cleared = CandidacyFactory(round=round, state=Candidacy.State.CLEARED)
    named = CandidacyFactory(round=round)
    for candidacy in (cleared, named):
        NominationFactory(candidacy=candidacy)
    NominationFactory(candidacy=named, state=Nomination.State.SUBMITTED)
    ResponseFactory(candidacy=cleared, sent_at=round.nominations_open_at)
    CandidacyFactory()  # of no round

    assert shown(round)["funnel"] == {
        "Nominations accepted": "2 of 3",
        "Questionnaire sent": "1 of 2",
        "Answers in": "0 of 2",
        "Passed": "0 of 2",
        "Cleared in vetting": "1 of 2",
        "On the ballot": "0 of 2",
        "Endorsed": "0 of 2",
    }
    assert shown(round)["conflicts"] == {"Races with several people": "1 of 1"}
    Candidacy.objects.filter(pk=named.pk).update(state=Candidacy.State.WITHDRAWN)
    assert shown(round)["conflicts"] == {"Races with several people": "0 of 1"}


def test_campaigns_that_have_least_time_stand_first_and_those_who_are_late_are_named_so():
    round = RoundFactory(stage=Stage.VETTING)
    now = round.nominations_close_at
    for name, hours in (("Later", 100), ("Late", -1), ("Soon", 5)):
        sent = {"sent_at": now - 60 * HOUR, "due_at": now + hours * HOUR}
        begun = {"answers": {1: "yes"}} if name == "Later" else {}
        ResponseFactory(candidacy=CandidacyFactory(round=round, name=name), **begun, **sent)

    [panel] = [one for one in figures.panels(round, {}, now) if one.key == "questionnaires"]

    assert [row.label for row in panel.rows] == ["Late, MA-07", "Soon, MA-07", "Later, MA-07"]
    assert [row.note for row in panel.rows] == [
        "overdue, not begun",
        "5 hours left, not begun",
        "4 days 4 hours left",
    ]
    assert [row.words for row in panel.rows] == ["59 of 59", "60 of 65", "60 of 160"]
    assert [row.width for row in panel.rows] == [300, 276, 112]


def test_turnout_is_rounded_hidden_while_it_is_small_and_stands_against_the_floor():
    round, (house, senate), _entries = polls(contests=2, voters=3)
    for contest, ballots in ((house, 10), (senate, 30)):
        contest.roll.eligible, contest.roll.not_mailed = 4_001, 1
        contest.roll.save()
        Turnout.objects.create(contest=contest, ballots=ballots, refreshed_at=round.voting_opens_at)

    found = {panel.key: panel.rows for panel in figures.panels(round, {}, round.voting_opens_at)}

    assert [(row.label, row.words, row.note) for row in found["turnout"]] == [
        ("MA-07", "under 20 of 4,001", "floor: 41"),
        ("MA-Sen", "30 of 4,001", "floor: 41"),
    ]
    assert [(row.width, row.mark_at) for row in found["turnout"]] == [(0, 3), (2, 3)]
    assert [row.words for row in found["roll"]] == ["4,000 of 4,001"] * 2


def test_the_floor_is_the_higher_of_its_two():
    round = RoundFactory.build(turnout_min_votes=25, turnout_min_share=100)

    assert [figures.floor_of(round, roll) for roll in (0, 2500, 2501, 10_000)] == [25, 25, 26, 100]


def test_who_was_left_off_and_why():
    round, (contest,), _entries = polls()
    for reason in ("district", "district", "duplicate"):
        Exclusion.objects.create(contest=contest, member=MemberFactory(), reason=reason)

    assert shown(round)["left-off"] == {
        "district not settled": "2 of 3",
        "same person as another entry": "1 of 3",
    }


def test_letters_by_state_and_what_the_provider_reported():
    round = RoundFactory(stage=Stage.VOTING)
    letters = [LetterFactory(name="voting.ballot", topic=round.topic, state=Letter.State.SENT) for _ in range(3)]
    LetterFactory(name="voting.ballot", topic=round.topic, state=Letter.State.SET_ASIDE)
    other = LetterFactory(name="voting.ballot", topic="round:0", state=Letter.State.SENT)
    for letter, state in zip([*letters, other], [3, 5, 7, 5], strict=True):
        Delivery.objects.create(letter=letter, state=state, at=round.voting_opens_at, provider="mailgun")

    found = shown(round)

    assert found["letters"] == {"Ballot": "3 of 4"}
    assert found["reports"] == {"mailgun: no such address": "1", "mailgun: complained": "1"}


def test_the_page_of_an_open_vote_says_nothing_of_choices(client, dee):
    """The same page, byte for byte but its time, whichever way people voted."""
    round, _contests, entries = polls(voters=4)
    client.force_login(dee)
    pages = []
    with clock.standing_at(round.voting_opens_at + HOUR):
        for option, entry in zip((1, 2, 2, 1), entries, strict=True):
            vote(entry, option=option)
            page = client.get(f"/desk/rounds/round/{round.pk}/change/").content.decode()
            pages.append(page[page.index('id="where"') : page.index("submit-row")])

    assert len(set(pages)) == 1


@pytest.mark.parametrize("stage", [Stage.NOMINATING, Stage.VETTING])
def test_the_queries_of_a_look_do_not_grow(stage):
    round = RoundFactory(stage=stage)
    asked = []
    for pk in range(4):
        for candidacy in CandidacyFactory.create_batch(1 + 2 * pk, round=round, race=RaceFactory(cycle=round.cycle)):
            NominationFactory(candidacy=candidacy)
            ResponseFactory(candidacy=candidacy, sent_at=round.nominations_open_at, due_at=round.freeze_at)
        with CaptureQueriesContext(connection) as captured:
            outlook.look(round, round.nominations_open_at + HOUR)
        asked.append(len(captured))

    assert asked[1:] == asked[:1] * 3
