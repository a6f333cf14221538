"""Who looked at a member at the desk: each page of hers and each search that finds her is written down, and shown."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from groups.models import Member
from journal import book, clock, reading
from journal.models import Entry
from journal.wording import short_in_zone

SHOWN = 50
ALL_MEMBERS = "members"
TABLE = "export:members"
HOW = {
    reading.OPENED: _("opened the page"),
    reading.FOUND: _("found the member by a search"),
    reading.EXPORTED: _("took the table of members"),
}


class Read:
    """For MemberAdmin: whoever opens a member's page or finds her by a search stands in the journal.

    A page of its own tells who did, without her name: whoever reads the journal may open it.
    """

    def get_urls(self):
        name = "groups_member_readers"
        return [path("<int:pk>/readers/", self.admin_site.admin_view(self.readers), name=name), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        """What was searched for is not written down: it may be an address."""
        response = super().changelist_view(request, extra_context)
        changes = (getattr(response, "context_data", None) or {}).get("cl")
        if changes is not None:
            found = list(changes.result_list) if changes.query else [ALL_MEMBERS]
            verb = reading.FOUND if changes.query else reading.LISTED
            reading.read(*found, by=request.user, now=clock.now(), verb=verb)
        return response

    def readers(self, request, pk):
        """Who looked at one member, for those who answer for it."""
        if not may_see_readers(request.user):
            raise PermissionDenied
        member = Member.objects.filter(pk=pk).first()
        if member is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": _("Who looked at member %(number)d") % {"number": pk},
            "looked_at": looked_at(member),
            "opts": self.opts,
        }
        return render(request, "admin/groups/readers.html", context)


def opened(member, user) -> None:
    """Write down that a user looks at a member: before the page is shown."""
    reading.read(member, by=user, now=clock.now())


def may_see_readers(user) -> bool:
    """Whether somebody may know who looked at a member: the data manager, and whoever reads the journal."""
    return user.has_perm("groups.change_member") or user.has_perm("journal.view_entry")


def looked_at(member) -> list[tuple[str, str, str, str]]:
    """(when, who, how, what for) of those who looked at a member, newest first; of tables, those she was in."""
    here = Q(subject=book.subject_of(member), verb__in=reading.VERBS)
    if member.confirmed_at:
        here |= Q(subject=TABLE, verb=reading.EXPORTED, at__gte=member.confirmed_at)
    return [
        (short_in_zone(entry.at, settings.TIME_ZONE), entry.actor_name or entry.actor, HOW[entry.verb], entry.reason)
        for entry in Entry.objects.filter(here)[:SHOWN]
    ]
