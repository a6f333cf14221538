"""What the clock counts of each wave: while its letters may move, and no more once none of them is open."""

from datetime import timedelta

import pytest

from journal import clock
from mailings import queue, waves
from mailings.models import Letter, Wave
from tests.factories.mailings import LetterFactory
from tests.factories.rounds import START

pytestmark = pytest.mark.django_db
State = Letter.State
LATER = START + timedelta(seconds=waves.SECONDS)


@pytest.fixture
def wave():
    wave = Wave.objects.create(
        name="voting.ballot", topic="round:7", subject=7, number=0, letters=3, not_before=START, judged_since=START
    )
    for seat, state in enumerate([State.SENT, State.SENT, State.READY]):
        LetterFactory(name="voting.ballot", topic="round:7", subject=7, seat=seat, state=state)
    LetterFactory(name="voting.ballot", topic="round:7", subject=7, seat=0, wave=1)
    return wave


def kept(wave):
    wave.refresh_from_db()
    return waves.counts(wave, LATER)


def test_its_letters_are_counted_by_state(wave):
    assert waves.count_due(START) == 1
    assert kept(wave) == ({State.SENT: 2, State.READY: 1}, START)


def test_a_wave_that_nobody_has_counted_yet_is_counted_for_the_page(wave):
    assert waves.counts(wave, START) == ({State.SENT: 2, State.READY: 1}, START)
    wave.refresh_from_db()
    assert wave.counted_at is None


def test_it_is_counted_again_after_thirty_seconds(wave):
    waves.count_due(START)
    Letter.objects.filter(state=State.READY).update(state=State.SENT)
    assert waves.count_due(LATER - timedelta(seconds=1)) == 0
    assert waves.count_due(LATER) == 1
    assert kept(wave) == ({State.SENT: 2 + 1}, LATER)


@pytest.mark.parametrize(
    ("step", "state", "final"),
    [
        (Wave.Step.DONE, State.SENT, True),
        (Wave.Step.DONE, State.HELD, False),
        (Wave.Step.ALL, State.SENT, False),
    ],
)
def test_the_last_count_is_that_of_a_wave_whose_letters_are_all_settled(wave, step, state, final):
    Wave.objects.update(step=step)
    Letter.objects.filter(wave=0, state=State.READY).update(state=state)
    waves.count_due(START)
    assert waves.count_due(LATER) == (0 if final else 1)


def test_letters_sent_again_are_counted_again(wave, dee):
    Wave.objects.update(step=Wave.Step.DONE)
    Letter.objects.filter(wave=0, state=State.READY).update(state=State.FAILED)
    waves.count_due(START)

    assert queue.send_again(Letter.objects.filter(wave=0), now=START, by=dee) == 1

    assert waves.count_due(LATER) == 1
    assert kept(wave)[0] == {State.SENT: 2, State.READY: 1}


def test_the_page_says_what_was_counted_and_when(wave, client, dee):
    waves.count_due(START)
    client.force_login(dee)
    with clock.standing_at(START + timedelta(seconds=5)):
        page = " ".join(client.get(f"/desk/mailings/wave/{wave.pk}/change/").content.decode().split())
    assert "Letters of this wave, as counted at" in page
    assert '<th scope="row">Sent</th> <td>2</td>' in page
