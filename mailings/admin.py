"""The post room at the desk: what waits, what failed and why; stop, resume, send again. Nothing is edited."""

from django.contrib import admin, messages
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from journal import book, clock
from mailings import letters, pace, queue, suppression
from mailings.models import Letter, Provider, StoppedTopic, Suppression


class ReadOnlyAdmin(admin.ModelAdmin):
    """A list to read, with actions for those who may change."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_steer_permission(self, request):
        """Actions ask for the right to change, which opens no form here."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")


class NameFilter(admin.SimpleListFilter):
    """By letter. From the registered names, not from the table: it may hold millions of rows."""

    title = _("letter")
    parameter_name = "letter"

    def lookups(self, request, model_admin):
        return [(name, name) for name in letters.names()]

    def queryset(self, request, queryset):
        return queryset.filter(name=self.value()) if self.value() else queryset


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    list_display = ["name", "topic", "state", "attempts", "reason", "not_before", "settled_at"]
    list_filter = ["state", NameFilter]
    search_fields = ["=topic", "=name", "=message_id"]
    search_help_text = _("A topic such as round:7, a letter's name, or a Message-ID.")
    actions = ["send_again", "stop", "resume"]
    exclude = ["lease_token", "lease_until"]

    @admin.action(description=_("Send again what was refused or set aside"), permissions=["steer"])
    def send_again(self, request, queryset):
        again = queue.send_again(queryset, now=clock.now(), by=request.user)
        text = ngettext("%(n)d letter is in line again.", "%(n)d letters are in line again.", again) % {"n": again}
        self.message_user(request, text, messages.SUCCESS if again else messages.WARNING)

    @admin.action(description=_("Stop the topics of these letters"), permissions=["steer"])
    def stop(self, request, queryset):
        now = clock.now()
        for topic in topics(queryset):
            made = queue.stop(topic, reason=_("stopped at the desk"), now=now, by=request.user)
            text = _("%(topic)s is stopped.") if made else _("%(topic)s was stopped already.")
            self.message_user(request, text % {"topic": topic})

    @admin.action(description=_("Let the topics of these letters go"), permissions=["steer"])
    def resume(self, request, queryset):
        resume(self, request, topics(queryset))


@admin.register(StoppedTopic)
class StoppedTopicAdmin(ReadOnlyAdmin):
    list_display = ["topic", "stopped_at", "reason"]
    actions = ["resume"]

    @admin.action(description=_("Let these topics go"), permissions=["steer"])
    def resume(self, request, queryset):
        resume(self, request, topics(queryset))


@admin.register(Provider)
class ProviderAdmin(admin.ModelAdmin):
    """How fast letters go: the limits are changed here, the account below them is the post room's."""

    list_display = ["name", "rate", "daily_limit", "sent_today", "paused_until", "pause_reason"]
    fields = ["name", *pace.LIMITS, "sent_today", "paused_until", "pause_reason"]
    readonly_fields = ["name", "sent_today", "paused_until", "pause_reason"]
    actions = ["try_now"]
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        """By its verb: it writes no other column, so the account of letters in flight stays right."""
        limits = {name: form.cleaned_data[name] for name in pace.LIMITS}
        pace.change(Provider.objects.get(pk=obj.pk), by=request.user, now=clock.now(), **limits)

    @admin.action(description=_("Try again now, without waiting any longer"), permissions=["change"])
    def try_now(self, request, queryset):
        now = clock.now()
        ended = sum(pace.try_now(provider, by=request.user, now=now) for provider in queryset)
        self.message_user(request, _("Letters go again.") if ended else _("It was not waiting."))


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ["address", "reason", "since", "source"]
    list_filter = ["reason"]
    search_fields = ["address"]
    actions = ["lift"]

    @admin.action(description=_("Write to these addresses again (only if they ask for it)"), permissions=["steer"])
    def lift(self, request, queryset):
        now = clock.now()
        for note in queryset:
            with transaction.atomic():
                suppression.lift([note.address], note.reason)
                book.record("mailings.lift", note, by=request.user, now=now, before={"reason": note.reason})
        self.message_user(request, _("Done. Letters to them go out again."), messages.SUCCESS)


def topics(queryset) -> list[str]:
    """The topics among these rows, each once."""
    return sorted(queryset.order_by().values_list("topic", flat=True).distinct())


def resume(desk, request, some):
    """Let topics go and say so."""
    now = clock.now()
    for topic in some:
        gone = queue.resume(topic, now=now, by=request.user)
        text = _("The letters of %(topic)s go again.") if gone else _("%(topic)s was not stopped.")
        desk.message_user(request, text % {"topic": topic})
