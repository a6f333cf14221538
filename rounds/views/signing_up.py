"""Pages: signing up to vote, and confirming it by the link of the letter. They say for which vote it is in time."""

import secrets

from django.conf import settings
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from groups import arrivals, inviting, members, places, signup, zips
from groups.forms import SignUpForm
from groups.models import Group, Place
from groups.views import HOUR, PER_ADDRESS, PER_NETWORK, behind_link, unknown_link
from journal import clock
from journal.languages import speak_hers
from keys import codes, limits
from rounds import cutoff

GROUPS_OFFERED = 40
SHEET, SHEET_KEPT = "table", 48 * HOUR  # longer than a form is taken at all

# /sign-up/, and /join/ with a group's own link


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request):
    """The form, and what follows from it: a question about the place, or the letter that is on its way."""
    now = clock.now()
    if request.method != "POST":
        group = asked_group(request.GET.get("group", ""))
        return sign_up_page(request, blank_form(group, now=now), group, now=now)
    data = request.POST.copy()
    if is_spent(data):
        return redirect(next_sheet(data))
    if "choose_group" in data:
        return group_page(request, SignUpForm(initial=SignUpForm.typed_so_far(data), now=now))
    if "change" in data:
        group = asked_group(data.get("group", ""))
        said = SignUpForm.typed_so_far(data) | {"group": group.slug if group else ""}
        return sign_up_page(request, SignUpForm(initial=said, now=now), group, now=now)
    if "use_suggestion" in data:
        data["email"] = data["typed"] = data["use_suggestion"]
    form = SignUpForm(data, now=now)
    if not form.is_valid():
        return sign_up_page(request, form, asked_group(data.get("group", "")), now=now, status=422)
    return proceed(request, form, now=now)


def blank_form(group, *, now, **more):
    """A form that nobody has typed into, in the reader's language."""
    language = get_language() if get_language() in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    return SignUpForm(initial={"group": group.slug if group else "", "language": language, **more}, now=now)


@never_cache
@require_safe
def join(request, slug, code):
    """The group's own sign-up link: the form with the group filled in, or kindly that the link is out of date."""
    now = clock.now()
    group = get_object_or_404(Group.objects.active(), slug=slug)
    if not inviting.opens(group, code):
        return render(request, "rounds/link_outdated.html", outdated(group), status=404)
    return sign_up_page(request, blank_form(group, now=now, link=inviting.mark(group)), group, now=now)


# One device that many people sign up on: each has a sheet of her own, and a sheet that was sent shows nothing again


def outdated(group):
    """What the page of a link that opens nothing says: of a new link, or of a group that sends none."""
    return {"group": group, "invites": inviting.may_invite(group)}


@never_cache
@require_safe
def table(request, slug, code):
    """The form for the next person at the table: empty, and with the number of a fresh sheet."""
    now = clock.now()
    group = get_object_or_404(Group.objects.active(), slug=slug)
    if not inviting.opens(group, code):
        return render(request, "rounds/link_outdated.html", outdated(group), status=404)
    sheet = secrets.token_urlsafe(16)
    form = blank_form(group, now=now, link=inviting.mark(group), table=sheet)
    return sign_up_page(request, form, group, now=now)


@never_cache
@require_safe
def table_done(request, slug, code):
    """After one person and before the next: thanks, what she does now, and nothing of her."""
    context = {"slug": slug, "code": code, "cut_off": cutoff.for_list(clock.now())}
    return render(request, "rounds/table_done.html", context)


def is_spent(data) -> bool:
    """Whether this is a sheet of a shared device that was sent already, opened again by Back or Reload."""
    return bool(data.get("table")) and limits.spent(SHEET, data["table"][:40], limit=1)


def next_sheet(data) -> str:
    return reverse("rounds:table", args=link_of(data))


def link_of(data) -> tuple[str, str]:
    """The group and the code in a form's link, fit to stand in an address whatever was sent."""
    slug, _slash, code = data.get("link", "").partition("/")
    return slugify(slug[:80]) or "none", codes.heard(code[:20]) or "none"


def group_page(request, form):
    """Another group than the link's: those near her ZIP, or near the group that the form names; or none."""
    read = zips.read(form.initial["zip"])
    near = places.resolve_zip(read.zip) if read and read.zip else None
    named = asked_group(form.initial["group"])
    where = [*near.districts, *near.states] if near else []
    if not where and named:
        where = [place for own in named.places.select_related("state") for place in (own, own.state) if place]
    offered = Group.objects.inviting().filter(Q(places__in=where) | Q(places__state__in=where)).distinct()
    context = {"form": form, "named": named, "offered": offered[:GROUPS_OFFERED]}
    return render(request, "rounds/sign_up_group.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_place(request):
    """The answer to the question about the place; it comes with all that was typed before, and nothing is stored."""
    if request.method != "POST":
        return redirect("rounds:sign_up")
    if is_spent(request.POST):
        return redirect(next_sheet(request.POST))
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
    network = limits.network_of(request)
    if not limits.allow("sign-up-network", network, limit=PER_NETWORK, seconds=HOUR):
        return render(request, "rounds/too_many.html", status=429)
    key = members.email_key(data["email"])
    if not form.is_from_program and limits.allow("sign-up", key, limit=PER_ADDRESS, seconds=HOUR):
        arrivals.keep(form.request(), network=network, now=now)
    if data["table"]:
        limits.allow(SHEET, data["table"], limit=1, seconds=SHEET_KEPT)
        return redirect("rounds:table_done", *link_of(form.data))
    return render(request, "rounds/sign_up_sent.html", {"address": data["email"], "cut_off": cutoff.for_list(now)})


def sign_up_page(request, form, group, *, now, status=200):
    """The form's page; a form that comes back carries the instant it was opened at, if that was genuine."""
    if form.is_bound:
        form.data = form.data.copy()
        form.data["typed"] = form.data.get("email", "") if form.suggestion else form.data.get("typed", "")
    form.mark_opened(now)
    at_table = bool(form["table"].value())
    if at_table:  # what the last person typed is not offered to the next one
        for field in form.fields.values():
            field.widget.attrs["autocomplete"] = "off"
    context = {"form": form, "group": group, "cut_off": cutoff.for_list(now), "at_table": at_table}
    return render(request, "rounds/sign_up.html", context, status=status)


def asked_group(slug):
    """The group that a sign-up link names, None for one that is none."""
    if not slug or "\0" in slug or len(slug) > 80:
        return None
    return Group.objects.inviting().filter(slug=slug).first()


@behind_link
def confirm(request, token):
    """The link of the letter: opening it shows what would be confirmed, the button confirms."""
    member = members.of_token(token, members.CONFIRM)
    if member is None:
        return unknown_link(request)
    speak_hers(request, member.language)
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
