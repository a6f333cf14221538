"""A group's own sign-up link: what it says, who came by it, and changing it (ux.md 1b 7)."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse

from groups.models import Group, Member
from groups.models.group import fresh_code
from journal import book
from keys import codes


@dataclass(frozen=True)
class Came:
    """How many came by a group's links: on the list, and still to confirm. Numbers only, never who."""

    on_the_list: int
    waiting: int


def may_invite(group: Group) -> bool:
    """Whether the group may send a sign-up link round: the law bars a 501(c)(3) from it (process.md 12)."""
    return group.active and group.legal_form != Group.LegalForm.C3


def url(group: Group) -> str:
    """The group's sign-up link as it stands on posters."""
    return settings.BASE_URL + reverse("rounds:join", args=[group.slug, group.sign_up_code])


def mark(group: Group) -> str:
    """What a sign-up form carries of the link it was opened by."""
    return f"{group.slug}/{group.sign_up_code}"


def opens(group: Group, code: str) -> bool:
    """Whether this is the group's link of today, however its code is typed."""
    return may_invite(group) and codes.heard(code[:20]) == group.sign_up_code


def marked(text: str) -> Group | None:
    """The group whose link of today a form carries; None for an old one and for anything else."""
    slug, _slash, code = text.partition("/")
    if not slug or "\0" in slug:
        return None
    group = Group.objects.inviting().filter(slug=slug[:80]).first()
    return group if group and opens(group, code) else None


def came_by(group: Group) -> Came:
    """How many came by the group's link of today and its earlier ones."""
    came = Member.objects.filter(came_by=group, erased_at=None, merged_into=None)
    return Came(
        **came.aggregate(
            on_the_list=Count("pk", filter=Q(confirmed_at__isnull=False)),
            waiting=Count("pk", filter=Q(confirmed_at=None)),
        )
    )


MOST = 1_000_000


def set_goal(group: Group, goal: int | None, *, by, now) -> bool:
    """How many members the group wants to find by its link; None for no goal. False when it was so. Raises ValueError
    for less than one and more than a million."""
    if goal is not None and not 1 <= goal <= MOST:
        raise ValueError(f"a goal from 1 to {MOST}")
    with transaction.atomic():
        changed = Group.objects.filter(pk=group.pk).exclude(goal=goal).update(goal=goal)
        if changed:
            book.record("group.goal", group, by=by, now=now, before={"goal": group.goal}, after={"goal": goal})
    group.refresh_from_db(fields=["goal"])
    return bool(changed)


def rotate(group: Group, *, seen: str, by, now) -> bool:
    """Give the group another link: the one she saw is out of date from now on. False when it was so already.

    Whoever came by the old one stays on the list, and stays counted.
    """
    code = fresh_code()
    with transaction.atomic():
        # Two leaders may press at once, or one twice: the link that they saw is changed once.
        changed = Group.objects.filter(pk=group.pk, sign_up_code=seen).update(sign_up_code=code)
        if changed:
            book.record("group.link_rotated", group, by=by, now=now)
    group.refresh_from_db(fields=["sign_up_code"])
    return bool(changed)
