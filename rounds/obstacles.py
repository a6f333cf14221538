"""Why a round can't take its next step, and what staff should know before it does."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from journal.wording import in_zone
from rounds import candidacies, elections, local_votes, planning
from rounds.models import Candidacy, Nomination, Round
from rounds.refusals import Refusal


@dataclass(frozen=True)
class Obstacle:
    """One sentence that names the thing, the number, the person; url is where it is mended.

    blocking=False: worth knowing, and the round goes on.
    """

    sentence: str
    url: str = ""
    blocking: bool = True


def obstacles(round, now) -> list:
    """What stands before the round's next step on this floor, most urgent first."""
    found = []
    if round.stage in Round.BEFORE_FREEZE:
        standing = list(Candidacy.objects.filter(round=round).standing().with_race().order_by("race", "name"))
        found += dates_refused(round)
        found += waiting_nominations(round)
        found += named_rivals(round)
        found += rivals_at_home(standing)
        found += close_primaries(round, standing)
    if round.stage == Round.Stage.VETTING:
        found += nobody_cleared(round)
    if round.stage == Round.Stage.FROZEN:
        found += contests_to_come(round)
    if round.stage == Round.Stage.VOTING and round.paused_since:
        when = in_zone(round.paused_since, round.time_zone)
        url = reverse("admin:rounds_round_steer", args=[round.pk, "resume"])
        found.append(
            Obstacle(_("The vote is paused since %(when)s: nobody can vote until it is resumed.") % {"when": when}, url)
        )
    return sorted(found, key=lambda obstacle: not obstacle.blocking)


def paused(round):
    """That nobody can vote now."""
    sentence = _("The vote is paused since %(when)s: nobody can vote until it is resumed.")
    url = reverse("admin:rounds_round_steer", args=[round.pk, "resume"])
    return Obstacle(sentence % {"when": in_zone(round.paused_since, round.time_zone)}, url)


def dates_refused(round):
    try:
        planning.check_dates(round)
    except Refusal as refusal:
        yield Obstacle(str(refusal))


def waiting_nominations(round):
    """Nominations nobody has accepted or returned yet: they can't be vetted. A rehearsal takes none."""
    if round.rehearsal:
        return
    waiting = Nomination.objects.filter(cycle=round.cycle_id, state=Nomination.State.SUBMITTED).count()
    if waiting:
        yield Obstacle(
            ngettext(
                "%(n)d nomination waits to be accepted or returned.",
                "%(n)d nominations wait to be accepted or returned.",
                waiting,
            )
            % {"n": waiting},
            url=f"{reverse('admin:rounds_nomination_changelist')}?state__exact=submitted&cycle__id__exact={round.cycle_id}",
            blocking=False,
        )


def named_rivals(round):
    for conflict in candidacies.conflicts(round):
        names = ", ".join(candidacy.name for candidacy in conflict.candidacies)
        yield Obstacle(
            _("%(race)s: groups named different people (%(names)s). Talk with both groups.")
            % {"race": conflict.race.name, "names": names},
            url=reverse("admin:rounds_race_change", args=[conflict.race.pk]),
            blocking=False,
        )


def rivals_at_home(standing):
    """Groups that endorsed somebody else at home, without a nomination, where candidates of this round stand."""
    at_home = local_votes.at_home(standing)
    told = set()
    for candidacy in standing:
        for other in at_home[candidacy.pk].others:
            if other.pk in told or any(other in at_home[one.pk].same for one in standing):
                continue
            told.add(other.pk)
            yield Obstacle(
                _("%(race)s: %(group)s endorsed %(other)s at home; %(name)s is nominated. Talk with the groups.")
                % {
                    "race": candidacy.race.name,
                    "group": other.group,
                    "other": other.candidate,
                    "name": candidacy.name,
                },
                url=reverse("admin:rounds_race_change", args=[candidacy.race_id]),
                blocking=False,
            )


def close_primaries(round, standing):
    """Primaries that come before, or within 30 days after, the announcement."""
    announced = round.announce_at.astimezone(round.zone).date()
    races = {one.race_id: one.race for one in standing}
    early = [race for race in races.values() if race.primary_on and race.primary_on < announced + elections.LEAD_TIME]
    for race in sorted(early, key=lambda race: race.primary_on):
        yield Obstacle(
            _("%(race)s: the primary is on %(primary)s, less than 30 days after the announcement on %(announced)s.")
            % {"race": race.name, "primary": date_format(race.primary_on), "announced": date_format(announced)},
            url=reverse("admin:rounds_race_change", args=[race.pk]),
            blocking=False,
        )


def nobody_cleared(round):
    """Without one cleared candidate there is nothing to freeze a roll for."""
    if not Candidacy.objects.filter(round=round, state=Candidacy.State.CLEARED).exists():
        yield Obstacle(
            _("There is no contest: no candidate in %(round)s is cleared.") % {"round": round},
            url=f"{reverse('admin:rounds_candidacy_changelist')}?round__id__exact={round.pk}",
        )


def contests_to_come(round):
    left = candidacies.contests_left(round)
    if left:
        yield Obstacle(
            ngettext("The ballot of %(n)d race is not made yet.", "The ballots of %(n)d races are not made yet.", left)
            % {"n": left}
        )
    elif not round.contests.exists():
        yield Obstacle(
            _(
                "There is no contest: nobody was cleared before the roll was frozen. Cancel %(round)s; its candidates "
                "enter the next round."
            )
            % {"round": round}
        )
