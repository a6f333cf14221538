"""Taking a list of members in: one file, one transaction, read as a stream and settled set by set.

The rules (DESIGN, process.md 15):
- One address is one member. Names, language and group that are known already stay; blanks are filled.
- Suppression wins over subscription, within a file and across files, whatever the order: who is anywhere
  unsubscribed, complained or bounced gets no letter, and a later "subscribed" does not lift that.
- confirmed: when staff vouch for the batch, everybody whose status it states is confirmed by it (subscribed,
  unsubscribed, complained or bounced: all were on the list). So who gets no letter is still on the roll and
  votes by "send me my link". A status that is not said, or "not subscribed", confirms nobody; nor does a
  batch that nobody vouches for.
- Phones, streets, tags and everything else in the file are not read: we keep what a vote needs.

The rows go into a table of the transaction first (staging.py). PostgreSQL settles the mass of them at once
(merging.py); whoever has to be weighed, and everybody on SQLite, is settled by the same rules in Python (weighing.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from groups.importing import files, merging
from groups.importing.layouts import FORMATS
from groups.importing.person import BOUNCED, COMPLAINED, UNSUBSCRIBED, merge, read_row
from groups.importing.remarks import Remarks
from groups.importing.staging import TABLE, Staging, tuple_of
from groups.importing.weighing import CHUNK, Chunk
from groups.models import ImportBatch, Place
from groups.places import current_map
from groups.refusals import Refusal
from journal import book
from mailings import suppression
from mailings.models import Suppression

COUNTED = ["rows", "new", "changed", "unchanged", "duplicate", "suppressed", "no_zip", "in_doubt", "bad_address"]
REASONS = {
    UNSUBSCRIBED: Suppression.Reason.UNSUBSCRIBED,
    COMPLAINED: Suppression.Reason.COMPLAINED,
    BOUNCED: Suppression.Reason.BOUNCED,
}
TRIES = 3
# Two lists at once would each make the same new member: the second waits. 7701 is the ballot box's, 7700 the journal's.
LOCK = 7702


@dataclass
class Report:
    """What a file did, or would do: counts, and what is said of its rows."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    remarks: Remarks = field(default_factory=Remarks)
    batch: ImportBatch | None = None

    @property
    def refused(self) -> bool:
        """Whether rows were bad, so that nothing is taken in unless they are left out."""
        return self.remarks.bad > 0


def import_members(
    path, *, format_name: str, now, vouched_by="", columns=None, dry_run=False, skip_bad_rows=False, by="command"
) -> Report:
    """Take a list in, all or nothing; the same file again changes nothing.

    A row without a usable address stops everything unless skip_bad_rows: then such rows are left out, and counted.
    dry_run does the same work and keeps none of it. columns names the headers of a list in no known format.
    Refusal for a file that can't be read as this format.
    """
    if format_name not in FORMATS:
        raise Refusal(_("There is no format %(name)s. Choose one of: %(all)s.") % _formats(format_name))
    file = files.examine(Path(path))
    report = Report()
    if not file.is_utf:
        report.remarks.say(_("The file is not in UTF-8; it was read as Windows-1252."))
    with transaction.atomic():
        staging = Staging()
        staging.fill(read(file, format_name, report, today=now.date(), columns=columns))
        report.counts["bad_address"] = report.remarks.bad
        report.counts["rows"] = staging.rows + report.remarks.bad
        if not report.counts["rows"]:
            raise Refusal(_("The file has a header and no rows."))
        if staging.rows and not staging.states_anything():
            report.remarks.say(_("No row says whether the person is subscribed, so this file confirms nobody."))
        if report.refused and not (skip_bad_rows or dry_run):
            transaction.set_rollback(True)
            return report
        batch = ImportBatch(
            file_name=file.shown_name,
            file_hash=file.digest,
            format=format_name,
            vouched_by=vouched_by[:120],
            taken_at=now,
        )
        take_in(staging, batch, report, now=now)
        staging.close()
        if dry_run:
            transaction.set_rollback(True)
        else:
            book.record("members.imported", batch, by=by, now=now, after=report.counts)
            report.batch = batch
    return report


def _formats(name):
    return {"name": name, "all": ", ".join(FORMATS)}


def read(file, format_name, report, *, today, columns=None) -> Iterator[tuple]:
    """The rows of a file as they are staged. Bad ones go to the report with their number and reason."""
    for one in files.rows_of(file, format_name, today=today, columns=columns):
        if type(one) is tuple:  # nearly all of them
            yield one
            continue
        cells = one.cells if isinstance(one.cells, dict) else None
        try:
            if cells is None:
                raise one.cells
            row = read_row(one.number, cells, today=today)
        except Refusal as error:
            report.remarks.refuse(one.number, error, cells)
            continue
        for text in row.warnings:
            report.remarks.warn(one.number, text, cells)
        yield tuple_of(row)


def take_in(staging, batch, report, *, now):
    """Settle everybody, in the caller's transaction. Who signs up meanwhile makes us look again."""
    if staging.on_postgresql:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    before = dict(report.counts)
    for trial in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                batch.pk = None
                batch.save(force_insert=True)
                settle(staging, batch, report.counts, now=now)
                batch.counts = report.counts
                batch.save(update_fields=["counts"])
            return
        except IntegrityError as error:
            if trial == TRIES:
                raise Refusal(_("Somebody in this file signed up at the same moment. Run the import again.")) from error
            report.counts.update(before)


def settle(staging, batch, counts, *, now):
    """Note who gets no letter, then write everybody: the mass by SQL, and one by one whoever has to be weighed."""
    for status, reason in REASONS.items():
        select, given = staging.addresses_of(status)
        suppression.suppress_selected(select, given, reason, now=now, source=batch.note)
    atlas = list(Place.objects.select_related("state"))
    map_version = current_map()
    table = TABLE
    if staging.on_postgresql:
        table = merging.merge_plain(batch, atlas, map_version, counts, now=now)
    people = staging.people(table)
    while some := list(islice(people, CHUNK)):
        counts["duplicate"] += sum(len(rows) - 1 for rows in some)
        persons = [merge(rows)[0] for rows in some]
        Chunk(persons, batch, atlas, map_version, now=now).write(counts)
