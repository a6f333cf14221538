"""Sign-ups as they arrive: kept alike for every address, taken in by the clock, looked at for patterns, forgotten."""

import hashlib
import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from groups import bursts
from groups.members import email_key
from groups.models import SignUp
from groups.signup import Request, sign_up

KEPT = timedelta(days=7)
LOOKED_AT = timedelta(hours=25)  # patterns span a day at most
PIECE = 500
logger = logging.getLogger(__name__)


def keep(asked: Request, *, network: str, now) -> None:
    """Write down a sign-up as typed: the same one row whoever it is of, so that a page's time says nothing."""
    SignUp.objects.create(
        email=asked.email,
        first_name=asked.first_name,
        last_name=asked.last_name,
        zip=asked.zip,
        usps=asked.usps,
        district=asked.district,
        group=asked.group,
        came_by=asked.came_by,
        language=asked.language,
        wants_news=asked.wants_news,
        network=hashed(network),
        asked_at=now,
    )


def hashed(network: str) -> str:
    """A network as a keyed hash: equal ones can be counted, and none can be read."""
    if not network:
        return ""
    key = settings.SECRET_KEY.encode()[:64]
    return hashlib.blake2b(network.encode(errors="replace"), key=key, digest_size=16, person=b"sign-up").hexdigest()


def take_in(now) -> int:
    """Sign up whoever waits, each in a transaction of her own; how many. Two at once share the work.

    One that fails is logged and tried again; it keeps nobody behind it waiting.
    """
    taken = last = 0
    while True:
        waiting = SignUp.objects.filter(taken_at=None, pk__gt=last).order_by("pk")
        piece = list(waiting.select_related("district", "group", "came_by")[:PIECE])
        for row in piece:
            try:
                taken += take_in_one(row, now)
            except Exception:
                logger.exception("sign-up %s could not be taken in", row.pk)
        if len(piece) < PIECE:
            return taken
        last = piece[-1].pk


def take_in_one(row: SignUp, now) -> bool:
    with transaction.atomic():
        if not SignUp.objects.filter(pk=row.pk, taken_at=None).update(taken_at=now):
            return False  # another process has it
        sign_up(request_of(row), now=row.asked_at)
    return True


def request_of(row: SignUp) -> Request:
    return Request(
        email=row.email,
        first_name=row.first_name,
        last_name=row.last_name,
        zip=row.zip,
        usps=row.usps,
        district=row.district,
        group=row.group,
        language=row.language,
        wants_news=row.wants_news,
        came_by=row.came_by,
    )


def flag(now) -> int:
    """Mark the last day's sign-ups that form a pattern, with the rule; how many are new. What is marked stays so."""
    rows = SignUp.objects.filter(asked_at__gte=now - LOOKED_AT)
    seen = rows.values_list("pk", "asked_at", "email", "first_name", "last_name", "network", "came_by_id")
    found = bursts.flagged(
        bursts.Arrival(pk, at, email_key(email), f"{first} {last}".strip(), network, link)
        for pk, at, email, first, last, network, link in seen.iterator(chunk_size=2000)
    )
    by_rule: dict[str, list[int]] = {}
    for pk, rule in found.items():
        by_rule.setdefault(rule, []).append(pk)
    return sum(
        SignUp.objects.filter(pk__in=keys[start : start + PIECE], rule="").update(rule=rule)
        for rule, keys in by_rule.items()
        for start in range(0, len(keys), PIECE)
    )


def old(now):
    """What was taken in and is a week old; a flagged one only once somebody has seen it, or after four weeks."""
    looked_at = Q(rule="") | Q(seen_at__isnull=False)
    week = Q(looked_at, asked_at__lt=now - KEPT)
    return SignUp.objects.exclude(taken_at=None).filter(week | Q(asked_at__lt=now - 4 * KEPT))


def forget_old(now) -> int:
    """Delete old sign-ups; how many."""
    return old(now).delete()[0]


def open_flags():
    """The flagged sign-ups that nobody has looked at yet."""
    return SignUp.objects.exclude(rule="").filter(seen_at=None)


def mark_seen(sign_ups, *, by, now) -> int:
    """Note that somebody has looked at these and they are fine; how many nobody had. The first one's name stays."""
    return sign_ups.filter(seen_at=None).update(seen_at=now, seen_by=by)
