"""manage.py export_result ROUND DIR: the round's package as files, to publish or to recount."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from rounds.models import Round
from voting import package
from voting.publication import Audience


class Command(BaseCommand):
    help = "Write a round's result package into a folder; what the rules withhold is not in it."

    def add_arguments(self, parser):
        parser.add_argument("round", help="the round's address on this site, such as 2026-round-2")
        parser.add_argument("folder", type=Path)
        parser.add_argument("--groups", action="store_true", help="what nominating groups and staff may read")
        parser.add_argument("--zip", action="store_true", help="one zip file in the folder instead of files")

    def handle(self, *, round, folder, groups, **options):
        try:
            chosen = Round.objects.get(slug=round)
        except Round.DoesNotExist as error:
            raise CommandError(f"There is no round “{round}”.") from error
        files = package.files(chosen, Audience.GROUPS if groups else Audience.PUBLIC)
        packed = {f"{chosen.slug}.zip": package.zipped(files, chosen.slug)} if options["zip"] else files
        for path, content in packed.items():
            target = folder / path
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            except OSError as error:
                raise CommandError(f"{target} can't be written: {error.strerror}.") from error
        self.stdout.write(f"{len(packed)} files in {folder}. SHA-256 of SHA256SUMS: {package.fingerprint(files)}")
