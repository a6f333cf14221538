"""A federation of a given size: places, groups, members, and a round whose candidates are all cleared.

Streamed and seeded: the same numbers make the same people, and a million need no more memory than a thousand.
"""

import random
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from endorsements import lifecycle
from endorsements.sample.federation import election_year, quietly
from endorsements.simulation import bulk
from groups.atlas import BY_USPS, STATE
from groups.models import Group, Leadership, Member, Place, User
from groups.roles import make_roles
from keys import files
from mailings.models import Suppression
from rounds import planning
from rounds.models import Candidacy, Cycle, Gate, LocalEndorsement, Nomination, Race, Round

STAFF = "staff@example.org"
# Nominations opened so long ago that the roll is due now and the vote is on.
BEGAN = timedelta(days=35)
STANDING = timedelta(days=200)
PIECE = 1000
NO_PASSWORD = "!"  # noqa: S105 - what Django stores for those who sign in by a mailed code
MEMBERS_A_GROUP = 500
# Of a hundred members so many have not confirmed, live in an unsettled district, are not written to.
UNCONFIRMED, UNSETTLED, SILENT = 2, 1, 1


@dataclass(frozen=True)
class Size:
    """How large: members on the list, contests in the round, statewide ones among them, the seed of chance, groups.

    Of groups, where none are said, there is one for every 500 members.
    """

    members: int
    contests: int
    statewide: int = 0
    seed: int = 1
    groups: int | None = None


def stands() -> bool:
    """Whether anybody or any round is here already: nothing invented is put beside real people."""
    return Member.objects.exists() or Round.objects.exists() or Group.objects.exists()


def build(size, *, now, say=lambda text: None) -> Round:
    """Make it all; the round stands in vetting with every candidate cleared and its freeze due."""
    draw = random.Random(size.seed)  # noqa: S311 - invented people, no secrets
    files.make(files.LINK, "standing")
    quietly("import_places")
    make_roles()
    races = races_of(size, now=now)
    places = list(Place.objects.filter(races__in=races, kind=Place.Kind.DISTRICT).order_by("pk").distinct())
    places = places or list(Place.objects.districts().filter(state__races__in=races).order_by("pk").distinct())
    groups = make_groups(size, places, now=now)
    say(f"{len(groups)} groups")
    bulk.load(Member, MEMBER, members(size, places, groups, draw, now=now))
    bulk.load(Suppression, SUPPRESSION, silent(size, now=now))
    bulk.settle(Member, Suppression, Place)
    say(f"{size.members} members")
    round = make_round(races, groups, now=now)
    say(f"{len(races)} races, each with a cleared candidate")
    return round


def races_of(size, *, now) -> list[Race]:
    """The round's races: district by district over all states, and statewide ones where those districts lie."""
    year = election_year(now)
    cycle = Cycle.objects.create(year=year, name=str(year))
    districts = list(Place.objects.districts().select_related("state").order_by("number", "usps"))
    districts = districts[: size.contests - size.statewide]
    states = [place for place in Place.objects.states().order_by("usps") if BY_USPS[place.usps].kind == STATE]
    wide = [(office, state) for office in (Race.Office.SENATE, Race.Office.GOVERNOR) for state in states]
    wanted = [(Race.Office.HOUSE, district) for district in districts] + wide[: size.statewide]
    if len(wanted) < size.contests:
        raise ValueError(f"there are {len(wanted)} races of these kinds, not {size.contests}")
    return Race.objects.bulk_create(Race(cycle=cycle, office=office, place=place) for office, place in wanted)


@transaction.atomic
def make_groups(size, places, *, now) -> list[Group]:
    """The groups with one leader each, over all places."""
    since, count = now - STANDING, size.groups or max(1, size.members // MEMBERS_A_GROUP)
    staff = User.objects.create_user(STAFF, name="Dee Okafor", is_staff=True, is_superuser=True)
    groups = Group.objects.bulk_create(
        (
            Group(name=f"Group {n:05}", slug=f"group-{n:05}", legal_form=Group.LegalForm.UNINCORPORATED)
            for n in range(count)
        ),
        batch_size=PIECE,
    )
    leaders = User.objects.bulk_create(
        (User(email=f"leader{n}@example.org", name=f"Leader {n}", password=NO_PASSWORD) for n in range(count)),
        batch_size=PIECE,
    )
    Leadership.objects.bulk_create(
        (
            Leadership(group=group, user=leader, confirmed_at=since, confirmed_by=staff)
            for group, leader in zip(groups, leaders, strict=True)
        ),
        batch_size=PIECE,
    )
    lies = Group.places.through
    lies.objects.bulk_create(
        (lies(group=group, place=places[n % len(places)]) for n, group in enumerate(groups)), batch_size=PIECE
    )
    return groups


MEMBER = [
    "email", "email_key", "first_name", "last_name", "zip", "state_id", "district_id", "doubt", "language",
    "group_id", "wants_news", "joined_at", "confirmed_at", "confirmed_how", "generation",
]  # fmt: skip
SUPPRESSION = ["address", "reason", "since", "source"]


def members(size, places, groups, draw, *, now):
    """The members one by one, as rows of MEMBER; each lives in one of the round's districts."""
    since, homes = now - STANDING, [(place.state_id, place.pk) for place in places]
    numbers = [group.pk for group in groups]
    for n in range(size.members):
        lot = draw.randrange(100)
        state, district = homes[draw.randrange(len(homes))]
        unsettled = UNCONFIRMED <= lot < UNCONFIRMED + UNSETTLED
        confirmed = lot >= UNCONFIRMED
        address = address_of(n)
        yield (
            address, address, f"First{n % 4999}", f"Last{n % 49_999}", f"{10_000 + n % 89_999}",
            state, None if unsettled else district, "split" if unsettled else "", "en",
            numbers[n % len(numbers)] if lot % 2 else None, lot % 3 == 0, since,
            since if confirmed else None, "clicked" if confirmed else "", 0,
        )  # fmt: skip


def silent(size, *, now):
    """Those who are not written to any more, as rows of SUPPRESSION: every hundredth."""
    every = 100 // SILENT
    return (
        (address_of(n), Suppression.Reason.LEFT, now - STANDING, "simulated") for n in range(0, size.members, every)
    )


def address_of(n) -> str:
    return f"member{n}@example.org"


def make_round(races, groups, *, now) -> Round:
    """A round in vetting: one nominated, vetted and cleared candidate for each race."""
    staff = User.objects.get(email=STAFF)
    begun = now - BEGAN
    round = planning.new_round(races[0].cycle, name="Simulated round", starts_at=begun, by=staff, now=begun)
    with transaction.atomic():
        make_candidates(round, races, groups, staff, at=begun)
    for stage in (Round.Stage.NOMINATING, Round.Stage.VETTING):
        lifecycle.step(round, stage, by=staff, now=begun, reason="simulated")
    return round


def make_candidates(round, races, groups, by, *, at):
    """Candidacies with three gates, each held up by a group's accepted nomination."""
    named = Candidacy.objects.bulk_create(
        Candidacy(
            race=race, round=round, state=Candidacy.State.CLEARED, name=f"Candidate {n:03}",
            name_key=f"candidate {n:03}", campaign_name=f"Office of Candidate {n:03}",
            campaign_email=f"campaign{n}@example.org",
        )
        for n, race in enumerate(races)
    )  # fmt: skip
    Gate.objects.bulk_create(
        Gate(candidacy=one, kind=kind, passed_at=at, evidence="simulated") for one in named for kind in Gate.ORDER[:3]
    )
    hosts = hosts_of(races, groups)
    decided = LocalEndorsement.objects.bulk_create(
        LocalEndorsement(
            group=group, candidate=one.name, office=str(one.race), race=one.race, recorded_by=by, recorded_at=at,
            method=LocalEndorsement.Method.MEETING, decided_on=at.date(), eligible=60, yes=40, no=5,
        )
        for one, group in zip(named, hosts, strict=True)
    )  # fmt: skip
    Nomination.objects.bulk_create(
        Nomination(
            group=group, cycle=round.cycle, race=one.race, candidacy=one, local_endorsement=vote,
            state=Nomination.State.ACCEPTED, reference=f"S-{n:05}", submitted_by=by, submitted_at=at, decided_at=at,
            statement="She listens, and she comes back to say what she did.",
        )
        for n, (one, group, vote) in enumerate(zip(named, hosts, decided, strict=True))
    )  # fmt: skip


def hosts_of(races, groups) -> list[Group]:
    """A group for each race: one of its place, else one of its state, else the next in turn."""
    by_pk, near = {group.pk: group for group in groups}, {}
    lies = Group.places.through.objects.select_related("place").order_by("-pk")
    for row in lies:
        near[row.place_id] = near[row.place.state_id] = by_pk[row.group_id]
    return [near.get(race.place_id, groups[n % len(groups)]) for n, race in enumerate(races)]
