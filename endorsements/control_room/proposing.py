"""What a plan would look like before it is made: each round's dates, and the states it comes late for."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from journal.wording import in_zone
from rounds import elections, planning
from rounds.models import Election, Round


@dataclass(frozen=True)
class Proposal:
    """One round as it would be: its name, [(date's name, date in both zones)], and what to think of, in sentences."""

    name: str
    dates: list
    remarks: list


def proposals(cycle, name, starts_at, count) -> list[Proposal]:
    """So many rounds from one opening. Raises Refusal for a calendar that could not be kept. Nothing is made."""
    found = []
    known = Election.objects.filter(year=cycle.year).exists()
    for named, start in planning.series(name, starts_at, Round(time_zone=settings.TIME_ZONE).zone, count):
        round = Round(cycle=cycle, name=named, time_zone=settings.TIME_ZONE)
        for field, at in planning.default_dates(start, round.zone).items():
            setattr(round, field, at)
        planning.check_dates(round)
        dates = [
            (planning.label_of(field), in_zone(getattr(round, field), round.time_zone)) for field in planning.DATES
        ]
        remarks = late_for(round) if known else [no_dates(cycle)]
        found.append(Proposal(named, dates, remarks + clock_change(round)))
    return found


def no_dates(cycle):
    return _(
        "No election dates are known for %(year)s, so nothing was checked against primaries. "
        "Run: manage.py import_election_dates FILE"
    ) % {"year": cycle.year}


def late_for(round) -> list[str]:
    """States that vote before the announcement, and those that vote within 30 days after it."""
    near = elections.near(round.cycle.year, round.announce_at.astimezone(round.zone).date())
    past, soon = [one for one in near if one.past], [one for one in near if not one.past]
    said = []
    if past:
        states = ", ".join(one.usps for one in past)
        said.append(
            ngettext(
                "%(n)d state’s primary is over by the announcement: %(states)s.",
                "%(n)d states’ primaries are over by the announcement: %(states)s.",
                len(past),
            )
            % {"n": len(past), "states": states}
        )
    if soon:
        states = ", ".join(f"{one.usps} ({one.label}, {date_format(one.on, 'N j')})" for one in soon)
        said.append(_("Within 30 days after the announcement: %(states)s.") % {"states": states})
    return said


def clock_change(round) -> list[str]:
    """A vote during which clocks change ends at another hour than it began (process.md 5)."""
    opens, closes = (at.astimezone(round.zone) for at in (round.voting_opens_at, round.voting_closes_at))
    if opens.utcoffset() == closes.utcoffset():
        return []
    return [_("Clocks change while the vote runs: it lasts 72 hours all the same, and ends at the time shown.")]
