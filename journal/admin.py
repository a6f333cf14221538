from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from journal import approvals, book, clock
from journal.models import Approval, Entry


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):
    """The journal is read, never written, here."""

    list_display = ["at", "who", "verb", "subject", "reason"]
    list_filter = ["verb"]
    search_fields = ["subject", "actor", "actor_name", "verb", "reason"]
    date_hierarchy = "at"
    list_per_page = 50
    show_full_result_count = False

    @admin.display(description="who", ordering="actor")
    def who(self, entry):
        return entry.actor_name or entry.actor

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class Waits(admin.SimpleListFilter):
    """Requests that still can be agreed to."""

    title = _("state")
    parameter_name = "waits"

    def lookups(self, request, model_admin):
        return [("yes", _("wait for a second person"))]

    def queryset(self, request, queryset):
        return approvals.open_requests(clock.now()) if self.value() == "yes" else queryset


@admin.register(Approval)
class ApprovalAdmin(admin.ModelAdmin):
    """Who asked for a second person, and who agreed. Agreed to where the act itself is done; taken back here."""

    list_display = ["asked_at", "asked_name", "action", "subject", "agreed_name", "agreed_at", "ended_at"]
    list_filter = [Waits]
    fields = ["asked_at", "asked_name", "action", "subject", "why", "agreed_name", "agreed_at", "ended_at"]
    readonly_fields = ["why"]
    change_form_template = "admin/journal/approval_page.html"
    list_per_page = 50
    show_full_result_count = False
    actions = None

    @admin.display(description=_("why"))
    def why(self, approval):
        """Of a result the reason would tell how it came out: only its own page says it, to tellers."""
        return approval.reason if not approval.action.startswith("result.") else gettext("On the page of the result.")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        page = self.admin_site.admin_view(self.take_back)
        return [path("<int:pk>/take-back/", page, name="journal_approval_take_back"), *super().get_urls()]

    def may_take_back(self, request, approval):
        """Her own request, or that of somebody whose work she may do."""
        hers = approval.asked_by == book.actor_of(request.user)[0]
        return hers or request.user.has_perm("journal.change_approval")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        approval = self.get_object(request, object_id)
        waits = approval is not None and not approval.agreed_by and approval.ended_at is None
        shown = {"approval": approval if waits and self.may_take_back(request, approval) else None}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def take_back(self, request, pk):
        """A page that asks, and the deed."""
        approval = self.get_object(request, str(pk))
        if approval is None:
            raise Http404
        if not (self.has_view_permission(request) and self.may_take_back(request, approval)):
            raise PermissionDenied
        back = reverse("admin:journal_approval_change", args=[pk])
        if request.method == "POST":
            if approvals.take_back(approval, by=request.user, now=clock.now()):
                messages.success(request, gettext("The request is taken back. Nothing was done."))
            else:
                messages.warning(request, gettext("Somebody was faster: nothing was changed."))
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Take the request back"),
            "approval": approval,
            "opts": self.opts,
            "back": back,
        }
        return TemplateResponse(request, "admin/journal/take_back.html", context)
