"""Which groups somebody at the desk sees: an organizer those of the places where she organizes, all others every group.

She organizes where a place names her address (Place.organizer_email); a state's organizer does in all its districts.
"""

from django.db.models import Q

from groups.models import Group, Place
from groups.roles import ORGANIZER


def of(user):
    """The groups that she sees, as a query; None for somebody who sees all. Her roles are asked for once."""
    if not hasattr(user, "territory"):
        user.territory = asked_for(user)
    return user.territory


def asked_for(user):
    if user.is_superuser or list(user.groups.values_list("name", flat=True)) != [ORGANIZER]:
        return None
    hers = Place.objects.filter(organizer_email__iexact=user.email)
    return Group.objects.filter(Q(places__in=hers) | Q(places__state__in=hers)).distinct()


class InTerritory:
    """For the desk's lists: only what belongs to the groups she sees. of_group leads from a row to its group."""

    of_group = "group"

    def get_queryset(self, request):
        shown, seen = super().get_queryset(request), of(request.user)
        return shown if seen is None else shown.filter(**{f"{self.of_group}__in": seen.values("pk")})

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        seen = of(request.user)
        if db_field.name == "group" and seen is not None:
            kwargs["queryset"] = seen
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
