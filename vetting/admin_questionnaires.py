"""The questionnaire's versions at the desk: written, looked at as a campaign sees them, sent, copied."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journal import clock
from journal.languages import to_translate
from rounds import planning
from rounds.models import Race
from vetting import admin_preview, drafting, exporting, gaps, importing, questionnaires, scoring
from vetting.admin_drafting_forms import (
    NewVersionForm,
    NextVersionForm,
    QuestionForm,
    SectionForm,
    VersionForm,
    WhyForm,
)
from vetting.admin_forms import NothingForm
from vetting.models import Question, Questionnaire, Section
from vetting.refusals import Refusal

PARTS = {"section": Section, "question": Question}


@admin.register(Questionnaire)
class QuestionnaireAdmin(admin.ModelAdmin):
    """The list of versions, and behind each its sections and questions. A lead writes, others read."""

    list_display = ["title", "version", "cycle", "questions_asked", "current", "frozen_at"]
    list_filter = ["cycle"]
    list_select_related = ["cycle"]
    actions = None

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(asked=Count("sections__questions"))

    @admin.display(description=gettext_lazy("questions"))
    def questions_asked(self, version):
        return version.asked

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        def at(route, view, name):
            return path(route, self.admin_site.admin_view(view), name=f"vetting_questionnaire_{name}")

        own = [
            at("<int:pk>/preview/", self.preview, "preview"),
            at("<int:pk>/csv/", self.csv, "csv"),
            at("<int:pk>/next/", self.next_version, "next"),
            at("<int:pk>/names/", self.names, "names"),
            at("<int:pk>/send/", self.send, "send"),
            at("<int:pk>/discard/", self.discard, "discard"),
            at("<int:pk>/sections/add/", self.section, "add_section"),
            at("<int:pk>/sections/<int:section>/", self.section, "section"),
            at("<int:pk>/sections/<int:section>/add/", self.question, "add_question"),
            at("<int:pk>/sections/<int:section>/remove/", self.remove, "remove_section"),
            at("<int:pk>/questions/<int:question>/", self.question, "question"),
            at("<int:pk>/questions/<int:question>/remove/", self.remove, "remove_question"),
        ]
        return [*own, *super().get_urls()]

    # Reading

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The version on one page: what it lacks, its questions, and what may be done. POST moves a part up or down."""
        version = self.found(request, unquote(object_id))
        if request.method == "POST":
            return self.move(request, version)
        questions = questionnaires.questions_of(version)
        sections = list(version.sections.all())
        inside = {section.pk: [] for section in sections}
        for question in questions:
            question.missing_in = missing_in(question)
            question.asked_of = [str(Race.Office(office).label) for office in question.offices]
            question.right_words = [question.words_of(answer) for answer in question.right_answers]
            inside[question.section_id].append(question)
        scored = [question for question in questions if question.scored]
        lacks = [] if version.frozen_at else gaps.gaps_of(sections, questions)
        return self.page(
            request,
            version,
            "version",
            sections=[(section, inside[section.pk], gaps.anchor_of(section)) for section in sections],
            gaps=lacks,
            asked=len(questions),
            scored=len(scored),
            baseline=sum(question.baseline for question in questions),
            by_office=[(office.label, *counts(questions, office.value)) for office in Race.Office],
            rule=scoring.rule_in_words(version.pass_share),
            campaigns=version.responses.count(),
            may_write=self.may_write(request, version),
            may_add=self.has_add_permission(request),
            may_send=self.has_change_permission(request, version)
            and not (version.current or any(gap.stops for gap in lacks)),
        )

    def preview(self, request, pk):
        """What a campaign sees, by office and language; nothing typed there is kept."""
        version = self.found(request, pk)
        chosen = admin_preview.Choice.read(request.GET)
        return admin_preview.answer(request, version, chosen, back=self.address(version))

    def csv(self, request, pk):
        """The version as a file that can be taken in again."""
        version = self.found(request, pk)
        answer = HttpResponse(exporting.csv_of(version), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="questionnaire-{version.pk}.csv"'
        return answer

    # Writing

    def add_view(self, request, form_url="", extra_context=None):
        """A new version: empty, or from a file."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        first = {"pass_percent": 80, "cycle": planning.current_cycle(clock.now())}
        files = request.FILES if request.method == "POST" else None
        form = NewVersionForm(typed(request), files, initial=first)
        if request.method == "POST" and form.is_valid():
            try:
                version = begin(form.said(), by=request.user, now=clock.now())
                self.message_user(request, _("%(version)s is begun.") % {"version": version}, messages.SUCCESS)
                return HttpResponseRedirect(self.address(version))
            except Refusal as refusal:
                form.add_error("file" if isinstance(refusal, importing.BadFile) else None, str(refusal).splitlines())
        return self.form_page(request, None, form, title=_("New version of the questionnaire"), upload=True)

    def next_version(self, request, pk):
        """A copy that can change, of a version that can't."""
        version = self.found(request, pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NextVersionForm(typed(request), initial={"title": version.title})
        return self.do(
            request,
            version,
            form,
            lambda said, **who: drafting.copy(version, **said, **who),
            title=_("Make the next version"),
            effect=_("It begins with everything in %(version)s and can change until its first campaign gets it.")
            % {"version": version},
            said=lambda copied: (_("%(version)s is begun.") % {"version": copied}, self.address(copied)),
        )

    def names(self, request, pk):
        version = self.writable(request, pk)
        percent = version.pass_share / 100
        initial = {"title": version.title, "version": version.version, "pass_percent": f"{percent:g}"}
        form = VersionForm(typed(request), initial=initial | {"stood": drafting.wording_of(version)})

        def verb(_cleaned, **who):
            drafting.describe(version, **form.said(), **who)

        return self.do(request, version, form, verb, title=_("Title and share to pass"), fields=True)

    def send(self, request, pk):
        """From now on new candidacies get this version."""
        version = self.found(request, pk)
        if not self.has_change_permission(request, version):
            raise PermissionDenied
        instead = questionnaires.current(version.cycle)
        effect = _(
            "From now on each new candidacy of %(cycle)s gets %(version)s. "
            "Campaigns that have been asked keep the version that they got."
        ) % {"cycle": version.cycle, "version": version}
        if instead and instead != version:
            effect += " " + _("Until now it was %(version)s.") % {"version": instead}

        def verb(cleaned, **who):
            questionnaires.make_current(version, **cleaned, **who)

        said = _("New candidacies get %(version)s.") % {"version": version}
        form = WhyForm(typed(request))
        title = _("Send this version from now on")
        lacks = questionnaires.gaps_of(version)
        return self.do(
            request, version, form, verb, title=title, effect=effect, said=lambda _none: (said, None), gaps=lacks
        )

    def discard(self, request, pk):
        version = self.writable(request, pk)
        return self.do(
            request,
            version,
            WhyForm(typed(request)),
            lambda said, **who: drafting.discard(version, **said, **who),
            title=_("Throw this version away"),
            effect=_("Its sections and questions are gone for good. The journal keeps that it was there."),
            said=lambda _none: (_("Thrown away."), reverse("admin:vetting_questionnaire_changelist")),
        )

    def section(self, request, pk, section=None):
        """Write a section: a new one, or one that stands."""
        version = self.writable(request, pk)
        part = self.part(version, Section, section) if section else None
        initial = {} if part is None else {"titles": part.titles, "title": part.title}
        initial["stood"] = drafting.wording_of(part) if part else None
        initial["core_priority"] = part is not None and part.core_priority
        form = SectionForm(typed(request), initial=initial)

        def verb(_cleaned, **who):
            return drafting.write_section(version, part, **form.said(), **who)

        title = _("Section “%(section)s”") % {"section": part} if part else _("New section")
        return self.do(request, version, form, verb, title=title, fields=True, at=True, part=part)

    def question(self, request, pk, question=None, section=None):
        """Write a question: a new one in a section, or one that stands."""
        version = self.writable(request, pk)
        part = self.part(version, Question, question) if question else None
        section = part.section if part else self.part(version, Section, section)
        form = QuestionForm(typed(request), sections=version.sections.all(), initial=initial_of(part, section))

        def verb(_cleaned, **who):
            return drafting.write_question(question=part, **form.said(), **who)

        title = _("Question %(number)d") % {"number": part.number} if part else _("New question")
        more = None if part else reverse("admin:vetting_questionnaire_add_question", args=[pk, section.pk])
        return self.do(request, version, form, verb, title=title, fields=True, at=True, part=part, more=more)

    def remove(self, request, pk, section=None, question=None):
        version = self.writable(request, pk)
        part = self.part(version, Section, section) if section else self.part(version, Question, question)
        count = part.questions.count() if section else 1
        effect = _("“%(words)s” goes.") % {"words": part.title if section else part.text}
        if section and count:
            effect += " " + _("So do its questions: %(n)d.") % {"n": count}
        effect += " " + _("The others are numbered anew; the journal keeps the words.")

        def verb(_cleaned, **who):
            drafting.remove(part, **who)

        form = NothingForm(typed(request))
        title = _("Remove the section") if section else _("Remove question %(number)d") % {"number": part.number}
        return self.do(
            request, version, form, verb, title=title, effect=effect, said=lambda _none: (_("Removed."), None)
        )

    def move(self, request, version):
        """One step up or down, and back to where the part now stands."""
        if not self.may_write(request, version):
            raise PermissionDenied
        kind, _dash, rest = request.POST.get("move", "").partition("-")
        key, _dash, way = rest.partition("-")
        if kind not in PARTS or not key.isdecimal() or way not in ("up", "down"):
            raise PermissionDenied
        part = self.part(version, PARTS[kind], key[:18])
        try:
            drafting.move(part, up=way == "up", by=request.user, now=clock.now())
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(f"{self.address(version)}#{gaps.anchor_of(part)}")

    # What the pages share

    def found(self, request, key) -> Questionnaire:
        """The version, for who may read it; 403 and 404 else."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        version = self.get_object(request, str(key))
        if version is None:
            raise Http404
        return version

    def writable(self, request, pk) -> Questionnaire:
        version = self.found(request, pk)
        if not self.has_change_permission(request, version):
            raise PermissionDenied
        return version

    def may_write(self, request, version) -> bool:
        return self.has_change_permission(request, version) and version.frozen_at is None

    def part(self, version, model, key):
        inside = {"questionnaire": version} if model is Section else {"section__questionnaire": version}
        part = model.objects.filter(pk=key, **inside).select_related().first()
        if part is None:
            raise Http404
        return part

    def address(self, version) -> str:
        return reverse("admin:vetting_questionnaire_change", args=[version.pk])

    def do(self, request, version, form, verb, *, title, said=None, at=False, more=None, **shown):
        """A page with a form and a verb behind it; at: afterwards go to where the part that the verb returns stands."""
        if request.method == "POST" and form.is_valid():
            try:
                result = verb(form.cleaned_data, by=request.user, now=clock.now())
            except drafting.Changed as refusal:
                form.data = form.data.copy()
                form.data["stood"] = drafting.wording_of(shown.get("part") or version)
                form.add_error(None, str(refusal))
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                words, there = said(result) if said else (_("Saved."), None)
                self.message_user(request, words, messages.SUCCESS)
                there = there or self.address(version) + (f"#{gaps.anchor_of(result)}" if at else "")
                return HttpResponseRedirect(more if more and request.POST.get("then") == "more" else there)
        return self.form_page(request, version, form, title=title, more=more, **shown)

    def form_page(self, request, version, form, *, title, **shown):
        status = 400 if request.method == "POST" else 200
        back = self.address(version) if version else reverse("admin:vetting_questionnaire_changelist")
        return self.page(request, version, "writing", form=form, title=title, back=back, status=status, **shown)

    def page(self, request, version, template, *, status=200, **shown):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(version),
            "version": version,
            **shown,
        }
        return TemplateResponse(request, f"admin/vetting/questionnaire/{template}.html", context, status=status)


def typed(request):
    """What a form of this request is bound to, None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def begin(said, *, by, now) -> Questionnaire:
    """A new version from what the form says; with a file, all of it or nothing."""
    file = said.pop("file", None)
    if not file:
        return drafting.start(**said, by=by, now=now)
    return drafting.start_from(file.read(), **said, by=by, now=now)


def initial_of(question, section) -> dict:
    """What a question's form shows at first."""
    if question is None:
        return {"section": section, "kind": Question.Kind.YES_NO, "scored": True, "weight": 1}
    plain = ["text", "texts", "help_text", "helps", "kind", "offices", "scored", "right_answers", "weight", "baseline"]
    stands = {name: getattr(question, name) for name in [*plain, "is_consent"]}
    return stands | {"section": section, "stood": drafting.wording_of(question)}


def missing_in(question) -> list:
    """The languages in which a question does not stand yet, by name."""
    return [language for code, language in to_translate() if not gaps.is_translated(question, code)]


def counts(questions, office) -> tuple:
    """How many questions candidates for an office are asked, and how many points they can get."""
    asked = [one for one in questions if scoring.applies(one, office) and not one.is_consent]
    return len(asked), sum(question.weight for question in asked if question.scored)
