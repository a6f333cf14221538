"""A leader's page to send her group's link round: who may, what it says, the poster, the count, a new link."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from groups import inviting
from groups.models import Group
from journal.models import Entry
from rounds import invitations, qr
from rounds.cutoff import CutOff
from tests.factories.groups import LeadershipFactory, MemberFactory
from tests.factories.rounds import START, RoundFactory

pytestmark = pytest.mark.django_db

PAGES = ["circulate", "poster"]


@pytest.fixture
def leader(client, ada):
    client.force_login(ada)
    return client


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def path(name, group):
    return reverse(f"rounds:{name}", args=[group.slug])


@pytest.mark.parametrize("name", [*PAGES, "rotate"])
def test_what_is_not_hers_is_not_there(client, group, cem, name):
    ask = client.post if name == "rotate" else client.get
    assert ask(path(name, group)).status_code == 302  # to the door
    client.force_login(cem)
    assert ask(path(name, group)).status_code == 404
    LeadershipFactory(group=group, user=cem, confirmed_at=None)
    assert ask(path(name, group)).status_code == 404


def test_she_finds_the_link_the_code_the_texts_and_the_count(leader, group):
    MemberFactory(came_by=group)
    MemberFactory(came_by=group, confirmed_at=None)
    MemberFactory(group=group)
    page = leader.get(path("circulate", group))
    text, url = page.content.decode(), inviting.url(group)
    assert text.count(url) >= 8  # the link, its picture, and three texts in two languages
    assert qr.draw(url).path in text
    assert "1 person is on the list by your link. 1 more has still to confirm their address." in text_of(page)
    assert re.findall(r"member\d+@example.org|Number \d+", text_of(page)) == []


def test_until_when_is_said_where_a_vote_is_planned(leader, group, set_clock):
    round = RoundFactory(name="Spring round", stage="vetting", starts_at=START)
    set_clock(round.freeze_at - timedelta(days=2))
    page = text_of(leader.get(path("circulate", group)))
    assert "Whoever confirms by Saturday, March 7, 2026, 11:59 p.m. Eastern" in page
    assert "In time until Saturday, March 7, 2026." in page


@pytest.mark.parametrize("name", PAGES)
def test_the_law_bars_a_501c3_and_an_unknown_form_is_asked_for_first(leader, group, name):
    for form, said in (("501c3", "The law does not let it endorse"), ("unknown", "Tell us first how")):
        Group.objects.update(legal_form=form)
        page = leader.get(path(name, group))
        assert (page.status_code, said in text_of(page)) == (403, True)


def test_a_new_link_makes_the_old_one_out_of_date_and_pressed_twice_is_once(leader, group):
    old = inviting.url(group)
    for _press in range(2):
        page = leader.post(path("rotate", group), {"seen": group.sign_up_code}, follow=True)
        assert page.status_code == 200
    fresh = inviting.url(Group.objects.get(pk=group.pk))
    assert "The link was changed already." in text_of(page)
    assert fresh != old
    assert leader.get(fresh.removeprefix("http://127.0.0.1:8000")).status_code == 200
    assert leader.get(old.removeprefix("http://127.0.0.1:8000")).status_code == 404


@pytest.mark.parametrize(("paper", "size"), [("", "letter"), ("letter", "letter"), ("a4", "a4"), ("<b>", "letter")])
def test_the_poster_stands_on_either_paper_in_both_languages(leader, group, paper, size):
    page = leader.get(path("poster", group), {"paper": paper})
    assert f'<div class="poster {size}">' in page.content.decode()
    said = text_of(page)
    assert "Who should we support? You vote." in said
    assert "¿A quién debemos apoyar? Usted vota." in said
    assert inviting.url(group).partition("://")[2].rstrip("/") in said


def test_the_texts_differ_by_language_and_the_sms_is_short(group):
    (_en, _name, english), (_es, _nombre, spanish) = invitations.in_each_language(group, CutOff())
    assert [one.name for one in english] == ["mail", "sms", "post"]
    assert all(here.text != there.text for here, there in zip(english, spanish, strict=True))
    assert all(inviting.url(group) in one.text for one in [*english, *spanish])
    assert len(english[1].text) <= 160
    assert len(spanish[1].text) <= 160


def test_the_code_is_drawn_with_its_quiet_zone():
    drawing = qr.draw("https://vote.example.org/join/common/7K4Q-2D/")
    assert drawing.size >= 29 + 8
    cells = {
        (int(x) + step, int(y))
        for x, y, wide in re.findall(r"M(\d+) (\d+)h(\d+)", drawing.path)
        for step in range(int(wide))
    }
    edge = range(4, drawing.size - 4)
    assert {x in edge and y in edge for x, y in cells} == {True}
    # The three corners that a camera looks for: seven dark modules in a row.
    for x, y in ((4, 4), (drawing.size - 11, 4), (4, drawing.size - 11)):
        assert {(x + step, y) for step in range(7)} <= cells


def test_a_goal_is_set_shown_reached_and_taken_away(client, group, ada):
    client.force_login(ada)
    url = f"/lead/{group.slug}/circulate/"
    assert "<progress" not in client.get(url).content.decode()
    assert client.post(url, {"goal": "2"}).url == f"{url}#came"
    client.post(url, {"goal": "2"})
    assert Entry.objects.filter(verb="group.goal").count() == 1
    page = client.get(url).content.decode()
    assert '<progress max="2" value="0"' in page
    assert "0 of 2, your goal." in page
    MemberFactory.create_batch(2, came_by=group)
    assert "You have reached your goal of 2." in client.get(url).content.decode()
    client.post(url, {"goal": ""})
    assert "<progress" not in client.get(url).content.decode()


@pytest.mark.parametrize("goal", ["0", "-1", "1000001", "many", "1.5"])
def test_a_goal_that_is_none_says_what_to_enter_and_stays(client, group, ada, goal):
    client.force_login(ada)
    page = client.post(f"/lead/{group.slug}/circulate/", {"goal": goal})
    assert page.status_code == 422
    assert "Enter a whole number from 1 to 1,000,000" in page.content.decode()
    assert f'value="{goal}"' in page.content.decode()
    group.refresh_from_db()
    assert group.goal is None
