"""Taking a list of members in: one file, one transaction, chunks of people set by set.

The rules (DESIGN, process.md 15):
- One address is one member. Names, language and group that are known already stay; blanks are filled.
- Suppression wins over subscription, within a file and across files, whatever the order: who is anywhere
  unsubscribed, complained or bounced gets no letter, and a later "subscribed" does not lift that.
- confirmed: when staff vouch for the batch, everybody whose status it states is confirmed by it (subscribed,
  unsubscribed, complained or bounced: all were on the list). So who gets no letter is still on the roll and
  votes by "send me my link". A status that is not said, or "not subscribed", confirms nobody; nor does a
  batch that nobody vouches for.
- Phones, streets, tags and everything else in the file are not read: we keep what a vote needs.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from groups.importing import files
from groups.importing.layouts import FORMATS
from groups.importing.person import BOUNCED, COMPLAINED, SUBSCRIBED, UNSAID, UNSUBSCRIBED, Person, merge, read_row
from groups.models import ImportBatch, Member, MemberSource, Place
from groups.places import current_map, resolve_zips
from groups.refusals import Refusal
from groups.residence import Gazetteer, Statement, put, statement_of
from journal import book
from mailings import letters, suppression
from mailings.models import Suppression

CHUNK = 2000
COUNTED = ["rows", "new", "changed", "unchanged", "duplicate", "suppressed", "no_zip", "in_doubt", "bad_address"]
REASONS = {
    UNSUBSCRIBED: Suppression.Reason.UNSUBSCRIBED,
    COMPLAINED: Suppression.Reason.COMPLAINED,
    BOUNCED: Suppression.Reason.BOUNCED,
}
MEMBER_FIELDS = [
    "email",
    "first_name",
    "last_name",
    "zip",
    "state",
    "district",
    "map_version",
    "address_dated",
    "doubt",
    "language",
    "wants_news",
    "confirmed_at",
    "confirmed_how",
]
SOURCE_FIELDS = ["batch", "status", "zip", "usps", "dated"]


@dataclass
class Report:
    """What a file did, or would do: counts, and a sentence for each row that is wrong or was mended."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    batch: ImportBatch | None = None


def import_members(path, *, format_name: str, now, vouched_by="", dry_run=False, skip_bad_rows=False) -> Report:
    """Take a list in, all or nothing; the same file again changes nothing.

    A row without a usable address stops everything unless skip_bad_rows: then such rows are left out, and counted.
    dry_run does the same work and keeps none of it. Refusal for a file that can't be read as this format.
    """
    if format_name not in FORMATS:
        raise Refusal(_("There is no format %(name)s. Choose one of: %(all)s.") % _formats(format_name))
    file = files.examine(Path(path))
    report = Report()
    if not file.is_utf:
        report.warnings.append(_("The file is not in UTF-8; it was read as Windows-1252."))
    people = read(file, format_name, report, today=now.date())
    if report.errors and not (skip_bad_rows or dry_run):
        return report
    try:
        with transaction.atomic():
            batch = ImportBatch.objects.create(
                file_name=file.shown_name,
                file_hash=file.digest,
                format=format_name,
                vouched_by=vouched_by[:120],
                taken_at=now,
            )
            take_in(people, batch, report, now=now)
            batch.counts = report.counts
            batch.save(update_fields=["counts"])
            if dry_run:
                transaction.set_rollback(True)
            else:
                book.record("members.imported", batch, by="command", now=now, after=report.counts)
                report.batch = batch
    except IntegrityError as error:
        raise Refusal(_("Somebody in this file signed up at the same moment. Run the import again.")) from error
    return report


def _formats(name):
    return {"name": name, "all": ", ".join(FORMATS)}


def read(file, format_name, report, *, today) -> list[Person]:
    """The people of a file. Bad rows go to the report with their number and reason."""
    rows = []
    stated = Counter()
    for number, cells in files.rows_of(file, format_name):
        report.counts["rows"] += 1
        try:
            if isinstance(cells, Refusal):
                raise cells
            row = read_row(number, cells, today=today)
        except Refusal as error:
            report.counts["bad_address"] += 1
            report.errors.append(_("Row %(row)s: %(reason)s") % {"row": number, "reason": error})
            continue
        report.warnings += [_("Row %(row)s: %(reason)s") % {"row": number, "reason": text} for text in row.warnings]
        stated[row.status != UNSAID] += 1
        rows.append(row)
    if not report.counts["rows"]:
        raise Refusal(_("The file has a header and no rows."))
    if rows and not stated[True]:
        report.warnings.append(_("No row says whether the person is subscribed, so this file confirms nobody."))
    people = merge(rows)
    report.counts["duplicate"] = len(rows) - len(people)
    return people


def take_in(people, batch, report, *, now):
    """Write the people, a chunk at a time, in the caller's transaction, and count."""
    atlas = list(Place.objects.select_related("state"))
    map_version = current_map()
    for start in range(0, len(people), CHUNK):
        some = people[start : start + CHUNK]
        suppress(some, batch, now=now)
        Chunk(some, batch, atlas, map_version, now=now).write(report.counts)


def suppress(people, batch, *, now):
    """Note every status that means: no letters."""
    for status, reason in REASONS.items():
        addresses = [person.email for person in people if status in person.statuses]
        if addresses:
            suppression.suppress(addresses, reason, now=now, source=f"{batch.format}: {batch.file_name}")


class Chunk:
    """Some people of a file beside what the database knows of them: read in four queries, written in three."""

    def __init__(self, people, batch, atlas, map_version, *, now):
        self.people, self.batch, self.map_version, self.now = people, batch, map_version, now
        keys = [person.email_key for person in people]
        # Locked, so that a sign-up confirmed meanwhile is not overwritten.
        standing = Member.objects.select_for_update(of=("self",)).filter(email_key__in=keys)
        self.members = {member.email_key: member for member in standing}
        self.sources = {}
        places = {place.pk: place for place in atlas}
        for source in MemberSource.objects.filter(member__in=[member.pk for member in self.members.values()]):
            self.sources.setdefault(source.member_id, {})[(source.source, source.source_key)] = source
        for member in self.members.values():
            member.state = places.get(member.state_id)
            member.district = places.get(member.district_id)
        self.places = places
        self.blocked = suppression.blocked(keys, letters.SERVICE)
        asked = {source.zip for known in self.sources.values() for source in known.values()}
        asked |= {row.zip for person in people for row in person.statements.values()}
        self.gazetteer = Gazetteer(resolve_zips(asked - {""}, map_version), atlas)

    def write(self, counts):
        """Settle each person, then write the new, the changed and their sources; add to the counts."""
        new, changed, sources = [], [], []
        for person in self.people:
            counts["suppressed"] += person.email_key in self.blocked
            member = self.members.get(person.email_key)
            if member is not None and (member.erased_at or member.merged_into_id):
                counts["unchanged"] += 1
                continue
            fresh = member is None
            if fresh:
                member = self.make(person)
            told = self.sources_of(person, member)
            altered = self.bring_up_to_date(member, person, told)
            sources += told["altered"]
            if fresh:
                new.append(member)
            elif altered or told["altered"]:
                changed.append(member)
            else:
                counts["unchanged"] += 1
            counts["no_zip"] += not member.zip
            counts["in_doubt"] += bool(member.doubt)
        counts["new"] += len(new)
        counts["changed"] += len(changed)
        Member.objects.bulk_create(new)
        Member.objects.bulk_create(changed, update_conflicts=True, unique_fields=["pk"], update_fields=MEMBER_FIELDS)
        for source in sources:
            source.member_id = source.member.pk  # a new member has her key only now
        MemberSource.objects.bulk_create(
            sources,
            batch_size=CHUNK,
            update_conflicts=True,
            unique_fields=["member", "source", "source_key"],
            update_fields=SOURCE_FIELDS,
        )

    def make(self, person):
        """A member not yet written."""
        joined = datetime.combine(person.joined, time(12), UTC) if person.joined else self.now
        language = person.language if person.language in dict(settings.LANGUAGES) else "en"
        return Member(
            email=person.email, email_key=person.email_key, joined_at=min(joined, self.now), language=language
        )

    def sources_of(self, person, member):
        """All sources of a member with this file's word in it: {"all": …, "altered": those to be written}."""
        known = dict(self.sources.get(member.pk, {})) if member.pk else {}
        altered = []
        for key, row in person.statements.items():
            said = {"status": row.status_words, "zip": row.zip, "usps": row.usps, "dated": row.dated}
            source = known.get((self.batch.format, key))
            if source is None:
                source = MemberSource(member=member, source=self.batch.format, source_key=key)
                known[(self.batch.format, key)] = source
            elif all(getattr(source, name) == value for name, value in said.items()):
                continue
            source.batch = self.batch
            source.member = member
            for name, value in said.items():
                setattr(source, name, value)
            altered.append(source)
        return {"all": known, "altered": altered}

    def bring_up_to_date(self, member, person, told) -> bool:
        """Set what follows from all that is known; whether anything is different from before."""
        before = facts_of(member)
        member.first_name = member.first_name or person.first_name
        member.last_name = member.last_name or person.last_name
        home = self.gazetteer.settle(statements_of(told["all"], self.places))
        put(member, home, map_version=self.map_version)
        if self.batch.vouched_by and person.status != UNSAID and member.confirmed_at is None:
            member.confirmed_at, member.confirmed_how = self.now, Member.Confirmed.IMPORTED
            member.wants_news = person.status == SUBSCRIBED
        if person.email_key in self.blocked:
            member.wants_news = False
        return facts_of(member) != before


def facts_of(member):
    """What an import may change of a member, foreign keys as keys: nothing is fetched for it."""
    return [getattr(member, Member._meta.get_field(name).attname) for name in MEMBER_FIELDS]


def statements_of(sources, places) -> list[Statement]:
    """What a member's sources say of her home, in a fixed order; an unconfirmed sign-up is not believed."""
    return [
        statement_of(source, places.get(source.district_id))
        for _key, source in sorted(sources.items())
        if source.status != MemberSource.WAITING
    ]
