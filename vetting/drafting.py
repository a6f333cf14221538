"""Writing a version of the questionnaire: its sections and questions, their order, and the version after it.

Each verb holds the version's row, so that nothing changes once the first campaign has it, and a version that new
candidacies get is never left in a state in which it could not be sent.
"""

import hashlib
import json
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models import F
from django.forms import model_to_dict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journal import book
from vetting import gaps, importing, questionnaires
from vetting.importing import check_length
from vetting.models import Question, Questionnaire, Section
from vetting.refusals import Refusal

MOST_SECTIONS, MOST_QUESTIONS = 40, gaps.MOST_QUESTIONS
ASIDE = 10_000  # added to numbers while they move, so that no two are the same in between
CHANGED = "questionnaire.changed"
TAKEN = gettext_lazy("There is a version “%(version)s” already. Choose another name.")


class Changed(Refusal):
    """A colleague has changed the same part since the page was opened."""


def wording_of(part) -> str:
    """A mark of how a version, a section or a question reads now; another wording has another."""
    said = json.dumps(model_to_dict(part, exclude=["id", "position", "number", "current", "frozen_at"]), default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def require_wording(part, stood):
    """Raise Changed where a part reads otherwise than when its page was opened, by the mark that stood there."""
    if stood and stood != wording_of(part):
        raise Changed(_("A colleague has changed this meanwhile. Look what it says now; to save yours, press again."))


@contextmanager
def held(questionnaire):
    """The version with its row locked, still free to change; what is left must be fit to be sent if it is current."""
    with transaction.atomic():
        version = Questionnaire.objects.select_for_update().filter(pk=questionnaire.pk).first()
        if version is None:
            raise Refusal(_("This version was thrown away meanwhile."))
        questionnaires.require_changeable(version)
        yield version
        if version.current:
            questionnaires.require_sendable(version)


def start(cycle, *, version, title, pass_share, by, now) -> Questionnaire:
    """A new version without questions. pass_share in hundredths of a percent. Refusal for a name that is taken."""
    with transaction.atomic():
        drafted = create(cycle=cycle, version=version, title=title, pass_share=pass_share)
        book.record("questionnaire.started", drafted, by=by, now=now, after={"version": version, "cycle": cycle.year})
    return drafted


def start_from(content, *, cycle, version, title, pass_share, by, now) -> Questionnaire:
    """A new version with what a CSV file holds, see importing.take_in. BadFile names the rows at fault."""
    require_share(pass_share)
    with transaction.atomic():
        require_free(version)
        taken = importing.take_in(content, cycle=cycle, version=version, title=title, by=by, now=now)
        taken.pass_share = pass_share
        taken.save(update_fields=["pass_share"])
    return taken


def copy(questionnaire, *, version, title, by, now) -> Questionnaire:
    """The next version, of the same cycle: everything as in this one, free to change. Refusal for a taken name."""
    with transaction.atomic():
        share = questionnaire.pass_share
        drafted = create(cycle=questionnaire.cycle, version=version, title=title, pass_share=share)
        for section in questionnaire.sections.prefetch_related("questions"):
            questions = list(section.questions.all())
            section.pk, section.questionnaire, section._state.adding = None, drafted, True
            section.save()
            for question in questions:
                question.pk, question.section = None, section
            Question.objects.bulk_create(questions)
        after = {"version": version, "copied_from": questionnaire.version}
        book.record("questionnaire.started", drafted, by=by, now=now, after=after)
    return drafted


def create(*, cycle, version, title, pass_share):
    check_length(Questionnaire, version=version, title=title)
    require_share(pass_share)
    require_free(version)
    try:
        with transaction.atomic():
            return Questionnaire.objects.create(cycle=cycle, version=version, title=title, pass_share=pass_share)
    except IntegrityError:  # somebody took the name at the same moment
        raise Refusal(TAKEN % {"version": version}) from None


def require_free(version):
    if Questionnaire.objects.filter(version=version).exists():
        raise Refusal(TAKEN % {"version": version})


def require_share(pass_share):
    if not 0 < pass_share <= 10_000:
        raise Refusal(_("The share needed must be more than 0 % and at most 100 %."))


def describe(questionnaire, *, version, title, pass_share, by, now, stood=None) -> bool:
    """Change the version's name, title and the share needed to pass; False when all stood so."""
    check_length(Questionnaire, version=version, title=title)
    require_share(pass_share)
    with held(questionnaire) as standing:
        require_wording(standing, stood)
        if version != standing.version:
            require_free(version)
        return write(
            standing, standing, "version", {"version": version, "title": title, "pass_share": pass_share}, by, now
        )


def write_section(questionnaire, section=None, *, title, titles, core_priority, by, now, stood=None) -> Section:
    """Add a section at the end, or change one. titles holds its title in other languages, {"es": …}."""
    check_length(Section, title=title)
    facts = {"title": title, "titles": titles, "core_priority": core_priority}
    with held(questionnaire) as version:
        if section is None:
            sections = list(version.sections.all())
            if len(sections) >= MOST_SECTIONS:
                raise Refusal(_("A questionnaire has at most %(n)d sections.") % {"n": MOST_SECTIONS})
            place = sections[-1].position + 1 if sections else 1
            section = Section.objects.create(questionnaire=version, position=place, **facts)
            book.record(CHANGED, version, by=by, now=now, after={"section": place, **facts})
        else:
            section = standing_part(Section, section, version)
            require_wording(section, stood)
            write(version, section, "section", facts, by, now)
    return section


def write_question(section, question=None, *, by, now, stood=None, **facts) -> Question:
    """Add a question at the end of a section, or change one and move it there if it stands elsewhere.

    facts are its fields but number and section. Refusal for a question that could not be scored as it says.
    """
    if flaw := gaps.flaw_of(Question(**facts)):
        raise Refusal(_("This can’t be scored: %(flaw)s.") % {"flaw": flaw})
    with held(section.questionnaire) as version:
        section = standing_part(Section, section, version)
        asked = questionnaires.questions_of(version)
        if question is None:
            if len(asked) >= MOST_QUESTIONS:
                raise Refusal(_("A questionnaire has at most %(n)d questions.") % {"n": MOST_QUESTIONS})
            number = max((one.number for one in asked), default=0) + 1
            question = Question.objects.create(section=section, number=number, **facts)
            arrange(version, order_of(version))
            question.refresh_from_db()
            book.record(CHANGED, version, by=by, now=now, after={"question": question.number, **facts})
            return question
        question = standing_part(Question, question, version)
        require_wording(question, stood)
        write(version, question, "question", facts, by, now)
        if question.section_id != section.pk:
            order = [(key, [one for one in keys if one != question.pk]) for key, keys in order_of(version)]
            order = [(key, [*keys, question.pk] if key == section.pk else keys) for key, keys in order]
            moved(version, question, order, by, now)
    return question


def write(version, part, name, facts, by, now) -> bool:
    """Change fields of the version or a part of it, with both wordings in the journal; False when all stood so."""
    before = {field: value for field, value in model_to_dict(part, facts).items() if value != facts[field]}
    if not before:
        return False
    for field in before:
        setattr(part, field, facts[field])
    part.save(update_fields=list(before))
    which = {name: place_of(part)}
    after = {field: facts[field] for field in before}
    book.record(CHANGED, version, by=by, now=now, before=which | before, after=which | after)
    return True


def move(part, *, up, by, now) -> bool:
    """Let a section or a question change places with its neighbour; False at the edge.

    A question at the end of its section goes into the next one. All questions are numbered anew, 1, 2, 3 ….
    """
    version = version_of(part)
    with held(version) as version:
        part = standing_part(type(part), part, version)
        order = order_of(version)
        swapped = swap_sections(order, part, up) if isinstance(part, Section) else swap_questions(order, part, up)
        if not swapped:
            return False
        moved(version, part, order, by, now)
    return True


def swap_sections(order, section, up) -> bool:
    here = [key for key, _questions in order].index(section.pk)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(order):
        return False
    order[here], order[there] = order[there], order[here]
    return True


def swap_questions(order, question, up) -> bool:
    section = next(place for place, (_key, keys) in enumerate(order) if question.pk in keys)
    keys = order[section][1]
    here = keys.index(question.pk)
    there = here - 1 if up else here + 1
    if 0 <= there < len(keys):
        keys[here], keys[there] = keys[there], keys[here]
        return True
    beyond = section - 1 if up else section + 1
    if not 0 <= beyond < len(order):
        return False
    keys.remove(question.pk)
    order[beyond][1].insert(len(order[beyond][1]) if up else 0, question.pk)
    return True


def remove(part, *, by, now):
    """Take a section with its questions, or a question, out of its version; the journal keeps the words."""
    with held(version_of(part)) as version:
        part = standing_part(type(part), part, version)
        questions = list(part.questions.all()) if isinstance(part, Section) else [part]
        gone = [{"number": one.number, "text": one.text} for one in questions]
        before = {part._meta.model_name: place_of(part), "removed": gone}
        part.delete()
        arrange(version, order_of(version))
        book.record(CHANGED, version, by=by, now=now, before=before)


def discard(questionnaire, *, by, now, reason):
    """Throw a version away that no campaign was sent and that new candidacies don't get."""
    with held(questionnaire) as version:
        if version.current:
            raise Refusal(_("New candidacies get this version. Choose another for them first."))
        before = {"version": version.version, "title": version.title}
        book.record("questionnaire.discarded", version, by=by, now=now, reason=reason, before=before)
        version.delete()


def version_of(part) -> Questionnaire:
    return part.questionnaire if isinstance(part, Section) else part.section.questionnaire


def standing_part(model, part, version):
    """The section or question as it stands now, in this version. Refusal when it is gone."""
    inside = {"questionnaire": version} if model is Section else {"section__questionnaire": version}
    standing = model.objects.filter(pk=part.pk, **inside).first()
    if standing is None:
        raise Refusal(_("A colleague has removed this meanwhile."))
    return standing


def place_of(part):
    """By what the journal names it: a section's position, a question's number, a version's name."""
    return getattr(part, {"section": "position", "question": "number"}.get(part._meta.model_name, "version"))


def order_of(version) -> list:
    """[(a section's key, [its questions' keys])] in the order in which they stand."""
    inside = {key: [] for key in version.sections.order_by("position").values_list("pk", flat=True)}
    for question in questionnaires.questions_of(version):
        inside[question.section_id].append(question.pk)
    return list(inside.items())


def moved(version, part, order, by, now):
    """Bring the version into this order, with the part's old and new place in the journal."""
    name, before = part._meta.model_name, place_of(part)
    arrange(version, order)
    part.refresh_from_db()
    book.record(CHANGED, version, by=by, now=now, before={name: before}, after={name: place_of(part)})


def arrange(version, order):
    """Number sections and questions 1, 2, 3 … in this order, each question in its section."""
    questions = Question.objects.filter(section__questionnaire=version)
    version.sections.update(position=F("position") + ASIDE)
    questions.update(number=F("number") + ASIDE)
    places = [(key, section) for section, keys in order for key in keys]
    Section.objects.bulk_update(
        [Section(pk=key, position=place) for place, (key, _keys) in enumerate(order, start=1)], ["position"]
    )
    Question.objects.bulk_update(
        [Question(pk=key, section_id=section, number=place) for place, (key, section) in enumerate(places, start=1)],
        ["section", "number"],
    )
