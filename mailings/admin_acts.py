"""The post room's pages that ask why before something is done: of one record, or of rows ticked in a list."""

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from mailings.forms import NumberForm

SHOWN = 20


def way_back(request, otherwise):
    """Where she came from, as ?back= says it, if that is a path of the desk; no other address is followed."""
    back = request.GET.get("back", "")
    ours = back.startswith(reverse("admin:index")) and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if ours else otherwise


def act_page(desk, request, form, *, template="admin/act.html", **shown):
    """The page that asks why before something is done."""
    context = {**desk.admin_site.each_context(request), "opts": desk.opts, "form": form, **shown}
    return render(request, template, context, status=400 if form.errors else 200)


def reason_for(desk, request, rows, *, title, effect, number=0):
    """For an action of a list: (the reason, None) once it is given, else (None, the page that asks for it).

    The page sends the same action with the same rows again, and with them the reason; number is how many letters go,
    to be typed where they are several.
    """
    form = NumberForm(request.POST if "reason" in request.POST else None, number=number)
    if form.is_valid():
        return form.cleaned_data["reason"], None
    kept = [(name, request.POST[name]) for name in ("action", "select_across") if name in request.POST]
    kept += [(ACTION_CHECKBOX_NAME, key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)]
    page = act_page(
        desk,
        request,
        form,
        template="admin/mailings/rows_act.html",
        title=title,
        effect=effect,
        rows=rows[:SHOWN],
        kept=kept,
        subject=desk.opts.verbose_name_plural,
        back=request.get_full_path(),
    )
    return None, page
