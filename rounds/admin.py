"""The desk of nominations: cycles, races, candidacies with their gates, nominations with their buttons."""

from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Q
from django.shortcuts import redirect
from django.template.defaultfilters import linebreaks_filter
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from groups import territory
from groups.admin_deciding import Decided, Decision, Read
from groups.territory import InTerritory
from journal import book, clock
from journal.admin_reading import Watched
from rounds import admission, candidacies, gates, nominating, replying
from rounds.forms.desk import CandidacyForm
from rounds.models import Admission, Candidacy, ContestOption, Cycle, LocalEndorsement, Nomination, Race
from rounds.refusals import Refusal


class Rows(admin.TabularInline):
    """Rows that are read beside their record."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Cycle)
class CycleAdmin(admin.ModelAdmin):
    list_display = ["name", "year"]

    def get_queryset(self, request):
        """Without the one in which rehearsals invent their candidates: it comes and goes with them."""
        return super().get_queryset(request).exclude(year=Cycle.REHEARSALS)

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        after = {field: form.cleaned_data[field] for field in form.changed_data}
        book.record("cycle.edited", obj, by=request.user, now=clock.now(), after=after)


class CandidacyRows(Rows):
    model = Candidacy
    fields = ["name", "state", "round", "party"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("race__place", "round")


@admin.register(Race)
class RaceAdmin(Read):
    """A race with everybody named in it; two standing people are a conflict to talk about."""

    list_display = ["name", "label", "cycle", "primary_on", "people", "conflict"]
    list_filter = ["cycle", "office"]
    list_select_related = ["place", "cycle"]
    search_fields = ["place__name", "place__usps"]
    search_words = {"race": "self", "group": "candidacies__nominations__group"}
    fields = ["cycle", "office", "place", "primary_on", "general_on"]
    readonly_fields = ["cycle", "office", "place"]
    inlines = [CandidacyRows]

    def get_queryset(self, request):
        alive = Q(candidacies__state__in=[*Candidacy.STANDING, Candidacy.State.ON_BALLOT])
        counted = Count("candidacies", filter=alive, distinct=True)
        return super().get_queryset(request).annotate(alive=counted)

    @admin.display(description=_("candidates"), ordering="alive")
    def people(self, race):
        return race.alive

    @admin.display(description=_("conflict"))
    def conflict(self, race):
        return _("groups named different people") if race.alive > 1 else ""

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if form.changed_data:
            after = {field: form.cleaned_data[field] for field in form.changed_data}
            book.record("race.dated", obj, by=request.user, now=clock.now(), after=after)


class NominationRows(InTerritory, Rows):
    model = Nomination
    fields = ["reference", "group", "state", "submitted_at", "statement"]

    def get_queryset(self, request):
        sent = super().get_queryset(request).exclude(state=Nomination.State.DRAFT)
        return sent.select_related("group", "candidacy__race__place")


class CandidacyAdmin(Watched, Decided):
    """A candidate with the four gates, their dates and evidence, and who named her.

    An organizer sees those whom groups of hers named.
    """

    form = CandidacyForm
    lists_tell = False  # the campaign's contact stands on her page alone
    list_display = ["name", "race", "round", "state", "gates_passed", "groups_behind"]
    list_filter = ["state", "round", "race__cycle", "race__office"]
    list_select_related = ["race__place", "round"]
    beside = ("race__place", "round")
    search_fields = ["name", "race__place__name", "campaign_email", "nominations__reference"]
    search_words = {"race": "race", "group": "nominations__group", "email": "campaign_email"}
    readonly_fields = ["race", "round", "state", "gate_board", "rivals"]
    fieldsets = [
        (None, {"fields": ["race", "round", "state", "gate_board", "rivals"]}),
        (_("The candidate"), {"fields": ["name", "party", "incumbent", "first_run", "blurb"]}),
        (_("The campaign"), {"fields": ["campaign_name", "campaign_email", "campaign_phone"]}),
        (_("Where to look"), {"fields": ["website", "social", "fec_candidate", "fec_committee"]}),
    ]
    inlines = [NominationRows]

    def may_decide(self, request, obj) -> bool:
        """Who mends a candidacy's words does not take it off a ballot."""
        return request.user.has_perm("rounds.change_nomination")

    def get_queryset(self, request):
        behind = Count("nominations", filter=Q(nominations__state__in=Nomination.COUNTING), distinct=True)
        shown, seen = super().get_queryset(request), territory.of(request.user)
        if seen is not None:
            named = Nomination.objects.filter(candidacy=OuterRef("pk"), group__in=seen.values("pk"))
            shown = shown.filter(Exists(named.exclude(state=Nomination.State.DRAFT)))
        return shown.prefetch_related("gates").annotate(groups_behind=behind)

    def get_readonly_fields(self, request, obj=None):
        if obj is not None and obj.state not in Candidacy.STANDING:
            return [*self.readonly_fields, *CandidacyForm.Meta.fields]
        return self.readonly_fields

    def save_model(self, request, obj, form, change):
        """Through the verb: saving the whole row could undo what others did to it meanwhile."""
        changes = {field: form.cleaned_data[field] for field in form.changed_data}
        candidacies.correct(obj, by=request.user, now=clock.now(), **changes)

    @admin.display(description=_("gates"))
    def gates_passed(self, candidacy):
        return f"{len(candidacy.gates.all())} / 4"

    @admin.display(description=_("groups"), ordering="groups_behind")
    def groups_behind(self, candidacy):
        return candidacy.groups_behind

    @admin.display(description=_("four gates"))
    def gate_board(self, candidacy):
        lines = [
            (label, date_format(localtime(gate.passed_at)) if gate else _("not yet"), gate.evidence if gate else "")
            for _kind, label, gate in gates.board([candidacy])[candidacy.pk]
        ]
        return format_html(
            '<ol class="desk-gates">{}</ol>', format_html_join("", "<li><strong>{}</strong>: {} {}</li>", lines)
        )

    @admin.display(description=_("named in the same race"))
    def rivals(self, candidacy):
        others = Candidacy.objects.filter(race=candidacy.race_id).exclude(pk=candidacy.pk).order_by("name")
        lines = [
            (reverse("admin:rounds_candidacy_change", args=[other.pk]), other.name, other.get_state_display())
            for other in others
        ]
        return format_html_join(mark_safe("<br>"), '<a href="{}">{}</a> ({})', lines) or _("nobody else")


@admin.register(Nomination)
class NominationAdmin(InTerritory, Decided):
    """Nominations as they came in. Drafts belong to their groups and are not shown."""

    list_display = ["reference", "group", "candidacy", "state", "submitted_at", "replied_at"]
    list_filter = ["state", "cycle", "race__office"]
    list_select_related = ["group", "candidacy__race__place"]
    beside = ("group", "cycle", "candidacy__race__place", "race__place", "local_endorsement", "submitted_by")
    search_fields = ["reference", "group__name", "candidacy__name"]
    search_words = {"race": "race", "group": "group"}
    date_hierarchy = "submitted_at"
    fields = [
        "reference",
        "state",
        "group",
        "candidacy",
        "race",
        "local_vote",
        "promised",
        *nominating.WORDS,
        "submitted_by",
        "submitted_at",
        "decided_at",
        "decision_reason",
        "asked_and_answered",
    ]
    readonly_fields = fields
    refusal = Refusal
    decisions = {
        "accept": Decision(
            _("Accept"),
            _("The nomination is complete. The candidacy passes its first two gates, the group is told, and the "
              "campaign gets the questionnaire."),
            nominating.accept,
            [Nomination.State.SUBMITTED],
            needs_reason=False,
            hint=_("For the journal; not sent."),
        ),
        "return": Decision(
            _("Return for correction"),
            _("The group’s leaders may change the nomination and send it again. What you write goes to them."),
            nominating.return_for_correction,
            [Nomination.State.SUBMITTED],
            hint=_("Say what is missing, in one question if you can. It goes into the letter."),
        ),
        "refuse": Decision(
            _("Refuse"),
            _("The nomination ends here. What you write goes to the group. If no other group named this candidate, "
              "the candidacy is removed."),
            nominating.refuse,
            [Nomination.State.SUBMITTED, Nomination.State.RETURNED],
            hint=_("Say why. It goes into the letter."),
        ),
        "withdraw": Decision(
            _("Withdraw for the group"),
            _("Use this when the group asks for it. If no other group named this candidate, the candidacy is removed."),
            nominating.withdraw,
            [*Nomination.COUNTING, Nomination.State.RETURNED],
        ),
    }  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).exclude(state=Nomination.State.DRAFT)

    @admin.display(description=_("what the group will do"))
    def promised(self, nomination):
        return "; ".join(map(str, nomination.commitments.all())) or "–"

    @admin.display(description=_("asked and answered"))
    def asked_and_answered(self, nomination):
        lines = [
            (date_format(localtime(said.at), "DATETIME_FORMAT"), said.name, linebreaks_filter(said.words))
            for said in replying.exchange(nomination)
        ]
        return format_html_join("", "<p>{}, <strong>{}</strong></p><blockquote>{}</blockquote>", lines) or "–"

    @admin.display(description=_("local vote"))
    def local_vote(self, nomination):
        local = nomination.local_endorsement
        if local is None:
            return "–"
        url = reverse("admin:rounds_localendorsement_change", args=[local.pk])
        words = _("%(method)s on %(day)s: %(yes)d yes, %(no)d no, %(abstain)d abstained") % {
            "method": local.get_method_display(),
            "day": date_format(local.decided_on),
            "yes": local.yes,
            "no": local.no,
            "abstain": local.abstain,
        }
        return format_html('<a href="{}">{}</a>', url, words)


@admin.register(LocalEndorsement)
class LocalEndorsementAdmin(InTerritory, Read):
    """What groups decided at home."""

    list_display = ["candidate", "office", "group", "method", "decided_on", "yes", "no"]
    list_filter = ["method"]
    list_select_related = ["group"]
    beside = ("group", "race__place", "recorded_by")
    search_fields = ["candidate", "office", "group__name"]
    search_words = {"race": "race", "group": "group"}

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Admission)
class AdmissionAdmin(InTerritory, admin.ModelAdmin):
    """Groups that may nominate where none of their places lies. Each with a reason; ended, never changed."""

    list_display = ["group", "place", "granted_at", "granted_by", "reason"]
    list_select_related = ["group", "place", "granted_by"]
    search_fields = ["group__name", "place__name"]
    search_words = {"group": "group"}
    autocomplete_fields = ["group", "place"]
    fieldsets = [
        (
            None,
            {
                "fields": ["group", "place", "reason"],
                "description": _(
                    "For a group that is not listed where the race is, and should nominate there all the same. Choose "
                    "the place of the race: the district for U.S. House, the state for U.S. Senate and governor. If "
                    "the group works there for good, add the place to the group instead."
                ),
            },
        )
    ]

    def has_change_permission(self, request, obj=None):
        return False

    def add_view(self, request, form_url="", extra_context=None):
        title = _("Let a group nominate in another place")
        return super().add_view(request, form_url, {"title": title, **(extra_context or {})})

    def save_model(self, request, obj, form, change):
        said = form.cleaned_data
        new = admission.let_in(said["group"], said["place"], by=request.user, now=clock.now(), reason=said["reason"])
        if new:
            may = _("%(group)s may nominate in %(place)s now. Tell its leaders: they send the nomination again.")
            messages.success(request, may % {"group": said["group"], "place": said["place"]})
        else:
            messages.info(request, _("This group may nominate there already."))
        obj.pk = Admission.objects.filter(group=said["group"], place=said["place"]).values_list("pk", flat=True).first()

    def delete_model(self, request, obj):
        admission.take_back(obj, by=request.user, now=clock.now())

    def delete_queryset(self, request, queryset):
        for one in queryset.select_related("group", "place"):
            admission.take_back(one, by=request.user, now=clock.now())

    def log_addition(self, request, obj, message):
        """The journal has it; where it stood already there is nothing to log."""

    def response_add(self, request, obj, post_url_continue=None):
        return redirect("admin:rounds_admission_changelist")


class OptionRows(Rows):
    model = ContestOption
    fields = ["number", "kind", "candidacy"]
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("candidacy__race__place")


class ContestAdmin(Decided):
    """What is on the ballots. Made at the freeze."""

    list_display = ["race", "round", "ballot", "state"]
    list_filter = ["round", "state", "ballot"]
    list_select_related = ["race__place", "round"]
    search_fields = ["race__place__name"]
    search_words = {"race": "race"}
    inlines = [OptionRows]

    def has_change_permission(self, request, obj=None):
        return False
