"""A group's public page: where it works, how to find it, and whom the federation endorsed at its wish."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from endorsements.models import Endorsement
from groups import inviting
from groups.models import Group
from journal import clock
from rounds.models import Nomination

PAGE = 24


@require_safe
def group_page(request, slug):
    """One active group with its endorsed candidates, newest first. Leaders' addresses are not shown."""
    group = get_object_or_404(Group.objects.active().prefetch_related("places"), slug=slug)
    page = Paginator(endorsed_by(group, clock.now()), PAGE).get_page(request.GET.get("page"))
    context = {"group": group, "page": page, "invites": inviting.may_invite(group)}
    return render(request, "endorsements/group_page.html", context)


def endorsed_by(group, now):
    """The public endorsements that this group nominated, alone or together with the group that sent it in."""
    accepted = Nomination.objects.filter(state=Nomination.State.ACCEPTED)
    hers = accepted.filter(Q(group=group) | Q(local_endorsement__joint_groups=group))
    return Endorsement.objects.public(now).filter(candidacy__in=hers.values("candidacy")).with_everything()
