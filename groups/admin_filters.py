"""The desk's filters of the list of members, each by an index of its own."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from groups.atlas import BY_USPS, US_STATES
from groups.models import Member, Place


class InState(admin.SimpleListFilter):
    """Members by state, from the atlas: no query over all members to learn which states there are."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [(home.usps, home.name) for home in US_STATES]

    def queryset(self, request, queryset):
        if self.value() not in BY_USPS:
            return queryset
        # By the index of those who are still on the list.
        state = Place.objects.states().filter(usps=self.value()).values_list("pk", flat=True).first()
        return queryset.filter(state=state, erased_at=None, merged_into=None)


class Unsettled(admin.SimpleListFilter):
    """Members on the list of whom we do not know surely which district they live in: all, or those of one doubt."""

    title = _("to settle")
    parameter_name = "place"

    def lookups(self, request, model_admin):
        return [
            ("unsettled", _("district not settled")),
            *((one.value, one.label) for one in Member.DistrictDoubt if one),
        ]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        unsettled = queryset.confirmed().exclude(doubt="")
        return unsettled if self.value() == "unsettled" else unsettled.filter(doubt=self.value())


class Unconfirmed(admin.SimpleListFilter):
    """Sign-ups and imported people who have not confirmed their address."""

    title = _("confirmed")
    parameter_name = "confirmed"

    def lookups(self, request, model_admin):
        return [("no", _("not yet"))]

    def queryset(self, request, queryset):
        if self.value() != "no":
            return queryset
        return queryset.filter(confirmed_at=None, erased_at=None, merged_into=None)
