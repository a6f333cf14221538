"""A campaign passes its questionnaire on: links of their own, whose answers are named, that the contact can end."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from journal import clock
from journal.models import Entry
from mailings import postroom
from mailings.models import Letter
from tests.factories.rounds import CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import ResponseFactory
from vetting import answering, inviting, links, passing_on
from vetting.models import Answer, Colleague, Response
from vetting.refusals import Refusal

pytestmark = pytest.mark.django_db

OURS = {"HTTP_SEC_FETCH_SITE": "same-origin"}


@pytest.fixture
def response(set_clock, at, group):
    set_clock(at("2026-02-04 15:00"))
    candidacy = CandidacyFactory(name="Jane Rivera", campaign_email="office@rivera.example.org", round=RoundFactory())
    NominationFactory(group=group, candidacy=candidacy)
    return ResponseFactory(candidacy=candidacy)


def url(response, name="colleague", *args):
    return reverse(f"vetting:{name}", args=[links.token_of(response), *args])


def pass_on(response, name="Maria Lopez", email="maria@example.org", **rest):
    return passing_on.pass_on(response, name=name, email=email, now=clock.now(), **rest)


def opened_by(colleague):
    """The response as her own link opens it."""
    return links.response_of(links.colleagues_token(colleague, colleague.response))


def send():
    mail.outbox.clear()
    postroom.send_due(clock.now())
    assert not Letter.objects.filter(state__in=[Letter.State.SET_ASIDE, Letter.State.FAILED]).exists()
    return mail.outbox


def test_a_colleague_gets_a_letter_with_a_link_of_her_own_and_the_old_one_stays(response):
    page = Client().post(url(response), {"name": "Maria Lopez", "email": "maria@example.org"}, **OURS)
    assert page.status_code == 302
    maria = Colleague.objects.get()
    [letter] = send()
    assert letter.to == ["Maria Lopez <maria@example.org>"]
    link = links.colleagues_url(maria, response)
    assert link in letter.body.splitlines()
    assert link != links.url_of(response)
    for token in (links.token_of(response), links.colleagues_token(maria, response)):
        assert Client().get(reverse("vetting:landing", args=[token])).status_code == 200
    entry = Entry.objects.get(verb="response.passed_on")
    assert (entry.actor, entry.after["colleague"]) == (f"campaign:{response.candidacy_id}", maria.pk)
    assert "maria" not in str(entry.after).lower()


def test_her_name_stands_beside_what_she_saves_without_being_typed(response):
    maria = opened_by(pass_on(response))
    page = Client().get(url(maria, "topic", 1))
    assert 'value="Maria Lopez"' in page.content.decode()
    field = re.search(r'name="(q\d+)" value="yes"', page.content.decode())[1]
    Client().post(url(maria, "topic", 1), {field: "yes"}, **OURS)
    assert Answer.objects.get().edited_by == "Maria Lopez"
    page = Client().get(url(response, "check")).content.decode()
    assert "Saved by Maria Lopez" in " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_colleague_is_told_that_letters_go_to_the_campaigns_contact(response):
    maria = opened_by(pass_on(response))
    contact, you = "the campaign’s contact", re.compile(r"write to you|way to you|[Yy]ou get|you will hear")

    def texts():
        addresses = [
            url(one, name) for name in ("check", "more_time", "sent", "corrected") for one in (response, maria)
        ]
        addresses += [reverse("endorsements:ballot_preview", args=[links.token_of(one)]) for one in (response, maria)]
        pages = [Client().get(address) for address in addresses]
        return [" ".join(page.content.decode().split()) for page in pages if page.status_code == 200]

    answering.ask_for_time(maria, reason="Illness.", now=clock.now())
    before = texts()
    answering.submit(maria, name="Maria Lopez", role="Press", may_publish=False, now=clock.now())
    after = texts()

    assert (len(before), len(after)) == (8, 6)
    for own, hers in [*zip(before[::2], before[1::2], strict=True), *zip(after[::2], after[1::2], strict=True)]:
        assert (bool(you.search(own)), contact in own.lower()) == (True, False)
        assert (bool(you.search(hers)), contact in hers.lower()) == (False, True)


def test_who_sends_is_told_from_who_asked(response):
    maria = opened_by(pass_on(response))
    answering.submit(maria, name="Maria Lopez", role="Press", may_publish=False, now=clock.now())
    assert Entry.objects.get(verb="response.submitted").actor.endswith(f"/colleague:{maria.opened_by.pk}")


def test_the_same_address_keeps_its_link_and_gets_no_second_letter(response):
    assert pass_on(response).pk == pass_on(response, email=" MARIA@example.org ").pk
    assert len(send()) == 1


def test_five_a_day_for_all_of_a_campaign_together(response, set_clock):
    for n in range(passing_on.A_DAY):
        pass_on(response, email=f"n{n}@example.org")
    page = Client().post(url(response), {"name": "Nia", "email": "nia@example.org"}, **OURS)
    assert page.status_code == 400
    assert "You can pass on 5 links a day." in page.content.decode()
    assert 'value="nia@example.org"' in page.content.decode()
    set_clock(clock.now() + timedelta(days=1, seconds=1))
    assert pass_on(response).pk


@pytest.mark.parametrize(
    ("name", "email", "said"),
    [
        ("", "maria@example.org", "Enter your colleague’s name."),
        ("Maria", "", "Enter an e-mail address"),
        ("Maria", "no address", "Enter an e-mail address"),
        ("Win a prize at evil.example", "maria@example.org", "Enter a name alone"),
        ("Maria", "OFFICE@rivera.example.org", "This is the campaign’s own address."),
    ],
)
def test_what_can_not_be_passed_on_says_why(response, name, email, said):
    page = Client().post(url(response), {"name": name, "email": email}, **OURS)
    assert (page.status_code, said in page.content.decode()) == (400, True)
    assert (Colleague.objects.count(), Letter.objects.count()) == (0, 0)


def test_the_contact_alone_sees_the_links_and_ends_one_once(response):
    maria = pass_on(response)
    cem = pass_on(opened_by(maria), name="Cem", email="cem@example.org")
    assert cem.passed_by == maria
    assert "Passed on by Maria Lopez" in Client().get(url(response)).content.decode()
    own = Client().get(url(opened_by(maria))).content.decode()
    assert "cem@example.org" not in own
    Client().post(url(opened_by(maria)), {"end": str(cem.pk)}, **OURS)
    assert Colleague.objects.standing().count() == 2
    for _n in range(2):
        Client().post(url(response), {"end": str(cem.pk)}, **OURS)
    assert list(Colleague.objects.standing()) == [maria]
    assert Entry.objects.filter(verb="response.link_ended").count() == 1
    assert opened_by(cem) is None
    assert len(send()) == 1  # the ended link is not mailed


def test_another_campaigns_contact_ends_nothing_of_hers(response):
    maria = pass_on(response)
    other = ResponseFactory(candidacy=CandidacyFactory(round=response.candidacy.round))
    Client().post(url(other), {"end": str(maria.pk)}, **OURS)
    assert list(Colleague.objects.standing()) == [maria]


def test_a_new_link_for_the_campaign_ends_those_that_were_passed_on(response, dee):
    maria = pass_on(response)
    inviting.send_anew(response, by=dee, now=clock.now(), reason="The wrong person had it.")
    assert opened_by(Colleague.objects.get()) is None
    assert Colleague.objects.get(pk=maria.pk).ended_at is not None


def test_nothing_is_passed_on_once_the_answers_are_sent(response):
    answering.submit(response, name="Jane", role="Candidate", may_publish=True, now=clock.now())
    assert Client().get(url(response)).status_code == 302
    with pytest.raises(Refusal, match="have been sent"):
        pass_on(Response.objects.get())


def test_the_contact_can_end_a_link_after_the_answers_are_sent(response):
    maria = pass_on(response)
    answering.submit(response, name="Jane", role="Candidate", may_publish=True, now=clock.now())
    assert f'href="{url(response)}"' in Client().get(url(response, "landing")).content.decode()
    page = Client().get(url(response)).content.decode()
    assert "End this link" in page
    assert 'name="email"' not in page
    assert Client().get(url(opened_by(maria))).status_code == 302
    Client().post(url(response), {"end": str(maria.pk)}, **OURS)
    assert opened_by(maria) is None


def test_a_link_ends_nobody_elses_purpose(response):
    maria = pass_on(response)
    token = links.colleagues_token(maria, response)
    assert links.response_of(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert links.responses_of([token, links.token_of(response)]).keys() == {token, links.token_of(response)}


def test_an_answer_opens_with_as_many_queries_by_either_link(response, django_assert_num_queries):
    maria = pass_on(response)
    with django_assert_num_queries(1):
        links.response_of(links.token_of(response))
    with django_assert_num_queries(2):
        links.response_of(links.colleagues_token(maria, response))
