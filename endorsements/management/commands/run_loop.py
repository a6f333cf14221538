from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections

from endorsements.stopping import told_to_stop
from endorsements.ticking import tick
from journal import clock


class Command(BaseCommand):
    help = "Do what beat and the workers do, in one loop and without Redis. Any number may run beside each other."

    def add_arguments(self, parser):
        parser.add_argument("--every", type=float, default=settings.TICK_SECONDS, help="seconds between two ticks")
        parser.add_argument("--ticks", type=int, default=0, help="stop after so many ticks (0: never)")

    def handle(self, *args, every, ticks, **options):
        with told_to_stop() as stop:
            done = 0
            while not stop.is_set():
                close_old_connections()
                steps, sent = tick(clock.now())
                if steps or sent:
                    self.stdout.write(f"{steps} steps, {sent} letters")
                done += 1
                if ticks and done >= ticks:
                    return
                stop.wait(every)
