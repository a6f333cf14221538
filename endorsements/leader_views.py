"""Pages for leaders that join both wings: what became of a nomination."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from endorsements import following
from groups import places
from journal import clock
from rounds import gates, planning, replying
from rounds.forms.reply import ReplyForm
from rounds.models import Nomination
from vetting import concerned
from vetting.models import Response


@login_required
@require_safe
def follow_page(request, reference):
    """The way of one sent nomination; 404 for everybody who does not lead its group."""
    now = clock.now()
    nomination = get_object_or_404(
        Nomination.objects.exclude(candidacy=None)
        .filter(group__leaderships__user=request.user, group__leaderships__confirmed_at__isnull=False)
        .select_related("group", "cycle", "candidacy__round", "candidacy__race__place__state"),
        reference=reference,
    )
    candidacy = nomination.candidacy
    round = candidacy.round
    zone = round.time_zone if round else settings.TIME_ZONE
    response = Response.objects.filter(candidacy=candidacy).first()
    review = candidacy.reviews.first()
    contest = following.contest_of(candidacy)
    next_round = None if round else planning.coming_round(nomination.cycle, now)
    organizer, organizer_email = places.contact(candidacy.race.place)
    outcome = following.outcome(candidacy, contest)
    asked = nomination.state == Nomination.State.RETURNED and not outcome
    exchange = replying.exchange(nomination)
    context = {
        "now": now,
        "nomination": nomination,
        "candidacy": candidacy,
        "round": round,
        "next_round": next_round,
        "zone": zone,
        "form": ReplyForm(nomination=nomination) if asked else None,
        "exchange": replying.before_this_question(exchange) if asked else exchange,
        "over": following.over(nomination),
        "steps": following.steps(nomination, response, review, contest, zone=zone),
        "coming": following.coming(nomination, response, next_round, now=now),
        "board": gates.board([candidacy])[candidacy.pk],
        "behind": [group for group in concerned.groups_behind(candidacy) if group != nomination.group],
        "response": response,
        "review": review,
        "look_again_until": following.look_again_until(nomination, review),
        "outcome": outcome,
        "endorsed": candidacy.state == candidacy.State.ENDORSED,
        "calendar": calendar_address(round),
        "organizer": organizer,
        "organizer_email": organizer_email,
    }
    return render(request, "endorsements/follow_page.html", context)


def calendar_address(round) -> str:
    """Where a calendar program reads the round's dates; "" for a rehearsal and before the round has begun."""
    if round is None or round.rehearsal or round.stage == round.Stage.DRAFT:
        return ""
    return settings.BASE_URL + reverse("rounds:round_dates", args=[round.slug])
