"""What the desk's first page shows: the rounds under way, and what waits for somebody, each with where to go."""

from dataclasses import dataclass

from django.db.models import Count, IntegerField, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext as _

from endorsements import lifecycle
from endorsements.control_room import outlook
from groups import arrivals, introducing, redistricting, reports
from groups.models import Member
from journal import approvals
from mailings import discretion
from mailings.models import Letter, StoppedTopic
from rounds import seconding
from rounds.models import Candidacy, Nomination, Round
from vetting import correcting, filing, phoning
from vetting import waiting as desk_queue
from vetting.models import Response
from voting import contest_table
from voting.models import Result


@dataclass(frozen=True)
class Waiting:
    """Something that waits for a person: how much of it, what it is, and where it is done."""

    number: int
    label: str
    url: str


@dataclass(frozen=True)
class Kind:
    """One kind of what may wait: which rows, what they are, and the list of the desk that shows them."""

    rows: QuerySet
    label: str
    page: str
    filters: str = ""
    needs: str = ""  # another right than that to see the list

    @property
    def permission(self) -> str:
        """What somebody needs to be shown it: the right to see that list."""
        if self.needs:
            return self.needs
        app, model, _page = self.page.split("_", 2)
        return f"{app}.view_{model}"

    @property
    def url(self) -> str:
        return reverse(f"admin:{self.page}") + (f"?{self.filters}" if self.filters else "")


def under_way(now):
    """Each live round with its next step and what keeps it: [(round, the stage due next, when, obstacles)]."""
    rounds = []
    live = Round.objects.live().exclude(stage=Round.Stage.ANNOUNCED).select_related("cycle", "outlook")
    for round in live.order_by("nominations_open_at"):
        to, when = lifecycle.NEXT.get(round.stage, (None, None))
        rounds.append(
            {
                "round": round,
                "next": Round.Stage(to).label if to else "",
                "when": when(round) if when else None,
                "obstacles": outlook.of(round, now).obstacles,
            }
        )
    return rounds


def waiting(user, now) -> list[Waiting]:
    """What waits for staff and this person may see, the most pressing first, by one query."""
    shown = [kind for kind in kinds(user, now) if user.has_perm(kind.permission)]
    if not shown:
        return []
    counted = [
        kind.rows.order_by().annotate(kind_at=Value(at, IntegerField())).values("kind_at").annotate(n=Count("pk"))
        for at, kind in enumerate(shown)
    ]
    numbers = {row["kind_at"]: row["n"] for row in counted[0].union(*counted[1:], all=True)}
    return [Waiting(numbers[at], kind.label, kind.url) for at, kind in enumerate(shown) if numbers.get(at)]


def kinds(user, now) -> list[Kind]:
    """All that may wait for this person, the most pressing first."""
    stood = {"candidacy__state__in": [Candidacy.State.NOMINATED, Candidacy.State.HELD]}
    return [
        Kind(
            filing.requests_open_to(user, seconding.seen_by(user, approvals.open_requests(now))),
            _("Requests that wait for a second person"),
            "journal_approval_changelist",
            "waits=yes",
        ),
        Kind(
            discretion.shown(Letter.objects.filter(state=Letter.State.SET_ASIDE)),
            _("Letters set aside because something in them was wrong"),
            "mailings_letter_changelist",
            f"state__exact={Letter.State.SET_ASIDE.value}",
        ),
        Kind(StoppedTopic.objects.all(), _("Stopped letters"), "mailings_stoppedtopic_changelist"),
        Kind(
            Result.objects.filter(outcome=Result.Outcome.NEEDS_REVIEW),
            _("Results that need a decision"),
            "voting_result_changelist",
            f"outcome__exact={Result.Outcome.NEEDS_REVIEW.value}",
            needs=contest_table.SEE,  # that there are any says how results came out
        ),
        Kind(
            Nomination.objects.filter(state=Nomination.State.SUBMITTED),
            _("Nominations to accept or return"),
            "rounds_nomination_changelist",
            f"state__exact={Nomination.State.SUBMITTED.value}",
        ),
        Kind(
            Response.objects.filter(submitted_at__isnull=False, **stood),
            _("Candidacies that have answered, to be decided"),
            "vetting_vettingfile_changelist",
            f"state__exact={Candidacy.State.NOMINATED.value}",
        ),
        Kind(
            desk_queue.verdicts_wanted(user),
            _("Files that wait for your verdict"),
            "vetting_vettingfile_queue",
        ),
        Kind(
            phoning.to_phone(),
            _("Campaigns to phone, as our letter did not arrive"),
            "vetting_response_changelist",
            "phone=yes",
        ),
        Kind(
            Response.objects.filter(more_time_asked_at__isnull=False, **stood),
            _("Campaigns that ask for more time"),
            "vetting_response_changelist",
            "more_time_asked_at__isempty=0",
        ),
        Kind(
            correcting.open_requests(),
            _("Corrections that campaigns ask for"),
            "vetting_correction_changelist",
            "state__exact=open",
        ),
        Kind(
            Response.objects.filter(submitted_at=None, **stood),
            _("Campaigns still answering"),
            "vetting_response_changelist",
        ),
        Kind(
            Member.objects.confirmed().exclude(doubt=""),
            _("Members whose district is not settled"),
            "groups_member_changelist",
            "place=unsettled",
        ),
        Kind(
            reports.open_reports(),
            _("Members who moved, lost their district by a new map, or say that we write to the wrong person"),
            "groups_memberreport_changelist",
            "seen=no",
        ),
        Kind(
            introducing.open_requests(),
            _("People who say that they lead a group"),
            "groups_leaderrequest_changelist",
            "state__exact=open",
        ),
        Kind(
            redistricting.to_place(),
            _("Groups whose districts a new map has redrawn"),
            "groups_group_changelist",
            "redrawn=yes",
        ),
        Kind(
            arrivals.open_flags(),
            _("Sign-ups that look made by one hand"),
            "groups_signup_changelist",
            "flagged=open",
        ),
    ]
