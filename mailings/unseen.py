"""Letters whose rows tell who voted (discretion.py): what of them was set aside, in totals, and all of it sent again.

Below FEWEST nothing is told, not even that there is one: a single receipt says that somebody voted just now (trust.md
2.3). Above it a total is rounded down to tens.
"""

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from journal import book
from mailings import letters, queue, states
from mailings.models import Letter, Wave

FEWEST = 20
NOT_SENT = [Letter.State.FAILED, Letter.State.SET_ASIDE]


def names() -> list[str]:
    """The letters of which no row is shown."""
    return letters.telling(letters.BY_ITSELF)


def not_sent(topic, name):
    """Those of one topic and name that were refused or set aside, as a query; none of a letter with rows to see."""
    some = Letter.objects.about(topic).filter(name=name)
    return queue.to_send_again(some) if name in names() else some.none()


def totals(topic) -> list[tuple[str, list[tuple[str, str]]]]:
    """[(name, [(state, how many in words)])] of a topic's letters that are shown nowhere; each name, each state."""
    some = Letter.objects.about(topic).filter(name__in=names(), state__in=NOT_SENT).order_by()
    found = {(name, state): n for name, state, n in some.values_list("name", "state").annotate(n=Count("pk"))}
    return [
        (name, [(str(state.label), words(found.get((name, state.value), 0))) for state in NOT_SENT]) for name in names()
    ]


def told(name, counts) -> dict:
    """{state: how many} of the letters of one name, as pages and letters may tell it: of what tells of votes, tens."""
    if name in names():
        return coarse(counts)
    if name not in letters.telling(letters.WHERE_SKIPPED):
        return counts
    skipped = coarse({Letter.State.SKIPPED: counts.get(Letter.State.SKIPPED, 0)})
    return {state: n for state, n in counts.items() if state != Letter.State.SKIPPED} | skipped


def coarse(counts) -> dict:
    return {state: tens(n) for state, n in counts.items() if n >= FEWEST}


def tens(number) -> int:
    return number // 10 * 10


def words(number) -> str:
    """A total as it may be told."""
    if number < FEWEST:
        return _("fewer than %(n)d") % {"n": FEWEST}
    return _("at least %(n)s") % {"n": f"{tens(number):,}"}


def send_again(topic, name, *, by, now, reason) -> str:
    """Put all of them in line again; how many, as it may be told. The journal has no other number."""
    some = not_sent(topic, name)
    with transaction.atomic():
        for subject, number in some.order_by().values_list("subject", "wave").distinct():
            Wave.objects.filter(name=name, subject=subject, number=number).update(counts_final=False)
        told = words(states.move(some, Letter.State.READY, now=now, attempts=0))
        book.record(
            "mailings.send_again", topic, by=by, now=now, reason=reason, after={"letter": name, "letters": told}
        )
    return told
