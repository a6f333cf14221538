"""The desk's page of exports: which table, what for; then the file."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from endorsements.desk import exporting
from endorsements.refusals import Refusal
from journal import clock


class ExportForm(forms.Form):
    """A table and its purpose."""

    table = forms.ChoiceField(label=gettext_lazy("Table"), widget=forms.RadioSelect)
    purpose = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("A sentence. It stands in the journal with your name."),
    )

    def __init__(self, *args, tables, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["table"].choices = [(name, table.title) for name, table in tables.items()]


def export(request, site):
    """GET asks; POST writes the journal and sends the table, row by row."""
    tables = exporting.tables_of(request.user)
    if not tables:
        raise PermissionDenied
    form = ExportForm(request.POST or None, tables=tables)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            name, lines = exporting.begin(said["table"], purpose=said["purpose"], by=request.user, now=clock.now())
        except Refusal as refusal:
            form.add_error("purpose", str(refusal))
        else:
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
    context = {
        **site.each_context(request),
        "title": _("Export a table"),
        "form": form,
        "days": exporting.MAY_KEEP.days,
    }
    return render(request, "admin/export.html", context, status=400 if form.errors else 200)
