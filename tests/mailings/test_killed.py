"""SIGKILL in the middle of a batch: no letter is lost, at most the batch is repeated, and word for word."""

import os
import signal
import time
from collections import Counter
from email import message_from_bytes, policy

import pytest
from django.db import connection, connections

from mailings import claiming, outbox, postroom
from mailings.models import Letter

PATIENCE = 60


class HaltingBackend(outbox.OutboxBackend):
    """Stands still after so many letters, so that there is a middle to be killed in."""

    after = None

    def send_messages(self, messages):
        if self.after is not None and len(outbox.keys()) >= self.after:
            signal.pause()
        return super().send_messages(messages)


def wait_until_alone():
    """Come back when PostgreSQL has noticed that its client is dead, and let go of what it held."""
    deadline = time.monotonic() + PATIENCE
    while connection.vendor == "postgresql" and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.01)


def received():
    return [message_from_bytes(outbox.read(key), policy=policy.default) for key in outbox.keys()]  # noqa: SIM118


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", [1, 105])
def test_a_killed_sender_loses_nothing(sample, in_line, noon, settings, after):
    settings.EMAIL_BACKEND = f"{__name__}.HaltingBackend"
    in_line(sample.seats(110))
    connections.close_all()
    sender = os.fork()
    if sender == 0:
        HaltingBackend.after = after
        try:
            postroom.send_due(noon)
        finally:
            os._exit(0)
    deadline = time.monotonic() + PATIENCE
    while len(outbox.keys()) < after and time.monotonic() < deadline:
        time.sleep(0.002)
    os.kill(sender, signal.SIGKILL)
    os.waitpid(sender, 0)
    wait_until_alone()

    assert after <= len(outbox.keys()) < 110
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
