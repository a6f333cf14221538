"""A leader's home and her groups' own endorsements. What is not hers is not there: 404."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Prefetch, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from groups import places
from groups.models import Group
from journal import clock
from mailings.models import Letter
from rounds import admission, emails, local_votes, planning
from rounds.forms.local_endorsement import LocalEndorsementForm
from rounds.models import Nomination
from rounds.refusals import Refusal

LETTERS_SHOWN = 10


@dataclass(frozen=True)
class OwnGroup:
    """One of the leader's groups as her home shows it."""

    group: Group
    nominations: list
    contact: tuple  # (name, e-mail) of the organizer
    waiting: int  # people who wait to be confirmed as leaders


def led_by(user):
    """The groups whose pages this user may open."""
    return Group.objects.active().led_by(user)


@login_required
@require_safe
def lead_home(request):
    """Her groups, drafts and sent nominations, the next dates, whom to write to, our letters to her."""
    now = clock.now()
    shown = Nomination.objects.exclude(state=Nomination.State.WITHDRAWN)
    shown = shown.select_related("candidacy", "race__place", "draft_saved_by").order_by("-pk")
    groups = led_by(request.user).prefetch_related("places__state", Prefetch("nominations", shown, to_attr="shown"))
    unconfirmed = Count("leaderships", filter=Q(leaderships__confirmed_at=None), distinct=True)
    waiting = dict(Group.objects.filter(pk__in=groups).order_by().annotate(n=unconfirmed).values_list("pk", "n"))
    home = [OwnGroup(group, group.shown, contact_of(group), waiting[group.pk]) for group in groups]
    cycle = planning.current_cycle(now)
    letters = Letter.objects.filter(name__in=emails.LABELS, seat=request.user.pk, state=Letter.State.SENT)
    return render(
        request,
        "rounds/lead_home.html",
        {
            "home": home,
            "waits_for": [] if home else Group.objects.active().filter(leaderships__user=request.user),
            "dates": planning.next_dates(cycle, now) if cycle else [],
            "letters": [(emails.LABELS[letter.name], letter) for letter in letters[:LETTERS_SHOWN]],
            "now": now,
            "zone": settings.TIME_ZONE,
        },
    )


def contact_of(group):
    """The organizer of the group's first place, from places that are fetched already."""
    own = sorted(group.places.all(), key=lambda place: place.pk)
    return places.contact(own[0]) if own else None


@login_required
@require_safe
def local_endorsements(request, slug):
    """The group's own endorsements, newest first, for any office."""
    group = get_object_or_404(led_by(request.user), slug=slug)
    listed = group.local_endorsements.select_related("nomination").prefetch_related("joint_groups")
    return render(request, "rounds/local_endorsements.html", {"group": group, "endorsements": listed})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_local_endorsement(request, slug):
    """Keep an endorsement without asking for a national one."""
    now = clock.now()
    group = get_object_or_404(led_by(request.user), slug=slug)
    try:
        admission.check_group(group)
    except Refusal as refusal:
        return render(request, "rounds/stop.html", {"group": group, "refusal": refusal}, status=403)
    form = LocalEndorsementForm(request.POST if request.method == "POST" else None, group=group, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            local_votes.record(group, answers=form.cleaned_data, by=request.user, now=now)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your endorsement is on record."))
            return redirect("rounds:local_endorsements", slug=group.slug)
    status = 400 if form.is_bound else 200
    return render(request, "rounds/local_endorsement_add.html", {"group": group, "form": form}, status=status)
