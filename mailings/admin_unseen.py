"""The desk's page of letters of which no row is shown: totals of what was set aside, and one act for all of a name."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from journal import clock
from mailings import unseen
from mailings.admin_acts import act_page
from mailings.forms import TopicForm


class UnseenPages:
    """For the ModelAdmin of letters: who may look at letters reads the totals, who may change them sends again."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("unseen/<str:topic>/", wrap(self.unseen), name="mailings_letter_unseen"),
            path("unseen/<str:topic>/<str:name>/", wrap(self.unseen_again), name="mailings_letter_unseen_again"),
            *super().get_urls(),
        ]

    def unseen(self, request, topic):
        """How many of a topic's letters that are shown nowhere did not go out, as far as it may be told."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Letters that are shown nowhere"),
            "topic": topic,
            "totals": unseen.totals(topic),
            "fewest": unseen.FEWEST,
            "may_send": self.has_steer_permission(request),
            "opts": self.opts,
        }
        return render(request, "admin/mailings/unseen.html", context)

    def unseen_again(self, request, topic, name):
        """All of one name that were refused or set aside, once more: class B, by the topic's name."""
        if name not in unseen.names():
            raise Http404
        if not self.has_steer_permission(request):
            raise PermissionDenied
        form = TopicForm(request.POST if request.method == "POST" else None, topic=topic)
        back = reverse("admin:mailings_letter_unseen", args=[topic])
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            told = unseen.send_again(topic, name, by=request.user, now=clock.now(), reason=reason)
            messages.success(request, _("In line again, of %(name)s: %(n)s.") % {"name": name, "n": told})
            return redirect(back)
        states = "; ".join(f"{capfirst(state)}: {n}" for state, n in dict(unseen.totals(topic))[name])
        effect = _(
            "All letters %(name)s of %(topic)s that were refused or set aside are tried again, from the first attempt "
            "on, with the links that they had. %(states)s. Nobody is shown whose they are. A letter that is not needed "
            "any more does not go; one that has gone can’t be taken back."
        ) % {"name": name, "topic": topic, "states": states}
        return act_page(
            self, request, form, title=_("Send again all that were set aside"), effect=effect, subject=topic, back=back
        )
