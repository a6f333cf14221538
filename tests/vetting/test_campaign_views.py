"""The pages behind a campaign's private link."""

import pytest
from django.test import Client
from django.urls import reverse

from journal.models import Entry
from keys import links as key_links
from mailings.models import Letter
from tests.factories.rounds import CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import ALL_RIGHT, ResponseFactory
from vetting import links
from vetting.models import Answer, Question, Response

pytestmark = pytest.mark.django_db

OURS = {"HTTP_SEC_FETCH_SITE": "same-origin"}
PAGES = ["landing", "topics", "check", "sent", "more_time"]


@pytest.fixture
def response(set_clock, at, group):
    set_clock(at("2026-02-04 15:00"))
    candidacy = CandidacyFactory(name="Jane Rivera", round=RoundFactory())
    NominationFactory(group=group, candidacy=candidacy)
    return ResponseFactory(candidacy=candidacy)


def url(response, name="landing", *args):
    return reverse(f"vetting:{name}", args=[links.token_of(response), *args])


def question(response, number):
    return Question.objects.get(section__questionnaire=response.questionnaire, number=number)


def typed(response, **fields):
    """What a browser sends for {"q1": "yes", "why1": "…"}: names by the questions' numbers."""
    sent = {}
    for name, value in fields.items():
        kind, number = ("q", name[1:]) if name[0] == "q" else ("why", name[3:])
        sent[f"{kind}{question(response, int(number)).pk}"] = value
    return sent


def text_of(page):
    return " ".join(page.content.decode().split())


def everything():
    return [sorted(model.objects.values_list()) for model in (Response, Answer, Letter, Entry)]


def test_the_landing_says_what_by_whom_and_until_when(client, response):
    page = client.get(url(response))

    text = text_of(page)
    assert page.status_code == 200
    assert "Questionnaire for Jane Rivera" in text
    assert "<li>Boston Common Group</li>" in text
    assert "Monday, February 9, 2026, 9:00 a.m. Eastern (6:00 a.m. Pacific)" in text
    assert "(4 days 22 hours left)" in text
    assert "at least 80% of the scored answers must be right" in text
    assert "There are 5 questions. They take about 15 minutes." in text
    assert '<li value="4"><p>Will you vote for bill 4?' in text
    assert "Will you vote for bill 5?" not in text  # governors only


@pytest.mark.parametrize("name", PAGES)
def test_a_private_page_is_kept_by_nobody(client, response, name):
    page = client.get(url(response, name), follow=True)

    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert not page.cookies


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(client, response, method):
    before = everything()

    for _ in range(3):
        for name in PAGES:
            getattr(client, method)(url(response, name))
        getattr(client, method)(url(response, "topic", 1))

    assert everything() == before


def test_which_answer_is_right_and_which_is_baseline_stays_hidden(client, response):
    pages = [url(response), url(response, "topics"), url(response, "topic", 1), url(response, "check")]

    texts = [text_of(client.get(page)) for page in pages]

    assert all("right_answers" not in text and "Baseline missed" not in text for text in texts)
    assert [text.count("checked") for text in texts] == [0, 0, 0, 0]


def test_answers_are_saved_over_several_sittings(client, response):
    page = client.post(
        url(response, "topic", 1), typed(response, q1="yes", why1="Of course.") | {"by_name": "Maria"}, **OURS
    )

    answer = Answer.objects.get()
    assert (answer.value, answer.explanation, answer.edited_by) == ("yes", "Of course.", "Maria")
    assert page.status_code == 302
    assert page["Location"] == f"{url(response, 'topic', 2)}?as={answer.pk}"

    text = text_of(client.get(page["Location"]))
    assert 'value="Maria"' in text

    listed = text_of(client.get(url(response, "topics")))
    assert "1 of 5 answered" in listed
    assert '<span class="tag wait">1 of 3</span>' in listed
    assert "Saved by Maria" in text_of(client.get(url(response, "topic", 1)))


def test_the_last_topic_leads_to_the_check_and_the_list_is_a_choice(client, response):
    last = client.post(url(response, "topic", 3), typed(response, q6="Because."), **OURS)
    listed = client.post(url(response, "topic", 1), {"then": "list"}, **OURS)

    assert last["Location"] == url(response, "check")
    assert listed["Location"] == url(response, "topics")


def test_a_field_nobody_touched_does_not_overwrite_a_colleagues_answer(client, response):
    opened = {"initial-" + name: "" for name in typed(response, q1="", q2="")}
    client.post(url(response, "topic", 1), typed(response, q1="yes") | {"by_name": "Tom"}, **OURS)

    client.post(url(response, "topic", 1), opened | typed(response, q1="", q2="no") | {"by_name": "Maria"}, **OURS)

    kept = Answer.objects.order_by("question__number").values_list("question__number", "value", "edited_by")
    assert list(kept) == [(1, "yes", "Tom"), (2, "no", "Maria")]


def test_an_answer_can_be_taken_back(client, response):
    client.post(url(response, "topic", 3), typed(response, q6="Because."), **OURS)
    name = next(iter(typed(response, q6="")))

    client.post(url(response, "topic", 3), {name: "", f"initial-{name}": "Because."}, **OURS)

    assert Answer.objects.get().value == ""


def test_whoever_comes_back_goes_on_at_the_first_blank_question(client, response):
    assert "Go on at" not in text_of(client.get(url(response)))
    client.post(url(response, "topic", 1), typed(response, q1="yes", q3="no"), **OURS)

    for name in ("landing", "topics"):
        there = f'href="{url(response, "topic", 1)}#id_q{question(response, 2).pk}">Go on at question 2</a>'
        assert there in text_of(client.get(url(response, name)))

    client.post(url(response, "topic", 1), typed(response, q2="yes"), **OURS)
    client.post(url(response, "topic", 2), typed(response, q4="agree"), **OURS)
    client.post(url(response, "topic", 3), typed(response, q6="Because."), **OURS)
    assert f'href="{url(response, "check")}">Check, sign and send</a>' in text_of(client.get(url(response)))


def test_the_check_page_lists_what_is_blank(client, response):
    client.post(url(response, "topic", 1), typed(response, q1="yes", q2="no"), **OURS)

    text = text_of(client.get(url(response, "check")))

    assert "3 questions are blank. A blank counts as wrong." in text
    assert "2 of 5 answered" in text


SIGNED = {"may_publish": "yes", "name": "Maria Lopez", "role": "Campaign manager"}


def test_sending_ends_on_a_receipt_and_then_nothing_changes(client, response):
    for number, value in ALL_RIGHT.items():
        if number != 5:
            topic = question(response, number).section.position
            client.post(url(response, "topic", topic), typed(response, **{f"q{number}": value}), **OURS)

    page = client.post(url(response, "check"), SIGNED, **OURS)

    assert page["Location"] == url(response, "sent")
    assert "We have your answers" in text_of(client.get(page["Location"]))
    response.refresh_from_db()
    assert (response.right, response.total, response.passed) == (4, 4, True)
    before = everything()
    again = client.post(url(response, "check"), SIGNED | {"name": "Else"}, **OURS)
    late = client.post(url(response, "topic", 1), typed(response, q1="no"), **OURS)
    assert (again["Location"], late["Location"]) == (url(response, "sent"), url(response))
    assert everything() == before
    copy = text_of(client.get(url(response)))
    assert "This is your copy." in copy
    assert "<form" not in copy


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [
        ({"name": ""}, "Sign with your name."),
        ({"role": " "}, "Say your role in the campaign."),
        ({"may_publish": ""}, "Say whether we may publish the answers."),
        ({"may_publish": "maybe"}, "Choose one of the answers shown."),
        ({"name": "x" * 121}, "This is too long."),
        ({"name": "a\0b"}, "Null characters are not allowed."),
    ],
)
def test_the_signature_must_be_whole_and_nothing_typed_is_lost(client, response, lacking, sentence):
    page = client.post(url(response, "check"), SIGNED | lacking, **OURS)

    text = text_of(page)
    assert page.status_code == 400
    assert sentence in text
    assert "Error:" in text
    if "role" not in lacking:
        assert 'value="Campaign manager"' in text
    response.refresh_from_db()
    assert response.submitted_at is None


def test_late_answers_are_kept_and_kindly_not_scored(client, response, set_clock, at):
    set_clock(at("2026-02-10 15:00"))

    assert "The deadline was" in text_of(client.get(url(response)))
    client.post(url(response, "topic", 1), typed(response, q1="yes"), **OURS)
    client.post(url(response, "check"), SIGNED, **OURS)

    text = text_of(client.get(url(response, "sent")))
    assert "We keep them, and they are not scored." in text
    response.refresh_from_db()
    assert (response.late, response.passed, response.answers.count()) == (True, None, 2)


def test_asking_for_more_time(client, response):
    page = client.post(url(response, "more_time"), {"reason": "Our manager is ill."}, **OURS)

    assert page["Location"] == url(response, "more_time")
    response.refresh_from_db()
    assert (response.asks_for_time, response.more_time_reason) == (True, "Our manager is ill.")
    assert "Our manager is ill." in text_of(client.get(page["Location"]))


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001, "a\0b"])
def test_asking_for_more_time_without_a_reason(client, response, reason):
    page = client.post(url(response, "more_time"), {"reason": reason}, **OURS)

    assert page.status_code == 400
    response.refresh_from_db()
    assert not response.asks_for_time


def test_a_candidacy_that_is_over_is_asked_nothing(client, response):
    type(response.candidacy).objects.update(state="withdrawn")

    assert client.get(url(response, "more_time"))["Location"] == url(response)
    assert "This questionnaire is closed." in text_of(client.get(url(response)))
    assert client.post(url(response, "topic", 1), typed(response, q1="yes"), **OURS)["Location"] == url(response)
    assert client.post(url(response, "check"), SIGNED, **OURS)["Location"] == url(response)
    assert not Answer.objects.exists()


HOSTILE = [
    "\0",
    "a\0b",
    "x" * 20_001,
    "<script>alert(1)</script>",
    "{{ 7|add:7 }}",
    "\ud7ff\U0001f600 ünï",
    "../../etc/passwd",
    "' OR 1=1 --",
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("field", ["q1", "why1", "q6"])
def test_hostile_answers_are_kept_as_text_or_refused_in_words(client, response, hostile, field):
    number = int(field[-1])
    address = url(response, "topic", question(response, number).section.position)

    page = client.post(address, typed(response, **{field: hostile}) | {"by_name": hostile}, **OURS)

    assert page.status_code in (302, 400)
    text = client.get(address).content.decode() + page.content.decode()
    assert "<script>alert" not in text
    if page.status_code == 400:
        assert "There is a problem" in page.content.decode()


def test_one_bad_field_does_not_lose_the_others(client, response):
    page = client.post(url(response, "topic", 1), typed(response, q1="yes", q2="perhaps", why3="Why not"), **OURS)

    assert page.status_code == 400
    assert "Choose one of the answers shown." in text_of(page)
    assert list(Answer.objects.order_by("question__number").values_list("value", "explanation")) == [
        ("yes", ""),
        ("", "Why not"),
    ]


def test_bytes_that_are_no_text_are_no_error(client, response):
    body = f"q{question(response, 6).pk}=%ff%fe%80&by_name=%c3%28".encode()

    page = client.post(url(response, "topic", 3), body, content_type="application/x-www-form-urlencoded", **OURS)

    assert page.status_code == 302


@pytest.mark.parametrize("said", ["x", "-1", "9" * 18, "9" * 30, "1e3", "٣", "%00", ""])
def test_a_strange_sitting_is_nobody(client, response, said):
    page = client.get(url(response, "topic", 1) + f"?as={said}")

    assert page.status_code == 200


@pytest.mark.parametrize("position", [0, 4, 99, 10**30])
def test_a_topic_that_is_not_there_leads_to_the_list(client, response, position):
    assert client.get(url(response, "topic", position))["Location"] == url(response, "topics")


def test_a_form_from_another_site_is_not_taken(client, response):
    page = client.post(url(response, "topic", 1), typed(response, q1="yes"), HTTP_SEC_FETCH_SITE="cross-site")

    assert page.status_code == 403
    assert "Nothing was saved" in text_of(page)
    assert not Answer.objects.exists()


def test_no_cookie_is_needed(response):
    strict = Client(enforce_csrf_checks=True)

    page = strict.post(url(response, "topic", 1), typed(response, q1="yes"), HTTP_ORIGIN="http://testserver")

    assert page.status_code == 302
    assert Answer.objects.count() == 1


def test_every_changed_letter_of_a_link_is_a_link_that_does_not_work(client, response):
    token = links.token_of(response)
    alphabet = "ABab01_-"
    forged = [token[:n] + other + token[n + 1 :] for n in range(len(token)) for other in alphabet if other != token[n]]

    assert links.responses_of(forged) == {}
    page = client.get(reverse("vetting:landing", args=[forged[20]]))
    assert page.status_code == 404
    assert "This link does not work" in text_of(page)
    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "%00",
        "a/b/c",
        "%ff%fe",
        "." * 40,
        "A" * 39,
        "A" * 5000,
        "%3Cscript%3E",
        "__________w.AAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ],
)
def test_a_mangled_link_has_its_own_page(client, response, token):
    for address in (f"/q/{token}/", f"/q/{token}/check/", f"/q/{token}"):
        for page in (client.get(address), client.post(address, {}, **OURS)):
            assert page.status_code == 404
            assert "This link does not work" in text_of(page)


def test_a_link_that_mail_programs_dressed_up_still_works(client, response):
    assert client.get(f"/q/{links.token_of(response)}.").status_code == 200
    assert client.get(f"/q/{links.token_of(response)}").status_code == 200


def test_links_of_other_purposes_and_generations_do_not_work(client, response):
    other = key_links.standing("confirm", response.pk)
    assert client.get(reverse("vetting:landing", args=[other])).status_code == 404

    old = url(response)
    Response.objects.update(generation=1)
    response.refresh_from_db()
    assert client.get(old).status_code == 404
    assert client.get(url(response)).status_code == 200


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_refused(client, response, method):
    assert getattr(client, method)(url(response)).status_code == 405


def test_topics_take_the_same_queries_whatever_is_answered(client, response, django_assert_num_queries):
    with django_assert_num_queries(4):
        client.get(url(response, "topics"))
    client.post(url(response, "topic", 1), typed(response, q1="yes", q2="no", q3="no"), **OURS)
    with django_assert_num_queries(4):
        client.get(url(response, "topics"))
