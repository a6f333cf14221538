"""The desk's page of all contests of a round and their results, under the round's own page."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from journal import clock
from rounds.models import Round
from voting import contest_table


def urls(site):
    """The page, among those of the desk's rounds."""
    view = site.admin_view(lambda request, pk: results_page(request, site, pk))
    return [path("<int:pk>/results/", view, name="rounds_round_results")]


def results_page(request, site, pk):
    """Every contest with votes, share, rule, turnout, outcome and why; tellers' until the round is certified."""
    round = get_object_or_404(Round, pk=pk)
    if not contest_table.may_see(request.user, round):
        raise PermissionDenied
    context = {
        **site.each_context(request),
        "title": _("Results: %s") % round,
        "round": round,
        "table": contest_table.read_by(request.user, round, now=clock.now()),
        "certified": round.stage in contest_table.CERTIFIED,
        "back": reverse("admin:rounds_round_change", args=[round.pk]),
    }
    return render(request, "admin/voting/contest_table_page.html", context)
