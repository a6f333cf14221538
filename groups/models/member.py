"""Members: people on the list, who vote. Never users."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class MemberQuerySet(models.QuerySet):
    def confirmed(self, at=None):
        """Members whose address is confirmed, and was so at an instant where one is given."""
        chosen = self.filter(confirmed_at__isnull=False, erased_at=None, merged_into=None)
        return chosen.filter(confirmed_at__lte=at) if at else chosen

    def living_in(self, place):
        """Members whose own place lies in this one. A member of unknown district lives in her state only."""
        if place.kind == place.Kind.STATE:
            return self.filter(state=place)
        return self.filter(district=place)


class Member(models.Model):
    """One person on the list. email is how she writes it, email_key is what makes it hers alone."""

    class Confirmed(models.TextChoices):
        CLICKED = "clicked", _("clicked our letter")
        IMPORTED = "imported", _("imported as subscribed")

    class DistrictDoubt(models.TextChoices):
        NONE = "", _("settled")
        SPLIT = "split", _("the ZIP is split")
        TWO_STATES = "two_states", _("the ZIP lies in two states")
        UNKNOWN_ZIP = "unknown_zip", _("the ZIP is not on the map")
        NO_ZIP = "no_zip", _("no ZIP given")
        DIFFERING = "differing", _("sources name different districts")

    email = models.CharField(_("e-mail"), max_length=320)
    email_key = models.CharField(max_length=320)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    zip = models.CharField(_("ZIP"), max_length=5, blank=True)
    # Keys without constraints in the database: to check the keys of a million members one by one takes longer than
    # to write them. Places and maps are never deleted, and Django itself minds groups. Two partial indexes, which
    # the roll needs, serve for state and district.
    state = models.ForeignKey(
        "groups.Place",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    district = models.ForeignKey(
        "groups.Place",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    map_version = models.ForeignKey(
        "groups.MapVersion", on_delete=models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False
    )
    address_dated = models.DateField(_("address of"), null=True, blank=True)
    doubt = models.CharField(
        _("district"), max_length=20, choices=DistrictDoubt.choices, default=DistrictDoubt.NONE, blank=True
    )
    language = models.CharField(_("language"), max_length=5, default="en")
    group = models.ForeignKey(
        "groups.Group",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="members",
        db_index=False,
        db_constraint=False,
    )
    # The group whose sign-up link she came by, whichever group she then chose.
    came_by = models.ForeignKey(
        "groups.Group",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    wants_news = models.BooleanField(_("invited to events"), default=False)
    joined_at = models.DateTimeField(_("on the list since"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_how = models.CharField(_("how"), max_length=10, choices=Confirmed.choices, blank=True)
    generation = models.PositiveIntegerField(default=0)  # raises with a mended address: older links die
    # When the reader of her mailbox said that it is somebody else; None again once staff have mended the address.
    disowned_at = models.DateTimeField(null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(_("anonymised"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    # The import that made her, so that it can be undone.
    brought_by = models.ForeignKey(
        "groups.ImportBatch",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    objects = MemberQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("member")
        verbose_name_plural = _("members")
        # Not unique=True: that would make a second index, for patterns nobody asks for.
        constraints = [models.UniqueConstraint(name="member_address_once", fields=["email_key"])]
        indexes = [
            models.Index(name="member_of_group", fields=["group"], condition=Q(group__isnull=False)),
            models.Index(name="member_merged", fields=["merged_into"], condition=Q(merged_into__isnull=False)),
            # All that a roll asks of a member, so that it is built from the index alone.
            models.Index(
                name="member_in_state",
                fields=["state", "district", "id", "confirmed_at"],
                condition=Q(erased_at=None, merged_into=None),
            ),
            models.Index(
                name="member_in_district",
                fields=["district", "id", "confirmed_at"],
                condition=Q(erased_at=None, merged_into=None),
            ),
            # One more, on the beginnings of last names, is made by SQL of each database's own (migration 0013).
            # What the desk asks for: who is to be settled, who has not confirmed.
            models.Index(
                name="member_to_settle",
                fields=["doubt", "id"],
                condition=~Q(doubt="") & Q(confirmed_at__isnull=False, erased_at=None, merged_into=None),
            ),
            models.Index(
                name="member_to_confirm",
                fields=["id"],
                condition=Q(confirmed_at=None, erased_at=None, merged_into=None),
            ),
            models.Index(name="member_came_by", fields=["came_by"], condition=Q(came_by__isnull=False)),
        ]

    def __str__(self):
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def masked_email(self) -> str:
        """The address as it may stand on a page that another could see: m•••@example.org."""
        name, _at, host = self.email.partition("@")
        return f"{name[:1]}•••@{host}"


class AddressChange(models.Model):
    """A member's address before it was mended, so that both addresses can be told; kept a few days."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="address_changes")
    old_email = models.CharField(max_length=320)
    changed_at = models.DateTimeField(db_index=True)

    def __str__(self):
        return f"address change {self.pk}"


class MemberRequest(models.Model):
    """Somebody asked for a letter to an address, as she typed it. The post room decides who she is; kept a day."""

    address = models.CharField(max_length=320)
    asked_at = models.DateTimeField(db_index=True)

    def __str__(self):
        return f"request {self.pk}"


class MemberReport(models.Model):
    """What staff should see of a member: she moved, it is not she whom we write to, or a new map lost her district."""

    class Kind(models.TextChoices):
        MOVED = "moved", _("moved")
        NOT_ME = "not_me", _("not the person we write to")
        NEW_MAP = "new_map", _("district lost by a new map")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", verbose_name=_("member"))
    kind = models.CharField(_("what"), max_length=10, choices=Kind.choices)
    told_at = models.DateTimeField(_("told"), db_index=True)
    before = models.CharField(_("before"), max_length=60, blank=True)  # ZIP and place, as "02139 MA-07"
    after = models.CharField(_("after"), max_length=60, blank=True)
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)
    seen_by = models.ForeignKey("groups.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-told_at"]
        verbose_name = _("report of a member")
        verbose_name_plural = _("reports of members")

    def __str__(self):
        return f"{self.get_kind_display()}, {self.told_at:%Y-%m-%d}"


class MemberSource(models.Model):
    """Where we have a member from: the key it has there, what it said of her place, and how dated that is.

    A sign-up that nobody has confirmed yet is WAITING: kept, and not believed.
    """

    WAITING, SETTLED = "waiting", "settled"  # the words of our own sources
    SIGN_UP, DESK = "sign-up", "desk"

    # Without constraints and indexes of their own, as a member's own keys; the unique one below finds hers.
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="sources", db_index=False, db_constraint=False
    )
    batch = models.ForeignKey(
        "groups.ImportBatch",
        on_delete=models.PROTECT,
        null=True,
        related_name="sources",
        db_index=False,
        db_constraint=False,
    )
    source = models.CharField(max_length=40)  # "action-network", "sign-up"
    source_key = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=30, blank=True)  # in the source's own words
    zip = models.CharField(max_length=5, blank=True)
    usps = models.CharField(max_length=2, blank=True)  # the state its address names
    district = models.ForeignKey(  # self-named
        "groups.Place", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    dated = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="member_source_once", fields=["member", "source", "source_key"])]

    def __str__(self):
        return f"{self.source} {self.source_key}"
