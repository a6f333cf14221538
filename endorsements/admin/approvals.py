"""The desk's list of who asked for a second person, and who agreed."""

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from endorsements.desk import deeds
from groups.admin_once import Once
from groups.admin_readonly import ReadOnly
from journal import approvals, book, clock
from journal.models import Approval
from journal.wording import short_in_zone
from rounds import seconding
from vetting import filing
from voting import voiding

# The page on which the act is done, by what a request is about.
PAGES = {
    "round": "rounds_round",
    "contest": "rounds_contest",
    "result": "voting_result",
    "candidacy": "vetting_vettingfile",
    "correction": "vetting_correction",
    "member": "groups_member",
}
ELSEWHERE = {"candidacy.withdraw": "rounds_candidacy"}  # by what is asked for


class Waits(admin.SimpleListFilter):
    """Requests that still can be agreed to."""

    title = _("state")
    parameter_name = "waits"

    def lookups(self, request, model_admin):
        return [("yes", _("wait for a second person"))]

    def queryset(self, request, queryset):
        return queryset & approvals.open_requests(clock.now()) if self.value() == "yes" else queryset


@admin.register(Approval)
class ApprovalAdmin(Once, ReadOnly, admin.ModelAdmin):
    """Requests are agreed to where the act itself is done; here they are read and taken back."""

    list_display = ["asked", "what", "about", "came_of_it"]
    list_filter = [Waits]
    fields = ["asked", "what", "about", "reason", "came_of_it"]
    readonly_fields = ["asked", "what", "about", "reason", "came_of_it"]
    change_form_template = "admin/journal/approval_page.html"
    actions = None

    @admin.display(description=_("asked"), ordering="asked_at")
    def asked(self, approval):
        return short_in_zone(approval.asked_at, settings.TIME_ZONE)

    @admin.display(description=_("what"), ordering="action")
    def what(self, approval):
        return f"{approval.asked_name} {deeds.asked_words(approval)}"

    @admin.display(description=_("where it is done"))
    def about(self, approval):
        model, _colon, key = approval.subject.partition(":")
        if model not in PAGES:
            return approval.subject
        page = ELSEWHERE.get(approval.action, PAGES[model])
        return format_html('<a href="{}">{} {}</a>', reverse(f"admin:{page}_change", args=[key]), model, key)

    @admin.display(description=_("what came of it"))
    def came_of_it(self, approval):
        if approval.agreed_by:
            when = short_in_zone(approval.agreed_at, settings.TIME_ZONE)
            return _("%(name)s agreed, %(when)s") % {"name": approval.agreed_name, "when": when}
        if approval.ended_at:
            return _("ended, %s") % short_in_zone(approval.ended_at, settings.TIME_ZONE)
        until = approval.asked_at + approvals.KEPT
        return _("nobody has agreed; possible until %s") % short_in_zone(until, settings.TIME_ZONE)

    def get_queryset(self, request):
        return filing.requests_open_to(request.user, seconding.seen_by(request.user, super().get_queryset(request)))

    def get_urls(self):
        page = self.admin_site.admin_view(self.take_back)
        return [path("<int:pk>/take-back/", page, name="journal_approval_take_back"), *super().get_urls()]

    def may_take_back(self, request, approval):
        """Her own request, or that of somebody whose work she may do."""
        hers = approval.asked_by == book.actor_of(request.user)[0]
        return hers or request.user.has_perm("journal.change_approval")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        approval = self.get_object(request, object_id)
        shown = {}
        if approval is not None:
            waits = approvals.open_requests(clock.now()).filter(pk=approval.pk).exists()
            may = waits and self.may_take_back(request, approval)
            shown = {"title": _("Request for a second person"), "subtitle": None, "approval": approval if may else None}
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
            tell = not approval.action.startswith((seconding.ABOUT_RESULTS, voiding.ACT))
            if approvals.take_back(approval, by=request.user, now=clock.now(), tell=tell):
                messages.success(request, gettext("The request is taken back. Nothing was done."))
            else:
                messages.warning(request, gettext("Somebody was faster: nothing was changed."))
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Take the request back"),
            "subject": self.what(approval),
            "effect": gettext("Nobody can agree any more once it is taken back. Nothing is done."),
            "form": Form(),
            "opts": self.opts,
            "back": back,
        }
        return TemplateResponse(request, "admin/act.html", context)
