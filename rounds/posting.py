"""Who gets which of the rounds' letters: rows in the post room's line, in the caller's transaction."""

from groups.models import Group, User
from mailings import queue
from rounds.models import Nomination

# Every legal form but the 501(c)(3), which the law bars (process.md 12); one we do not know yet is asked.
MAY_ENDORSE = [form for form in Group.LegalForm if form != Group.LegalForm.C3]


def leaders(**which):
    """Everybody who leads an active group, is confirmed as its leader and may sign in.

    which narrows it by the leadership: leaders(leaderships__group=group).
    """
    # One filter() call: split over two, the conditions could be met by two different leaderships.
    return User.objects.filter(
        is_active=True, leaderships__confirmed_at__isnull=False, leaderships__group__active=True, **which
    ).distinct()


def tell_leaders(name, nominations, *, now, wave=0) -> int:
    """Put the letter in line for the leaders of each nomination's group; the nomination is its subject.

    wave tells a second letter of the same name about the same nomination from the first.
    """
    new = 0
    for nomination in nominations:
        seats = leaders(leaderships__group=nomination.group_id).values_list("pk", flat=True)
        topic = f"cycle:{nomination.cycle_id}"
        new += queue.enqueue(name, seats=seats, now=now, topic=topic, subject=nomination.pk, wave=wave)
    return new


def counting_nominations(candidacy):
    """The nominations that hold a candidacy up, oldest first."""
    return Nomination.objects.counting().filter(candidacy=candidacy).order_by("submitted_at", "pk")


def enqueue_opened(round, now) -> int:
    """Nominations are open: one letter to each leader of a group that may endorse; twice adds nothing.

    A rehearsal writes to staff only (DESIGN, the story of a round).
    """
    if round.rehearsal:
        people = User.objects.filter(is_active=True, is_staff=True)
    else:
        people = leaders(leaderships__group__legal_form__in=MAY_ENDORSE)
    return queue.enqueue(
        "rounds.opened",
        seats=people.values_list("pk", flat=True),
        now=now,
        topic=round.topic,
        subject=round.pk,
        expires=round.nominations_close_at,
    )
