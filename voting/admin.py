"""The desk's view of counts, results and key tests. Envelopes, eligibility and participation are shown nowhere."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.admin_deciding import NameField
from groups.admin_once import Once
from journal import clock, reading
from rounds import seconding
from rounds.rule import in_words, share_words
from voting import contest_table, opening, reach_pages, results
from voting.models import ContestRoll, Count, KeyTest, Result, VoidedEnvelope
from voting.publication import Audience, publishable
from voting.refusals import Refusal

SEE = "voting.see_uncertified"
CERTIFY = "rounds.certify_round"


class Read(Once, admin.ModelAdmin):
    """What is read here and written by the round's own work only."""

    actions = None

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class DecisionForm(forms.Form):
    """A person's decision about a result that needs review."""

    endorse = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[("yes", gettext_lazy("Endorse")), ("no", gettext_lazy("Do not endorse"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one of the two.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("It is kept with the result and stands in the journal once the round is certified."),
        error_messages={"required": gettext_lazy("Say why: the reason is kept with the result.")},
    )

    def __init__(self, *given, may_endorse, round, **named):
        super().__init__(*given, **named)
        self.fields["typed"] = NameField(round.name)
        if not may_endorse:
            self.fields["endorse"].choices = self.fields["endorse"].choices[1:]


class RetryForm(forms.Form):
    """Why a stopped contest may be looked at again."""

    reason = forms.CharField(
        label=gettext_lazy("What was mended"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say what was mended before the envelopes are looked at again.")},
    )


@admin.register(Result)
class ResultAdmin(Read):
    """Results: before the certification for tellers only, for whom the others' desk does not even list them."""

    list_display = ["contest", "round", "outcome", "counted_at", "certified_at"]
    list_filter = ["outcome", "contest__round"]
    search_fields = ["contest__race__place__name", "contest__race__place__usps"]
    search_words = {"race": "contest__race"}
    list_select_related = ["contest__race__place__state", "contest__round"]
    beside = ("contest__race__place__state", "contest__round", "decided_by")
    ordering = ["contest"]
    fields = ["outcome", "counted_at", "certified_at", "decided_by", "decided_reason"]
    change_form_template = "admin/voting/result_page.html"

    @admin.display(description=gettext_lazy("round"), ordering="contest__round")
    def round(self, result):
        return result.contest.round

    def get_urls(self):
        decide = path("<int:pk>/decide/", self.admin_site.admin_view(self.decide), name="voting_result_decide")
        return [decide, *super().get_urls()]

    def get_queryset(self, request):
        shown = super().get_queryset(request)
        return shown if request.user.has_perm(SEE) else shown.filter(certified_at__isnull=False)

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) or request.user.has_perm(SEE)

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The figures as this person may see them, and the form of the decision where one is due."""
        result = self.get_object(request, object_id)
        shown = self.shown(request, result) if result and self.has_view_permission(request, result) else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def get_object(self, request, object_id, from_field=None):
        """Every page of one result asks here for it: before its certification it is written down who looked."""
        result = super().get_object(request, object_id, from_field)
        if result is not None and result.certified_at is None and self.has_view_permission(request, result):
            reading.read(result, by=request.user, now=clock.now())
        return result

    def shown(self, request, result):
        """What the page says of a result: through publication, like every other page."""
        teller = request.user.has_perm(SEE)
        figures = publishable(result.contest, Audience.TELLERS if teller else Audience.GROUPS)
        review = result.outcome == Result.Outcome.NEEDS_REVIEW
        may_decide = teller and review and request.user.has_perm(CERTIFY)
        return {
            "title": result.contest.race,
            "result": result,
            "figures": figures,
            "rows": [
                (option, figures.votes.get(option.number), figures.shares.get(option.number, ""))
                for option in result.contest.options.select_related("candidacy__race__place").exclude(kind="skip")
            ],
            "rule": in_words(result.rule),
            "turnout_of_delivered": share_words(figures.ballots or 0, figures.delivered or 0) if teller else "",
            "why": result.review_reason if teller else "",
            "decision": DecisionForm(**about(result)) if may_decide else None,
            "table_url": table_url(request.user, result.contest.round),
        }

    def decide(self, request, pk):
        """Endorse or don't, with a reason: POST only; what was typed stays on a page that refuses."""
        result = self.get_object(request, str(pk))
        if not (request.user.has_perm(SEE) and request.user.has_perm(CERTIFY)):
            raise PermissionDenied
        if result is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))
        if request.method != "POST":
            return redirect("admin:voting_result_change", pk)
        form = DecisionForm(request.POST, **about(result))
        if form.is_valid():
            said = form.cleaned_data
            try:
                results.decide(
                    result,
                    endorse=said["endorse"] == "yes",
                    by=request.user,
                    now=clock.now(),
                    reason=said["reason"],
                )
                waits = result.outcome == Result.Outcome.NEEDS_REVIEW
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                if waits:
                    messages.info(request, seconding.ASKED)
                else:
                    messages.success(request, _("Decided: %s.") % result.get_outcome_display())
                return redirect("admin:voting_result_change", pk)
        return again(
            super().change_view(as_get(request), str(pk), "", {**self.shown(request, result), "decision": form})
        )


@admin.register(Count)
class CountAdmin(Read):
    """The opening of each contest: its commitment, and what stopped it."""

    list_display = ["contest", "round", "state", "envelopes", "voided", "opened_at"]
    list_filter = ["state", "contest__round"]
    list_select_related = ["contest__race__place__state", "contest__round"]
    beside = ("contest__race__place__state", "contest__round")
    ordering = ["contest"]
    fields = ["contest", "state", "irregularity", "commitment", "envelopes", "opened", "voided", "opened_at"]
    change_form_template = "admin/voting/count_page.html"

    @admin.display(description=gettext_lazy("round"), ordering="contest__round")
    def round(self, count):
        return count.contest.round

    def get_urls(self):
        retry = path("<int:pk>/retry/", self.admin_site.admin_view(self.retry), name="voting_count_retry")
        return [retry, *super().get_urls()]

    def has_view_permission(self, request, obj=None):
        allowed = super().has_view_permission(request, obj)
        return allowed or request.user.has_perm(CERTIFY) or request.user.has_perm("rounds.steer_round")

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        count = self.get_object(request, object_id)
        stopped = count is not None and count.state == Count.State.IRREGULAR
        shown = {"retry": RetryForm() if stopped and request.user.has_perm(CERTIFY) else None, "count": count}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def retry(self, request, pk):
        """Let a stopped contest be looked at again: POST only, with a reason."""
        count = self.get_object(request, str(pk))
        if not request.user.has_perm(CERTIFY):
            raise PermissionDenied
        if count is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))
        if request.method != "POST":
            return redirect("admin:voting_count_change", pk)
        form = RetryForm(request.POST)
        if form.is_valid():
            if opening.retry(count, by=request.user, now=clock.now(), reason=form.cleaned_data["reason"]):
                messages.success(request, _("The envelopes of this contest are looked at again."))
            return redirect("admin:voting_count_change", pk)
        return again(super().change_view(as_get(request), str(pk), "", {"retry": form, "count": count}))


def about(result):
    """What the form of a decision has to know of the result."""
    return {"may_endorse": results.may_endorse(result), "round": result.contest.round}


def table_url(user, round):
    """Where all contests of the round stand beside each other, for those who may see them."""
    return reverse("admin:rounds_round_results", args=[round.pk]) if contest_table.may_see(user, round) else ""


def as_get(request):
    """The request as its page reads it when it is shown once more."""
    request.method = "GET"
    return request


def again(response):
    """The page once more with what was typed: nothing was done."""
    response.status_code = 400
    return response


@admin.register(ContestRoll)
class ContestRollAdmin(Read):
    """How many are on each contest's roll; under it the pages of who was not reached."""

    list_display = ["contest", "round", "eligible", "not_mailed", "frozen_at"]
    list_filter = ["contest__round"]
    list_select_related = ["contest__race__place__state", "contest__round"]
    beside = ("contest__race__place__state", "contest__round")
    fields = ["contest", "eligible", "not_mailed", "frozen_at"]

    @admin.display(description=gettext_lazy("round"), ordering="contest__round")
    def round(self, roll):
        return roll.contest.round

    def get_urls(self):
        return [*reach_pages.urls(self.admin_site), *super().get_urls()]


@admin.register(KeyTest)
class KeyTestAdmin(Read):
    """Who opened a test envelope of a round, and when."""

    list_display = ["round", "holder", "fingerprint", "tested_at", "tested_by"]
    list_filter = ["round"]
    list_select_related = ["round"]


@admin.register(VoidedEnvelope)
class VoidedEnvelopeAdmin(Read):
    """Envelopes voided before opening, with their reasons; never whose."""

    list_display = ["contest", "reason", "voided_on"]
    list_filter = ["contest__round"]
    list_select_related = ["contest__race__place__state", "contest__round"]
    beside = ("contest__race__place__state", "contest__round")
    fields = ["contest", "reason", "voided_on"]
