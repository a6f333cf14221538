"""Sitting members of Congress: a public list is loaded, and a candidate who stands for her own seat is recognised."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import CharField, ExpressionWrapper, F, OuterRef, Q, Value
from django.db.models.functions import Concat

from groups.atlas import BY_USPS
from journal import book
from rounds import tables
from rounds.admission import name_key
from rounds.models import Legislator, Race

COLUMNS = ["bioguide", "first_name", "last_name", "full_name", "chamber", "state", "district", "party", "term_end"]
OFFICES = {"rep": Race.Office.HOUSE.value, "sen": Race.Office.SENATE.value}
FACTS = ["name", "first_key", "last_key", "office", "usps", "district", "party", "term_ends_on", "gone"]


@dataclass(frozen=True)
class Loaded:
    """What a load did: members who are new, who changed, and who are no longer on the list."""

    new: int
    changed: int
    gone: int


def load(content: bytes, *, by, now) -> Loaded:
    """Keep the list, all or nothing; who is not on it any more is marked and stays. Twice changes nothing.

    Refusal names the missing column, or the rows that are wrong.
    """
    found = read(content)
    with transaction.atomic():
        standing = {one.bioguide: one for one in Legislator.objects.select_for_update()}
        fresh = [one for key, one in found.items() if key not in standing]
        changed = [
            one
            for key, one in found.items()
            if key in standing and any(getattr(one, name) != getattr(standing[key], name) for name in FACTS)
        ]
        Legislator.objects.bulk_create(fresh)
        for one in changed:
            one.pk = standing[one.bioguide].pk
        Legislator.objects.bulk_update(changed, FACTS)
        gone = Legislator.objects.filter(gone=False).exclude(bioguide__in=found).update(gone=True)
        done = Loaded(len(fresh), len(changed), gone)
        if fresh or changed or gone:
            after = {"new": done.new, "changed": done.changed, "gone": done.gone}
            book.record("legislators.imported", "legislators", by=by, now=now, after=after)
    return done


def holders(candidacy_name: str):
    """Whoever holds the very seat that a candidacy is for, under its name, as a query for use inside another.

    candidacy_name is the path of the outer query's name_key; its race is beside it. By first initial and last name:
    somebody has to look whether it is she.
    """
    race = f"{candidacy_name.removesuffix('name_key')}race__"
    seats = Legislator.objects.filter(gone=False, usps=OuterRef(f"{race}place__usps"), office=OuterRef(f"{race}office"))
    seats = seats.filter(Q(office=Race.Office.SENATE) | Q(district=OuterRef(f"{race}place__number")))
    named = seats.annotate(
        stands=ExpressionWrapper(OuterRef(candidacy_name), CharField()),
        last_word=Concat(Value(" "), F("last_key"), output_field=CharField()),
    )
    return named.filter(stands__startswith=F("first_key"), stands__endswith=F("last_word"))


def read(content: bytes) -> dict[str, Legislator]:
    """{bioguide: the member, not saved} of a file by header name."""
    found: dict[str, Legislator] = {}
    wrong = []
    for number, row in enumerate(tables.rows_of(content, COLUMNS), start=2):
        try:
            if row["bioguide"] in found:
                raise ValueError(row)
            found[row["bioguide"]] = member_of(row)
        except (ValueError, KeyError):
            wrong.append(number)
    tables.check_rows(wrong)
    return found


def member_of(row) -> Legislator:
    """One row; ValueError or KeyError where it can't be."""
    last, usps = name_key(row["last_name"]), row["state"].upper()
    office, number = OFFICES[row["chamber"]], int(row["district"]) if row["district"] else None
    if not (0 < len(row["bioguide"]) <= 10 and last and row["first_name"] and usps in BY_USPS):
        raise ValueError(row)
    if (number is None) is (row["chamber"] == "rep") or not 0 <= (number or 0) < 100:
        raise ValueError(row)
    return Legislator(
        bioguide=row["bioguide"],
        name=(row["full_name"] or f"{row['first_name']} {row['last_name']}")[:120],
        first_key=name_key(row["first_name"])[:1],
        last_key=last[:80],
        office=office,
        usps=usps,
        district=number,
        party=row["party"][:40],
        term_ends_on=date.fromisoformat(row["term_end"]),
        gone=False,
    )
