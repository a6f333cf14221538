"""A round's way as the public sees it: four stations, and which of them is now. Pure."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from journal.wording import day_in_zone, days_in_zone, in_zone
from rounds.models import Round

Stage = Round.Stage

DONE, NOW, NEXT = "done", "now", "next"

# The station at which each stage stands. The stage decides and not the date: a late clock promises nothing.
STATION_OF = {
    Stage.DRAFT: -1,
    Stage.NOMINATING: 0,
    Stage.VETTING: 1,
    Stage.FROZEN: 1,
    Stage.VOTING: 2,
    Stage.POLLS_CLOSED: 3,
    Stage.COUNTED: 3,
    Stage.CERTIFIED: 3,
    Stage.ANNOUNCED: 4,
    Stage.ARCHIVED: 4,
}


@dataclass(frozen=True)
class Station:
    """One part of a round: its name, what happens, when that is, and done | now | next."""

    name: str
    words: str
    when: str
    state: str

    @property
    def state_words(self) -> str:
        """The state for those who don't see the line."""
        return {DONE: _("done"), NOW: _("now"), NEXT: _("to come")}[self.state]


def stations(round) -> list[Station]:
    """Nominations, vetting, voting and the announcement of a round; none for a cancelled one."""
    if round.stage == Stage.CANCELLED:
        return []
    here = STATION_OF[round.stage]
    parts = [
        (_("Nominations"), _("Groups name candidates."), round.nominations_open_at, round.nominations_close_at),
        (_("Vetting"), _("We check records and read answers."), round.nominations_close_at, round.freeze_at),
        (_("Voting"), _("Members vote by a link we mail."), round.voting_opens_at, round.voting_closes_at),
        (_("Results"), _("We count, check and tell everyone."), round.announce_at, None),
    ]
    return [
        Station(name, words, when(round, begins, ends, at == here), DONE if at < here else NOW if at == here else NEXT)
        for at, (name, words, begins, ends) in enumerate(parts)
    ]


def when(round, begins, ends, is_now) -> str:
    """The days of a station; of the one that is now its end, to the minute."""
    if ends is None:
        return day_in_zone(begins, round.time_zone)
    if is_now:
        return _("until %(end)s") % {"end": in_zone(ends, round.time_zone)}
    return days_in_zone(begins, ends, round.time_zone)


def where(round) -> str:
    """The name of the station where a round stands; "" before the first and after the last."""
    return next((station.name for station in stations(round) if station.state == NOW), "")
