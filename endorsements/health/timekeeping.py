"""What the control room says of the clock: that it ticks, and that it is right."""

import hashlib

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from endorsements.health import verifying
from journal import ticks
from rounds.models import Round
from rounds.obstacles import Obstacle
from voting.alarms import Alarm

Stage = Round.Stage
SILENT, SKEWED, CHANGED = "silent", "skewed", "changed"

# The steps that are taken only while the two clocks agree: an opening and a close.
BY_BOTH_CLOCKS = {Stage.VOTING, Stage.POLLS_CLOSED}


def found(now) -> list[Alarm]:
    """What is wrong with the clock, and what its last nightly look has found; nothing when all is well."""
    age, apart = ticks.heard(now)
    return [*silent(age, now), *(skewed(tick) for tick in apart), *changed()]


def alarms(now) -> list[str]:
    """The same in sentences."""
    return [alarm.sentence for alarm in found(now)]


def silent(age, now):
    """The clock does not tick; age as ticks.age gives it."""
    if age is None:
        yield Alarm(
            SILENT,
            _("The clock has never ticked: no round moves and no letter goes. Start beat and a worker, or run_loop."),
        )
    elif age > ticks.SILENCE:
        minutes = int(age.total_seconds()) // 60
        said = ngettext(
            "The clock has not ticked for %(n)d minute: no round moves and no letter goes. "
            "Look after beat and its worker, or start run_loop.",
            "The clock has not ticked for %(n)d minutes: no round moves and no letter goes. "
            "Look after beat and its worker, or start run_loop.",
            minutes,
        )
        yield Alarm(SILENT, said % {"n": minutes}, since=now - age)


def skewed(tick):
    return Alarm(SKEWED, apart_words(tick), about=tick.host)


def changed():
    """Each thing that was changed past the program, as the nightly look has found it."""
    last = verifying.last()
    for sentence in last.wrong.splitlines() if last else []:
        about = hashlib.sha256(sentence.encode()).hexdigest()[:16]  # the sentence itself may be long
        yield Alarm(CHANGED, sentence, reverse("admin:journal_entry_changelist"), about=about, since=last.at)


def apart_words(tick) -> str:
    seconds = {"host": tick.host, "seconds": f"{abs(tick.skew):.1f}"}
    if abs(tick.skew) > ticks.REFUSAL:
        return (
            _(
                "The clock of %(host)s and the database’s are %(seconds)s seconds apart. It opens and closes no vote "
                "until they agree; votes are still taken and refused by the database’s clock."
            )
            % seconds
        )
    return _("The clock of %(host)s and the database’s are %(seconds)s seconds apart. Look after its time.") % seconds


def obstacles(round, now):
    """Clocks that are too far apart keep a vote from being opened or closed."""
    if round.stage in (Stage.FROZEN, Stage.VOTING) and ticks.nobody_may_turn(now):
        worst = ticks.apart(now)[0]
        yield Obstacle(
            _("The program’s clock and the database’s are %(seconds)s seconds apart (more than %(most)d).")
            % {"seconds": f"{abs(worst.skew):.1f}", "most": ticks.REFUSAL}
        )
