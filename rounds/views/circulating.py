"""A leader's page to send her group's sign-up link round: the link, the poster, ready texts, who came by it."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from groups import inviting
from journal import clock
from journal.languages import SwitchableForm
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
@require_http_methods(["GET", "HEAD", "POST"])
def circulate(request, slug):
    """All she needs to send the link round, with the count as it stands; POST sets the goal."""
    group, stopped = inviting_group(request, slug)
    if stopped:
        return stopped
    form = GoalForm(request.POST if request.method == "POST" else None, initial={"goal": group.goal})
    if form.is_valid():
        inviting.set_goal(group, form.cleaned_data["goal"], by=request.user, now=clock.now())
        return redirect(reverse("rounds:circulate", args=[group.slug]) + "#came")
    cut_off = cutoff.for_list(clock.now())
    url = inviting.url(group)
    context = {
        "group": group,
        "form": form,
        "url": url,
        "code": qr.draw(url),
        "came": inviting.came_by(group),
        "cut_off": cut_off,
        "languages": invitations.in_each_language(group, cut_off),
        "papers": PAPERS,
    }
    return render(request, "rounds/circulate.html", context, status=422 if form.errors else 200)


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


class GoalForm(SwitchableForm):
    """How many members the leaders want to find; empty for no goal."""

    goal = forms.IntegerField(
        label=gettext_lazy("Our goal"),
        help_text=gettext_lazy("How many people you want to find by this link. Leave it empty for none."),
        required=False,
        min_value=1,
        max_value=inviting.MOST,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "short"}),
        error_messages={
            name: gettext_lazy("Enter a whole number from 1 to 1,000,000, or leave it empty.")
            for name in ("invalid", "min_value", "max_value")
        },
    )


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
