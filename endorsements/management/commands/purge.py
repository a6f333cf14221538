from django.core.management.base import BaseCommand, CommandError

from endorsements import purging
from journal import clock


class Command(BaseCommand):
    help = "Throw away what is kept no longer: see docs/staff/keeping.md. Twice is the same as once."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="say what is due, and throw nothing away")
        parser.add_argument("--prove", action="store_true", help="fail where anything is past its time")

    def handle(self, *args, dry_run, prove, **options):
        now = clock.now()
        if dry_run or prove:
            due = purging.due(now)
            self.say("due", due)
            if prove and any(due.values()):
                raise CommandError("Something is past its time. Run manage.py purge.")
            return
        gone = purging.purge(now, patience=3600)
        self.say("thrown away", {kind.name: gone.get(kind.name, 0) for kind in purging.KINDS})

    def say(self, words, numbers):
        for name, number in numbers.items():
            self.stdout.write(f"{name}: {number} {words}")
