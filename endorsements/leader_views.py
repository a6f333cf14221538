"""Pages for leaders that join both wings: what became of a nomination."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from endorsements import following
from groups import places
from rounds import gates
from rounds.models import Nomination
from vetting.models import Response


@login_required
@require_safe
def follow_page(request, reference):
    """The way of one sent nomination; 404 for everybody who does not lead its group."""
    nomination = get_object_or_404(
        Nomination.objects.exclude(candidacy=None)
        .filter(group__leaderships__user=request.user, group__leaderships__confirmed_at__isnull=False)
        .select_related("group", "candidacy__round", "candidacy__race__place__state"),
        reference=reference,
    )
    candidacy = nomination.candidacy
    zone = candidacy.round.time_zone if candidacy.round else settings.TIME_ZONE
    response = Response.objects.filter(candidacy=candidacy).first()
    review = candidacy.reviews.first()
    organizer, organizer_email = places.contact(candidacy.race.place)
    context = {
        "nomination": nomination,
        "candidacy": candidacy,
        "round": candidacy.round,
        "zone": zone,
        "steps": following.steps(nomination, response, review, zone=zone),
        "board": gates.board([candidacy])[candidacy.pk],
        "response": response,
        "review": review,
        "outcome": following.outcome(candidacy),
        "endorsed": candidacy.state == candidacy.State.ENDORSED,
        "organizer": organizer,
        "organizer_email": organizer_email,
    }
    return render(request, "endorsements/follow_page.html", context)
