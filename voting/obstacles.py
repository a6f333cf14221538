"""What of the roll, the keys, the envelopes and the results keeps a round from its next stage."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from groups import redistricting
from rounds.models import Round
from rounds.obstacles import Obstacle
from voting import alarms, ballotbox, ceremony, opening, results, roll

Stage = Round.Stage


def obstacles(round, now) -> list[Obstacle]:
    """What this wing still has to do before the round's next step, and what staff should know before it."""
    by_stage = {
        Stage.NOMINATING: box_to_come,
        Stage.VETTING: before_freeze,
        Stage.FROZEN: before_opening,
        Stage.POLLS_CLOSED: unopened,
        Stage.COUNTED: undecided,
        Stage.CERTIFIED: keys_to_go,
        Stage.ANNOUNCED: keys_to_go,
        Stage.ARCHIVED: keys_to_go,
    }
    find = by_stage.get(round.stage)
    letters = letters_waiting(round) if round.stage in Round.WITH_ROLL else []
    return [*letters, *(find(round) if find else [])]


def letters_waiting(round):
    """Which of the round's letters wait for somebody's word; what is wrong with them is an alarm (alarms.py)."""
    for sentence, url in alarms.waves_by_hand(round):
        yield Obstacle(sentence, url=url, blocking=False)


def box_to_come(round):
    """Where this process may not make the compartment, its owner must: said early, and in the way at the freeze."""
    for obstacle in no_box(round):
        yield Obstacle(obstacle.sentence, blocking=False)


def before_freeze(round):
    """No freeze without where envelopes can lie, nor by an old map; the keys have time until the vote."""
    if map_version := redistricting.under_way():
        yield Obstacle(_("Members are still being placed on the new map %(map)s.") % {"map": map_version})
    yield from no_box(round)
    yield from keys_to_come(round)


def no_box(round):
    if not ballotbox.compartment_stands(round.pk) and not ballotbox.may_prepare():
        yield Obstacle(
            _("The ballot box of %(round)s is not made yet. Run as the database’s owner: %(command)s")
            % {"round": round, "command": f"manage.py ballot_box prepare {round.slug}"}
        )


def keys_to_come(round):
    """While candidates are vetted, there is time to make the keys: said, and not in the way."""
    if not settings.EMBEDDED:
        for sentence in ceremony.ready(round):
            yield Obstacle(sentence, blocking=False)


def before_opening(round):
    """No vote without its roll, and none whose ballots nobody has shown to be able to open."""
    left = roll.left(round)
    if left:
        yield Obstacle(
            ngettext(
                "The roll of %(n)d contest is not built yet.", "The rolls of %(n)d contests are not built yet.", left
            )
            % {"n": left}
        )
    for sentence in ceremony.ready(round):
        yield Obstacle(sentence)


def unopened(round):
    """Contests that are not counted yet, those that were stopped by name first."""
    stopped = list(opening.irregular(round))
    for count in stopped:
        yield Obstacle(
            _("Stopped: %(what)s Nothing of this contest was counted.") % {"what": count.irregularity},
            url=reverse("admin:voting_count_change", args=[count.pk]),
        )
    left = opening.left(round) - len(stopped)
    if not left:
        return
    if opening.can_open(round):
        sentence = ngettext("%(n)d contest is not counted yet.", "%(n)d contests are not counted yet.", left)
    else:
        sentence = ngettext(
            "%(n)d contest waits to be opened, and this host can’t read the seal key. The tally service opens it.",
            "%(n)d contests wait to be opened, and this host can’t read the seal key. The tally service opens them.",
            left,
        )
    yield Obstacle(sentence % {"n": left})


def undecided(round):
    """How many results a person has to decide. Everybody at the desk reads it: which and why is the tellers'."""
    left = results.undecided(round).count()
    if left:
        words = ngettext("%(n)d result waits for a teller.", "%(n)d results wait for a teller.", left)
        yield Obstacle(words % {"n": left})


def keys_to_go(round):
    """What could still open the ballots of a certified round. Each host destroys its own copies."""
    left = ceremony.still_here(round)
    if left:
        yield Obstacle(
            _(
                "Keys of this certified round still stand on this host (%(files)s). "
                "Run: manage.py round_keys destroy %(slug)s"
            )
            % {"files": ", ".join(left), "slug": round.slug},
            blocking=False,
        )
