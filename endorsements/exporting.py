"""Tables that leave the house as CSV: each with a purpose, in the journal, and kept nowhere here.

No file is stored, so nothing has to expire on this side; its name says until when whoever took it may keep it.
No export holds a vote, who has voted, or a credential.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from endorsements.refusals import Refusal
from groups import territory
from groups.models import Group, Member
from journal import book
from journal.models import Entry
from mailings.models import Letter
from rounds.models import Candidacy, Nomination

MAY_KEEP = timedelta(days=7)
SHORTEST = 15  # characters of a purpose: "for the meeting" says more than "x"
PIECE = 2_000
NOT_SENT = [Letter.State.FAILED, Letter.State.EXPIRED, Letter.State.SET_ASIDE]
# What a spreadsheet would take for a formula (OWASP, CSV injection): it gets an apostrophe in front.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """One table that may be taken: what it is, who may, which rows, and its columns by the model's names."""

    title: Promise
    permission: str
    rows: Callable[..., QuerySet]  # as this person sees them
    columns: dict[str, Any]


TABLES = {
    "groups": Table(
        gettext_lazy("Groups"),
        "groups.change_group",
        lambda user: Group.objects.all() if territory.of(user) is None else territory.of(user),
        {"name": F("name"), "legal_form": F("legal_form"), "active": F("active"), "website": F("website")},
    ),
    "members": Table(
        gettext_lazy("Members: name, address, ZIP code, district"),
        "groups.change_member",
        lambda user: Member.objects.confirmed(),
        {
            "first_name": F("first_name"),
            "last_name": F("last_name"),
            "email": F("email"),
            "zip": F("zip"),
            "state": F("state__usps"),
            "district": F("district__number"),
            "language": F("language"),
            "group": F("group__name"),
            "wants_news": F("wants_news"),
        },
    ),
    "nominations": Table(
        gettext_lazy("Nominations"),
        "rounds.change_nomination",
        lambda user: Nomination.objects.exclude(state=Nomination.State.DRAFT),
        {
            "reference": F("reference"),
            "group": F("group__name"),
            "candidate": F("candidacy__name"),
            "state": F("state"),
            "submitted_at": F("submitted_at"),
        },
    ),
    "candidacies": Table(
        gettext_lazy("Candidacies with their campaigns"),
        "rounds.change_candidacy",
        lambda user: Candidacy.objects.all(),
        {
            "name": F("name"),
            "round": F("round__name"),
            "office": F("race__office"),
            "place": F("race__place__name"),
            "state": F("state"),
            "campaign": F("campaign_name"),
            "email": F("campaign_email"),
            "phone": F("campaign_phone"),
        },
    ),
    "letters-not-sent": Table(
        gettext_lazy("Letters that were refused, lapsed or set aside, without names"),
        "mailings.change_letter",
        lambda user: Letter.objects.filter(
            state__in=[Letter.State.FAILED, Letter.State.EXPIRED, Letter.State.SET_ASIDE]
        ),
        {"letter": F("name"), "topic": F("topic"), "state": F("state"), "why": F("reason"), "at": F("settled_at")},
    ),
    "journal": Table(
        gettext_lazy("Journal"),
        "journal.view_entry",
        lambda user: Entry.objects.all(),
        {
            "at": F("at"),
            "who": F("actor_name"),
            "what": F("verb"),
            "on_what": F("subject"),
            "why": F("reason"),
            "hash": F("hash"),
        },
    ),
}


def tables_of(user) -> dict[str, Table]:
    """The tables that this person may take."""
    return {name: table for name, table in TABLES.items() if user.has_perm(table.permission)}


def begin(name, *, purpose, by, now) -> tuple[str, Iterator[str]]:
    """Write it into the journal, and answer the file's name and its lines, which are read as they are sent.

    Refusal without a purpose in words.
    """
    purpose = " ".join(purpose.split())
    if len(purpose) < SHORTEST:
        raise Refusal(_("Say in a few words what it is for: the sentence stands in the journal."))
    table = TABLES[name]
    book.record("export", f"export:{name}", by=by, now=now, reason=purpose, after={"rows": table.rows(by).count()})
    return f"{name}-delete-by-{(now + MAY_KEEP).date().isoformat()}.csv", lines(table, by)


def lines(table, by) -> Iterator[str]:
    """The header and each row as a line of CSV."""
    writer = csv.writer(Line())
    yield writer.writerow(table.columns)
    # By other names than the model's own, as a column may be called like one.
    columns = {f"column_{at}": column for at, column in enumerate(table.columns.values())}
    rows = table.rows(by).order_by("pk").annotate(**columns).values_list(*columns)
    for row in rows.iterator(chunk_size=PIECE):
        yield writer.writerow([cell(value) for value in row])


class Line:
    """What csv writes to: it gives the line back instead of keeping it."""

    def write(self, line):
        return line


def cell(value) -> str:
    """A value as text that no spreadsheet runs: what would begin a formula gets an apostrophe in front."""
    text = "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
