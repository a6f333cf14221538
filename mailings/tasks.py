"""What Celery wakes the post room with: losing or doubling a wake-up changes nothing."""

from celery import shared_task

from journal import clock
from mailings import postroom, waves


@shared_task(name="mailings.send_letters", time_limit=600)
def send_letters():
    postroom.send_due(clock.now())


@shared_task(name="mailings.count_waves")
def count_waves():
    waves.count_due(clock.now())
