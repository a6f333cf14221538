"""The vetting desk: responses, partners, the questionnaire's versions; the files stand in admin_files.py."""

from django.contrib import admin, messages
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from journal import clock
from rounds.refusals import Refusal
from vetting import admin_corrections as admin_corrections  # its list registers itself
from vetting import admin_files as admin_files  # as this one does
from vetting import filing, phoning, questionnaires
from vetting.forms import QuestionForm
from vetting.models import Answer, PartnerEndorsement, Question, Questionnaire, Response, Section
from vetting.partners import PartnerForm


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

    def get_queryset(self, request):
        return filing.open_to(request.user, super().get_queryset(request))

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
    form = PartnerForm

    def get_queryset(self, request):
        return filing.open_to(request.user, super().get_queryset(request))


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
