"""The desk's pages of a dress rehearsal: beginning one, and wiping it. What it has shown stands on its round's page."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from endorsements.forms import NamedForm, RehearsalForm
from endorsements.refusals import Refusal
from endorsements.rehearsal import rehearsal_steps, rehearsing, wiping
from journal import clock
from rounds import planning
from rounds.refusals import Refusal as RoundsRefusal
from vetting.refusals import Refusal as VettingRefusal
from voting.refusals import Refusal as VotingRefusal

REFUSALS = (Refusal, RoundsRefusal, VettingRefusal, VotingRefusal)
MOST_NAMED = 20


class RehearsalPages:
    """For the ModelAdmin of rounds: who may plan a round may rehearse one, and wipe it."""

    def get_urls(self):
        begin, wipe = (self.admin_site.admin_view(page) for page in (self.rehearse, self.wipe))
        return [
            path("rehearse/", begin, name="rounds_round_rehearse"),
            path("<int:pk>/wipe/", wipe, name="rounds_round_wipe"),
            *super().get_urls(),
        ]

    def rehearse(self, request):
        """What a rehearsal does and who gets its letters; sent, it begins one and leads to its page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        now = clock.now()
        sent = request.POST if request.method == "POST" else None
        form = RehearsalForm(sent, initial={"cycle": planning.current_cycle(now)})
        if sent is not None and form.is_valid():
            try:
                round = rehearsing.begin(by=request.user, now=now, **form.cleaned_data)
            except REFUSALS as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("The rehearsal has begun. This page shows each step as it is seen."))
                return redirect("admin:rounds_round_change", round.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Dress rehearsal"),
            "form": form,
            "why_not": rehearsing.why_not(now),
            "voters": named(rehearsing.voters(now).order_by("email_key")),
            "readers": named(rehearsing.readers()),
            "office": settings.CONTACT_EMAIL,
            "keys_by_hand": not settings.EMBEDDED,
            "days": wiping.KEPT.days,
            "opts": self.opts,
        }
        return render(request, "admin/rounds/rehearse.html", context)

    def wipe(self, request, pk):
        """A page that says what goes and what stays, and asks why and for the round's name; then it is done."""
        round = self.get_object(request, pk)
        if round is None or not round.rehearsal:
            raise Http404
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NamedForm(request.POST if request.method == "POST" else None, named=round.name)
        if request.method == "POST" and form.is_valid():
            try:
                wiping.wipe(round, by=request.user, now=clock.now(), reason=form.cleaned_data["reason"])
            except REFUSALS as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("The rehearsal is wiped. Its lines in the journal stay."))
                return redirect("admin:rounds_round_change", round.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Wipe the rehearsal: %s") % round,
            "form": form,
            "round": round,
            "cancels": round.stage in round.BEFORE_CERTIFIED,
            "opts": self.opts,
            "back": reverse("admin:rounds_round_change", args=[round.pk]),
        }
        return render(request, "admin/rounds/wipe.html", context)

    def rehearsal_of(self, request, round, entries, now):
        """What the round's own page shows of its rehearsal: the checklist, and whether it may be wiped."""
        steps = rehearsal_steps.checklist(round, now, entries)
        wiped = any(entry.verb == rehearsal_steps.WIPED for entry in entries)
        return {
            "rehearsal": steps,
            "rehearsal_seen": sum(step.state == rehearsal_steps.SEEN for step in steps),
            "may_wipe": self.has_add_permission(request) and not wiped,
        }


def named(people):
    """How many they are, the first of them by their addresses, and whether there are more."""
    addresses = list(people.values_list("email", flat=True)[: MOST_NAMED + 1])
    more = len(addresses) > MOST_NAMED
    return {"all": people.count() if more else len(addresses), "some": addresses[:MOST_NAMED], "more": more}
