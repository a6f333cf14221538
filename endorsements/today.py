"""What the desk's first page shows: the rounds under way, and what waits for somebody, each with where to go."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from endorsements import lifecycle
from groups import arrivals, introducing, redistricting, reports
from groups.models import Member
from mailings.models import Letter, StoppedTopic
from rounds.models import Candidacy, Nomination, Round
from vetting import correcting, phoning
from vetting.models import Response
from voting.models import Result


@dataclass(frozen=True)
class Waiting:
    """Something that waits for a person: how much of it, what it is, and where it is done."""

    number: int
    label: str
    url: str


def under_way(now):
    """Each live round with its next step and what keeps it: [(round, the stage due next, when, obstacles)]."""
    rounds = []
    for round in Round.objects.live().exclude(stage=Round.Stage.ANNOUNCED).order_by("nominations_open_at"):
        to, when = lifecycle.NEXT.get(round.stage, (None, None))
        rounds.append(
            {
                "round": round,
                "next": Round.Stage(to).label if to else "",
                "when": when(round) if when else None,
                "obstacles": lifecycle.obstacles(round, now),
            }
        )
    return rounds


def waiting():
    """What waits for staff, the most pressing first; what does not wait is left out."""

    def at(page, **filters):
        words = "&".join(f"{name}={value}" for name, value in filters.items())
        return f"{reverse(f'admin:{page}')}?{words}" if words else reverse(f"admin:{page}")

    stood = {"candidacy__state__in": [Candidacy.State.NOMINATED, Candidacy.State.HELD]}
    found = [
        Waiting(
            Letter.objects.filter(state=Letter.State.SET_ASIDE).count(),
            _("Letters set aside because something in them was wrong"),
            at("mailings_letter_changelist", state__exact=Letter.State.SET_ASIDE.value),
        ),
        Waiting(StoppedTopic.objects.count(), _("Stopped letters"), at("mailings_stoppedtopic_changelist")),
        Waiting(
            Result.objects.filter(outcome=Result.Outcome.NEEDS_REVIEW).count(),
            _("Results that need a decision"),
            at("voting_result_changelist", outcome__exact=Result.Outcome.NEEDS_REVIEW.value),
        ),
        Waiting(
            Nomination.objects.filter(state=Nomination.State.SUBMITTED).count(),
            _("Nominations to accept or return"),
            at("rounds_nomination_changelist", state__exact=Nomination.State.SUBMITTED.value),
        ),
        Waiting(
            Response.objects.filter(submitted_at__isnull=False, **stood).count(),
            _("Candidacies that have answered, to be decided"),
            at("vetting_vettingfile_changelist", state__exact=Candidacy.State.NOMINATED.value),
        ),
        Waiting(
            phoning.to_phone().count(),
            _("Campaigns to phone, as our letter did not arrive"),
            at("vetting_response_changelist", phone="yes"),
        ),
        Waiting(
            Response.objects.filter(more_time_asked_at__isnull=False, **stood).count(),
            _("Campaigns that ask for more time"),
            at("vetting_response_changelist", more_time_asked_at__isempty=0),
        ),
        Waiting(
            correcting.open_requests().count(),
            _("Corrections that campaigns ask for"),
            at("vetting_correction_changelist", state__exact="open"),
        ),
        Waiting(
            Response.objects.filter(submitted_at=None, **stood).count(),
            _("Campaigns still answering"),
            at("vetting_response_changelist"),
        ),
        Waiting(
            Member.objects.confirmed().exclude(doubt="").count(),
            _("Members whose district is not settled"),
            at("groups_member_changelist", place="unsettled"),
        ),
        Waiting(
            reports.open_reports().count(),
            _("Members who moved, lost their district by a new map, or say that we write to the wrong person"),
            at("groups_memberreport_changelist", seen="no"),
        ),
        Waiting(
            introducing.open_requests().count(),
            _("People who say that they lead a group"),
            at("groups_leaderrequest_changelist", state__exact="open"),
        ),
        Waiting(
            redistricting.to_place().count(),
            _("Groups whose districts a new map has redrawn"),
            at("groups_group_changelist", redrawn="yes"),
        ),
        Waiting(
            arrivals.open_flags().count(),
            _("Sign-ups that look made by one hand"),
            at("groups_signup_changelist", flagged="open"),
        ),
    ]
    return [one for one in found if one.number]
