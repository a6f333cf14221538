"""The desk's letters tell nobody who voted, and when: no list, page, search, count, table or act gives such a row."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.urls import reverse

from endorsements.control_room import figures
from endorsements.desk import exporting, support, today
from endorsements.health import digest
from journal.models import Entry
from mailings import discretion, letters, postroom, queue, suppression
from mailings.models import Letter, Wave
from tests.factories.groups import UserFactory
from tests.factories.mailings import LetterFactory
from tests.factories.voting import polls, vote
from voting import posting

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
State = Letter.State
LETTERS = "/desk/mailings/letter/"
SHOWN = "letter_shown"  # its index
HIDDEN = ["voting.link", "voting.receipt", "voting.reminder"]


@pytest.fixture
def letters_out(set_clock):
    """An open vote: two voters of three have voted, one asked for a receipt; all are to be reminded, one resent."""
    round, _contests, entries = polls(contests=1, voters=3, name="Spring round")
    posting.enqueue_ballots(round, now=round.voting_opens_at)
    Letter.objects.update(state=State.SENT, settled_at=round.voting_opens_at, message_id="<ballot@example.org>")
    now = round.voting_opens_at + HOUR
    set_clock(now)
    posting.enqueue_reminders(round, now=now)
    Letter.objects.filter(name="voting.ballot", seat=entries[1].pk).update(state=State.READY)
    for entry in entries[:2]:
        vote(entry)
    posting.enqueue_receipt(entries[0], now=now)
    postroom.send_due(now + HOUR)
    postroom.send_due(now + 3 * HOUR)
    return round, entries


@pytest.fixture
def post_desk(client):
    """Somebody with every right in the post room, who is no superuser."""
    user = UserFactory(email="data@example.org", is_staff=True)
    rights = Permission.objects.filter(content_type__app_label__in=["mailings", "journal"])
    user.user_permissions.set(rights)
    client.force_login(user)
    return client


def rows(client, asked=""):
    return list(client.get(LETTERS + asked).context["cl"].result_list)


@pytest.mark.parametrize("who", ["post_desk", "superuser"])
def test_no_list_filter_or_search_has_them(who, client, post_desk, dee, letters_out):
    if who == "superuser":
        client.force_login(dee)
    _round, entries = letters_out
    told = [*Letter.objects.filter(name__in=HIDDEN), *Letter.objects.filter(name="voting.ballot", state=State.SKIPPED)]
    assert {letter.name for letter in told} == {"voting.receipt", "voting.reminder", "voting.ballot"}
    assert any(letter.state == State.SENT and letter.message_id for letter in told)
    assert {(letter.name, letter.seat) for letter in rows(client)} == {
        ("voting.ballot", entries[0].pk),
        ("voting.ballot", entries[2].pk),
    }
    for asked in ["?state__exact=4", "?letter=voting.reminder", "?letter=voting.receipt", "?q=voting.receipt"]:
        assert rows(client, asked) == [], asked
    for letter in told:
        for asked in [f"?seat={letter.seat}&name={letter.name}&wave={letter.wave}", f"?id={letter.pk}"]:
            assert rows(client, asked) == [], asked
        if letter.message_id and letter.name != "voting.ballot":
            assert rows(client, f"?q={letter.message_id}") == []
        assert client.get(f"{LETTERS}{letter.pk}/change/").status_code == 302
        assert client.get(f"{LETTERS}{letter.pk}/history/").status_code == 302
    page = client.get(LETTERS).content.decode()
    assert "voting.receipt" not in page
    assert "the member has voted" not in page


def test_no_act_reaches_them_by_their_number(post_desk, letters_out):
    Letter.objects.filter(name__in=HIDDEN).update(state=State.FAILED)
    keys = list(Letter.objects.filter(name__in=HIDDEN).values_list("pk", flat=True))
    post_desk.post(LETTERS, {"action": "send_again", "_selected_action": keys, "reason": "x"}, follow=True)
    assert set(Letter.objects.filter(pk__in=keys).values_list("state", flat=True)) == {State.FAILED}
    assert not Entry.objects.filter(verb="mailings.send_again").exists()


def test_neither_a_number_on_the_first_page_nor_a_table_has_them(dee, letters_out, set_clock):
    round, _entries = letters_out
    Letter.objects.filter(name="voting.receipt").update(state=State.SET_ASIDE, reason="a link is not hers")
    labels = [one.url for one in today.waiting(dee, round.voting_opens_at)]
    assert not any("mailings/letter" in url for url in labels)
    _name, lines = exporting.begin("letters-not-sent", purpose="to see what failed", by=dee, now=round.voting_opens_at)
    assert "voting.receipt" not in "".join(lines)


def test_nobody_is_found_by_the_number_of_a_letter_that_tells(letters_out):
    _round, entries = letters_out
    for letter in Letter.objects.filter(name__in=HIDDEN):
        Letter.objects.filter(pk=letter.pk).update(message_id=f"<{letter.pk}@example.org>")
        assert not support.by_reference(f"<{letter.pk}@example.org>").exists()
    Letter.objects.filter(name="voting.ballot", seat=entries[2].pk).update(message_id="<hers@example.org>")
    assert support.by_reference("<hers@example.org>").get() == entries[2].member


def test_an_address_that_takes_no_letters_is_no_secret_of_the_vote(letters_out):
    Letter.objects.filter(name="voting.ballot").update(state=State.SKIPPED, reason=suppression.NOT_WRITTEN_TO)
    assert discretion.shown(Letter.objects.all()).count() == 3


def test_every_letter_that_depends_on_her_vote_says_so():
    """Whoever registers a letter of the vote decides what its row tells; these are decided to tell nothing."""
    harmless = {"voting.notice", "voting.extended", "voting.stopped"}
    marked = {*letters.telling(letters.BY_ITSELF), *letters.telling(letters.WHERE_SKIPPED)}
    assert marked == {*HIDDEN, "voting.ballot"}
    assert {name for name in letters.names() if name.startswith("voting.")} == marked | harmless
    assert reverse("admin:mailings_letter_changelist") == LETTERS


@pytest.mark.parametrize("asked", ["voting.reminder", "voting.receipt", "voting.ballot", "voting.notice", "x"])
def test_no_filter_in_its_address_opens_one_that_is_hidden(post_desk, letters_out, asked):
    hidden = Letter.objects.exclude(pk__in=discretion.shown(Letter.objects.all()).values("pk"))

    assert hidden.count() > 2
    for letter in hidden:
        page = post_desk.get(f"{LETTERS}{letter.pk}/change/?letter={asked}")
        assert (letter.name, page.status_code) == (letter.name, 302)
    for letter in discretion.shown_of(Letter.objects.all(), asked):
        assert letter.name == asked
        assert letter not in hidden


@pytest.mark.postgresql
def test_the_newest_are_found_by_an_index_without_those_that_are_hidden():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = 'letter_shown'::regclass"
        )
        [[left_out]] = cursor.fetchall()
    assert re.findall(r"'([^']+)'::", left_out) == letters.telling(letters.BY_ITSELF)
    assert "<> ALL" in left_out


def test_no_page_tells_how_many_there_are_just_now(client, dee, letters_out):
    """The wave's page, the round's numbers and the morning digest: one more of them changes none."""
    round, _entries = letters_out
    wave = Wave.objects.filter(name="voting.reminder").first()
    client.force_login(dee)
    pages = [f"/desk/mailings/wave/{wave.pk}/change/", f"/desk/rounds/round/{round.pk}/change/?look=now"]

    def seen():
        told = [re.findall(r"<t[dh][^>]*>([^<]*)<", client.get(page).content.decode()) for page in pages]
        return [*told, figures.sent(queue.counts(round.topic)).rows, list(digest.letters(round))]

    before = seen()
    assert len(before[0]) > 1
    assert [row.label for row in before[2]] == ["Ballot"]
    LetterFactory(name="voting.receipt", topic=round.topic, state=State.SENT)
    LetterFactory(
        name="voting.reminder", topic=round.topic, subject=wave.subject, wave=wave.number, state=State.SKIPPED
    )
    assert seen() == before
    LetterFactory.create_batch(20, name="voting.receipt", topic=round.topic, state=State.SENT)
    assert [(row.label, row.number) for row in figures.sent(queue.counts(round.topic)).rows][-1] == ("Receipt", 20)
