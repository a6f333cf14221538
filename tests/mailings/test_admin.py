"""The post room at the desk: read, send again, stop, let go."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from journal.models import Entry
from mailings import queue
from mailings.models import Letter, StoppedTopic, Suppression, Wave
from tests.crawl import forms_of
from tests.factories.groups import UserFactory
from tests.factories.mailings import (
    LetterFactory,
    ProviderFactory,
    StoppedTopicFactory,
    SuppressionFactory,
    WaveFactory,
)
from tests.factories.rounds import RoundFactory

pytestmark = pytest.mark.django_db
State = Letter.State
LETTERS = "/desk/mailings/letter/"


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


def press(desk, url, action, *rows, reason="They asked."):
    said = {"action": action, "_selected_action": [row.pk for row in rows]}
    return desk.post(url, said | ({} if reason is None else {"reason": reason}), follow=True)


@pytest.mark.parametrize(
    ("url", "factory"),
    [
        (LETTERS, LetterFactory),
        ("/desk/mailings/stoppedtopic/", StoppedTopicFactory),
        ("/desk/mailings/suppression/", SuppressionFactory),
    ],
)
def test_lists_ask_as_much_for_one_row_as_for_three(desk, url, factory, django_assert_num_queries):
    factory()
    # Session, user, count, rows, her kept views; and whether it is written who looked.
    queries = 6 if factory is SuppressionFactory else 5
    desk.get(url)
    with django_assert_num_queries(queries):
        desk.get(url)
    for topic in ["round:2", "round:3"]:
        factory() if factory is SuppressionFactory else factory(topic=topic)
    with django_assert_num_queries(queries):
        assert len(desk.get(url).context["cl"].result_list) == 3


def test_filters_and_search(desk, sample):
    LetterFactory(state=State.FAILED, topic="round:7", reason="550 no")
    LetterFactory(name="sample.news", topic="round:8")
    for asked, n in [
        ("?state__exact=3", 1),
        ("?letter=sample.news", 1),
        ("?q=round:8", 1),
        ("?q=nothing", 0),
        ("?topic=round:7", 1),
        ("", 2),
    ]:
        response = desk.get(LETTERS + asked)
        assert len(response.context["cl"].result_list) == n, asked


def test_nothing_can_be_edited(desk):
    letter = LetterFactory()
    page = desk.get(f"{LETTERS}{letter.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert desk.post(f"{LETTERS}{letter.pk}/change/", {"state": 2}).status_code == 403
    assert desk.get(f"{LETTERS}add/").status_code == 403
    assert desk.post(f"{LETTERS}{letter.pk}/delete/").status_code == 403


def test_send_again(desk, dee):
    failed, sent = LetterFactory(state=State.FAILED, reason="550 no"), LetterFactory(state=State.SENT)
    response = press(desk, LETTERS, "send_again", failed, sent)
    assert "1 letter is in line again." in response.content.decode()
    assert list(Letter.objects.order_by("pk").values_list("state", flat=True)) == [State.READY, State.SENT]
    entry = Entry.objects.get()
    assert (entry.verb, entry.subject, entry.actor) == ("mailings.send_again", "round:1", f"user:{dee.pk}")
    assert entry.after == {"letter": "sample.note", "letters": 1}


def test_what_is_done_to_rows_asks_why(desk):
    failed, note = LetterFactory(state=State.FAILED), SuppressionFactory(address="ben@example.org")
    row = ProviderFactory(paused_until="2126-03-12T12:00Z", pauses=5)
    for url, action, one in [
        (LETTERS, "send_again", failed),
        ("/desk/mailings/suppression/", "lift", note),
        ("/desk/mailings/provider/", "try_now", row),
    ]:
        page = press(desk, url, action, one, reason=None)
        assert page.status_code == 200
        kept = {name: value for form in forms_of(page) for name, kind, value in form.fields if kind == "hidden"}
        assert (kept["action"], kept["_selected_action"]) == (action, str(one.pk))
        refused = press(desk, url, action, one, reason=" ")
        assert refused.status_code == 400
        assert "Say why" in refused.content.decode()
    assert not Entry.objects.filter(verb__startswith="mailings.").exists()
    failed.refresh_from_db()
    assert failed.state == State.FAILED
    assert Suppression.objects.exists()
    for url, action, one in [(LETTERS, "send_again", failed), ("/desk/mailings/suppression/", "lift", note)]:
        press(desk, url, action, one)
    assert [entry.reason for entry in Entry.objects.filter(verb__startswith="mailings.")] == ["They asked."] * 2


def test_all_rows_of_a_list_may_be_meant(desk):
    rows = [LetterFactory(state=State.FAILED) for _ in range(3)]
    said = {"action": "send_again", "select_across": "1", "_selected_action": [rows[0].pk]}
    page = desk.post(LETTERS, said | {"index": "0"})
    assert ("select_across", "hidden", "1") in [one for form in forms_of(page) for one in form.fields]
    said["reason"] = "x"
    assert "Type how many letters it is about: 3" in page.content.decode()
    for number in ("", "2", "three"):
        assert desk.post(LETTERS, said | {"number": number}).status_code == 400
    assert "3 letters are in line again" in desk.post(LETTERS, said | {"number": "3"}, follow=True).content.decode()


def test_a_topic_is_stopped_and_let_go_on_its_page_and_by_no_action_of_a_list(desk, client):
    letter, stopped = LetterFactory(topic="group:7"), StoppedTopicFactory(topic="round:2")
    stop, resume = "/desk/mailings/stoppedtopic/stop/of/group:7/", "/desk/mailings/stoppedtopic/resume/of/round:2/"
    assert f'href="{stop}"' in desk.get(LETTERS).content.decode()
    assert f'href="{resume}"' in desk.get("/desk/mailings/stoppedtopic/").content.decode()
    press(desk, LETTERS, "stop", letter)
    press(desk, LETTERS, "resume", letter)
    press(desk, "/desk/mailings/stoppedtopic/", "resume", stopped)
    assert list(StoppedTopic.objects.values_list("topic", flat=True)) == ["round:2"]
    looker = UserFactory(email="eve@example.org", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__in=["view_letter", "view_stoppedtopic"]))
    client.force_login(looker)
    assert stop not in client.get(LETTERS).content.decode()
    assert resume not in client.get("/desk/mailings/stoppedtopic/").content.decode()


def test_limits_are_changed_and_journalled_without_touching_the_account(desk, noon):
    row = ProviderFactory(rate=14, tokens=3.5, filled_at=noon, turn=8)
    url = f"/desk/mailings/provider/{row.pk}/change/"
    said = {"rate": "50", "daily_limit": "", "first_day": "1000", "warm_up_from": "2026-03-12"}
    assert desk.post(url, said).status_code == 302
    assert desk.post(url, said).status_code == 302
    row.refresh_from_db()
    assert (row.rate, row.daily_limit, row.first_day, row.warm_up_from) == (50, None, 1000, noon.date())
    assert (row.tokens, row.filled_at, row.turn) == (3.5, noon, 9)
    entry = Entry.objects.get()
    assert (entry.verb, entry.before["rate"], entry.after["rate"]) == ("mailings.pace", 14, 50)
    assert desk.post(url, said | {"rate": "0"}).status_code == 200


def test_a_pause_is_ended_by_hand(desk, set_clock, noon):
    set_clock(noon)
    row = ProviderFactory(paused_until=noon + timedelta(hours=1), pauses=5, pause_reason="421 slow")
    assert "Letters go again." in press(desk, "/desk/mailings/provider/", "try_now", row).content.decode()
    assert "It was not waiting." in press(desk, "/desk/mailings/provider/", "try_now", row).content.decode()
    row.refresh_from_db()
    assert (row.paused_until, row.pauses) == (None, 0)
    assert Entry.objects.get().verb == "mailings.try_now"


@pytest.mark.parametrize(("act", "verb"), [("stop", "mailings.stop"), ("resume", "mailings.resume")])
def test_the_stop_button_of_a_topic_asks_why(desk, dee, act, verb):
    if act == "resume":
        StoppedTopicFactory(topic="round:7")
    url = f"/desk/mailings/stoppedtopic/{act}/of/round:7/"
    assert desk.get(url).status_code == 200
    assert desk.post(url, {"reason": " "}).status_code == 400
    assert Entry.objects.count() == 0
    said = {"reason": "a wrong date", "typed": "round:7"}
    if act == "resume":
        assert "0 letters wait" in desk.get(url).content.decode()
        assert desk.post(url, said | {"typed": "round:8"}).status_code == 400
    assert desk.post(url, said).status_code == 302
    assert "stood that way already" in desk.post(url, said, follow=True).content.decode()
    entry = Entry.objects.get()
    assert (entry.verb, entry.subject, entry.reason, entry.actor) == (verb, "round:7", "a wrong date", f"user:{dee.pk}")
    assert (queue.stopped("round:7") is None) is (act == "resume")
    assert desk.get("/desk/mailings/stoppedtopic/burn/of/round:7/").status_code == 404


@pytest.mark.parametrize("act", ["stop", "resume"])
def test_after_the_stop_button_one_is_back_on_the_page_of_the_round(desk, act):
    round = RoundFactory(stage="voting")
    LetterFactory(topic=round.topic)
    page = f"/desk/rounds/round/{round.pk}/change/"
    if act == "resume":
        StoppedTopicFactory(topic=round.topic)
    link = f"/desk/mailings/stoppedtopic/{act}/of/{round.topic}/?back={page}"
    assert f'href="{link}"' in desk.get(page).content.decode()
    assert f'href="{page}"' in desk.get(link).content.decode()

    said = {"reason": "a wrong date", "typed": round.topic}
    assert desk.post(link, said).url == page
    assert desk.post(link, said).url == page  # twice is once, and leads there too


@pytest.mark.parametrize(
    "back",
    [
        "",
        "https://elsewhere.org/desk/",
        "//elsewhere.org",
        "/",
        "javascript:alert(1)",
        "\\\\elsewhere.org",
    ],
)
def test_the_way_back_never_leaves_the_desk(desk, back):
    where = desk.post("/desk/mailings/stoppedtopic/stop/of/round:7/", {"reason": "x"}, query_params={"back": back}).url

    assert where == "/desk/mailings/letter/?q=round%3A7"


def test_a_wave_says_where_it_is_and_is_stopped_and_goes_on(desk, dee):
    wave = WaveFactory(step=Wave.Step.CANARIES, held=True, letters=2)
    LetterFactory(subject=1, wave=wave.number, state=State.HELD)
    LetterFactory(subject=1, wave=wave.number, state=State.SENT)
    url = f"/desk/mailings/wave/{wave.pk}"
    page = desk.get(f"{url}/change/").content.decode()
    assert "Held back" in page
    assert f"{url}/do/stop/" in page
    assert f"{url}/do/go_on/" in page
    assert f"{url}/do/resume/" not in page
    for act, step, stopped in [("stop", 2, True), ("resume", 2, False), ("go_on", 3, False)]:
        assert desk.get(f"{url}/do/{act}/").status_code == 200
        assert desk.post(f"{url}/do/{act}/", {"reason": ""}).status_code == 400
        if act != "stop":
            assert "It has 2 letters in all; one that has gone" in desk.get(f"{url}/do/{act}/").content.decode()
            assert desk.post(f"{url}/do/{act}/", {"reason": "seen", "number": "3"}).status_code == 400
        assert desk.post(f"{url}/do/{act}/", {"reason": "seen", "number": "2"}).status_code == 302
        wave.refresh_from_db()
        assert (wave.step, wave.stopped_at is not None) == (step, stopped)
    said = ["mailings.wave_stopped", "mailings.wave_resumed", "mailings.wave_step"]
    assert [entry.verb for entry in Entry.objects.order_by("id")] == said
    assert desk.get(f"{url}/do/burn/").status_code == 404
    assert desk.get("/desk/mailings/wave/0/do/stop/").status_code == 404


def test_a_waves_page_asks_as_much_for_one_letter_as_for_many(desk, django_assert_num_queries):
    wave = WaveFactory(held=True)
    desk.get(f"/desk/mailings/wave/{wave.pk}/change/")  # what a process asks for once is asked for here
    for n in (1, 20):
        LetterFactory.create_batch(n, subject=1, wave=wave.number, state=State.SENT, settled_at=wave.judged_since)
        with django_assert_num_queries(9):
            desk.get(f"/desk/mailings/wave/{wave.pk}/change/")


def test_who_may_not_steer_stops_nothing(client):
    looker = UserFactory(email="eve@example.org", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_wave"))
    client.force_login(looker)
    wave = WaveFactory(step=Wave.Step.CANARIES)
    assert f"{wave.pk}/do/stop/" not in client.get(f"/desk/mailings/wave/{wave.pk}/change/").content.decode()
    assert client.post(f"/desk/mailings/wave/{wave.pk}/do/stop/", {"reason": "x"}).status_code == 403
    assert client.post("/desk/mailings/stoppedtopic/stop/of/round:7/", {"reason": "x"}).status_code == 403
    assert Entry.objects.count() == 0


def test_lift(desk):
    note, other = SuppressionFactory(address="ben@example.org"), SuppressionFactory()
    press(desk, "/desk/mailings/suppression/", "lift", note)
    assert Suppression.objects.get() == other
    entry = Entry.objects.get(verb="mailings.lift")
    assert entry.before == {"reason": "bounced"}
    assert "ben@example.org" not in repr(entry.__dict__)


def test_who_may_only_look_has_no_actions(client):
    looker = UserFactory(email="eve@example.org", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_letter"))
    client.force_login(looker)
    failed = LetterFactory(state=State.FAILED)
    assert client.get(LETTERS).status_code == 200
    press(client, LETTERS, "send_again", failed)
    failed.refresh_from_db()
    assert failed.state == State.FAILED
