from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug

from groups import crosswalk, redistricting
from groups.refusals import Refusal
from journal import clock


class Command(BaseCommand):
    help = "Load a crosswalk from ZIP to congressional district (CSV with a header) and make it the current map."

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument("--map", required=True, metavar="NAME", help="the map's name, like cd119")

    def handle(self, **options):
        try:
            validate_slug(options["map"])
            content = Path(options["file"]).read_bytes()
            loaded = crosswalk.load(
                content, name=options["map"][:40], source=Path(options["file"]).name[:200], now=clock.now()
            )
        except ValidationError as error:
            raise CommandError("--map is a short name of letters, digits and dashes, like cd119.") from error
        except OSError as error:
            raise CommandError(f"{options['file']} can't be read: {error.strerror}.") from error
        except Refusal as error:
            raise CommandError(str(error)) from error
        if loaded.restored:
            self.stderr.write(f"Put a leading zero back into {loaded.restored} ZIPs; a spreadsheet had dropped it.")
        self.stdout.write(
            f"{loaded.rows} rows, {loaded.zips} ZIPs on map {loaded.map_version.name}: "
            f"{loaded.new} new, {loaded.gone} gone."
        )
        if redistricting.under_way():
            self.stdout.write("Members are placed on it by the clock, piece by piece.")
        if loaded.groups:
            self.stdout.write(f"{loaded.groups} groups work in districts with new lines: the desk lists them.")
