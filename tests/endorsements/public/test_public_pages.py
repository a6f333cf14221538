"""The public pages: what they show, and above all what they do not show yet."""

import gzip
import html
import re
from datetime import timedelta

import pytest

from endorsements.models import Endorsement
from rounds.models import Race, Round
from tests.factories.groups import GroupFactory, district, state
from tests.factories.results import counted
from tests.factories.rounds import START, ContestFactory, NominationFactory, RaceFactory, RoundFactory
from voting import packing
from voting.models import ContestRoll, Turnout

pytestmark = pytest.mark.django_db

Stage = Round.Stage
ANNOUNCED_AT = START + timedelta(days=40)
EMPTY = "We have not endorsed anyone yet."


@pytest.fixture(autouse=True)
def after_the_announcement(set_clock):
    set_clock(ANNOUNCED_AT + timedelta(days=1))


@pytest.fixture
def past(db):
    """A round that was announced."""
    return RoundFactory(name="Winter round", slug="winter", stage=Stage.ANNOUNCED)


def endorse(name, round, place=None, office=Race.Office.HOUSE, votes=None, **fields):
    """An endorsement with its counted, certified contest; public since the announcement."""
    place = place or district("MA", 7)
    race = RaceFactory(cycle=round.cycle, office=office, place=place)
    result = counted(votes or {1: 60, 2: 40}, round=round, contest__race=race)
    result.certified_at = ANNOUNCED_AT
    result.save()
    candidacy = result.contest.options.get(number=1).candidacy
    candidacy.name = name
    candidacy.save()
    fields = {"announced_at": ANNOUNCED_AT, "slug": name.lower().replace(" ", "-")} | fields
    return Endorsement.objects.create(candidacy=candidacy, round=round, issued_at=ANNOUNCED_AT, **fields)


def text(response):
    """What a reader sees of the page's main part, on one line."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", f"<main{main}")).split())


# The front page


def test_front_page_without_any_round(client):
    page = text(client.get("/"))

    assert "No round is open now" in page
    assert EMPTY in page


def test_front_page_names_each_round_and_what_can_be_done(client, set_clock):
    set_clock(START + timedelta(days=36, minutes=-1))
    RoundFactory(name="Spring round", stage=Stage.VOTING)
    RoundFactory(name="Summer round", stage=Stage.NOMINATING, starts_at=START + timedelta(days=30))
    RoundFactory(name="Draft round", stage=Stage.DRAFT)
    RoundFactory(name="Rehearsal round", stage=Stage.VOTING, rehearsal=True)

    page = text(client.get("/"))

    assert "Spring round Voting is open." in page
    assert "Voting closes Wednesday, March 11, 2026, 8:00 p.m. Eastern (5:00 p.m. Pacific)." in page
    assert "Summer round Nominations are open. 14 days 23 hours left." in page
    assert "Draft round" not in page and "Rehearsal round" not in page


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (Stage.VETTING, "The vote opens Sunday, March 8, 2026, 8:00 p.m. Eastern (5:00 p.m. Pacific)."),
        (Stage.FROZEN, "The vote opens Sunday, March 8, 2026, 8:00 p.m. Eastern (5:00 p.m. Pacific)."),
        (Stage.POLLS_CLOSED, "Voting has ended. We announce the results on Saturday, March 14, 2026."),
        (Stage.COUNTED, "Voting has ended. We announce the results on Saturday, March 14, 2026."),
        (Stage.CERTIFIED, "Voting has ended. We announce the results on Saturday, March 14, 2026."),
    ],
)
def test_front_page_between_the_open_stages(client, stage, words):
    RoundFactory(stage=stage)

    assert words in text(client.get("/"))


def test_front_page_says_that_voting_is_paused(client):
    RoundFactory(stage=Stage.VOTING, paused_since=START)

    assert "Voting is paused." in text(client.get("/"))


def test_front_page_ends_the_vote_by_the_hour_even_when_the_clock_is_late(client, set_clock):
    round = RoundFactory(stage=Stage.VOTING)

    set_clock(round.voting_closes_at - timedelta(minutes=1))
    assert "Voting is open." in text(client.get("/"))

    set_clock(round.voting_closes_at + timedelta(minutes=1))
    assert "Voting is open." not in text(client.get("/"))


@pytest.mark.parametrize("number", [1, 3])
def test_front_page_asks_as_much_for_one_as_for_three(client, past, number, django_assert_num_queries):
    for at in range(number):
        RoundFactory(stage=Stage.NOMINATING)
        endorse(f"Candidate {at}", past, district("MA", at + 1))

    with django_assert_num_queries(2):
        client.get("/")


# The list


def test_the_list_is_grouped_by_state(client, past):
    endorse("Maria Santos", past, title="Representative")
    endorse("Deborah Whitfield", past, state("MA"), Race.Office.SENATE)
    endorse("Ray Bull", past, district("WY", 0), status="won")
    endorse("Not Yet", past, district("NY", 3), announced_at=None)
    endorse("Tomorrow", past, district("NY", 4), announced_at=ANNOUNCED_AT + timedelta(days=2))

    page = text(client.get("/endorsed/"))

    assert page.partition("3 candidates")[2] == (
        " Massachusetts MA-07 Representative Maria Santos U.S. House, Massachusetts 7th District 2026"
        " MA-Sen Deborah Whitfield U.S. Senate, Massachusetts 2026"
        " Wyoming WY-AL Ray Bull U.S. House, Wyoming At-Large District Won 2026"
    )


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?state=MA", ["Ann", "Bea"]),
        ("?office=senate", ["Bea"]),
        ("?state=MA&office=house", ["Ann"]),
        ("?round=winter&year=2026", ["Ann", "Bea", "Cyd"]),
        ("?state=WY&office=senate", []),
        ("?state=&office=&round=&year=", ["Ann", "Bea", "Cyd"]),
    ],
)
def test_the_list_narrows_by_its_filters(client, past, query, names):
    endorse("Ann", past)
    endorse("Bea", past, state("MA"), Race.Office.SENATE)
    endorse("Cyd", past, district("WY", 0))

    response = client.get(f"/endorsed/{query}")

    assert [endorsement.candidacy.name for endorsement in response.context["page"]] == names
    if not names:
        assert "No endorsement fits all of these. Try fewer." in text(response)


@pytest.mark.parametrize("value", ["ZZ", "%00", "MA%00", "'%20OR%201=1", "%F0%9F%92%A9", "%FF%FE", "x" * 5000])
def test_an_unknown_filter_is_passed_over_with_a_sentence(client, past, value):
    endorse("Ann", past)

    response = client.get(f"/endorsed/?state={value}&year=2026")

    assert response.status_code == 200
    assert "so this list is not narrowed by “State”." in text(response)
    assert [endorsement.candidacy.name for endorsement in response.context["page"]] == ["Ann"]


@pytest.mark.parametrize("number", ["0", "-1", "99", "x", "%00", "9" * 400])
def test_an_unknown_page_number_shows_a_page(client, past, number):
    endorse("Ann", past)

    response = client.get(f"/endorsed/?page={number}")

    assert response.status_code == 200
    assert "Ann" in text(response)


def test_the_empty_list_says_so(client):
    assert EMPTY in text(client.get("/endorsed/"))


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_as_much_for_one_as_for_three(client, past, number, django_assert_num_queries):
    for at in range(number):
        endorse(f"Candidate {at}", past, district("CA", at + 1))

    with django_assert_num_queries(3):
        client.get("/endorsed/")


def test_sixty_rows_weigh_less_than_15_kilobytes(client, past):
    for at in range(61):
        place = district("CA", at + 1) if at < 52 else district("TX", at - 51)
        endorse(f"Candidate Number {at} Whitfield", past, place, title="Representative")

    first, second = client.get("/endorsed/"), client.get("/endorsed/?page=2")

    assert len(first.context["page"]) == 60
    assert "61 candidates · page 1 of 2" in text(first)
    assert [len(second.context["page"]), "Next" in text(second)] == [1, False]
    assert len(gzip.compress(first.content)) < 15_000


# One endorsement


def test_an_endorsement_with_everything(client, past):
    endorsement = endorse("Maria Santos", past, title="Representative", reason="First.\n\nSecond <b>bold</b>.")
    candidacy = endorsement.candidacy
    candidacy.incumbent = True
    candidacy.save()
    ours = GroupFactory(name="Common Group", slug="common", website="https://common.example.org/")
    joint = GroupFactory(name="Neighbors", slug="neighbors")
    nomination = NominationFactory(candidacy=candidacy, group=ours)
    nomination.local_endorsement.joint_groups.set([joint])
    NominationFactory(candidacy=candidacy, group__name="Refused Group", state="refused")

    response = client.get("/endorsed/maria-santos/")
    page = text(response)

    assert "MA-07 · 2026 Representative Maria Santos U.S. House, Massachusetts 7th District. Holds this office" in page
    assert "Why we endorse First. Second <b>bold</b>." in page
    assert b"<b>bold" not in response.content
    assert "Nominated by Common Group together with Neighbors" in page
    assert b'href="https://common.example.org/"' in response.content
    assert "Refused Group" not in page
    assert "The gates it passed Endorsed by a local group Monday, February 2, 2026" in page
    assert "evidence of" not in page
    assert "60 of 100 votes (60%), turnout 10%." in page
    assert "at least 60% of the votes" in page
    assert b'<link rel="canonical" href="http://' in response.content
    assert b'<meta property="og:title" content="Representative Maria Santos, MA-07">' in response.content


@pytest.mark.parametrize("announced_at", [None, ANNOUNCED_AT + timedelta(days=1, minutes=1)])
def test_an_endorsement_is_not_found_before_its_announcement(client, past, announced_at):
    endorse("Maria Santos", past, announced_at=announced_at)

    assert client.get("/endorsed/maria-santos/").status_code == 404


def test_a_withdrawn_endorsement_stays_with_its_note(client, past):
    endorse("Linh Tran", past, status="rescinded", status_note="May 2, 2026: withdrawn by the committee.")

    page = text(client.get("/endorsed/linh-tran/"))

    assert "Withdrawn by the federation. May 2, 2026: withdrawn by the committee." in page


def test_nearly_unanimous_figures_are_not_exact(client, past):
    endorse("Maria Santos", past, votes={1: 99, 2: 1})

    page = text(client.get("/endorsed/maria-santos/"))

    assert "97% or more of at least 100 votes, turnout at least 10%." in page
    assert "99" not in page


@pytest.mark.parametrize("number", [1, 3])
def test_an_endorsement_asks_as_much_for_one_group_as_for_three(client, past, number, django_assert_num_queries):
    endorsement = endorse("Maria Santos", past)
    for _group in range(number):
        NominationFactory(candidacy=endorsement.candidacy)

    with django_assert_num_queries(12):
        client.get("/endorsed/maria-santos/")


# Rounds


def test_the_list_of_rounds(client, past):
    endorse("Ann", past)
    RoundFactory(name="Spring round", stage=Stage.VOTING)
    RoundFactory(name="Draft round", stage=Stage.DRAFT)
    RoundFactory(name="Gone round", stage=Stage.CANCELLED)

    page = text(client.get("/rounds/"))

    assert "Winter round 2026 elections · vote from Sunday, March 8, 2026 1 endorsed" in page
    assert "Spring round 2026 elections · vote from Sunday, March 8, 2026 Voting" in page
    assert "Draft round" not in page and "Gone round" not in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_rounds_asks_as_much_for_one_as_for_three(client, number, django_assert_num_queries):
    for _round in range(number):
        RoundFactory(stage=Stage.ANNOUNCED)

    with django_assert_num_queries(2):
        client.get("/rounds/")


@pytest.mark.parametrize("fields", [{"stage": Stage.DRAFT}, {"stage": Stage.VOTING, "rehearsal": True}])
def test_a_round_nobody_should_see_is_not_found(client, fields):
    round = RoundFactory(slug="hidden", **fields)

    assert client.get(f"/rounds/{round.slug}/").status_code == 404


def test_a_cancelled_round_says_so(client):
    RoundFactory(slug="gone", stage=Stage.CANCELLED)

    assert "This round was cancelled." in text(client.get("/rounds/gone/"))


@pytest.mark.parametrize("stage", [Stage.VOTING, Stage.POLLS_CLOSED, Stage.COUNTED, Stage.CERTIFIED])
def test_a_round_tells_no_result_before_its_announcement(client, stage):
    round = RoundFactory(slug="spring", stage=stage)
    endorse("Maria Santos", round, announced_at=None, votes={1: 734, 2: 111})

    response = client.get("/rounds/spring/")

    assert response.status_code == 200
    # A commitment is 64 hex digits: it may hold any three of them.
    page = re.sub(r"\b[0-9a-f]{64}\b", "", text(response))
    for leak in ["734", "111", "86.8", "Endorsed", "Not endorsed", "Download", "needs review"]:
        assert leak not in page


def test_turnout_is_shown_from_twenty_votes_on(client):
    round = RoundFactory(slug="spring", stage=Stage.VOTING)
    for number, ballots in [(1, 10), (2, 20), (3, 340)]:
        contest = ContestFactory(round=round, race__place=district("MA", number))
        ContestRoll.objects.create(contest=contest, eligible=1234)
        Turnout.objects.create(contest=contest, ballots=ballots, refreshed_at=START)

    page = text(client.get("/rounds/spring/"))

    assert re.findall(r"1,234 (\S+ \S+ \S+)", page) == ["too few to", "20 or more", "340 or more"]


def test_commitments_stand_before_the_announcement(client):
    round = RoundFactory(slug="spring", stage=Stage.POLLS_CLOSED)
    result = counted({1: 60, 2: 40}, round=round)

    page = text(client.get("/rounds/spring/"))

    assert f"1,000 could vote · 100 envelopes Commitment: {result.contest.count.commitment}" in page


def test_an_announced_round_tells_what_it_decided(client, past):
    endorse("Maria Santos", past)
    counted({1: 30, 2: 70}, round=past, contest__race=RaceFactory(cycle=past.cycle, place=district("MA", 3)))

    page = text(client.get("/rounds/winter/"))

    assert "U.S. House, Massachusetts 7th District MA-07 Endorsed 60 of 100 votes (60%), turnout 10%" in page
    assert "30 of 100" not in page and "70%" not in page
    assert "Download the package" in page


@pytest.mark.parametrize("number", [1, 3])
def test_a_round_asks_as_much_for_one_contest_as_for_three(client, past, number, django_assert_num_queries):
    for at in range(number):
        endorse(f"Candidate {at}", past, district("MA", at + 1))
    packing.pack_due(START)

    with django_assert_num_queries(9):
        client.get("/rounds/winter/")


# The rest


def test_the_method_page_states_the_rule_and_the_limits_of_secrecy(client):
    page = text(client.get("/method/"))

    assert "at least 60% of the votes in that race" in page
    assert "What this does not protect against" in page


@pytest.mark.parametrize("address", ["/", "/endorsed/", "/rounds/", "/method/", "/rounds/winter/", "/endorsed/ann/"])
def test_public_pages_set_no_cookie_and_take_no_post(client, past, address):
    endorse("Ann", past)

    assert not client.get(address).cookies
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405
