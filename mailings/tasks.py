"""What Celery wakes the post room with: losing or doubling a wake-up changes nothing."""

from celery import shared_task

from journal import clock
from mailings import postroom


@shared_task(name="mailings.send_letters", time_limit=600)
def send_letters():
    postroom.send_due(clock.now())
