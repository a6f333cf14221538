"""The desk's rooms of what people told us: members' reports, sign-ups made by one hand, people who lead a group."""

from django.contrib import admin, messages
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from groups import arrivals, introducing, reports
from groups.admin_deciding import Decided, Decision
from groups.admin_readonly import ReadOnly
from groups.models import LeaderRequest, MemberReport, SignUp
from groups.refusals import Refusal
from groups.territory import InTerritory
from journal import clock
from journal.admin_reading import Watched

ASKED = ("group", "name", "email", "words", "language", "asked_at", "state", "decided_at", "decided_by", "answer")


class Unseen(admin.SimpleListFilter):
    """The reports that nobody has looked at yet."""

    title = _("seen")
    parameter_name = "seen"

    def lookups(self, request, model_admin):
        return [("no", _("not yet")), ("yes", _("seen"))]

    def queryset(self, request, queryset):
        return queryset.filter(seen_at__isnull=self.value() == "no") if self.value() in ("no", "yes") else queryset


@admin.register(MemberReport)
class MemberReportAdmin(Watched, ReadOnly, admin.ModelAdmin):
    """Who moved, and who says that we write to the wrong person. Staff look, mend what is to be mended, and tick it."""

    list_display = ["told_at", "kind", "who", "before", "after", "seen_at", "seen_by"]
    list_filter = [Unseen, "kind"]
    list_select_related = ["member", "seen_by"]
    search_fields = ["member__email_key", "member__last_name"]
    search_words = {"email": "member__email"}
    actions = ["mark_seen"]

    def about(self, row):
        """Her, so that it stands among those who looked at her."""
        return [f"member:{row.member_id}"]

    @admin.display(description=_("member"))
    def who(self, report):
        url = reverse("admin:groups_member_change", args=[report.member_id])
        return format_html('<a href="{}">{}</a>', url, report.member)

    @admin.action(description=_("Mark as seen"), permissions=["tick"])
    def mark_seen(self, request, queryset):
        number = reports.mark_seen(queryset, by=request.user, now=clock.now())
        said = ngettext("%(number)d report is marked as seen.", "%(number)d reports are marked as seen.", number)
        messages.success(request, said % {"number": number})

    def has_tick_permission(self, request):
        return request.user.has_perm("groups.change_memberreport")


class Flagged(admin.SimpleListFilter):
    """The sign-ups that a rule named, and of these the ones that nobody has looked at yet."""

    title = _("pattern")
    parameter_name = "flagged"

    def lookups(self, request, model_admin):
        return [("open", _("found, not seen yet")), ("all", _("found")), ("no", _("none"))]

    def queryset(self, request, queryset):
        if self.value() == "no":
            return queryset.filter(rule="")
        if self.value() in ("open", "all"):
            queryset = queryset.exclude(rule="")
        return queryset.filter(seen_at=None) if self.value() == "open" else queryset


@admin.register(SignUp)
class SignUpAdmin(Watched, ReadOnly, admin.ModelAdmin):
    """Who signed up in the last days, with the rule that fired. A flag keeps nobody off the list."""

    list_display = ["asked_at", "email", "name", "zip", "came_by", "rule", "seen_at", "seen_by"]
    sortable_by = ()
    list_filter = [Flagged, "rule"]
    list_select_related = ["came_by", "seen_by"]
    search_fields = ["email", "last_name"]
    search_words = {"email": "email", "group": "came_by"}
    fields = ["asked_at", "email", "first_name", "last_name", "zip", "came_by", "rule", "seen_at", "seen_by"]
    actions = ["mark_seen"]

    @admin.display(description=_("name"))
    def name(self, row):
        return f"{row.first_name} {row.last_name}".strip()

    @admin.action(description=_("Seen: these are fine"), permissions=["tick"])
    def mark_seen(self, request, queryset):
        number = arrivals.mark_seen(queryset, by=request.user, now=clock.now())
        said = ngettext("%(number)d sign-up is marked as seen.", "%(number)d sign-ups are marked as seen.", number)
        messages.success(request, said % {"number": number})

    def has_tick_permission(self, request):
        return request.user.has_perm("groups.change_signup")


@admin.register(LeaderRequest)
class LeaderRequestAdmin(Watched, InTerritory, Decided):
    """Who says that she leads a group. Staff ask the group, then let her in or decline."""

    refusal = Refusal
    list_display = ["asked_at", "name", "email", "group", "state", "decided_at", "decided_by"]
    list_filter = ["state"]
    list_select_related = ["group", "decided_by"]
    search_fields = ["name", "email", "group__name"]
    search_words = {"email": "email", "group": "group"}
    fields = ASKED
    readonly_fields = ASKED
    decisions = {
        "admit": Decision(
            _("Let in as a leader"),
            _(
                "This person leads the group from now on, and gets a letter that says how to sign in. Ask the "
                "group first."
            ),
            introducing.admit,
            [LeaderRequest.State.OPEN],
            needs_reason=False,
            hint=_("How you know: for the record, not for the letter."),
        ),
        "decline": Decision(
            _("Decline"),
            _("This person gets a letter with your reason, and may ask again."),
            introducing.decline,
            [LeaderRequest.State.OPEN],
            hint=_("These words go into the letter."),
        ),
    }
