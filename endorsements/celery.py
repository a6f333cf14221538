"""The Celery application: beat wakes the ticks, and losing or doubling a wake-up changes nothing."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "endorsements.settings")

app = Celery("endorsements")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def set_the_beat(sender, **kwargs):
    """One short interval for all ticks: every due time is a column, none is a schedule entry (trust.md 4)."""
    every = settings.TICK_SECONDS
    expires = max(every * 2, 5)
    for name, seconds in {
        "endorsements.advance_rounds": every,
        "mailings.send_letters": every,
        "endorsements.refresh_turnout": 60,
    }.items():
        sender.add_periodic_task(seconds, sender.signature(name), name=name, expires=expires)
