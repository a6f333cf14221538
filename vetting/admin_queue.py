"""The pages beside a file at the vetting desk: the queue, the next one, its race side by side, its owner."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from journal import clock, reading
from vetting import comparing, correcting, filing, verdicts, waiting
from vetting.admin_forms import OwnerForm
from vetting.forms import AnswerCorrectionForm
from vetting.refusals import Refusal
from vetting.waiting import Filters

A_PAGE = 50


def address(name, filters, *args):
    """The path of a page of the vetting files with the queue's filters in it."""
    query = f"?{filters.query}" if filters.query else ""
    return reverse(f"admin:vetting_vettingfile_{name}", args=args) + query


class Pages:
    """For VettingFileAdmin."""

    def queue(self, request):
        """What waits for the one who asks, with filters in the address and how far she is."""
        self.let_in(request)
        now, user, filters = clock.now(), request.user, Filters.read(request.GET)
        page = Paginator(waiting.listed(user, filters, now=now), A_PAGE).get_page(request.GET.get("page"))
        people = list(verdicts.staff_of_the_desk())
        for one in page:
            one.risks = waiting.risks_of(one, user, now=now)
            one.third = waiting.asks_third(one)
            one.url = address("change", filters, one.pk)
        owners = [("me", _("me")), ("none", _("nobody")), *[(str(one.pk), str(one)) for one in people if one != user]]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("My vetting"),
            "page": page,
            "filters": filters,
            "choices": [
                ("show", _("Files"), list(waiting.SHOWN.items()), filters.show),
                ("race", _("Race"), [("", _("all")), *waiting.races(user)], filters.race),
                ("owner", _("Owner"), [("", _("all")), *owners], filters.owner),
                ("age", _("Nominated"), [("", _("whenever")), *waiting.AGES.items()], filters.age),
                ("risk", _("Risk"), [("", _("all")), *waiting.RISKS.items()], filters.risk),
                ("order", _("Order"), list(waiting.ORDERS.items()), filters.order),
            ],
            "progress": waiting.progress(user, filters, now=now),
            "coming": "" if page.paginator.count else waiting.coming(user, now=now),
            "may_decide": verdicts.decides(user),
            "now": now,
        }
        return TemplateResponse(request, "admin/vetting/vettingfile/queue.html", context)

    def skip(self, request, pk):
        """To the file after this one in the queue."""
        self.let_in(request)
        filters = Filters.read(request.GET)
        line = waiting.keys(request.user, filters, now=clock.now())
        return self.go_on(request, filters, waiting.after(line, pk), "")

    def race(self, request, pk):
        """Everybody named in the race of this file, side by side."""
        candidacy = self.file_or_404(request, pk)
        found = filing.race_of(candidacy, reader=request.user)
        papers = [f"candidacy:{one['candidacy'].pk}" for one in found["columns"]]
        reading.read(*papers, by=request.user, now=clock.now(), verb=reading.FOUND)
        context = {
            **self.admin_site.each_context(request),
            **found,
            "opts": self.opts,
            "title": candidacy.race.name,
        }
        return TemplateResponse(request, "admin/vetting/vettingfile/race.html", context)

    def answers(self, request, pk):
        """What the candidates of this race answered, question by question; ?only=differing leaves out the rest."""
        candidacy = self.file_or_404(request, pk)
        differing = request.GET.get("only") == "differing"
        found = comparing.side_by_side(candidacy, reader=request.user, differing=differing)
        papers = [f"candidacy:{one.pk}" for table in found["tables"] for one, _score in table.columns]
        reading.read(*papers, by=request.user, now=clock.now(), verb=reading.FOUND)
        context = {
            **self.admin_site.each_context(request),
            **found,
            "opts": self.opts,
            "title": _("Answers: %(race)s") % {"race": candidacy.race.name},
            "candidacy": candidacy,
            "differing": differing,
            "under_review": verdicts.UNDER_REVIEW,
            "may_correct": request.user.has_perm("vetting.change_correction"),
        }
        return TemplateResponse(request, "admin/vetting/vettingfile/answers.html", context)

    def correct(self, request, pk, question):
        """Say that an answer was recorded wrongly: what it should be, and why. Two people make it."""
        candidacy = self.file_or_404(request, pk)
        if not request.user.has_perm("vetting.change_correction"):
            raise PermissionDenied
        response = filing.answered(candidacy)
        lines = [] if response is None else comparing.sheet_of(candidacy).lines
        line = next((one for one in lines if one.question.pk == question), None)
        if line is None:
            raise Http404
        form = AnswerCorrectionForm(line, request.POST if request.method == "POST" else None)
        back = address("answers", Filters(), pk)
        if request.method == "POST" and form.is_valid():
            try:
                correction = correcting.ask_about_answer(
                    response, line.question, **form.cleaned_data, by=request.user, now=clock.now()
                )
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                self.message_user(request, _("Noted. Two people have to make the correction, each with a word."))
                return HttpResponseRedirect(reverse("admin:vetting_correction_change", args=[correction.pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Correct a recording error: question %(number)d") % {"number": line.question.number},
            "candidacy": candidacy,
            "line": line,
            "form": form,
            "back": back,
        }
        status = 400 if request.method == "POST" else 200
        return TemplateResponse(request, "admin/vetting/vettingfile/correct.html", context, status=status)

    def owner(self, request, pk):
        """Give a file to a colleague, or let it go."""
        candidacy = self.file_or_404(request, pk)
        if not (verdicts.decides(request.user) or verdicts.reviews(request.user)):
            raise PermissionDenied
        filters = Filters.read(request.GET)
        back = address("change", filters, pk)
        owner = candidacy.assignment.owner_id if hasattr(candidacy, "assignment") else None
        said = request.POST if request.method == "POST" else None
        form = OwnerForm(said, people=verdicts.staff_of_the_desk(), initial={"owner": owner})
        if said is not None and form.is_valid():
            try:
                chosen = form.cleaned_data["owner"]
                verdicts.assign(candidacy, owner=chosen, by=request.user, now=clock.now())
                words = {"candidate": candidacy, "who": chosen or _("nobody")}
                self.message_user(request, _("%(candidate)s: the owner is %(who)s.") % words)
                return HttpResponseRedirect(back)
            except Refusal as refusal:
                form.add_error("owner", str(refusal))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Whose file is %(candidate)s?") % {"candidate": candidacy},
            "candidacy": candidacy,
            "form": form,
            "back": back,
        }
        status = 400 if said is not None else 200
        return TemplateResponse(request, "admin/vetting/vettingfile/owner.html", context, status=status)

    # The way from one to the next

    def let_in(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied

    def file_or_404(self, request, pk):
        self.let_in(request)
        candidacy = filing.open_file(request.user, pk) if waiting.is_key(str(pk)) else None
        if candidacy is None:
            raise Http404
        return candidacy

    def go_on(self, request, filters, following, said):
        """To the next file, or to the queue when there is none."""
        if said:
            self.message_user(request, said)
        if following is None:
            self.message_user(request, _("No other file waits here."), messages.INFO)
            return HttpResponseRedirect(address("queue", filters))
        return HttpResponseRedirect(address("change", filters, following))

    def leave(self, request, said):
        """To the queue, with a word why."""
        self.message_user(request, said, messages.WARNING)
        return HttpResponseRedirect(address("queue", Filters()))
