"""Rolls, keys and votes. polls() is a whole round whose vote is open: contests, roll, keys, compartment."""

import secrets

import factory

from keys import files, sealing
from rounds.models import Round
from tests.factories.groups import MemberFactory, state
from tests.factories.rounds import ContestFactory, RoundFactory
from voting import ballotbox, casting, records
from voting.models import ContestRoll, RollEntry


class RollEntryFactory(factory.django.DjangoModelFactory):
    """A member on a round's roll, eligible in the contests given: RollEntryFactory(round=r, contests=[c])."""

    class Meta:
        model = RollEntry
        skip_postgeneration_save = True

    credential = factory.LazyFunction(lambda: secrets.randbits(63))
    round = factory.SubFactory(RoundFactory, stage=Round.Stage.VOTING)
    member = factory.SubFactory(MemberFactory)

    @factory.post_generation
    def contests(self, create, given, **rest):
        for contest in given or []:
            select = f"SELECT {contest.pk} AS contest, CAST(%s AS bigint) AS credential, true AS fresh"
            ballotbox.admit(select, [self.credential])


def keys_of(round):
    """All keys of a round on this host; gives the private seal key."""
    name = records.key_name(round.pk)
    private, public = sealing.make_pair()
    files.make(files.LINK, name)
    files.make(files.CAST, name)
    files.make(files.SEAL, name, private)
    files.make(files.CAST, records.public_name(round.pk), public)
    return private


def polls(contests=1, candidates=1, voters=1, **fields):
    """A round with keys, so many contests and voters on all of them: (round, contests, entries).

    Voting runs from March 8 to 11, 2026: set_clock into it.
    """
    fields.setdefault("stage", Round.Stage.VOTING)
    round = RoundFactory(**fields)
    keys_of(round)
    ballotbox.prepare(round)
    statewide = [{"race__office": office, "race__place": state("MA")} for office in ("senate", "governor")]
    made = [ContestFactory(round=round, candidates=candidates, **race) for race in [{}, *statewide][:contests]]
    entries = [RollEntryFactory(round=round, contests=made) for _ in range(voters)]
    for contest in made:
        ContestRoll.objects.create(contest=contest, frozen_at=round.freeze_at, eligible=voters, not_mailed=0)
    return round, made, entries


def vote(entry, **options):
    """Cast a vote of one option everywhere (option=1), or {contest: option} (choices=…)."""
    choices = options.get("choices") or {
        contest: options.get("option", 1) for contest in ballotbox.contests_of([entry.pk])[entry.pk]
    }
    return casting.cast(entry, choices=choices, nonce=options.get("nonce") or secrets.token_bytes(records.NONCE))
