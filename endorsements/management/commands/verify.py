from django.core.management.base import BaseCommand, CommandError

from endorsements.health import verifying
from journal import clock
from journal.wording import in_utc


class Command(BaseCommand):
    help = "Check the journal's chain and every result against the journal, and name whatever was changed."

    def handle(self, *args, **options):
        found = verifying.wrong()
        verifying.keep(found, now=clock.now())
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write("The journal and all results are whole.")
        if last := verifying.closed().first():
            self.stdout.write(f"Its last day was closed {in_utc(last.at)} with the hash {last.hash}")
