"""Three rounds played by the real verbs at chosen instants: one announced, one voting, one nominating."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from endorsements import certifying, lifecycle
from endorsements.models import Endorsement
from endorsements.sample.portraits import portrait
from groups.models import Group
from journal import clock
from journal.models import Tick
from mailings import postroom
from rounds import local_votes, nominating, planning
from rounds.models import Nomination, Round
from vetting import answering, questionnaires, reviewing
from vetting.models import Response
from voting import ballotbox, casting, records, results, turnout
from voting.models import RollEntry


@dataclass(frozen=True)
class Story:
    """One nomination: who is named by which group for what, and how far she comes."""

    name: str
    group: str
    office: str
    usps: str
    district: str
    statement: str
    party: str = "Independent"
    title: str = ""
    incumbent: bool = False
    yes: int = 42
    no: int = 6
    reaches: str = "ballot"  # sent | accepted | answering | ballot
    joint: tuple = ()


@dataclass
class Play:
    """A round and its stories. votes: (race label, option number, how many vote so)."""

    name: str
    days_ago: int
    stories: list
    votes: list = field(default_factory=list)
    round: Round | None = None


PLAYS = [
    Play(
        "Round 1",
        64,
        [
            Story(
                "Marisol Vega",
                "champlain-neighbors",
                "house",
                "VT",
                "",
                "Marisol ran the food shelf through two floods and never sent anybody away. She answers her phone. "
                "On health care and on clean water she has stood with us every time we asked.",
                "Democratic",
                title="State Senator",
                yes=61,
                no=5,
                joint=("green-mountain-forward",),
            ),
            Story(
                "Tobias Lund",
                "high-plains-table",
                "house",
                "WY",
                "",
                "Tobias knows ranching and knows what it means to drive ninety miles to a clinic. He will listen.",
                yes=18,
                no=7,
            ),
            Story(
                "Priya Raman",
                "green-mountain-forward",
                "governor",
                "VT",
                "",
                "Priya led the school board through hard years in the open, with every number on the table.",
                "Democratic",
                title="Mayor",
                yes=55,
                no=9,
            ),
        ],
        [("VT-AL", 1, 74), ("VT-AL", 2, 21), ("WY-AL", 1, 24), ("WY-AL", 2, 29), ("VT-Gov", 1, 66), ("VT-Gov", 2, 30)],
    ),
    Play(
        "Round 2",
        35,
        [
            Story(
                "Jonah Whitfield",
                "berkshire-voices",
                "house",
                "MA",
                "1",
                "Jonah drove the school bus for eleven years before he ran for anything. He knows every road here and "
                "who lives at the end of it.",
                "Democratic",
                yes=48,
                no=4,
                joint=("pioneer-valley-votes",),
            ),
            Story(
                "Naomi Castellanos",
                "bay-state-circle",
                "senate",
                "MA",
                "",
                "Naomi wrote the tenants’ law that our members fought for, and she wrote it with us in the room.",
                "Democratic",
                title="State Representative",
                yes=120,
                no=31,
            ),
            Story(
                "Peter Adeyemi",
                "cambridge-porch",
                "senate",
                "MA",
                "",
                "Peter has spent his life on clean air and he can explain it to anybody at a kitchen table.",
                "Democratic",
                yes=77,
                no=12,
            ),
        ],
        [("MA-01", 1, 31), ("MA-01", 2, 12), ("MA-Sen", 1, 40), ("MA-Sen", 2, 33), ("MA-Sen", 3, 5)],
    ),
    Play(
        "Round 3",
        6,
        [
            Story(
                "Lucia Begay",
                "red-rock-assembly",
                "house",
                "AZ",
                "2",
                "Lucia brought running water to forty homes and then asked what was next.",
                "Democratic",
                yes=39,
                no=2,
                reaches="answering",
            ),
            Story(
                "Daniel Osei",
                "high-desert-alliance",
                "house",
                "CA",
                "27",
                "Daniel was a nurse on nights all through the bad year. He will fight for the people who do the work.",
                "Democratic",
                yes=58,
                no=11,
                reaches="sent",
            ),
        ],
    ),
]

DRAFT = {
    "office": "senate",
    "usps": "VT",
    "name": "Harriet Sloane",
    "campaign_name": "Office of Harriet Sloane",
    "method": "meeting",
    "yes": "31",
    "stands_for": "Schools that stay open, and roads that are plowed before the bus comes.",
}


ANSWERS = {
    "stands_for": "Schools, clinics and a vote that counts, for everybody who lives here.",
    "measures_up": "We asked all who run the same nine questions in public. The answers were clear.",
    "do_register": 120,
    "do_doors": 2500,
    "do_calls": 900,
    "do_training": 30,
    "do_release": 1,
    "do_letters": 2,
    "do_forums": 1,
    "do_donors": 60,
    "will_people": "Forty people on doors every weekend; two trainings for new volunteers.",
    "will_media": "A press release, two letters to the editor, a forum in the library.",
    "will_money": "A small-gifts evening in the spring.",
}


def play(cycle, *, staff, draw, now, say):
    """Play all rounds up to now, each event at its own instant, in the order of the instants."""
    events = []
    for story_round in PLAYS:
        events += events_of(story_round, cycle, staff=staff, draw=draw, now=now)
    for instant, event in sorted(events, key=lambda pair: pair[0]):
        if instant > now:
            continue
        with clock.standing_at(instant):
            event(instant)
            lifecycle.advance_all(instant)
            postroom.send_due(instant)
    lifecycle.advance_all(now)
    Tick.objects.all().delete()  # these were no clock's: the real one begins now, and nobody hears of a silence
    turnout.refresh(now)
    say(f"  {RollEntry.objects.count()} places on rolls, {Endorsement.objects.count()} endorsements.")


def events_of(play, cycle, *, staff, draw, now):
    """What happens in one round, as (instant, what)."""
    zone = ZoneInfo(settings.TIME_ZONE)
    day = now.astimezone(zone).date() - timedelta(days=play.days_ago)
    start = datetime.combine(day, time(9), tzinfo=zone).astimezone(UTC)
    dates = planning.default_dates(start, zone)

    def plan(instant):
        play.round = planning.new_round(cycle, name=play.name, starts_at=start, by=staff, now=instant)

    events = [(start - timedelta(days=2), plan)]
    for number, story in enumerate(play.stories):
        events += events_of_story(story, number, start, cycle, staff=staff)
    if play.name == "Round 2":
        events.append((start + timedelta(days=6, hours=2), note_vote_at_home))
    if play.name == "Round 3":
        events.append((start + timedelta(days=4, hours=3), lambda instant: leave_draft(cycle, instant)))
        events.append((start + timedelta(days=3, hours=1), note_local_vote))
    events += [(dates[name] + timedelta(minutes=1), lambda instant: None) for name in dates]
    if play.votes:
        events.append(
            (dates["voting_opens_at"] + timedelta(hours=9), lambda instant: vote(play, draw=draw, instant=instant))
        )
        events.append((dates["voting_closes_at"] + timedelta(hours=16), lambda instant: certify(play, staff, instant)))
        events.append((dates["announce_at"] + timedelta(minutes=-30), lambda instant: dress(play)))
    return events


def events_of_story(story, number, start, cycle, *, staff):
    """What happens to one nomination, as (instant, what)."""
    named = start + timedelta(days=1 + number, hours=11)
    if named + timedelta(hours=1) > start + timedelta(days=20):
        raise ValueError("too many stories in one round")
    events = [(named, lambda instant: nominate(story, cycle, instant))]
    if story.reaches == "sent":
        return events
    events.append((named + timedelta(days=1), lambda instant: accept(story, staff, instant)))
    done = 1.0 if story.reaches == "ballot" else 0.5
    events.append((named + timedelta(days=2, hours=5), lambda instant: answer(story, done, instant)))
    if story.reaches == "ballot":
        events.append((named + timedelta(days=12), lambda instant: clear(story, staff, instant)))
    return events


def nominate(story, cycle, instant):
    group = Group.objects.get(slug=story.group)
    leader = group.leaders.get()
    nomination = nominating.start(group, cycle=cycle, by=leader, now=instant)
    answers = said_in(story, group, instant)
    nominating.save_draft(nomination, data=as_typed(answers), by=leader, now=instant)
    nominating.submit(nomination, answers=answers, by=leader, now=instant)


def said_in(story, group, instant):
    """The answers of a nomination's form."""
    slug = story.name.lower().replace(" ", "")
    return ANSWERS | {
        "office": story.office,
        "usps": story.usps,
        "district": story.district,
        "name": story.name,
        "party": story.party,
        "incumbent": story.incumbent,
        "campaign_name": f"Office of {story.name}",
        "campaign_email": f"campaign@{slug}.example.org",
        "website": f"https://{slug}.example.org/",
        "method": "meeting",
        "decided_on": (instant - timedelta(days=12)).date(),
        "eligible": story.yes + story.no + 20,
        "yes": story.yes,
        "no": story.no,
        "abstain": 3,
        "joint_groups": list(Group.objects.filter(slug__in=story.joint)),
        "statement": story.statement,
        "media_name": group.media_name,
        "media_email": group.media_email,
        "media_phone": group.media_phone,
    }


def as_typed(answers):
    """The answers as she typed them: read again on her page, and changed when staff return the nomination."""
    day, joint = answers["decided_on"], answers["joint_groups"]
    typed = {name: "on" if said is True else str(said or "") for name, said in answers.items()}
    typed |= {"no": str(answers["no"]), "decided_on": f"{day.month}/{day.day}/{day.year}"}
    return typed | {"ties": "no", "joint_groups": "\n".join(group.name for group in joint)}


def accept(story, staff, instant):
    nominating.accept(Nomination.objects.get(candidacy__name=story.name), by=staff, now=instant)


def answer(story, share, instant):
    """Answer the questionnaire as the federation hopes, or the first part of it."""
    response = Response.objects.select_related("questionnaire", "candidacy__race").get(candidacy__name=story.name)
    asked = questionnaires.questions_of(response.questionnaire, response.candidacy.race.office)
    answers = {}
    for question in asked[: int(len(asked) * share)]:
        value = question.right_answers[0] if question.right_answers else "yes" if question.options else story.statement
        answers[question.pk] = (value, "")
    answering.save_answers(response, answers=answers, by_name="Robin Ames", now=instant)
    if share == 1:
        answering.submit(response, name=story.name, role="Candidate", may_publish=True, now=instant)


def clear(story, staff, instant):
    candidacy = Nomination.objects.get(candidacy__name=story.name).candidacy
    reason = "Record and answers agree; the local vote is documented."
    reviewing.clear(candidacy, by=staff, now=instant, reason=reason, sources="Local papers, the campaign’s own site")


def vote(play, *, draw, instant):
    """Let members of each contest vote, each once and on her whole ballot."""
    play.round.refresh_from_db()
    contests = {contest.pk: contest for contest in play.round.contests.select_related("race__place")}
    wishes = {}
    for label, option, count in play.votes:
        wishes.setdefault(label, []).extend([option] * count)
    for options in wishes.values():
        draw.shuffle(options)
    entries = list(
        RollEntry.objects.filter(round=play.round).exclude(member__first_name="Ben", member__last_name="Walsh")
    )
    entries.sort(key=lambda entry: entry.member_id)
    draw.shuffle(entries)
    ballots = ballotbox.contests_of([entry.pk for entry in entries])
    # Those with more contests first: their ballots need a wish in each.
    for entry in sorted(entries, key=lambda entry: -len(ballots[entry.pk])):
        mine = {pk: wishes.get(contests[pk].race.label, []) for pk in ballots[entry.pk]}
        if not any(mine.values()):
            continue
        choices = {pk: left.pop() if left else 0 for pk, left in mine.items()}
        casting.cast(entry, choices=choices, nonce=secrets.token_bytes(records.NONCE))


def certify(play, staff, instant):
    lifecycle.advance_all(instant)
    for result in results.undecided(play.round):
        results.decide(result, endorse=False, by=staff, now=instant, reason="Too few took part to speak for all.")
    play.round.refresh_from_db()
    certifying.certify(play.round, by=staff, now=instant, reason="Counted and checked.")


def dress(play):
    """Give the endorsements of a round what communications would: a photo and a title."""
    titles = {story.name: story.title for story in play.stories}
    for endorsement in Endorsement.objects.filter(round=play.round, photo="").select_related("candidacy"):
        name = endorsement.candidacy.name
        endorsement.title = titles.get(name, "")
        endorsement.photo_credit = "Drawn for the sample federation"
        endorsement.photo_alt = f"Drawing of {name}, an invented person"
        drawn = portrait(name)
        endorsement.photo.save(drawn.name, drawn, save=True)


def leave_draft(cycle, instant):
    """Ada began a nomination last night and went to bed."""
    group = Group.objects.get(slug="green-mountain-forward")
    leader = group.leaders.get()
    nomination = nominating.start(group, cycle=cycle, by=leader, now=instant)
    nominating.save_draft(nomination, data=DRAFT, by=leader, now=instant)


def note_vote_at_home(instant):
    """A group endorses at home whom another nominated: it is named with the others on the ballot."""
    note("pioneer-valley-votes", instant, candidate="Naomi Castellanos", seat="senate", usps="MA", yes=26, no=4)


def note_local_vote(instant):
    """A local endorsement for a local office, without a national one."""
    note("champlain-neighbors", instant, candidate="Ike Tran", office="City Council, Ward 3", yes=34, no=3)


def note(slug, instant, **answers):
    group = Group.objects.get(slug=slug)
    answers |= {"method": "online", "decided_on": (instant - timedelta(days=9)).date()}
    local_votes.record(group, answers=answers, by=group.leaders.get(), now=instant)
