"""The files at the vetting desk: all of them as a list, each with what a reviewer and a lead may do in it."""

from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from journal import clock, reading
from rounds.models import Nomination
from rounds.refusals import Refusal
from vetting import admin_queue, answering, filing, inviting, reviewing, verdicts, waiting
from vetting.admin_forms import DecisionForm, NoteForm, NothingForm, RecuseForm, VerdictForm
from vetting.forms import ExtendForm, NewLinkForm, NoTimeForm
from vetting.models import Review, VettingFile
from vetting.scoring import score_in_words
from vetting.waiting import Filters


@admin.register(VettingFile)
class VettingFileAdmin(admin_queue.Pages, admin.ModelAdmin):
    """All files, and behind each name the file with what may be done in it."""

    list_display = ["name", "race_label", "round", "state", "groups", "score", "due", "decision"]
    list_filter = ["state", "race__office", "race__cycle", ("round", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "race__place__name", "race__place__usps", "campaign_email"]
    search_words = {"race": "race", "group": "nominations__group", "email": "campaign_email"}
    list_select_related = ["race__place", "race__cycle", "round", "response"]
    ordering = ["race__place__usps", "race__office", "race__place__number", "name"]
    change_list_template = "admin/vetting/vettingfile/change_list.html"

    def get_urls(self):
        # Django's own pages of an object end in words of their own; they come first.
        own = [one for one in super().get_urls() if one.name]
        ours = [
            path("queue/", self.admin_site.admin_view(self.queue), name="vetting_vettingfile_queue"),
            path("<int:pk>/skip/", self.admin_site.admin_view(self.skip), name="vetting_vettingfile_skip"),
            path("<int:pk>/race/", self.admin_site.admin_view(self.race), name="vetting_vettingfile_race"),
            path("<int:pk>/answers/", self.admin_site.admin_view(self.answers), name="vetting_vettingfile_answers"),
            path(
                "<int:pk>/correct/<int:question>/",
                self.admin_site.admin_view(self.correct),
                name="vetting_vettingfile_correct",
            ),
            path("<int:pk>/owner/", self.admin_site.admin_view(self.owner), name="vetting_vettingfile_owner"),
        ]
        return [*own, *ours, *[one for one in super().get_urls() if not one.name]]

    def get_queryset(self, request):
        # The newest decision by subquery: a join would give one row for each review.
        newest = Review.objects.filter(candidacy=OuterRef("pk")).order_by("-decided_at", "-pk")
        behind = Q(nominations__state__in=Nomination.COUNTING)
        return filing.open_to(request.user, super().get_queryset(request), candidacy="pk").annotate(
            groups_behind=Count("nominations__group", filter=behind, distinct=True),
            newest_decision=Subquery(newest.values("decision")[:1]),
        )

    @admin.display(description=_("race"), ordering="race__place__usps")
    def race_label(self, candidacy):
        return candidacy.race.label

    @admin.display(description=_("groups"), ordering="groups_behind")
    def groups(self, candidacy):
        return candidacy.groups_behind

    @admin.display(description=_("score"))
    def score(self, candidacy):
        response = getattr(candidacy, "response", None)
        if response is None or response.submitted_at is None:
            return ""
        return _("late, not scored") if response.late else score_in_words(response)

    @admin.display(description=_("answers due"), ordering="response__due_at")
    def due(self, candidacy):
        response = getattr(candidacy, "response", None)
        if response is None:
            return _("not asked yet")
        if response.submitted_at:
            return _("sent")
        return _("asks for more time") if response.asks_for_time else response.due_at

    @admin.display(description=_("decision"), ordering="newest_decision")
    def decision(self, candidacy):
        return dict(Review.Decision.choices).get(candidacy.newest_decision, "")

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) or verdicts.decides(request.user)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The file. Its forms post here; a refusal is shown above what was typed."""
        user, key = request.user, unquote(object_id)
        if not self.has_view_permission(request):
            raise PermissionDenied
        candidacy = filing.open_file(user, key) if waiting.is_key(key) else None
        if candidacy is None:
            if waiting.is_key(key) and filing.recused(user, key):
                return self.leave(request, _("You recused yourself from this file."))
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        act = request.POST.get("act", "") if request.method == "POST" else ""
        if request.method == "POST" and not may(user, act):
            raise PermissionDenied
        now = clock.now()
        reading.read(f"candidacy:{candidacy.pk}", by=user, now=now)
        filters = Filters.read(request.GET)
        file = filing.file_of(candidacy, reader=user, now=now)
        third = {"third_wanted": file["third_wanted"]}
        forms = {
            name: form(request.POST if act == name else None, prefix=name, **(third if form is DecisionForm else {}))
            for name, (form, _verb, _right) in ACTS.items()
        }
        if act in ACTS:
            with timezone.override(ZoneInfo(file["zone"])):
                typed_well = forms[act].is_valid()
            if typed_well:
                # Where the next file stands is known before this one leaves the line.
                goes_on = act == "recuse" or request.POST.get("then") == "next"
                following = waiting.after(waiting.keys(user, filters, now=now), candidacy.pk) if goes_on else None
                try:
                    said = ACTS[act][1](file, forms[act].cleaned_data, by=user, now=now)
                    if not goes_on:
                        self.message_user(request, said)
                        return HttpResponseRedirect(request.get_full_path())
                    return self.go_on(request, filters, following, said)
                except Refusal as refusal:
                    self.message_user(request, str(refusal), messages.ERROR)
        context = {
            **self.admin_site.each_context(request),
            **file,
            "opts": self.opts,
            "title": str(candidacy),
            "forms": forms,
            "may_decide": verdicts.decides(user),
            "may_review": verdicts.reviews(user),
            "works_here": verdicts.decides(user) or verdicts.reviews(user),
            "reviewable": candidacy.state in reviewing.REVIEWABLE,
            "under_review": candidacy.state in verdicts.UNDER_REVIEW,
            "awaited": file["response"] is not None and answering.is_open(file["response"]),
            "progress": waiting.progress(user, filters, now=now),
            "filters": filters,
            "queue_url": admin_queue.address("queue", filters),
            "skip_url": admin_queue.address("skip", filters, candidacy.pk),
            **(extra_context or {}),
        }
        status = 400 if request.method == "POST" else 200
        return TemplateResponse(request, "admin/vetting/vettingfile/change_form.html", context, status=status)


def may(user, act) -> bool:
    """Whether a user may do this act in a file; of an unknown one, whether she does anything there."""
    deciding, reviewing_too = verdicts.decides(user), verdicts.reviews(user)
    right = ACTS[act][2] if act in ACTS else "both"
    return {"decide": deciding, "review": reviewing_too, "both": deciding or reviewing_too}[right]


def decide(file, typed, *, by, now):
    verb = {"clear": reviewing.clear, "hold": reviewing.hold, "decline": reviewing.decline}[typed.pop("decision")]
    review = verb(file["candidacy"], by=by, now=now, **typed)
    if review is None:
        return _("This is against every verdict: you have asked for it. A second person has to decide the same.")
    return _("%(candidate)s: %(decision)s. The groups get a letter.") % {
        "candidate": file["candidacy"],
        "decision": review.get_decision_display(),
    }


def give(file, typed, *, by, now):
    if file["candidacy"].state not in verdicts.UNDER_REVIEW and not file["candidacy"].own_in:
        raise Refusal(_("Vetting has decided: no verdict is asked any more."))
    verdicts.give(file["candidacy"], by=by, now=now, **typed)
    return _("Your verdict on %(candidate)s is in.") % {"candidate": file["candidacy"]}


def recuse(file, typed, *, by, now):
    verdicts.recuse(file["candidacy"], by=by, now=now, **typed)
    return _("You stay out of this file. It is hidden from you from now on.")


def note(file, typed, *, by, now):
    verdicts.note(file["candidacy"], by=by, now=now, **typed)
    return _("Noted.")


def take(file, typed, *, by, now):
    owner = None if file["owner"] == by else by
    verdicts.assign(file["candidacy"], owner=owner, by=by, now=now)
    return _("This file is yours.") if owner else _("This file is free for somebody else.")


def extend(file, typed, *, by, now):
    moved = answering.extend(asked(file), by=by, now=now, **typed)
    return _("There is more time for %(n)d campaigns in this race.") % {"n": moved}


def refuse(file, typed, *, by, now):
    if not answering.refuse_time(asked(file), by=by, now=now, **typed):
        raise Refusal(_("This campaign does not ask for more time any more."))
    return _("Said: no more time. The campaign gets a letter.")


def renew(file, typed, *, by, now):
    inviting.send_anew(asked(file), by=by, now=now, **typed)
    return _("A new link is on its way. The old one no longer works.")


def asked(file):
    if file["response"] is None:
        raise Refusal(_("This campaign has not been asked yet."))
    return file["response"]


# What the forms on a file do: name → (form, verb, who may).
ACTS = {
    "verdict": (VerdictForm, give, "review"),
    "note": (NoteForm, note, "both"),
    "take": (NothingForm, take, "both"),
    "recuse": (RecuseForm, recuse, "both"),
    "decide": (DecisionForm, decide, "decide"),
    "extend": (ExtendForm, extend, "decide"),
    "refuse": (NoTimeForm, refuse, "decide"),
    "renew": (NewLinkForm, renew, "decide"),
}
