"""The states' election dates: read from a file, given to races, and held against a round's announcement."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from groups.atlas import BY_USPS
from journal import book
from rounds import tables
from rounds.models import Election, Race
from rounds.refusals import Refusal

PRIMARY, RUNOFF = "congressional primary", "primary runoff"
COLUMNS = ["cycle", "usps", "event", "date", "general_date", "status", "source"]
# One leader said a month before the primary was too late (process.md 5).
LEAD_TIME = timedelta(days=30)


@dataclass(frozen=True)
class Loaded:
    """What a load did: states that are new, states whose dates changed, races that took a date from it."""

    new: int
    changed: int
    races: int


def load(content: bytes, *, by, now) -> Loaded:
    """Keep each state's dates and give them to its races, all or nothing; twice changes nothing.

    A date that somebody typed into a race stays. Refusal names the missing column, or the rows that are wrong.
    """
    found = read(content)
    with transaction.atomic():
        standing = {(one.year, one.usps): one for one in Election.objects.select_for_update()}
        new = changed = races = 0
        for key, facts in found.items():
            before = standing.get(key)
            was = {name: getattr(before, name) for name in facts} if before else None
            if was == facts:
                continue
            Election.objects.update_or_create(year=key[0], usps=key[1], defaults=facts)
            new, changed = new + (before is None), changed + (before is not None)
            races += give(key, facts, was or {})
        if new or changed:
            after = {"new": new, "changed": changed, "races": races}
            book.record("elections.imported", "elections", by=by, now=now, after=after)
    return Loaded(new, changed, races)


def give(key, facts, was) -> int:
    """Set the dates of a state's races that have none, or still the one imported before; how many races."""
    touched = set()
    races = Race.objects.filter(cycle__year=key[0], place__usps=key[1])
    for name in ("primary_on", "general_on"):
        # A governor's primary may be on a day of its own; the file tells of those for Congress.
        some = races.exclude(office=Race.Office.GOVERNOR) if name == "primary_on" else races
        dated = some.filter(**{f"{name}__isnull": True})
        if name in was:
            dated = dated | some.filter(**{name: was[name]})
        keys = list(dated.values_list("pk", flat=True))
        Race.objects.filter(pk__in=keys).update(**{name: facts[name]})
        touched.update(keys)
    return len(touched)


def race_of(cycle, office, place) -> Race:
    """The race of an office in a place; a new one has its dates from what was imported."""
    election = Election.objects.filter(year=cycle.year, usps=place.usps).first()
    dates = {}
    if election:
        dates["general_on"] = election.general_on
        if office != Race.Office.GOVERNOR:
            dates["primary_on"] = election.primary_on
    race, _new = Race.objects.get_or_create(cycle=cycle, office=office, place=place, defaults=dates)
    return race


@dataclass(frozen=True)
class Near:
    """A state whose members vote for the public before, or soon after, a round is announced."""

    usps: str
    label: str
    on: date
    past: bool


def near(year, announced: date) -> list[Near]:
    """Primaries and runoffs up to 30 days after an announcement, and those it comes too late for, by their day.

    A runoff stands for its primary once that is over: an endorsement can still reach it.
    """
    found = []
    for one in Election.objects.filter(year=year):
        on, label = one.primary_on, _("primary")
        if on <= announced and one.runoff_on and one.runoff_on > announced:
            on, label = one.runoff_on, _("primary runoff")
        if on < announced + LEAD_TIME:
            found.append(Near(one.usps, label, on, on <= announced))
    return sorted(found, key=lambda one: (one.on, one.usps))


def read(content: bytes) -> dict:
    """{(year, usps): facts} of a file of dates by header name."""
    found: dict[tuple, dict[str, Any]] = {}
    runoffs, wrong = {}, []
    for number, row in enumerate(tables.rows_of(content, COLUMNS), start=2):
        try:
            key = int(row["cycle"]), row["usps"].upper()
            on, general = date.fromisoformat(row["date"]), date.fromisoformat(row["general_date"])
            if key[1] not in BY_USPS or row["event"] not in (PRIMARY, RUNOFF) or not key[0] == on.year == general.year:
                raise ValueError(row)
        except ValueError:
            wrong.append(number)
            continue
        if row["event"] == RUNOFF:
            runoffs[key] = on
            continue
        if key in found:
            wrong.append(number)
            continue
        found[key] = {
            "primary_on": on,
            "runoff_on": None,
            "general_on": general,
            "provisional": row["status"] != "final",
            "source": row["source"][:300],
        }
    for key, on in runoffs.items():
        if key not in found or on <= found[key]["primary_on"]:
            raise Refusal(
                _("The runoff of %(state)s %(year)s has no primary before it.") % {"state": key[1], "year": key[0]}
            )
        found[key]["runoff_on"] = on
    tables.check_rows(wrong)
    return found
