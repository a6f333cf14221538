"""Whom a candidacy concerns: the groups behind it, their leaders, its campaign, and who may read its answers."""

from django.conf import settings

from groups.models import Group, User
from rounds.models import Nomination
from rounds.posting import leaders
from vetting.models import Recusal


def groups_behind(candidacy) -> list:
    """The groups whose nomination holds the candidacy up, by name; one query."""
    named = Nomination.objects.counting().filter(candidacy=candidacy).values("group")
    return list(Group.objects.filter(pk__in=named))


def groups_behind_all(candidacies) -> dict:
    """{candidacy's key: names of the groups behind it}; one query."""
    found = {candidacy.pk: [] for candidacy in candidacies}
    rows = Nomination.objects.counting().filter(candidacy__in=found).order_by("group__name")
    for candidacy, name in rows.values_list("candidacy", "group__name").distinct():
        found[candidacy].append(name)
    return found


def leaders_behind(candidacy):
    """The leaders of the groups behind a candidacy; in a rehearsal staff, who play every part (DESIGN)."""
    if candidacy.round and candidacy.round.rehearsal:
        return User.objects.filter(is_active=True, is_staff=True)
    named = Nomination.objects.counting().filter(candidacy=candidacy).values("group")
    return leaders(leaderships__group__in=named)


def mark_of(candidacy):
    """What stands before the subject of letters about a candidacy: that its round is a rehearsal, or nothing."""
    return candidacy.round.mark if candidacy.round else ""


def campaign_address(candidacy) -> str:
    """Where letters to the campaign go; in a rehearsal to the office, never to a real campaign."""
    if candidacy.round and candidacy.round.rehearsal:
        return settings.CONTACT_EMAIL
    return candidacy.campaign_email


def address_behind(response) -> str:
    """Where letters to whoever holds this link go: the colleague by whose link it was opened, or the campaign."""
    if response.opened_by is None:
        return campaign_address(response.candidacy)
    return colleagues_address(response.opened_by, response.candidacy)


def colleagues_address(colleague, candidacy) -> str:
    """Where letters to a campaign's colleague go; in a rehearsal to the office."""
    if candidacy.round and candidacy.round.rehearsal:
        return settings.CONTACT_EMAIL
    return colleague.email


def may_read(user, candidacy, *, at_desk) -> bool:
    """Whether a user may read the campaign's answers: leaders of the groups behind it, and staff who may vet.

    Staff who recused themselves may not; nor, as staff, somebody to whom the desk itself is not open.
    """
    if at_desk and user.is_staff and user.has_perm("vetting.view_response"):
        return not Recusal.objects.filter(candidacy=candidacy, person=user).exists()
    named = Nomination.objects.counting().filter(candidacy=candidacy).values("group")
    return leaders(pk=user.pk, leaderships__group__in=named).exists()


def zone_of(candidacy) -> str:
    """The name of the time zone in which a campaign's dates are said: its round's, or the federation's."""
    return candidacy.round.time_zone if candidacy.round else settings.TIME_ZONE
