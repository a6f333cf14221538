"""The public extract of a round's journal: its page, and the same as a table."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from endorsements.public import extract, round_pages


@require_safe
def round_journal(request, slug):
    """What staff and the clock decided in a round, day by day, with the chain's hash at each day's end."""
    round = get_object_or_404(round_pages.seen().select_related("cycle"), slug=slug)
    return render(request, "endorsements/round_journal.html", {"round": round, **extract.page_of(round)})


@require_safe
def round_journal_csv(request, slug):
    """The same, one line for each entry."""
    round = get_object_or_404(round_pages.seen(), slug=slug)
    return HttpResponse(
        extract.csv_of(round),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{extract.file_name(round)}"'},
    )
