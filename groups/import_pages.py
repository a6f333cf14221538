"""The desk's pages of imports: upload a list, match its columns, check it, take it in, undo it."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.admin_deciding import NameField
from groups.importing import undoing, uploads
from groups.importing.layouts import OSDI, OTHER
from groups.models import ImportBatch, Upload, UploadPiece
from groups.refusals import Refusal
from journal import clock, reading

ADD, CHANGE = "groups.add_importbatch", "groups.change_importbatch"
FORMATS = [
    ("action-network", gettext_lazy("Action Network, a report")),
    ("mailchimp", gettext_lazy("Mailchimp, one file for each status")),
    ("everyaction", gettext_lazy("EveryAction, a bulk file")),
    (OSDI, gettext_lazy("OSDI, a JSON document")),
    (OTHER, gettext_lazy("Another table, by its columns")),
]
CELLS = {
    "email": gettext_lazy("E-mail address"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "zip": gettext_lazy("ZIP"),
    "state": gettext_lazy("State"),
    "status": gettext_lazy("Subscribed or not"),
    "dated": gettext_lazy("Day of the address"),
    "joined": gettext_lazy("On the list since"),
    "language": gettext_lazy("Language"),
    "key": gettext_lazy("Number of the person there"),
}
COUNTS = {
    "rows": gettext_lazy("Rows"),
    "new": gettext_lazy("New members"),
    "changed": gettext_lazy("Members with something new"),
    "unchanged": gettext_lazy("Members without anything new"),
    "duplicate": gettext_lazy("More rows about the same person"),
    "suppressed": gettext_lazy("Not written to: unsubscribed, bounced or complained"),
    "no_zip": gettext_lazy("Without a ZIP"),
    "in_doubt": gettext_lazy("District not settled"),
    "bad_address": gettext_lazy("Bad rows, such as no address"),
    "removed": gettext_lazy("Members taken out again"),
    "restored": gettext_lazy("Members as they were before"),
    "kept": gettext_lazy("Left as they are, since something happened to them later"),
    "notes_lifted": gettext_lazy("Addresses written to again"),
}


class UploadForm(forms.Form):
    """A list, where it comes from, and whether staff vouch for it."""

    file = forms.FileField(
        label=gettext_lazy("The list"),
        max_length=500,
        error_messages={
            "required": gettext_lazy("Choose the file."),
            "empty": gettext_lazy("The file is empty."),
            "missing": gettext_lazy("Choose the file."),
            "invalid": gettext_lazy("Choose the file."),
        },
    )
    format = forms.ChoiceField(label=gettext_lazy("Where it comes from"), choices=FORMATS)
    vouched = forms.BooleanField(
        label=gettext_lazy("I vouch that “subscribed” in this list means that the person asked to be on it."),
        required=False,
        help_text=gettext_lazy("Without this nobody is confirmed by the list, and nobody new in it can vote."),
    )


class ColumnsForm(forms.Form):
    """Which column holds what."""

    def __init__(self, header, *args, **kwargs):
        super().__init__(*args, **kwargs)
        choices = [("", _("not in this list")), *((name, name) for name in dict.fromkeys(header) if name.strip())]
        for cell, label in CELLS.items():
            self.fields[cell] = forms.ChoiceField(label=label, choices=choices, required=cell == "email")
        self.fields["email"].error_messages["required"] = _("Say which column holds the address.")


class ReasonForm(forms.Form):
    """Why. It stands in the journal."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say why: the reason stands in the journal.")},
    )


class UndoForm(ReasonForm):
    """Why a whole list is taken back, and the file's name typed by hand."""

    def __init__(self, *args, batch, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["typed"] = NameField(batch.file_name, label=_("Name of the file"))


def urls(site):
    """The pages, under the desk's imports."""
    return [
        path("upload/", site.admin_view(of_site(site, upload_page)), name="groups_upload"),
        path("waiting/<int:pk>/", site.admin_view(of_site(site, waiting_page)), name="groups_upload_waiting"),
        path("waiting/<int:pk>/rows.csv", site.admin_view(bad_rows), name="groups_upload_rows"),
        path("<int:pk>/undo/", site.admin_view(of_site(site, undo_page)), name="groups_import_undo"),
    ]


def of_site(site, view):
    return lambda request, **named: view(request, site, **named)


def allowed(request, permission):
    if not request.user.has_perm(permission):
        raise PermissionDenied


def upload_page(request, site):
    """Choose a list and say where it comes from."""
    allowed(request, ADD)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            upload = uploads.keep(
                said["file"],
                format_name=said["format"],
                vouched_by=str(request.user) if said["vouched"] else "",
                by=request.user,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("admin:groups_upload_waiting", pk=upload.pk)
    waiting = Upload.objects.filter(batch=None).select_related("by")[:20]
    context = {**site.each_context(request), "title": _("Upload a list"), "form": form, "waiting": waiting}
    return render(request, "admin/groups/upload.html", context, status=400 if form.errors else 200)


def waiting_page(request, site, pk):
    """An uploaded list: its first rows, what its columns are, what it would do; then take it in or throw it away."""
    allowed(request, ADD)
    upload = get_object_or_404(Upload, pk=pk)
    if upload.batch_id:
        return redirect("admin:groups_importbatch_change", upload.batch_id)
    reading.read(f"upload:{upload.pk}", by=request.user, now=clock.now())
    trouble, header, rows = "", [], []
    try:
        header, rows = uploads.first_rows(upload)
    except Refusal as refusal:
        trouble = str(refusal)
    matches = upload.format == OTHER and bool(header)
    given = request.POST if request.method == "POST" and request.POST.get("act") == "check" else None
    columns = ColumnsForm(header, given, initial=upload.columns or uploads.guess(header)) if matches else None
    if request.method == "POST" and not trouble:
        try:
            done = act(request, upload, columns)
        except Refusal as refusal:
            trouble = str(refusal)
        else:
            if done:
                return done
    context = {
        **site.each_context(request),
        "title": upload.file_name,
        "upload": upload,
        "format": source_of(upload),
        "header": header,
        "rows": rows,
        "columns": columns,
        "trouble": trouble,
        "counts": in_words(upload.counts),
        "bad": upload.counts.get("bad_address", 0),
        "of_the_list": upload.counts.get("of_the_list", []),
        "remarks": uploads.first_remarks(upload) if upload.checked_at else [],
    }
    status = 400 if trouble or (columns and columns.errors) else 200
    return render(request, "admin/groups/waiting.html", context, status=status)


def act(request, upload, columns):
    """What was pressed; answers where to go, or nothing where the page stays."""
    wanted, now = request.POST.get("act"), clock.now()
    if wanted == "away":
        uploads.throw_away(upload)
        messages.success(request, _("The list is thrown away. Nobody was taken in from it."))
        return redirect("admin:groups_upload")
    if wanted == "check":
        if columns is not None:
            if not columns.is_valid():
                return None
            uploads.match(upload, {cell: name for cell, name in columns.cleaned_data.items() if name})
        uploads.check(upload, now=now)
        return redirect("admin:groups_upload_waiting", pk=upload.pk)
    if wanted == "take":
        report = uploads.take_in(
            upload, skip_bad_rows=request.POST.get("skip_bad_rows") == "on", by=request.user, now=now
        )
        messages.success(request, _("The list is taken in. If it was the wrong one, you can undo it here."))
        return redirect("admin:groups_importbatch_change", report.batch.pk)
    raise Refusal(_("Choose what to do."))


def in_words(counts):
    """Counts as (what, how many), in their order."""
    return [(label, counts[name]) for name, label in COUNTS.items() if name in counts]


def source_of(one):
    """Where a list comes from, in words."""
    return dict(FORMATS).get(one.format, one.format)


def remarks_of(batch):
    """The key of the upload that still has remarks about this batch's rows; None where there are none."""
    found = UploadPiece.objects.filter(upload__batch=batch, kind=UploadPiece.BAD_ROWS)
    return found.values_list("upload", flat=True).first()


def bad_rows(request, pk):
    """The table of all remarks about rows, as CSV."""
    allowed(request, ADD)
    upload = get_object_or_404(Upload, pk=pk)
    reading.read(f"upload:{upload.pk}", by=request.user, now=clock.now(), verb=reading.LISTED)
    response = StreamingHttpResponse(uploads.read(upload, UploadPiece.BAD_ROWS), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rows-of-list-{upload.pk}.csv"'
    return response


def undo_page(request, site, pk):
    """Undo an import, with the reason."""
    allowed(request, CHANGE)
    batch = get_object_or_404(ImportBatch, pk=pk)
    form = UndoForm(request.POST if request.method == "POST" else None, batch=batch)
    if request.method == "POST" and form.is_valid():
        try:
            undoing.undo(batch, by=request.user, now=clock.now(), reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The import is undone."))
            return redirect("admin:groups_importbatch_change", batch.pk)
    context = {
        **site.each_context(request),
        "title": _("Undo this import"),
        "subject": batch,
        "batch": batch,
        "new": batch.counts.get("new", 0),
        "changed": batch.counts.get("changed", 0),
        "form": form,
        "back": reverse("admin:groups_importbatch_change", args=[batch.pk]),
    }
    return render(request, "admin/groups/undo.html", context, status=400 if form.errors else 200)
