from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from journal import clock
from rounds import legislators
from rounds.refusals import Refusal


class Command(BaseCommand):
    help = "Load the sitting members of Congress (CSV with a header), so that vetting knows who holds the seat."

    def add_arguments(self, parser):
        parser.add_argument("file")

    def handle(self, **options):
        try:
            content = Path(options["file"]).read_bytes()
            loaded = legislators.load(content, by=None, now=clock.now())
        except OSError as error:
            raise CommandError(f"{options['file']} can't be read: {error.strerror}.") from error
        except Refusal as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{loaded.new} new, {loaded.changed} changed, {loaded.gone} no longer on the list.")
