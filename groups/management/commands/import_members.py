from django.core.management.base import BaseCommand, CommandError

from groups.importing import intake
from groups.importing.layouts import FORMATS
from groups.refusals import Refusal
from journal import clock

SHOWN = 50


class Command(BaseCommand):
    help = "Take a list of members in from another tool's export, all or nothing. The same file again changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument("--format", required=True, choices=FORMATS, dest="format_name")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument(
            "--vouched-by", default="", metavar="NAME", help="staff who vouch that “subscribed” in this list means so"
        )
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
        self.list(report.warnings)
        self.list(report.errors)
        if report.errors and not (options["dry_run"] or options["skip_bad_rows"]):
            raise CommandError(
                f"Nothing was imported: {len(report.errors)} of {report.counts['rows']} rows are bad. "
                "Mend them, or leave them out with --skip-bad-rows."
            )
        said = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in report.counts.items())
        self.stdout.write(f"{'Dry run, nothing kept: ' if options['dry_run'] else ''}{said}.")

    def list(self, sentences):
        """The first sentences, and how many there are more."""
        for sentence in sentences[:SHOWN]:
            self.stderr.write(sentence)
        if len(sentences) > SHOWN:
            self.stderr.write(f"… and {len(sentences) - SHOWN} more.")
