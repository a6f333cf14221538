from django.core.management.base import BaseCommand, CommandError

from groups.refusals import Refusal
from groups.roles import ROLES, make_roles


class Command(BaseCommand):
    help = "Make the staff's roles with their permissions. Running it again changes nothing."

    def handle(self, **options):
        try:
            new = make_roles()
        except Refusal as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{new} new, {len(ROLES)} roles in all.")
