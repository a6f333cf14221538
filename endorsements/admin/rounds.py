"""The desk: rounds with their stages, obstacles and buttons; endorsements with their pages' texts."""

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from endorsements import certifying, lifecycle, noting, steering
from endorsements.admin.rehearsal import RehearsalPages
from endorsements.control_room import consequences, outlook, proposing, steps
from endorsements.desk import deeds
from endorsements.forms import (
    AnnouncementForm,
    CorrectionForm,
    ExtendForm,
    NamedForm,
    NewRoundForm,
    ReasonForm,
    RescheduleForm,
    RulesForm,
)
from endorsements.health import watching
from endorsements.refusals import Refusal
from groups.admin_once import Once
from journal import approvals, book, clock
from journal.wording import zone_words
from mailings import queue
from rounds import planning, rule, seconding
from rounds.models import Round
from rounds.refusals import Refusal as RoundsRefusal
from voting import contest_table, contest_table_pages
from voting.refusals import Refusal as VotingRefusal

REFUSALS = (Refusal, RoundsRefusal, VotingRefusal)
SHARES = ["threshold", "turnout_min_share"]  # hundredths of a percent, shown as percent


@admin.register(Round)
class RoundAdmin(RehearsalPages, Once, admin.ModelAdmin):
    """One page a round: where it is, what keeps it, what may be pressed. Its buttons call the lifecycle."""

    fields = [f"{name}_words" if name in SHARES else name for name in planning.SETTINGS]
    list_display = ["name", "cycle", "stage", "nominations_open_at", "voting_opens_at", "voting_closes_at", "rehearsal"]
    list_filter = ["stage", "cycle", "rehearsal"]
    search_fields = ["name"]
    change_form_template = "admin/rounds/round_page.html"

    def get_urls(self):
        return [
            path("<int:pk>/preflight/", self.admin_site.admin_view(self.preflight), name="rounds_round_preflight"),
            path("<int:pk>/steer/<slug:act>/", self.admin_site.admin_view(self.steer), name="rounds_round_steer"),
            *contest_table_pages.urls(self.admin_site),
            *super().get_urls(),
        ]

    @admin.display(description=_("support needed"))
    def threshold_words(self, round):
        return rule.percent(round.threshold)

    @admin.display(description=_("turnout floor, share of the roll"))
    def turnout_min_share_words(self, round):
        return rule.percent(round.turnout_min_share)

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("cycle", "outlook")

    def may_act(self, request, act):
        """Tellers certify, and agree with managers to what two people have to want."""
        certifies = act in ("certify", "open", "unseal") and request.user.has_perm("rounds.certify_round")
        return certifies or (act != "certify" and self.may_steer(request))

    def save_model(self, request, obj, form, change):
        """Nothing: the page's buttons do all, and the row as it was read could undo what they did meanwhile."""

    def may_steer(self, request):
        return request.user.has_perm("rounds.steer_round")

    def get_readonly_fields(self, request, obj=None):
        return self.fields  # what may be changed is changed by acts, each with its reason

    def add_view(self, request, form_url="", extra_context=None):
        """New rounds from one date: proposed first, then made."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewRoundForm(request.POST or None, now=clock.now())
        proposed = []
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                if "propose" in request.POST:
                    proposed = proposing.proposals(said["cycle"], said["name"], said["starts_at"], said["count"])
                else:
                    return self.planned(request, said)
            except REFUSALS as refusal:
                form.add_error(None, str(refusal))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Plan a round"),
            "form": form,
            "proposed": proposed,
            "opts": self.opts,
        }
        return render(request, "admin/rounds/plan.html", context)

    def planned(self, request, said):
        """Make the rounds that were asked for, and go to the first."""
        rounds = planning.new_rounds(said.pop("cycle"), by=request.user, now=clock.now(), **said)
        words = ngettext(
            "The round is planned. Check its dates.", "%(n)d rounds are planned. Check their dates.", len(rounds)
        )
        messages.success(request, words % {"n": len(rounds)})
        return redirect("admin:rounds_round_change", rounds[0].pk)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Where the round is, what needs attention, the numbers; then the journal and the rules."""
        round = self.get_object(request, object_id)
        now = clock.now()
        shown = {}
        if round is not None:
            entries = list(book.entries_of(round).order_by("id")[:200])
            came = {entry.after["stage"]: entry.at for entry in entries if entry.verb == "round.stage" and entry.after}
            # "Look again" asks the house itself; else the clock's last look is shown.
            seen = outlook.look(round, now) if "look" in request.GET else outlook.of(round, now)
            shown = {
                "show_save": False,
                "show_save_and_continue": False,
                "show_save_and_add_another": False,
                "round": round,
                "now": now,
                "timeline": steps.timeline(round, came),
                "alarms": [] if round.stage in Round.ENDED else watching.standing(now, round),
                "house_zone": settings.TIME_ZONE,
                "seen": seen,
                "acts": [act for act in steps.acts(round, now) if self.may_act(request, act.name)],
                "has_letters": any(panel.key == "letters" for panel in seen.panels),
                "has_results": round.stage in contest_table.COUNTED and contest_table.may_see(request.user, round),
                "letters_stopped": queue.stopped(round.topic),
                "title": str(round),
                "rule": rule.in_words(rule.rule_of(round)),
                "deeds": [(entry, deeds.actor_words(entry), deeds.deed_words(entry)) for entry in entries[-12:][::-1]],
                "me": book.actor_of(request.user)[0],
                "asked": [
                    (one, deeds.asked_words(one)) for one in (approvals.of(round, now) if seconding.asks(round) else [])
                ],
                **next_step(round),
                **(self.rehearsal_of(request, round, entries, now) if round.rehearsal else {}),
            }
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def preflight(self, request, pk):
        """The list to look through before the next stage."""
        round = self.get_object(request, pk)
        if round is None:
            raise Http404
        if not self.has_view_permission(request, round):
            raise PermissionDenied
        now = clock.now()
        fresh = "look" in request.GET
        checks, checked_at = (outlook.check(round, now), now) if fresh else outlook.checks_of(round, now)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Pre-flight list: %s") % round,
            "checks": checks,
            "checked_at": checked_at,
            "round": round,
            "opts": self.opts,
            "back": reverse("admin:rounds_round_change", args=[round.pk]),
            **next_step(round),
        }
        return render(request, "admin/rounds/preflight.html", context)

    def steer(self, request, pk, act):
        """One act: a page that says what it will do and asks why, then the deed."""
        round = self.get_object(request, pk)
        if round is None or act not in steps.ACTS:
            raise Http404
        if not self.may_act(request, act):
            raise PermissionDenied
        # Dates are typed and shown in the round's own zone, whatever the site's is.
        with timezone.override(round.zone):
            return self.act_page(request, round, act, clock.now())

    def act_page(self, request, round, act, now):
        """The page of one act, or the way back to the round after the deed."""
        form = self.form_of(act, round, now, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                said = self.do(act, round, form, by=request.user, now=now)
            except REFUSALS as refusal:
                form.add_error(None, str(refusal))
            else:
                outlook.keep(Round.objects.get(pk=round.pk), now)  # the page that follows shows what was done
                messages.success(request, said)
                return redirect("admin:rounds_round_change", round.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{steps.ACTS[act].label}: {round}",
            "act": steps.ACTS[act],
            "for_the_public": act in steps.FOR_THE_PUBLIC and round.stage in steps.REASONS_SHOWN,
            **(self.certifying(request, round, now) if act == "certify" else {}),
            "zone": zone_words(round.time_zone),
            "zone_name": round.time_zone,
            "asked_of_two": approvals.of(round, now).filter(action=f"round.{act}") if seconding.asks(round) else [],
            "me": book.actor_of(request.user)[0],
            "round": round,
            "numbers": consequences.in_numbers(act, round),
            "form": form,
            "opts": self.opts,
            "back": reverse("admin:rounds_round_change", args=[round.pk]),
        }
        return render(request, "admin/rounds/act.html", context)

    def certifying(self, request, round, now):
        """What the certification will do: the results as this person may see them, and what follows, in numbers."""
        seen = round.stage in contest_table.COUNTED and contest_table.may_see(request.user, round)
        return {
            "table": contest_table.read_by(request.user, round, now=now) if seen else None,
            "follows": consequences.of_certifying(round, now) if round.stage == Round.Stage.COUNTED else None,
        }

    def form_of(self, act, round, now, data):
        if act == "reschedule":
            return RescheduleForm(data, round=round, now=now)
        if act == "rules":
            # A copy: validating a model's form writes into its instance.
            return RulesForm(data, instance=Round.objects.get(pk=round.pk))
        if act == "correct":
            return CorrectionForm(data, round=round)
        if act == "extend":
            return ExtendForm(data, named=round.name, initial={"voting_closes_at": round.voting_closes_at})
        if act == "announcement":
            return AnnouncementForm(data, named=round.name, initial={"announce_at": round.announce_at})
        return NamedForm(data, named=round.name) if act in steps.NAMED else ReasonForm(data)

    def do(self, act, round, form, *, by, now):
        """Do one act and answer with the sentence that tells of it; a Refusal where it can't be done."""
        if act == "correct":
            said = form.said()
            del said["typed"]
            noting.correct(round, **said, by=by, now=now)
            return _("The note is published.")
        reason = form.cleaned_data["reason"]
        if act == "reschedule":
            planning.reschedule(round, by=by, now=now, reason=reason, **form.dates())
            return _("The dates are changed.")
        if act == "rules":
            done = steering.change_rules(round, by=by, now=now, reason=reason, **form.rules())
            return _("The rules are changed.") if done else seconding.ASKED
        if act == "extend":
            closes = form.cleaned_data["voting_closes_at"]
            if steering.extend(round, voting_closes_at=closes, by=by, now=now, reason=reason):
                return _("The vote ends later. Everybody on the roll gets a letter.")
            return seconding.ASKED
        if act == "announcement":
            moved = {"announce_at": form.cleaned_data["announce_at"], "by": by, "now": now, "reason": reason}
            return told_words(steering.move_announcement(round, **moved))
        if act in ("open", "unseal"):
            action = seconding.OPEN if act == "open" else seconding.UNSEAL
            agreed = seconding.agree_to(round, action, by=by, now=now, reason=reason)
            return _("Two people have agreed. The clock does it when it is time.") if agreed else seconding.ASKED
        if act == "cancel":
            done = steering.cancel(round, by=by, now=now, reason=reason)
            return _("The round is cancelled.") if done else seconding.ASKED
        if act == "certify":
            if certifying.certify(round, by=by, now=now, reason=reason):
                return _("The results are certified.")
            return seconding.ASKED
        {"pause": steering.pause, "resume": steering.resume}[act](round, by=by, now=now, reason=reason)
        return {"pause": _("The vote is paused."), "resume": _("The vote goes on.")}[act]


def told_words(told):
    """The sentence after the announcement was moved: how many leaders get a letter about it."""
    if told is None:
        return _("The results go public at that time already.")
    words = ngettext("%(n)d leader gets a letter.", "%(n)d leaders get a letter.", told) % {"n": told}
    return f"{_('The announcement is changed.')} {words}" if told else _("The announcement is changed.")


def next_step(round):
    """The stage that follows in words, and when it is due by the round's dates."""
    to, when = lifecycle.NEXT.get(round.stage, (None, None))
    return {"due_next": Round.Stage(to).label if to else "", "due_at": when(round) if when else None}
