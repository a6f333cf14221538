"""Page: somebody whom no leader here knows says that she leads a group."""

from django import forms
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from groups import introducing
from groups.forms import GuardedForm
from groups.models import Group
from groups.views import HOUR, elsewhere
from journal import clock
from keys import limits
from keys.origin import same_site

# A request costs staff a call: a few a day for one address, and no more than a meeting would for one network.
PER_ADDRESS, PER_NETWORK = 3, 20
DAY = 24 * HOUR


class IntroductionForm(GuardedForm):
    """Who she is and why staff can believe it."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        error_messages={"required": _("Enter your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    words = forms.CharField(
        label=_("What do you do in this group, and who can confirm it?"),
        help_text=_("One or two sentences. A name or a phone number of somebody in the group helps us."),
        max_length=1000,
        error_messages={"required": _("Write one sentence, so that we know whom to ask.")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    field_order = ["name", "email", "words"]


@csrf_exempt  # no cookie carries any authority here; same_site checks where the form comes from
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def introduce(request, slug):
    """The form, and the same answer for everybody: whether she leads already is between her and staff."""
    group = get_object_or_404(Group.objects.active(), slug=slug)
    if request.method == "POST" and not same_site(request):
        return elsewhere(request)
    now = clock.now()
    form = IntroductionForm(request.POST if request.method == "POST" else None, now=now)
    if not form.is_valid():
        form.mark_opened(now)
        return render(
            request, "groups/introduce.html", {"form": form, "group": group}, status=422 if form.is_bound else 200
        )
    said = form.cleaned_data
    of_address = limits.allow("introduce", said["email"].lower(), limit=PER_ADDRESS, seconds=DAY)
    of_network = limits.allow("introduce-network", limits.network_of(request), limit=PER_NETWORK, seconds=DAY)
    if of_address and of_network and not form.is_from_program:
        introducing.ask(
            group, email=said["email"], name=said["name"], words=said["words"], language=get_language(), now=now
        )
    return render(request, "groups/introduced.html", {"group": group, "address": said["email"]})
