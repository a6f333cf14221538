"""The letters as their readers get them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from journal.wording import in_zone
from mailings import letters as registered
from mailings.models import Letter
from mailings.postroom import send_due
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import ALL_RIGHT, QuestionnaireFactory, ResponseFactory
from vetting import answering, inviting, links, passing_on, reviewing
from vetting.models import Response

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SIGNED = {"name": "Maria Lopez", "role": "Manager", "may_publish": True}


@pytest.fixture
def candidacy(group, ada):
    """Jane Rivera, named by Ada's group, with two gates."""
    jane = CandidacyFactory(name="Jane Rivera", campaign_email="team@example.org", gates=2, round=RoundFactory())
    NominationFactory(candidacy=jane, group=group)
    return jane


@pytest.fixture
def post(mailoutbox):
    """Send what is due and return it: [(subject, to, text, html)]."""

    def send(now):
        mailoutbox.clear()
        send_due(now)
        states = set(Letter.objects.filter(not_before__lte=now).values_list("state", flat=True))
        assert states <= {Letter.State.SENT, Letter.State.SKIPPED}, list(Letter.objects.values())
        return [(one.subject, one.to[0], flat(one.body), flat(one.alternatives[0][0])) for one in mailoutbox]

    return send


def flat(text):
    return " ".join(text.split())


def test_the_questionnaire(candidacy, post):
    QuestionnaireFactory(questions=True)
    inviting.invite_due(START)

    [(subject, to, text, html)] = post(START)

    response = Response.objects.get()
    assert subject == "Questionnaire for Jane Rivera"
    assert to == "Campaign Office <team@example.org>"
    for part in (text, html):
        assert "Boston Common Group" in part
        assert "Monday, February 9, 2026, 9:00 a.m. Eastern (6:00 a.m. Pacific)" in part
        assert "There are 5 questions." in part
        assert "at least 80% of the scored answers must be right" in part
        assert links.url_of(response) in part
        assert "help@example.org" in part
    assert (response.sent_at, response.due_at) == (START, START + 7 * DAY)


def test_the_time_begins_when_the_letter_goes_not_when_it_was_written(candidacy, post):
    QuestionnaireFactory(questions=True)
    inviting.invite_due(START)

    [(_subject, _to, text, _html)] = post(START + 2 * DAY)

    assert "Wednesday, February 11, 2026" in text
    assert Response.objects.get().due_at == START + 9 * DAY


def test_a_questionnaire_is_not_sent_to_who_left_meanwhile(candidacy, post):
    QuestionnaireFactory(questions=True)
    inviting.invite_due(START)
    type(candidacy).objects.update(state="withdrawn")

    assert post(START) == []
    assert Letter.objects.get().reason == "the candidacy is over"
    assert Response.objects.get().due_at is None


def test_a_newer_link_takes_the_place_of_the_older(candidacy, post, dee):
    QuestionnaireFactory(questions=True)
    inviting.invite_due(START)
    inviting.send_anew(Response.objects.get(), by=dee, now=START, reason="Mended address.")

    [(_subject, _to, text, _html)] = post(START)

    assert links.url_of(Response.objects.get()) in text


def test_the_reminder(candidacy, post):
    response = ResponseFactory(candidacy=candidacy, answers={1: "yes"})
    inviting.remind_due(START + 4 * DAY)

    [(subject, _to, text, html)] = post(START + 4 * DAY)

    assert subject == "Reminder: questionnaire for Jane Rivera"
    for part in (text, html):
        assert "1 of 5" in part
        assert "Monday, February 9, 2026, 9:00 a.m. Eastern" in part
        assert links.url_of(response) in part


def test_no_reminder_to_who_answered_meanwhile_or_has_more_time(candidacy, post, dee):
    response = ResponseFactory(candidacy=candidacy)
    inviting.remind_due(START + 4 * DAY)
    answering.extend(response, due_at=START + 9 * DAY, by=dee, now=START + 4 * DAY, reason="Snow.")

    sent = post(START + 4 * DAY)
    assert [subject for subject, *_rest in sent] == ["More time: questionnaire for Jane Rivera"]

    inviting.remind_due(START + 6 * DAY)
    answering.submit(response, **SIGNED, now=START + 6 * DAY)
    assert "Reminder: questionnaire for Jane Rivera" not in [subject for subject, *_rest in post(START + 6 * DAY)]


def test_more_time(candidacy, post, dee):
    response = ResponseFactory(candidacy=candidacy)
    answering.extend(response, due_at=START + 9 * DAY, by=dee, now=START, reason="Snow & ice.")

    [(_subject, _to, text, html)] = post(START)

    assert "Why: Snow & ice." in text
    assert "Why: Snow &amp; ice." in html
    assert "Wednesday, February 11, 2026, 9:00 a.m. Eastern" in text
    assert links.url_of(response) in text


def test_the_copy_and_the_score(candidacy, post, ada):
    response = ResponseFactory(candidacy=candidacy, answers=dict(list(ALL_RIGHT.items())[1:4]) | {6: "<b>Because</b>"})
    response.answers.filter(question__number=2).update(explanation="Since 1999.")
    answering.submit(response, **SIGNED, now=START)

    copy, score = sorted(post(START), key=lambda one: one[1] == "Ada Adams <ada@example.org>")

    assert copy[0] == "We have the answers for Jane Rivera"
    assert "signed by Maria Lopez (Manager)" in copy[2]
    assert "2. Will you vote for bill 2? Answer: Yes Explanation: Since 1999." in copy[2]
    assert "1. Will you vote for bill 1? Answer: left blank" in copy[2]
    assert "<b>Because</b>" in copy[2]
    assert "&lt;b&gt;Because&lt;/b&gt;" in copy[3]
    assert "You agreed that we may publish them." in copy[2]
    assert score[:2] == ("The answers of Jane Rivera are in", "Ada Adams <ada@example.org>")
    for part in score[2:]:
        assert "did not pass" in part
        assert "3 of 4 right, baseline missed: 1" in part
        assert "1. Will you vote for bill 1?" in part
        assert f"/lead/candidates/{candidacy.pk}/answers/" in part
        assert "/q/" not in part


def test_the_copy_of_late_answers_says_so(candidacy, post):
    response = ResponseFactory(candidacy=candidacy)
    answering.submit(response, **SIGNED, now=START + 8 * DAY)

    [(_subject, _to, text, _html)] = post(START + 8 * DAY)

    assert "They came after the deadline, Monday, February 9, 2026" in text


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(6, "The answers are still due"), (8, "What you send later is kept and read, and not scored.")],
)
def test_no_more_time_says_why_and_what_stays_possible(candidacy, post, dee, days, sentence):
    response, now = ResponseFactory(candidacy=candidacy), START + days * DAY
    answering.ask_for_time(response, reason="Illness.", now=now)
    answering.refuse_time(response, by=dee, now=now, reason="The freeze is near.")

    [(subject, to, text, html)] = post(now)

    assert subject == "The deadline stays: questionnaire for Jane Rivera"
    assert to == "Campaign Office <team@example.org>"
    for part in (text, html):
        assert "The freeze is near." in part
        assert sentence in part
        assert links.url_of(response) in part


@pytest.mark.parametrize(
    ("decision", "subject", "sentence"),
    [
        (reviewing.clear, "Jane Rivera is cleared", "can go on the ballot"),
        (reviewing.hold, "Jane Rivera is on hold", "no ballot takes the name"),
        (reviewing.decline, "Jane Rivera is not cleared", "will not be on a ballot"),
    ],
)
def test_the_outcome(candidacy, post, dee, decision, subject, sentence):
    ResponseFactory(candidacy=candidacy, submitted_at=START, right=4, total=4, passed=True)
    decision(candidacy, by=dee, now=START, reason="We read it & all.", call_with_groups="Monday.")

    [letter] = [one for one in post(START) if one[1].startswith("Ada")]

    assert letter[:2] == (subject, "Ada Adams <ada@example.org>")
    assert sentence in letter[2]
    assert sentence in letter[3]
    assert "The reason: We read it & all." in letter[2]
    assert "We are glad to talk about it by phone. Write to" in letter[2]


def to_campaign(letters):
    return [one for one in letters if one[1] == "Campaign Office <team@example.org>"]


def test_a_cleared_campaign_hears_where_the_ballots_words_stand_and_until_when(candidacy, post, dee):
    response = ResponseFactory(candidacy=candidacy, submitted_at=START, right=4, total=4, passed=True)
    reviewing.clear(candidacy, by=dee, now=START, reason="Only for groups.")

    [(subject, _to, text, html)] = to_campaign(post(START))

    assert subject == "Jane Rivera can go on our ballot"
    for part in (text, html):
        assert "Your page shows what members will read, word for word." in part
        assert in_zone(candidacy.round.freeze_at, candidacy.round.time_zone) in part
        assert links.url_of(response) in part
        assert "Only for groups." not in part


@pytest.mark.parametrize("sent", [True, False])
def test_a_declined_campaign_gets_a_plain_no_with_its_score(candidacy, post, dee, sent):
    scored = {"right": 3, "total": 4, "passed": False, "baseline_missed": [1]}
    response = ResponseFactory(candidacy=candidacy, **({"submitted_at": START, **scored} if sent else {}))
    reviewing.decline(candidacy, by=dee, now=START, reason="Only for groups.", call_with_groups="Monday.")

    [(subject, _to, text, html)] = to_campaign(post(START))

    assert subject == "Our review of Jane Rivera"
    for part in (text, html):
        assert "We will not put this candidacy to our members’ vote." in part
        assert "Local groups may nominate you again in a later round." in part
        assert ("3 of 4 right, baseline missed: 1" in part) is sent
        assert ("1. Will you vote for bill 1?" in part) is sent
        assert (links.url_of(response) in part) is sent
        assert "Only for groups." not in part


def test_a_campaign_on_hold_or_never_asked_hears_of_no_decision(candidacy, post, dee):
    reviewing.decline(candidacy, by=dee, now=START, reason="No.", call_with_groups="Monday.")
    ResponseFactory(candidacy=candidacy, submitted_at=START, right=4, total=4, passed=True)
    reviewing.hold(candidacy, by=dee, now=START + DAY, reason="Wait.")
    assert to_campaign(post(START + DAY)) == []


def test_a_decision_that_was_overtaken_is_not_told_to_the_campaign(candidacy, post, dee):
    ResponseFactory(candidacy=candidacy, submitted_at=START, right=4, total=4, passed=True)
    reviewing.decline(candidacy, by=dee, now=START, reason="No.", call_with_groups="Monday.")
    reviewing.clear(candidacy, by=dee, now=START + DAY, reason="Yes after all.")
    assert [subject for subject, *_rest in to_campaign(post(START + DAY))] == ["Jane Rivera can go on our ballot"]


def test_an_outcome_that_was_overtaken_is_not_sent(candidacy, post, dee):
    reviewing.hold(candidacy, by=dee, now=START, reason="Wait.")
    reviewing.decline(candidacy, by=dee, now=START + DAY, reason="No.", call_with_groups="Monday.")

    assert [subject for subject, *_rest in post(START + DAY)] == ["Jane Rivera is not cleared"]


def test_a_rehearsal_writes_to_staff_only(candidacy, post, dee):
    candidacy.round.rehearsal = True
    candidacy.round.save()
    QuestionnaireFactory(questions=True)
    inviting.invite_due(START)
    answering.submit(Response.objects.get(), **SIGNED, now=START)

    posted = post(START)
    assert {to.partition("<")[2] or to for _subject, to, *_rest in posted} == {"help@example.org>", "dee@example.org>"}
    assert all(subject.startswith("[Rehearsal] ") for subject, *_rest in posted)


def test_a_link_is_its_campaigns_and_nobody_elses(candidacy):
    response = ResponseFactory(candidacy=candidacy)
    owners = registered.link_prefixes()["/q/"]
    token = links.token_of(response)

    assert owners([token, "x", token[:-1] + ("A" if token[-1] != "A" else "B")], START) == {token: "team@example.org"}


@pytest.mark.parametrize("rows", [1, 3])
def test_a_batch_takes_the_same_queries_however_many(rows, django_assert_num_queries):
    for _ in range(rows):
        jane = CandidacyFactory(round=RoundFactory())
        NominationFactory(candidacy=jane)
        ResponseFactory(candidacy=jane, answers={1: "yes"})
    inviting.remind_due(START + 4 * DAY)
    batch = list(Letter.objects.all())

    with django_assert_num_queries(4):
        assert len(registered.find("vetting.reminder").write(batch, START + 4 * DAY)) == rows


def test_letters_follow_the_language_of_the_contacts_last_form(candidacy, post, set_clock):
    set_clock(START)
    response = ResponseFactory(candidacy=candidacy)
    url = reverse("vetting:more_time", args=[links.token_of(response)])
    Client().get(f"{url}?lang=es")
    assert Response.objects.get().language == "en"
    Client().post(f"{url}?lang=es", {"reason": ""}, HTTP_SEC_FETCH_SITE="same-origin")
    assert Response.objects.get().language == "es"
    inviting.remind_due(START + 4 * DAY)
    [(subject, _to, text, html)] = post(START + 4 * DAY)
    assert subject == "Recordatorio: cuestionario para Jane Rivera"
    assert "9 de febrero" in text
    assert 'lang="es"' in html
    assert 'lang="es"' in Client().get(url).content.decode()


def test_a_colleagues_language_is_her_own(candidacy, set_clock):
    set_clock(START)
    response = ResponseFactory(candidacy=candidacy)
    maria = passing_on.pass_on(response, name="Maria", email="maria@example.org", now=START)
    url = reverse("vetting:topics", args=[links.colleagues_token(maria, response)])
    Client().post(f"{url}?lang=es", {}, HTTP_SEC_FETCH_SITE="same-origin")
    maria.refresh_from_db()
    assert (maria.language, Response.objects.get().language) == ("es", "en")
