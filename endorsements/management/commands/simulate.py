import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from endorsements.simulation import federation
from endorsements.simulation.play import Stuck, play
from journal import clock

# Letters of a simulated round are written, checked and marked, and go nowhere.
NOWHERE = "django.core.mail.backends.dummy.EmailBackend"


class Command(BaseCommand):
    help = "Invent a federation of any size on an empty database, and play a round of it through."

    def add_arguments(self, parser):
        parser.add_argument("--members", type=int, required=True, help="members on the list")
        parser.add_argument("--contests", type=int, default=100, help="contests in the round (default 100)")
        parser.add_argument("--statewide", type=int, help="how many of them are statewide (default: a fifth)")
        parser.add_argument("--groups", type=int, help="groups (default: one for every 500 members)")
        parser.add_argument("--turnout", type=float, default=0.2, help="the share of the roll that votes (0.2)")
        parser.add_argument("--seed", type=int, default=1, help="the seed of chance (default 1)")
        parser.add_argument("--play", action="store_true", help="go on to the announced result")

    def handle(self, *args, members, contests, statewide, groups, turnout, seed, play: bool, **options):
        if members < 1 or contests < 1 or not 0 <= turnout <= 1:
            raise CommandError("--members and --contests want at least 1, --turnout a share between 0 and 1.")
        if groups is not None and groups < 1:
            raise CommandError("--groups wants at least 1.")
        if federation.stands():
            raise CommandError("This database holds members or rounds already. Simulate on an empty one.")
        wide = contests // 5 if statewide is None else statewide
        self.began = time.monotonic()
        try:
            size = federation.Size(members, contests, wide, seed, groups)
            round = federation.build(size, now=clock.now(), say=self.say)
        except ValueError as error:
            raise CommandError(f"--contests: {error}.") from error
        if play:
            self.play(round, members, turnout, seed)
        self.say(f"{round} stands at “{round.get_stage_display()}”")

    def play(self, round, members, turnout, seed):
        settings.EMAIL_BACKEND = NOWHERE
        settings.RAMP_FROM = members + 1  # nobody watches these letters go by steps
        try:
            play(round, turnout=turnout, seed=seed, clock=clock.now, say=self.say)
        except Stuck as stuck:
            raise CommandError(str(stuck)) from stuck

    def say(self, text):
        self.stdout.write(f"{time.monotonic() - self.began:8.1f} s  {text}")
        self.stdout.flush()
