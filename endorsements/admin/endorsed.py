"""The desk's pages of what was endorsed: the words and the photo of the public page, and how it went on."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from endorsements import endorsing, noting
from endorsements.forms import EndorsementForm, SettleForm
from endorsements.models import Endorsement
from endorsements.refusals import Refusal
from journal import book, clock


@admin.register(Endorsement)
class EndorsementAdmin(admin.ModelAdmin):
    """The public page of an endorsement: photo, title, reason, and how it ended."""

    list_display = ["candidacy", "round", "status", "announced_at", "has_photo"]
    list_filter = ["status", "round", "candidacy__race__office"]
    search_fields = ["candidacy__name", "slug"]
    search_words = {"race": "candidacy__race", "group": "candidacy__nominations__group"}
    list_select_related = ["candidacy__race__place", "round"]
    fields = ["title", "photo", "photo_credit", "photo_alt", "reason", "correction", "status", "status_note", "slug"]
    readonly_fields = ["slug", "status", "status_note"]
    change_form_template = "admin/endorsements/endorsement_page.html"
    form = EndorsementForm

    def get_fields(self, request, obj=None):
        """The candidate's name is typed where a note goes out at once."""
        fields = list(super().get_fields(request, obj))
        if obj is not None and self.has_change_permission(request, obj) and noting.is_open(obj.round):
            fields.insert(fields.index("correction") + 1, "typed")
        return fields

    def get_form(self, request, obj=None, change=False, **kwargs):
        """The field of the name is made by the form itself, for this one endorsement."""
        named = [name for name in self.get_fields(request, obj) if name not in ("typed", *self.readonly_fields)]
        return super().get_form(request, obj, change, **{**kwargs, "fields": named})

    def get_urls(self):
        return [
            path("<int:pk>/settle/", self.admin_site.admin_view(self.settle), name="endorsements_endorsement_settle"),
            *super().get_urls(),
        ]

    def settle(self, request, pk):
        """How an endorsement went on: one page that asks for the outcome and the note on its public page."""
        endorsement = self.get_object(request, pk)
        if endorsement is None:
            raise Http404
        if not self.has_change_permission(request, endorsement):
            raise PermissionDenied
        form = SettleForm(request.POST if request.method == "POST" else None, endorsement=endorsement)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                done = endorsing.settle(
                    endorsement, said["status"], note=said["note"], by=request.user, now=clock.now()
                )
            except Refusal as refusal:
                messages.error(request, str(refusal))
            else:
                told = _("The public page says so now.") if done else _("Somebody was faster: nothing was changed.")
                messages.info(request, told)
            return redirect("admin:endorsements_endorsement_change", endorsement.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Say how it went on"),
            "subject": endorsement,
            "effect": _(
                "The public page of %(name)s says so at once, with your note. Nobody gets a letter. An endorsement "
                "that was rescinded or has lapsed does not come back."
            )
            % {"name": endorsement.candidacy.name},
            "form": form,
            "opts": self.opts,
            "back": reverse("admin:endorsements_endorsement_change", args=[endorsement.pk]),
        }
        return render(request, "admin/act.html", context)

    @admin.display(boolean=True, description=_("photo"))
    def has_photo(self, endorsement):
        return bool(endorsement.photo)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        changed, now = [name for name in form.changed_data if name not in ("correction", "typed")], clock.now()
        before = {name: str(form.initial.get(name, "")) for name in changed}
        super().save_model(request, obj, form, change)
        if changed:
            after = {name: str(getattr(obj, name)) for name in changed}
            book.record("endorsement.edited", obj, by=request.user, now=now, before=before, after=after)
        if note := form.cleaned_data["correction"].strip():
            noting.correct(obj.round, text=note, texts={}, endorsement=obj, by=request.user, now=now)
