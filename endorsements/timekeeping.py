"""What the control room says of the clock: that it ticks, and that it is right."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from endorsements import verifying
from journal import ticks
from rounds.models import Round
from rounds.obstacles import Obstacle

Stage = Round.Stage

# The steps that are taken only while the two clocks agree: an opening and a close.
BY_BOTH_CLOCKS = {Stage.VOTING, Stage.POLLS_CLOSED}


def alarms(now) -> list[str]:
    """What is wrong with the clock, and what its last nightly look has found, in sentences; none when all is well."""
    found = []
    age, apart = ticks.heard(now)
    if age is None:
        found.append(
            _("The clock has never ticked: no round moves and no letter goes. Start beat and a worker, or run_loop.")
        )
    elif age > ticks.SILENCE:
        minutes = int(age.total_seconds()) // 60
        found.append(
            ngettext(
                "The clock has not ticked for %(n)d minute: no round moves and no letter goes. "
                "Look after beat and its worker, or start run_loop.",
                "The clock has not ticked for %(n)d minutes: no round moves and no letter goes. "
                "Look after beat and its worker, or start run_loop.",
                minutes,
            )
            % {"n": minutes}
        )
    return found + [apart_words(tick) for tick in apart] + verifying.alarms()


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
