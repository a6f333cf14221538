"""The desk's page of what is thrown away, when, and whether it was."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from endorsements import purging
from journal import clock, reading


def retention(request, site):
    """Each kind with its rule, what of it is past its time, and when the clock purged last."""
    if not request.user.has_perm("journal.view_entry"):
        raise PermissionDenied
    last = purging.last(clock.now())
    left = last.after["left"] if last else {}
    context = {
        **site.each_context(request),
        "title": _("Retention"),
        "kinds": [(kind, left.get(kind.name, 0)) for kind in purging.KINDS],
        "last": last,
        "stays": purging.STAYS,
        "reads": f"{reverse('admin:journal_entry_changelist')}?verb={reading.OPENED}",
    }
    return render(request, "admin/retention.html", context)
