"""Who leads a group."""

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Leadership
from groups.refusals import Refusal
from journal import book


def leads(user, group) -> bool:
    """Whether this user is a confirmed leader of the group. A person who waits for confirmation is not."""
    if not user.is_authenticated or not user.is_active:
        return False
    return Leadership.objects.filter(user=user, group=group, confirmed_at__isnull=False).exists()


def groups_of(user):
    """The active groups that this user leads, by name; none for a stranger."""
    if not user.is_authenticated:
        return Group.objects.none()
    return Group.objects.active().led_by(user)


def confirm(leadership, *, by, now) -> bool:
    """Confirm a leader: by staff who may change groups, or by a leader of the same group. False when it was so.

    Refusal for anybody else, and for confirming oneself.
    """
    if by.pk == leadership.user_id:
        raise Refusal(_("Somebody else must confirm that you lead this group."))
    if not (by.is_staff and by.has_perm("groups.change_leadership")) and not leads(by, leadership.group):
        raise Refusal(_("Only staff or another leader of the group can confirm a leader."))
    with transaction.atomic():
        # Two people may confirm at once: the first one's name stays.
        won = Leadership.objects.filter(pk=leadership.pk, confirmed_at=None).update(confirmed_at=now, confirmed_by=by)
        if won:
            book.record("leader.confirmed", leadership.group, by=by, now=now, after={"user": leadership.user_id})
    leadership.refresh_from_db()
    return bool(won)
