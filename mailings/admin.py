"""The post room at the desk: what waits, what failed and why; stop, resume, send again. Nothing is edited."""

from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from journal import book, clock
from journal.admin_reading import Watched
from mailings import breaker, discretion, pace, queue, ramp, suppression, unseen, waves
from mailings.admin_acts import act_page, reason_for, way_back
from mailings.admin_unseen import UnseenPages
from mailings.forms import NumberForm, ReasonForm, TopicForm
from mailings.models import Letter, Provider, StoppedTopic, Suppression, Wave


class ReadOnlyAdmin(admin.ModelAdmin):
    """A list to read, with actions for those who may change."""

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
        return [(name, name) for name in discretion.names()]

    def queryset(self, request, queryset):
        return queryset.filter(name=self.value()) if self.value() else queryset


class StateFilter(admin.SimpleListFilter):
    """Letters that are not sent, by what keeps them. Of the sent ones there are millions: no index is kept for them."""

    title = _("state")
    parameter_name = "state__exact"

    def lookups(self, request, model_admin):
        return [(str(state.value), state.label) for state in Letter.State if state != Letter.State.SENT]

    def queryset(self, request, queryset):
        known = {state for state, _label in self.lookup_choices}
        return queryset.filter(state=self.value()) if self.value() in known else queryset


@admin.register(Letter)
class LetterAdmin(UnseenPages, ReadOnlyAdmin):
    """Letters one by one. Those whose rows tell who voted, and when, are there for nobody (discretion.py)."""

    list_display = ["name", "topic", "state", "reported", "attempts", "reason", "not_before", "settled_at"]
    list_select_related = ["delivery"]
    sortable_by = ()  # a list of millions is sorted by its indexes alone
    list_filter = [StateFilter, NameFilter]
    search_fields = ["topic", "name", "message_id"]
    search_help_text = _("A topic such as round:7, a letter's name, or a Message-ID. Each as it is written.")
    actions = ["send_again"]
    exclude = ["lease_token", "lease_until"]

    def get_queryset(self, request):
        every, name = super().get_queryset(request), request.GET.get("letter")
        # By one name, as its filter asks, a million rows are counted from the index alone.
        return discretion.shown_of(every, name) if name else discretion.shown(every)

    def get_list_display(self, request):
        """A topic is stopped on a page of its own, which asks why."""
        may = request.user.has_perm("mailings.change_stoppedtopic")
        return [*self.list_display, "stop_it"] if may else self.list_display

    def get_ordering(self, request):
        """The letters of one name by their index, that of (name, subject, seat, wave); else the newest first."""
        return ["-name", "-subject", "-seat", "-wave"] if request.GET.get("letter") else ["-id"]

    def get_paginator(self, request, *given, **named):
        """Of one name they are counted by their index too: by that of all letters a million are walked past."""
        pages = super().get_paginator(request, *given, **named)
        pages.in_order = bool(request.GET.get("letter"))
        return pages

    def get_search_results(self, request, queryset, search_term):
        """By the indexes, in a table of millions: a part of a name or number is not looked for."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if "@" in term:
            return queryset.filter(message_id=term), False
        return queryset.filter(Q(topic=term) | Q(name=term)), False

    @admin.display(description=_("how far it got"))
    def reported(self, letter):
        return letter.outcome

    @admin.display(description=_("stop"))
    def stop_it(self, letter):
        return switch_link("stop", letter.topic)

    @admin.action(description=_("Send again what was refused or set aside"), permissions=["steer"])
    def send_again(self, request, queryset):
        reason, page = reason_for(
            self,
            request,
            queryset,
            title=_("Send again what was refused or set aside"),
            effect=_("Those of the letters that were refused or set aside are tried again, from the first attempt on."),
            number=queue.to_send_again(queryset).count(),
        )
        if page:
            return page
        again = queue.send_again(queryset, now=clock.now(), by=request.user, reason=reason)
        text = ngettext("%(n)d letter is in line again.", "%(n)d letters are in line again.", again) % {"n": again}
        self.message_user(request, text, messages.SUCCESS if again else messages.WARNING)
        return None


@admin.register(StoppedTopic)
class StoppedTopicAdmin(ReadOnlyAdmin):
    """The stop button: everything about one topic waits, from within a batch, until somebody lets it go."""

    list_display = ["topic", "stopped_at", "reason"]
    actions = None

    def get_list_display(self, request):
        return [*self.list_display, "let_go"] if self.has_steer_permission(request) else self.list_display

    @admin.display(description=_("let go"))
    def let_go(self, stopped):
        return switch_link("resume", stopped.topic)

    def get_urls(self):
        page = self.admin_site.admin_view(self.switch)
        return [path("<slug:act>/of/<str:topic>/", page, name="mailings_stoppedtopic_switch"), *super().get_urls()]

    def switch(self, request, act, topic):
        """Stop a topic or let it go, with the reason; the way back is where the button stood."""
        if act not in SWITCHES:
            raise Http404
        if not self.has_steer_permission(request):
            raise PermissionDenied
        title, effect = SWITCHES[act]
        said = request.POST if request.method == "POST" else None
        form = TopicForm(said, topic=topic) if act == "resume" else ReasonForm(said)
        back = way_back(request, reverse("admin:mailings_letter_changelist") + "?" + urlencode({"q": topic}))
        if request.method == "POST" and form.is_valid():
            now, reason = clock.now(), form.cleaned_data["reason"]
            if act == "stop":
                done = queue.stop(topic, reason=reason, now=now, by=request.user)
            else:
                done = queue.resume(topic, reason=reason, now=now, by=request.user)
            said = gettext("Done: %(topic)s.") if done else gettext("%(topic)s stood that way already.")
            self.message_user(request, said % {"topic": topic}, messages.SUCCESS if done else messages.WARNING)
            return redirect(back)
        if act == "resume":
            effect = f"{effect} {waiting_words(topic)}"
        return act_page(self, request, form, title=title, effect=effect, subject=topic, back=back)


SWITCHES = {
    "stop": (
        _("Stop the letters"),
        _("Letters about this wait. What a sender has in hand this moment, at most one batch each, still goes."),
    ),
    "resume": (_("Let the letters go"), _("The letters that wait go out from now on.")),
}
ACTS = {
    "stop": (_("Stop this wave"), _("Nothing more of it is let go. At most the batches in hand still go.")),
    "resume": (_("Let it go on"), _("It goes on where it was; what came before no longer counts against it.")),
    "go_on": (_("Take the next step now"), _("The next step begins without waiting any longer.")),
}


@admin.register(Wave)
class WaveAdmin(ReadOnlyAdmin):
    """Mailings to many: where each is, what stopped it, and what may be pressed."""

    list_display = ["name", "topic", "letters", "step", "let_go", "not_before", "stopped_at", "stop_reason"]
    list_filter = ["step"]
    search_fields = ["=topic", "=name"]
    actions = None
    change_form_template = "admin/mailings/wave_page.html"

    @admin.display(description=_("let go"))
    def let_go(self, wave):
        """A small wave is let go as a whole, unless somebody stopped it."""
        return wave.released if wave.held or wave.stopped_at else wave.letters

    def get_urls(self):
        page = self.admin_site.admin_view(self.act)
        return [path("<int:pk>/do/<slug:act>/", page, name="mailings_wave_act"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        wave = self.get_object(request, object_id)
        shown = {}
        if wave is not None:
            counted, counted_at = waves.counts(wave, clock.now())
            told = unseen.told(wave.name, counted)
            may = self.acts_of(wave) if self.has_steer_permission(request) else []
            shown = {
                "wave": wave,
                "unseen": wave.name in unseen.names(),
                "title": f"{wave.name}, {wave.topic}",
                "said": ramp.state_in_words(wave),
                "checked": ramp.checked(wave) if wave.held else 0,
                "counted_at": counted_at,
                "states": [(Letter.State(state).label, n) for state, n in sorted(told.items())],
                "figures": None if wave.step == Wave.Step.DONE else breaker.figures(wave),
                "topic_stopped": queue.stopped(wave.topic),
                "acts": [(act, ACTS[act][0], act == "stop") for act in may],
            }
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def acts_of(self, wave):
        """What may be pressed now."""
        if wave.step == Wave.Step.DONE:
            return []
        acts = ["resume"] if wave.stopped_at else []
        if wave.step in [Wave.Step.CHECKING, *ramp.UP_TO]:
            acts.append("go_on")
        return acts if wave.stopped_at else [*acts, "stop"]

    def act(self, request, pk, act):
        """One act with its reason, as the journal will have it."""
        wave = self.get_object(request, str(pk))
        if wave is None or act not in ACTS:
            raise Http404
        if not self.has_steer_permission(request):
            raise PermissionDenied
        title, effect = ACTS[act]
        said = request.POST if request.method == "POST" else None
        form = ReasonForm(said) if act == "stop" else NumberForm(said, number=wave.letters)
        back = reverse("admin:mailings_wave_change", args=[wave.pk])
        if request.method == "POST" and form.is_valid():
            verb = {"stop": ramp.stop, "resume": ramp.resume, "go_on": ramp.go_on}[act]
            now = clock.now()
            if verb(wave, reason=form.cleaned_data["reason"], by=request.user, now=now):
                waves.count(wave, now=now)
                self.message_user(request, ramp.state_in_words(wave), messages.SUCCESS)
            else:
                self.message_user(request, _("It stood that way already."), messages.WARNING)
            return redirect(back)
        if act != "stop":
            all_of_it = ngettext("It has %(n)s letter in all", "It has %(n)s letters in all", wave.letters)
            end = gettext("one that has gone can’t be taken back.")
            effect = f"{effect} {all_of_it % {'n': f'{wave.letters:,}'}}; {end}"
        return act_page(self, request, form, title=title, effect=effect, subject=wave, back=back)


def waiting_words(topic) -> str:
    """How many letters of a topic wait that may be looked at: of the others each would tell of somebody."""
    n = discretion.shown(Letter.objects.about(topic).waiting()).count()
    words = ngettext("%(n)s letter waits", "%(n)s letters wait", n) % {"n": f"{n:,}"}
    return gettext("%(waiting)s, beside those that are shown nowhere. One that has gone can’t be taken back.") % {
        "waiting": words
    }


def switch_link(act, topic):
    """The way to the page on which a topic is stopped or let go; none for letters without a topic."""
    if not topic or "/" in topic:
        return ""
    url = reverse("admin:mailings_stoppedtopic_switch", args=[act, topic])
    return format_html('<a href="{}">{}</a>', url, SWITCHES[act][0])


@admin.register(Provider)
class ProviderAdmin(admin.ModelAdmin):
    """How fast letters go: the limits are changed here, the account below them is the post room's."""

    list_display = ["name", "rate", "daily_limit", "sent_today", "sent_at", "paused_until", "pause_reason"]
    fieldsets = [
        (
            None,
            {
                "fields": ["name", *pace.LIMITS],
                "description": _(
                    "Empty means no limit. A new sender warms up: so many letters on the first day, twice as many "
                    "on each day after. A tenth is kept for letters that somebody waits for."
                ),
            },
        ),
        (_("Now"), {"fields": ["sent_today", "sent_at", "paused_until", "pause_reason"]}),
    ]
    readonly_fields = ["name", "sent_today", "sent_at", "paused_until", "pause_reason"]
    actions = ["try_now"]

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
        reason, page = reason_for(
            self,
            request,
            queryset,
            title=_("Try again now"),
            effect=_("The pause that the mail server asked for ends. If it refuses again, the next pause begins."),
        )
        if page:
            return page
        now = clock.now()
        ended = sum(pace.try_now(provider, by=request.user, now=now, reason=reason) for provider in queryset)
        self.message_user(request, _("Letters go again.") if ended else _("It was not waiting."))
        return None


@admin.register(Suppression)
class SuppressionAdmin(Watched, ReadOnlyAdmin):
    list_display = ["address", "reason", "since", "source"]
    sortable_by = ()
    list_filter = ["reason"]
    search_fields = ["address"]
    search_words = {"email": ""}
    search_help_text = _("A whole address.")
    actions = ["lift"]

    def get_search_results(self, request, queryset, search_term):
        term = search_term.strip()
        return queryset.filter(address=suppression.normalise(term)) if term else queryset, False

    @admin.action(description=_("Write to these addresses again (only if they ask for it)"), permissions=["steer"])
    def lift(self, request, queryset):
        reason, page = reason_for(
            self,
            request,
            queryset,
            title=_("Write to these addresses again"),
            effect=_("Letters to them go out again. Only if they ask for it. Write no name and no address below."),
        )
        if page:
            return page
        now = clock.now()
        for note in queryset:
            with transaction.atomic():
                suppression.lift([note.address], note.reason)
                said = {"before": {"reason": note.reason}, "reason": reason}
                book.record("mailings.lift", note, by=request.user, now=now, **said)
        self.message_user(request, _("Done. Letters to them go out again."), messages.SUCCESS)
        return None
