import getpass

from django.core.management.base import BaseCommand

from endorsements.health import backups
from journal import clock
from journal.wording import in_utc


class Command(BaseCommand):
    help = "Note that a backup was made just now. Run it as the last step of what makes backups, when it has worked."

    def handle(self, *args, **options):
        entry = backups.note(by=f"command:{getpass.getuser()}", now=clock.now())
        self.stdout.write(f"Noted: a backup was made at {in_utc(entry.at)}")
