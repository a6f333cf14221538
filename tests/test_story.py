"""One round of three contests, through every stage by chosen instants, and every letter on the way.

House MA-07 with one candidate; Senate MA with two; governor of Wyoming, an at-large state.
"""

import re
import secrets
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from email.utils import parseaddr

import pytest
from django.core import mail

from endorsements import certifying, lifecycle
from endorsements.models import Endorsement
from journal import book, clock
from keys import files
from mailings import postroom
from mailings.models import Letter
from rounds import gates, nominating, planning
from rounds.models import Candidacy, Contest, Cycle, Gate, Nomination, Round
from tests.factories.groups import GroupFactory, LeadershipFactory, MemberFactory, UserFactory, district, state
from tests.factories.vetting import ALL_RIGHT, QuestionnaireFactory
from vetting import answering, questionnaires, reviewing
from vetting.models import Response
from voting import ballotbox, casting, links, openedballots, package, records, results
from voting.models import Count, Result, RollEntry

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

Stage = Round.Stage
START = "2026-02-02 09:00"
ZONE = "America/New_York"


class Town:
    """The people of the story, the clock's hand, and the mailbox."""

    def __init__(self, at, dee):
        self.dee = dee
        self.now = at(START, ZONE) - timedelta(days=3)
        self.cycle = Cycle.objects.create(year=2026, name="2026")
        self.questionnaire = QuestionnaireFactory(cycle=self.cycle, questions=True)
        self.groups = {}
        for slug, place in {"boston": district("MA", 7), "bay-state": state("MA"), "laramie": state("WY")}.items():
            group = GroupFactory(slug=slug, name=slug.title(), places=[place], website=f"https://{slug}.example.org/")
            LeadershipFactory(group=group, user=UserFactory(email=f"leader@{slug}.example.org", name=f"L. {slug}"))
            self.groups[slug] = group
        for n in range(30):
            MemberFactory(email=f"seven{n}@example.org", district=district("MA", 7))
        for n in range(32):
            MemberFactory(email=f"eight{n}@example.org", district=district("MA", 8))
        for n in range(40):
            MemberFactory(email=f"wy{n}@example.org", district=district("WY", 0), zip="82001")
        MemberFactory(email="late@example.org", district=district("MA", 7), confirmed_at=None, confirmed_how="")
        MemberFactory(email="split@example.org", district=None, state=state("MA"), doubt="split")

    def tick(self, instant=None):
        """Let the clock strike: what beat's two tasks do. Gives the letters that went out, by address."""
        self.now = instant or self.now
        before = len(mail.outbox)
        with clock.standing_at(self.now):
            lifecycle.advance_all(self.now)
            lifecycle.advance_all(self.now)  # a second beat changes nothing
            postroom.send_due(self.now)
            postroom.send_due(self.now)
        return mail.outbox[before:]

    def nominate(self, slug, name, office, usps, number=""):
        group = self.groups[slug]
        leader = group.leaders.get()
        nomination = nominating.start(group, cycle=self.cycle, by=leader, now=self.now)
        nominating.submit(nomination, answers=answers(name, office, usps, number, self.now), by=leader, now=self.now)
        return nomination


def answers(name, office, usps, number, now):
    return {
        "office": office,
        "usps": usps,
        "district": number,
        "name": name,
        "campaign_name": f"Office of {name}",
        "campaign_email": f"{name.split()[0].lower()}@campaign.example.org",
        "method": "meeting",
        "decided_on": (now - timedelta(days=9)).date(),
        "eligible": 60,
        "yes": 41,
        "no": 5,
        "statement": f"We stand with {name}.",
        "stands_for": "Schools.",
        "measures_up": "Well.",
        "will_people": "Doors.",
        "media_name": "Mia",
        "media_email": "mia@example.org",
    }


@pytest.fixture
def town(at, dee, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return Town(at, dee)


def all_right(response):
    """What a campaign answers that passes: every scored question of its office right."""
    office = response.candidacy.race.office
    asked = questionnaires.questions_of(response.questionnaire, office)
    return {question.pk: (ALL_RIGHT.get(question.number, ""), "") for question in asked}


def address_of(letter):
    """The one address a letter goes to."""
    [addressee] = letter.to
    return parseaddr(addressee)[1]


def to(letters):
    """The addresses of some letters, sorted."""
    return sorted(address_of(letter) for letter in letters)


def stage_of(round):
    return Round.objects.get(pk=round.pk).stage


def test_a_round_from_the_first_nomination_to_the_published_endorsement(town, at, client, settings):
    # Planned from one date; nobody hears of it before it opens.
    round = planning.new_round(town.cycle, name="Round 1", starts_at=at(START, ZONE), by=town.dee, now=town.now)
    assert town.tick() == []
    assert town.tick(round.nominations_open_at - timedelta(seconds=1)) == []
    assert stage_of(round) == Stage.DRAFT

    # Nominations open: every leader is told.
    opened = town.tick(round.nominations_open_at)
    assert stage_of(round) == Stage.NOMINATING
    assert to(opened) == ["leader@bay-state.example.org", "leader@boston.example.org", "leader@laramie.example.org"]

    # Four nominations: two rivals for the Senate.
    town.now += timedelta(days=2)
    house = town.nominate("boston", "Ayo Santos", "house", "MA", "7")
    rivals = [
        town.nominate("bay-state", "Ana Rivera", "senate", "MA"),
        town.nominate("boston", "Bo Stone", "senate", "MA"),
    ]
    governor = town.nominate("laramie", "Wes Hart", "governor", "WY")
    received = town.tick()
    assert to(received) == sorted(
        ["leader@boston.example.org"] * 3 + ["leader@bay-state.example.org"] * 2 + ["leader@laramie.example.org"]
    )
    assert all(nomination.reference in "".join(letter.body for letter in received) for nomination in [house, governor])
    assert {one.candidacy.round_id for one in [house, *rivals, governor]} == {round.pk}

    # Accepted: two gates are passed, each campaign gets its questionnaire and 7 x 24 hours from then on.
    town.now += timedelta(days=1)
    for nomination in Nomination.objects.all():
        nominating.accept(nomination, by=town.dee, now=town.now)
    asked = [letter for letter in town.tick() if address_of(letter).endswith("@campaign.example.org")]
    assert to(asked) == sorted(f"{name}@campaign.example.org" for name in ["ana", "ayo", "bo", "wes"])
    for response in Response.objects.all():
        assert (response.sent_at, response.due_at) == (town.now, town.now + timedelta(hours=7 * 24))

    # All four answer in time, and pass; staff clear them. A fifth never answers.
    town.now += timedelta(days=3)
    for response in Response.objects.select_related("candidacy__race", "questionnaire"):
        answering.save_answers(response, answers=all_right(response), by_name="Robin", now=town.now)
        answering.submit(response, name=response.candidacy.name, role="Candidate", may_publish=True, now=town.now)
    answered = town.tick()
    assert len([letter for letter in answered if address_of(letter).endswith("@campaign.example.org")]) == 4
    slow = town.nominate("laramie", "Slow Joe", "house", "WY")
    nominating.accept(slow, by=town.dee, now=town.now)
    for candidacy in Candidacy.objects.exclude(pk=slow.candidacy_id):
        reviewing.clear(candidacy, by=town.dee, now=town.now, reason="Fits.")
    town.tick()
    board = gates.board([house.candidacy])[house.candidacy_id]
    assert [(kind, bool(gate)) for kind, _label, gate in board] == [
        (Gate.Kind.LOCAL, True),
        (Gate.Kind.RECOMMENDED, True),
        (Gate.Kind.CLEARED, True),
        (Gate.Kind.CARRIED, False),
    ]

    # Nominations close; a later one waits in the cycle.
    town.tick(round.nominations_close_at - timedelta(seconds=1))
    assert stage_of(round) == Stage.NOMINATING
    town.tick(round.nominations_close_at)
    assert stage_of(round) == Stage.VETTING
    late = town.nominate("bay-state", "Lou Late", "governor", "MA")
    assert late.candidacy.round is None

    # The freeze: three contests, the roll, keys, the notice. The slow campaign rolls over with a letter.
    town.tick(round.freeze_at - timedelta(seconds=1))
    assert stage_of(round) == Stage.VETTING
    frozen = town.tick(round.freeze_at)
    assert stage_of(round) == Stage.FROZEN
    contests = {contest.slug: contest for contest in Contest.objects.filter(round=round).select_related("race__place")}
    assert sorted(contests) == ["ma-07", "ma-sen", "wy-gov"]
    assert [str(option) for option in contests["ma-sen"].options.all()] == [
        "Skip this race",
        "Ana Rivera",
        "Bo Stone",
        "No endorsement",
    ]
    slow.candidacy.refresh_from_db()
    assert slow.candidacy.round is None
    assert "leader@laramie.example.org" in to(frozen)
    assert RollEntry.objects.filter(round=round).count() == 30 + 32 + 40 + 1
    eligible = {slug: contest.roll.eligible for slug, contest in contests.items()}
    assert eligible == {"ma-07": 30, "ma-sen": 63, "wy-gov": 40}
    assert lifecycle.blocking(Round.objects.get(pk=round.pk), town.now) == []

    # Voting opens: one letter with one link to everybody on the roll, and exactly her contests.
    assert [letter for letter in town.tick(round.voting_opens_at - timedelta(seconds=1)) if "/v/" in letter.body] == []
    assert stage_of(round) == Stage.FROZEN
    ballots = town.tick(round.voting_opens_at)
    assert stage_of(round) == Stage.VOTING
    assert len(ballots) == 103
    assert len(set(to(ballots))) == 103
    seven = next(letter for letter in ballots if address_of(letter) == "seven0@example.org")
    assert [name in seven.body for name in ["Ayo Santos", "Ana Rivera", "Bo Stone", "Wes Hart"]] == [
        True,
        True,
        True,
        False,
    ]
    assert len(re.findall(rf"^{re.escape(settings.BASE_URL)}/v/\S+$", seven.body, re.M)) == 1
    assert "List-Unsubscribe" not in message_from_bytes(seven.message().as_bytes(), policy=default)

    # The vote: 20 of 30 for Ayo Santos; 36 of 60 for Ana Rivera; 20 of 40 vote on the governor, 14 for him.
    wishes = {
        "ma-07": [1] * 20 + [2] * 10,
        "ma-sen": [1] * 36 + [2] * 20 + [3] * 4 + [0] * 3,
        "wy-gov": [1] * 14 + [2] * 6,
    }
    town.now += timedelta(hours=20)
    by_contest = {contest.pk: wishes[slug] for slug, contest in contests.items()}
    with clock.standing_at(town.now):
        for entry in RollEntry.objects.filter(round=round).order_by("member__email"):
            mine = ballotbox.contests_of([entry.pk])[entry.pk]
            choices = {contest: by_contest[contest].pop() for contest in mine if by_contest[contest]}
            if len(choices) == len(mine) and any(choices.values()):
                cast = casting.cast(entry, choices=choices, nonce=secrets.token_bytes(records.NONCE))
                assert cast == casting.Outcome.RECORDED
    voted = ballotbox.voted(round.pk, list(RollEntry.objects.values_list("pk", flat=True)))
    reminded = town.tick(round.voting_closes_at - timedelta(hours=3))
    unvoted = RollEntry.objects.filter(round=round).exclude(pk__in=voted).select_related("member")
    assert set(to(reminded)) == {entry.member.email for entry in unvoted}
    assert len(reminded) >= len(unvoted) > 0

    # The polls close to the second. Opened, counted: only tellers may know.
    town.tick(round.voting_closes_at - timedelta(seconds=1))
    assert stage_of(round) == Stage.VOTING
    assert town.tick(round.voting_closes_at) == []
    assert stage_of(round) == Stage.COUNTED
    assert {count.state for count in Count.objects.all()} == {Count.State.OPENED}
    outcomes = {result.contest.slug: result.outcome for result in Result.objects.select_related("contest__race__place")}
    assert outcomes == {"ma-07": "endorsed", "ma-sen": "endorsed", "wy-gov": "needs_review"}
    assert Endorsement.objects.count() == 0

    # Turnout under the floor waits for a person; then the round is certified.
    round.refresh_from_db()
    with pytest.raises(certifying.Refusal, match="Governor, Wyoming"):
        certifying.certify(round, by=town.dee, now=town.now)
    review = Result.objects.get(outcome=Result.Outcome.NEEDS_REVIEW)
    results.decide(review, endorse=False, by=town.dee, now=town.now, reason="Too few.")
    town.now += timedelta(hours=12)
    assert certifying.certify(round, by=town.dee, now=town.now) is True

    # The nominating groups first, under embargo; envelopes and keys are gone; the public knows nothing.
    told = town.tick()
    assert stage_of(round) == Stage.CERTIFIED
    assert to(told) == sorted(
        ["leader@boston.example.org"] * 2 + ["leader@bay-state.example.org", "leader@laramie.example.org"]
    )
    assert all("share" in letter.body for letter in told)
    assert [ballotbox.envelope_count(contest) for contest in contests.values()] == [0, 0, 0]
    assert files.stands(files.SEAL, records.key_name(round.pk)) is False
    assert Endorsement.objects.public(town.now).count() == 0
    assert client.get("/endorsed/").content.count(b"Ayo Santos") == 0
    carried = Candidacy.objects.filter(gates__kind=Gate.Kind.CARRIED)
    assert sorted(carried.values_list("name", flat=True)) == ["Ana Rivera", "Ayo Santos"]
    assert Candidacy.objects.get(name="Bo Stone").state == Candidacy.State.NOT_ENDORSED

    # The announcement: campaigns, everybody on the roll, later joiners as news; the page and the package.
    MemberFactory(email="joined@example.org", district=district("MA", 7), wants_news=True)
    assert town.tick(round.announce_at - timedelta(seconds=1)) == []
    announced = town.tick(round.announce_at)
    assert stage_of(round) == Stage.ANNOUNCED
    assert len(announced) == 4 + 103 + 1
    news = next(letter for letter in announced if address_of(letter) == "joined@example.org")
    assert message_from_bytes(news.message().as_bytes(), policy=default)["List-Unsubscribe-Post"] is not None
    assert [address_of(letter) for letter in announced if "Bo Stone" in letter.body] == ["bo@campaign.example.org"]
    with clock.standing_at(town.now):
        page = client.get("/endorsed/").content.decode()
    assert ("Ayo Santos" in page, "Ana Rivera" in page, "Wes Hart" in page) == (True, True, False)
    round.refresh_from_db()
    published = package.files(round)
    assert sorted(name for name in published if name.endswith(".csv")) == [
        "contests/ma-07/ballots.csv",
        "contests/ma-sen/ballots.csv",
    ]

    # A month later the list of who voted is gone; the journal is whole; no letter was lost or doubled.
    town.tick(round.announce_at + lifecycle.DISPUTES)
    assert stage_of(round) == Stage.ARCHIVED
    assert [openedballots.participation_count(contest) for contest in contests.values()] == [0, 0, 0]
    assert book.verify() is None
    assert set(Letter.objects.values_list("state", flat=True)) <= {Letter.State.SENT, Letter.State.SKIPPED}


def test_what_was_left_over_enters_the_next_round(town, at):
    first = planning.new_round(town.cycle, name="Round 1", starts_at=at(START, ZONE), by=town.dee, now=town.now)
    town.tick(first.nominations_open_at)
    town.tick(first.nominations_close_at)
    late = town.nominate("boston", "Lou Late", "house", "MA", "7")
    second = planning.new_round(
        town.cycle, name="Round 2", starts_at=first.nominations_open_at + timedelta(weeks=6), by=town.dee, now=town.now
    )

    town.tick(second.nominations_open_at)

    late.candidacy.refresh_from_db()
    assert late.candidacy.round == second


def test_a_link_belongs_to_one_person_and_dies_with_a_mended_address(town, at):
    round = planning.new_round(town.cycle, name="Round 1", starts_at=at(START, ZONE), by=town.dee, now=town.now)
    files.make(files.LINK, records.key_name(round.pk))
    entries = [RollEntry.objects.create(credential=7 + n, round=round, member=MemberFactory()) for n in range(2)]
    tokens = [links.ballot_url(entry).rpartition("/")[2] for entry in entries]

    assert [links.entry_of(token) for token in tokens] == entries

    RollEntry.objects.filter(pk=7).update(generation=1)
    assert [links.entry_of(token) for token in tokens] == [None, entries[1]]
