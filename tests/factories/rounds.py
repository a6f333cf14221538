"""Cycles, rounds, races, candidacies, contests, local endorsements and nominations."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import factory

from rounds import candidacies, planning
from rounds.models import (
    Candidacy,
    Contest,
    ContestOption,
    Cycle,
    Gate,
    LocalEndorsement,
    Nomination,
    Race,
    Round,
)
from tests.factories.groups import GroupFactory, UserFactory, district

# Monday, February 2, 2026, 9 a.m. in New York.
START = datetime(2026, 2, 2, 14, 0, tzinfo=UTC)


class CycleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Cycle
        django_get_or_create = ["year"]

    year = 2026
    name = factory.LazyAttribute(lambda cycle: f"{cycle.year} elections")


class RoundFactory(factory.django.DjangoModelFactory):
    """A draft round; all dates follow from starts_at: RoundFactory(starts_at=START, stage="voting").

    The defaults: nominations until February 23, freeze March 7, voting March 8 to 11, announced March 14.
    """

    class Meta:
        model = Round

    class Params:
        starts_at = START

    cycle = factory.SubFactory(CycleFactory)
    name = factory.Sequence(lambda n: f"Round {n}")
    slug = factory.Sequence(lambda n: f"2026-round-{n}")
    time_zone = "America/New_York"
    nominations_open_at = factory.LazyAttribute(lambda round: dates(round)["nominations_open_at"])
    nominations_close_at = factory.LazyAttribute(lambda round: dates(round)["nominations_close_at"])
    freeze_at = factory.LazyAttribute(lambda round: dates(round)["freeze_at"])
    voting_opens_at = factory.LazyAttribute(lambda round: dates(round)["voting_opens_at"])
    voting_closes_at = factory.LazyAttribute(lambda round: dates(round)["voting_closes_at"])
    announce_at = factory.LazyAttribute(lambda round: dates(round)["announce_at"])


def dates(round):
    return planning.default_dates(round.starts_at, ZoneInfo(round.time_zone))


class RaceFactory(factory.django.DjangoModelFactory):
    """U.S. House, MA-07, unless told otherwise."""

    class Meta:
        model = Race
        django_get_or_create = ["cycle", "office", "place"]

    cycle = factory.SubFactory(CycleFactory)
    office = Race.Office.HOUSE
    place = factory.LazyFunction(lambda: district("MA", 7))


class CandidacyFactory(factory.django.DjangoModelFactory):
    """A nominated candidacy without gates; gates=3 passes the first three, and so on."""

    class Meta:
        model = Candidacy
        skip_postgeneration_save = True

    race = factory.SubFactory(RaceFactory)
    round = None
    name = factory.Sequence(lambda n: f"Candidate {n:03}")
    name_key = factory.LazyAttribute(lambda candidacy: candidacy.name.casefold())
    campaign_name = "Campaign Office"
    campaign_email = factory.Sequence(lambda n: f"campaign{n}@example.org")

    @factory.post_generation
    def gates(self, create, given, **rest):
        for kind in Gate.ORDER[: given or 0]:
            Gate.objects.create(candidacy=self, kind=kind, passed_at=START, evidence=f"evidence of {kind}")


class LocalEndorsementFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LocalEndorsement

    group = factory.SubFactory(GroupFactory)
    candidate = "Candidate"
    office = "U.S. House"
    method = LocalEndorsement.Method.MEETING
    decided_on = date(2026, 1, 20)
    eligible = 120
    yes = 82
    no = 10
    recorded_by = factory.SubFactory(UserFactory)
    recorded_at = START


class NominationFactory(factory.django.DjangoModelFactory):
    """An accepted nomination with its local endorsement; state="submitted" and so on for others."""

    class Meta:
        model = Nomination

    group = factory.SubFactory(GroupFactory)
    candidacy = factory.SubFactory(CandidacyFactory)
    race = factory.SelfAttribute("candidacy.race")
    cycle = factory.SelfAttribute("candidacy.race.cycle")
    state = Nomination.State.ACCEPTED
    reference = factory.Sequence(lambda n: f"N-{n:04}")
    local_endorsement = factory.SubFactory(
        LocalEndorsementFactory,
        group=factory.SelfAttribute("..group"),
        candidate=factory.SelfAttribute("..candidacy.name"),
        race=factory.SelfAttribute("..candidacy.race"),
    )
    stands_for = "Good schools."
    measures_up = "She stood with us."
    statement = "She listens."
    will_people = "Forty people on doors."
    media_name = "Mia Press"
    media_email = "press@example.org"
    submitted_by = factory.SubFactory(UserFactory)
    submitted_at = START


class ContestFactory(factory.django.DjangoModelFactory):
    """A contest with its options. candidates=2 makes a choice between two; or hand over candidacies.

    Candidacies it makes stand on the ballot of the round with three gates passed.
    """

    class Meta:
        model = Contest
        skip_postgeneration_save = True

    round = factory.SubFactory(RoundFactory, stage=Round.Stage.VOTING)
    race = factory.SubFactory(RaceFactory, cycle=factory.SelfAttribute("..round.cycle"))
    ballot = Contest.Ballot.YES_NO

    @factory.post_generation
    def candidates(self, create, given, **rest):
        if given is None or isinstance(given, int):
            standing = {"race": self.race, "round": self.round, "state": Candidacy.State.ON_BALLOT, "gates": 3}
            given = [CandidacyFactory(**standing) for _ in range(given or 1)]
        self.ballot = candidacies.ballot_for(given)
        self.save()
        ContestOption.objects.bulk_create(candidacies.options_for(self, given))
