"""Take every second factor away from somebody who lost them all: manage.py reset_factors ada@example.org --why "…"."""

from django.core.management.base import BaseCommand, CommandError

from groups import factors
from groups.models import User
from journal import clock


class Command(BaseCommand):
    help = "Take away all second factors of a user who lost them. Make sure first that it is really they who ask."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--why", required=True, help="the reason; it stands in the journal")

    def handle(self, *, email, why, **options):
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {email}.")
        if not why.strip():
            raise CommandError("Say why.")
        gone = factors.reset(user, by="operator", now=clock.now(), reason=why)
        self.stdout.write(f"{user.email}: taken away: {gone}. New ones are set up at the next sign-in.")
