"""The Celery application: beat wakes the ticks, and losing or doubling a wake-up changes nothing."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "endorsements.settings")

app = Celery("endorsements")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def set_the_beat(sender, **kwargs):
    """One short interval for all ticks: every due time is a column, none is a schedule entry (trust.md 4)."""
    from endorsements.ticking import TICKS  # they need the models, and these are not there as Celery begins

    every = settings.TICK_SECONDS
    for tick in TICKS:
        sender.add_periodic_task(
            max(every, tick.seconds), sender.signature(tick.name), name=tick.name, expires=max(every * 2, 5)
        )
