"""What stops a wave by itself: too many complaints, hard bounces or deferrals among its last letters (trust.md 3)."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mailings import suppression
from mailings.models import Delivery, Letter, Suppression

State = Letter.State

LAST = 1000
# Fewer say too little: one bad address among three is no sign of anything.
AT_LEAST = 50
# Each in tenths of a percent of the letters looked at; complaints of at least LAST letters, since they come rarely.
COMPLAINTS, BOUNCES, DEFERRALS = 1, 50, 200


@dataclass(frozen=True)
class Figures:
    """Of a wave's last letters: how many were tried, and what became of some."""

    tried: int
    complaints: int
    bounces: int
    deferrals: int


def trouble(wave, *, now) -> str:
    """Why this wave should stop, in a sentence with the figures; "" where it may go on."""
    found = figures(wave)
    if found.complaints * 1000 >= COMPLAINTS * max(found.tried, LAST):
        said = ngettext(
            "%(n)s complaint after the last %(tried)s letters; the limit is 0.1%%.",
            "%(n)s complaints after the last %(tried)s letters; the limit is 0.1%%.",
            found.complaints,
        )
        return said % {"n": found.complaints, "tried": f"{found.tried:,}"}
    if found.tried < AT_LEAST:
        return ""
    if found.bounces * 1000 >= BOUNCES * found.tried:
        said = _("%(n)s of the last %(tried)s letters were refused or bounced; the limit is 5%%.")
        return said % {"n": found.bounces, "tried": f"{found.tried:,}"}
    if found.deferrals * 1000 >= DEFERRALS * found.tried:
        said = _("%(n)s of the last %(tried)s letters were put off by their servers; the limit is 20%%.")
        return said % {"n": found.deferrals, "tried": f"{found.tried:,}"}
    return ""


def figures(wave) -> Figures:
    """The figures of the last LAST letters that were tried, since somebody last let the wave go on."""
    # With a reason: what a dead sender held is in line again too, but no server put it off.
    put_off = Q(state=State.READY, attempts__gt=0) & ~Q(reason="")
    tried = wave.all_letters.filter(Q(state__in=[State.SENT, State.FAILED]) | put_off, pk__gt=wave.judged_from)
    if wave.held:
        tried = tried.filter(pk__lte=wave.released_to)  # so that the walk begins where letters are
    last = list(tried.order_by("-pk").values_list("state", "settled_at", "delivery__state")[:LAST])
    settled = [at for _state, at, _report in last if at]
    reported = Suppression.objects.filter(
        since__gte=max(min(settled), wave.judged_since) if settled else wave.judged_since,
        source__startswith=suppression.REPORTED,
    )
    reasons = list(reported.filter(reason__in=["bounced", "complained"]).values_list("reason", flat=True)[: 2 * LAST])
    return Figures(
        tried=len(last),
        complaints=reasons.count(Suppression.Reason.COMPLAINED) if settled else 0,
        bounces=sum(state == State.FAILED for state, _at, _report in last)
        + (reasons.count("bounced") if settled else 0),
        # Put off by our own server, or by hers, as the provider reports.
        deferrals=sum(state == State.READY or report == Delivery.State.DEFERRED for state, _at, report in last),
    )
