"""The vetting desk: responses and partners. Files stand in admin_files.py, the questions in admin_questionnaires.py."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from groups.admin_journaled import Journaled
from journal.admin_reading import Watched
from vetting import admin_corrections as admin_corrections  # its list registers itself
from vetting import admin_files as admin_files  # as this one does
from vetting import admin_questionnaires as admin_questionnaires  # and this one
from vetting import filing, phoning
from vetting.models import Answer, PartnerEndorsement, Response
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
class ResponseAdmin(Watched, OnlyToRead, admin.ModelAdmin):
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
    search_words = {
        "race": "candidacy__race",
        "group": "candidacy__nominations__group",
        "email": "candidacy__campaign_email",
    }
    list_select_related = ["candidacy__race__place", "questionnaire"]
    inlines = [AnswerInline]
    date_hierarchy = "due_at"

    def about(self, row):
        """The campaign and its contact, as on its file."""
        return [f"candidacy:{row.candidacy_id}"]

    def get_queryset(self, request):
        return filing.open_to(request.user, super().get_queryset(request))

    @admin.display(description=_("campaign contact"))
    def contact(self, response):
        return response.candidacy.campaign_name

    @admin.display(description=_("phone"))
    def phone(self, response):
        return response.candidacy.campaign_phone


@admin.register(PartnerEndorsement)
class PartnerEndorsementAdmin(Journaled, admin.ModelAdmin):
    """Other organisations that endorse a candidate: one of the factors (process.md 4.5)."""

    list_display = ["organisation", "candidacy", "source"]
    list_select_related = ["candidacy__race__place"]
    search_fields = ["organisation", "candidacy__name"]
    search_words = {"race": "candidacy__race"}
    autocomplete_fields = ["candidacy"]
    form = PartnerForm

    def get_form(self, request, obj=None, **kwargs):
        """A form that knows whose files are closed to the one who asks."""
        return type("HersPartnerForm", (super().get_form(request, obj, **kwargs),), {"reader": request.user})

    def get_queryset(self, request):
        return filing.open_to(request.user, super().get_queryset(request))
