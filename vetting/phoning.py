"""Which campaigns staff have to phone: our newest letter about the questionnaire did not arrive (ux.md 1c 1)."""

from django.db.models import Case, OuterRef, Q, Subquery, Value, When

from mailings import suppression
from mailings.models import Delivery, Letter
from rounds.models import Candidacy
from vetting.models import Response

State = Letter.State
LETTERS = ["vetting.questionnaire", "vetting.extended", "vetting.reminder"]
# Refused, left out because of the address, or reported as not arrived. "The answers are in" is no such reason.
KEPT_BACK = Q(state=State.SKIPPED, reason=suppression.NOT_WRITTEN_TO)
LOST = Q(state=State.FAILED) | KEPT_BACK | Q(delivery__state__in=Delivery.NOT_ARRIVED)


def to_phone():
    """The responses of standing campaigns that have not sent answers and did not get the newest letter that went out.

    A mended address with a new link makes a newer letter, and the campaign leaves this list when that one is out.
    """
    went = Letter.objects.filter(name__in=LETTERS, subject=OuterRef("pk"), seat=OuterRef("pk"))
    went = went.filter(Q(state__in=[State.SENT, State.FAILED]) | KEPT_BACK).order_by("-pk")
    lost = went.annotate(lost=Case(When(LOST, then=Value(True)), default=Value(False))).values("lost")
    asked = Response.objects.filter(submitted_at=None, candidacy__state__in=Candidacy.STANDING)
    return asked.annotate(lost=Subquery(lost[:1])).filter(lost=True)
