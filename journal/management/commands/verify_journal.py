from django.core.management.base import BaseCommand, CommandError

from journal import book


class Command(BaseCommand):
    help = "Check the hash chain of the journal and name the first entry that does not fit."

    def handle(self, *args, **options):
        broken = book.verify()
        if broken:
            entry, wrong = broken
            raise CommandError(f"Entry {entry.pk} ({entry}): {wrong}.")
        self.stdout.write("The journal is whole.")
