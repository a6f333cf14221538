"""Federations of a given size, made in the database: members by SQL, the roll by the house's own freeze."""

import secrets
from datetime import timedelta

from django.db import connection

from journal import clock
from mailings.models import Letter
from rounds import staging
from rounds.models import Candidacy, Contest, Round
from tests.factories.groups import LeadershipFactory, district, state
from tests.factories.rounds import CandidacyFactory, ContestFactory, NominationFactory, RaceFactory, RoundFactory
from tests.factories.voting import keys_of
from voting import ballotbox, links, posting, records, roll, tickets
from voting.models import RollEntry

Stage = Round.Stage


def members(count, places=None):
    """So many confirmed members, dealt out to the districts given (MA-07) in turn."""
    places = places or [district("MA", 7)]
    before = clock.now() - timedelta(days=400)
    columns = (
        "email, email_key, first_name, last_name, zip, state_id, district_id, doubt, language, wants_news,"
        " joined_at, confirmed_at, confirmed_how, generation"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO groups_member ({columns})"
            " SELECT 'm' || n || '@example.org', 'm' || n || '@example.org', 'Ben', 'Number ' || n, '02139',"
            " (%s::bigint[])[1 + n %% %s], (%s::bigint[])[1 + n %% %s], '', 'en', false, %s, %s, 'clicked', 0"
            " FROM generate_series(1, %s) AS n",
            [[p.state_id for p in places], len(places), [p.pk for p in places], len(places), before, before, count],
        )


def dates(opened=timedelta(hours=1)):
    """A round's instants when its vote opened so long ago; negative: when it opens so soon."""
    opens = clock.now() - opened
    return {
        "nominations_open_at": opens - timedelta(days=34),
        "nominations_close_at": opens - timedelta(days=13),
        "freeze_at": opens - timedelta(days=1),
        "voting_opens_at": opens,
        "voting_closes_at": opens + timedelta(hours=72),
        "announce_at": opens + timedelta(days=6),
    }


def open_vote(voters, contests=1, candidates=1, places=None, *, letters=False, **fields):
    """A round whose vote is open, its roll frozen by freeze_step: (round, contests, entries).

    Everybody votes in up to three contests; with places, in the one of her own district.
    """
    members(voters, places)
    instants = dates()
    round = RoundFactory(stage=Stage.FROZEN, **instants, certification="automatic", publish="all", **fields)
    keys_of(round)
    ballotbox.prepare(round)
    if places:
        races = [{"race__place": place} for place in places]
    else:
        races = [{}, *({"race__office": one, "race__place": state("MA")} for one in ("senate", "governor"))][:contests]
    made = [ContestFactory(round=round, candidates=candidates, **race) for race in races]
    now = clock.now()
    while roll.freeze_step(round, now=now):
        pass
    staging.move(round, Stage.VOTING, by=None, now=now)
    if letters:
        posting.enqueue_ballots(round, now=now)
    entries = RollEntry.objects.filter(round=round).select_related("round", "member").order_by("member_id")
    return round, made, list(entries)


def another_vote(first):
    """One more open round for the same members and the same race as the first round's."""
    race = Contest.objects.filter(round=first).first().race
    round = RoundFactory(stage=Stage.FROZEN, **dates(), cycle=race.cycle, certification="automatic", publish="all")
    keys_of(round)
    ballotbox.prepare(round)
    ContestFactory(round=round, race=race)
    now = clock.now()
    while roll.freeze_step(round, now=now):
        pass
    staging.move(round, Stage.VOTING, by=None, now=now)
    return round


def round_to_come(voters):
    """A round in vetting with one cleared candidacy, whose freeze, vote and announcement are to come."""
    members(voters)
    round = RoundFactory(stage=Stage.VETTING, **dates(-timedelta(days=3)), certification="automatic", publish="all")
    race = RaceFactory(cycle=round.cycle)
    standing = CandidacyFactory(race=race, round=round, state=Candidacy.State.CLEARED, gates=3)
    nomination = NominationFactory(candidacy=standing)
    LeadershipFactory(group=nomination.group)
    return round


def ballots(round, entries, chance, *, tickets_too=False):
    """What each of these voters holds and will choose: {"credential", "token", "choices", …}."""
    open_contests = Contest.objects.filter(round=round).prefetch_related("options")
    options = {contest.pk: [option.number for option in contest.options.all()] for contest in open_contests}
    hers = ballotbox.contests_of([entry.pk for entry in entries])
    now, made = clock.now(), []
    for entry in entries:
        choices = {pk: chance.choice(options[pk]) for pk in hers[entry.pk]}
        if not any(choices.values()):  # who skips everything has nothing to send
            choices[hers[entry.pk][0]] = chance.choice([number for number in options[hers[entry.pk][0]] if number])
        one = {"credential": entry.pk, "token": links.ballot_token(entry), "choices": choices}
        if tickets_too:
            one["ticket"] = tickets.issue(entry, now=now).text
        made.append(one)
    return made


def nonce():
    return secrets.token_bytes(records.NONCE)


def left_in_line(round):
    """How many of a round's letters are not settled."""
    return Letter.objects.about(round.topic).waiting().count()
