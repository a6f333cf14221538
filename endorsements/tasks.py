"""Wake-up calls. They carry nothing, and losing or doubling one changes nothing."""

from celery import shared_task

from endorsements import lifecycle, purging
from endorsements.control_room import outlook
from endorsements.health import digest, verifying, watching
from journal import clock
from voting import reached, turnout


@shared_task(name="endorsements.advance_rounds")
def advance_rounds():
    lifecycle.wake(clock.now())


@shared_task(name="endorsements.refresh_turnout")
def refresh_turnout():
    turnout.refresh(clock.now())


@shared_task(name="endorsements.verify")
def verify():
    verifying.nightly(clock.now())


@shared_task(name="endorsements.keep_outlooks")
def keep_outlooks():
    outlook.keep_all(clock.now())


@shared_task(name="endorsements.keep_unreached")
def keep_unreached():
    reached.keep_due(clock.now())


@shared_task(name="endorsements.purge")
def purge():
    purging.daily(clock.now())


@shared_task(name="endorsements.watch")
def watch():
    watching.watch(clock.now())


@shared_task(name="endorsements.write_digests")
def write_digests():
    digest.write_due(clock.now())
