"""What Celery wakes the ground floor with: losing or doubling a wake-up changes nothing."""

from celery import shared_task

from groups.importing import uploads
from journal import clock


@shared_task(name="groups.forget_uploads")
def forget_uploads():
    uploads.forget_old(clock.now())
