"""What runs until it is told to stop: by either signal, and afterwards all is as it was."""

import os
import signal
import threading

import pytest

from endorsements.stopping import told_to_stop

BOTH = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", BOTH)
def test_either_signal_stops_it(number):
    with told_to_stop() as stop:
        before = stop.is_set()
        os.kill(os.getpid(), number)
        assert stop.wait(10)

    assert before is False


def test_afterwards_the_signals_do_what_they_did():
    before = [signal.getsignal(number) for number in BOTH]

    with pytest.raises(ZeroDivisionError), told_to_stop():
        1 / 0  # noqa: B018

    assert [signal.getsignal(number) for number in BOTH] == before


def test_in_another_thread_the_event_is_there_and_no_signal_is_taken():
    seen = []

    def loop():
        with told_to_stop() as stop:
            seen.append((stop.is_set(), signal.getsignal(signal.SIGTERM)))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=loop)
    thread.start()
    thread.join()

    assert seen == [(False, before)]
