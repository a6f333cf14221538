"""Who leads a group, for its leaders: let another in, confirm who waits, hand over and leave."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from groups import leading
from groups.models import Leadership
from groups.refusals import Refusal
from journal import clock
from journal.languages import SwitchableForm
from keys import limits

DAY = 24 * 3600
PER_DAY = 10  # letters to new leaders that one leader may cause


class LeaderForm(SwitchableForm):
    """Another leader, by name and address."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        error_messages={"required": gettext_lazy("Enter the name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("A person’s own address: the code to sign in goes there."),
        max_length=254,
        error_messages={
            "required": gettext_lazy("Enter the e-mail address."),
            "invalid": gettext_lazy("Enter an e-mail address, like name@example.org."),
        },
        widget=forms.TextInput(
            attrs={"inputmode": "email", "autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
        ),
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leaders(request, slug):
    """The group's leaders and those who wait; 404 for everybody who does not lead it."""
    group = get_object_or_404(leading.groups_of(request.user), slug=slug)
    act = request.POST.get("act", "")
    form = LeaderForm(request.POST if act == "add" else None)
    refused = None
    if request.method == "POST" and (act != "add" or form.is_valid()):
        try:
            said = done(request, group, act, form)
        except Refusal as refusal:
            refused = refusal
        else:
            messages.success(request, said)
            return redirect("rounds:lead_home") if act == "leave" else redirect("groups:leaders", slug=group.slug)
    rows = list(group.leaderships.select_related("user", "confirmed_by").order_by("pk"))
    page = {
        "group": group,
        "form": form,
        "refused": refused,
        "leading": [row for row in rows if row.confirmed_at],
        "waiting": [row for row in rows if not row.confirmed_at],
        "me": request.user,
    }
    return render(request, "groups/leaders.html", page, status=400 if refused or form.errors else 200)


def done(request, group, act, form) -> str:
    """Do what was pressed, and say it in a sentence; Refusal where it can't be done."""
    by, now = request.user, clock.now()
    if act == "add":
        if not limits.allow("leaders", str(by.pk), limit=PER_DAY, seconds=DAY):
            raise Refusal(_("That were many for one day. Go on tomorrow, or write to us."))
        new = leading.add(group, email=form.cleaned_data["email"], name=form.cleaned_data["name"], by=by, now=now)
        if not new:
            return _("This address leads the group already.")
        return _("Done. A letter is on its way that says how to sign in.")
    if act == "leave":
        leading.leave(group, by=by, now=now)
        return _("You no longer lead %(group)s. Thank you for all you did.") % {"group": group}
    leadership = named(group, request.POST.get("leader", ""))
    if act == "confirm":
        leading.confirm(leadership, by=by, now=now)
        return _("%(name)s leads this group now.") % {"name": leadership.user}
    if act == "turn_away":
        leading.turn_away(leadership, by=by, now=now)
        return _("%(name)s is off the list.") % {"name": leadership.user}
    raise Refusal(_("Press one of the buttons."))


def named(group, said) -> Leadership:
    """The leadership of this group that a button named; Refusal for one that is gone or another group's."""
    known = said.isascii() and said.isdecimal() and len(said) < 19
    found = group.leaderships.select_related("user", "group").filter(pk=said).first() if known else None
    if found is None:
        raise Refusal(_("This person is not on the list any more."))
    return found
