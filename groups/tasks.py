"""What Celery wakes the ground floor with: losing or doubling a wake-up changes nothing."""

from celery import shared_task

from groups import arrivals, redistricting
from groups.importing import uploads
from journal import clock


@shared_task(name="groups.forget_uploads")
def forget_uploads():
    uploads.forget_old(clock.now())


@shared_task(name="groups.take_in_sign_ups", time_limit=600)
def take_in_sign_ups():
    arrivals.take_in(clock.now())


@shared_task(name="groups.flag_sign_ups")
def flag_sign_ups():
    arrivals.flag(clock.now())


@shared_task(name="groups.forget_sign_ups")
def forget_sign_ups():
    arrivals.forget_old(clock.now())


@shared_task(name="groups.settle_members", time_limit=600)
def settle_members():
    redistricting.settle(clock.now())
