"""Who leads a group."""

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Leadership, User
from groups.refusals import Refusal
from journal import book
from mailings import queue

CONFIRMED_LETTER = "groups.leader_confirmed"
MOST_LEADERS = 20


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
            tell(leadership, now=now)
    leadership.refresh_from_db()
    return bool(won)


def tell(leadership, *, now):
    """The letter that says to a new leader whose word made her one, and where to sign in."""
    seat, group = leadership.user_id, leadership.group_id
    queue.enqueue(CONFIRMED_LETTER, seats=[seat], now=now, topic=f"group:{group}", subject=group, wave=leadership.pk)


def add(group, *, email, name, by, now) -> bool:
    """Let another leader in by her address, confirmed by the leader who adds her, with a letter to her.

    Nobody enters without the code that is mailed to that address. False when she leads the group already.
    Refusal for anybody but a leader of the group, and for the twenty-first leader.
    """
    if not leads(by, group):
        raise Refusal(_("Only a leader of %(group)s can do this.") % {"group": group})
    with transaction.atomic():
        # Two leaders may add the same person at once: the group's row lets one after the other.
        Group.objects.select_for_update().get(pk=group.pk)
        user = User.objects.filter(email__iexact=email).first()
        standing = Leadership.objects.filter(group=group, user=user).first() if user else None
        if standing:
            return confirm(standing, by=by, now=now) if standing.user_id != by.pk else False
        if Leadership.objects.filter(group=group).count() >= MOST_LEADERS:
            raise Refusal(_("A group has at most %(most)d leaders here.") % {"most": MOST_LEADERS})
        if user is None:
            user = User.objects.create_user(email, name=name, language=by.language)
        leadership = Leadership.objects.create(group=group, user=user, confirmed_at=now, confirmed_by=by)
        book.record("leader.added", group, by=by, now=now, after={"user": user.pk})
        tell(leadership, now=now)
    return True


def let_in(group, *, email, name, by, now, language="") -> bool:
    """Staff let somebody lead a group by her address: a user who is there, or a new one; confirmed, with a letter.

    False when she leads it already. Refusal for oneself, for whoever may not confirm, and for the twenty-first leader.
    """
    with transaction.atomic():
        Group.objects.select_for_update().get(pk=group.pk)
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            user = User.objects.create_user(email, name=name, language=language or by.language)
        leadership = Leadership.objects.filter(group=group, user=user).first()
        if leadership is None:
            if Leadership.objects.filter(group=group).count() >= MOST_LEADERS:
                raise Refusal(_("A group has at most %(most)d leaders here.") % {"most": MOST_LEADERS})
            leadership = Leadership.objects.create(group=group, user=user)
        return confirm(leadership, by=by, now=now)


def turn_away(leadership, *, by, now) -> bool:
    """A leader takes back a leadership that nobody has used yet: a wrong address, or one she does not know.

    False when it is gone. Refusal once that person has signed in: then she is a leader like any other.
    """
    if not leads(by, leadership.group):
        raise Refusal(_("Only a leader of %(group)s can do this.") % {"group": leadership.group})
    if leadership.confirmed_at and leadership.user.last_login:
        raise Refusal(_("%(name)s leads this group, and nobody else can take that away.") % {"name": leadership.user})
    return end(leadership, "leader.turned_away", by=by, now=now)


def leave(group, *, by, now) -> bool:
    """A leader leaves her group; drafts and nominations stay with it. False when she does not lead it.

    Refusal while nobody else is there to go on: another confirmed leader who has signed in at least once.
    """
    with transaction.atomic():
        # Two leaders may leave at once: the group's row lets one after the other, and the last one stays.
        Group.objects.select_for_update().get(pk=group.pk)
        own = Leadership.objects.filter(group=group, user=by).first()
        if own is None:
            return False
        others = Leadership.objects.filter(group=group, confirmed_at__isnull=False, user__is_active=True)
        if not others.exclude(user=by).filter(user__last_login__isnull=False).exists():
            raise Refusal(_("Nobody else has signed in for this group yet. Add another leader first."))
        return end(own, "leader.left", by=by, now=now)


def end(leadership, verb, *, by, now) -> bool:
    with transaction.atomic():
        gone, _rows = Leadership.objects.filter(pk=leadership.pk).delete()
        if gone:
            book.record(verb, leadership.group, by=by, now=now, before={"user": leadership.user_id})
    return bool(gone)
