from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from journal import clock
from rounds.refusals import Refusal
from vetting import partners


class Command(BaseCommand):
    help = "Load the organizations whose endorsements count (CSV with the columns name and kind)."

    def add_arguments(self, parser):
        parser.add_argument("file")

    def handle(self, **options):
        try:
            content = Path(options["file"]).read_bytes()
            new, changed = partners.load(content, by=None, now=clock.now())
        except OSError as error:
            raise CommandError(f"{options['file']} can't be read: {error.strerror}.") from error
        except Refusal as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{new} new, {changed} changed.")
