"""The desk's pages of who was not reached: counts for all who see rounds, names for those who may see members."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.refusals import Refusal as GroupsRefusal
from journal import clock, reading
from rounds.models import Round
from voting import reach, reached
from voting.models import RollEntry
from voting.refusals import Refusal

PAGE = 50
MOST = reached.MOST
ROUND, MEMBER, CHANGE = "rounds.view_round", "groups.view_member", "groups.change_member"
TELLER = "voting.see_uncertified"


class ResendForm(forms.Form):
    """Why. It stands in the journal."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say why: the reason stands in the journal.")},
    )


class MendForm(ResendForm):
    """The address that is right, and how we know."""

    email = forms.EmailField(
        label=gettext_lazy("The member’s address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["email", "reason"]


ACTS = {
    "mend": (
        MendForm,
        gettext_lazy("Mend the address"),
        gettext_lazy(
            "Links that were sent to the old address die at once. Both addresses are told. "
            "While the vote is open, the ballot letter goes to the new one."
        ),
    ),
    "resend": (
        ResendForm,
        gettext_lazy("Send the letter again"),
        gettext_lazy("The same letter with the same link goes once more. Where it is not needed, nothing goes."),
    ),
}


def urls(site):
    """The pages, under the desk's roll."""
    return [
        path("round/<int:pk>/", site.admin_view(of_site(site, unreached_page)), name="voting_unreached"),
        path("round/<int:pk>/<int:member>/<slug:act>/", site.admin_view(of_site(site, act_page)), name="voting_reach"),
    ]


def of_site(site, view):
    return lambda request, **named: view(request, site, **named)


def unreached_page(request, site, pk):
    """Who was not reached in a round, by contest and by name, searched and paged."""
    if not request.user.has_perm(ROUND):
        raise PermissionDenied
    round, now = get_object_or_404(Round.objects.select_related("unreached"), pk=pk), clock.now()
    asked = " ".join(request.GET.get("q", "")[:200].split())
    listed = reached.of(round, now)
    counted = {int(contest): n for contest, n in listed.counts.items()}
    context = {
        **site.each_context(request),
        "title": _("Not reached: %s") % round,
        "round": round,
        "listed": listed,
        "most": MOST,
        "reaches": reach.by_contest(round, counted, with_margins=request.user.has_perm(TELLER)),
        "tells_margins": request.user.has_perm(TELLER),
        "asked": asked,
    }
    if request.user.has_perm(MEMBER):
        found = list(reached.named(round, asked).values_list("pk", flat=True)[:MOST]) if asked else listed.first
        page = Paginator(found, PAGE).get_page(request.GET.get("p"))
        # Whom a letter has reached since the clock looked is left out.
        entries = RollEntry.objects.filter(round=round, credential__in=page.object_list)
        people = list(reached.still(entries).select_related("member"))
        told = [entry.member for entry in people] if asked else [f"unreached:{round.pk}"]
        reading.read(*told, by=request.user, now=now, verb=reading.FOUND if asked else reading.LISTED)
        why = reach.reasons(round, people)
        context |= {
            "page": page,
            "people": [(entry.member, why.get(entry.pk)) for entry in people],
            "goes_on": len(found) == MOST,
            "may_change": request.user.has_perm(CHANGE),
            "may_resend": reach.is_voting(round, now),
        }
    return render(request, "admin/voting/unreached.html", context)


def act_page(request, site, pk, member, act):
    """Mend somebody's address, or send her letter again: what it will do, why, and then the deed."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    if act not in ACTS:
        raise Http404
    round = get_object_or_404(Round, pk=pk)
    entries = RollEntry.objects.select_related("member", "round")
    entry = get_object_or_404(entries, round=round, member=member, member__erased_at=None)
    reading.read(entry.member, by=request.user, now=clock.now())
    form_class, title, effect = ACTS[act]
    form = form_class(request.POST or None)
    back = reverse("admin:voting_unreached", args=[round.pk])
    if request.method == "POST" and form.is_valid():
        try:
            said = do(act, entry, form.cleaned_data, by=request.user, now=clock.now())
        except (Refusal, GroupsRefusal) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect(back)
    context = {
        **site.each_context(request),
        "title": title,
        "effect": effect,
        "form": form,
        "back": back,
        "round": round,
        "member": entry.member,
    }
    return render(request, "admin/voting/reach_act.html", context, status=400 if form.errors else 200)


def do(act, entry, said, *, by, now) -> str:
    """Do it, and answer with the sentence that tells of it."""
    if act == "mend":
        mended = reach.mend(entry.member, said["email"], by=by, now=now, reason=said["reason"])
        return _("The address is mended. Both addresses get a letter.") if mended else _("That is the address already.")
    again = reach.resend(entry, by=by, now=now, reason=said["reason"])
    return _("The letter is in line.") if again else _("A letter to the member is in line already.")
