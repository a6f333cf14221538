"""A round's package for everybody: the zip, its files one by one, and the form that finds a voter's line."""

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from journal.languages import SwitchableForm
from keys import limits
from rounds.models import Round
from voting import package, packing
from voting.refusals import Refusal

ENDED = packing.ENDED
KINDS = {"csv": "text/csv", "json": "application/json"}


class LineForm(SwitchableForm):
    """One field: a line code as it was shown after voting."""

    code = forms.CharField(
        label=gettext_lazy("Your line code"),
        help_text=gettext_lazy("26 letters and digits. You saw it after voting, if you asked for it."),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter your line code.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )


def announced(slug):
    """The round, or 404 before its announcement: until then nothing says that there will be a package."""
    return get_object_or_404(Round.objects.filter(rehearsal=False, stage__in=ENDED), slug=slug)


@require_safe
def package_zip(request, slug):
    """All files of the round in one zip."""
    round = announced(slug)
    return HttpResponse(
        kept(round, packing.ZIP),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="round-{round.slug}.zip"'},
    )


@require_safe
def package_file(request, slug, name):
    """One file of the package."""
    kind = KINDS.get(name.rpartition(".")[2], "text/plain")
    if name == packing.ZIP:
        raise Http404
    return HttpResponse(kept(announced(slug), name), content_type=f"{kind}; charset=utf-8")


def kept(round, path) -> bytes:
    """A file as it was published, or 404."""
    content = packing.content(round, path)
    if content is None:
        raise Http404
    return content


# Exempt: this answers a question and changes nothing, and the page needs no cookie that way.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find_line(request, slug):
    """Where a line code stands in the published files. The code comes by POST, so that no log or history has it."""
    round = announced(slug)
    form = LineForm(request.POST if request.method == "POST" else None)
    answer = {"round": round, "form": form, "found": None}
    if form.is_valid():
        if not limits.allow("find-line", limits.network_of(request), limit=30, seconds=3600):
            form.add_error(
                None, _("Many codes were looked up from your network. Try again in an hour, or use the file.")
            )
        else:
            try:
                answer["found"] = package.find_line(round, form.cleaned_data["code"])
                answer["code"] = form.cleaned_data["code"]
            except Refusal as refusal:
                form.add_error("code", str(refusal))
    return render(request, "endorsements/find_line.html", answer, status=400 if form.errors else 200)
