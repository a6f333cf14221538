"""Making the sample federation: places, groups, members, questions, and three rounds played by the real verbs."""

import random
from datetime import timedelta
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import transaction
from django.utils.text import slugify

from endorsements.sample import people, stories
from groups import places
from groups.models import Group, Leadership, MapVersion, Member, User, ZipDistrict
from groups.roles import make_roles
from keys import files
from rounds.models import Cycle, Round
from voting import links
from voting.models import RollEntry

HERE = Path(__file__).parent
SEED = 20261103

# How many members live in each state's sample ZIPs. Those of the played contests are enough to pass the floor.
MEMBERS = {"VT": 260, "WY": 140, "MA": 520, "AZ": 500, "UT": 350, "CA": 800, "DC": 250, "PR": 200}

STAFF = "staff@example.org"
LEADER = "ada.larsen@example.org"
VOTER = "ben.walsh@example.org"


def stands():
    """Whether anything was made before: then the first start is over."""
    return Round.objects.exists() or Member.objects.exists()


def make(now, *, say=lambda text: None):
    """Make everything once, as of this instant."""
    draw = random.Random(SEED)  # noqa: S311 - invented people, no secrets
    files.make(files.LINK, "standing")
    quietly("import_places")
    quietly("import_zip_districts", str(HERE / "zips.csv"), "--map", "sample")
    make_roles()
    year = election_year(now)
    cycle = Cycle.objects.create(year=year, name=str(year))
    quietly(
        "import_questionnaire",
        str(HERE / "questions.csv"),
        "--cycle",
        str(cycle.year),
        "--version",
        f"{cycle.year}-1",
        "--title",
        "Questions to candidates",
        "--core",
        "Democracy",
        "--current",
    )
    staff = User.objects.create_user(STAFF, name="Dee Okafor", is_staff=True, is_superuser=True)
    begun = now - timedelta(days=200)
    make_groups(begun, staff)
    make_members(begun, draw)
    stories.play(cycle, staff=staff, draw=draw, now=now, say=say)


def election_year(now):
    """The next year of federal elections: this one until its November, an even one always."""
    year = now.year + (now.month >= 11)
    return year + year % 2


def quietly(command, *arguments):
    """Run a command of ours for its effect alone."""
    call_command(command, *arguments, stdout=StringIO())


@transaction.atomic
def make_groups(since, staff):
    """The dozen groups, each with one leader."""
    for slug, name, legal_form, labels, first, last in people.GROUPS:
        group = Group.objects.create(
            slug=slug,
            name=name,
            legal_form=legal_form,
            website=f"https://{slug}.example.org/",
            media_name=f"{first} {last}",
            media_email=f"press@{slug}.example.org",
            media_phone="(555) 010-0100",
        )
        group.places.set([places.find(label) for label in labels])
        leader = User.objects.create_user(f"{slugify(first)}.{slugify(last)}@example.org", name=f"{first} {last}")
        Leadership.objects.create(group=group, user=leader, confirmed_at=since, confirmed_by=staff)


@transaction.atomic
def make_members(since, draw):
    """A few thousand invented members in the sample's ZIPs; some do not know their district yet."""
    map_version = MapVersion.objects.get(current=True)
    touched = {}
    for row in ZipDistrict.objects.filter(map_version=map_version).select_related("district__state"):
        touched.setdefault(row.zip, []).append(row.district)
    groups = {usps: list(Group.objects.filter(places__usps=usps).distinct()) for usps in MEMBERS}
    taken, members = set(), []
    for usps, count in MEMBERS.items():
        here = [code for code, districts in touched.items() if districts[0].usps == usps]
        for number in range(count):
            members.append(member(draw, usps, here, touched, groups[usps], map_version, since, taken, number))
    members.append(the_voter(touched, map_version, since))
    Member.objects.bulk_create(members, batch_size=500)


def member(draw, usps, here, touched, groups, map_version, since, taken, number):
    first, last = draw.choice(people.FIRST), draw.choice(people.LAST)
    email = f"{first}.{last}@example.org".lower()
    if email in taken or email in (LEADER, VOTER, STAFF):
        email = f"{first}.{last}.{usps}{number}@example.org".lower()
    taken.add(email)
    code = draw.choice(here)
    districts = touched[code]
    settled = len(districts) == 1
    states = {district.state for district in districts}
    confirmed = draw.random() < 0.97
    return Member(
        email=email,
        email_key=email,
        first_name=first,
        last_name=last,
        zip=code,
        state=districts[0].state if len(states) == 1 else None,
        district=districts[0] if settled else None,
        doubt="" if settled else "split" if len(states) == 1 else "two_states",
        map_version=map_version,
        language="es" if usps in ("PR", "AZ") and draw.random() < 0.3 else "en",
        group=draw.choice(groups) if groups and draw.random() < 0.6 else None,
        wants_news=draw.random() < 0.5,
        joined_at=since,
        confirmed_at=since if confirmed else None,
        confirmed_how="clicked" if confirmed else "",
    )


def the_voter(touched, map_version, since):
    """The member whose ballot the start page links to."""
    district = touched["01091"][0]
    return Member(
        email=VOTER,
        email_key=VOTER,
        first_name="Ben",
        last_name="Walsh",
        zip="01091",
        state=district.state,
        district=district,
        map_version=map_version,
        group=Group.objects.get(slug="berkshire-voices"),
        wants_news=True,
        joined_at=since,
        confirmed_at=since,
        confirmed_how="clicked",
    )


def doors(base_url):
    """Where to click: (what, where), for the start of ./run."""
    found = [
        ("Public site", f"{base_url}/"),
        ("A leader", f"{base_url}/accounts/login/?next=/lead/   sign in as {LEADER}, the code is in the mailbox"),
        ("Staff", f"{base_url}/desk/   sign in as {STAFF}, the code is in the mailbox"),
        ("Mailbox", f"{base_url}/outbox/"),
    ]
    entry = (
        RollEntry.objects.filter(member__email_key=VOTER, round__stage=Round.Stage.VOTING)
        .select_related("round", "member")
        .first()
    )
    if entry:
        found.append(("Ben Walsh’s ballot", links.ballot_url(entry)))
    return found
