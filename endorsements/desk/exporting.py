"""Tables that leave the house as CSV: each with a purpose, in the journal, and kept nowhere here.

No file is stored, so nothing has to expire on this side; its name says until when whoever took it may keep it.
No export holds a vote, who has voted, or a credential.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from endorsements.refusals import Refusal
from groups import territory
from groups.models import Group, Member
from journal import book
from journal.models import Entry
from journal.spreadsheets import harmless
from mailings import discretion
from mailings.models import Letter
from mailings.suppression import suppressed_keys_query
from rounds.models import Candidacy, Cycle, Nomination

MAY_KEEP = timedelta(days=7)
SHORTEST = 15  # characters of a purpose: "for the meeting" says more than "x"
PIECE = 2_000
NOT_SENT = [Letter.State.FAILED, Letter.State.EXPIRED, Letter.State.SET_ASIDE]
# Who has left, has complained or is not she: whoever takes a table would write to them.
NOT_WRITTEN_TO = suppressed_keys_query().filter(address=OuterRef("email_key"))


@dataclass(frozen=True)
class Table:
    """One table that may be taken: what it is, who may, which rows, and its columns: {header: the field's path}."""

    title: Promise
    permission: str
    rows: Callable[..., QuerySet]  # as this person sees them
    columns: dict[str, str]


TABLES = {
    "groups": Table(
        gettext_lazy("Groups"),
        "groups.change_group",
        lambda user: Group.objects.all() if territory.of(user) is None else territory.of(user),
        {"name": "name", "legal_form": "legal_form", "active": "active", "website": "website"},
    ),
    "members": Table(
        gettext_lazy("Members whom we write to: name, address, ZIP code, district"),
        "groups.change_member",
        lambda user: Member.objects.confirmed().exclude(Exists(NOT_WRITTEN_TO)),
        {
            "first_name": "first_name",
            "last_name": "last_name",
            "email": "email",
            "zip": "zip",
            "state": "state__usps",
            "district": "district__number",
            "language": "language",
            "group": "group__name",
            "wants_news": "wants_news",
        },
    ),
    "nominations": Table(
        gettext_lazy("Nominations"),
        "rounds.change_nomination",
        lambda user: Nomination.objects.exclude(state=Nomination.State.DRAFT),
        {
            "reference": "reference",
            "group": "group__name",
            "candidate": "candidacy__name",
            "state": "state",
            "submitted_at": "submitted_at",
        },
    ),
    "candidacies": Table(
        gettext_lazy("Candidacies with their campaigns"),
        "rounds.change_candidacy",
        lambda user: Candidacy.objects.exclude(race__cycle__year=Cycle.REHEARSALS),
        {
            "name": "name",
            "round": "round__name",
            "office": "race__office",
            "place": "race__place__name",
            "state": "state",
            "campaign": "campaign_name",
            "email": "campaign_email",
            "phone": "campaign_phone",
        },
    ),
    "letters-not-sent": Table(
        gettext_lazy("Letters that were refused, lapsed or set aside, without names"),
        "mailings.change_letter",
        lambda user: discretion.shown(Letter.objects.filter(state__in=NOT_SENT)),
        {"letter": "name", "topic": "topic", "state": "state", "why": "reason", "at": "settled_at"},
    ),
    "journal": Table(
        gettext_lazy("Journal"),
        "journal.view_entry",
        lambda user: Entry.objects.all(),
        {
            "at": "at",
            "who": "actor_name",
            "what": "verb",
            "on_what": "subject",
            "why": "reason",
            "hash": "hash",
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
        sentence = _("Say in %(n)d characters or more what it is for and who gets it: it stands in the journal.")
        raise Refusal(sentence % {"n": SHORTEST})
    table = TABLES[name]
    book.record("export", f"export:{name}", by=by, now=now, reason=purpose, after={"rows": table.rows(by).count()})
    return f"{name}-delete-by-{(now + MAY_KEEP).date().isoformat()}.csv", lines(table, by)


def lines(table, by) -> Iterator[str]:
    """The header and each row as a line of CSV."""
    writer = csv.writer(Line())
    yield writer.writerow(table.columns)
    rows = table.rows(by).order_by("pk").values_list(*table.columns.values())
    for row in rows.iterator(chunk_size=PIECE):
        yield writer.writerow([cell(value) for value in row])


class Line:
    """What csv writes to: it gives the line back instead of keeping it."""

    def write(self, line):
        return line


def cell(value) -> str:
    """A value as text that no spreadsheet runs."""
    return harmless("" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value))
