"""manage.py round_keys make|escrow|rehearse|destroy ROUND: a round's keys, by hand, on the tally host."""

import getpass
import sys

from django.core.management.base import BaseCommand, CommandError

from journal import clock
from keys import files
from rounds.models import Round
from voting import ceremony
from voting.refusals import Refusal


class Command(BaseCommand):
    help = "Make, hand out, rehearse or destroy the keys of a round. Run it on the host that opens the ballots."

    def add_arguments(self, parser):
        parser.add_argument("act", choices=["make", "escrow", "rehearse", "destroy"])
        parser.add_argument("round", help="the round's address on this site, such as 2026-round-2")
        parser.add_argument("--shares", action="store_true", help="rehearse with two holders' shares, read as input")
        parser.add_argument("--restore", action="store_true", help="with --shares: put a lost seal key back here")
        parser.add_argument("--again", default="", metavar="REASON", help="escrow: why new shares are needed")

    def handle(self, *, act, round, shares, restore, again, **options):
        try:
            chosen = Round.objects.get(slug=round)
        except Round.DoesNotExist as error:
            raise CommandError(f"There is no round “{round}”.") from error
        now, by = clock.now(), f"command:{getpass.getuser()}"
        try:
            if act == "make":
                self.make(chosen, by, now)
            elif act == "escrow":
                self.escrow(chosen, by, now, again)
            elif act == "rehearse":
                self.rehearse(chosen, by, now, shares or restore, restore)
            else:
                self.destroy(chosen, by, now)
        except (Refusal, files.KeyMissing) as error:
            raise CommandError(str(error)) from error

    def make(self, round, by, now):
        made = ceremony.make_keys(round, by=by, now=now)
        self.stdout.write("Made." if made else "All keys stood already.")
        self.stdout.write(f"Fingerprint: {ceremony.fingerprint(round)}")
        self.say_what_is_missing(round)

    def escrow(self, round, by, now, again):
        for number, share in enumerate(ceremony.escrow(round, by=by, now=now, again=again), start=1):
            self.stdout.write(f"Share {number}: {share}")
        self.stdout.write("Give each to another holder. Any two make the key. They are shown this once.")

    def rehearse(self, round, by, now, shares, restore):
        if shares:
            # Read, not taken as arguments: those stand in the shell's history and in the list of processes.
            first, second = (self.read(f"Share of holder {number}: ") for number in (1, 2))
            if restore:
                restored = ceremony.restore(round, first, second, by=by, now=now)
                self.stdout.write("The seal key is back." if restored else "The seal key stands here already.")
            else:
                ceremony.test_escrow(round, first, second, by=by, now=now)
            self.stdout.write("Two shares opened a test envelope.")
        else:
            ceremony.test_host(round, by=by, now=now)
            self.stdout.write("This host opened a test envelope.")
        self.say_what_is_missing(round)

    def destroy(self, round, by, now):
        gone = ceremony.destroy_keys(round, by=by, now=now)
        self.stdout.write(f"Destroyed: {', '.join(gone)}." if gone else "Nothing of this round's keys is here.")

    def read(self, prompt):
        """One share: typed unseen at a terminal, else a line of the input."""
        return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().strip()

    def say_what_is_missing(self, round):
        for sentence in ceremony.ready(round) or ["These keys are ready for the vote."]:
            self.stdout.write(sentence)
