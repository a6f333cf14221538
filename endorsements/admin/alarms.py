"""The desk's list of alarms, those that stand and those that are over, and the page on which one is taken."""

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from endorsements.forms import ReasonForm
from endorsements.health import watching
from endorsements.models import StandingAlarm
from endorsements.refusals import Refusal
from groups.admin_once import Once
from groups.admin_readonly import ReadOnly
from journal import clock
from journal.wording import short_in_zone


class Stands(admin.SimpleListFilter):
    """Alarms that are not over."""

    title = _("state")
    parameter_name = "stands"

    def lookups(self, request, model_admin):
        return [("yes", _("stand")), ("no", _("are over"))]

    def queryset(self, request, queryset):
        return queryset.filter(over_at__isnull=self.value() == "yes") if self.value() in ("yes", "no") else queryset


@admin.register(StandingAlarm)
class StandingAlarmAdmin(Once, ReadOnly, admin.ModelAdmin):
    """Alarms are found and ended by the clock; here they are read and taken."""

    list_display = ["sentence", "round", "began", "ended", "taken"]
    list_filter = [Stands]
    list_select_related = ["round", "seen_by"]
    fields = ["what", "sentence", "round", "began", "ended", "taken"]
    readonly_fields = ["what", "sentence", "round", "began", "ended", "taken"]
    change_form_template = "admin/endorsements/alarm_page.html"
    beside = ("round", "seen_by")
    actions = None

    @admin.display(description=_("kind"))
    def what(self, alarm):
        return watching.KINDS.get(alarm.kind, alarm.kind)

    @admin.display(description=_("since"), ordering="since")
    def began(self, alarm):
        return short_in_zone(alarm.since, zone_of(alarm))

    @admin.display(description=_("over"), ordering="over_at")
    def ended(self, alarm):
        return short_in_zone(alarm.over_at, zone_of(alarm)) or _("stands")

    @admin.display(description=_("taken by"))
    def taken(self, alarm):
        if not alarm.seen_by:
            return _("nobody")
        when = short_in_zone(alarm.seen_at, zone_of(alarm))
        return _("%(name)s, %(when)s: %(reason)s") % {"name": alarm.seen_by, "when": when, "reason": alarm.seen_reason}

    def get_urls(self):
        page = self.admin_site.admin_view(self.see)
        return [path("<int:pk>/see/", page, name="endorsements_standingalarm_see"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        alarm = self.get_object(request, object_id)
        may = alarm is not None and alarm.over_at is None and may_take(request.user)
        shown = {"title": _("Alarm"), "subtitle": None, "alarm": alarm if may else None}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def see(self, request, pk):
        """A page that asks what one does about it, and the deed; the way back is where the alarm is shown."""
        if not may_take(request.user):
            raise PermissionDenied
        alarm = StandingAlarm.objects.select_related("round", "seen_by").filter(pk=pk).first()
        if alarm is None:
            raise Http404
        back = reverse("admin:rounds_round_change", args=[alarm.round_id]) if alarm.round else reverse("admin:index")
        form = ReasonForm(request.POST if request.method == "POST" else None)
        form.fields["reason"].label = _("What you do about it")
        if request.method == "POST" and form.is_valid():
            try:
                taken = watching.see(alarm, by=request.user, now=clock.now(), reason=form.cleaned_data["reason"])
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                if taken:
                    messages.success(request, gettext("It is yours. It stands here until it is over."))
                else:
                    messages.warning(request, gettext("Somebody was faster: nothing was changed."))
                return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Take this alarm"),
            "subject": alarm.round or gettext("The house"),
            "effect": gettext("%(sentence)s Your name and words stand beside it for everybody, until it is over.")
            % {"sentence": alarm.sentence},
            "form": form,
            "opts": self.opts,
            "back": back,
        }
        return TemplateResponse(request, "admin/act.html", context, status=400 if form.errors else 200)


def may_take(user) -> bool:
    """Those who are written to about alarms may take them."""
    return user.has_perm("rounds.steer_round")


def zone_of(alarm) -> str:
    return alarm.round.time_zone if alarm.round else settings.TIME_ZONE
