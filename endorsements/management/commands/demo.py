from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from endorsements.embedded import Site
from endorsements.sample import federation
from endorsements.stopping import told_to_stop
from groups.roles import make_roles
from journal import clock


class Command(BaseCommand):
    help = "Run everything in one process on this machine, with the sample federation on the first start."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000, help="the port on 127.0.0.1 (default 8000)")
        parser.add_argument("--prepare-only", action="store_true", help="set everything up and stop")
        parser.add_argument("--empty", action="store_true", help="without the sample federation")

    def handle(self, *args, port, prepare_only, empty, **options):
        if not settings.EMBEDDED:
            raise CommandError("The demo runs with EMBEDDED=1 only; ./run sets it.")
        settings.BASE_URL = f"http://127.0.0.1:{port}"
        settings.CSRF_TRUSTED_ORIGINS = [settings.BASE_URL]
        self.say("Preparing the database and the static files …")
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        make_roles()
        if not empty and not federation.stands():
            self.say("First start: making the sample federation (about half a minute) …")
            federation.make(clock.now(), say=self.say)
        if prepare_only:
            return
        try:
            site = Site(port)
        except OSError as error:
            raise CommandError(f"Port {port} is taken ({error.strerror}). Try ./run --port 8001") from error
        with told_to_stop() as stop:  # the main thread only waits
            self.run_until(stop, site, empty)

    def run_until(self, stop, site, empty):
        """Start the site, say where to click, and stop it in order."""
        site.start()
        self.say("")
        for what, where in [("Site", settings.BASE_URL)] if empty else federation.doors(settings.BASE_URL):
            self.say(f"  {what:<22} {where}")
        self.say("\nCtrl-C stops it. Everything stands under var/; remove that folder to begin anew.")
        stop.wait()
        self.say("\nStopping …")
        site.stop()

    def say(self, text):
        self.stdout.write(text)
        self.stdout.flush()
