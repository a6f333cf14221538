"""Pages: asking for a letter again, leaving the news, finding a group."""

from functools import wraps

from django.db.models import Q
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from groups import asking, members, signup
from groups.forms import GuardedForm, ZipForm
from groups.models import Group, Place
from groups.places import resolve_zip
from journal import clock
from journal.languages import speak_hers
from keys import limits
from keys.origin import same_site

HOUR = 3600
# One person may ask a few times; a whole meeting signs up behind one network.
PER_ADDRESS, PER_NETWORK = 5, 200
MOST_GROUPS = 500


# /sign-up/again/


@csrf_exempt  # the form stands on pages without cookies too; same_site checks where it comes from
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_again(request):
    """Ask for the letter once more: the same answer whether the address is known or not."""
    if request.method == "POST" and not same_site(request):
        return elsewhere(request)
    now = clock.now()
    form = GuardedForm(request.POST if request.method == "POST" else None, now=now)
    if not form.is_valid():
        form.mark_opened(now)
        return render(request, "groups/confirm_again.html", {"form": form}, status=422 if form.is_bound else 200)
    address = form.cleaned_data["email"]
    network = limits.allow("sign-up-network", limits.network_of(request), limit=PER_NETWORK, seconds=HOUR)
    allowed = network and limits.allow("sign-up", members.email_key(address), limit=PER_ADDRESS, seconds=HOUR)
    if allowed and not form.is_from_program:
        asking.ask(asking.AGAIN_LETTER, address, now=now)
    return render(request, "groups/confirm_again_sent.html", {"address": address})


# Links of letters


def behind_link(view):
    """A page of a private link: kept by no cache, found by no search, and without any cookie.

    The link is the authority, so the page needs no cookie of ours, and a mail program's POST carries none.
    """

    @csrf_exempt
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def page(request, token):
        # A mail program's own button (RFC 8058) says so in its body, and may name any origin or none.
        if request.method == "POST" and not same_site(request) and not one_click(request):
            answer = elsewhere(request)
        else:
            answer = view(request, token)
        answer["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return page


def one_click(request) -> bool:
    return request.resolver_match.url_name == "news" and request.POST.get("List-Unsubscribe") == "One-Click"


def unknown_link(request):
    """A link that is not whole, not ours or dead: the form for a fresh one."""
    form = GuardedForm.fresh(now=clock.now())
    return render(request, "groups/link_unknown.html", {"form": form}, status=404)


def elsewhere(request):
    """A form of ours that another site sent: nothing is changed."""
    return render(request, "groups/elsewhere.html", status=403)


@behind_link
def news(request, token):
    """Leave the news, or take it again. A bare POST leaves: that is what a mail program's button sends."""
    member = members.of_token(token, members.NEWS)
    if member is None:
        return unknown_link(request)
    speak_hers(request, member.language)
    if request.method == "POST":
        if request.POST.get("wish") == "take":
            signup.take_news(member)
        else:
            signup.stop_news(member, now=clock.now())
        member.refresh_from_db()
    return render(request, "groups/news.html", {"member": member, "done": request.method == "POST"})


# /groups/


@require_GET
def group_list(request):
    """All active groups, or those near a ZIP or in a state."""
    form = ZipForm(request.GET) if request.GET.get("zip") else ZipForm()
    state = near = None
    groups = Group.objects.active().prefetch_related("places")
    if form.is_bound and form.is_valid():
        near = resolve_zip(form.cleaned_data["zip"])
        here = [*near.districts, *near.states]
        groups = groups.filter(places__in=here).distinct()
    elif code := request.GET.get("state", "")[:2].upper():
        state = Place.objects.states().filter(usps=code).first() if code.isascii() and code.isalpha() else None
        if state:
            groups = groups.filter(Q(places=state) | Q(places__state=state)).distinct()
    context = {
        "form": form,
        "near": near,
        "state": state,
        "states": Place.objects.states().order_by("name"),
        "groups": groups[:MOST_GROUPS],
        "most": MOST_GROUPS,
    }
    return render(request, "groups/group_list.html", context, status=422 if form.errors else 200)
