"""manage.py ballot_box roles | prepare ROUND: what only the database's owner may do for the ballot box."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rounds.models import Round
from voting import ballotbox, boxroles
from voting.refusals import Refusal


class Command(BaseCommand):
    help = "Give the database roles their rights, or make a round's compartment for envelopes. Run it as the owner."

    def add_arguments(self, parser):
        parser.add_argument("act", choices=["roles", "prepare"])
        parser.add_argument("rounds", nargs="*", help="prepare: the rounds' addresses on this site; none: every round")

    def handle(self, *, act, rounds, **options):
        if act == "roles":
            try:
                names = boxroles.grant_all(settings.BOX_PASSWORDS)
            except Refusal as refusal:
                raise CommandError(str(refusal)) from refusal
            self.stdout.write(f"These roles have their rights: {', '.join(names)}.")
            return
        chosen = Round.objects.exclude(stage__in=Round.ENDED)
        if rounds:
            chosen = Round.objects.filter(slug__in=rounds)
            missing = set(rounds) - set(chosen.values_list("slug", flat=True))
            if missing:
                raise CommandError(f"There is no round “{min(missing)}”.")
        if not ballotbox.may_prepare():
            raise CommandError("Run this as the database's owner: no other role may make tables.")
        for round in chosen.order_by("pk"):
            ballotbox.prepare(round)
            self.stdout.write(f"{round.slug}: the ballot box stands.")
