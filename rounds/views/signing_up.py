"""Pages: signing up to vote, and confirming it by the link of the letter. They say for which vote it is in time."""

from django.conf import settings
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from groups import members, signup
from groups.forms import AgainForm, SignUpForm, opened_mark
from groups.models import Group, Place
from groups.views import HOUR, PER_ADDRESS, PER_NETWORK, behind_link
from journal import clock
from keys import limits
from rounds import cutoff

# /sign-up/


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request):
    """The form, and what follows from it: a question about the place, or the letter that is on its way."""
    now = clock.now()
    if request.method != "POST":
        group = asked_group(request.GET.get("group", ""))
        language = get_language() if get_language() in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        form = SignUpForm(initial={"group": group.slug if group else "", "language": language}, now=now)
        return sign_up_page(request, form, group, now=now)
    data = request.POST.copy()
    if "use_suggestion" in data:
        data["email"] = data["typed"] = data["use_suggestion"]
    form = SignUpForm(data, now=now)
    if not form.is_valid():
        return sign_up_page(request, form, asked_group(data.get("group", "")), now=now, status=422)
    if "change" in data:
        group = asked_group(data.get("group", ""))
        form = SignUpForm(initial={**form.cleaned_data, "group": group.slug if group else ""}, now=now)
        return sign_up_page(request, form, group, now=now)
    return proceed(request, form, now=now)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_place(request):
    """The answer to the question about the place; it comes with all that was typed before, and nothing is stored."""
    if request.method != "POST":
        return redirect("rounds:sign_up")
    now = clock.now()
    form = SignUpForm(request.POST, now=now)
    if not form.is_valid():
        return sign_up_page(request, form, asked_group(request.POST.get("group", "")), now=now, status=422)
    asked = request.POST.get("asked", "")
    answered = form.cleaned_data[asked] if asked in ("state", "district") else True
    return proceed(request, form, now=now, unanswered=not answered)


def proceed(request, form, *, now, unanswered=False):
    """Ask what the ZIP leaves open, or sign up. Programs and eager repeaters are told the same as everybody."""
    data = form.cleaned_data
    left = signup.question(data["zip"], data["state"], data["district"])
    if left:
        context = {"form": form, "question": left, "unanswered": unanswered, "zip": data["zip"]}
        context["state"] = Place.objects.states().filter(usps=data["state"]).first() if data["state"] else None
        return render(request, "rounds/sign_up_place.html", context, status=422 if unanswered else 200)
    network = limits.allow("sign-up-network", limits.network_of(request), limit=PER_NETWORK, seconds=HOUR)
    if not network:
        return render(request, "rounds/too_many.html", status=429)
    key = members.email_key(data["email"])
    if not form.is_from_program and limits.allow("sign-up", key, limit=PER_ADDRESS, seconds=HOUR):
        signup.sign_up(form.request(), now=now)
    return render(request, "rounds/sign_up_sent.html", {"address": data["email"], "cut_off": cutoff.for_list(now)})


def sign_up_page(request, form, group, *, now, status=200):
    """The form's page; a form that comes back carries the instant it was opened at, if that was genuine."""
    if form.is_bound:
        form.data = form.data.copy()
        form.data["typed"] = form.data.get("email", "") if form.suggestion else form.data.get("typed", "")
        if form.has_error("__all__", "opened"):
            form.data["opened"] = opened_mark(now)
    else:
        form.initial["opened"] = opened_mark(now)
    context = {"form": form, "group": group, "cut_off": cutoff.for_list(now)}
    return render(request, "rounds/sign_up.html", context, status=status)


def asked_group(slug):
    """The group that a sign-up link names, None for one that is none."""
    if not slug or "\0" in slug or len(slug) > 80:
        return None
    return Group.objects.active().filter(slug=slug).first()


@behind_link
def confirm(request, token):
    """The link of the letter: opening it shows what would be confirmed, the button confirms."""
    member = members.of_token(token, members.CONFIRM)
    if member is None:
        return render(request, "groups/link_unknown.html", {"form": AgainForm()}, status=404)
    now = clock.now()
    home = signup.home_claimed(member)
    if request.method == "POST":
        signup.confirm(member, now=now)
        member.refresh_from_db()
        home = None
    elif home is not None or member.confirmed_at is None:
        return render(
            request, "rounds/confirm.html", {"member": member, "home": home or member, "cut_off": cutoff.for_list(now)}
        )
    votes = cutoff.for_list(now, since=member.confirmed_at)
    context = {"member": member, "news_url": members.news_url(member), "cut_off": votes}
    return render(request, "rounds/confirmed.html", context)
