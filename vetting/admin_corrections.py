"""The desk's list of corrections that campaigns ask for."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from groups.admin_deciding import Decided, Decision
from vetting import correcting, filing
from vetting.models import Correction
from vetting.refusals import Refusal

OPEN = [Correction.State.OPEN]
SHOWN = (
    "response",
    "kind",
    "question",
    "before",
    "value",
    "words",
    "asked_by",
    "by_staff",
    "asked_at",
    "state",
    "decided_at",
    "decided_by",
    "reply",
)


@admin.register(Correction)
class CorrectionAdmin(Decided):
    """What a campaign asks to have mended, with both wordings. A sent answer changes by two people's word."""

    refusal = Refusal
    list_display = ["asked_at", "candidate", "kind", "question_number", "state", "decided_at", "decided_by"]
    list_filter = ["state", "kind"]
    list_select_related = ["response__candidacy", "question", "decided_by"]
    search_fields = ["response__candidacy__name"]
    search_words = {"race": "response__candidacy__race", "email": "response__candidacy__campaign_email"}
    fields = SHOWN
    readonly_fields = SHOWN
    decisions = {
        "make": Decision(
            _("It is corrected"),
            _(
                "A fact on the ballot: mend the candidacy first, then say so here. An answer: with a second person’s "
                "word it is changed and scored anew, and both wordings stay in the journal. The campaign gets a letter."
            ),
            correcting.make,
            OPEN,
            asks=correcting.ACTION,
            hint=_("These words go to the campaign."),
        ),
        "decline": Decision(
            _("Leave it as it is"),
            _("The campaign gets a letter with your reason."),
            correcting.decline,
            OPEN,
            hint=_("These words go to the campaign."),
        ),
    }

    def get_queryset(self, request):
        return filing.open_to(request.user, super().get_queryset(request), candidacy="response__candidacy")

    @admin.display(description=_("candidate"))
    def candidate(self, correction):
        return correction.response.candidacy.name

    @admin.display(description=_("question"))
    def question_number(self, correction):
        return correction.question.number if correction.question else ""
