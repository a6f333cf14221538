"""The vetting desk: the queue of candidacies with their files, and the questionnaire's versions."""

from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from journal import clock
from rounds.models import Nomination
from rounds.refusals import Refusal
from vetting import admin_corrections as admin_corrections  # its list registers itself
from vetting import answering, filing, inviting, phoning, questionnaires, reviewing
from vetting.forms import DecisionForm, ExtendForm, NewLinkForm, NoTimeForm, QuestionForm
from vetting.models import Answer, PartnerEndorsement, Question, Questionnaire, Response, Review, Section, VettingFile
from vetting.scoring import score_in_words

DECIDE = "vetting.decide_review"


@admin.register(VettingFile)
class VettingFileAdmin(admin.ModelAdmin):
    """The queue, and behind each name the file with the decision."""

    list_display = ["name", "race_label", "round", "state", "groups", "score", "due", "decision"]
    list_filter = ["state", "race__office", "race__cycle", ("round", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "race__place__name", "race__place__usps", "campaign_email"]
    list_select_related = ["race__place", "race__cycle", "round", "response"]
    ordering = ["race__place__usps", "race__office", "race__place__number", "name"]
    list_per_page = 50

    def get_queryset(self, request):
        # The newest decision by subquery: a join would give one row for each review.
        newest = Review.objects.filter(candidacy=OuterRef("pk")).order_by("-decided_at", "-pk")
        behind = Q(nominations__state__in=Nomination.COUNTING)
        return (
            super()
            .get_queryset(request)
            .annotate(
                groups_behind=Count("nominations__group", filter=behind, distinct=True),
                newest_decision=Subquery(newest.values("decision")[:1]),
            )
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
        return super().has_view_permission(request, obj) or request.user.has_perm(DECIDE)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The file. Its forms post here; a refusal is shown above what was typed."""
        candidacy = self.get_object(request, unquote(object_id))
        if candidacy is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        may_decide = request.user.has_perm(DECIDE)
        if not self.has_view_permission(request, candidacy) or (request.method == "POST" and not may_decide):
            raise PermissionDenied
        now = clock.now()
        file = filing.file_of(candidacy, now=now)
        act = request.POST.get("act", "") if request.method == "POST" else ""
        forms = {name: form(request.POST if act == name else None, prefix=name) for name, (form, _verb) in ACTS.items()}
        if act in ACTS:
            verb = ACTS[act][1]
            with timezone.override(ZoneInfo(file["zone"])):
                typed_well = forms[act].is_valid()
            if typed_well:
                try:
                    self.message_user(request, verb(file, forms[act].cleaned_data, by=request.user, now=now))
                    return HttpResponseRedirect(request.path)
                except Refusal as refusal:
                    self.message_user(request, str(refusal), messages.ERROR)
        context = {
            **self.admin_site.each_context(request),
            **file,
            "opts": self.opts,
            "title": str(candidacy),
            "forms": forms,
            "may_decide": may_decide,
            "reviewable": candidacy.state in reviewing.REVIEWABLE,
            "awaited": file["response"] is not None and answering.is_open(file["response"]),
            **(extra_context or {}),
        }
        status = 400 if request.method == "POST" else 200
        return TemplateResponse(request, "admin/vetting/vettingfile/change_form.html", context, status=status)


def decide(file, typed, *, by, now):
    verb = {"clear": reviewing.clear, "hold": reviewing.hold, "decline": reviewing.decline}[typed.pop("decision")]
    review = verb(file["candidacy"], by=by, now=now, **typed)
    return _("%(candidate)s: %(decision)s. The groups get a letter.") % {
        "candidate": file["candidacy"],
        "decision": review.get_decision_display(),
    }


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


# What the forms on a file do: name → (form, verb).
ACTS = {
    "decide": (DecisionForm, decide),
    "extend": (ExtendForm, extend),
    "refuse": (NoTimeForm, refuse),
    "renew": (NewLinkForm, renew),
}


class OnlyToRead:
    """Admin of what campaigns and verbs wrote: nobody edits it here."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class AnswerInline(OnlyToRead, admin.TabularInline):
    model = Answer
    fields = ["question", "value", "explanation", "edited_by", "edited_at"]
    readonly_fields = fields

    def get_queryset(self, request):
        # What a campaign has not sent is its own.
        sent = super().get_queryset(request).filter(response__submitted_at__isnull=False)
        return sent.select_related("question__section").order_by("question__section__position", "question__number")


class ToPhone(admin.SimpleListFilter):
    """The campaigns that our newest letter did not reach."""

    title = _("our letter")
    parameter_name = "phone"

    def lookups(self, request, model_admin):
        return [("yes", _("did not arrive"))]

    def queryset(self, request, queryset):
        return queryset.filter(pk__in=phoning.to_phone().values("pk")) if self.value() == "yes" else queryset


@admin.register(Response)
class ResponseAdmin(OnlyToRead, admin.ModelAdmin):
    list_display = [
        "candidacy",
        "questionnaire",
        "sent_at",
        "due_at",
        "more_time_asked_at",
        "submitted_at",
        "passed",
        "contact",
        "phone",
    ]
    list_filter = [
        ToPhone,
        "passed",
        "questionnaire",
        ("submitted_at", admin.EmptyFieldListFilter),
        ("more_time_asked_at", admin.EmptyFieldListFilter),
    ]
    search_fields = ["candidacy__name"]
    list_select_related = ["candidacy__race__place", "questionnaire"]
    inlines = [AnswerInline]
    date_hierarchy = "due_at"

    @admin.display(description=_("campaign contact"))
    def contact(self, response):
        return response.candidacy.campaign_name

    @admin.display(description=_("phone"))
    def phone(self, response):
        return response.candidacy.campaign_phone


@admin.register(PartnerEndorsement)
class PartnerEndorsementAdmin(admin.ModelAdmin):
    """Other organisations that endorse a candidate: one of the factors (process.md 4.5)."""

    list_display = ["organisation", "candidacy", "source"]
    list_select_related = ["candidacy__race__place"]
    search_fields = ["organisation", "candidacy__name"]
    raw_id_fields = ["candidacy"]


class ChangeableUntilSent:
    """Admin of a questionnaire's parts: free until its version was sent, then only to read."""

    def version_of(self, obj):
        return obj if isinstance(obj, Questionnaire) else getattr(obj, "questionnaire", None)

    def still_free(self, obj):
        version = self.version_of(obj)
        return version is None or version.frozen_at is None

    def has_add_permission(self, request, obj=None):
        # Django asks an inline about its parent, and a page about nothing.
        about = [obj] if isinstance(self, admin.options.InlineModelAdmin) else []
        return super().has_add_permission(request, *about) and self.still_free(obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self.still_free(obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self.still_free(obj)


class SectionInline(ChangeableUntilSent, admin.TabularInline):
    model = Section
    fields = ["position", "title", "core_priority"]
    extra = 1
    show_change_link = True


@admin.register(Questionnaire)
class QuestionnaireAdmin(ChangeableUntilSent, admin.ModelAdmin):
    list_display = ["title", "version", "cycle", "current", "frozen_at"]
    list_filter = ["cycle"]
    list_select_related = ["cycle"]
    fields = ["title", "version", "cycle", "pass_share", "current", "frozen_at"]
    readonly_fields = ["current", "frozen_at"]
    inlines = [SectionInline]
    actions = ["send_from_now_on"]

    @admin.action(description=_("Send this version to new candidacies"), permissions=["change"])
    def send_from_now_on(self, request, queryset):
        now = clock.now()
        if len(queryset) != 1:
            self.message_user(request, _("Choose one version."), messages.ERROR)
            return
        try:
            questionnaires.make_current(queryset[0], by=request.user, now=now)
            self.message_user(request, _("New candidacies get %(version)s.") % {"version": queryset[0]})
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)


class QuestionInline(ChangeableUntilSent, admin.StackedInline):
    model = Question
    form = QuestionForm
    extra = 1


@admin.register(Section)
class SectionAdmin(ChangeableUntilSent, admin.ModelAdmin):
    list_display = ["title", "questionnaire", "position", "core_priority", "questions_asked"]
    list_filter = ["questionnaire"]
    list_select_related = ["questionnaire"]
    inlines = [QuestionInline]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(asked=Count("questions"))

    @admin.display(description=_("questions"))
    def questions_asked(self, section):
        return section.asked

    def get_readonly_fields(self, request, obj=None):
        return ["questionnaire"] if obj else []

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "questionnaire":
            kwargs["queryset"] = Questionnaire.objects.filter(frozen_at=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
