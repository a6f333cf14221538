"""A leader's page to send her group's sign-up link round: the link, the poster, ready texts, who came by it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from groups import inviting
from journal import clock
from rounds import admission, cutoff, invitations, qr
from rounds.refusals import Refusal
from rounds.views.leading import contact_of, led_by

PAPERS = {"letter": "Letter", "a4": "A4"}
STRIPS = range(8)


def inviting_group(request, slug):
    """(group, None), or (group, the page that says why it may not send a link round); 404 for a stranger."""
    group = get_object_or_404(led_by(request.user), slug=slug)
    try:
        admission.check_group(group)
    except Refusal as refusal:
        context = {"group": group, "refusal": refusal, "contact": contact_of(group)}
        return group, render(request, "rounds/stop.html", context, status=403)
    return group, None


@login_required
@require_safe
def circulate(request, slug):
    """All she needs to send the link round, with the count as it stands."""
    group, stopped = inviting_group(request, slug)
    if stopped:
        return stopped
    cut_off = cutoff.for_list(clock.now())
    url = inviting.url(group)
    context = {
        "group": group,
        "url": url,
        "code": qr.draw(url),
        "came": inviting.came_by(group),
        "cut_off": cut_off,
        "languages": invitations.in_each_language(group, cut_off),
        "papers": PAPERS,
    }
    return render(request, "rounds/circulate.html", context)


@login_required
@require_safe
def poster(request, slug):
    """The poster to print, on letter or A4 paper, in English and Spanish."""
    group, stopped = inviting_group(request, slug)
    if stopped:
        return stopped
    paper = request.GET.get("paper")
    paper = paper if paper in PAPERS else "letter"
    url = inviting.url(group)
    short = url.partition("://")[2].rstrip("/")
    context = {
        "group": group,
        "url": url,
        "short": short,
        "parts": short.partition("/"),
        "code": qr.draw(url),
        "cut_off": cutoff.for_list(clock.now()),
        "languages": [code for code, _name in invitations.LANGUAGES],
        "paper": paper,
        "paper_name": PAPERS[paper],
        "papers": PAPERS,
        "strips": STRIPS,
    }
    return render(request, "rounds/poster.html", context)


@login_required
@require_POST
def rotate(request, slug):
    """Give the group another link; the one on the page she pressed is out of date from now on."""
    group = get_object_or_404(led_by(request.user), slug=slug)
    if inviting.rotate(group, seen=request.POST.get("seen", "")[:8], by=request.user, now=clock.now()):
        messages.success(request, _("Your group has a new link. Print the poster again, and share the new link."))
    else:
        messages.info(request, _("The link was changed already. This is the new one."))
    return redirect("rounds:circulate", slug=group.slug)
