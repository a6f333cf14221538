"""Passing a questionnaire on: a colleague gets a link of her own, the old one stays (ux.md 1c)."""

import re
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from journal import book
from mailings import queue
from vetting import answering
from vetting.models import Colleague
from vetting.refusals import Refusal

A_DAY = 5  # links that one campaign may pass on within 24 hours
LONGEST = 120
# What a mail program would make a link of: a letter of ours carries no address of somebody else's choosing.
ADDRESS = re.compile(r"[/@<>\\]|\w\.\w{2,}")


def pass_on(response, *, name, email, now, language="en") -> Colleague:
    """Give a colleague a link of her own and put its letter in line; who has one already keeps it, without a letter.

    Raises Refusal once the questionnaire is closed, for the campaign's own address, for a name that is none, and
    for more than A_DAY in 24 hours. Every link stays the campaign's: its main contact sees it and can end it.
    """
    name, email = " ".join(str(name).split()), str(email).strip().lower()
    check_name(name)
    with transaction.atomic():
        held = answering.hold(response)
        answering.require_open(held)
        if email == held.candidacy.campaign_email.strip().lower():
            raise Refusal(_("This is the campaign’s own address. It has a link already."))
        standing = held.colleagues.standing().filter(email=email).first()
        if standing:
            return standing
        if held.colleagues.filter(passed_at__gt=now - timedelta(days=1)).count() >= A_DAY:
            raise Refusal(_("You can pass on %(n)d links a day. Please come back tomorrow.") % {"n": A_DAY})
        by = response.opened_by
        colleague = Colleague.objects.create(
            response=held, name=name, email=email, language=language, passed_by=by, passed_at=now
        )
        passed_by = by.pk if by else None
        after = {"colleague": colleague.pk, "passed_by": passed_by, "generation": held.generation}
        book.record("response.passed_on", held, by=answering.actor_of(response), now=now, after=after)
        line = {"topic": answering.topic_of(held), "subject": held.pk}
        queue.enqueue("vetting.passed_on", seats=[colleague.pk], now=now, **line)
    return colleague


def end(colleague, *, by, now, reason="") -> bool:
    """Let a colleague's link die; False when it was dead. What she answered stays."""
    with transaction.atomic():
        ended = Colleague.objects.standing().filter(pk=colleague.pk).update(ended_at=now)
        if ended:
            after = {"colleague": colleague.pk}
            book.record("response.link_ended", colleague.response, by=by, now=now, reason=reason, after=after)
    return bool(ended)


def end_all(response, *, by, now, reason):
    """Let every colleague's link die: a wrong person may have passed it on. The caller holds the row."""
    for colleague in response.colleagues.standing().select_related("response"):
        end(colleague, by=by, now=now, reason=reason)


def check_name(name):
    """Raise Refusal for what is not a person's name."""
    if not 0 < len(name) <= LONGEST or not any(letter.isalpha() for letter in name) or "\0" in name:
        raise Refusal(_("Enter your colleague’s name, in at most 120 characters."))
    if ADDRESS.search(name):
        raise Refusal(_("Enter a name alone, without an address of a page or of e-mail."))
