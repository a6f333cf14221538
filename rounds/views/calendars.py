"""The dates of rounds for a calendar program: public, and the same for everybody who asks."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from journal import clock
from rounds import icalendar
from rounds.models import Round

MOST = 12  # rounds of a feed: more than a cycle has


@require_safe
def all_dates(request):
    """The dates of the latest rounds; one subscription follows every round to come."""
    rounds = Round.objects.shown()[:MOST]
    name = _("%(federation)s: rounds") % {"federation": settings.FEDERATION_NAME}
    return answered(rounds, name)


@require_safe
def round_dates(request, slug):
    """The dates of one round. A cancelled one says so, for those who subscribed before."""
    seen = Round.objects.filter(rehearsal=False).exclude(stage=Round.Stage.DRAFT)
    round = get_object_or_404(seen, slug=slug)
    return answered([round], f"{settings.FEDERATION_NAME}: {round.name}")


def answered(rounds, name):
    text = icalendar.feed(rounds, name=name, base_url=settings.BASE_URL, now=clock.now())
    return HttpResponse(text, content_type=icalendar.CONTENT_TYPE)
