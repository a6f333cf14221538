"""The public pages: who we are, whom we endorse, how, and whether this site stands."""

from django.conf import settings
from django.core.paginator import Paginator
from django.db import DatabaseError, connection
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from endorsements.models import Endorsement
from endorsements.public import listing, photos, timeline
from journal import clock
from rounds import gates, local_votes, rule
from rounds.models import Nomination, Round
from voting import publication

LATEST = 6
PAGE = 60  # rows: the list stays under 15 KB on the wire (ux.md 6)


@require_safe
def front_page(request):
    """Who we are, the rounds under way, the latest endorsed."""
    now = clock.now()
    under_way = Round.objects.shown().exclude(stage__in=[Round.Stage.ANNOUNCED, Round.Stage.ARCHIVED])
    return render(
        request,
        "endorsements/front_page.html",
        {
            "now": now,
            "rounds": [on_the_way(round, now) for round in under_way.order_by("nominations_open_at")],
            "latest": Endorsement.objects.public(now).with_everything()[:LATEST],
        },
    )


def on_the_way(round, now) -> dict:
    """A round with its timeline and what can be done now."""
    return {
        "round": round,
        "stations": timeline.stations(round),
        "nominating": round.takes_nominations(now),
        "voting": round.is_open(now),
        "paused": round.stage == Round.Stage.VOTING and round.paused_since is not None,
    }


@require_safe
def endorsement_list(request):
    """All endorsed, by state, narrowed by the filters in the address."""
    now = clock.now()
    asked = listing.read(request.GET, now)
    page = Paginator(listing.found(asked, now), PAGE).get_page(request.GET.get("page"))
    return render(request, "endorsements/endorsement_list.html", {"asked": asked, "page": page})


@require_safe
def endorsement_page(request, slug):
    """One endorsement, from its announcement on; before, nothing tells that it will come."""
    endorsement = get_object_or_404(Endorsement.objects.public(clock.now()).with_everything(), slug=slug)
    candidacy = endorsement.candidacy
    contest = endorsement.round.contests.filter(race=candidacy.race).first()
    return render(
        request,
        "endorsements/endorsement_page.html",
        {
            "endorsement": endorsement,
            "candidacy": candidacy,
            "race": candidacy.race,
            "groups": groups_behind(candidacy),
            "co_endorsing": co_endorsing(candidacy),
            # Name and day only: the evidence holds what staff wrote to each other.
            "gates": [(label, gate.passed_at) for _kind, label, gate in gates.board([candidacy])[candidacy.pk] if gate],
            "published": publication.publishable(contest) if contest else None,
            "rule": rule.in_words(rule.rule_of(endorsement.round)),
            "corrections": endorsement.correction_notes.all(),
            "address": settings.BASE_URL + endorsement.get_absolute_url(),
        },
    )


def groups_behind(candidacy) -> list[dict]:
    """The groups that nominated her, first come first, each with those it decided together with."""
    nominations = (
        Nomination.objects.filter(candidacy=candidacy, state=Nomination.State.ACCEPTED)
        .select_related("group", "local_endorsement")
        .prefetch_related("local_endorsement__joint_groups")
        .order_by("submitted_at", "pk")
    )
    return [
        {"group": nomination.group, "joint": list(nomination.local_endorsement.joint_groups.all())}
        for nomination in nominations
    ]


def co_endorsing(candidacy) -> list:
    """Active groups that endorsed her at home without a nomination of their own, by name, each named once."""
    accepted = Nomination.objects.filter(candidacy=candidacy, state=Nomination.State.ACCEPTED)
    named = {pk for pair in accepted.values_list("group", "local_endorsement__joint_groups") for pk in pair}
    groups = local_votes.at_home([candidacy])[candidacy.pk].groups
    return sorted((group for group in groups if group.active and group.pk not in named), key=str)


@require_safe
@cache_control(public=True, max_age=86_400)
def card_photo(request, slug):
    """The photo of an endorsement as a card shows it. Each upload has another address, so it may be kept."""
    endorsement = get_object_or_404(Endorsement.objects.public(clock.now()).exclude(photo=""), slug=slug)
    try:
        drawn = photos.small(endorsement.photo)
    except OSError as error:  # the file is gone or not readable: a card without its photo is no reason to fail
        raise Http404 from error
    return HttpResponse(drawn, content_type="image/jpeg")


@require_safe
def method(request):
    """How an endorsement comes about, in plain words."""
    latest = Round.objects.shown().order_by("-nominations_open_at").first()
    return render(request, "endorsements/method.html", {"rule": rule.in_words(rule.rule_of(Round())), "latest": latest})


@require_safe
@never_cache
def healthz(request):
    """200 while the database answers, 503 when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse(_("The database does not answer."), status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")
