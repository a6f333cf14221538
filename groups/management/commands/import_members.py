from django.core.management.base import BaseCommand, CommandError

from groups.importing import intake
from groups.importing.layouts import FORMATS
from groups.refusals import Refusal
from journal import clock


class Command(BaseCommand):
    help = "Take a list of members in from another tool's export, all or nothing. The same file again changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument("--format", required=True, choices=FORMATS, dest="format_name")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument(
            "--vouched-by", default="", metavar="NAME", help="staff who vouch that “subscribed” in this list means so"
        )
        parser.add_argument("--bad-rows", metavar="FILE", help="write all remarks about rows into this CSV file")
        parser.add_argument("--skip-bad-rows", action="store_true", help="leave rows without a usable address out")

    def handle(self, **options):
        try:
            report = intake.import_members(
                options["file"],
                format_name=options["format_name"],
                vouched_by=options["vouched_by"].replace("\0", "").strip(),
                dry_run=options["dry_run"],
                skip_bad_rows=options["skip_bad_rows"],
                now=clock.now(),
            )
        except Refusal as error:
            raise CommandError(str(error)) from error
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
        said = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in report.counts.items())
        self.stdout.write(f"{'Dry run, nothing kept: ' if options['dry_run'] else ''}{said}.")

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
