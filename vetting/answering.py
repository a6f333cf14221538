"""What a campaign does: save answers over several sittings, send them once, ask for more time (process.md 4.4)."""

from django.db import transaction
from django.utils.translation import gettext as _

from journal import book
from mailings import queue
from rounds.models import Candidacy
from vetting import concerned, questionnaires, reviewing, scoring
from vetting.models import Answer, Response
from vetting.refusals import Refusal

LONGEST = 20_000  # characters of one answer or explanation
LONGEST_NAME = 120


def save_answers(response, *, answers, by_name, now) -> int:
    """Keep answers as typed and return how many changed: {question's key: (value, explanation)}, others stay.

    None for a value or an explanation leaves it as it stands. Nothing is required: blanks are kept too. by_name
    is who typed them. Raises Refusal, and keeps nothing, once the answers are sent or the candidacy is over, and
    for a question or an option that was not offered.
    """
    by_name = clean(by_name)[:LONGEST_NAME]
    with transaction.atomic():
        held = hold(response)
        require_open(held)
        asked = {one.pk: one for one in questionnaires.questions_of(held.questionnaire, held.candidacy.race.office)}
        standing = {answer.question_id: answer for answer in held.answers.all()}
        changed = []
        for key, (value, explanation) in answers.items():
            check_offered(asked.get(key), value)
            answer = standing.get(key) or Answer(response=held, question=asked[key])
            value = answer.value if value is None else clean(value)
            explanation = answer.explanation if explanation is None else clean(explanation)
            if (answer.value, answer.explanation) != (value, explanation):
                answer.value, answer.explanation = value, explanation
                answer.edited_by, answer.edited_at = by_name, now
                changed.append(answer)
        Answer.objects.bulk_update(
            [answer for answer in changed if answer.pk], ["value", "explanation", "edited_by", "edited_at"]
        )
        Answer.objects.bulk_create([answer for answer in changed if not answer.pk])
    return len(changed)


def submit(response, *, name, role, may_publish, now) -> bool:
    """Send the answers, signed; False when they were sent before, and then nothing changes.

    In time (the deadline itself included) they are scored at once and the groups' leaders are told; later ones
    are kept and not scored. The campaign gets a copy either way. Raises Refusal without name, role or an answer
    about publishing, and once the candidacy is over.
    """
    with transaction.atomic():
        held = hold(response)
        if held.submitted_at is not None:
            response.refresh_from_db()
            return False
        require_open(held)
        name, role = clean(name), clean(role)
        if not (0 < len(name) <= LONGEST_NAME and 0 < len(role) <= LONGEST_NAME):
            raise Refusal(_("Sign with your name and your role in the campaign, each of at most 120 characters."))
        if may_publish not in (True, False):
            raise Refusal(_("Say whether we may publish the answers."))
        keep_consent(held, may_publish, name=name, now=now)
        held.submitted_at, held.signed_name, held.signed_role, held.may_publish = now, name, role, may_publish
        held.save(update_fields=["submitted_at", "signed_name", "signed_role", "may_publish"])
        book.record(
            "response.submitted",
            held,
            by=actor_of(response),
            now=now,
            after={"may_publish": may_publish, "late": held.overdue(now)},
        )
        queue.enqueue("vetting.answered", seats=[held.pk], now=now, topic=topic_of(held), subject=held.pk)
        if not held.overdue(now):
            keep_score(held, now=now)
    response.refresh_from_db()
    return True


def ask_for_time(response, *, reason, now):
    """Keep that the campaign asks for more time, for staff to see; the newest reason stands. Raises Refusal."""
    reason = clean(reason)
    if not 0 < len(reason) <= 2000:
        raise Refusal(_("Tell us in a few words why you need more time (at most 2,000 characters)."))
    with transaction.atomic():
        held = hold(response)
        if held.passed is not None:
            raise Refusal(_("Your answers are in. You need no more time."))
        if held.candidacy.state not in Candidacy.STANDING:
            raise Refusal(_("This questionnaire is closed."))
        asked = {"more_time_asked_at": now, "more_time_reason": reason, "more_time_refused": ""}
        Response.objects.filter(pk=held.pk).update(**asked)
        book.record("response.more_time", held, by=actor_of(response), now=now, reason=reason)
    response.refresh_from_db()


def refuse_time(response, *, by, now, reason) -> bool:
    """Give no more time, with a reason that goes to the campaign; False when it does not ask for any. Refusal."""
    reason = clean(reason)
    if not reason:
        raise Refusal(_("Say why there is no more time: the campaign reads it."))
    with transaction.atomic():
        held = hold(response)
        if not held.asks_for_time:
            return False
        wave = int(held.more_time_asked_at.timestamp())
        Response.objects.filter(pk=held.pk).update(more_time_asked_at=None, more_time_refused=reason)
        book.record("response.no_more_time", held, by=by, now=now, reason=reason)
        queue.enqueue(
            "vetting.no_more_time", seats=[held.pk], now=now, topic=topic_of(held), subject=held.pk, wave=wave
        )
    response.refresh_from_db()
    return True


def extend(response, *, due_at, by, now, reason) -> int:
    """Give the campaign and its rivals in the race alike until due_at; returns how many deadlines moved.

    Deadlines only move later, to an instant still to come. Answers that came late but before due_at are scored
    now. Every campaign still asked gets a letter. Raises Refusal without a reason.
    """
    reason = clean(reason)
    if not reason:
        raise Refusal(_("Say why there is more time."))
    if response.due_at is None:
        raise Refusal(_("The questionnaire has not gone out yet, so its time has not begun."))
    if due_at <= now or due_at < response.due_at:
        raise Refusal(_("Choose a deadline that is later than the present one and still to come."))
    with transaction.atomic():
        # Those about whom vetting may still decide: campaigns of earlier rounds in this race are through.
        race = Response.objects.filter(candidacy__race=response.candidacy.race_id, due_at__lt=due_at)
        race = race.filter(candidacy__state__in=reviewing.REVIEWABLE)
        moved = list(race.select_for_update(of=("self",)).select_related("candidacy__race").order_by("pk"))
        for one in moved:
            before, one.due_at, one.extended_reason = one.due_at, due_at, reason
            one.extended_at, one.more_time_asked_at, one.more_time_refused = now, None, ""
            moved_fields = ["due_at", "extended_at", "extended_reason", "more_time_asked_at", "more_time_refused"]
            one.save(update_fields=moved_fields)
            change = {"before": {"due_at": before}, "after": {"due_at": due_at}}
            book.record("response.extended", one, by=by, now=now, reason=reason, **change)
            if one.late:
                keep_score(one, now=now)
            elif one.submitted_at is None and one.candidacy.state in Candidacy.STANDING:
                wave = int(due_at.timestamp())
                line = {"topic": topic_of(one), "subject": one.pk, "wave": wave, "expires": due_at}
                queue.enqueue("vetting.extended", seats=[one.pk], now=now, **line)
    response.refresh_from_db()
    return len(moved)


def keep_score(held, *, now, correction=0):
    """Score the sent answers, keep the score and tell the groups' leaders. The caller holds the row.

    correction is the key of the correction after which they are scored anew: the leaders hear of that too.
    """
    found = score_of(held)
    held.right, held.total, held.passed = found.right, found.total, found.passed
    held.baseline_missed = list(found.baseline_missed)
    held.more_time_asked_at = None  # who is scored asks for none any more
    held.save(update_fields=["right", "total", "passed", "baseline_missed", "more_time_asked_at"])
    book.record(
        "response.scored",
        held,
        by=None,
        now=now,
        after={"right": found.right, "total": found.total, "missed": held.baseline_missed, "passed": found.passed},
    )
    seats = concerned.leaders_behind(held.candidacy).values_list("pk", flat=True)
    line = {"topic": topic_of(held), "subject": held.pk, "wave": correction}
    queue.enqueue("vetting.scored", seats=seats, now=now, **line)


def score_of(response) -> scoring.Score:
    """The score of the answers as they stand."""
    office = response.candidacy.race.office
    questions = questionnaires.questions_of(response.questionnaire, office)
    numbers = {question.pk: question.number for question in questions}
    answers = {numbers.get(answer.question_id): answer.value for answer in response.answers.all()}
    return scoring.score(questions, answers, office=office, pass_share=response.questionnaire.pass_share)


def keep_consent(held, may_publish, *, name, now):
    """Answer the question of consent, where the form has one, with what was said on signing."""
    asked = questionnaires.questions_of(held.questionnaire, held.candidacy.race.office)
    for question in asked:
        if question.is_consent:
            said = {"value": "yes" if may_publish else "no", "edited_by": name, "edited_at": now}
            Answer.objects.update_or_create(response=held, question=question, defaults=said)


def hold(response) -> Response:
    """The response's row, held to the end of the transaction: two people may save or send at once."""
    held = Response.objects.select_for_update(of=("self",))
    return held.select_related("questionnaire", "candidacy__race", "candidacy__round").get(pk=response.pk)


def is_open(response) -> bool:
    """Whether answers can still be typed."""
    return response.submitted_at is None and response.candidacy.state in Candidacy.STANDING


def require_open(response):
    if response.submitted_at is not None:
        raise Refusal(_("The answers have been sent. They can’t be changed any more."))
    if response.candidacy.state not in Candidacy.STANDING:
        raise Refusal(_("This questionnaire is closed."))


def check_offered(question, value):
    """Raise Refusal for a question the campaign was not asked, or an option the question does not have."""
    if question is None:
        raise Refusal(_("One of these questions is not on your questionnaire."))
    if value and question.options and value not in dict(question.options):
        raise Refusal(_("Question %(number)d: choose one of its answers.") % {"number": question.number})


def clean(text) -> str:
    """Typed text as it is kept: plain line ends, no blanks around. Raises Refusal for what can't be kept."""
    text = str(text).replace("\r\n", "\n").replace("\r", "\n").strip()
    if "\0" in text:
        raise Refusal(_("The text has a character that can’t be kept (NUL). Please type it again."))
    if len(text) > LONGEST:
        raise Refusal(_("One answer is longer than 20,000 characters. Please shorten it."))
    return text


def note_language(speaker, language) -> None:
    """Keep in which language somebody uses our pages, the contact or a colleague: our letters follow it."""
    if language and speaker.language != language:
        type(speaker).objects.filter(pk=speaker.pk).update(language=language)
        speaker.language = language


def actor_of(response) -> str:
    """How the journal names whoever acts behind a link: the campaign, or the colleague whose link it is."""
    campaign = f"campaign:{response.candidacy_id}"
    return f"{campaign}/colleague:{response.opened_by.pk}" if response.opened_by else campaign


def topic_of(response) -> str:
    """The name under which the post room knows the letters about a race's questionnaires."""
    return f"race:{response.candidacy.race_id}"
