"""import_questionnaire FILE --cycle YEAR --version V --title T [--core SECTION …] [--current]"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from journal import clock
from rounds.models import Cycle
from vetting import importing
from vetting.refusals import Refusal


class Command(BaseCommand):
    help = "Take in a version of the questionnaire from a CSV file."

    def create_parser(self, prog_name, subcommand, **options):
        # Our --version names the questionnaire's; Django's own of that name gives way.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **options)

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--cycle", type=int, required=True, metavar="YEAR")
        parser.add_argument("--version", required=True, dest="questionnaire_version")
        parser.add_argument("--title", required=True)
        parser.add_argument("--core", nargs="*", default=[], metavar="SECTION", help="sections of core priority")
        parser.add_argument("--current", action="store_true", help="send it to new candidacies from now on")

    def handle(self, *args, file, cycle, questionnaire_version, title, core, current, **options):
        now = clock.now()
        try:
            year = Cycle.objects.get(year=cycle)
            taken = importing.take_in(
                file.read_bytes(),
                cycle=year,
                version=questionnaire_version,
                title=title,
                core=core,
                current=current,
                by="command",
                now=now,
            )
        except Cycle.DoesNotExist as error:
            sentence = _("There is no cycle %(year)s yet. Plan a round of it first: manage.py open_round.")
            raise CommandError(sentence % {"year": cycle}) from error
        except OSError as error:
            raise CommandError(str(error)) from error
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        questions = sum(section.questions.count() for section in taken.sections.all())
        self.stdout.write(_("%(questionnaire)s: %(n)d questions.") % {"questionnaire": taken, "n": questions})
