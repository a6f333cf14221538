"""SIGKILL in the middle of a batch: no letter is lost, at most the batch is repeated, and word for word."""

import os
import signal
import time
from collections import Counter
from email import message_from_bytes, policy

import pytest
from django.db import connections

from mailings import claiming, outbox, postroom
from mailings.models import Letter


class SlowBackend(outbox.OutboxBackend):
    """Takes its time, so that there is a middle to be killed in."""

    def send_messages(self, messages):
        time.sleep(0.005)
        return super().send_messages(messages)


def received():
    return [message_from_bytes(outbox.read(key), policy=policy.default) for key in outbox.keys()]  # noqa: SIM118


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", [1, 105])
def test_a_killed_sender_loses_nothing(sample, in_line, noon, settings, after):
    settings.EMAIL_BACKEND = f"{__name__}.SlowBackend"
    in_line(sample.seats(110))
    connections.close_all()
    sender = os.fork()
    if sender == 0:
        try:
            postroom.send_due(noon)
        finally:
            os._exit(0)
    deadline = time.monotonic() + 30
    while len(outbox.keys()) < after and time.monotonic() < deadline:
        time.sleep(0.002)
    os.kill(sender, signal.SIGKILL)
    os.waitpid(sender, 0)

    assert len(outbox.keys()) < 110
    postroom.send_due(noon)
    postroom.send_due(noon + claiming.LEASE)
    assert set(Letter.objects.values_list("state", flat=True)) == {Letter.State.SENT}
    letters = received()
    times = Counter(message["To"] for message in letters)
    assert len(times) == 110
    assert max(times.values()) <= 2
    assert len(letters) - 110 <= claiming.BATCH
    said = {(message["To"], message["Message-ID"], message.get_body(("plain",)).get_content()) for message in letters}
    assert len(said) == 110
