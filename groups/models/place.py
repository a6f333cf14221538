"""Places: states, DC, territories and their congressional districts; and which ZIP lies where."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.atlas import BY_USPS


class PlaceQuerySet(models.QuerySet):
    def states(self):
        return self.filter(kind=Place.Kind.STATE)

    def districts(self):
        return self.filter(kind=Place.Kind.DISTRICT)

    def within(self, place):
        """The place itself and what lies inside it."""
        return self.filter(Q(pk=place.pk) | Q(state=place))


class Place(models.Model):
    """A state (DC and territories count as states here) or one of its congressional districts.

    number is the district's number, 0 for at-large and delegates, None for a state. Ids are those of the
    Open Civic Data project (process.md 14).
    """

    class Kind(models.TextChoices):
        STATE = "state", _("state")
        DISTRICT = "district", _("district")

    ocd_id = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    usps = models.CharField(_("state"), max_length=2)
    number = models.PositiveSmallIntegerField(_("district"), null=True, blank=True)
    name = models.CharField(_("name"), max_length=80)
    state = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="districts")
    organizer_name = models.CharField(_("organizer"), max_length=120, blank=True)
    organizer_email = models.EmailField(_("organizer’s e-mail"), blank=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["usps", "number"]
        constraints = [
            models.UniqueConstraint(name="place_district_once", fields=["usps", "number"]),
            models.UniqueConstraint(name="place_state_once", fields=["usps"], condition=Q(number=None)),
            models.CheckConstraint(
                name="place_district_has_state",
                condition=Q(kind="state", state=None, number=None)
                | Q(kind="district", state__isnull=False, number__isnull=False),
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def title(self) -> str:
        """Its name in the active language; as loaded where the atlas does not know the state."""
        home = BY_USPS.get(self.usps)
        if home is None:
            return self.name
        return home.words if self.number is None else home.district_words(self.number)

    @property
    def label(self) -> str:
        """The short form people in the trade write: MA, MA-07, WY-AL."""
        if self.number is None:
            return self.usps
        return f"{self.usps}-{self.number:02d}" if self.number else f"{self.usps}-AL"

    @property
    def state_id_or_own(self) -> int:
        """The state's key: its own, or that of the state it lies in."""
        return self.state_id or self.pk

    def overlaps(self, other: "Place") -> bool:
        """Whether somebody can live in both: the same place, or a state and its district."""
        return self.pk == other.pk or self.state_id == other.pk or other.state_id == self.pk


class MapVersion(models.Model):
    """One published set of district lines. The newest current one answers look-ups; members keep theirs."""

    name = models.SlugField(max_length=40, unique=True)  # "cd119"
    loaded_at = models.DateTimeField()
    source = models.CharField(max_length=200, blank=True)
    current = models.BooleanField(default=False)
    # How far members are placed on it (groups/redistricting.py), and what came of it.
    settled_through = models.BigIntegerField(default=0, editable=False)
    settled_at = models.DateTimeField(_("members placed"), null=True, blank=True)
    members_moved = models.PositiveIntegerField(_("members in another district"), default=0)
    members_lost = models.PositiveIntegerField(_("members of unknown district"), default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="map_one_current", fields=["current"], condition=Q(current=True)),
        ]

    def __str__(self):
        return self.name


class ZipDistrict(models.Model):
    """A ZIP touches a district on a map. Several rows for one ZIP: it is split."""

    map_version = models.ForeignKey(MapVersion, on_delete=models.CASCADE, related_name="zips")
    zip = models.CharField(max_length=5)
    district = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="zip_district_once", fields=["map_version", "zip", "district"]),
        ]

    def __str__(self):
        return f"{self.zip} {self.district_id}"
