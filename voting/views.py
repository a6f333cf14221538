"""Send me my link: one field, and the same answer whoever asks."""

from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from groups.forms import GuardedForm
from groups.members import email_key
from journal import clock
from keys import limits, origin
from voting import posting

HOUR = 3600
PER_ADDRESS, PER_NETWORK = 3, 60  # a whole village may sit behind one network


@never_cache
@csrf_exempt  # the form stands on pages without cookies too; origin.same_site checks where it comes from
@require_http_methods(["GET", "HEAD", "OPTIONS", "POST"])
def my_link(request):
    """Ask for the voting link of an address. Whose it is is found out later, by the post room."""
    now = clock.now()
    if request.method != "POST":
        return render(request, "voting/my_link.html", {"form": GuardedForm.fresh(now=now)})
    if not origin.same_site(request):
        return render(request, "voting/elsewhere.html", status=403)
    form = GuardedForm(request.POST, now=now)
    if not form.is_valid():
        form.mark_opened(now)
        return render(request, "voting/my_link.html", {"form": form}, status=422)
    address = form.cleaned_data["email"]
    # Both are counted whatever the first says. Over a limit, and for a program, the answer is the same.
    of_address = limits.allow("my-link", email_key(address), limit=PER_ADDRESS, seconds=HOUR)
    of_network = limits.allow("my-link-network", limits.network_of(request), limit=PER_NETWORK, seconds=HOUR)
    if of_address and of_network and not form.is_from_program:
        posting.ask_for_link(address, now=now)
    return render(request, "voting/my_link_sent.html")
