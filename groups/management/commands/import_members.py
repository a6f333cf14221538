from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from groups.importing import intake, undoing
from groups.importing.layouts import CELLS, FORMATS, OSDI, OTHER
from groups.importing.pulling import Pull
from groups.models import ImportBatch
from groups.refusals import Refusal
from journal import clock


class Command(BaseCommand):
    help = (
        "Take a list of members in from another tool's export, all or nothing. The same file again changes nothing. "
        "--osdi fetches it page by page and goes on where it stopped; --undo takes a whole import back."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?")
        parser.add_argument("--osdi", metavar="URL", help="fetch the people there; the key stands in OSDI_API_KEY")
        parser.add_argument("--afresh", action="store_true", help="forget pages that an earlier --osdi has fetched")
        parser.add_argument("--undo", type=int, metavar="IMPORT", help="undo this import, by its number")
        parser.add_argument("--format", choices=FORMATS, dest="format_name")
        parser.add_argument(
            "--column", action="append", default=[], metavar="CELL=HEADER", dest="columns",
            help=f"for --format {OTHER}: which column holds what; cells are {', '.join(CELLS)}",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument(
            "--vouched-by", default="", metavar="NAME", help="staff who vouch that “subscribed” in this list means so"
        )
        parser.add_argument("--bad-rows", metavar="FILE", help="write all remarks about rows into this CSV file")
        parser.add_argument("--skip-bad-rows", action="store_true", help="leave rows without a usable address out")

    def handle(self, **options):
        if len([name for name in ("file", "osdi", "undo") if options[name] is not None]) != 1:
            raise CommandError("Give one of: a file, --osdi URL, --undo IMPORT.")
        try:
            if options["undo"] is not None:
                self.undo(options["undo"])
            elif options["osdi"]:
                self.pull(options)
            elif not options["format_name"]:
                raise CommandError(f"Say what the file is: --format {'|'.join(FORMATS)}.")
            else:
                self.take_in(options["file"], options["format_name"], options)
        except Refusal as error:
            raise CommandError(str(error)) from error

    def pull(self, options):
        """Fetch the pages that are left, then take them in like a file."""
        pull = Pull(options["osdi"], key=settings.OSDI_API_KEY)
        if options["afresh"]:
            pull.forget()
        if pull.progress.pages:
            self.stderr.write(f"Going on after {pull.progress.pages} pages with {pull.progress.people} people.")
        path = pull.run(lambda at: self.stderr.write(f"Page {at.pages}: {at.people} people."))
        self.take_in(path, OSDI, options)
        if not options["dry_run"]:
            pull.forget()

    def undo(self, number):
        """Take one import back."""
        batch = ImportBatch.objects.filter(pk=number).first()
        if batch is None:
            raise CommandError(f"There is no import {number}.")
        self.stdout.write(counted(undoing.undo(batch, by="command", now=clock.now())))

    def take_in(self, path, format_name, options):
        """Import one file and say what came of it."""
        report = intake.import_members(
            path,
            format_name=format_name,
            columns=dict(self.matched(options["columns"])),
            vouched_by=options["vouched_by"].replace("\0", "").strip(),
            dry_run=options["dry_run"],
            skip_bad_rows=options["skip_bad_rows"],
            now=clock.now(),
        )
        remarks = report.remarks
        self.list(remarks.warnings, remarks.mended)
        for sentence in remarks.of_the_list:
            self.stderr.write(sentence)
        self.list(remarks.errors, remarks.bad)
        if options["bad_rows"]:
            self.write(remarks, options["bad_rows"])
        if report.refused and not (options["dry_run"] or options["skip_bad_rows"]):
            raise CommandError(
                f"Nothing was imported: {remarks.bad} of {report.counts['rows']} rows are bad. "
                "Mend them, or leave them out with --skip-bad-rows."
            )
        self.stdout.write(("Dry run, nothing kept: " if options["dry_run"] else "") + counted(report.counts))
        if report.batch:
            self.stdout.write(f"This is import {report.batch.pk}; --undo {report.batch.pk} takes it back.")

    def matched(self, columns):
        """(our cell, its header) of each --column."""
        for said in columns:
            cell, is_there, name = said.partition("=")
            if not is_there or cell not in CELLS:
                raise CommandError(f"--column wants CELL=HEADER with one of the cells {', '.join(CELLS)}, not {said}.")
            yield cell, name

    def list(self, sentences, count):
        """The first sentences, and how many there are more."""
        for sentence in sentences:
            self.stderr.write(sentence)
        if count > len(sentences):
            self.stderr.write(f"… and {count - len(sentences)} more.")

    def write(self, remarks, path):
        """The table of all remarks."""
        try:
            with open(path, "wb") as file:
                file.writelines(remarks.pieces())
        except OSError as error:
            raise CommandError(f"{path} can't be written: {error.strerror}.") from error


def counted(counts):
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()) + "."
